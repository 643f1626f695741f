"""Operations on blanket orders: planned by schedule, called off as purchase orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.masterdata.models import Warehouse
from erp.pricing.selectors import Factors
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import create_order
from erp.sourcing.choices import BlanketStatus
from erp.sourcing.models import BlanketLine, BlanketOrder, BlanketSchedule, CallOff
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.documents.services import link_documents
from suite.masters.models import Currency, Party
from suite.pages.columns import quantity as quantity_text

NUMBERS = register_kind(
    "erp.blanketorder", pattern="BO-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("blanket order")
)
CALLABLE = (BlanketStatus.ACTIVE, BlanketStatus.FULFILLED)
PLANNED = (BlanketStatus.DRAFT, *CALLABLE)


@transaction.atomic
def create_blanket(
    *,
    supplier: Party,
    warehouse: Warehouse,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    currency: Currency | None = None,
    owner: User | None = None,
    **details: Any,
) -> BlanketOrder:
    """
    Draw up a blanket order as a draft, in the supplier's currency unless said otherwise.

    :param lines: values of :class:`BlanketLine`; the unit is the base unit unless named.
    :raises InvalidInput: when the party is no supplier.
    :raises LineErrors: with what is wrong, for each line.
    :raises NoConversion: when nothing leads from the unit of a line to the base unit of its item.
    """
    company = warehouse.company
    blanket = BlanketOrder(
        company=company,
        supplier=supplier,
        warehouse=warehouse,
        currency=currency or supplier.currency or company.base_currency,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **{"valid_from": timezone.localdate(at), **details},
    )
    _check(blanket)
    blanket.number = next_number(company, NUMBERS, timezone.localdate(at))
    blanket.save()
    _write(blanket, lines)
    return blanket


@transaction.atomic
def update_blanket(
    *, blanketorder: BlanketOrder, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> BlanketOrder:
    """
    Change a blanket order that is still a draft.

    :raises WrongState: when it is in force or ended.
    :raises InvalidInput: when a line is less than what is scheduled of it.
    :raises LineErrors: with what is wrong, for each line.
    """
    blanket = BlanketOrder.objects.lock(blanketorder)
    if blanket.status != BlanketStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(blanket, name, value)
    blanket.company = blanket.warehouse.company
    _check(blanket)
    blanket.save()
    _write(blanket, lines)
    _refuse_overplanned(blanket)
    return blanket


@transaction.atomic
def activate_blanket(*, blanket: BlanketOrder, actor: User, at: datetime) -> BlanketOrder:
    """
    Let a blanket order come into force: from now on it is called off.

    :raises WrongState: unless it is a draft.
    """
    blanket = BlanketOrder.objects.lock(blanket)
    return blanket.become(BlanketStatus.ACTIVE, actor=actor, at=at)


@transaction.atomic
def end_blanket(*, blanket: BlanketOrder, reason: str, actor: User, at: datetime) -> BlanketOrder:
    """
    End a blanket order; what was called off stays ordered.

    :raises WrongState: when it ended before.
    """
    blanket = BlanketOrder.objects.lock(blanket)
    return blanket.become(BlanketStatus.ENDED, actor=actor, at=at, reason=reason)


@transaction.atomic
def schedule_deliveries(
    *,
    blanket: BlanketOrder,
    line: BlanketLine,
    due_on: date,
    quantity: Decimal,
    actor: User,
    at: datetime,
    times: int = 1,
    every_days: int = 7,
) -> BlanketOrder:
    """
    Plan deliveries of one line: a quantity on a day, and again every so many days.

    A day that is planned and not called off gets the new quantity, so that doing it again changes nothing.

    :raises WrongState: when the blanket order ended.
    :raises InvalidInput: when the line is another order's, the quantity is none, more than the total would be planned,
        a day lies outside the period, or is called off already.
    """
    blanket = BlanketOrder.objects.lock(blanket)
    if blanket.status not in PLANNED:
        raise WrongState(_("A blanket order that ended is not planned any more."))
    if line.blanket_id != blanket.pk:
        raise InvalidInput(_("This line belongs to another blanket order."), field="line")
    decimals = (line.unit or line.item.base_unit).decimals
    if quantity <= 0 or quantity != round(quantity, decimals):
        raise InvalidInput(_("Enter a quantity that the unit of the line can be counted in."), field="quantity")
    if times < 1 or (times > 1 and every_days < 1):
        raise InvalidInput(_("Plan at least one delivery, and further ones at least a day apart."), field="times")
    days = [due_on + timedelta(days=every_days * number) for number in range(times)]
    if days[0] < blanket.valid_from or (blanket.valid_to is not None and days[-1] > blanket.valid_to):
        raise InvalidInput(_("Deliveries are planned within the period of the blanket order."), field="due_on")
    planned = line.schedule.select_for_update().filter(due_on__in=days).order_by("pk")
    if any(each.order_line_id is not None for each in planned):
        raise InvalidInput(_("One of these days is called off already."), field="due_on")
    BlanketSchedule.objects.bulk_create(
        [BlanketSchedule(line=line, due_on=day, quantity=quantity, created_at=at) for day in days],
        update_conflicts=True,
        unique_fields=["line", "due_on"],
        update_fields=["quantity"],
    )
    _refuse_overplanned(blanket)
    return blanket


@transaction.atomic
def drop_schedule(*, blanket: BlanketOrder, rows: Iterable[BlanketSchedule], actor: User, at: datetime) -> BlanketOrder:
    """
    Take planned deliveries back that are not called off; those that are stay.

    :raises InvalidInput: when one of them is called off, or another order's.
    """
    blanket = BlanketOrder.objects.lock(blanket)
    pks = {row.pk for row in rows}
    found = blanket.schedule.filter(pk__in=pks, order_line__isnull=True)
    if len(found) != len(pks):
        raise InvalidInput(_("What is called off already stays planned; cancel the purchase order instead."))
    BlanketSchedule.objects.filter(pk__in=pks).delete()
    return blanket


@transaction.atomic
def call_off(
    *,
    blanket: BlanketOrder,
    request: UUID,
    actor: User,
    at: datetime,
    until: date | None = None,
    rows: Iterable[BlanketSchedule] = (),
) -> PurchaseOrder:
    """
    Order what is planned and not called off yet, as a draft; once for each request.

    :param until: all that is due until this day.
    :param rows: chosen planned deliveries, instead of a day.
    :raises WrongState: unless the blanket order is in force.
    :raises InvalidInput: when nothing is due, or a chosen row is another order's or called off already.
    """
    blanket = BlanketOrder.objects.lock(blanket)
    known = CallOff.objects.filter(request=request).select_related("order").first()
    if known is not None:
        if known.blanket_id != blanket.pk:
            raise InvalidInput(_("This was posted for another document already. Reload the page."))
        return known.order
    if blanket.status not in CALLABLE:
        raise WrongState(
            _("%(number)s is “%(status)s”; only what is in force is called off.")
            % {"number": blanket, "status": blanket.get_status_display()}
        )
    due = _due(blanket, until, {row.pk for row in rows})
    order = _order(blanket, due, actor, at)
    CallOff.objects.create(blanket=blanket, order=order, request=request, actor=actor, at=at, created_at=at)
    link_documents(blanket, order)
    follow_call_offs(blanket, actor=actor, at=at)
    return order


def _due(blanket: BlanketOrder, until: date | None, chosen: set[int]) -> list[BlanketSchedule]:
    open_rows = blanket.schedule.filter(order_line__isnull=True).select_related("line__item", "line__unit")
    wanted = open_rows.filter(pk__in=chosen) if chosen else open_rows.filter(due_on__lte=until or date.min)
    due = list(wanted.select_for_update(of=("self",)))
    if chosen and len(due) != len(chosen):
        raise InvalidInput(_("Some of it is called off already. Reload the page."), field="rows")
    if not due:
        raise InvalidInput(_("Nothing is planned until this day that is not called off yet."), field="until")
    return due


def _order(blanket: BlanketOrder, due: Sequence[BlanketSchedule], actor: User, at: datetime) -> PurchaseOrder:
    order = create_order(
        supplier=blanket.supplier,
        warehouse=Warehouse.objects.select_related("company__base_currency").get(pk=blanket.warehouse_id),
        currency=blanket.currency,
        price_includes_tax=blanket.price_includes_tax,
        expected_on=due[0].due_on,
        owner=blanket.owner,
        lines=[
            {
                "item": row.line.item,
                "quantity": row.quantity,
                "unit": row.line.unit,
                "unit_price": row.line.unit_price,
                "needed_on": row.due_on,
            }
            for row in due
        ],
        actor=actor,
        at=at,
    )
    for row, order_line in zip(due, order.lines.order_by("position"), strict=True):
        row.order_line = order_line
    BlanketSchedule.objects.bulk_update(due, ["order_line"])
    return order


@transaction.atomic
def give_back(*, order: PurchaseOrder, at: datetime) -> None:
    """Let what a cancelled purchase order called off be called off again; done again it does nothing."""
    found = CallOff.objects.filter(order=order).first()
    if found is None:
        return
    blanket = BlanketOrder.objects.lock(found.blanket_id)
    BlanketSchedule.objects.filter(order_line__document=order).update(order_line=None)
    follow_call_offs(blanket, actor=None, at=at)


def follow_call_offs(blanket: BlanketOrder, *, actor: User | None, at: datetime) -> None:
    """Bring the state of a locked blanket order up to date: called off in full, or not."""
    called = called_off(blanket)
    is_full = all(called[line.pk] >= line.quantity for line in blanket.lines.all())
    if is_full and blanket.status == BlanketStatus.ACTIVE:
        blanket.become(BlanketStatus.FULFILLED, actor=actor, at=at)
    if not is_full and blanket.status == BlanketStatus.FULFILLED:
        blanket.become(BlanketStatus.ACTIVE, actor=actor, at=at)


def called_off(blanket: BlanketOrder) -> dict[int, Decimal]:
    """Return what is called off of each line, in its unit, by key of the line."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    rows = BlanketSchedule.objects.filter(line__blanket=blanket, order_line__isnull=False).order_by()
    sums.update(rows.values_list("line_id").annotate(Sum("quantity")))
    return sums


def _check(blanket: BlanketOrder) -> None:
    if not blanket.supplier.is_supplier:
        raise InvalidInput(_("%(party)s is no supplier.") % {"party": blanket.supplier}, field="supplier")
    blanket.full_clean(exclude=["status", "number"])


def _write(blanket: BlanketOrder, rows: Sequence[Row]) -> None:
    factors = Factors([row["item"] for row in rows if row.get("item")])

    def faults(row: Row) -> Faults:
        factors.of(row["item"], row.get("unit"))
        quantity, unit = row.get("quantity"), row.get("unit") or row["item"].base_unit
        if not quantity or quantity <= 0:
            return {"quantity": _("Enter a quantity.")}
        if quantity != round(quantity, unit.decimals):
            return {
                "quantity": _("%(unit)s is counted with at most %(decimals)s decimals.")
                % {"unit": unit, "decimals": unit.decimals}
            }
        if row.get("unit_price") is None or row["unit_price"] < 0:
            return {"unit_price": _("Enter a price that is not negative.")}
        return {}

    write_rows(blanket, "blanket", rows, faults)


def _refuse_overplanned(blanket: BlanketOrder) -> None:
    for line in blanket.lines.annotate(planned=Sum("schedule__quantity")).order_by("position"):
        if line.planned is not None and line.planned > line.quantity:
            raise InvalidInput(
                _("More of line %(line)s is planned than its total quantity: %(planned)s of %(total)s.")
                % {
                    "line": line.position,
                    "planned": quantity_text(line.planned),
                    "total": quantity_text(line.quantity),
                },
                field="quantity",
            )
