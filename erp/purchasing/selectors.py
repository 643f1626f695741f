"""Questions about purchase orders."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder, PurchaseOrderLine
from suite.masters.decimals import split_exact

AGREED = (OrderStatus.RELEASED, OrderStatus.PARTIAL, OrderStatus.RECEIVED, OrderStatus.CLOSED)


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
