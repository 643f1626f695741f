"""What is done with one row of stock on hand: hold, release, judge, transfer."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockMove, StockQuant
from erp.inventory.services import Part, change_stock_status, transfer_stock
from erp.masterdata.models import Warehouse
from suite.access.models import User
from suite.activity.services.comments import add_comment
from suite.core.errors import WrongState


def hold_quant(*, stockquant: StockQuant, quantity: Decimal, reason: str, actor: User, at: datetime) -> StockMove:
    """
    Put good stock on hold.

    :raises InsufficientStock: when less is free.
    """
    return _change_status(stockquant, quantity, StockStatus.HOLD, reason, actor, at)


def release_quant(*, stockquant: StockQuant, quantity: Decimal, reason: str, actor: User, at: datetime) -> StockMove:
    """Make held or rejected stock good again."""
    return _change_status(stockquant, quantity, StockStatus.GOOD, reason, actor, at)


def judge_quant(
    *, stockquant: StockQuant, quantity: Decimal, to_status: str, reason: str, actor: User, at: datetime
) -> StockMove:
    """Say what becomes of stock that waits for inspection or is on hold."""
    return _change_status(stockquant, quantity, StockStatus(to_status), reason, actor, at)


@transaction.atomic
def transfer_quant(
    *, stockquant: StockQuant, quantity: Decimal, target: Warehouse, actor: User, at: datetime
) -> StockMove:
    """
    Move free stock to another warehouse.

    :raises InsufficientStock: when less is free.
    """
    (move,) = transfer_stock(
        source=_warehouse(stockquant),
        target=target,
        parts=[Part(stockquant.item, quantity, stockquant.lot)],
        request=uuid4(),
        actor=actor,
        at=at,
    )
    return move


def why_not_handled(stockquant: StockQuant, user: object) -> str:
    """Why nothing can be done with the stock here, empty when it can."""
    warehouse = stockquant.location.warehouse
    if warehouse is None or stockquant.location.code != warehouse.code:
        return _("It does not lie in a warehouse without bins.")
    if not stockquant.on_hand - stockquant.reserved:
        return _("Nothing of it is free.")
    return ""


def _warehouse(stockquant: StockQuant) -> Warehouse:
    why = why_not_handled(stockquant, None)
    if why or stockquant.location.warehouse is None:
        raise WrongState(why)
    return stockquant.location.warehouse


@transaction.atomic
def _change_status(
    stockquant: StockQuant, quantity: Decimal, to_status: StockStatus, reason: str, actor: User, at: datetime
) -> StockMove:
    (move,) = change_stock_status(
        warehouse=_warehouse(stockquant),
        part=Part(stockquant.item, quantity, stockquant.lot),
        from_status=StockStatus(stockquant.status),
        to_status=to_status,
        reason=reason,
        request=uuid4(),
        actor=actor,
        at=at,
    )
    # A move has no column for it, and is never edited.
    add_comment(obj=move, body=reason, actor=actor, at=at)
    return move
