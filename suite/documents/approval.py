"""
How documents are approved: a hook that an approval system answers.

Without one a document is approved at once when the person who submits it may approve, else it waits for somebody
who may.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from suite.access.choices import ScopeLevel
from suite.access.grants import grants_of, model_permission
from suite.access.restrict import restrict
from suite.hooks import Hook

if TYPE_CHECKING:
    from suite.access.models import User


@Hook
def needs_approval(document: Any, *, actor: User, at: datetime) -> bool:
    """
    Whether a submitted document has to wait for somebody's decision.

    A provider that answers True takes care of the decision and calls the document's own approve or reject service.
    """
    return not may_decide(document, actor)


@Hook
def is_decided_elsewhere(document: Any, *, actor: User) -> bool:
    """Whether an approval system, not the permission to approve, decides about what somebody submits."""
    return False


@dataclass(frozen=True)
class OpenDecision:
    """
    A decision about a document that an approval system waits for.

    :ivar people: names of those who have to decide; empty while nobody is asked.
    :ivar is_turn: whether the reader is one of them.
    :ivar url: the page of the decision, ``""`` for a reader who may not see it.
    """

    people: tuple[str, ...]
    is_turn: bool
    url: str


@Hook
def open_decision(document: Any, *, user: User) -> OpenDecision | None:
    """What an approval system waits for about a document; None when it does not decide about it."""
    return None


def may_decide(document: Any, actor: User) -> bool:
    """
    Whether a user may approve this very document: the permission alone may reach other rows only.

    About what a person asks for themselves, as a document says by ``is_own``, somebody else decides.
    """
    if getattr(document, "is_own", None) is not None and document.is_own(actor):
        return False
    permission = model_permission(type(document), "approve")
    if not actor.has_perm(permission):
        return False
    reaches = grants_of(actor).how_far(permission)
    if actor.is_superuser or any(level == ScopeLevel.ALL for level, _chosen in reaches):
        return True
    rows = restrict(type(document)._default_manager.filter(pk=document.pk), user=actor, action="approve")
    return bool(rows.exists())
