"""Nothing that somebody is responsible for is forgotten when they leave."""

from __future__ import annotations

import pytest
from django.apps import apps

from suite.access.ownership import holdings
from suite.access.scopes import ScopePaths
from suite.modules import state
from suite.modules.registry import registry

# What stays with a person who leaves, and why.
STAYS = {
    "crm.DuplicateDecision": "who decided decided",
    "crm.MergeRecord": "who merged merged",
    "crm.FollowUp": "who wrote it wrote it; who reads the customer reads it",
    "oa.FlowRun": "what somebody asked for; what is to be decided in it is handed over",
    "oa.FormRequest": "what somebody asked for, for themselves",
    "oa.MeetingParticipant": "who was invited was invited; the meeting is handed over by its organiser",
    "oa.ReadReceipt": "who read it read it",
    "suite.Attachment": "who uploaded it uploaded it; it belongs to its object",
    "suite.Comment": "who wrote it wrote it; it belongs to its object",
    "suite.ImportRun": "what somebody imported, for themselves",
    "suite.Job": "what somebody started, for themselves",
    "suite.Notification": "what somebody was told",
}


def owned() -> set[str]:
    """Labels of the object types whose rows belong to somebody by a column of their own."""
    scopes: dict[str, ScopePaths | None] = {m._meta.label: getattr(m, "scope", None) for m in apps.get_models()}
    return {label for label, paths in scopes.items() if paths and paths.owner and "__" not in paths.owner}


def test_everything_owned_is_handed_over_or_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "enabled_codes", lambda: frozenset(registry.modules))

    given = {each.code for each in holdings()}

    assert owned() - given - STAYS.keys() == set()
    assert STAYS.keys() <= owned() - given
