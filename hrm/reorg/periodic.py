"""Reorganisations come into force on their day."""

from __future__ import annotations

from datetime import datetime

from hrm.reorg.services import apply_due_reorganisations
from suite.modules.registry import periodic


@periodic("night")
def bring_into_force(at: datetime) -> None:
    """Apply what is due."""
    apply_due_reorganisations(at=at)
