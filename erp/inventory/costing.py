"""
What moves are worth: value entries as stock comes and goes.

What follows in time and needs no more than the balance (receipts, issues at moving average) is valued by it. Everything
else (back-dated moves, first in first out, returns at the original cost, prices known later) replays the item by
:mod:`erp.inventory.valuation` and posts the differences to the entries there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.utils.translation import gettext as _

from erp.inventory.choices import EntryKind, MoveKind
from erp.inventory.errors import InsufficientStock, Shortage
from erp.inventory.models import CostAdjustment, StockMove, StockValue, ValuationEntry
from erp.inventory.valuation import (
    Entry,
    Kind,
    Layer,
    Method,
    Move,
    ReturnExceedsOrigin,
    UnknownCost,
    UnknownOrigin,
    replay,
)
from erp.inventory.valuation import InsufficientStock as NotThere
from erp.masterdata.choices import ValuationMethod
from erp.masterdata.models import StockItem
from suite.core.errors import InvalidInput
from suite.masters.decimals import round_exact
from suite.masters.models import Company, Item

ZERO = Decimal(0)
RETURNS = frozenset({MoveKind.CUSTOMER_RETURN, MoveKind.SUPPLIER_RETURN})
Balances = dict[int, StockValue]
# All the values of items, locked, or none unless there are so many.
LOCK_VALUES = """
    SELECT * FROM erp_stockvalue WHERE company_id = %(company)s AND item_id = ANY(%(items)s) AND %(count)s = (
        SELECT count(*) FROM erp_stockvalue WHERE company_id = %(company)s AND item_id = ANY(%(items)s)
    )
    ORDER BY item_id FOR UPDATE
"""
ADD_VALUES = """
    INSERT INTO erp_stockvalue (company_id, item_id, quantity, amount, last_at)
    SELECT %(company)s, i, 0, 0, '1970-01-01Z' FROM unnest(%(items)s::bigint[]) i
    WHERE NOT EXISTS (SELECT 1 FROM erp_stockvalue v WHERE v.company_id = %(company)s AND v.item_id = i)
    ORDER BY i ON CONFLICT DO NOTHING
"""
# What the insert of entries writes; the rest the database fills.
ENTRY_COLUMNS = {
    "company_id": "bigint",
    "item_id": "bigint",
    "move_id": "bigint",
    "adjustment_id": "bigint",
    "kind": "text",
    "effective_on": "date",
    "posted_at": "timestamptz",
    "quantity": "numeric",
    "amount": "numeric",
}
WRITE = """
    WITH balances AS (
        UPDATE erp_stockvalue v SET quantity = d.quantity, amount = d.amount, last_at = d.last_at
        FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::timestamptz[])
             AS d (id, quantity, amount, last_at)
        WHERE v.id = d.id
    )
    INSERT INTO erp_valuationentry ({columns}) SELECT * FROM unnest({arrays})
"""
# Quantity and amount of the entries there are, by move and adjustment.
Known = dict[tuple[int, int | None], tuple[Decimal, Decimal]]


def value_moves(moves: Sequence[StockMove], *, company: Company, at: datetime, fifo: set[int] | None = None) -> None:
    """
    Write the value entries of moves that were just posted, in the transaction that posted them.

    :param fifo: keys of the items that are valued first in, first out, if they are at hand.
    """
    crossing = [move for move in moves if move.from_location.holds_stock != move.to_location.holds_stock]
    if not crossing:
        return
    values = lock_values(company, {move.item_id for move in crossing}, at)
    if fifo is None:
        fifo = _fifo({move.item_id for move in crossing})
    by_item: dict[int, list[StockMove]] = defaultdict(list)
    for move in crossing:
        by_item[move.item_id].append(move)
    entries: list[ValuationEntry] = []
    replayed: set[int] = set()
    for item_id, own in by_item.items():
        if item_id not in fifo and all(_is_next(move, values[item_id]) for move in own):
            entries += [_by_balance(move, values[item_id], at) for move in sorted(own, key=_order)]
        else:
            replayed.add(item_id)
        values[item_id].last_at = max(values[item_id].last_at, *(move.effective_at for move in own))
    if replayed:
        entries += _replayed(company, replayed, values, fifo, at)
    _write(entries, values)


def revalue(company: Company, items: Collection[int], at: datetime) -> None:
    """Compute the value of items anew from all their moves and adjustments, and post what differs."""
    values = lock_values(company, items, at)
    _write(_replayed(company, items, values, _fifo(items), at), values)


def lock_values(company: Company, items: Collection[int], at: datetime) -> Balances:
    """Lock the values of items in the order of the items, those that have none yet included."""
    ordered = sorted(items)
    values: dict[str, Any] = {"company": company.pk, "items": ordered, "count": len(ordered)}
    rows = list(StockValue.objects.raw(LOCK_VALUES, values))
    if len(rows) < len(ordered):
        # None is locked then: the missing ones come first, so that the order of the locks stays that of the items.
        with connection.cursor() as cursor:
            cursor.execute(ADD_VALUES, values)
        rows = list(StockValue.objects.raw(LOCK_VALUES, values))
    return {row.item_id: row for row in rows}


# -- by the balance ----------------------------------------------------------------------------


def _is_receipt(move: StockMove) -> bool:
    return move.to_location.holds_stock


def _is_return(move: StockMove) -> bool:
    """Whether a move goes the way back of another, at what that one cost: opening stock too is taken back so."""
    return move.kind in RETURNS or (move.kind == MoveKind.OPENING and move.origin_id is not None)


def _is_next(move: StockMove, value: StockValue) -> bool:
    """Whether the balance is all that the cost of a move depends on."""
    if _is_return(move) or (_is_receipt(move) and move.amount is None):
        return False
    # At the same moment receipts come first, as in a replay.
    return move.effective_at > value.last_at or (move.effective_at == value.last_at and not _is_receipt(move))


def _order(move: StockMove) -> tuple[int, int]:
    return 0 if _is_receipt(move) else 1, move.pk


def _by_balance(move: StockMove, value: StockValue, at: datetime) -> ValuationEntry:
    if _is_receipt(move):
        quantity, amount = move.quantity, move.amount or ZERO
    else:
        if move.quantity > value.quantity:
            raise InsufficientStock([Shortage(str(move.item), move.quantity, value.quantity)])
        taken, _rest = Layer(value.quantity, value.amount).split(move.quantity, 2)
        quantity, amount = -taken.quantity, -taken.amount
    value.quantity += quantity
    value.amount += amount
    return ValuationEntry(
        company_id=move.company_id,
        item_id=move.item_id,
        move=move,
        effective_on=move.effective_on,
        posted_at=at,
        quantity=quantity,
        amount=amount,
    )


# -- by replay ---------------------------------------------------------------------------------


def _replayed(
    company: Company, items: Collection[int], values: Balances, fifo: set[int], at: datetime
) -> list[ValuationEntry]:
    """Return what the replay of items gives more than the entries there are."""
    every = StockMove.objects.filter(company=company, item__in=items).select_related("from_location", "to_location")
    moves: dict[int, list[StockMove]] = defaultdict(list)
    for move in every:
        if move.from_location.holds_stock != move.to_location.holds_stock:
            moves[move.item_id].append(move)
    adjustments: dict[int, list[CostAdjustment]] = defaultdict(list)
    for each in CostAdjustment.objects.filter(company=company, move__item__in=items).select_related("move"):
        adjustments[each.move.item_id].append(each)
    known: Known = {
        (row["move"], row["adjustment"]): (row["quantity__sum"], row["amount__sum"])
        for row in ValuationEntry.objects.filter(company=company, item__in=items)
        .order_by()
        .values("move", "adjustment")
        .annotate(Sum("quantity"), Sum("amount"))
    }
    names = Item.objects.in_bulk(list(items))
    found: list[ValuationEntry] = []
    for item_id in sorted(items):
        method = Method.FIFO if item_id in fifo else Method.AVERAGE
        entries = _replay(moves[item_id], adjustments[item_id], method, names[item_id])
        found += _differences(entries, moves[item_id], adjustments[item_id], known, at)
        last = entries[-1] if entries else None
        values[item_id].quantity = last.balance_quantity if last else ZERO
        values[item_id].amount = last.balance_amount if last else ZERO
    return found


def _replay(
    moves: Sequence[StockMove], adjustments: Sequence[CostAdjustment], method: Method, item: Item
) -> tuple[Entry, ...]:
    fallback = item.reference_cost or ZERO
    steps = [_step(move) for move in moves]
    steps += [
        Move(
            key=("adjustment", each.pk),
            kind=Kind.ADJUSTMENT,
            date=each.effective_at,
            sequence=each.pk,
            scope=0,
            amount=each.amount,
            origin=("move", each.move_id),
        )
        for each in adjustments
    ]
    while True:
        try:
            return replay(steps, method)
        except UnknownCost as error:
            # Found by a count before anything was ever bought: at the reference cost of the item.
            steps = [
                replace(step, amount=round_exact(step.quantity * fallback, 2)) if step.key == error.key else step
                for step in steps
            ]
        except NotThere as error:
            raise InsufficientStock([Shortage(str(item), error.quantity, error.on_hand)]) from error
        except (ReturnExceedsOrigin, UnknownOrigin) as error:
            raise InvalidInput(_("More is returned of %(item)s than went out.") % {"item": item}) from error


def _step(move: StockMove) -> Move:
    if _is_return(move) and move.origin_id is not None:
        kind = Kind.RETURN
    else:
        kind = Kind.RECEIPT if _is_receipt(move) else Kind.ISSUE
    return Move(
        key=("move", move.pk),
        kind=kind,
        date=move.effective_at,
        sequence=move.pk,
        scope=0,
        quantity=move.quantity,
        amount=move.amount if kind is not Kind.ISSUE else None,
        origin=("move", move.origin_id) if kind is Kind.RETURN else None,
    )


def _differences(
    entries: Sequence[Entry],
    moves: Sequence[StockMove],
    adjustments: Sequence[CostAdjustment],
    known: Known,
    at: datetime,
) -> list[ValuationEntry]:
    by_move: dict[Hashable, StockMove] = {("move", move.pk): move for move in moves}
    by_adjustment: dict[Hashable, CostAdjustment] = {("adjustment", each.pk): each for each in adjustments}
    found = []
    for entry in entries:
        adjustment = by_adjustment.get(entry.key)
        move = adjustment.move if adjustment is not None else by_move[entry.key]
        before = known.get((move.pk, adjustment.pk if adjustment is not None else None))
        quantity, amount = before or (ZERO, ZERO)
        if adjustment is not None and adjustment.expense != entry.expense:
            adjustment.expense = entry.expense
            adjustment.save(update_fields=["expense"])
        if (entry.quantity, entry.amount) == (quantity, amount):
            continue
        first = EntryKind.PRICE if adjustment is not None else EntryKind.MOVE
        found.append(
            ValuationEntry(
                company_id=move.company_id,
                item_id=move.item_id,
                move=move,
                adjustment=adjustment,
                kind=first if before is None else EntryKind.REPLAY,
                effective_on=adjustment.effective_on if adjustment is not None else move.effective_on,
                posted_at=at,
                quantity=entry.quantity - quantity,
                amount=entry.amount - amount,
            )
        )
    return found


def _fifo(items: Collection[int]) -> set[int]:
    chosen = StockItem.objects.filter(item__in=items, valuation_method=ValuationMethod.FIFO)
    return set(chosen.values_list("item_id", flat=True))


def _write(entries: Sequence[ValuationEntry], values: Balances) -> None:
    """Write entries and balances by one statement."""
    rows = list(values.values())
    balances = [[getattr(row, name) for row in rows] for name in ("pk", "quantity", "amount", "last_at")]
    names, types = zip(*ENTRY_COLUMNS.items(), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE.format(columns=", ".join(names), arrays=", ".join(f"%s::{kind}[]" for kind in types)),
            [*balances, *([getattr(entry, name) for entry in entries] for name in names)],
        )
