"""Whether an opportunity has what its stages ask for before it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.customers.models import FollowUp
from crm.pipeline.choices import ConditionKind
from crm.pipeline.models import Opportunity, Stage, StageCondition
from suite.core.errors import DomainError
from suite.core.text import listed
from suite.pages.columns import money


class StageNotDone(DomainError):
    """An opportunity lacks what its stage asks for; ``details["missing"]`` names it."""

    code = "stage-not-done"


@dataclass(frozen=True)
class Question:
    """
    One condition asked of one opportunity.

    :param since: when the opportunity came to the stage; None when it never was there.
    :param is_win: it is asked because the opportunity is to be won.
    """

    opportunity: Opportunity
    condition: StageCondition
    at: datetime
    since: datetime | None
    is_win: bool

    @property
    def today(self) -> date:
        """The day of the question."""
        return timezone.localdate(self.at)


Fact = Callable[[Question], bool]
_facts: dict[str, Fact] = {}


def fact(kind: str) -> Callable[[Fact], Fact]:
    """
    Register how a kind of condition is asked; another slice answers for what it keeps.

    :raises RuntimeError: when it is registered already.
    """

    def add(function: Fact) -> Fact:
        if kind in _facts:
            raise RuntimeError(f"{kind} is asked twice")
        _facts[kind] = function
        return function

    return add


def check_way(
    opportunity: Opportunity, *, before: Stage | None, to: Stage | None, at: datetime, entered_at: datetime | None
) -> None:
    """
    Refuse a way forward while something is missing; going back is free.

    All stages on the way are asked, those that are skipped as well.

    :param before: the stage it leaves; None: it is new, or comes from another pipeline.
    :param to: the stage it goes to; None: it is won.
    :param entered_at: when it came to the stage that it leaves.
    :raises StageNotDone: naming all that is missing.
    """
    conditions = list(_on_the_way(before, to))
    missing: list[tuple[Stage, str]] = []
    for condition in conditions:
        is_left = before is not None and condition.stage_id == before.pk
        asked = Question(opportunity, condition, at, entered_at if is_left else None, to is None)
        if not _facts[condition.kind](asked):
            missing.append((condition.stage, words_of(condition)))
    if missing:
        names = list(dict.fromkeys(text for _stage, text in missing))
        raise StageNotDone(
            _("“%(name)s” cannot go on from “%(stage)s” yet. Still missing: %(missing)s.")
            % {"name": opportunity.name, "stage": missing[0][0], "missing": listed(names)},
            missing=names,
        )


def _on_the_way(before: Stage | None, to: Stage | None) -> Iterable[StageCondition]:
    pipeline = before.pipeline_id if before is not None else (to.pipeline_id if to is not None else None)
    passed = Q(stage__is_active=True)
    if before is not None:
        # The stage that is left counts, also one that is not offered any more.
        passed = Q(stage=before) | (passed & Q(stage__position__gt=before.position))
    if to is not None:
        passed &= Q(stage__position__lt=to.position)
    rows = StageCondition.objects.filter(passed, is_active=True, stage__pipeline=pipeline)
    return rows.select_related("stage").order_by("stage__position", "pk")


def words_of(condition: StageCondition) -> str:
    """Return what a condition asks for, in words."""
    texts: dict[str, Callable[[], str]] = {
        ConditionKind.AMOUNT: lambda: _("an amount above %(amount)s") % {"amount": money(condition.amount)},
        ConditionKind.CLOSE_DATE: lambda: _("an expected close that is still to come"),
        ConditionKind.CONTACT: lambda: _("a contact person"),
        ConditionKind.DECISION_MAKER: lambda: _("the decision maker"),
        ConditionKind.FOLLOW_UP: lambda: (
            ngettext(
                "a follow-up in this stage within the last %(days)d day",
                "a follow-up in this stage within the last %(days)d days",
                condition.days,
            )
            % {"days": condition.days}
        ),
        ConditionKind.LINES: lambda: _("products"),
        ConditionKind.QUOTATION: lambda: _("a quotation that was sent"),
        ConditionKind.FIELD: lambda: _("the field “%(field)s”") % {"field": condition.get_field_display()},
    }
    return texts[condition.kind]()


# -- facts of this slice -----------------------------------------------------------------------


@fact(ConditionKind.AMOUNT)
def has_amount(asked: Question) -> bool:
    """Whether the amount is above the limit."""
    return asked.opportunity.amount > asked.condition.amount


@fact(ConditionKind.CLOSE_DATE)
def has_close_date(asked: Question) -> bool:
    """Whether it is known when it closes; what is won now may have been expected earlier."""
    day = asked.opportunity.expected_close_date
    return day is not None and (asked.is_win or day >= asked.today)


@fact(ConditionKind.CONTACT)
def has_contact(asked: Question) -> bool:
    """Whether there is somebody to talk to."""
    return asked.opportunity.contact_id is not None


@fact(ConditionKind.DECISION_MAKER)
def has_decision_maker(asked: Question) -> bool:
    """Whether it is known who decides."""
    return asked.opportunity.decision_maker_id is not None


@fact(ConditionKind.FOLLOW_UP)
def has_follow_up(asked: Question) -> bool:
    """Whether somebody talked about it lately, since it came to the stage."""
    first = asked.at - timedelta(days=asked.condition.days)
    if asked.since is not None:
        first = max(first, asked.since)
    rows = FollowUp.objects.filter(opportunity=asked.opportunity.pk, happened_at__range=(first, asked.at))
    return rows.exists()


@fact(ConditionKind.LINES)
def has_lines(asked: Question) -> bool:
    """Whether it is known which products it is about."""
    return asked.opportunity.lines.exists()


@fact(ConditionKind.FIELD)
def has_field(asked: Question) -> bool:
    """Whether a field is filled in."""
    value: Any = getattr(asked.opportunity, asked.condition.field)
    return bool(value.strip()) if isinstance(value, str) else value is not None
