"""Where orders are, on the pages of the order, of its contract and of the customer."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.customers.models import Customer
from erp.sales.choices import OPEN
from erp.sales.models import SalesOrder
from erp.tracking.selectors import FOUND, track_orders
from suite.access.models import User
from suite.access.restrict import restrict
from suite.pages.registry import tab

TEMPLATE = "erp/tracking/_orders.html"
SEE_ORDERS = "erp.view_salesorder"


@tab(SalesOrder, title=_("Progress"), permission=SEE_ORDERS, code="progress")
def order_progress(request: HttpRequest, order: SalesOrder) -> tuple[str, dict[str, Any]]:
    """Where each line of an order is, and what it waits for."""
    return TEMPLATE, _context(request, [order])


def _orders_of_contract(contract: Contract, user: Any) -> QuerySet[SalesOrder]:
    return restrict(SalesOrder.objects.filter(contract=contract), user=user)


def _orders_of_customer(customer: Customer, user: Any) -> QuerySet[SalesOrder]:
    return restrict(SalesOrder.objects.filter(party=customer.party_id), user=user)


def count_of_contract(contract: Contract, user: User) -> int:
    """Return how many orders came out of a contract."""
    return _orders_of_contract(contract, user).count()


def count_of_customer(customer: Customer, user: User) -> int:
    """Return how many orders a customer gave that are not delivered in full."""
    return _orders_of_customer(customer, user).filter(status__in=OPEN).count()


@tab(Contract, title=_("Delivery"), permission=SEE_ORDERS, code="delivery", count=count_of_contract)
def contract_progress(request: HttpRequest, contract: Contract) -> tuple[str, dict[str, Any]]:
    """How far what was sold is delivered."""
    orders = _orders_of_contract(contract, request.user).select_related("party", "contract")
    return TEMPLATE, {**_context(request, list(orders)), "shows_orders": True}


@tab(Customer, title=_("Delivery"), permission=SEE_ORDERS, code="delivery", count=count_of_customer)
def customer_progress(request: HttpRequest, customer: Customer) -> tuple[str, dict[str, Any]]:
    """How far what a customer ordered is delivered: the open orders first, then the last ones."""
    first = Case(When(status__in=OPEN, then=Value(0)), default=Value(1))
    orders = _orders_of_customer(customer, request.user).select_related("party", "contract")
    found = list(orders.order_by(first, "-document_date", "-pk")[:FOUND])
    return TEMPLATE, {**_context(request, found), "shows_orders": True}


def _context(request: HttpRequest, orders: list[SalesOrder]) -> dict[str, Any]:
    user: Any = request.user
    return {"orders": track_orders(orders, user=user, today=timezone.localdate()), "is_tab": True}
