"""Where orders are, on the pages of the order and of its contract."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from erp.sales.models import SalesOrder
from erp.tracking.selectors import track_orders
from suite.access.restrict import restrict
from suite.pages.registry import tab

TEMPLATE = "erp/tracking/_orders.html"


@tab(SalesOrder, title=_("Progress"), permission="erp.view_salesorder", code="progress")
def order_progress(request: HttpRequest, order: SalesOrder) -> tuple[str, dict[str, Any]]:
    """Where each line of an order is, and what it waits for."""
    return TEMPLATE, _context(request, [order])


@tab(Contract, title=_("Delivery"), permission="erp.view_salesorder", code="delivery")
def contract_progress(request: HttpRequest, contract: Contract) -> tuple[str, dict[str, Any]]:
    """How far what was sold is delivered."""
    orders = restrict(SalesOrder.objects.filter(contract=contract), user=request.user)
    return TEMPLATE, {**_context(request, list(orders.select_related("party", "contract"))), "shows_orders": True}


def _context(request: HttpRequest, orders: list[SalesOrder]) -> dict[str, Any]:
    user: Any = request.user
    return {
        "orders": track_orders(orders, today=timezone.localdate()),
        "shows_purchases": user.has_perm("erp.view_purchaseorder"),
    }
