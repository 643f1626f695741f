"""What services about working time refuse."""

from __future__ import annotations

from suite.core.errors import DomainError


class MonthLocked(DomainError):
    """The month is paid already, so that nothing of it changes any more."""

    code = "month-locked"
