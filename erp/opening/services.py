"""Opening stock out of files: a fixed number of statements, however many rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.importing import Entry, Progress, Rows, Warnings, one_import_at_a_time, raise_errors, report
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.ledger import Place, Posting, lock_places, post
from erp.inventory.models import Lot, StockClosing, StockMove
from erp.inventory.services import announce
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import Location, StockItem, Warehouse
from erp.masterdata.services import common_location
from erp.opening.models import OpeningStock
from suite.access.models import User
from suite.core.bulk import copy_rows, update_rows
from suite.masters.decimals import round_exact
from suite.masters.errors import NoConversion
from suite.masters.models import Company
from suite.masters.selectors import UnitConverter

ZERO = Decimal(0)
KEY = ("warehouse", "item", "lot_number", "status")
GIVEN = (*KEY, "expires_on", "quantity", "unit", "unit_cost", "amount", "since")
WRITTEN = (*GIVEN, "base_quantity", "value", "entered_at", "revision", "version", "updated_at")
Stores = dict[int, Location]


class _Write:
    """What one row of a file comes to: opening stock as it was and as it will be."""

    def __init__(self, entry: Entry, row: OpeningStock, at: datetime) -> None:
        self.entry, self.row = entry, row
        self.before = {name: getattr(row, name) for name in ("base_quantity", "value", "entered_at", "revision")}
        self.old_key = row.key("in") if row.pk else ""
        self.back_key = row.key("out") if row.pk else ""
        self.lot: Lot | None = None
        self.changed = {
            name for name in GIVEN if name in entry.values and getattr(row, name, None) != entry.values[name]
        }
        if row.pk and "unit_cost" in self.changed and "amount" not in entry.values:
            # A new unit cost makes the amount that was given before wrong.
            self.changed.add("amount")
            entry.values["amount"] = None
        for name in self.changed:
            setattr(row, name, entry.values[name])
        row.updated_at = at

    @property
    def is_new(self) -> bool:
        return self.row.pk is None

    @property
    def was_there(self) -> bool:
        """Whether the ledger has something of it."""
        return not self.is_new and self.before["base_quantity"] > 0

    def place(self, stores: Stores) -> Place:
        """What of the stock on hand it is."""
        lot = self.lot.pk if self.lot is not None else None
        return self.row.item_id, stores[self.row.warehouse_id].pk, lot, str(self.row.status)


@transaction.atomic
def import_opening_stock(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Enter what lay in the warehouses when the ledger began, or correct it; the same again changes nothing.

    A correction posts the old entry back at its cost and the new one in, in one go, so that stock changes by the
    difference only. Rows are told apart by warehouse, item, lot and status; a quantity of 0 takes an entry back.

    :param rows: cleaned columns of :class:`OpeningStock`, with ``_row`` and perhaps ``_existing``.
    :returns: ``created``, ``updated``, ``unchanged`` (rows entered meanwhile) and ``warnings``: row → texts.
    :raises RowErrors: naming every row that cannot be entered; nothing is written.
    :raises StockFrozen: when an item is being counted under a freeze.
    """
    entries = [Entry.of(row) for row in rows]
    warehouses = {entry.values["warehouse"].pk: entry.values["warehouse"] for entry in entries}
    one_import_at_a_time({warehouse.company_id for warehouse in warehouses.values()})
    done_meanwhile = _entered_meanwhile(entries)
    raise_errors(entries)
    writes = [
        _Write(entry, entry.existing or OpeningStock(created_at=at, entered_at=at), at)
        for entry in entries
        if entry.number not in done_meanwhile
    ]
    stores = _stores(warehouses.values())
    _convert(writes)
    warnings = _value(writes)
    _check_days(writes, at)
    _check_tracking(writes)
    raise_errors(entries)
    _find_lots(writes)
    raise_errors(entries)
    _refuse_moved(writes, stores)
    raise_errors(entries)
    _save(writes)
    report(progress, len(writes) // 2, len(entries))
    _post(writes, stores, actor, at)
    report(progress, len(entries), len(entries))
    created = sum(not write.before["base_quantity"] and "quantity" in write.changed for write in writes)
    return {
        "created": created,
        "updated": len(writes) - created,
        "unchanged": done_meanwhile,
        "warnings": warnings,
    }


def _entered_meanwhile(entries: Iterable[Entry]) -> set[int]:
    """Return the rows that somebody else entered since the file was read; refuse those entered otherwise."""
    new = [entry for entry in entries if entry.existing is None]
    found = OpeningStock.objects.filter(
        warehouse__in={entry.values["warehouse"].pk for entry in new},
        item__in={entry.values["item"].pk for entry in new},
    )
    known = {(row.warehouse_id, row.item_id, row.lot_number, row.status): row for row in found} if new else {}
    same = set()
    for entry in new:
        values = entry.values
        lot, status = values.get("lot_number", ""), values.get("status", StockStatus.GOOD)
        row = known.get((values["warehouse"].pk, values["item"].pk, lot, status))
        if row is None:
            continue
        if all(getattr(row, name) == value for name, value in values.items() if name not in KEY):
            same.add(entry.number)
        else:
            entry.refuse("", _("Somebody else entered this in the meantime, otherwise. Check the file again."))
    return same


def _stores(warehouses: Iterable[Warehouse]) -> Stores:
    places = Location.objects.filter(warehouse__in=list(warehouses), kind=LocationKind.STORE)
    codes = {warehouse.pk: warehouse.code for warehouse in warehouses}
    found = [(place.warehouse_id, place) for place in places.select_related("company")]
    return {pk: place for pk, place in found if pk is not None and place.code == codes[pk]}


# -- what each row says ------------------------------------------------------------------------


def _convert(writes: Sequence[_Write]) -> None:
    """Set the quantities in base units; what is no exact quantity of the base unit is refused."""
    converter = UnitConverter(write.row.item for write in writes)
    for write in writes:
        row = write.row
        base = row.item.base_unit
        try:
            factor = converter.factor(row.item, row.unit or base, base)
        except NoConversion as error:
            write.entry.refuse("unit", str(error))
            continue
        row.base_quantity = converter.convert(row.item, row.quantity, row.unit or base, base)
        if row.base_quantity * factor.denominator != row.quantity * factor.numerator:
            write.entry.refuse("quantity", _("This is no exact quantity in %(unit)s.") % {"unit": base})


def _value(writes: Sequence[_Write]) -> Warnings:
    """Set what the stock is worth; return the rows for which nothing says it."""
    warnings: Warnings = {}
    for write in writes:
        row = write.row
        if (
            not write.is_new
            and "quantity" in write.changed
            and row.amount is not None
            and "amount" not in write.changed
        ):
            write.entry.refuse("amount", _("The quantity changed: give the amount or the unit cost as well."))
        if row.amount is not None:
            row.value = row.amount if row.base_quantity else ZERO
        elif row.unit_cost is not None:
            row.value = round_exact(row.quantity * row.unit_cost, 2)
        elif row.item.reference_cost is not None:
            row.value = round_exact(row.base_quantity * row.item.reference_cost, 2)
        else:
            row.value = ZERO
            if row.base_quantity:
                text = _("Nothing says what it costs; it is entered at no value.")
                warnings[write.entry.number] = [text]
    return warnings


def _check_days(writes: Sequence[_Write], at: datetime) -> None:
    """Set the moment from which each row counts; refuse days to come, closed ones, and another for what is there."""
    today = timezone.localdate(at)
    closed: dict[int, date] = dict(StockClosing.objects.values_list("company_id", "closed_through"))
    for write in writes:
        row, since = write.row, write.row.since
        if write.was_there:
            if "since" in write.changed:
                write.entry.refuse("since", _("Take the entry back with the quantity 0 before you change its day."))
        elif since is not None and since < today:
            row.entered_at = timezone.make_aware(datetime.combine(since, time.min))
        else:
            row.entered_at = at
        if since is not None and since > today:
            write.entry.refuse("since", _("This day is still to come."))
        day = timezone.localdate(row.entered_at)
        through = closed.get(row.warehouse.company_id)
        if through is not None and day <= through:
            write.entry.refuse("since", _("%(day)s is closed for stock.") % {"day": day})


def _check_tracking(writes: Sequence[_Write]) -> None:
    """Refuse what lacks its lot, has one that nobody asks for, or is several pieces of one serial number."""
    items = {write.row.item_id for write in writes}
    tracking = dict(StockItem.objects.filter(item__in=items).values_list("item_id", "tracking"))
    for write in writes:
        row, entry = write.row, write.entry
        kind = tracking.get(row.item_id, Tracking.NONE)
        if kind != Tracking.NONE and not row.lot_number:
            entry.refuse("lot_number", _("%(item)s needs a lot or serial number.") % {"item": row.item})
        elif kind == Tracking.NONE and row.lot_number:
            entry.refuse(
                "lot_number", _("%(item)s is not told apart by lots. Change its stocking first.") % {"item": row.item}
            )
        elif kind == Tracking.SERIAL and row.base_quantity not in {ZERO, Decimal(1)}:
            entry.refuse("quantity", _("There is one piece only with a serial number."))
        if row.expires_on is not None and not row.lot_number:
            entry.refuse("expires_on", _("Only lots expire; give the lot as well."))


def _find_lots(writes: Sequence[_Write]) -> None:
    """Give every row its lot, made when it is new; refuse two expiry dates of one lot."""
    wanted: dict[tuple[int, str], _Write] = {}
    for write in writes:
        row = write.row
        if not row.lot_number:
            continue
        first = wanted.setdefault((row.item_id, row.lot_number), write)
        if row.expires_on not in {None, first.row.expires_on}:
            text = _("Row %(row)d has another day for the same lot.") % {"row": first.entry.number}
            write.entry.refuse("expires_on", text)
    if not wanted:
        return
    known = _lots_of(wanted)
    serial = StockItem.objects.filter(item__in={item for item, _number in wanted}, tracking=Tracking.SERIAL)
    serials = set(serial.values_list("item_id", flat=True))
    Lot.objects.bulk_create(
        [
            Lot(
                item=write.row.item,
                number=number,
                expires_on=write.row.expires_on,
                is_serial=item in serials,
            )
            for (item, number), write in wanted.items()
            if (item, number) not in known
        ],
        ignore_conflicts=True,
    )
    lots = _lots_of(wanted)
    for write in writes:
        if write.row.lot_number:
            write.lot = lots[write.row.item_id, write.row.lot_number]
    _set_expiry([write for write in wanted.values() if write.row.expires_on is not None])


def _set_expiry(writes: Sequence[_Write]) -> None:
    """Let a lot expire on the day of the file: where it has no day yet, or had its day from opening stock."""
    changed = []
    for write in writes:
        lot, day = write.lot, write.row.expires_on
        if lot is None or lot.expires_on == day:
            continue
        if lot.expires_on is not None and write.is_new:
            text = _("Lot %(lot)s expires on %(day)s.") % {"lot": lot, "day": lot.expires_on}
            write.entry.refuse("expires_on", text)
            continue
        lot.expires_on = day
        changed.append(lot)
    update_rows(changed, ["expires_on"])


def _lots_of(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    items, numbers = zip(*keys, strict=True)
    found = Lot.objects.filter(item__in=set(items), number__in=set(numbers))
    return {(lot.item_id, lot.number): lot for lot in found}


# -- corrections -------------------------------------------------------------------------------


def _refuse_moved(writes: Sequence[_Write], stores: Stores) -> None:
    """Refuse to correct what moved since it was entered, or what orders have been promised already."""
    corrected = [write for write in writes if write.was_there and _is_posted_anew(write)]
    if not corrected:
        return
    places = {write.place(stores): write for write in corrected}
    at_places = {place[1] for place in places}
    others = StockMove.objects.filter(item__in={place[0] for place in places}).exclude(key__startswith="opening:")
    others = others.filter(Q(from_location__in=at_places) | Q(to_location__in=at_places))
    moved: set[Place] = set()
    for item, lot, source, target, before, after in others.values_list(
        "item_id", "lot_id", "from_location_id", "to_location_id", "from_status", "to_status"
    ).distinct():
        moved |= {(item, source, lot, before), (item, target, lot, after)}
    quants = lock_places(sorted(places, key=lambda place: (place[0], place[1], place[2] or 0, place[3])))
    for place, write in places.items():
        less = write.before["base_quantity"] - write.row.base_quantity
        if place in moved:
            write.entry.refuse("", _("It moved since it was entered. Correct it by a count instead."))
        elif place in quants and less > quants[place].on_hand - quants[place].reserved:
            write.entry.refuse("quantity", _("Orders have been promised more than would be left."))


def _is_posted_anew(write: _Write) -> bool:
    row, before = write.row, write.before
    return (row.base_quantity, row.value) != (before["base_quantity"], before["value"])


# -- writing -----------------------------------------------------------------------------------


def _save(writes: Sequence[_Write]) -> None:
    changed = [write for write in writes if not write.is_new]
    for write in changed:
        write.row.version += 1
        write.row.revision += 1 if _is_posted_anew(write) else 0
    update_rows([write.row for write in changed], WRITTEN)
    copy_rows(write.row for write in writes if write.is_new)


def _post(writes: Sequence[_Write], stores: Stores, actor: User, at: datetime) -> None:
    """Post the old entries back and the new ones in, for each company and day together."""
    old_keys = [write.old_key for write in writes if write.was_there]
    origins = dict(StockMove.objects.filter(key__in=old_keys).values_list("key", "pk"))
    companies = {store.company for store in stores.values()}
    nowhere = {company: common_location(company, LocationKind.LOSS) for company in companies}
    groups: dict[tuple[Company, datetime], list[Posting]] = defaultdict(list)
    for write in writes:
        if _is_posted_anew(write):
            store = stores[write.row.warehouse_id]
            group = groups[store.company, write.row.entered_at]
            group += _postings(write, store, nowhere[store.company], origins.get(write.old_key))
    for (company, moment), postings in sorted(groups.items(), key=lambda group: (group[0][0].pk, group[0][1])):
        moves = post(postings, company=company, actor=actor, at=at, effective_at=moment)
        if moves:
            announce(moves)


def _postings(write: _Write, store: Location, nowhere: Location, origin: int | None) -> Iterator[Posting]:
    """Yield what takes the old entry back, at what it was entered with, and what enters the new one."""
    row, status = write.row, StockStatus(write.row.status)
    common: dict[str, Any] = {
        "kind": MoveKind.OPENING,
        "item_id": row.item_id,
        "lot_id": write.lot.pk if write.lot is not None else None,
        "from_status": status,
        "to_status": status,
        "document": row,
    }
    if write.was_there:
        quantity = write.before["base_quantity"]
        yield Posting(key=write.back_key, quantity=quantity, source=store, target=nowhere, origin_id=origin, **common)
    key = row.key("in")
    yield Posting(key=key, quantity=row.base_quantity, source=nowhere, target=store, amount=row.value, **common)
