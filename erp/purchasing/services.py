"""Operations on purchase orders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.events import PurchaseDatesChanged, PurchaseOrderCancelled, PurchaseOrderReleased
from erp.masterdata.models import Warehouse
from erp.pricing.selectors import Factors, Quote, agreed_prices
from erp.promised import promise
from erp.purchasing.choices import OPEN_ORDERS, OrderStatus, RequestStatus
from erp.purchasing.models import PromiseChange, PurchaseOrder, PurchaseOrderLine, PurchaseRequest, PurchaseRequestLine
from erp.purchasing.requests import follow_requests
from erp.purchasing.selectors import last_prices
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import refuse_rows
from suite.documents.services import link_documents, save_lines
from suite.masters.decimals import round_exact
from suite.masters.models import Currency, Party
from suite.masters.selectors import UnitConverter, rate_on

NUMBERS = register_kind(
    "erp.purchaseorder", pattern="PO-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("purchase order")
)
Row = Mapping[str, Any]


@transaction.atomic
def create_order(
    *,
    supplier: Party,
    warehouse: Warehouse,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    currency: Currency | None = None,
    owner: User | None = None,
    **details: Any,
) -> PurchaseOrder:
    """
    Draw up a purchase order as a draft.

    Currency and payment terms are the supplier's unless said otherwise; a line without a price takes what is agreed
    with the supplier, else what the same supplier last got for the item.

    :param lines: values of :class:`PurchaseOrderLine`; what is left out comes from the item.
    :raises InvalidInput: when the party is no supplier, or the currency of the company has a rate.
    :raises LineErrors: with what is wrong, for each line.
    :raises NoConversion: when nothing leads from the unit of a line to the base unit of its item.
    """
    company = warehouse.company
    order = PurchaseOrder(
        company=company,
        supplier=supplier,
        warehouse=warehouse,
        currency=currency or supplier.currency or company.base_currency,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **{"document_date": timezone.localdate(at), "payment_terms": supplier.payment_terms, **details},
    )
    _check(order)
    order.number = next_number(company, NUMBERS, order.document_date)
    order.save()
    _save(order, lines, actor, at)
    return order


@transaction.atomic
def create_order_from_requests(
    *, request_lines: Iterable[PurchaseRequestLine], supplier: Party, actor: User, at: datetime, **details: Any
) -> PurchaseOrder:
    """
    Draw up an order for what is not ordered yet of some requisition lines.

    :raises WrongState: unless their requisitions are approved.
    :raises InvalidInput: when nothing is left to order, or they are for several warehouses.
    """
    wanted = PurchaseRequestLine.objects.filter(pk__in=[line.pk for line in request_lines])
    requests = PurchaseRequest.objects.lock_many(sorted(set(wanted.values_list("request_id", flat=True))))
    for request in requests:
        if request.status != RequestStatus.APPROVED:
            raise WrongState(
                _("%(number)s is “%(status)s”; only approved requisitions are ordered.")
                % {"number": request, "status": request.get_status_display()}
            )
    rows = list(wanted.select_related("item__base_unit", "request").order_by("request_id", "position"))
    left = [line for line in rows if line.open_quantity > 0]
    if not left:
        raise InvalidInput(_("All of it is ordered already."))
    warehouses = {request.warehouse_id for request in requests}
    if len(warehouses) > 1:
        raise InvalidInput(_("An order is for one warehouse; order the requisitions of each by itself."))
    needed = [line.needed_on or line.request.needed_on for line in left]
    order = create_order(
        supplier=supplier,
        warehouse=Warehouse.objects.select_related("company__base_currency").get(pk=warehouses.pop()),
        lines=[
            {
                "item": line.item,
                "quantity": line.open_quantity,
                "unit": line.item.base_unit,
                "needed_on": day,
                "request_line": line,
            }
            for line, day in zip(left, needed, strict=True)
        ],
        actor=actor,
        at=at,
        # What should have been here already cannot come before today.
        **{"expected_on": max(min(needed), timezone.localdate(at)), **details},
    )
    for request in requests:
        link_documents(request, order)
    return order


@transaction.atomic
def order_request(*, request: PurchaseRequest, supplier: Party, actor: User, at: datetime) -> PurchaseOrder:
    """
    Draw up an order for all that is not ordered yet of one requisition.

    :raises WrongState: unless it is approved.
    :raises InvalidInput: when nothing is left to order.
    """
    lines = list(request.lines.all())
    return create_order_from_requests(request_lines=lines, supplier=supplier, actor=actor, at=at)


@transaction.atomic
def update_order(
    *, order: PurchaseOrder, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> PurchaseOrder:
    """
    Change an order that is still a draft.

    :raises WrongState: when it was submitted.
    :raises InvalidInput: when the party is no supplier, or the warehouse is another company's.
    :raises LineErrors: with what is wrong, for each line.
    """
    order = PurchaseOrder.objects.lock(order)
    for name, value in changes.items():
        setattr(order, name, value)
    _check(order)
    return _save(order, lines, actor, at)


@transaction.atomic
def submit_order(*, order: PurchaseOrder, actor: User, at: datetime) -> PurchaseOrder:
    """
    Hand an order in for approval; it is released at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: without lines or amount.
    """
    order = PurchaseOrder.objects.lock(order)
    if order.gross_total <= 0:
        raise InvalidInput(_("Enter at least one line with an amount."))
    order.become(OrderStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(order, actor=actor, at=at):
        return release_order(order=order, actor=actor, at=at)
    return order


@transaction.atomic
def release_order(*, order: PurchaseOrder, actor: User, at: datetime, reason: str = "") -> PurchaseOrder:
    """
    Approve an order: it goes to the supplier, who may deliver from now on.

    :raises WrongState: unless it waits for approval.
    """
    order = PurchaseOrder.objects.lock(order)
    order.become(OrderStatus.RELEASED, actor=actor, at=at, reason=reason)
    events.publish(PurchaseOrderReleased(order_pk=order.pk))
    _tell_dates(order, actor, at)
    return order


@transaction.atomic
def reject_order(*, order: PurchaseOrder, reason: str, actor: User, at: datetime) -> PurchaseOrder:
    """
    Send an order back to be changed.

    :raises WrongState: unless it waits for approval, or was released and nothing came yet.
    """
    order = PurchaseOrder.objects.lock(order)
    order.become(OrderStatus.DRAFT, actor=actor, at=at, reason=reason)
    _tell_dates(order, actor, at)
    return order


@transaction.atomic
def change_promise(
    *,
    order: PurchaseOrder,
    promised_on: date | None,
    actor: User,
    at: datetime,
    lines: Iterable[PurchaseOrderLine] | None = None,
    reason: str = "",
) -> PurchaseOrder:
    """
    Record the day that the supplier promises; what it promised before is kept.

    :param lines: of the order; None: all that are not received in full.
    :raises WrongState: unless the order is released and not received in full.
    :raises InvalidInput: when a line is of another order.
    """
    order = PurchaseOrder.objects.lock(order)
    refuse_unless_open(order)
    chosen = None if lines is None else {line.pk for line in lines}
    rows = {line.pk: line for line in order.lines.select_for_update().order_by("pk")}
    if chosen is not None and chosen - rows.keys():
        raise InvalidInput(_("This line belongs to another order."), field="lines")
    days = [
        (line, promised_on)
        for line in rows.values()
        if (line.pk in chosen if chosen is not None else line.open_quantity > 0)
    ]
    if promise(PromiseChange, days, reason=reason, actor=actor, at=at):
        _tell_dates(order, actor, at)
    return order


@transaction.atomic
def cancel_order(*, order: PurchaseOrder, reason: str, actor: User, at: datetime) -> PurchaseOrder:
    """
    Give up an order of which nothing came; its requisitions can be ordered again.

    :raises WrongState: when something of it was received, or it is cancelled already.
    """
    order = PurchaseOrder.objects.lock(order)
    order.become(OrderStatus.CANCELLED, actor=actor, at=at, reason=reason)
    _tell_dates(order, actor, at)
    _follow(order, actor, at)
    events.publish(PurchaseOrderCancelled(order_pk=order.pk))
    return order


@transaction.atomic
def close_order(*, order: PurchaseOrder, actor: User, at: datetime, reason: str = "") -> PurchaseOrder:
    """
    Close an order that is received; what is still missing is not expected any more and can be ordered again.

    :raises WrongState: unless something of it was received.
    :raises InvalidInput: without a reason when something is missing.
    """
    order = PurchaseOrder.objects.lock(order)
    if order.status == OrderStatus.PARTIAL and not reason:
        raise InvalidInput(_("Say why the rest is not expected any more."), field="reason")
    order.become(OrderStatus.CLOSED, actor=actor, at=at, reason=reason)
    _tell_dates(order, actor, at)
    _follow(order, actor, at)
    return order


def refuse_unless_open(order: PurchaseOrder) -> None:
    """
    Refuse what needs an order that the supplier still delivers on.

    :raises WrongState: unless it is released and not received in full.
    """
    if order.status not in OPEN_ORDERS:
        raise WrongState(
            _("%(number)s is “%(status)s”; the supplier delivers on released orders only.")
            % {"number": order, "status": order.get_status_display()}
        )


def _check(order: PurchaseOrder) -> None:
    if not order.supplier.is_supplier:
        raise InvalidInput(_("%(party)s is no supplier.") % {"party": order.supplier}, field="supplier")
    if order.warehouse.company_id != order.company_id:
        raise InvalidInput(_("The warehouse belongs to another company."), field="warehouse")
    is_foreign = order.currency_id != order.company.base_currency_id
    if is_foreign and order.exchange_rate == 1:
        order.exchange_rate = rate_on(order.currency, order.document_date)
    if not is_foreign and order.exchange_rate != 1:
        raise InvalidInput(_("The company's own currency has no exchange rate."), field="exchange_rate")
    order.full_clean(exclude=["status", "number"])


def _save(order: PurchaseOrder, rows: Sequence[Row], actor: User, at: datetime) -> PurchaseOrder:
    """Save an order with its lines, what they are in base units, and what becomes of the requisitions."""
    before = set(order.lines.values_list("request_line_id", flat=True))
    faults = {
        place: {"item": _("Choose an item.")}
        for place, row in enumerate(rows)
        if row.get("item") is None and ("item" in row or not row.get("id"))
    }
    faults.update(
        {place: {"quantity": _("Enter a quantity.")} for place, row in enumerate(rows) if row.get("quantity", 1) <= 0}
    )
    refuse_rows(faults)
    gone = order.lines.exclude(pk__in=[row["id"] for row in rows if row.get("id")])
    if gone.filter(promise_changes__isnull=False).exists():
        raise InvalidInput(_("A line whose promised date was changed stays; lower its quantity instead."))
    order = save_lines(document=order, rows=_with_prices(order, rows))
    lines = list(order.lines.select_related("item__base_unit", "unit"))
    converter = UnitConverter(line.goods for line in lines)
    changed = []
    for line in lines:
        base = line.quantity
        if line.unit is not None and line.unit_id != line.goods.base_unit_id:
            base = converter.convert(line.goods, line.quantity, line.unit, line.goods.base_unit)
        if base <= 0:
            raise InvalidInput(
                _("Line %(line)s is less than one %(unit)s.") % {"line": line.position, "unit": line.goods.base_unit}
            )
        if line.base_quantity != base:
            line.base_quantity = base
            changed.append(line)
    PurchaseOrderLine.objects.bulk_update(changed, ["base_quantity"])
    follow_requests({*before, *(line.request_line_id for line in lines)}, actor=actor, at=at)
    return order


def suggest_prices(order: PurchaseOrder, rows: Sequence[Row]) -> list[Quote | None]:
    """
    Return what is agreed with the supplier for each row, else what it last got for the item; None without either.

    :param order: its supplier, company, currency, kind of price and date count; it need not be saved.
    :param rows: item, unit and quantity.
    :raises NoConversion: when nothing leads from the unit of a row to the base unit of its item.
    """
    agreed = agreed_prices(
        supplier=order.supplier,
        company=order.company,
        currency=order.currency,
        includes_tax=order.price_includes_tax,
        day=order.document_date,
        wanted=[(row["item"], row.get("unit"), row.get("quantity", Decimal(1))) for row in rows],
    )
    last = _last_prices(order, [row for row, quote in zip(rows, agreed, strict=True) if quote is None])
    return [quote if quote is not None else last.get(id(row)) for row, quote in zip(rows, agreed, strict=True)]


def _with_prices(order: PurchaseOrder, rows: Sequence[Row]) -> list[Row]:
    """Give new rows without a price what is suggested; without a suggestion nothing is known, not the sales price."""
    bare = [row for row in rows if not row.get("id") and "unit_price" not in row]
    if not bare:
        return list(rows)
    quotes = dict(zip(map(id, bare), suggest_prices(order, bare), strict=True))

    def price(row: Row) -> Decimal:
        quote = quotes[id(row)]
        return quote.unit_price or Decimal(0) if quote is not None else Decimal(0)

    return [{**row, "unit_price": price(row)} if id(row) in quotes else row for row in rows]


def _last_prices(order: PurchaseOrder, rows: Sequence[Row]) -> dict[int, Quote]:
    """Return what the supplier last got for the item of each row, in the unit of the row, by identity of the row."""
    if not rows:
        return {}
    known = last_prices(order, {row["item"].pk for row in rows})
    factors = Factors(row["item"] for row in rows)
    return {
        id(row): Quote(
            round_exact(known[row["item"].pk] * factors.of(row["item"], row.get("unit")), 6),
            Decimal(0),
            _("Last price"),
        )
        for row in rows
        if row["item"].pk in known
    }


def _tell_dates(order: PurchaseOrder, actor: User, at: datetime) -> None:
    """
    Tell that goods come on another day, or not at all.

    Before requisitions follow: who cancels a sales order holds its lines and waits for its requisitions, too.
    """
    events.publish(PurchaseDatesChanged(order_pk=order.pk, at=at, actor_pk=actor.pk))


def _follow(order: PurchaseOrder, actor: User, at: datetime) -> None:
    follow_requests(order.lines.values_list("request_line_id", flat=True), actor=actor, at=at)
