"""What the organisation refuses."""

from __future__ import annotations

from suite.core.errors import DomainError


class OrganisationCycle(DomainError):
    """A department would stand above itself, or a person would manage themselves."""

    code = "organisation-cycle"


class StillInUse(DomainError):
    """Something still depends on the department, position or person."""

    code = "still-in-use"
