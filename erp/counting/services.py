"""Operations on count sheets: from the draft to the review of what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from erp.counting.choices import CountScope, CountStatus
from erp.counting.judging import judge_lines
from erp.counting.models import CountLine, CountSheet
from erp.inventory.freezing import freeze, thaw, wait_for_moves
from erp.inventory.models import StockMove, StockQuant
from erp.inventory.selectors import categories_below, moves_of_warehouses
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput, WrongState
from suite.core.text import listed
from suite.documents.numbering import next_number, register_kind
from suite.masters.models import Item, ItemCategory

COUNT_NUMBERS = register_kind(
    "erp.countsheet", pattern="CS-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("count sheet")
)


class CountedElsewhere(DomainError):
    """What should be counted is on another sheet that is still open."""

    code = "counted-elsewhere"


class NotAllCounted(DomainError):
    """Lines of the sheet are not counted yet."""

    code = "not-all-counted"


@transaction.atomic
def create_sheet(
    *,
    warehouse: Warehouse,
    actor: User,
    at: datetime,
    scope_kind: str = CountScope.ALL,
    category: ItemCategory | None = None,
    items: Iterable[Item] = (),
    moved_since: date | None = None,
    is_blind: bool = True,
    is_frozen: bool = False,
    tolerance_percent: Decimal = Decimal(0),
    tolerance_amount: Decimal | None = None,
    count_on: date | None = None,
    owner: User | None = None,
) -> CountSheet:
    """
    Plan a count of stock in a warehouse.

    :param tolerance_percent: differences of more than this of the book quantity are counted again.
    :param tolerance_amount: and so are those worth more than this, in the base currency; None: whatever the value.
    :raises InvalidInput: when what is counted is not said.
    """
    sheet = CountSheet(
        company=warehouse.company,
        warehouse=warehouse,
        scope_kind=scope_kind,
        category=category,
        moved_since=moved_since,
        is_blind=is_blind,
        is_frozen=is_frozen,
        tolerance_percent=tolerance_percent,
        tolerance_amount=tolerance_amount,
        count_on=count_on or timezone.localdate(at),
        owner=owner or actor,
        created_by=actor,
        created_at=at,
    )
    chosen = list(items)
    _check_scope(sheet, chosen)
    sheet.full_clean(exclude=["status", "number"])
    sheet.number = next_number(sheet.company, COUNT_NUMBERS, sheet.count_on)
    sheet.save()
    sheet.items.set(chosen)
    return sheet


@transaction.atomic
def update_sheet(
    *, countsheet: CountSheet, actor: User, at: datetime, items: Iterable[Item] | None = None, **changes: Any
) -> CountSheet:
    """
    Change a sheet that was not started.

    :raises WrongState: once the count began.
    :raises InvalidInput: when what is counted is not said.
    """
    sheet = CountSheet.objects.lock(countsheet)
    refuse_unless(sheet, CountStatus.DRAFT)
    for name, value in changes.items():
        setattr(sheet, name, value)
    sheet.company = sheet.warehouse.company
    chosen = list(sheet.items.all() if items is None else items)
    _check_scope(sheet, chosen)
    sheet.full_clean(exclude=["status", "number"])
    sheet.save()
    sheet.items.set(chosen)
    return sheet


@transaction.atomic
def start_count(*, countsheet: CountSheet, actor: User, at: datetime) -> CountSheet:
    """
    Put on the sheet what lies in the warehouse, and begin to count; what is frozen stands still from now on.

    :raises WrongState: unless the sheet is a draft.
    :raises CountedElsewhere: when something of it is on another open sheet.
    """
    sheet = CountSheet.objects.lock(countsheet)
    sheet.become(CountStatus.COUNTING, actor=actor, at=at)
    # Two starts at once would not see each other's lines. Papers may name the warehouse meanwhile: who is posting one
    # must not wait here. A frozen start waits for all moves that began before.
    Warehouse.objects.select_for_update(of=("self",), no_key=True).get(pk=sheet.warehouse_id)
    if sheet.is_frozen:
        wait_for_moves(sheet.company)
    quants = list(_quants_of(sheet))
    lines = [
        CountLine(
            sheet=sheet,
            position=position,
            item_id=quant.item_id,
            location_id=quant.location_id,
            lot_id=quant.lot_id,
            stock_status=quant.status,
        )
        for position, quant in enumerate(quants, start=1)
    ]
    refuse_open_elsewhere(sheet, lines)
    CountLine.objects.bulk_create(lines, batch_size=5000)
    if sheet.is_frozen:
        freeze_lines(sheet, lines)
    return sheet


@transaction.atomic
def finish_count(
    *, countsheet: CountSheet, actor: User, at: datetime, leaves_out_uncounted: bool = False
) -> CountSheet:
    """
    End the first count: what differs beyond the tolerance has to be counted again, by somebody else.

    :param leaves_out_uncounted: lines without a count are left as they are in the books.
    :raises WrongState: unless it is being counted.
    :raises NotAllCounted: when lines are not counted yet, and are not to be left out.
    :raises InvalidInput: when nothing was counted.
    """
    sheet = CountSheet.objects.lock(countsheet)
    sheet.become(CountStatus.REVIEWING, actor=actor, at=at)
    uncounted = sheet.lines.filter(counted_at__isnull=True)
    missing = uncounted.count()
    if not sheet.lines.filter(counted_at__isnull=False).exists():
        raise InvalidInput(_("Nothing was counted yet."))
    if missing and not leaves_out_uncounted:
        raise NotAllCounted(
            ngettext(
                "%(number)d line is not counted yet. Count it, or leave it out.",
                "%(number)d lines are not counted yet. Count them, or leave them out.",
                missing,
            )
            % {"number": missing}
        )
    uncounted.update(is_open=False)
    lines = judge_lines(sheet)
    for line in lines:
        line.needs_recount = line.is_beyond
    CountLine.objects.bulk_update(lines, ["needs_recount"], batch_size=1000)
    return sheet


@transaction.atomic
def cancel_count(*, countsheet: CountSheet, reason: str, actor: User, at: datetime) -> CountSheet:
    """
    Give a count up; nothing of it changes the stock.

    :raises WrongState: when it was posted or cancelled.
    """
    sheet = CountSheet.objects.lock(countsheet)
    sheet.become(CountStatus.CANCELLED, actor=actor, at=at, reason=reason)
    let_go(sheet)
    return sheet


def let_go(sheet: CountSheet) -> None:
    """Let what was counted be counted by other sheets again, and move."""
    sheet.lines.filter(is_open=True).update(is_open=False)
    thaw(sheet.key_prefix)


def freeze_lines(sheet: CountSheet, lines: Iterable[CountLine]) -> None:
    """Let nothing of the lines move, but by the sheet itself."""
    freeze(
        ((line.item_id, line.location_id) for line in lines),
        company=sheet.company,
        holder=sheet.number,
        passes=sheet.key_prefix,
    )


def refuse_unless(sheet: CountSheet, *statuses: CountStatus) -> None:
    """
    Refuse what cannot be done to the sheet now.

    :raises WrongState: unless it is in one of the states.
    """
    if sheet.status not in statuses:
        raise WrongState(
            _("%(number)s is “%(state)s”.") % {"number": sheet.number, "state": sheet.get_status_display()}
        )


def refuse_open_elsewhere(sheet: CountSheet, lines: Sequence[CountLine]) -> None:
    """
    Refuse lines that another open sheet counts: both would post the same difference.

    :raises CountedElsewhere: naming the sheets.
    """
    items, locations = {line.item_id for line in lines}, {line.location_id for line in lines}
    wanted = {line.place for line in lines}
    others = CountLine.objects.filter(is_open=True, item__in=items, location__in=locations).exclude(sheet=sheet)
    numbers = {line.sheet.number for line in others.select_related("sheet") if line.place in wanted}
    if numbers:
        raise CountedElsewhere(
            _("Part of this is being counted by %(sheets)s already. Finish or cancel that count first.")
            % {"sheets": listed(sorted(numbers))}
        )


def _check_scope(sheet: CountSheet, items: Sequence[Item]) -> None:
    """Refuse a sheet that does not say what it counts; drop what its kind does not use."""
    if sheet.scope_kind == CountScope.CATEGORY and sheet.category is None:
        raise InvalidInput(_("Choose the category that is counted."), field="category")
    if sheet.scope_kind == CountScope.ITEMS and not items:
        raise InvalidInput(_("Choose the items that are counted."), field="items")
    if sheet.scope_kind == CountScope.MOVED and sheet.moved_since is None:
        raise InvalidInput(_("Enter since when it moved."), field="moved_since")


def _quants_of(sheet: CountSheet) -> Iterable[StockQuant]:
    """Return the stock that a sheet counts, in the order of items and places."""
    quants = StockQuant.objects.filter(
        location__warehouse=sheet.warehouse_id, location__kind=LocationKind.STORE, on_hand__gt=0
    )
    if sheet.scope_kind == CountScope.CATEGORY and sheet.category is not None:
        quants = quants.filter(item__category__in=categories_below([sheet.category]))
    elif sheet.scope_kind == CountScope.ITEMS:
        quants = quants.filter(item__in=sheet.items.values("pk"))
    elif sheet.scope_kind == CountScope.MOVED and sheet.moved_since is not None:
        since = StockMove.objects.filter(effective_on__gte=sheet.moved_since)
        quants = quants.filter(item__in=moves_of_warehouses(since, [sheet.warehouse]).order_by().values("item"))
    return quants.order_by("location__code", "item__code", "lot__number", "status", "pk")
