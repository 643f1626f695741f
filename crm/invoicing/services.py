"""Operations on invoices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.contracts.services import OverContractAmount
from crm.invoicing.choices import InvoiceState, InvoiceStatus
from crm.invoicing.models import Invoice
from suite.access.models import User
from suite.core.errors import WrongState
from suite.documents.services import link_documents

INVOICED = frozenset({ContractStatus.APPROVED, ContractStatus.EXECUTING, ContractStatus.CLOSED})
ZERO = Decimal("0.00")


@transaction.atomic
def record_invoice(
    *, contract: Contract, number: str, amount: Decimal, issued_on: date, actor: User, at: datetime, **details: Any
) -> Invoice:
    """
    Record an invoice that was issued on a contract; the contract is locked, so that two together never exceed it.

    :param details: further columns of :class:`Invoice`.
    :raises WrongState: unless the contract is approved.
    :raises OverContractAmount: when it would exceed the contract together with the invoices before.
    :raises ValidationError: if a value is wrong, or the number is taken.
    """
    contract = Contract.objects.lock(contract)
    if contract.status not in INVOICED:
        raise WrongState(_("Invoices are recorded on approved contracts only."))
    room = contract.gross_total - invoiced_total(contract)
    if amount > room:
        raise OverContractAmount(
            _("Only %(room)s of the contract is not invoiced yet.") % {"room": room}, field="amount", room=str(room)
        )
    invoice = Invoice(
        number=number.strip(),
        contract=contract,
        customer_id=contract.customer_id,
        company_id=contract.company_id,
        amount=amount,
        issued_on=issued_on,
        created_by=actor,
        created_at=at,
        **details,
    )
    invoice.full_clean(exclude=["status"])
    invoice.save()
    link_documents(contract, invoice)
    return invoice


@transaction.atomic
def void_invoice(*, invoice: Invoice, reason: str, actor: User, at: datetime) -> Invoice:
    """
    Mark an invoice as reversed with a red one 红冲, or given back.

    :raises WrongState: when it is void.
    """
    Contract.objects.lock(invoice.contract_id)
    invoice = Invoice.objects.lock(invoice)
    invoice.become(InvoiceStatus.VOID, actor=actor, at=at, reason=reason)
    return invoice


def invoiced_total(contract: Contract) -> Decimal:
    """Sum of the invoices on a contract that are not void."""
    live = Invoice.objects.filter(contract=contract.pk, status=InvoiceStatus.ISSUED)
    return live.aggregate(total=Sum("amount"))["total"] or ZERO


def invoice_state(contract: Contract, invoiced: Decimal) -> InvoiceState:
    """How far a contract is invoiced."""
    if invoiced <= 0:
        return InvoiceState.NONE
    return InvoiceState.FULLY if invoiced >= contract.gross_total else InvoiceState.PARTLY
