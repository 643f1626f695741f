"""Operations on requisitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.lines import quantity_fault
from erp.masterdata.models import Warehouse
from erp.purchasing.choices import LIVE_ORDERS, OrderStatus, RequestOrigin, RequestStatus
from erp.purchasing.models import PurchaseRequest, PurchaseRequestLine
from suite.access.models import User
from suite.core.errors import WrongState
from suite.core.models import Model
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.documents.services import link_documents
from suite.documents.status import become_all
from suite.masters.fields import QuantityField
from suite.masters.models import Item

NUMBERS = register_kind(
    "erp.purchaserequest", pattern="PR-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("requisition")
)
ZERO = Decimal(0)
QUANTITY = QuantityField()
OF_LIVE_ORDERS = Q(order_lines__document__status__in=LIVE_ORDERS)
COUNTED = ~Q(order_lines__document__status=OrderStatus.CANCELLED)
KEPT = F("order_lines__received_quantity") - F("order_lines__returned_quantity")


# -- by hand -----------------------------------------------------------------------------------


@transaction.atomic
def create_request(
    *,
    warehouse: Warehouse,
    lines: Sequence[Row],
    needed_on: date,
    actor: User,
    at: datetime,
    owner: User | None = None,
    reason: str = "",
    origin: str = RequestOrigin.MANUAL,
) -> PurchaseRequest:
    """
    Raise a requisition as a draft.

    :param lines: ``item``, ``quantity`` in its base unit, ``needed_on`` if it is another day, and the peg
        (``demand_type`` and ``demand_id``) if it serves a line of a document.
    :raises LineErrors: with what is wrong, for each line.
    """
    request = PurchaseRequest(
        company=warehouse.company,
        warehouse=warehouse,
        needed_on=needed_on,
        reason=reason,
        origin=origin,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
    )
    request.full_clean(exclude=["status", "number"])
    request.number = next_number(warehouse.company, NUMBERS, timezone.localdate(at))
    request.save()
    write_rows(request, "request", lines, _faults)
    return request


@transaction.atomic
def update_request(
    *, request: PurchaseRequest, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> PurchaseRequest:
    """
    Change a requisition that is still a draft.

    :raises WrongState: when it was submitted.
    :raises LineErrors: with what is wrong, for each line.
    """
    request = PurchaseRequest.objects.lock(request)
    if request.status != RequestStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(request, name, value)
    request.company = request.warehouse.company
    request.full_clean(exclude=["status", "number"])
    request.save()
    write_rows(request, "request", lines, _faults)
    return request


@transaction.atomic
def submit_request(*, request: PurchaseRequest, actor: User, at: datetime) -> PurchaseRequest:
    """
    Hand a requisition in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    """
    request = PurchaseRequest.objects.lock(request)
    request.become(RequestStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(request, actor=actor, at=at):
        return approve_request(request=request, actor=actor, at=at)
    return request


@transaction.atomic
def approve_request(*, request: PurchaseRequest, actor: User, at: datetime, reason: str = "") -> PurchaseRequest:
    """
    Approve a requisition; from then on it can be ordered.

    :raises WrongState: unless it waits for approval.
    """
    request = PurchaseRequest.objects.lock(request)
    return request.become(RequestStatus.APPROVED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reject_request(*, request: PurchaseRequest, reason: str, actor: User, at: datetime) -> PurchaseRequest:
    """
    Send a requisition back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    request = PurchaseRequest.objects.lock(request)
    return request.become(RequestStatus.DRAFT, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_request(*, request: PurchaseRequest, reason: str, actor: User, at: datetime) -> PurchaseRequest:
    """
    Give up a requisition of which nothing is ordered.

    :raises WrongState: when something of it is ordered, or it is closed.
    """
    request = PurchaseRequest.objects.lock(request)
    if request.lines.filter(ordered_quantity__gt=0).exists():
        raise WrongState(_("Something of it is ordered already; cancel the order or close the requisition."))
    request.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)
    _shut([request])
    return request


@transaction.atomic
def close_request(*, request: PurchaseRequest, reason: str, actor: User, at: datetime) -> PurchaseRequest:
    """
    Close a requisition whose rest is not needed any more.

    :raises WrongState: unless it is approved or ordered.
    """
    request = PurchaseRequest.objects.lock(request)
    request.become(RequestStatus.CLOSED, actor=actor, at=at, reason=reason)
    _shut([request])
    return request


# -- from shortages ----------------------------------------------------------------------------


@transaction.atomic
def cover_shortage(
    *,
    order: Model,
    line_type: ContentType,
    shortages: Sequence[tuple[int, int, Decimal]],
    warehouse: Warehouse,
    needed_on: date,
    actor: User,
    at: datetime,
) -> PurchaseRequest | None:
    """
    Raise an approved requisition for what an order lacks, each line pegged to the line of the order.

    What open requisition lines of the same peg still bring is not raised again: where there is one it is raised to
    what is lacking now. Done again it changes nothing.

    :param shortages: key of the order's line, key of the item, lacking quantity in its base unit.
    :returns: the new requisition, None when no new line was needed.
    """
    wanted: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line_pk, item_pk, quantity in shortages:
        wanted[line_pk, item_pk] += quantity
    pegged = PurchaseRequestLine.objects.filter(
        demand_type=line_type, demand_id__in={line_pk for line_pk, _item in wanted}, is_open=True
    )
    PurchaseRequest.objects.lock_many(sorted(set(pegged.values_list("request_id", flat=True))))
    known = {line.demand_id: line for line in pegged.annotate(arrived=_sum(KEPT, COUNTED))}
    raised = []
    for (line_pk, _item_pk), quantity in wanted.items():
        line = known.get(line_pk)
        if line is not None and quantity > line.quantity - line.arrived:
            line.quantity = quantity + line.arrived
            raised.append(line)
    PurchaseRequestLine.objects.bulk_update(raised, ["quantity"])
    follow_requests([line.pk for line in raised], actor=actor, at=at)
    missing = {key: quantity for key, quantity in wanted.items() if key[0] not in known and quantity > 0}
    if not missing:
        return None
    items = Item.objects.select_related("base_unit").in_bulk({item_pk for _line, item_pk in missing})
    request = create_request(
        warehouse=warehouse,
        needed_on=needed_on,
        reason=str(order)[:200],
        origin=RequestOrigin.SHORTAGE,
        lines=[
            {"item": items[item_pk], "quantity": quantity, "demand_type": line_type, "demand_id": line_pk}
            for (line_pk, item_pk), quantity in missing.items()
        ],
        actor=actor,
        at=at,
    )
    become_all([request], RequestStatus.APPROVED, actor=actor, at=at, by_way_of=(RequestStatus.APPROVING,))
    link_documents(order, request)
    return request


def given_up(line_type: ContentType, line_pks: Iterable[int]) -> set[int]:
    """Return the lines whose requisition somebody cancelled or closed before all of it was ordered."""
    pegged = PurchaseRequestLine.objects.filter(
        demand_type=line_type, demand_id__in=list(line_pks), is_open=False, ordered_quantity__lt=F("quantity")
    )
    return {demand for demand in pegged.values_list("demand_id", flat=True) if demand is not None}


@transaction.atomic
def drop_demand(*, line_type: ContentType, line_pks: Iterable[int], actor: User, at: datetime) -> None:
    """Cancel the requisitions that only served lines nobody needs any more, as long as nothing of them is ordered."""
    pegged = PurchaseRequestLine.objects.filter(demand_type=line_type, demand_id__in=list(line_pks), is_open=True)
    requests = PurchaseRequest.objects.lock_many(sorted(set(pegged.values_list("request_id", flat=True))))
    still_needed = set(
        PurchaseRequestLine.objects.filter(request__in=requests)
        .filter(Q(ordered_quantity__gt=0) | ~Q(pk__in=pegged))
        .values_list("request_id", flat=True)
    )
    gone = [request for request in requests if request.pk not in still_needed]
    by_status: dict[str, list[PurchaseRequest]] = defaultdict(list)
    for request in gone:
        by_status[request.status].append(request)
    for same in by_status.values():
        become_all(same, RequestStatus.CANCELLED, actor=actor, at=at, reason=_("The order does not need it any more."))
    _shut(gone)


# -- what became of them -----------------------------------------------------------------------


@transaction.atomic
def follow_requests(line_pks: Iterable[int | None], *, actor: User, at: datetime) -> None:
    """
    Bring requisitions up to date with the orders made from their lines: what is ordered, and their state.

    A cancelled order counts nothing, a closed one what came of it. The requisition is closed once all of it is
    ordered and nothing of that is still to come.
    """
    pks = {pk for pk in line_pks if pk is not None}
    if not pks:
        return
    touched = PurchaseRequestLine.objects.filter(pk__in=pks)
    requests = PurchaseRequest.objects.lock_many(sorted(set(touched.values_list("request_id", flat=True))))
    is_closed = Q(order_lines__document__status=OrderStatus.CLOSED)
    taken = Case(When(is_closed, then=KEPT), default=F("order_lines__base_quantity"), output_field=QUANTITY)
    lines = list(
        PurchaseRequestLine.objects.filter(request__in=requests).annotate(
            taken=_sum(taken, COUNTED),
            coming=Count("order_lines", filter=OF_LIVE_ORDERS & Q(order_lines__base_quantity__gt=KEPT)),
        )
    )
    changed = [line for line in lines if line.ordered_quantity != line.taken]
    for line in changed:
        line.ordered_quantity = line.taken
    PurchaseRequestLine.objects.bulk_update(changed, ["ordered_quantity"])
    by_request: dict[int, list[Any]] = defaultdict(list)
    for line in lines:
        by_request[line.request_id].append(line)
    ways: dict[tuple[str, ...], list[PurchaseRequest]] = defaultdict(list)
    for request in requests:
        own = by_request[request.pk]
        ways[
            _way(
                request.status,
                is_ordered=all(line.ordered_quantity >= line.quantity for line in own),
                is_coming=any(line.coming for line in own),
            )
        ].append(request)
    for way, same in ways.items():
        if way:
            become_all(same, way[-1], actor=actor, at=at, by_way_of=way[:-1])
        if way[-1:] == (RequestStatus.CLOSED,):
            _shut(same)


def _way(status: str, *, is_ordered: bool, is_coming: bool) -> tuple[str, ...]:
    """Return the states that a requisition passes from the one it is in."""
    if status not in {RequestStatus.APPROVED, RequestStatus.ORDERED}:
        return ()
    way = [RequestStatus.ORDERED if is_ordered else RequestStatus.APPROVED]
    if is_ordered and not is_coming:
        way.append(RequestStatus.CLOSED)
    return tuple(str(state) for state in way if state != status)


def _sum(what: Any, condition: Q) -> Coalesce:
    """Expression: a sum over the order lines of a requisition line."""
    return Coalesce(Sum(what, filter=condition, output_field=QUANTITY), Value(ZERO), output_field=QUANTITY)


def _shut(requests: Sequence[PurchaseRequest]) -> None:
    """Let the pegs of requisitions go."""
    PurchaseRequestLine.objects.filter(request__in=requests).update(is_open=False)


def _faults(row: Row) -> Faults:
    return quantity_fault(row["item"], row["quantity"])
