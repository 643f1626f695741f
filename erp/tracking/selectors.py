"""Where the lines of orders are: a fixed number of statements for any number of orders."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, F, Max, Q, QuerySet, Sum

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.purchasing.choices import LIVE_ORDERS, OrderStatus, RequestStatus
from erp.purchasing.models import (
    GoodsReceiptLine,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
    PurchaseRequestLine,
)
from erp.purchasing.selectors import with_receipt_due
from erp.sales import selectors
from erp.sales.choices import OPEN, DeliveryStatus
from erp.sales.models import CustomerReturn, Delivery, DeliveryLine, SalesOrder, SalesOrderLine
from erp.sales.selectors import with_kept
from erp.tracking.progress import Progress, Source, Supply, progress_of
from suite.access.models import User
from suite.access.restrict import restrict
from suite.search.filter import search_filter

ZERO = Decimal(0)
Paper = PurchaseOrder | PurchaseRequest
FOUND = 20
# Fewer deliveries of a supplier than this say nothing about the next one.
ENOUGH_DELIVERIES = 5
HISTORY = datetime.timedelta(days=365)


@dataclass(frozen=True)
class TrackedLine:
    """
    One line of an order and where it is.

    :param returned: what the customer sent back of what was delivered, in base units.
    :param confidence: the share of promised dates that the supplier it waits for kept, in percent.
    :param names_cause: whether the paper that it waits for is one that the user may see.
    """

    line: SalesOrderLine
    kept: Decimal
    progress: Progress
    returned: Decimal = ZERO
    confidence: int | None = None
    names_cause: bool = False


@dataclass(frozen=True)
class TrackedOrder:
    """One order with its lines, what went out on it and what came back."""

    order: SalesOrder
    lines: tuple[TrackedLine, ...]
    papers: tuple[Delivery | CustomerReturn, ...]

    @property
    def late_lines(self) -> int:
        """How many lines come too late."""
        return sum(each.progress.is_late for each in self.lines)


def find_orders(*, user: User, q: str) -> list[SalesOrder]:
    """
    Return the orders a user may see that a customer could mean: by their own number, that of the contract, of the
    customer, a delivery or a waybill, or the customer's name; the newest first.
    """
    orders = restrict(SalesOrder.objects.all(), user=user)
    word = q.strip()
    by_paper = Q(deliveries__number__iexact=word) | Q(deliveries__tracking_number__iexact=word)
    named = orders.filter(by_paper | Q(contract__number__iexact=word)).values("pk")
    found = orders.filter(Q(pk__in=search_filter(orders, q).values("pk")) | Q(pk__in=named))
    return list(found.select_related("party", "contract", "owner").order_by("-document_date", "-pk")[:FOUND])


def late_orders(*, user: User, today: datetime.date) -> list[SalesOrder]:
    """Return the open orders a user may see that should be delivered by now, the longest waiting first."""
    orders = restrict(selectors.late_orders(SalesOrder.objects.all(), today), user=user)
    return list(orders.select_related("party", "contract", "owner").order_by("requested_on", "pk")[:FOUND])


def track_orders(orders: Sequence[SalesOrder], *, user: User, today: datetime.date) -> list[TrackedOrder]:
    """Return where the lines of orders are, in the order given, naming the purchases that a user may see."""
    keys = [order.pk for order in orders]
    lines = list(
        with_kept(SalesOrderLine.objects.filter(document__in=keys, item__isnull=False))
        .select_related("item__base_unit", "document")
        .order_by("document", "position")
    )
    delivered = _delivered(keys)
    progresses = judge_lines(lines, today=today, delivered=delivered)
    papers_behind = {_paper(each) for progress in progresses.values() for each in progress.sources}
    shares = on_time_shares({each.supplier_id for each in papers_behind if isinstance(each, PurchaseOrder)}, today)
    seen = _seen(papers_behind, user)
    by_order: dict[int, list[TrackedLine]] = defaultdict(list)
    for line in lines:
        by_order[line.document_id].append(_tracked(line, progresses[line.pk], delivered.get(line.pk, {}), shares, seen))
    papers: dict[int, list[Delivery | CustomerReturn]] = defaultdict(list)
    for paper in restrict(Delivery.objects.filter(order__in=keys), user=user).order_by("pk"):
        papers[paper.order_id].append(paper)
    returns = restrict(CustomerReturn.objects.filter(delivery__order__in=keys), user=user)
    for back in returns.select_related("delivery").order_by("pk"):
        papers[back.delivery.order_id].append(back)
    return [TrackedOrder(order, tuple(by_order[order.pk]), tuple(papers[order.pk])) for order in orders]


def judge_lines(
    lines: Sequence[SalesOrderLine],
    *,
    today: datetime.date,
    delivered: Mapping[int, Mapping[str, Any]] = MappingProxyType({}),
) -> dict[int, Progress]:
    """
    Return where lines are, by key, in a fixed number of statements.

    :param lines: as :func:`~erp.sales.selectors.with_kept` returns them.
    :param delivered: what went out on lines, as :func:`_delivered` returns it; of open lines it does not matter.
    """
    rows: Sequence[Any] = lines
    waiting = [line for line in rows if line.document.status in OPEN and line.open_quantity > line.kept]
    sources = _sources(waiting)
    inspecting = _inspecting(waiting)
    found = {}
    for line in rows:
        gone = delivered.get(line.pk, {})
        found[line.pk] = progress_of(
            missing=line.open_quantity - line.kept,
            is_open=line.document.status in OPEN and line.open_quantity > 0,
            requested_on=line.requested_on or line.document.requested_on,
            today=today,
            sources=sources[line.pk],
            inspecting=inspecting.get((line.document.company_id, line.item_id), ZERO),
            delivered_on=gone.get("last"),
            is_signed=bool(gone) and not gone["unsigned"],
            is_on_the_way=bool(gone) and bool(gone["unsigned"]),
        )
    return found


def on_time_shares(suppliers: Collection[int], today: datetime.date) -> dict[int, int]:
    """
    Return what percentage of what suppliers delivered in the past year came by the promised day.

    Suppliers with fewer than five deliveries have none.
    """
    if not suppliers:
        return {}
    lines = GoodsReceiptLine.objects.filter(
        receipt__order__supplier__in=suppliers, receipt__received_on__gt=today - HISTORY
    )
    rows = (
        with_receipt_due(lines)
        .filter(due__isnull=False)
        .order_by()
        .values("receipt__order__supplier")
        .annotate(total=Count("pk"), kept=Count("pk", filter=Q(receipt__received_on__lte=F("due"))))
        .values_list("receipt__order__supplier", "total", "kept")
    )
    return {supplier: 100 * kept // total for supplier, total, kept in rows if total >= ENOUGH_DELIVERIES}


def _tracked(
    line: Any,
    progress: Progress,
    delivered: Mapping[str, Any],
    shares: dict[int, int],
    seen: Collection[Paper],
) -> TrackedLine:
    paper = _paper(progress.cause) if progress.cause is not None else None
    return TrackedLine(
        line,
        line.kept,
        progress,
        returned=delivered.get("returned", ZERO),
        confidence=shares.get(paper.supplier_id) if isinstance(paper, PurchaseOrder) else None,
        names_cause=paper in seen,
    )


def _paper(source: Source) -> Paper:
    """The requisition or the purchase order of a source."""
    found: Paper = getattr(source.document, "document", source.document)
    return found


def _seen(papers: Iterable[Paper], user: User) -> set[Paper]:
    """Those of the papers that a user may see: one statement for each type of paper."""
    by_type: dict[Any, list[int]] = defaultdict(list)
    for paper in papers:
        by_type[type(paper)].append(paper.pk)
    return {
        each
        for model, keys in by_type.items()
        for each in restrict(model._default_manager.filter(pk__in=keys), user=user).only("pk")
    }


def _sources(lines: Sequence[SalesOrderLine]) -> dict[int, list[Source]]:
    """What was asked for and ordered because of order lines, by key of the line."""
    found: dict[int, list[Source]] = defaultdict(list)
    if not lines:
        return found
    asked = PurchaseRequestLine.objects.filter(
        demand_type=ContentType.objects.get_for_model(SalesOrderLine), demand_id__in=[line.pk for line in lines]
    ).exclude(request__status=RequestStatus.CANCELLED)
    by_key = {each.pk: each for each in asked.select_related("request__owner")}
    for each in by_key.values():
        left = each.open_quantity
        if left > 0 and each.request.status != RequestStatus.CLOSED and each.demand_id is not None:
            is_approved = each.request.status == RequestStatus.APPROVED
            found[each.demand_id].append(
                Source(Supply.APPROVED if is_approved else Supply.REQUESTED, left, None, each.request)
            )
    ordered = PurchaseOrderLine.objects.filter(request_line__in=by_key, document__status__in=LIVE_ORDERS)
    for row in ordered.select_related("document__supplier", "document__owner"):
        demand = by_key[row.request_line_id].demand_id if row.request_line_id is not None else None
        if row.open_quantity <= 0 or demand is None:
            continue
        is_draft = row.document.status in {OrderStatus.DRAFT, OrderStatus.APPROVING}
        day = row.promised_on or row.document.expected_on or row.needed_on
        found[demand].append(Source(Supply.DRAFT if is_draft else Supply.RELEASED, row.open_quantity, day, row))
    return found


def _inspecting(lines: Iterable[SalesOrderLine]) -> dict[tuple[int, int], Decimal]:
    """Stock of items that waits for inspection, by company and item."""
    items = {line.item_id for line in lines}
    if not items:
        return {}
    rows = StockQuant.objects.filter(item__in=items, status=StockStatus.PENDING, on_hand__gt=0).order_by()
    sums = rows.values_list("location__company", "item").annotate(Sum("on_hand"))
    return {(company, item): quantity for company, item, quantity in sums}


def _delivered(orders: Collection[int]) -> dict[int, dict[str, Any]]:
    """The day of the last delivery of order lines, what came back, and how many deliveries were not signed for."""
    rows: QuerySet[Any] = DeliveryLine.objects.filter(document__order__in=orders).order_by()
    sums = rows.values("order_line").annotate(
        last=Max("document__document_date"),
        returned=Sum("returned"),
        unsigned=Count("pk", filter=Q(document__status=DeliveryStatus.SHIPPED)),
    )
    return {row["order_line"]: row for row in sums}
