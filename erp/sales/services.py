"""Operations on sales orders: from contract or by hand to confirmed, with what is in stock kept for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Sum, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contracts.models import Contract
from erp.events import DemandGone, OrderShort, SalesOrderConfirmed
from erp.inventory.choices import StockStatus
from erp.inventory.ledger import release, reservations_of, reserve
from erp.inventory.models import StockQuant
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location, Warehouse
from erp.masterdata.services import default_warehouse
from erp.planning.atp import availability_of
from erp.pricing.selectors import sales_prices
from erp.promised import promise
from erp.sales.choices import OPEN, OrderStatus
from erp.sales.credit import excess_of, may_exceed, refuse_excess
from erp.sales.models import SalesOrder, SalesOrderLine, SalesPromiseChange
from erp.sales.selectors import Quantities, demand_of, is_waited_for, waiting_lines
from suite import events
from suite.access.models import User
from suite.core.bulk import set_columns
from suite.core.errors import InvalidInput, WrongState
from suite.core.reading import read_where
from suite.documents.approval import needs_approval
from suite.documents.lines import read_lines
from suite.documents.numbering import next_number, register_kind
from suite.documents.services import link_documents, save_lines
from suite.documents.status import become_all
from suite.masters.models import Company, Currency, Item, Party
from suite.masters.selectors import UnitConverter, default_company

ORDER_NUMBERS = register_kind(
    "erp.salesorder", pattern="SO{yyyy}{mm}{seq:04}", reset="MONTH", title=gettext_lazy("sales order")
)
COPIED = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate")
ZERO = Decimal(0)
# Begins the names of the fields that ask for a day.
DAY = "day_"
# Where an order is served from, the best place first; an empty province is that of no warehouse.
PLACES = """
    JOIN erp_warehouse w ON w.id = t.warehouse_id AND w.is_active
    WHERE t.company_id = %s AND t.kind = %s AND t.is_active
    ORDER BY w.id <> %s, nullif(w.region, '') IS DISTINCT FROM %s, t.id
"""


# -- orders ------------------------------------------------------------------------------------


@transaction.atomic
def create_order(
    *,
    party: Party,
    lines: Sequence[Mapping[str, Any]],
    actor: User,
    at: datetime,
    company: Company | None = None,
    warehouse: Warehouse | None = None,
    currency: Currency | None = None,
    owner: User | None = None,
    **details: Any,
) -> SalesOrder:
    """
    Draw up an order.

    :param lines: values of :class:`SalesOrderLine`; a price that is left out comes from the price lists, and what
        they do not have from the item.
    :raises LineErrors: with what is wrong, for each line.
    :raises NoConversion: when nothing says how many base units a line is.
    """
    company = company or (warehouse.company if warehouse is not None else default_company())
    order = SalesOrder(
        company=company,
        party=party,
        warehouse=warehouse or default_warehouse(company),
        currency=currency or company.base_currency,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
        **{"document_date": timezone.localdate(at), "requested_on": timezone.localdate(at), **details},
    )
    order.full_clean(exclude=["status", "number"])
    order.number = next_number(company, ORDER_NUMBERS, order.document_date)
    return _save_lines(order, lines)


@transaction.atomic
def update_order(
    *, salesorder: SalesOrder, lines: Sequence[Mapping[str, Any]], actor: User, at: datetime, **changes: Any
) -> SalesOrder:
    """
    Change an order that is still a draft.

    :raises WrongState: when it was submitted.
    """
    order = SalesOrder.objects.lock(salesorder)
    for name, value in changes.items():
        setattr(order, name, value)
    order.full_clean(exclude=["status", "number"])
    return _save_lines(order, lines)


@transaction.atomic
def apply_price_lists(*, salesorder: SalesOrder, actor: User, at: datetime) -> SalesOrder:
    """
    Give every line of a draft the price of the price lists; lines that they have no price for stay as they are.

    :raises WrongState: when it was submitted.
    """
    order = SalesOrder.objects.lock(salesorder)
    lines = list(order.lines.select_related("item", "unit").order_by("position"))
    goods = [line for line in lines if line.item is not None]
    rows = [{"item": line.item, "unit": line.unit, "quantity": line.quantity} for line in goods]
    found = {line.pk: prices for line, prices in zip(goods, _listed(order, rows), strict=True)}
    return _save_lines(order, [{"id": line.pk, **found.get(line.pk, {})} for line in lines])


@transaction.atomic
def create_order_from_contract(*, contract: Contract, actor: User, at: datetime) -> SalesOrder:
    """
    Turn a signed contract into a confirmed order with the same lines, terms and amounts; done again it does nothing.

    The contract was approved, so the order is confirmed at once, unless the customer would owe more than the credit
    limit: then it waits for somebody who may exceed it.
    """
    contract = Contract.objects.lock(contract)
    existing = SalesOrder.objects.filter(contract=contract).exclude(status=OrderStatus.CANCELLED).first()
    if existing is not None:
        return existing
    day = timezone.localdate(at)
    order = create_order(
        party=contract.customer.party,
        company=contract.company,
        currency=contract.currency,
        owner=contract.owner,
        contract=contract,
        exchange_rate=contract.exchange_rate,
        price_includes_tax=contract.price_includes_tax,
        discount_amount=contract.discount_amount,
        payment_terms=contract.payment_terms,
        customer_reference=contract.customer_reference,
        requested_on=max(contract.delivery_date or day, day),
        remarks=contract.remarks,
        lines=[
            {name: getattr(line, name) for name in COPIED}
            for line in contract.lines.select_related("item", "unit").order_by("position")
        ],
        actor=actor,
        at=at,
    )
    link_documents(contract, order)
    return take_over_order(salesorder=order, actor=actor, at=at)


@transaction.atomic
def take_over_order(*, salesorder: SalesOrder, actor: User, at: datetime) -> SalesOrder:
    """
    Confirm an order that was agreed elsewhere, in a contract or another system: nobody has to approve it again.

    One beyond the credit limit waits for somebody who may exceed it.

    :raises WrongState: unless it is a draft.
    """
    order = SalesOrder.objects.lock(salesorder)
    if excess_of(order):
        return order.become(OrderStatus.APPROVING, actor=actor, at=at)
    return _confirm(order, actor, at, by_way_of=[OrderStatus.APPROVING])


@transaction.atomic
def submit_order(*, salesorder: SalesOrder, actor: User, at: datetime) -> SalesOrder:
    """
    Hand an order in; it is confirmed at once when nobody else has to decide and the credit limit leaves room.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: when it has no lines.
    """
    order = SalesOrder.objects.lock(salesorder)
    lines = read_lines(order)
    if not lines:
        raise InvalidInput(_("Enter at least one line."))
    if needs_approval(order, actor=actor, at=at) or (excess_of(order) and not may_exceed(actor)):
        return order.become(OrderStatus.APPROVING, actor=actor, at=at)
    return _confirm(order, actor, at, by_way_of=[OrderStatus.APPROVING], every=lines)


@transaction.atomic
def approve_order(*, salesorder: SalesOrder, actor: User, at: datetime) -> SalesOrder:
    """
    Confirm an order: what is in stock is kept for it, what is not is asked for.

    :raises WrongState: unless it waits for approval.
    :raises CreditExceeded: when the customer would owe more than the limit, unless the actor may allow that.
    """
    order = SalesOrder.objects.lock(salesorder)
    refuse_excess(order, actor)
    return _confirm(order, actor, at)


@transaction.atomic
def reject_order(*, salesorder: SalesOrder, reason: str, actor: User, at: datetime) -> SalesOrder:
    """
    Send an order back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    order = SalesOrder.objects.lock(salesorder)
    return order.become(OrderStatus.DRAFT, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_order(*, salesorder: SalesOrder, reason: str, actor: User, at: datetime) -> SalesOrder:
    """
    Cancel an order on which nothing was delivered; what was kept for it is free again.

    :raises WrongState: when something was delivered, or it ended already.
    """
    order = SalesOrder.objects.lock(salesorder)
    order.become(OrderStatus.CANCELLED, actor=actor, at=at, reason=reason)
    _let_go(order, actor, at)
    return order


@transaction.atomic
def change_promises(
    *, salesorder: SalesOrder, days: Mapping[int, date | None], actor: User, at: datetime, reason: str = ""
) -> SalesOrder:
    """
    Record the days that the customer is promised now; what was promised before is kept.

    :param days: the day by the key of the line, which must still be open; None: no day is promised any more.
    :raises WrongState: unless something is still to be delivered on the order.
    :raises InvalidInput: when a line is of another order or delivered in full, or a day has passed.
    """
    order = SalesOrder.objects.lock(salesorder)
    if order.status not in OPEN:
        raise WrongState(
            _("%(number)s is “%(status)s”; days are promised for confirmed orders only.")
            % {"number": order, "status": order.get_status_display()}
        )
    lines = {line.pk: line for line in order.lines.select_for_update(of=("self",)).order_by("pk")}
    today = timezone.localdate(at)
    for pk, day in days.items():
        if pk not in lines or not lines[pk].open_quantity:
            raise InvalidInput(_("Nothing of this line is still to be delivered."), field=f"{DAY}{pk}")
        if day is not None and day < today and day != lines[pk].promised_on:
            raise InvalidInput(_("This day has passed."), field=f"{DAY}{pk}")
    promise(SalesPromiseChange, [(lines[pk], days[pk]) for pk in sorted(days)], reason=reason, actor=actor, at=at)
    return order


@transaction.atomic
def close_order(*, salesorder: SalesOrder, actor: User, at: datetime, reason: str = "") -> SalesOrder:
    """
    Close an order; what is not delivered yet will not be.

    :raises WrongState: unless it is confirmed.
    """
    order = SalesOrder.objects.lock(salesorder)
    order.become(OrderStatus.CLOSED, actor=actor, at=at, reason=reason)
    _let_go(order, actor, at)
    return order


def _save_lines(order: SalesOrder, lines: Sequence[Mapping[str, Any]]) -> SalesOrder:
    return save_lines(document=order, rows=_with_prices(order, lines), derive=partial(_fill_lines, order))


def _fill_lines(order: SalesOrder, lines: Sequence[SalesOrderLine]) -> None:
    """Say what lines are in base units, and for when; refuse those without a quantity."""
    prefetch_related_objects(lines, "item__base_unit", "unit")
    converter = UnitConverter(line.item for line in lines if line.item is not None)
    for line in lines:
        if line.item is None:
            line.base_quantity = ZERO
            continue
        if line.quantity <= 0:
            raise InvalidInput(_("Line %(position)s needs a quantity.") % {"position": line.position})
        base = line.item.base_unit
        line.base_quantity = converter.convert(line.item, line.quantity, line.unit or base, base)
        line.requested_on = line.requested_on or order.requested_on


def _with_prices(order: SalesOrder, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give new rows without a price what the price lists say; a price or discount that is given stays."""
    bare = [row for row in rows if not row.get("id") and "unit_price" not in row and row.get("item") is not None]
    if not bare:
        return list(rows)
    found = {id(row): prices for row, prices in zip(bare, _listed(order, bare), strict=True)}
    return [{**found.get(id(row), {}), **row} for row in rows]


def _listed(order: SalesOrder, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the price lists say for each row; nothing where they have no price."""
    quotes = sales_prices(
        party=order.party,
        company=order.company,
        currency=order.currency,
        includes_tax=order.price_includes_tax,
        day=order.document_date,
        wanted=[(row["item"], row.get("unit"), row.get("quantity", Decimal(1))) for row in rows],
    )
    found: list[dict[str, Any]] = []
    for quote in quotes:
        values: dict[str, Any] = {} if quote is None else {"discount_percent": quote.discount_percent}
        if quote is not None and quote.unit_price is not None:
            values["unit_price"] = quote.unit_price
        found.append(values)
    return found


def _confirm(
    order: SalesOrder,
    actor: User,
    at: datetime,
    *,
    by_way_of: Sequence[OrderStatus] = (),
    every: Sequence[SalesOrderLine] | None = None,
) -> SalesOrder:
    """Confirm an order, by way of its approval if it was not handed in; ``every`` are its lines, if at hand."""
    lines = [line for line in every or read_lines(order) if line.item_id is not None]
    demands = [demand_of(line, line.open_quantity) for line in lines]
    kept = reserve(demands, places_for(order), at=at)
    missing = {line.pk: line.open_quantity - kept[line.pk] for line in lines if kept[line.pk] < line.open_quantity}
    # Before the order counts as demand itself.
    _promise(order, lines, missing, at)
    become_all([order], OrderStatus.CONFIRMED, actor=actor, at=at, by_way_of=by_way_of, values={"confirmed_at": at})
    events.publish(SalesOrderConfirmed(order_pk=order.pk))
    if missing:
        short = tuple(
            (each.line.pk, each.item_id, str(missing[each.line.pk])) for each in demands if each.line.pk in missing
        )
        _tell_short(order, short, actor, at)
    return order


def _promise(order: SalesOrder, lines: Sequence[SalesOrderLine], missing: Quantities, at: datetime) -> None:
    """Write down by when each line is promised: as asked for, or when what is missing comes; unknown stays empty."""
    today = timezone.localdate(at)
    short = [line for line in lines if line.pk in missing]
    books = availability_of(order.company, {line.item_id for line in short if line.item_id}, today) if short else {}
    for line in lines:
        wanted = max(line.requested_on or order.requested_on, today)
        line.promised_on = wanted
        if line.pk in missing and line.item_id is not None:
            promise, books[line.item_id] = books[line.item_id].take(missing[line.pk], wanted)
            line.promised_on = promise.full_date
    set_columns(lines, ["promised_on"])


def _tell_short(
    order: SalesOrder,
    shortages: tuple[tuple[int, int, str], ...],
    actor: User,
    at: datetime,
    *,
    is_repeated: bool = False,
) -> None:
    events.publish(
        OrderShort(
            order_pk=order.pk,
            line_type_pk=ContentType.objects.get_for_model(SalesOrderLine).pk,
            shortages=shortages,
            company_pk=order.company_id,
            warehouse_pk=order.warehouse_id,
            needed_on=order.requested_on,
            at=at,
            actor_pk=actor.pk,
            is_repeated=is_repeated,
        )
    )


def places_for(order: SalesOrder) -> list[Location]:
    """Return where an order is served from: its own warehouse, those of the customer's province, then the others."""
    values = [order.company_id, LocationKind.STORE, order.warehouse_id, order.party.region]
    return read_where(Location, PLACES, values)


def _let_go(order: SalesOrder, actor: User, at: datetime) -> None:
    """Free what was kept for an order, for whoever waits longest, and tell that nothing is needed for it any more."""
    goods = order.lines.filter(item__isnull=False).select_for_update(of=("self",)).order_by("pk")
    lines = [line for line in goods if line.open_quantity]
    if not lines:
        return
    events.publish(
        DemandGone(
            line_type_pk=ContentType.objects.get_for_model(SalesOrderLine).pk,
            line_pks=tuple(line.pk for line in lines),
            at=at,
            actor_pk=actor.pk,
        )
    )
    items = {each.quant.item_id for each in reservations_of(lines).select_related("quant")}
    release(lines)
    if items:
        serve_waiting(company=order.company_id, items=sorted(items), at=at)


# What fails here fails the whole: a savepoint would be two statements for nothing.
@transaction.atomic(savepoint=False)
def serve_waiting(*, company: int, items: Sequence[int], at: datetime) -> Quantities:
    """
    Keep stock that became free for the orders that wait for it, the longest waiting first.

    It waits for nobody, whatever its caller holds already: lines and stock that are in somebody's hands are left to
    the next time.

    :param company: key of the company.
    :returns: what was kept, by key of the order line.
    """
    if not is_waited_for(company, items):
        return {}
    waiting = list(waiting_lines(company, items).values_list("pk", flat=True))
    free = SalesOrderLine.objects.select_for_update(of=("self",), skip_locked=True)
    mine = [line.pk for line in free.filter(pk__in=waiting)]
    # Asked again: what was kept for them until they were in hand counts.
    lines = list(waiting_lines(company, items).filter(pk__in=mine))
    if not lines:
        return {}
    stores = Location.objects.filter(company_id=company, kind=LocationKind.STORE, is_active=True).order_by("pk")
    demands = [demand_of(line, line.missing) for line in lines]  # type: ignore[attr-defined]
    return reserve(demands, list(stores), at=at, skip_locked=True)


@transaction.atomic
def serve_again(*, company: Company, lines: Sequence[int], items: Sequence[int], actor: User, at: datetime) -> None:
    """
    Keep other stock for lines whose own turned out not to be there, and tell what is short.

    :param lines: keys of the order lines.
    :param items: keys of their items.
    """
    serve_waiting(company=company.pk, items=items, at=at)
    short: dict[SalesOrder, list[tuple[int, int, str]]] = {}
    for line in waiting_lines(company, items).filter(pk__in=lines).select_related("document"):
        missing: Decimal = line.missing  # type: ignore[attr-defined]
        short.setdefault(line.document, []).append((line.pk, line.item_id or 0, f"{missing:f}"))
    for order, shortages in short.items():
        _tell_short(order, tuple(shortages), actor, at)


def ask_again(*, company: Company, at: datetime) -> None:
    """
    Tell once more what open orders lack, less what waits for inspection: what came was rejected, or was lost.

    Who raises requisitions of it does so only for what no open one still brings and nobody decided not to buy.
    """
    lines = waiting_lines(company, Item.objects.all()).select_related("document__owner")
    pending = dict(
        StockQuant.objects.filter(location__company=company, status=StockStatus.PENDING, on_hand__gt=0)
        .order_by()
        .values_list("item")
        .annotate(Sum("on_hand"))
    )
    short: dict[SalesOrder, list[tuple[int, int, str]]] = {}
    for line in lines:
        item = line.item_id or 0
        missing: Decimal = line.missing  # type: ignore[attr-defined]
        soon = min(pending.get(item, ZERO), missing)
        pending[item] = pending.get(item, ZERO) - soon
        if missing > soon:
            short.setdefault(line.document, []).append((line.pk, item, f"{missing - soon:f}"))
    for order, shortages in short.items():
        _tell_short(order, tuple(shortages), order.owner, at, is_repeated=True)
