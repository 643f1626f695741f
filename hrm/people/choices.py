"""Choices of personnel: changes, labour contracts, certificates, things handed out, tasks, alerts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.choices import PlaceChange


class ChangeKind(TextChoices):
    """What a personnel change 人事异动 is about."""

    CONFIRM = "CONFIRM", _("Confirmation after probation")
    TRANSFER = "TRANSFER", pgettext_lazy("personnel", "Transfer")
    PROMOTE = "PROMOTE", _("Promotion")
    DEMOTE = "DEMOTE", _("Demotion")
    LEAVE = "LEAVE", pgettext_lazy("personnel", "Leaving the company")


# Changes that bring somebody to another place, and what the place is then said to come from.
PLACE_OF = {
    ChangeKind.TRANSFER: PlaceChange.TRANSFERRED,
    ChangeKind.PROMOTE: PlaceChange.PROMOTED,
    ChangeKind.DEMOTE: PlaceChange.DEMOTED,
}


class ChangeStatus(TextChoices):
    """States of a personnel change."""

    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    DONE = "DONE", pgettext_lazy("personnel", "In force")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")


# Something may still come of these.
OPEN_CHANGES = (ChangeStatus.SUBMITTED, ChangeStatus.APPROVED)


class ContractKind(TextChoices):
    """The term of a labour contract; 劳动合同法 12."""

    FIXED = "FIXED", _("Fixed term")
    OPEN = "OPEN", _("Open-ended")
    TASK = "TASK", _("Until a task is done")


class ContractState(TextChoices):
    """Where a labour contract stands on a day; follows from its dates."""

    DRAFT = "DRAFT", _("Not signed")
    UPCOMING = "UPCOMING", _("Not begun")
    ACTIVE = "ACTIVE", pgettext_lazy("labour contract", "Running")
    EXPIRED = "EXPIRED", _("Expired")
    ENDED = "ENDED", _("Ended early")


CONTRACT_TONES = {
    ContractState.UPCOMING: "go",
    ContractState.ACTIVE: "done",
    ContractState.EXPIRED: "late",
    ContractState.ENDED: "void",
}


class CertificateKind(TextChoices):
    """What a certificate proves."""

    ID_CARD = "ID_CARD", _("ID card")
    DIPLOMA = "DIPLOMA", _("Diploma")
    PROFESSIONAL = "PROFESSIONAL", _("Professional qualification")
    SPECIAL_OPERATION = "SPECIAL_OPERATION", _("Special operation permit")
    HEALTH = "HEALTH", _("Health certificate")
    DRIVING = "DRIVING", _("Driving licence")
    WORK_PERMIT = "WORK_PERMIT", _("Work permit")
    OTHER = "OTHER", _("Other")


class Occasion(TextChoices):
    """When tasks are to be done for somebody."""

    ONBOARDING = "ONBOARDING", pgettext_lazy("occasion", "Joining")
    OFFBOARDING = "OFFBOARDING", pgettext_lazy("occasion", "Leaving")


class Doer(TextChoices):
    """Who does a task for somebody who joins or leaves."""

    HR = "HR", _("HR")
    IT = "IT", _("IT")
    MANAGER = "MANAGER", _("Manager")
    PERSON = "PERSON", _("The person")
    ROLE = "ROLE", _("Holders of a role")


# Standard roles whose holders do the tasks of HR and IT.
ROLE_CODES = {Doer.HR: "hr", Doer.IT: "administrator"}


class TaskStatus(TextChoices):
    """States of a task for somebody who joins or leaves."""

    OPEN = "OPEN", pgettext_lazy("task", "Open")
    DONE = "DONE", _("Done")
    CANCELLED = "CANCELLED", _("Not needed")


class AlertKind(TextChoices):
    """What personnel has to be told in time."""

    CONTRACT_MISSING = "CONTRACT_MISSING", _("No written contract")
    CONTRACT_EXPIRING = "CONTRACT_EXPIRING", _("Contract expires")
    OPEN_ENDED_DUE = "OPEN_ENDED_DUE", _("Open-ended contract due")
    PROBATION_ENDING = "PROBATION_ENDING", _("Probation ends")
    CERTIFICATE_EXPIRING = "CERTIFICATE_EXPIRING", _("Certificate expires")
    ASSET_DUE = "ASSET_DUE", _("Thing to be returned")
    TASK_OVERDUE = "TASK_OVERDUE", _("Task overdue")


class AlertLevel(TextChoices):
    """How near it is."""

    AHEAD = "1_AHEAD", _("Within 90 days")
    NEAR = "2_NEAR", _("Within 30 days")
    LATE = "3_LATE", _("Overdue")


LEVEL_TONES = {AlertLevel.AHEAD: "go", AlertLevel.NEAR: "wait", AlertLevel.LATE: "late"}
