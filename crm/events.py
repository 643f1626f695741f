"""What CRM tells the systems above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from suite.events import Event


@dataclass(frozen=True)
class LeadsWithoutOwner(Event):
    """Leads came in for which nobody was named; whoever entered them, or receives them, has them for now."""

    lead_pks: tuple[int, ...]
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class LeadsCreated(Event):
    """Leads came in: entered, imported, or from the web site."""

    lead_pks: tuple[int, ...]


@dataclass(frozen=True)
class LeadConverted(Event):
    """A lead became a customer."""

    lead_pk: int
    customer_pk: int
    opportunity_pk: int | None


@dataclass(frozen=True)
class CustomersTransferred(Event):
    """Customers got another owner."""

    customer_pks: tuple[int, ...]
    to_owner_pk: int | None
    trigger: str


@dataclass(frozen=True)
class CustomersMerged(Event):
    """Two customers became one; the one that went is no more."""

    survivor_pk: int
    loser_pk: int


@dataclass(frozen=True)
class OpportunityWon(Event):
    """An opportunity was won."""

    opportunity_pk: int


@dataclass(frozen=True)
class QuotationAccepted(Event):
    """A customer accepted a quotation."""

    quotation_pk: int


@dataclass(frozen=True)
class ContractSigned(Event):
    """A contract was signed: it becomes an order."""

    contract_pk: int
    at: datetime


@dataclass(frozen=True)
class ContractVoided(Event):
    """A contract was voided."""

    contract_pk: int
    at: datetime


@dataclass(frozen=True)
class ReceiptConfirmed(Event):
    """A customer's money arrived."""

    receipt_pk: int
