"""What CRM tells other programs by web hooks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract, Receipt
from crm.customers.models import Lead
from crm.events import ContractSigned, LeadsCreated, ReceiptConfirmed
from suite.webhooks.registry import offers_webhook


@offers_webhook(LeadsCreated, code="crm.lead.created", title=_("Lead came in"))
def tell_of_leads(event: LeadsCreated) -> list[dict[str, Any]]:
    """Who they are and whence; what a visitor wrote included."""
    leads = Lead.objects.filter(pk__in=event.lead_pks).select_related("source", "owner").order_by("pk")
    return [
        {
            "id": lead.pk,
            "number": lead.number,
            "name": lead.name,
            "company_name": lead.company_name,
            "mobile": lead.mobile,
            "email": lead.email,
            "source": lead.source.code if lead.source is not None else None,
            "requirement": lead.requirement,
            "estimated_amount": _amount(lead.estimated_amount),
            "owner": lead.owner.username,
            "status": lead.status,
            "created_at": lead.created_at.isoformat(),
        }
        for lead in leads
    ]


@offers_webhook(ContractSigned, code="crm.contract.signed", title=_("Contract signed"))
def tell_of_contract(event: ContractSigned) -> list[dict[str, Any]]:
    """With whom and over how much."""
    contract = Contract.objects.select_related("customer__party", "currency", "owner").get(pk=event.contract_pk)
    return [
        {
            "id": contract.pk,
            "number": contract.number,
            "customer": _customer(contract.customer),
            "net_total": _amount(contract.net_total),
            "tax_total": _amount(contract.tax_total),
            "gross_total": _amount(contract.gross_total),
            "currency": contract.currency.code,
            "owner": contract.owner.username,
            "signed_at": event.at.isoformat(),
        }
    ]


@offers_webhook(ReceiptConfirmed, code="crm.receipt.confirmed", title=_("Receipt confirmed"))
def tell_of_receipt(event: ReceiptConfirmed) -> list[dict[str, Any]]:
    """From whom, how much, for which contract."""
    receipt = Receipt.objects.select_related("customer__party", "contract__currency").get(pk=event.receipt_pk)
    return [
        {
            "id": receipt.pk,
            "number": receipt.number,
            "customer": _customer(receipt.customer),
            "contract": {"id": receipt.contract.pk, "number": receipt.contract.number},
            "amount": _amount(receipt.amount),
            "currency": receipt.contract.currency.code,
            "received_on": receipt.received_on.isoformat(),
        }
    ]


def _customer(customer: Any) -> dict[str, Any]:
    return {"id": customer.pk, "code": customer.party.code, "name": customer.party.name}


def _amount(amount: Any) -> str | None:
    """An amount as text with two digits, as it is kept."""
    return None if amount is None else f"{amount:.2f}"
