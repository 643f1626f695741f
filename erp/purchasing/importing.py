"""Open purchase orders of another system out of files: each by the services that draw up and release an order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from erp.importing import (
    Entry,
    OpenOrder,
    Progress,
    Rows,
    Warnings,
    one_import_at_a_time,
    open_orders,
    raise_errors,
    report,
)
from erp.masterdata.services import default_warehouse
from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import create_order, release_order, update_order
from suite.access.models import User
from suite.masters.selectors import default_company

LINE_COLUMNS = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "promised_on")


@transaction.atomic
def import_open_orders(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Take over what suppliers still owe: rows with the same old number become one order with lines.

    An order is released, for the supplier has it, unless ``is_draft`` says otherwise. A known draft gets the lines of
    the file in place of its own; a released order cannot be changed so.

    :param rows: columns of :class:`PurchaseOrder`, ``line_…`` of its lines and ``is_draft``, with ``_row`` and perhaps
        ``_existing``; all rows of an order of which one is new or changed.
    :returns: ``created``, ``updated``, ``unchanged`` (rows of orders that are there already), ``warnings``: row →
        texts, for dates promised before the order was given too.
    :raises RowErrors: naming every row that cannot be taken over; nothing is written.
    """
    entries = [Entry.of(row) for row in rows]
    sound = [order for order in open_orders(entries) if order.check("supplier", "line_item", "line_quantity")]
    for order in sound:
        if order.existing is None and "warehouse" not in order.head:
            order.head["warehouse"] = default_warehouse(default_company())
    one_import_at_a_time({_company(order) for order in sound})
    warnings = _already_there([order for order in sound if order.existing is None])
    todo = [order for order in sound if not order.numbers & warnings.keys()]
    unchanged = set(warnings)
    for done, order in enumerate(todo, start=1):
        order.write(partial(_write, order, actor, at))
        warnings |= _early_promises(order)
        report(progress, done, len(todo))
    raise_errors(entries)
    created = sum(order.existing is None for order in todo)
    return {"created": created, "updated": len(todo) - created, "unchanged": unchanged, "warnings": warnings}


def _company(order: OpenOrder) -> int:
    existing: PurchaseOrder | None = order.existing
    return existing.company_id if existing is not None else order.head["warehouse"].company_id


def _write(order: OpenOrder, actor: User, at: datetime) -> PurchaseOrder:
    head = dict(order.head)
    is_draft = head.pop("is_draft", False)
    lines = order.rows(LINE_COLUMNS)
    days = [line["promised_on"] for line in lines if "promised_on" in line]
    if days:
        head["expected_on"] = min(days)
    if order.existing is not None:
        return update_order(order=order.existing, lines=lines, actor=actor, at=at, **head)
    made = create_order(lines=lines, actor=actor, at=at, **head)
    if is_draft:
        return made
    made = PurchaseOrder.objects.lock(made)
    made.become(OrderStatus.APPROVING, actor=actor, at=at)
    return release_order(order=made, actor=actor, at=at)


def _already_there(orders: Sequence[OpenOrder]) -> Warnings:
    """Return the rows of orders that somebody else imported since the file was read."""
    companies = {_company(order) for order in orders}
    found = PurchaseOrder.objects.filter(company__in=companies, external_key__in=[order.key for order in orders])
    known = {(row.company_id, row.external_key): row for row in found}
    warnings: Warnings = {}
    for order in orders:
        row = known.get((_company(order), order.key))
        if row is not None:
            text = _("Order %(old)s is already there as %(number)s.") % {"old": order.key, "number": row}
            warnings |= {number: [text] for number in order.numbers}
    return warnings


def _early_promises(order: OpenOrder) -> Warnings:
    """Return the rows whose goods were promised for a day before the order was given."""
    ordered = order.head.get("document_date")
    return {
        entry.number: [_("It is promised for a day before the order was given.")]
        for entry in order.entries
        if ordered is not None and entry.line.get("promised_on", ordered) < ordered
    }
