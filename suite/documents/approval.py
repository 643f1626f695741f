"""
How documents are approved: a hook that an approval system answers.

Without one a document is approved at once when the person who submits it may approve, else it waits for somebody
who may.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from suite.access.grants import model_permission
from suite.hooks import Hook

if TYPE_CHECKING:
    from suite.access.models import User


@Hook
def needs_approval(document: Any, *, actor: User, at: datetime) -> bool:
    """
    Whether a submitted document has to wait for somebody's decision.

    A provider that answers True takes care of the decision and calls the document's own approve or reject service.
    """
    return not actor.has_perm(model_permission(type(document), "approve"))
