"""Why a customer cannot be taken out of a pool."""

from __future__ import annotations

from suite.core.errors import DomainError


class CapacityReached(DomainError):
    """The person looks after as many customers as they may."""

    code = "capacity-reached"


class QuotaReached(DomainError):
    """The person has claimed as many customers of the pool today as it allows."""

    code = "quota-reached"


class TooNew(DomainError):
    """The customer has to wait in the pool before anybody may claim it."""

    code = "too-new"


class CoolingDown(DomainError):
    """The person lost the customer to a pool only a short while ago."""

    code = "cooling-down"
