"""How a row says to whom it belongs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScopePaths:
    """
    Lookups from a row to what data scopes compare.

    A path left None cannot be compared: a scope that needs it reaches nothing.

    :param owner: lookup to the User who owns the row.
    :param department: lookup to its department.
    :param company: lookup to its company (legal entity).
    :param party: lookup to the party whose portal users may see the row.
    """

    owner: str | None = None
    department: str | None = None
    company: str | None = None
    party: str | None = None
