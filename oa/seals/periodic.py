"""What the register of seals does by itself."""

from __future__ import annotations

from datetime import datetime

from oa.seals.services import warn_of_overdue_seals
from suite.modules.registry import periodic


@periodic("night")
def warn_of_seals_outside(at: datetime) -> int:
    """Warn of seals that should be back; return how many."""
    return warn_of_overdue_seals(actor=None, at=at)
