"""Recording what was counted: first counts, recounts, and what was found that is on no line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from erp.counting.choices import OPEN_COUNTS, CountStatus
from erp.counting.models import CountLine, CountSheet
from erp.counting.services import freeze_lines, refuse_open_elsewhere, refuse_unless
from erp.inventory.choices import StockStatus
from erp.inventory.ledger import lock_places
from erp.inventory.models import Lot
from erp.inventory.services import get_lot
from erp.masterdata.choices import Tracking
from erp.masterdata.models import Location, StockItem
from erp.masterdata.services import store_of
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput
from suite.core.text import listed
from suite.masters.decimals import round_exact
from suite.masters.models import Item

ZERO = Decimal(0)
# Counted quantities in base units, by key of a line.
Counts = Mapping[int, Decimal]
COUNTED = ["counted_quantity", "book_quantity", "counted_at", "counted_by", "count_request"]
RECOUNTED = ["recount_quantity", "recount_book_quantity", "recounted_at", "recounted_by", "recount_request"]


class CountedAlready(DomainError):
    """Somebody else counted a line meanwhile."""

    code = "counted-already"


class SamePerson(DomainError):
    """Who counted first cannot count again."""

    code = "same-person"


@transaction.atomic
def record_counts(*, countsheet: CountSheet, counts: Counts, request: UUID, actor: User, at: datetime) -> CountSheet:
    """
    Record counts of lines, each with what the books say at this moment; all or none.

    Who counted a line may correct it; it is then compared with the books of the correction.

    :param request: names this entry; recorded again it does nothing.
    :raises WrongState: unless the sheet is being counted.
    :raises CountedAlready: when somebody else counted a line.
    :raises InvalidInput: for a line of another sheet or a quantity that cannot be.
    """
    sheet = CountSheet.objects.lock(countsheet)
    refuse_unless(sheet, CountStatus.COUNTING)
    lines = [line for line in _lines_of(sheet, counts) if line.count_request != request]
    _refuse_others([line for line in lines if line.counted_by_id not in {None, actor.pk}])
    books = _books(lines)
    for line in lines:
        line.counted_quantity, line.book_quantity = counts[line.pk], books[line.pk]
        line.counted_at, line.counted_by, line.count_request = at, actor, request
    CountLine.objects.bulk_update(lines, COUNTED, batch_size=1000)
    return sheet


@transaction.atomic
def recount_lines(*, countsheet: CountSheet, counts: Counts, request: UUID, actor: User, at: datetime) -> CountSheet:
    """
    Record second counts, by other people than the first; they hold instead of the first ones.

    :param request: names this entry; recorded again it does nothing.
    :raises WrongState: unless the sheet is at the recount.
    :raises SamePerson: when the actor counted a line first.
    :raises CountedAlready: when somebody else counted a line again.
    :raises InvalidInput: for a line of another sheet or one that was not counted, or a quantity that cannot be.
    """
    sheet = CountSheet.objects.lock(countsheet)
    refuse_unless(sheet, CountStatus.REVIEWING)
    lines = [line for line in _lines_of(sheet, counts) if line.recount_request != request]
    if any(line.counted_at is None for line in lines):
        raise InvalidInput(_("What was left out of the count cannot be counted again."))
    mine = [line for line in lines if line.counted_by_id == actor.pk]
    if mine:
        raise SamePerson(
            _("You counted these lines first; somebody else has to count them again: %(lines)s.")
            % {"lines": listed(mine)}
        )
    _refuse_others([line for line in lines if line.recounted_by_id not in {None, actor.pk}])
    books = _books(lines)
    for line in lines:
        line.recount_quantity, line.recount_book_quantity = counts[line.pk], books[line.pk]
        line.recounted_at, line.recounted_by, line.recount_request = at, actor, request
    CountLine.objects.bulk_update(lines, RECOUNTED, batch_size=1000)
    return sheet


@transaction.atomic
def count_line(*, countline: CountLine, quantity: Decimal, request: UUID, actor: User, at: datetime) -> CountLine:
    """Record the count of one line, or its recount where the sheet is at the recount; see :func:`record_counts`."""
    sheet = CountSheet.objects.get(pk=countline.sheet_id)
    record = recount_lines if sheet.status == CountStatus.REVIEWING else record_counts
    record(countsheet=sheet, counts={countline.pk: quantity}, request=request, actor=actor, at=at)
    return CountLine.objects.get(pk=countline.pk)


@transaction.atomic
def add_found(
    *,
    countsheet: CountSheet,
    item: Item,
    quantity: Decimal,
    request: UUID,
    actor: User,
    at: datetime,
    lot_number: str = "",
    stock_status: str = StockStatus.GOOD,
    location: Location | None = None,
) -> CountLine:
    """
    Record the count of something that is on no line of the sheet yet.

    :param request: names this entry; recorded again it returns the same line.
    :param location: None: where the stock of a warehouse without bins lies.
    :raises WrongState: unless the sheet is being counted.
    :raises CountedAlready: when a line for it was counted by somebody else.
    :raises CountedElsewhere: when another open sheet counts it.
    :raises InvalidInput: when the lot is missing, the location is of another warehouse, or the quantity cannot be.
    """
    sheet = CountSheet.objects.lock(countsheet)
    refuse_unless(sheet, CountStatus.COUNTING)
    location = location or store_of(sheet.warehouse)
    if location.warehouse_id != sheet.warehouse_id:
        raise InvalidInput(_("This location is in another warehouse."), field="location")
    lot = _lot(item, lot_number.strip())
    place = {"item": item, "location": location, "lot": lot, "stock_status": stock_status}
    line = sheet.lines.filter(**place).first()
    if line is None:
        last = sheet.lines.aggregate(last=Max("position"))["last"] or 0
        line = CountLine(sheet=sheet, position=last + 1, is_added=True, **place)
        refuse_open_elsewhere(sheet, [line])
        if sheet.is_frozen:
            freeze_lines(sheet, [line])
        line.save()
    record_counts(countsheet=sheet, counts={line.pk: quantity}, request=request, actor=actor, at=at)
    return CountLine.objects.get(pk=line.pk)


@transaction.atomic
def explain_line(
    *, countline: CountLine, actor: User, at: datetime, reason: str = "", unit_cost: Decimal | None = None
) -> CountLine:
    """
    Say why a line differs, and what was found costs for one base unit.

    :param unit_cost: None: the present average.
    :raises WrongState: when the count is not going on.
    :raises InvalidInput: for a negative cost.
    """
    sheet = CountSheet.objects.lock(countline.sheet_id)
    refuse_unless(sheet, *OPEN_COUNTS)
    line = CountLine.objects.lock(countline.pk)
    if unit_cost is not None and unit_cost < 0:
        raise InvalidInput(_("A cost is zero or more."), field="unit_cost")
    line.reason, line.unit_cost = reason, unit_cost
    line.save(update_fields=["reason", "unit_cost"])
    return line


def _lines_of(sheet: CountSheet, counts: Counts) -> list[CountLine]:
    """Return the lines that are counted, the quantities checked."""
    if not counts:
        raise InvalidInput(_("Enter at least one count."))
    lines = list(sheet.lines.filter(pk__in=counts).select_related("item__base_unit", "lot").order_by("pk"))
    if len(lines) != len(counts):
        raise InvalidInput(_("A line belongs to another count sheet."))
    for line in lines:
        quantity, unit = counts[line.pk], line.item.base_unit
        if not quantity.is_finite() or quantity < 0:
            raise InvalidInput(_("%(line)s: a count is zero or more.") % {"line": line})
        if round_exact(quantity, unit.decimals) != quantity:
            raise InvalidInput(
                _("%(line)s: %(unit)s has no more than %(decimals)d decimals.")
                % {"line": line, "unit": unit, "decimals": unit.decimals}
            )
        if line.lot is not None and line.lot.is_serial and quantity > 1:
            raise InvalidInput(_("There is one piece only with the serial number %(number)s.") % {"number": line.lot})
    return lines


def _books(lines: Sequence[CountLine]) -> dict[int, Decimal]:
    """Return what the books say now, by key of the line; whoever is moving the stock is waited for."""
    quants = lock_places(line.place for line in lines)
    return {line.pk: quants[line.place].on_hand if line.place in quants else ZERO for line in lines}


def _refuse_others(lines: Sequence[CountLine]) -> None:
    if lines:
        raise CountedAlready(
            _("Somebody else counted these lines meanwhile: %(lines)s. Reload the page.") % {"lines": listed(lines)}
        )


def _lot(item: Item, number: str) -> Lot | None:
    tracking = StockItem.objects.filter(item=item).values_list("tracking", flat=True).first()
    if number:
        return get_lot(item=item, number=number)
    if tracking is not None and tracking != Tracking.NONE:
        raise InvalidInput(_("%(item)s needs a lot or serial number.") % {"item": item}, field="lot_number")
    return None
