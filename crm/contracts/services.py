"""Operations on contracts, their payment plans and receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contracts.choices import ContractStatus, QuotationStatus, ReceiptStatus
from crm.contracts.models import Contract, PaymentPlan, Quotation, Receipt
from crm.customers.choices import CustomerStage
from crm.customers.models import Customer
from crm.events import ContractSigned, ContractVoided, ReceiptConfirmed
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.services import win_opportunity
from suite import events
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.services import link_documents, save_lines
from suite.masters.models import Company, Currency, PaymentTerms
from suite.masters.payment import instalments
from suite.masters.selectors import default_company

CONTRACT_NUMBERS = register_kind(
    "crm.contract", pattern="HT-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("contract")
)
RECEIPT_NUMBERS = register_kind("crm.receipt", pattern="HK{yyyy}{seq:05}", reset="YEAR", title=gettext_lazy("receipt"))

LIVE_RECEIPTS = (ReceiptStatus.SUBMITTED, ReceiptStatus.CONFIRMED)


class OverContractAmount(DomainError):
    """Receipts would exceed the amount of their contract."""

    code = "over-contract-amount"


# -- contracts ---------------------------------------------------------------------------------


@transaction.atomic
def create_contract(
    *,
    customer: Customer,
    lines: Sequence[Mapping[str, Any]],
    actor: User,
    at: datetime,
    company: Company | None = None,
    currency: Currency | None = None,
    owner: User | None = None,
    **details: Any,
) -> Contract:
    """
    Draw up a contract; the owner of the customer is responsible unless somebody else is named.

    :param lines: values of :class:`ContractLine`; what is left out comes from the item.
    :raises InvalidInput: when contact, opportunity or quotation belong to another customer.
    :raises LineErrors: with what is wrong, for each line.
    """
    company = company or customer.company or default_company()
    contract = Contract(
        company=company,
        customer=customer,
        currency=currency or company.base_currency,
        owner=owner or customer.owner or actor,
        created_by=actor,
        created_at=at,
        **{"document_date": timezone.localdate(at), **details},
    )
    _check_belongs(contract)
    contract.full_clean(exclude=["status", "number"])
    contract.number = next_number(company, CONTRACT_NUMBERS, contract.document_date)
    contract.save()
    save_lines(document=contract, rows=list(lines))
    for source in (contract.quotation, contract.opportunity):
        if source is not None:
            link_documents(source, contract)
            break
    return contract


def live_contract_of(quotation: Quotation) -> Contract | None:
    """Return the contract that was drawn up from a quotation, None without one or when it is void."""
    return quotation.contracts.exclude(status=ContractStatus.VOID).first()


def drawn_up_already(contract: Contract) -> str:
    """Say why no further contract can be drawn up from a quotation."""
    return _("Contract %(number)s was drawn up from it already.") % {"number": contract.number}


@transaction.atomic
def create_contract_from_quotation(
    *, quotation: Quotation, actor: User, at: datetime, delivery_date: date | None = None, customer_reference: str = ""
) -> Contract:
    """
    Turn an accepted quotation into a contract with the same lines, terms and amounts.

    :raises WrongState: unless it was accepted and has no live contract yet.
    """
    quotation = Quotation.objects.lock(quotation)
    if quotation.status != QuotationStatus.ACCEPTED:
        raise WrongState(_("Only an accepted quotation becomes a contract."))
    existing = live_contract_of(quotation)
    if existing is not None:
        raise WrongState(drawn_up_already(existing))
    names = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate")
    rows = [{n: getattr(line, n) for n in names} for line in quotation.lines.select_related("item", "unit")]
    return create_contract(
        customer=quotation.customer,
        company=quotation.company,
        currency=quotation.currency,
        owner=quotation.owner,
        lines=rows,
        title=quotation.title,
        contact=quotation.contact,
        opportunity=quotation.opportunity,
        quotation=quotation,
        exchange_rate=quotation.exchange_rate,
        price_includes_tax=quotation.price_includes_tax,
        discount_amount=quotation.discount_amount,
        payment_terms=quotation.payment_terms,
        delivery_terms=quotation.delivery_terms,
        remarks=quotation.remarks,
        delivery_date=delivery_date,
        customer_reference=customer_reference,
        actor=actor,
        at=at,
    )


@transaction.atomic
def update_contract(
    *, contract: Contract, lines: Sequence[Mapping[str, Any]], actor: User, at: datetime, **changes: Any
) -> Contract:
    """
    Change a contract that is still a draft.

    :raises WrongState: when it was submitted.
    :raises InvalidInput: when contact, opportunity or quotation belong to another customer.
    """
    contract = Contract.objects.lock(contract)
    for name, value in changes.items():
        setattr(contract, name, value)
    _check_belongs(contract)
    contract.full_clean(exclude=["status", "number"])
    return save_lines(document=contract, rows=list(lines))


@transaction.atomic
def submit_contract(*, contract: Contract, actor: User, at: datetime) -> Contract:
    """
    Hand a contract in for approval; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: without lines or amount, or when the plan does not add up to the amount.
    """
    contract = Contract.objects.lock(contract)
    if contract.gross_total <= 0:
        raise InvalidInput(_("Enter at least one line with an amount."))
    planned = contract.plans.aggregate(total=Sum("amount"))["total"]
    if planned is not None and planned != contract.gross_total:
        raise InvalidInput(
            _("The payment plan adds up to %(planned)s, the contract to %(total)s. Adjust the plan.")
            % {"planned": planned, "total": contract.gross_total}
        )
    contract.become(ContractStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(contract, actor=actor, at=at):
        return approve_contract(contract=contract, actor=actor, at=at)
    return contract


@transaction.atomic
def approve_contract(*, contract: Contract, actor: User, at: datetime, reason: str = "") -> Contract:
    """
    Approve a contract.

    :raises WrongState: unless it waits for approval.
    """
    contract = Contract.objects.lock(contract)
    contract.become(ContractStatus.APPROVED, actor=actor, at=at, reason=reason)
    return contract


@transaction.atomic
def reject_contract(*, contract: Contract, reason: str, actor: User, at: datetime) -> Contract:
    """
    Send a contract back to be changed.

    :raises WrongState: unless it waits for approval or was approved and is not signed.
    """
    contract = Contract.objects.lock(contract)
    if contract.receipts.filter(status__in=LIVE_RECEIPTS).exists():
        raise WrongState(_("Money was received on this contract already."))
    contract.become(ContractStatus.DRAFT, actor=actor, at=at, reason=reason)
    return contract


@transaction.atomic
def sign_contract(*, contract: Contract, actor: User, at: datetime, signed_on: date | None = None) -> Contract:
    """
    Record that both sides signed: the opportunity is won, the plan is made if there is none, the order may follow.

    :raises WrongState: unless it is approved.
    """
    contract = Contract.objects.lock(contract)
    contract.signed_on = signed_on or timezone.localdate(at)
    contract.save()
    contract.become(ContractStatus.EXECUTING, actor=actor, at=at)
    if not contract.plans.exists():
        _write_plan(contract, _planned(contract))
    opportunity = contract.opportunity
    if opportunity is not None and opportunity.status == OpportunityStatus.OPEN:
        win_opportunity(opportunity=opportunity, actor=actor, at=at, reason=contract.number, is_signed=True)
    customer = Customer.objects.lock(contract.customer_id)
    customer.stage = CustomerStage.DEAL
    customer.first_deal_on = min(filter(None, (customer.first_deal_on, contract.signed_on)))
    customer.save(update_fields=["stage", "first_deal_on"])
    events.publish(ContractSigned(contract_pk=contract.pk, at=at))
    return contract


@transaction.atomic
def close_contract(*, contract: Contract, actor: User, at: datetime, reason: str = "") -> Contract:
    """
    Close a contract that is paid in full.

    :raises WrongState: while money is outstanding, or unless it is being executed.
    """
    contract = Contract.objects.lock(contract)
    outstanding = contract.gross_total - received_total(contract, confirmed_only=True)
    if outstanding > 0:
        raise WrongState(_("%(amount)s is still outstanding.") % {"amount": outstanding})
    contract.become(ContractStatus.CLOSED, actor=actor, at=at, reason=reason)
    return contract


@transaction.atomic
def reopen_contract(*, contract: Contract, reason: str, actor: User, at: datetime) -> Contract:
    """
    Take up a closed contract again.

    :raises WrongState: unless it is closed.
    """
    contract = Contract.objects.lock(contract)
    contract.become(ContractStatus.EXECUTING, actor=actor, at=at, reason=reason)
    return contract


@transaction.atomic
def void_contract(*, contract: Contract, reason: str, actor: User, at: datetime) -> Contract:
    """
    Void a contract on which no money was received.

    :raises WrongState: when it is closed or void, or money was received.
    """
    contract = Contract.objects.lock(contract)
    if contract.receipts.filter(status__in=LIVE_RECEIPTS).exists():
        raise WrongState(_("Money was received on this contract already; void the receipts first."))
    contract.become(ContractStatus.VOID, actor=actor, at=at, reason=reason)
    events.publish(ContractVoided(contract_pk=contract.pk, at=at))
    return contract


def _check_belongs(contract: Contract) -> None:
    for name in ("contact", "opportunity", "quotation"):
        other = getattr(contract, name)
        if other is not None and other.customer_id != contract.customer_id:
            raise InvalidInput(_("This belongs to another customer."), field=name)


# -- payment plans -----------------------------------------------------------------------------


@transaction.atomic
def save_payment_plan(*, contract: Contract, plans: Sequence[Mapping[str, Any]], actor: User, at: datetime) -> Contract:
    """
    Give a contract this payment plan, in order of the due dates; parts with receipts stay.

    :param plans: ``due_date``, ``amount``, ``label``, ``note`` and ``id`` of a part that exists.
    :raises InvalidInput: when the parts add up to more than the contract, or a part with receipts is missing.
    :raises WrongState: when the contract is closed or void.
    """
    contract = Contract.objects.lock(contract)
    if contract.status in {ContractStatus.CLOSED, ContractStatus.VOID}:
        raise WrongState(_("The contract is “%(state)s”.") % {"state": contract.get_status_display()})
    rows = [dict(row) for row in plans]
    if any(row["amount"] <= 0 for row in rows):
        raise InvalidInput(_("Every part of the plan needs an amount."))
    total = sum((row["amount"] for row in rows), Decimal(0))
    if total > contract.gross_total:
        raise InvalidInput(
            _("The plan adds up to %(total)s, more than the contract's %(amount)s.")
            % {"total": total, "amount": contract.gross_total}
        )
    _write_plan(contract, rows)
    return contract


@transaction.atomic
def plan_from_terms(
    *, contract: Contract, actor: User, at: datetime, payment_terms: PaymentTerms | None = None
) -> Contract:
    """
    Make the payment plan that the payment terms say, in place of the present one.

    :raises InvalidInput: without payment terms.
    """
    contract = Contract.objects.lock(contract)
    if payment_terms is not None:
        contract.payment_terms = payment_terms
        contract.save()
    if contract.payment_terms is None:
        raise InvalidInput(_("Choose payment terms first."), field="payment_terms")
    return save_payment_plan(contract=contract, plans=_planned(contract), actor=actor, at=at)


def _planned(contract: Contract) -> list[dict[str, Any]]:
    base = contract.signed_on or contract.document_date
    parts = list(contract.payment_terms.lines.all()) if contract.payment_terms else []
    if not parts:
        return [{"due_date": base, "amount": contract.gross_total, "label": ""}]
    due = instalments(contract.gross_total, parts, base)
    return [{"due_date": i.due_date, "amount": i.amount, "label": i.label} for i in due if i.amount > 0]


def _write_plan(contract: Contract, rows: list[dict[str, Any]]) -> None:
    old = {plan.pk: plan for plan in contract.plans.all()}
    kept = {row["id"] for row in rows if row.get("id") in old}
    gone = old.keys() - kept
    if Receipt.objects.filter(plan__in=gone).exists():
        raise InvalidInput(_("A part of the plan with receipts cannot be removed."))
    PaymentPlan.objects.filter(pk__in=gone).delete()
    ordered = sorted(rows, key=lambda row: row["due_date"])
    new = []
    for position, row in enumerate(ordered, start=1):
        plan = old[row["id"]] if row.get("id") in kept else PaymentPlan(contract=contract)
        plan.position, plan.due_date, plan.amount = position, row["due_date"], row["amount"]
        plan.label, plan.note = row.get("label", ""), row.get("note", "")
        if plan.pk:
            plan.save()
        else:
            new.append(plan)
    PaymentPlan.objects.bulk_create(new)


# -- receipts ----------------------------------------------------------------------------------


def received_total(contract: Contract, *, confirmed_only: bool = False) -> Decimal:
    """Sum of the receipts on a contract: confirmed ones, by default also those in flight."""
    statuses = (ReceiptStatus.CONFIRMED,) if confirmed_only else LIVE_RECEIPTS
    total: Decimal | None = contract.receipts.filter(status__in=statuses).aggregate(total=Sum("amount"))["total"]
    return total or Decimal("0.00")


@transaction.atomic
def record_receipt(
    *,
    contract: Contract,
    amount: Decimal,
    received_on: date,
    actor: User,
    at: datetime,
    plan: PaymentPlan | None = None,
    **details: Any,
) -> Receipt:
    """
    Record money of a customer on an approved contract; it waits for confirmation.

    The contract row is locked, so that two receipts at once cannot together exceed it.

    :param plan: the part it pays; None: the earliest part that is not paid.
    :raises WrongState: unless the contract is approved or being executed.
    :raises OverContractAmount: when it would exceed the contract together with those recorded before.
    """
    contract = Contract.objects.lock(contract)
    if contract.status not in {ContractStatus.APPROVED, ContractStatus.EXECUTING}:
        raise WrongState(_("Receipts are recorded on approved contracts only."))
    if plan is not None and plan.contract_id != contract.pk:
        raise InvalidInput(_("This part belongs to another contract."), field="plan")
    _check_room(contract, amount)
    receipt = Receipt(
        number=next_number(contract.company, RECEIPT_NUMBERS, received_on),
        contract=contract,
        plan=plan or _next_due(contract),
        customer_id=contract.customer_id,
        company_id=contract.company_id,
        amount=amount,
        received_on=received_on,
        created_by=actor,
        created_at=at,
        **details,
    )
    receipt.full_clean(exclude=["status"])
    receipt.save()
    link_documents(contract, receipt)
    return receipt


@transaction.atomic
def confirm_receipt(*, receipt: Receipt, actor: User, at: datetime) -> Receipt:
    """
    Confirm that the money arrived.

    :raises WrongState: unless it waits for confirmation.
    """
    Contract.objects.lock(receipt.contract_id)
    receipt = Receipt.objects.lock(receipt)
    receipt.become(ReceiptStatus.CONFIRMED, actor=actor, at=at)
    events.publish(ReceiptConfirmed(receipt_pk=receipt.pk))
    return receipt


@transaction.atomic
def void_receipt(*, receipt: Receipt, reason: str, actor: User, at: datetime) -> Receipt:
    """
    Void a receipt that was recorded by mistake.

    :raises WrongState: when it is void, or its contract is closed.
    """
    contract = Contract.objects.lock(receipt.contract_id)
    if contract.status == ContractStatus.CLOSED:
        raise WrongState(_("The contract is closed; take it up again first."))
    receipt = Receipt.objects.lock(receipt)
    receipt.become(ReceiptStatus.VOID, actor=actor, at=at, reason=reason)
    return receipt


def _check_room(contract: Contract, amount: Decimal) -> None:
    room = contract.gross_total - received_total(contract)
    if amount > room:
        raise OverContractAmount(
            _("Only %(room)s of the contract is still open.") % {"room": room}, field="amount", room=str(room)
        )


def _next_due(contract: Contract) -> PaymentPlan | None:
    live = Sum("receipts__amount", filter=Q(receipts__status__in=LIVE_RECEIPTS), default=Decimal(0))
    return contract.plans.annotate(paid=live).filter(paid__lt=F("amount")).order_by("position").first()
