"""The words of the designer, which its script puts on screen."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.flows.choices import (
    EmptyPolicy,
    Gateway,
    Mode,
    Refusal,
    RejectRule,
    RepeatPolicy,
    ResolverKind,
    SelfPolicy,
    TimeoutAction,
)
from oa.flows.conditions import Operator
from oa.flows.lint import OPERATORS, operators_of

CHOICES: dict[str, Any] = {
    "mode": Mode,
    "reject_rule": RejectRule,
    "refusal": Refusal,
    "on_empty": EmptyPolicy,
    "on_self": SelfPolicy,
    "repeat": RepeatPolicy,
    "action": TimeoutAction,
    "resolver": ResolverKind,
    "gateway": Gateway,
}

CONDITION_TEXTS: dict[str, Any] = {
    "field": _("Field"),
    "operator": pgettext_lazy("of a flow", "Comparison"),
    "value": pgettext_lazy("of a flow", "Value"),
    "addRow": _("And …"),
    "addGroup": _("Or …"),
    "or": pgettext_lazy("between conditions", "or"),
    "and": pgettext_lazy("between conditions", "and"),
    "remove": _("Remove"),
    "yes": _("Yes"),
    "no": _("No"),
    "several": _("Several values with commas between them"),
    "noCondition": _("No condition"),
    "addCondition": _("Add a condition"),
    "chooseSubject": _("Choose the object type first."),
}

TEXTS: dict[str, Any] = {
    **CONDITION_TEXTS,
    "approve": pgettext_lazy("step of a flow", "Approve"),
    "handle": _("Handle"),
    "copy": pgettext_lazy("step of a flow", "Copy"),
    "branch": _("Conditions"),
    "parallel": _("In parallel"),
    "inclusive": _("All that fit"),
    "subflow": _("Other flow"),
    "start": _("Hand in"),
    "startNote": _("Whoever asks"),
    "end": _("End"),
    "add": _("Add a step here"),
    "addArm": _("Add a way"),
    "paste": _("Put the cut step here"),
    "way": _("Way"),
    "otherwise": _("All others"),
    "always": _("Always"),
    "nobody": _("Nobody chosen yet"),
    "noFlow": _("No flow chosen yet"),
    "noConditionYet": _("No condition yet"),
    "name": _("Name"),
    "who": _("Who is asked"),
    "whoTold": _("Who is told"),
    "addWho": _("Add people"),
    "people": _("People"),
    "roles": _("Roles"),
    "positions": _("Positions"),
    "departments": _("Departments"),
    "level": _("Level"),
    "levelNote": _("1 is the one next above."),
    "formField": _("Field that names them"),
    "mode": _("How they decide"),
    "share": _("Share that agrees, in percent"),
    "rejectRule": _("Refusals"),
    "refusal": _("When it is refused"),
    "onEmpty": _("Where nobody is found"),
    "standIn": _("Who decides then"),
    "onSelf": _("Where whoever asks would decide"),
    "timeout": _("When it is overdue"),
    "hasTimeout": _("Is due"),
    "hours": _("Working hours"),
    "action": _("Then"),
    "times": pgettext_lazy("of a flow", "Reminders"),
    "permissions": _("What they may do"),
    "mayTransfer": _("Hand it to somebody else"),
    "mayAdd": _("Add signers"),
    "mayReturn": _("Return it"),
    "fields": _("Fields"),
    "read": pgettext_lazy("field of a form", "Read"),
    "edit": pgettext_lazy("field of a form", "Change"),
    "require": pgettext_lazy("field of a form", "Must be filled in"),
    "hide": pgettext_lazy("field of a form", "Not shown"),
    "decision": _("Decision"),
    "special": _("Special cases"),
    "runs": _("Flow that runs here"),
    "choose": _("Choose …"),
    "gateway": _("Which ways are gone"),
    "ways": _("Ways"),
    "condition": pgettext_lazy("of a flow", "Condition"),
    "isDefault": _("For everything that fits no other way"),
    "flowSettings": _("Settings of the flow"),
    "repeat": _("Who agreed already"),
    "mayWithdraw": _("Whoever asks may withdraw it until somebody decides"),
    "mayTakeBack": _("A decision may be taken back until the next one"),
    "ownLimit": _("From this amount on nobody decides alone on their own request"),
    "up": _("Move up"),
    "down": _("Move down"),
    "left": _("Move to the left"),
    "right": _("Move to the right"),
    "duplicate": _("Duplicate"),
    "cut": _("Cut"),
    "delete": _("Delete"),
    "close": _("Close"),
    "saved": _("Saved."),
    "unsaved": _("Not saved yet"),
    "check": _("Check"),
    "sound": _("Nothing is wrong with this flow."),
    "errors": _("Errors"),
    "warnings": _("To look at"),
    "preview": _("Preview the route"),
    "previewNote": _("The route that a request takes when everybody agrees."),
    "asker": _("Who asks"),
    "document": _("Like this document"),
    "showRoute": _("Show the route"),
    "noSteps": _("Nobody is asked."),
    "refusedHere": _("Is refused here"),
    "replay": _("Try on past requests"),
    "replayNote": _("Requests of the last 90 days that would go another way under this draft."),
    "replayNone": _("None of {total} requests would go another way."),
    "replaySome": _("{changed} of {total} requests would go another way."),
    "replayJob": _("There are many requests; the comparison goes on as a job."),
    "openJob": _("Open the job"),
    "before": _("Before"),
    "after": _("With the draft"),
    "publishQuestion": _("Publish this version? New requests run by it; those under way end as they began."),
    "published": _("Published."),
    "failed": _("That did not work. Try again."),
    "copyOf": _("Copy of {title}"),
}


def texts() -> dict[str, str]:
    """The words in the reader's language."""
    return {name: str(text) for name, text in TEXTS.items()}


def labels() -> dict[str, list[list[str]]]:
    """The settings that can be chosen, with how they are called."""
    return {name: [[value, str(label)] for value, label in kind.choices] for name, kind in CHOICES.items()}


def operators() -> dict[str, list[list[str]]]:
    """The comparisons of each kind of field; those of ``""`` go for kinds that are not named."""
    return {kind: [[each.value, str(Operator(each).label)] for each in operators_of(kind)] for kind in ("", *OPERATORS)}
