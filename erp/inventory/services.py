"""Operations on stock that belong to no other document: opening stock, transfers, status, closing, late costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.events import StockArrived
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.costing import revalue
from erp.inventory.errors import PeriodClosed
from erp.inventory.ledger import Posting, post
from erp.inventory.models import CostAdjustment, Lot, StockClosing, StockMove, StockValue
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import StockItem, Warehouse
from erp.masterdata.services import store_and_common, store_of
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters.decimals import round_exact
from suite.masters.models import Company, Item

# What has a cost of its own, which may turn out to be another one.
COSTED = frozenset({MoveKind.RECEIPT, MoveKind.OPENING, MoveKind.COMPLETION})


@dataclass(frozen=True)
class Part:
    """So much of an item, of a lot where it has one, at the cost of one unit where that is known."""

    item: Item
    quantity: Decimal
    lot: Lot | None = None
    unit_cost: Decimal | None = None

    @property
    def amount(self) -> Decimal | None:
        """What all of it costs."""
        return None if self.unit_cost is None else round_exact(self.quantity * self.unit_cost, 2)


def get_lot(*, item: Item, number: str, expires_on: date | None = None) -> Lot:
    """Return the lot or serial number of an item, made when it is new."""
    tracking = StockItem.objects.filter(item=item).values_list("tracking", flat=True).first()
    lot, _made = Lot.objects.get_or_create(
        item=item, number=number, defaults={"expires_on": expires_on, "is_serial": tracking == Tracking.SERIAL}
    )
    return lot


@transaction.atomic
def enter_opening_stock(
    *, warehouse: Warehouse, parts: Sequence[Part], request: UUID, actor: User, at: datetime
) -> list[StockMove]:
    """
    Enter what lies in a warehouse when the ledger begins.

    :param request: names this entry; entered again it does nothing.
    :raises PeriodClosed: when the day is closed.
    """
    target, source = store_and_common(warehouse, LocationKind.LOSS)
    postings = [
        Posting(
            key=f"opening:{request}:{place}",
            kind=MoveKind.OPENING,
            item_id=part.item.pk,
            quantity=part.quantity,
            source=source,
            target=target,
            lot_id=part.lot.pk if part.lot is not None else None,
            amount=part.amount,
        )
        for place, part in enumerate(parts)
    ]
    moves = post(postings, company=warehouse.company, actor=actor, at=at)
    announce(moves)
    return moves


@transaction.atomic
def transfer_stock(
    *, source: Warehouse, target: Warehouse, parts: Sequence[Part], request: UUID, actor: User, at: datetime
) -> list[StockMove]:
    """
    Move free stock from one warehouse to another of the same company.

    :raises InsufficientStock: when there is less.
    :raises InvalidInput: between companies; those sell to each other.
    """
    if source.company_id != target.company_id:
        raise InvalidInput(_("Stock of another company is sold, not transferred."))
    postings = [
        Posting(
            key=f"transfer:{request}:{place}",
            kind=MoveKind.TRANSFER,
            item_id=part.item.pk,
            quantity=part.quantity,
            source=store_of(source),
            target=store_of(target),
            lot_id=part.lot.pk if part.lot is not None else None,
        )
        for place, part in enumerate(parts)
    ]
    moves = post(postings, company=source.company, actor=actor, at=at)
    announce(moves)
    return moves


@transaction.atomic
def change_stock_status(
    *,
    warehouse: Warehouse,
    part: Part,
    from_status: StockStatus,
    to_status: StockStatus,
    reason: str,
    request: UUID,
    actor: User,
    at: datetime,
) -> list[StockMove]:
    """
    Put stock on hold, release it, or judge what waits for inspection.

    :raises InsufficientStock: when less is free in that status.
    """
    place = store_of(warehouse)
    posting = Posting(
        key=f"status:{request}",
        kind=MoveKind.STATUS,
        item_id=part.item.pk,
        quantity=part.quantity,
        source=place,
        target=place,
        lot_id=part.lot.pk if part.lot is not None else None,
        from_status=from_status,
        to_status=to_status,
    )
    moves = post([posting], company=warehouse.company, actor=actor, at=at)
    announce(moves)
    return moves


@dataclass(frozen=True)
class LateCost:
    """
    What a receipt turned out to cost more, or less if negative, in the base currency.

    :param key: names it; added again it does nothing.
    """

    receipt: StockMove
    amount: Decimal
    key: str


@transaction.atomic
def adjust_costs(
    *, costs: Sequence[LateCost], company: Company, reason: str, actor: User | None, at: datetime
) -> list[CostAdjustment]:
    """
    Add what receipts turned out to cost: the share that is still there raises the stock, the rest is an expense.

    :raises InvalidInput: when one of the moves is no receipt.
    """
    if any(cost.receipt.kind not in COSTED for cost in costs):
        raise InvalidInput(_("Only what was received can turn out to cost more."))
    # Everybody who values these items waits here, so that the adjustments meet the moves that are there.
    items = sorted({cost.receipt.item_id for cost in costs})
    list(StockValue.objects.select_for_update().filter(company=company, item__in=items).order_by("item"))
    known = CostAdjustment.objects.in_bulk([cost.key for cost in costs], field_name="key")
    new = [cost for cost in costs if cost.key not in known]
    CostAdjustment.objects.bulk_create(
        CostAdjustment(
            company=company,
            move=cost.receipt,
            amount=cost.amount,
            reason=reason,
            key=cost.key,
            effective_at=at,
            effective_on=timezone.localdate(at),
            actor=actor,
        )
        for cost in new
    )
    if new:
        revalue(company, sorted({cost.receipt.item_id for cost in new}), at)
    posted = CostAdjustment.objects.in_bulk([cost.key for cost in costs], field_name="key")
    return [posted[cost.key] for cost in costs]


@transaction.atomic
def adjust_cost(
    *, receipt: StockMove, amount: Decimal, reason: str, key: str, actor: User | None, at: datetime
) -> CostAdjustment:
    """Add what one receipt turned out to cost; see :func:`adjust_costs`."""
    cost = LateCost(receipt, amount, key)
    (adjustment,) = adjust_costs(costs=[cost], company=receipt.company, reason=reason, actor=actor, at=at)
    return adjustment


@transaction.atomic
def close_stock(*, company: Company, through: date, actor: User, at: datetime) -> StockClosing:
    """
    Close all days up to one; nothing is posted on them any more.

    :raises PeriodClosed: when a later day is closed already.
    :raises InvalidInput: for a day that is not over.
    """
    if through >= timezone.localdate(at):
        raise InvalidInput(_("Only days that are over can be closed."))
    closing, is_new = StockClosing.objects.select_for_update().get_or_create(
        company=company, defaults={"closed_through": through}
    )
    if not is_new:
        if closing.closed_through > through:
            raise PeriodClosed(_("Stock is closed through %(day)s already.") % {"day": closing.closed_through})
        closing.closed_through = through
        closing.save()
    return closing


def announce(moves: Sequence[StockMove]) -> None:
    """Tell who waits for stock that good stock came to lie somewhere."""
    items = sorted(
        {move.item_id for move in moves if move.to_location.holds_stock and move.to_status == StockStatus.GOOD}
    )
    if items:
        events.publish(StockArrived(company_pk=moves[0].company_id, item_pks=tuple(items), at=moves[0].effective_at))
