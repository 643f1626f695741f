"""What performance refuses."""

from __future__ import annotations

from suite.core.errors import DomainError


class GoalsIncomplete(DomainError):
    """The weights of the goals are not 100 % together."""

    code = "goals-incomplete"


class DistributionBroken(DomainError):
    """More or fewer people have a grade than agreed."""

    code = "distribution-broken"
