"""Choices of the adoption path."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class StageStatus(TextChoices):
    """How far a system has come."""

    LOCKED = "LOCKED", _("Not unlocked")
    DIAGNOSIS = "DIAGNOSIS", _("Diagnosis")
    CONFIG = "CONFIG", _("Configuration")
    MIGRATION = "MIGRATION", _("Migration and training")
    LIVE = "LIVE", _("Live, on trial")
    STABLE = "STABLE", _("Stable")
    PAUSED = "PAUSED", _("Paused")


# Being introduced: at most one system at a time.
INTRODUCING = frozenset({StageStatus.CONFIG, StageStatus.MIGRATION})
# Works for real: the next system may build on it.
IN_USE = frozenset({StageStatus.LIVE, StageStatus.STABLE})
ON = INTRODUCING | IN_USE


class Outcome(TextChoices):
    """What a readiness check says."""

    PASSED = "PASSED", _("Passed")
    FAILED = "FAILED", _("Not reached")
    NO_DATA = "NO_DATA", _("No data")


class BusinessType(TextChoices):
    """What the company lives from."""

    TRADE = "TRADE", _("Trade")
    MANUFACTURING = "MANUFACTURING", _("Manufacturing")
    RESEARCH = "RESEARCH", _("Research and development")
    SERVICE = "SERVICE", _("Services")


class Pain(TextChoices):
    """What hurts most often in a company without systems."""

    CUSTOMERS_IN_HEADS = "CUSTOMERS_IN_HEADS", _("Customers are remembered by people and leave with them")
    APPROVALS_JAMMED = "APPROVALS_JAMMED", _("Approvals get stuck")
    PEOPLE_CHAOS = "PEOPLE_CHAOS", _("Hiring and attendance are chaotic")
    BOOKS_UNCLEAR = "BOOKS_UNCLEAR", _("Nobody knows for sure what is in stock and what was earned")
    STOCK_WRONG = "STOCK_WRONG", _("Stock on the shelf differs from the records")
    PROGRESS_UNKNOWN = "PROGRESS_UNKNOWN", _("The progress of production is unknown")
    SUPPLIER_DELAYS = "SUPPLIER_DELAYS", _("Suppliers deliver late")
    REPEATED_DEFECTS = "REPEATED_DEFECTS", _("The same defects come back")
    GUT_DECISIONS = "GUT_DECISIONS", _("Decisions are made by gut feeling")


class Severity(IntegerChoices):
    """How badly it hurts."""

    NONE = 0, _("Not at all")
    SLIGHT = 1, _("Slightly")
    NOTICEABLE = 2, _("Noticeably")
    CLEAR = 3, _("Clearly")
    HEAVY = 4, _("Heavily")
    UNBEARABLE = 5, _("Unbearably")


class Frequency(IntegerChoices):
    """How often it happens."""

    YEARLY = 1, _("A few times a year")
    MONTHLY = 2, _("Every month")
    WEEKLY = 3, _("Every week")
    DAILY = 4, _("Every day")


class MoneyLost(IntegerChoices):
    """What it costs."""

    LITTLE = 1, _("Little")
    SOME = 2, _("Noticeable")
    MUCH = 3, _("Much")


class Depth(IntegerChoices):
    """How far a system should go for the company at present."""

    WAIT = 0, _("Can wait")
    PLAN = 1, _("Plan it")
    LIGHT = 2, _("Light use")
    CORE = 3, _("Core functions")
    FULL = 4, _("Full use")
