"""What is refused because it is there already."""

from __future__ import annotations

from suite.core.errors import DomainError


class DuplicateBlocked(DomainError):
    """Another entry has the same unified code, mobile number …: only who may override duplicates goes on."""

    code = "duplicate-blocked"


class DuplicateSuspected(DomainError):
    """Another entry resembles this one: it is made when somebody says why."""

    code = "duplicate-suspected"


class CannotMerge(DomainError):
    """These two cannot become one."""

    code = "cannot-merge"


class CannotUndo(DomainError):
    """What was merged has changed since, so that it cannot be put back as it was."""

    code = "cannot-undo"
