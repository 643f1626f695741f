"""Questions about purchase orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from erp.masterdata.models import StockItem
from erp.pricing.selectors import agreements_of
from erp.purchasing.choices import OPEN_ORDERS, OrderStatus
from erp.purchasing.models import GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine, PurchaseRequest
from suite.masters.decimals import split_exact
from suite.masters.models import Company

AGREED = (OrderStatus.RELEASED, OrderStatus.PARTIAL, OrderStatus.RECEIVED, OrderStatus.CLOSED)


def suppliers_of(company: Company, items: Collection[int], day: date) -> dict[int, list[int]]:
    """
    Return who supplies items, by key of the item: the usual one, then who was ordered from last, then by agreement.

    Whoever is no supplier any more is left out, and so is an item that nobody is known for.
    """
    is_active = {"supplier__is_active": True, "supplier__is_supplier": True}
    usual = StockItem.objects.filter(item__in=items, **is_active).values_list("item", "supplier")
    ordered = (
        PurchaseOrderLine.objects.filter(
            item__in=items,
            document__company=company,
            document__status__in=AGREED,
            **{f"document__{name}": value for name, value in is_active.items()},
        )
        .values_list("item", "document__supplier")
        .annotate(last=Max("document__document_date"), newest=Max("pk"))
        .order_by("-last", "-newest")
        .values_list("item", "document__supplier")
    )
    agreed = (
        agreements_of(company, day)
        .filter(item__in=items, **{f"agreement__{name}": value for name, value in is_active.items()})
        .order_by("-agreement__valid_from", "-agreement")
        .values_list("item", "agreement__supplier")
    )
    found: dict[int, dict[int, None]] = {}
    for item, supplier in (*usual, *ordered, *agreed):
        found.setdefault(item, {})[supplier] = None
    return {item: list(suppliers) for item, suppliers in found.items()}


def suppliers_of_request(request: PurchaseRequest, day: date) -> list[int]:
    """Return who supplies what is still to be ordered of a requisition, by key: who supplies most of it first."""
    items = {line.item_id for line in request.lines.all() if line.open_quantity > 0}
    known = suppliers_of(request.warehouse.company, items, day)
    shares = Counter(supplier for item in sorted(known) for supplier in known[item])
    # Among equals who comes first for an item does here too: a stable sort keeps the order of the counter.
    return [supplier for supplier, _number in shares.most_common()]


def late_purchases(orders: QuerySet[PurchaseOrder], day: date) -> QuerySet[PurchaseOrder]:
    """Return those of the orders of which something should have come before a day and has not."""
    late = PurchaseOrderLine.objects.annotate(due=Coalesce("promised_on", "document__expected_on", "needed_on")).filter(
        document=OuterRef("pk"), due__lt=day, base_quantity__gt=F("received_quantity") - F("returned_quantity")
    )
    return orders.filter(Exists(late), status__in=OPEN_ORDERS)


def with_receipt_due(lines: QuerySet[GoodsReceiptLine]) -> QuerySet[Any]:
    """Return received lines with ``due``: the day the supplier promised, else that of the order, else when needed."""
    return lines.annotate(
        due=Coalesce("order_line__promised_on", "receipt__order__expected_on", "order_line__needed_on")
    )


def received_in_time(lines: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the lines :func:`with_receipt_due` that came by that day."""
    return lines.filter(receipt__received_on__lte=F("due"))


def last_prices(order: PurchaseOrder, item_pks: Collection[int]) -> dict[int, Fraction]:
    """Return what the order's supplier last got for one base unit of items, in the same currency and kind of price."""
    lines = (
        PurchaseOrderLine.objects.filter(
            item__in=item_pks,
            document__supplier=order.supplier_id,
            document__company=order.company_id,
            document__currency=order.currency_id,
            document__price_includes_tax=order.price_includes_tax,
            document__status__in=AGREED,
            base_quantity__gt=0,
        )
        .order_by("item_id", "-document__document_date", "-pk")
        .distinct("item_id")
    )
    return {
        item: Fraction(price) * Fraction(quantity) / Fraction(base)
        for item, price, quantity, base in lines.values_list("item_id", "unit_price", "quantity", "base_quantity")
    }


def line_values(order: PurchaseOrder, lines: Collection[PurchaseOrderLine]) -> dict[int, Fraction]:
    """
    Return what each line of an order costs without tax in the company's base currency, by its key.

    A discount on the whole order lowers the lines in proportion, so that together they are the order's amount.

    :param lines: all lines of the order.
    """
    ordered = sorted(lines, key=lambda line: line.position)
    amounts = [line.net_amount for line in ordered]
    if order.discount_amount and any(amounts):
        amounts = split_exact(order.net_total, amounts, order.currency.decimals)
    rate = Fraction(order.exchange_rate)
    return {line.pk: Fraction(amount) * rate for line, amount in zip(ordered, amounts, strict=True)}
