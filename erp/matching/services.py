"""Operations on what suppliers bill."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from erp.inventory.models import CostAdjustment
from erp.inventory.services import adjust_cost
from erp.lines import quantity_fault
from erp.matching.choices import MatchStatus
from erp.matching.engine import Judgement, judge
from erp.matching.models import InvoiceMatch
from erp.matching.selectors import with_billed
from erp.purchasing.models import GoodsReceiptLine
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters.decimals import round_exact


@transaction.atomic
def match_invoice(
    *,
    receipt_line: GoodsReceiptLine,
    invoice_number: str,
    invoiced_on: date,
    quantity: Decimal,
    amount: Decimal,
    request: UUID,
    actor: User,
    at: datetime,
) -> InvoiceMatch:
    """
    Compare what a supplier bills for a received line with what was ordered and came.

    What fits is matched, and a small difference becomes part of what the goods cost; what does not is blocked for
    payment until somebody releases it or sends it back.

    :param quantity: billed, in the base unit of the item.
    :param amount: billed without tax, in the base currency of the company.
    :param request: names this entry; entered again it returns the same one.
    :raises InvalidInput: when the quantity does not fit the unit, or the invoice bills the line already.
    """
    receipt_line = GoodsReceiptLine.objects.lock(receipt_line)
    if (known := InvoiceMatch.objects.filter(request=request).first()) is not None:
        return known
    item = receipt_line.order_line.goods
    if fault := quantity_fault(item, quantity):
        raise InvalidInput(fault["quantity"], field="quantity")
    number = invoice_number.strip()
    billed = receipt_line.matches.filter(invoice_number=number).exclude(status=MatchStatus.REJECTED)
    if billed.exists():
        raise InvalidInput(_("This invoice bills the line already."), field="invoice_number")
    found = _judge(receipt_line, quantity, amount)
    match = InvoiceMatch(
        receipt_line=receipt_line,
        invoice_number=number,
        invoiced_on=invoiced_on,
        quantity=quantity,
        amount=amount,
        too_much=found.too_much,
        difference=found.difference,
        request=request,
        created_by=actor,
        created_at=at,
    )
    match.full_clean(exclude=["status", "adjustment"])
    match.save()
    if found.is_blocked:
        return match.become(MatchStatus.BLOCKED, actor=actor, at=at)
    return _accept(match, MatchStatus.MATCHED, actor, at)


@transaction.atomic
def release_match(*, invoicematch: InvoiceMatch, reason: str, actor: User, at: datetime) -> InvoiceMatch:
    """
    Let a blocked line be paid as it is billed; the difference becomes part of what the goods cost.

    :raises WrongState: unless it is blocked.
    """
    return _accept(InvoiceMatch.objects.lock(invoicematch), MatchStatus.RELEASED, actor, at, reason)


@transaction.atomic
def reject_match(*, invoicematch: InvoiceMatch, reason: str, actor: User, at: datetime) -> InvoiceMatch:
    """
    Send a blocked line back to the supplier; it counts no longer as billed.

    :raises WrongState: unless it is blocked.
    """
    match = InvoiceMatch.objects.lock(invoicematch)
    return match.become(MatchStatus.REJECTED, actor=actor, at=at, reason=reason)


def _judge(line: GoodsReceiptLine, quantity: Decimal, amount: Decimal) -> Judgement:
    sums = with_billed(GoodsReceiptLine.objects.filter(pk=line.pk)).values("unbilled").get()
    expected = (line.move.amount or Decimal(0)) * quantity / line.quantity
    return judge(
        billed_quantity=quantity,
        billed_amount=amount,
        open_quantity=sums["unbilled"],
        expected_amount=round_exact(expected, 2),
    )


def _accept(match: InvoiceMatch, status: MatchStatus, actor: User, at: datetime, reason: str = "") -> InvoiceMatch:
    match.become(status, actor=actor, at=at, reason=reason)
    if match.difference:
        adjustment: CostAdjustment = adjust_cost(
            receipt=match.receipt_line.move,
            amount=match.difference,
            reason=str(_("Invoice %(number)s") % {"number": match.invoice_number})[:200],
            key=f"invoice:{match.pk}",
            actor=actor,
            at=at,
        )
        match.adjustment = adjustment
        match.save(update_fields=["adjustment"])
    return match
