"""What metrics ask of higher systems."""

from __future__ import annotations

from suite.hooks import Hook
from suite.modules.registry import Module


@Hook
def doubt_about(module: Module) -> str:
    """
    Why the data of a system that is on are not fully reliable yet; empty when they are.

    E.g. "WMS went live 19 days ago, count accuracy 93.6 %". The systems' introduction answers.
    """
    return ""
