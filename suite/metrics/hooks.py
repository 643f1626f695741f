"""What metrics ask of higher systems."""

from __future__ import annotations

from typing import Any

from suite.hooks import Hook
from suite.modules.registry import Module


@Hook
def doubt_about(module: Module) -> str:
    """
    Why the data of a system that is on are not fully reliable yet; empty when they are.

    E.g. "WMS went live 19 days ago, count accuracy 93.6 %". The systems' introduction answers.
    """
    return ""


@Hook
def subjects_of(user: Any) -> list[Any]:
    """The person's department and other subjects whose targets stand beside the figures of a board of their team."""
    return []
