"""What is compared of leads, customers and contacts, from the values of their columns or forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.duplicates.choices import RecordKind
from crm.duplicates.rules import Entered


def entered_lead(values: Mapping[str, Any], *, pk: int | None = None) -> Entered:
    """Return what is compared of a lead: its company, numbers and addresses."""
    return Entered(
        RecordKind.LEAD,
        name=values.get("company_name", ""),
        phones=(values.get("mobile", ""),),
        emails=(values.get("email", ""),),
        pk=pk,
    )


def entered_customer(values: Mapping[str, Any], *, pk: int | None = None) -> Entered:
    """Return what is compared of a customer: the values of its party."""
    return Entered(
        RecordKind.CUSTOMER,
        name=values["name"],
        uscc=values.get("uscc", ""),
        phones=(values.get("phone", ""),),
        emails=(values.get("email", ""),),
        pk=pk,
    )


def entered_contact(values: Mapping[str, Any], customer_pk: int, *, pk: int | None = None) -> Entered:
    """Return what is compared of a person at a customer."""
    return Entered(
        RecordKind.CONTACT,
        phones=(values.get("mobile", ""),),
        emails=(values.get("email", ""),),
        pk=pk,
        customer_pk=customer_pk,
    )
