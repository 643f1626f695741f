"""What the printed papers of sales show."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.db.models import F, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from erp.inventory.ledger import reservations_of
from erp.sales.models import CustomerReturn, Delivery, SalesOrder
from erp.sales.selectors import kept_for
from erp.slips import Part, slip_rows
from suite.pages.prints import Label, Print


def confirmation(order: SalesOrder) -> dict[str, Any]:
    """The lines of an order confirmation, each with the day that holds for it."""
    lines = list(order.lines.select_related("item", "unit").order_by("position"))
    return {
        "rows": [(line, line.promised_on or line.requested_on or order.requested_on) for line in lines],
        "has_discount": any(line.discount_percent for line in lines),
    }


def picking(order: SalesOrder) -> dict[str, Any]:
    """
    What is kept for an order, in the order of the walk: warehouse, location, item, and what expires first.

    ``missing`` are its lines with what is neither delivered nor kept.
    """
    lines = list(order.lines.filter(item__isnull=False).select_related("item__base_unit").order_by("position"))
    kept = kept_for(lines)
    taken = reservations_of(lines).select_related("quant__item__base_unit", "quant__lot", "quant__location__warehouse")
    walk = taken.order_by(
        "quant__location__warehouse__code",
        "quant__location__code",
        "quant__item__code",
        F("quant__lot__expires_on").asc(nulls_last=True),
        "quant__lot__number",
        "pk",
    )
    short = [(line, line.open_quantity - kept.get(line.pk, Decimal(0))) for line in lines]
    by_warehouse = groupby(walk, key=lambda each: each.quant.location.warehouse)
    return {
        "warehouses": [(warehouse, list(rows)) for warehouse, rows in by_warehouse],
        "missing": [(line, quantity) for line, quantity in short if quantity > 0],
    }


def delivered(delivery: Delivery) -> dict[str, Any]:
    """What went, by line of the order; never what it cost or sold for."""
    lines = delivery.lines.select_related("order_line__item__base_unit", "move__lot")
    parts = [
        Part(each.order_line_id, _item(each.order_line), each.quantity, each.move.lot, each.order_line.description)
        for each in lines.order_by("order_line__position", "move__lot__expires_on", "move__lot__number", "pk")
    ]
    return {"rows": slip_rows(parts), "contact": contact_of(delivery.order)}


def returned(paper: CustomerReturn) -> dict[str, Any]:
    """What came back, by line of the order."""
    lines = paper.lines.select_related("delivery_line__order_line__item__base_unit", "move__lot")
    sold = [(each, each.delivery_line.order_line) for each in lines.order_by("pk")]
    parts = [Part(line.pk, _item(line), each.quantity, each.move.lot, line.description) for each, line in sold]
    return {"rows": slip_rows(parts)}


def package_labels(deliveries: Sequence[Delivery]) -> list[Label]:
    """One label for the packages of each delivery."""
    prefetch_related_objects(deliveries, "order__party", "company")
    return [
        Label(
            title=delivery.order.party.name,
            code=delivery.number,
            small=delivery.company.name,
            facts=(
                (_("Delivery address"), delivery.order.ship_to),
                (_("Waybill number"), delivery.tracking_number),
                (_("Carrier"), delivery.carrier),
                (_("Sales order"), delivery.order.number),
                (_("Customer's order number"), delivery.order.customer_reference),
            ),
        )
        for delivery in deliveries
    ]


def contact_of(order: SalesOrder) -> Any:
    """The person named in the order's contract, None without one."""
    contact = order.contract.contact if order.contract is not None else None
    return contact.person if contact is not None else None


def _item(line: Any) -> Any:
    if line.item is None:
        raise ValueError(f"{line} has no item")
    return line.item


ORDER_PRINTS = {
    "confirmation": Print(_("Order confirmation"), "erp/sales/print_confirmation.html", confirmation),
    "picking": Print(_("Picking list"), "erp/sales/print_picking.html", picking),
}
DELIVERY_PRINTS = {
    "note": Print(_("Delivery note"), "erp/sales/print_delivery.html", delivered),
    "labels": Print(_("Package labels"), labels=package_labels, bulk=True),
}
RETURN_PRINTS = {"slip": Print(_("Return slip"), "erp/sales/print_return.html", returned)}
