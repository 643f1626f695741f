"""Operations on landed costs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.inventory.services import LateCost, adjust_costs
from erp.landed.choices import Basis, LandedStatus
from erp.landed.models import LandedCost, LandedCostShare
from erp.purchasing.models import GoodsReceipt, GoodsReceiptLine
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.documents.services import link_documents
from suite.masters.decimals import split_exact

NUMBERS = register_kind("erp.landedcost", pattern="LC-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("landed cost"))


@transaction.atomic
def create_landed_cost(
    *,
    receipts: Iterable[GoodsReceipt],
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    owner: User | None = None,
    **details: Any,
) -> LandedCost:
    """
    Enter what bringing goods in cost, as a draft.

    :param lines: ``kind``, ``amount`` without tax in the base currency, ``supplier`` and ``reference`` if known.
    :raises InvalidInput: without receipts or costs, or for receipts of several companies.
    """
    chosen = list(receipts)
    landed = LandedCost(
        company=_company(chosen),
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **{"incurred_on": timezone.localdate(at), **details},
    )
    landed.full_clean(exclude=["status", "number"])
    landed.number = next_number(landed.company, NUMBERS, landed.incurred_on)
    landed.save()
    return _write(landed, chosen, lines)


@transaction.atomic
def update_landed_cost(
    *,
    landedcost: LandedCost,
    receipts: Iterable[GoodsReceipt],
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    **changes: Any,
) -> LandedCost:
    """
    Change a landed cost that is still a draft.

    :raises WrongState: when it was submitted.
    """
    landed = LandedCost.objects.lock(landedcost)
    if landed.status != LandedStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    chosen = list(receipts)
    if _company(chosen) != landed.company:
        raise InvalidInput(_("These receipts belong to another company."), field="receipts")
    for name, value in changes.items():
        setattr(landed, name, value)
    landed.full_clean(exclude=["status", "number"])
    return _write(landed, chosen, lines)


@transaction.atomic
def submit_landed_cost(*, landedcost: LandedCost, actor: User, at: datetime) -> LandedCost:
    """
    Hand a landed cost in; it is posted at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    """
    landed = LandedCost.objects.lock(landedcost)
    landed.become(LandedStatus.APPROVING, actor=actor, at=at)
    if needs_approval(landed, actor=actor, at=at):
        return landed
    return post_landed_cost(landedcost=landed, actor=actor, at=at)


@transaction.atomic
def post_landed_cost(*, landedcost: LandedCost, actor: User, at: datetime) -> LandedCost:
    """
    Approve a landed cost: every received line bears its share, today, whatever has left the stock already.

    :raises WrongState: unless it waits for approval.
    :raises InvalidInput: when nothing of the receipts is left to bear it, or quantities are of several units.
    :raises PeriodClosed: when today is closed for stock.
    """
    landed = LandedCost.objects.lock(landedcost)
    landed.become(LandedStatus.POSTED, actor=actor, at=at)
    kept = _bearers(landed)
    weights = _weights(Basis(landed.basis), kept)
    amounts = split_exact(landed.total, weights, landed.company.base_currency.decimals)
    borne = [(line, amount) for line, amount in zip(kept, amounts, strict=True) if amount]
    adjustments = adjust_costs(
        costs=[LateCost(line.move, amount, f"landed:{landed.pk}:{line.pk}") for line, amount in borne],
        company=landed.company,
        reason=str(landed),
        actor=actor,
        at=at,
    )
    LandedCostShare.objects.bulk_create(
        LandedCostShare(landed_cost=landed, receipt_line=line, amount=amount, adjustment=adjustment)
        for (line, amount), adjustment in zip(borne, adjustments, strict=True)
    )
    for receipt in landed.receipts.order_by("pk"):
        link_documents(receipt, landed)
    return landed


@transaction.atomic
def reject_landed_cost(*, landedcost: LandedCost, reason: str, actor: User, at: datetime) -> LandedCost:
    """
    Send a landed cost back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    landed = LandedCost.objects.lock(landedcost)
    return landed.become(LandedStatus.DRAFT, actor=actor, at=at, reason=reason)


@transaction.atomic
def reverse_landed_cost(*, landedcost: LandedCost, reason: str, actor: User, at: datetime) -> LandedCost:
    """
    Take every share of a posted landed cost back.

    :raises WrongState: unless it is posted.
    """
    landed = LandedCost.objects.lock(landedcost)
    landed.become(LandedStatus.REVERSED, actor=actor, at=at, reason=reason)
    shares = landed.shares.select_related("receipt_line__move").order_by("pk")
    adjust_costs(
        costs=[
            LateCost(share.receipt_line.move, -share.amount, f"landed:{landed.pk}:{share.receipt_line_id}:back")
            for share in shares
        ],
        company=landed.company,
        reason=reason,
        actor=actor,
        at=at,
    )
    return landed


@transaction.atomic
def cancel_landed_cost(*, landedcost: LandedCost, reason: str, actor: User, at: datetime) -> LandedCost:
    """
    Give up a landed cost that is not posted.

    :raises WrongState: when it is posted.
    """
    landed = LandedCost.objects.lock(landedcost)
    return landed.become(LandedStatus.CANCELLED, actor=actor, at=at, reason=reason)


def _company(receipts: Sequence[GoodsReceipt]) -> Any:
    companies = {receipt.company for receipt in receipts}
    if not companies:
        raise InvalidInput(_("Choose the receipts that it brought in."), field="receipts")
    if len(companies) > 1:
        raise InvalidInput(_("These receipts belong to several companies."), field="receipts")
    return companies.pop()


def _write(landed: LandedCost, receipts: Sequence[GoodsReceipt], rows: Sequence[Row]) -> LandedCost:
    lines = write_rows(landed, "landed_cost", rows, _faults)
    landed.total = sum((line.amount for line in lines), Decimal(0))
    landed.save()
    landed.receipts.set(receipts)
    return landed


def _faults(row: Row) -> Faults:
    return {} if row["amount"] > 0 else {"amount": _("Enter an amount above zero.")}


def _bearers(landed: LandedCost) -> list[GoodsReceiptLine]:
    """The received lines that something is left of; what went back bears nothing."""
    lines = GoodsReceiptLine.objects.filter(receipt__in=landed.receipts.all())
    rows = lines.select_related("move", "order_line__item__base_unit").order_by("pk")
    kept = [line for line in rows if line.kept_quantity > 0]
    if not kept:
        raise InvalidInput(_("Everything of these receipts went back to the supplier."))
    return kept


def _weights(basis: Basis, lines: Sequence[GoodsReceiptLine]) -> list[Decimal]:
    if basis == Basis.LINES:
        return [Decimal(1) for _line in lines]
    if basis == Basis.QUANTITY:
        if len({line.order_line.goods.base_unit_id for line in lines}) > 1:
            raise InvalidInput(_("The goods are counted in several units; share the cost out by value."), field="basis")
        return [line.kept_quantity for line in lines]
    weights = [(line.move.amount or Decimal(0)) * line.kept_quantity / line.quantity for line in lines]
    if not any(weights):
        raise InvalidInput(
            _("These goods were received without a value; share the cost out by quantity."), field="basis"
        )
    return weights
