"""Codes of approval flows."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Mode(TextChoices):
    """How several approvers of a node decide together."""

    ALL = "ALL", _("Everybody agrees")
    ANY = "ANY", _("One decides")
    SEQUENCE = "SEQUENCE", _("One after the other")
    RATIO = "RATIO", _("A share agrees")


class RejectRule(TextChoices):
    """When a node where one decides is refused."""

    FIRST = "FIRST", _("The first refusal decides")
    ALL = "ALL", _("All must refuse")


class Refusal(TextChoices):
    """What follows when a node is refused."""

    END = "END", _("The request is refused")
    TO_START = "TO_START", _("Back to who asked")


class EmptyPolicy(TextChoices):
    """What happens at a node for which nobody is found."""

    ADMIN = "ADMIN", _("The administrator decides")
    PERSON = "PERSON", _("A chosen person decides")
    APPROVE = "APPROVE", _("Passes")
    REJECT = "REJECT", _("Is refused")


class SelfPolicy(TextChoices):
    """What happens where whoever asks would have to decide."""

    SELF = "SELF", _("May decide")
    SKIP = "SKIP", _("Is left out")
    MANAGER = "MANAGER", _("The manager decides instead")
    HEAD = "HEAD", _("The head of the department decides instead")


class RepeatPolicy(TextChoices):
    """Whether somebody who agreed already is asked again further on."""

    NONE = "NONE", _("Asked each time")
    ONCE = "ONCE", _("Asked once")
    CONSECUTIVE = "CONSECUTIVE", _("Not asked twice in a row")


class TimeoutAction(TextChoices):
    """What happens when nobody decides in time."""

    REMIND = "REMIND", _("Remind")
    ESCALATE = "ESCALATE", _("Hand to the manager")
    APPROVE = "APPROVE", pgettext_lazy("by rule", "Agree")
    REJECT = "REJECT", pgettext_lazy("by rule", "Refuse")


class ResolverKind(TextChoices):
    """How the people of a node are found."""

    PERSON = "PERSON", _("Chosen people")
    ROLE = "ROLE", _("Everybody with a role")
    POSITION = "POSITION", _("Everybody in a position")
    MANAGER = "MANAGER", _("Manager")
    MANAGERS = "MANAGERS", _("Managers up to a level")
    HEAD = "HEAD", _("Head of the department")
    HEAD_OF = "HEAD_OF", _("Head of a chosen department")
    INITIATOR = "INITIATOR", _("Who asks")
    CHOSEN = "CHOSEN", _("Chosen by who asks")
    FIELD = "FIELD", _("Named in the form")


class Gateway(TextChoices):
    """Which arms of a branch are gone."""

    EXCLUSIVE = "EXCLUSIVE", _("The first that fits")
    INCLUSIVE = "INCLUSIVE", _("All that fit")
    PARALLEL = "PARALLEL", _("All at once")


class Resubmit(TextChoices):
    """Where a request goes on after it was returned and handed in again."""

    REWALK = "REWALK", _("Every step again")
    JUMP = "JUMP", _("Straight back to who returned it")


class InstanceStatus(TextChoices):
    """Where a run stands."""

    RUNNING = "RUNNING", pgettext_lazy("approval", "Running")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", pgettext_lazy("approval", "Refused")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("approval", "Withdrawn")
    VOID = "VOID", _("Void")


class TaskStatus(TextChoices):
    """Where one person's task stands."""

    WAITING = "WAITING", pgettext_lazy("approval", "Not yet due")
    PENDING = "PENDING", _("To be decided")
    APPROVED = "APPROVED", pgettext_lazy("approval", "Agreed")
    REJECTED = "REJECTED", pgettext_lazy("approval", "Refused")
    RETURNED = "RETURNED", pgettext_lazy("approval", "Returned")
    TRANSFERRED = "TRANSFERRED", pgettext_lazy("approval", "Handed on")
    CANCELLED = "CANCELLED", _("No longer needed")
    AUTO = "AUTO", _("Settled by rule")
    SENT = "SENT", pgettext_lazy("approval", "For information")


class TaskKind(TextChoices):
    """Why somebody has a task."""

    NORMAL = "NORMAL", _("Approval")
    ADDED = "ADDED", _("Added signature")
    DELEGATED = "DELEGATED", pgettext_lazy("approval", "Delegated")
    COPY = "COPY", pgettext_lazy("step of a flow", "Copy")
    START = "START", _("To be changed")
    SUBFLOW = "SUBFLOW", _("Other flow")


class Sign(TextChoices):
    """When somebody who was added signs."""

    BEFORE = "BEFORE", _("Before me")
    AFTER = "AFTER", _("After me")


class EventKind(TextChoices):
    """What happened in a run."""

    SUBMIT = "SUBMIT", _("Handed in")
    APPROVE = "APPROVE", pgettext_lazy("approval", "Agreed")
    REJECT = "REJECT", pgettext_lazy("approval", "Refused")
    RETURN = "RETURN", pgettext_lazy("approval", "Returned")
    RESUBMIT = "RESUBMIT", _("Handed in again")
    TRANSFER = "TRANSFER", pgettext_lazy("approval", "Handed on")
    DELEGATE = "DELEGATE", pgettext_lazy("approval", "Delegated")
    ADD_SIGN = "ADD_SIGN", _("Signer added")
    REMOVE_SIGN = "REMOVE_SIGN", _("Signer removed")
    WITHDRAW = "WITHDRAW", pgettext_lazy("approval", "Withdrawn")
    TAKE_BACK = "TAKE_BACK", _("Decision taken back")
    REPLACE = "REPLACE", _("Given to somebody else")
    SUBFLOW_ENDED = "SUBFLOW_ENDED", _("Other flow ended")
    VOID = "VOID", _("Made void")
    URGE = "URGE", _("Urged")
    TIMEOUT = "TIMEOUT", _("Overdue")


class DefinitionStatus(TextChoices):
    """Where a version of a flow stands."""

    DRAFT = "DRAFT", _("Draft")
    PUBLISHED = "PUBLISHED", _("Published")
    RETIRED = "RETIRED", _("Retired")
