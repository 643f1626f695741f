"""
Posting into the stock ledger, and keeping stock for demands: a fixed number of statements, however many rows.

Locks are taken in one order everywhere: quants by key, then stock values by item. What a second transaction wants of
the same stock waits for the first; nothing is posted twice, because the key of a move is unique.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, models
from django.db.transaction import TransactionManagementError
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.costing import value_moves
from erp.inventory.errors import InsufficientStock, PeriodClosed, Shortage, StockFrozen
from erp.inventory.models import Lot, Reservation, StockMove, StockQuant
from erp.masterdata.choices import Tracking, ValuationMethod
from erp.masterdata.models import Location, StockItem
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.core.reading import read_where
from suite.masters.models import Company, Item

ZERO = Decimal(0)
# What may be kept for somebody, locked in the order that everybody keeps to.
FREE = """
    WHERE t.location_id = ANY(%s) AND t.item_id = ANY(%s) AND t.status = %s AND t.on_hand > t.reserved
    ORDER BY t.id FOR UPDATE OF t
"""
FREE_SKIPPING = f"{FREE} SKIP LOCKED"
KEEP = """
    WITH held AS MATERIALIZED (SELECT id FROM erp_stockquant WHERE id = ANY(%s) ORDER BY id FOR UPDATE),
    wanted AS (
        SELECT * FROM unnest(%s::bigint[], %s::integer[], %s::bigint[], %s::numeric[], %s::timestamptz[])
            AS w (quant_id, demand_type_id, demand_id, quantity, reserved_at)
    ), changed AS (
        UPDATE erp_stockquant q SET reserved = q.reserved + d.quantity
        FROM held JOIN (SELECT quant_id AS id, sum(quantity) AS quantity FROM wanted GROUP BY 1) d USING (id)
        WHERE q.id = held.id
    )
    INSERT INTO erp_reservation AS r (quant_id, demand_type_id, demand_id, quantity, reserved_at)
    SELECT * FROM wanted
    ON CONFLICT (demand_type_id, demand_id, quant_id) DO UPDATE SET quantity = r.quantity + EXCLUDED.quantity
"""
# What the insert of moves writes; the rest the database fills.
MOVE_COLUMNS = {
    "company_id": "bigint",
    "item_id": "bigint",
    "lot_id": "bigint",
    "from_location_id": "bigint",
    "to_location_id": "bigint",
    "from_status": "text",
    "to_status": "text",
    "quantity": "numeric",
    "kind": "text",
    "key": "text",
    "effective_at": "timestamptz",
    "effective_on": "date",
    "source_type_id": "integer",
    "source_id": "bigint",
    "line_id": "bigint",
    "amount": "numeric",
    "origin_id": "bigint",
    "actor_id": "bigint",
}


@dataclass(frozen=True)
class Posting:
    """
    One move to be posted.

    :param key: what it is posted for; a second posting of the same key does nothing.
    :param quantity: in the base unit of the item, positive.
    :param amount: what a receipt costs, without tax, in the base currency; None: at the cost of what is there.
    :param origin: the issue that a customer returns from, or the receipt that goes back to the supplier.
    :param reservation: what is taken was kept for a demand by this reservation.
    """

    key: str
    kind: MoveKind
    item_id: int
    quantity: Decimal
    source: Location
    target: Location
    lot_id: int | None = None
    from_status: StockStatus = StockStatus.GOOD
    to_status: StockStatus = StockStatus.GOOD
    amount: Decimal | None = None
    origin_id: int | None = None
    document: models.Model | None = None
    line_id: int | None = None
    reservation: Reservation | None = None


@dataclass(frozen=True)
class Demand:
    """
    So much of an item is wanted for a line of a document.

    :param lot_id: None: of any lot.
    """

    line: models.Model
    item_id: int
    quantity: Decimal
    lot_id: int | None = None


Place = tuple[int, int, int | None, str]


def post(
    postings: Sequence[Posting],
    *,
    company: Company,
    actor: User | None,
    at: datetime,
    effective_at: datetime | None = None,
    stocking: Mapping[int, StockItem] | None = None,
) -> list[StockMove]:
    """
    Post moves of one document, all or none, and return those that were not posted before.

    :param effective_at: when they happened; None: ``at``. Earlier than other moves of an item, they change what those
        cost, as long as the period is open.
    :param stocking: how the items are stocked, by key, of a caller who has read it; None: it is read.
    :raises InsufficientStock: when more leaves a place than is free there.
    :raises PeriodClosed: when the day is closed.
    :raises StockFrozen: when an item is being counted where it comes from or goes to, and frozen meanwhile.
    :raises InvalidInput: when a lot is missing or of another item, or the time is still to come.
    :raises TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("post() needs a transaction")
    when = effective_at or at
    if when > at:
        raise InvalidInput(_("Stock cannot move in the future."))
    wanted = [posting for posting in postings if posting.quantity]
    if stocking is None:
        stocking = StockItem.objects.in_bulk({p.item_id for p in wanted}, field_name="item_id")
    _check_lots(wanted, {item for item, each in stocking.items() if each.tracking != Tracking.NONE})
    posted = _insert_moves(wanted, company, actor, when)
    new = [posting for posting in wanted if posting.key in posted]
    _change_quants(new, when)
    _use_up([posting for posting in new if posting.reservation is not None])
    moves = [posted[posting.key] for posting in new]
    fifo = {item for item, each in stocking.items() if each.valuation_method == ValuationMethod.FIFO}
    value_moves(moves, company=company, at=at, fifo=fifo)
    return moves


def reserve(
    demands: Sequence[Demand], locations: Sequence[Location], *, at: datetime, skip_locked: bool = False
) -> dict[int, Decimal]:
    """
    Keep good, free, usable stock for demands, what expires first and came first before the rest.

    The locations are tried in their order. Demands are served in their order, each as far as there is stock; who
    needs all of it compares the result.

    :param skip_locked: pass over stock that somebody else is at, instead of waiting.
    :returns: by key of the line how much was kept.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("reserve() needs a transaction")
    day = timezone.localdate(at)
    rank = {location.pk: place for place, location in enumerate(locations)}
    items = sorted({demand.item_id for demand in demands})
    quants = read_where(StockQuant, FREE_SKIPPING if skip_locked else FREE, [list(rank), items, StockStatus.GOOD])
    models.prefetch_related_objects([quant for quant in quants if quant.lot_id is not None], "lot")
    by_item: dict[int, list[StockQuant]] = defaultdict(list)
    for quant in sorted(quants, key=lambda quant: (rank[quant.location_id], _expiry(quant), quant.since, quant.pk)):
        if quant.lot is None or quant.lot.expires_on is None or quant.lot.expires_on >= day:
            by_item[quant.item_id].append(quant)
    kept: dict[int, Decimal] = {}
    rows: list[Reservation] = []
    for demand in demands:
        wanted = demand.quantity
        for quant in by_item[demand.item_id]:
            part = min(wanted, quant.free)
            if part <= 0 or (demand.lot_id is not None and quant.lot_id != demand.lot_id):
                continue
            quant.reserved += part
            wanted -= part
            rows.append(_reservation(quant, demand.line, part, at))
        kept[demand.line.pk] = demand.quantity - wanted
    _add_reservations(rows)
    return kept


def release(lines: Collection[models.Model]) -> None:
    """Give up what is kept for lines of one kind."""
    found = reservations_of(lines).select_for_update(of=("self",)).order_by("quant_id", "pk")
    taken = list(found)
    _change([(each.quant_id, ZERO, -each.quantity) for each in taken])
    Reservation.objects.filter(pk__in=[each.pk for each in taken]).delete()


def release_parts(parts: Sequence[tuple[Reservation, Decimal]]) -> None:
    """Give up so much of each reservation; the caller has their quants and the lines that they are for in hand."""
    _change([(each.quant_id, ZERO, -quantity) for each, quantity in parts])
    _lower({each.pk: quantity for each, quantity in parts})


def reservations_of(lines: Collection[models.Model]) -> models.QuerySet[Reservation]:
    """Return what is kept for lines of one kind of document."""
    if not lines:
        return Reservation.objects.none()
    kind = ContentType.objects.get_for_model(type(next(iter(lines))))
    return Reservation.objects.filter(demand_type=kind, demand_id__in=[line.pk for line in lines])


# -- moves -------------------------------------------------------------------------------------


def _check_lots(postings: Sequence[Posting], tracked: Collection[int]) -> None:
    """Refuse items that are told apart without their lot, lots of other items, and several pieces of one number."""
    lots = Lot.objects.in_bulk({p.lot_id for p in postings if p.lot_id is not None})
    for posting in postings:
        lot = lots.get(posting.lot_id) if posting.lot_id is not None else None
        if lot is None and posting.item_id in tracked:
            raise InvalidInput(_("%(item)s needs a lot or serial number.") % {"item": _item(posting.item_id)})
        if lot is not None and lot.item_id != posting.item_id:
            raise InvalidInput(_("Lot %(lot)s is of another item.") % {"lot": lot})
        if lot is not None and lot.is_serial and posting.quantity != 1:
            raise InvalidInput(_("There is one piece only with the serial number %(number)s.") % {"number": lot})


def _insert_moves(
    postings: Sequence[Posting], company: Company, actor: User | None, when: datetime
) -> dict[str, StockMove]:
    """Insert the moves whose keys are new; who posts the same key at the same time waits here for the first."""
    day = timezone.localdate(when)
    moves = {
        p.key: StockMove(
            company=company,
            item_id=p.item_id,
            lot_id=p.lot_id,
            from_location=p.source,
            to_location=p.target,
            from_status=p.from_status,
            to_status=p.to_status,
            quantity=p.quantity,
            kind=p.kind,
            key=p.key,
            effective_at=when,
            effective_on=day,
            source_type=ContentType.objects.get_for_model(p.document) if p.document is not None else None,
            source_id=p.document.pk if p.document is not None else None,
            line_id=p.line_id,
            amount=p.amount,
            origin_id=p.origin_id,
            actor=actor,
        )
        for p in postings
    }
    names, types = zip(*MOVE_COLUMNS.items(), strict=True)
    arrays = ", ".join(f"%s::{kind}[]" for kind in types)
    rows = [[getattr(move, name) for move in moves.values()] for name in names]
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                f"INSERT INTO erp_stockmove ({', '.join(names)}) SELECT * FROM unnest({arrays}) "  # noqa: S608
                "ON CONFLICT (key) DO NOTHING RETURNING key, id",
                rows,
            )
        except IntegrityError as error:
            if "stock period closed" in str(error):
                raise PeriodClosed(_("%(day)s is closed for stock.") % {"day": day}) from error
            if "stock frozen" in str(error):
                raise _frozen(error) from error
            raise
        keys = dict(cursor.fetchall())
    for key, pk in keys.items():
        moves[key].pk = pk
        moves[key]._state.adding = False
    return {key: moves[key] for key in keys}


def _frozen(error: IntegrityError) -> StockFrozen:
    """Return what the trigger refused: it names the item and who holds it."""
    detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", "") or ""
    item, _bar, holder = detail.partition("|")
    return StockFrozen(
        _("%(item)s is being counted and frozen by %(holder)s. Move it when the count is posted or cancelled.")
        % {"item": item, "holder": holder}
    )


# -- what lies where ---------------------------------------------------------------------------


def _change_quants(postings: Sequence[Posting], when: datetime) -> None:
    """Take from one place and lay into another, in the caches of their sums."""
    deltas: dict[Place, Decimal] = defaultdict(Decimal)
    freed: dict[Place, Decimal] = defaultdict(Decimal)
    for p in postings:
        if p.source.holds_stock:
            place = (p.item_id, p.source.pk, p.lot_id, str(p.from_status))
            deltas[place] -= p.quantity
            freed[place] += p.quantity if p.reservation is not None else ZERO
        if p.target.holds_stock:
            deltas[p.item_id, p.target.pk, p.lot_id, str(p.to_status)] += p.quantity
    known = lock_places(deltas)
    _refuse_shortage(deltas, freed, known)
    _change([(known[place].pk, delta, -freed[place]) for place, delta in deltas.items() if place in known])
    _add_quants({place: delta for place, delta in deltas.items() if place not in known}, when)


def lock_places(places: Iterable[Place]) -> dict[Place, StockQuant]:
    """Lock the quants of places that have one, in the order of their keys."""
    wanted = list(places)
    columns = [list(column) for column in zip(*wanted, strict=True)] or [[], [], [], []]
    rows = StockQuant.objects.raw(
        """
        SELECT q.* FROM erp_stockquant q
        JOIN unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[]) AS p (item, location, lot, status)
          ON q.item_id = p.item AND q.location_id = p.location
         AND q.lot_id IS NOT DISTINCT FROM p.lot AND q.status = p.status
        ORDER BY q.id FOR UPDATE OF q
        """,
        columns,
    )
    return {(q.item_id, q.location_id, q.lot_id, q.status): q for q in rows}


def _refuse_shortage(deltas: dict[Place, Decimal], freed: dict[Place, Decimal], known: dict[Place, StockQuant]) -> None:
    shortages = []
    for place, delta in deltas.items():
        quant = known.get(place)
        on_hand, reserved = (quant.on_hand, quant.reserved) if quant is not None else (ZERO, ZERO)
        # What was kept for the demand itself is there for it.
        free = on_hand - (reserved - freed[place])
        if delta < 0 and -delta > free:
            shortages.append(Shortage(str(_item(place[0])), -delta, free))
    if shortages:
        raise InsufficientStock(shortages)


def _change(changes: Sequence[tuple[int, Decimal, Decimal]]) -> None:
    """Change quants by (key, on hand, reserved), in one statement; they are locked in the order of their keys."""
    if not changes:
        return
    totals: dict[int, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for pk, on_hand, reserved in changes:
        totals[pk][0] += on_hand
        totals[pk][1] += reserved
    keys = sorted(totals)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH held AS MATERIALIZED (SELECT id FROM erp_stockquant WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
            UPDATE erp_stockquant q SET on_hand = q.on_hand + d.on_hand, reserved = q.reserved + d.reserved
            FROM held JOIN unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS d (id, on_hand, reserved) USING (id)
            WHERE q.id = held.id
            """,
            [keys, keys, [totals[pk][0] for pk in keys], [totals[pk][1] for pk in keys]],
        )


def _add_quants(places: dict[Place, Decimal], when: datetime) -> None:
    """Lay stock where none of its kind lay before; who did the same meanwhile is added to."""
    if not places:
        return
    ordered = sorted(places, key=lambda place: (place[0], place[1], place[2] or 0, place[3]))
    columns = [list(column) for column in zip(*ordered, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO erp_stockquant AS q (item_id, location_id, lot_id, status, on_hand, reserved, is_serial, since)
            SELECT p.item, p.location, p.lot, p.status, p.quantity, 0, coalesce(l.is_serial, false), %s
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::numeric[])
                 WITH ORDINALITY AS p (item, location, lot, status, quantity, place)
            LEFT JOIN erp_lot l ON l.id = p.lot
            ORDER BY p.place
            ON CONFLICT (item_id, location_id, lot_id, status) DO UPDATE SET on_hand = q.on_hand + EXCLUDED.on_hand
            """,
            [when, *columns, [places[place] for place in ordered]],
        )


# -- reservations ------------------------------------------------------------------------------


def _reservation(quant: StockQuant, line: models.Model, quantity: Decimal, at: datetime) -> Reservation:
    return Reservation(
        quant=quant,
        demand_type=ContentType.objects.get_for_model(type(line)),
        demand_id=line.pk,
        quantity=quantity,
        reserved_at=at,
    )


def _add_reservations(rows: Sequence[Reservation]) -> None:
    """Keep more; a line that has something of a quant already has more of it then."""
    if not rows:
        return
    keys = sorted({row.quant_id for row in rows})
    columns: list[list[Any]] = [
        [row.quant_id for row in rows],
        [row.demand_type_id for row in rows],
        [row.demand_id for row in rows],
        [row.quantity for row in rows],
        [row.reserved_at for row in rows],
    ]
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [keys, *columns])


def _use_up(postings: Sequence[Posting]) -> None:
    """Lower the reservations that what was posted came from."""
    used: dict[int, Decimal] = defaultdict(Decimal)
    for posting in postings:
        if posting.reservation is not None:
            used[posting.reservation.pk] += posting.quantity
    _lower(used)


def _lower(used: dict[int, Decimal]) -> None:
    """Lower reservations by so much; those of which nothing is left are gone."""
    if not used:
        return
    keys = sorted(used)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH d AS (SELECT * FROM unnest(%s::bigint[], %s::numeric[]) AS d (id, quantity)),
            gone AS (DELETE FROM erp_reservation r USING d WHERE r.id = d.id AND r.quantity = d.quantity)
            UPDATE erp_reservation r SET quantity = r.quantity - d.quantity
            FROM d WHERE r.id = d.id AND r.quantity > d.quantity
            """,
            [keys, [used[pk] for pk in keys]],
        )


def _expiry(quant: StockQuant) -> Any:
    return quant.lot.expires_on.toordinal() if quant.lot is not None and quant.lot.expires_on is not None else 10**7


def _item(pk: int) -> Item:
    return Item.objects.get(pk=pk)
