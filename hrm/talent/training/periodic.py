"""Skills that end are announced in time."""

from __future__ import annotations

from datetime import datetime

from hrm.talent.training.expiry import warn_of_expiry
from suite.modules.registry import periodic


@periodic("night")
def announce_expiry(at: datetime) -> None:
    """Tell people of what ends soon."""
    warn_of_expiry(at=at)
