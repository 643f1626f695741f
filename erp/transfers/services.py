"""Operations on transfer orders before anything of them is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.events import StockArrived
from erp.inventory.ledger import Demand, release, reservations_of, reserve
from erp.lines import quantity_fault
from erp.masterdata.models import Warehouse
from erp.masterdata.services import store_of
from erp.transfers.choices import OPEN_TRANSFERS, TransferStatus
from erp.transfers.models import TransferLine, TransferOrder
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.masters.models import Party

TRANSFER_NUMBERS = register_kind(
    "erp.transferorder", pattern="TO-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("transfer order")
)


@transaction.atomic
def create_transfer(
    *,
    source: Warehouse,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    target: Warehouse | None = None,
    supplier: Party | None = None,
    needed_on: date | None = None,
    owner: User | None = None,
    reason: str = "",
    tracking_number: str = "",
) -> TransferOrder:
    """
    Draw up a transfer to another warehouse of the company, or to a supplier.

    :param lines: ``item``, ``quantity`` in its base unit, and ``lot`` where it must be that one.
    :raises LineErrors: with what is wrong, for each line.
    :raises InvalidInput: when the target is of another company.
    :raises ValidationError: when it goes nowhere, or to two places, or back where it comes from.
    """
    order = TransferOrder(
        company=source.company,
        source=source,
        target=target,
        supplier=supplier,
        needed_on=needed_on or timezone.localdate(at),
        reason=reason,
        tracking_number=tracking_number,
        owner=owner or actor,
        created_by=actor,
        created_at=at,
    )
    _check(order)
    order.number = next_number(order.company, TRANSFER_NUMBERS, timezone.localdate(at))
    order.save()
    write_rows(order, "transfer", lines, _faults)
    return order


@transaction.atomic
def update_transfer(
    *, transferorder: TransferOrder, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> TransferOrder:
    """
    Change a transfer that is still a draft.

    :raises WrongState: once it was confirmed.
    :raises LineErrors: with what is wrong, for each line.
    """
    order = TransferOrder.objects.lock(transferorder)
    if order.status != TransferStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(order, name, value)
    order.company = order.source.company
    _check(order)
    order.save()
    write_rows(order, "transfer", lines, _faults)
    return order


@transaction.atomic
def confirm_transfer(*, transferorder: TransferOrder, actor: User, at: datetime) -> TransferOrder:
    """
    Confirm a transfer: what is there is kept for it. What is not must be there when it is sent.

    :raises WrongState: unless it is a draft.
    """
    order = TransferOrder.objects.lock(transferorder)
    order.become(TransferStatus.CONFIRMED, actor=actor, at=at)
    lines = lines_in_hand(order)
    reserve([demand_of(line, line.quantity) for line in lines], [store_of(order.source)], at=at)
    return order


@transaction.atomic
def reopen_transfer(*, transferorder: TransferOrder, actor: User, at: datetime) -> TransferOrder:
    """
    Make a confirmed transfer a draft again, to change it; nothing is kept for it then.

    :raises WrongState: when something of it was sent.
    """
    order = TransferOrder.objects.lock(transferorder)
    order.become(TransferStatus.DRAFT, actor=actor, at=at)
    let_go(order, at)
    return order


@transaction.atomic
def cancel_transfer(*, transferorder: TransferOrder, reason: str, actor: User, at: datetime) -> TransferOrder:
    """
    Give up a transfer of which nothing was sent; what was kept for it is free again.

    :raises WrongState: when something was sent, or it ended already.
    """
    order = TransferOrder.objects.lock(transferorder)
    order.become(TransferStatus.CANCELLED, actor=actor, at=at, reason=reason)
    let_go(order, at)
    return order


def lines_in_hand(order: TransferOrder) -> list[TransferLine]:
    """Lock the lines of an order; who changes what is kept for a line has it in hand."""
    lines = order.lines.select_for_update(of=("self",)).select_related("item__base_unit", "lot")
    return list(lines.order_by("pk"))


def let_go(order: TransferOrder, at: datetime) -> None:
    """Free what is kept for an order, for whoever waits for it."""
    lines = lines_in_hand(order)
    items = set(reservations_of(lines).values_list("quant__item", flat=True))
    release(lines)
    if items:
        events.publish(StockArrived(company_pk=order.company_id, item_pks=tuple(sorted(items)), at=at))


def demand_of(line: TransferLine, quantity: Decimal) -> Demand:
    """Return the demand for so much of a line."""
    return Demand(line, line.item_id, quantity, line.lot_id)


def refuse_unless_open(order: TransferOrder) -> None:
    """
    Refuse what cannot be done to the order now.

    :raises WrongState: unless it is confirmed or on its way.
    """
    if order.status not in OPEN_TRANSFERS:
        raise WrongState(
            _("%(number)s is “%(state)s”.") % {"number": order.number, "state": order.get_status_display()}
        )


def _check(order: TransferOrder) -> None:
    if order.target is not None and order.target.company_id != order.source.company_id:
        raise InvalidInput(_("Stock of another company is sold, not transferred."), field="target")
    order.full_clean(exclude=["status", "number"])


def _faults(row: Row) -> Faults:
    """Return what is wrong with a line, by field."""
    item, lot = row["item"], row.get("lot")
    if faults := quantity_fault(item, row["quantity"]):
        return faults
    if lot is not None and lot.item_id != item.pk:
        return {"lot": _("Lot %(lot)s is of another item.") % {"lot": lot}}
    return {}
