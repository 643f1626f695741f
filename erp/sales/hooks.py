"""What sales orders answer to CRM: what customers ordered, and what of it came back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Case, DecimalField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum, When
from django.db.models.functions import NullIf, Round

from crm.insights.orders import contract_orders, order_sources
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder

# Orders that were given; drafts are not yet, cancelled ones not any more.
COUNTED = (OrderStatus.CONFIRMED, OrderStatus.PARTIAL, OrderStatus.DELIVERED, OrderStatus.CLOSED)
AMOUNT = DecimalField(max_digits=30, decimal_places=10)


def counted_orders() -> QuerySet[Any]:
    """
    Sales orders of customers: what is ordered less what came back, in the base currency of the company.

    Of a closed order only what went out counts. The discount of the whole order is spread over its lines. One of
    which all came back, or that was closed before anything went out, comes to nothing and so is none.
    """
    net, base = F("lines__net_amount"), F("lines__base_quantity")
    having = Case(When(status=OrderStatus.CLOSED, then=F("lines__delivered")), default=base)
    kept = Case(
        # Services are not delivered from stock.
        When(lines__base_quantity=0, then=net),
        default=ExpressionWrapper(net * (having - F("lines__returned")) / NullIf(base, 0), output_field=AMOUNT),
        output_field=AMOUNT,
    )
    share = ExpressionWrapper(Sum(kept) / NullIf(Sum(net), 0), output_field=AMOUNT)
    amount = Round(ExpressionWrapper(share * F("net_total") * F("exchange_rate"), output_field=AMOUNT), 2)
    orders = SalesOrder.objects.filter(status__in=COUNTED, party__customer__isnull=False).order_by()
    sums = orders.values("pk", "party__customer", "company", "document_date", "net_total", "exchange_rate", "status")
    return sums.annotate(amount=amount).values_list("party__customer", "company", "document_date", "amount")


@order_sources.provide
def orders_and_contracts() -> Sequence[QuerySet[Any]]:
    """Return sales orders, and those signed contracts that no counted order came of."""
    ordered = SalesOrder.objects.filter(Q(status__in=COUNTED), contract=OuterRef("pk"))
    return [counted_orders(), contract_orders().filter(~Exists(ordered))]
