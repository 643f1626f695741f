"""Open sales orders of another system out of files: each by the services that draw up and confirm an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.importing import (
    KEY,
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
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder
from erp.sales.services import create_order, take_over_order, update_order
from suite.access.models import User
from suite.masters.models import Company
from suite.masters.selectors import default_company, rate_on

LINE_COLUMNS = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "requested_on")


@transaction.atomic
def import_open_orders(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Take over what customers are still owed: rows with the same old number become one order with lines.

    An order is confirmed, with stock kept and shortages raised, unless ``is_draft`` says otherwise. A known draft gets
    the lines of the file in place of its own; a confirmed order cannot be changed so. An order that came out of a CRM
    contract is not entered a second time: see :func:`_carried_over`.

    :param rows: columns of :class:`SalesOrder`, ``line_…`` of its lines and ``is_draft``, with ``_row`` and perhaps
        ``_existing``; all rows of an order of which one is new or changed.
    :returns: ``created``, ``updated``, ``unchanged`` (rows of orders that are there already), ``warnings``.
    :raises RowErrors: naming every row that cannot be taken over; nothing is written.
    """
    entries = [Entry.of(row) for row in rows]
    orders = open_orders(entries)
    sound = [order for order in orders if order.check("party", "line_item", "line_quantity")]
    companies = {order.key: _company(order) for order in sound}
    one_import_at_a_time({company.pk for company in companies.values()})
    warnings = _already_there([order for order in sound if order.existing is None], companies)
    todo = [order for order in sound if not order.numbers & warnings.keys()]
    unchanged = set(warnings)
    for done, order in enumerate(todo, start=1):
        written = order.write(partial(_write, order, companies[order.key], actor, at))
        if written is not None and written.status == OrderStatus.APPROVING:
            text = _("%(number)s waits for approval: beyond the credit limit.") % {"number": written}
            warnings.setdefault(order.entries[0].number, []).append(text)
        report(progress, done, len(todo))
    raise_errors(entries)
    created = sum(order.existing is None for order in todo)
    return {"created": created, "updated": len(todo) - created, "unchanged": unchanged, "warnings": warnings}


def _company(order: OpenOrder) -> Company:
    if order.existing is not None:
        return Company.objects.get(pk=order.existing.company_id)
    warehouse = order.head.get("warehouse")
    return warehouse.company if warehouse is not None else default_company()


def _write(order: OpenOrder, company: Company, actor: User, at: datetime) -> SalesOrder:
    head = dict(order.head)
    is_draft = head.pop("is_draft", False)
    lines = order.rows(LINE_COLUMNS)
    days = [line["requested_on"] for line in lines if "requested_on" in line]
    if days:
        head["requested_on"] = min(days)
    if order.existing is not None:
        return update_order(salesorder=order.existing, lines=lines, actor=actor, at=at, **head)
    currency = head.get("currency")
    if currency is not None and currency != company.base_currency:
        head["exchange_rate"] = rate_on(currency, head.get("document_date") or timezone.localdate(at))
    head.setdefault("payment_terms", head["party"].payment_terms)
    made = create_order(lines=lines, actor=actor, at=at, **{"company": company, **head})
    return made if is_draft else take_over_order(salesorder=made, actor=actor, at=at)


def _already_there(orders: Sequence[OpenOrder], companies: dict[str, Company]) -> Warnings:
    """Return the rows of orders that are there: imported by somebody else meanwhile, or out of a contract."""
    found = SalesOrder.objects.filter(company__in=set(companies.values()), external_key__in=[o.key for o in orders])
    known = {(row.company_id, row.external_key): row for row in found}
    carried = _carried_over(orders)
    warnings: Warnings = {}
    for order in orders:
        row = known.get((companies[order.key].pk, order.key)) or carried.get(order.key)
        if row is not None:
            text = _("Order %(old)s is already there as %(number)s.") % {"old": order.key, "number": row}
            warnings |= {number: [text] for number in order.numbers}
    return warnings


def _carried_over(orders: Sequence[OpenOrder]) -> dict[str, SalesOrder]:
    """
    Return the orders that came out of contracts, by the old number under which the file has them again.

    The old number, or the customer's own order number, is that of the contract or of the customer there.
    """
    parties = {order.head["party"].pk for order in orders}
    rows = SalesOrder.objects.filter(party__in=parties, contract__isnull=False).exclude(status=OrderStatus.CANCELLED)
    names: dict[int, dict[str, SalesOrder]] = defaultdict(dict)
    for row in rows.select_related("contract").order_by("-pk"):
        contract = row.contract
        numbers = [row.customer_reference]
        numbers += [contract.number, contract.external_key, contract.customer_reference] if contract else []
        names[row.party_id] |= {_plain(number): row for number in numbers if number}
    found = {}
    for order in orders:
        known = names[order.head["party"].pk]
        for number in (order.head[KEY], order.head.get("customer_reference", "")):
            if _plain(number) in known:
                found[order.key] = known[_plain(number)]
    return found


def _plain(number: str) -> str:
    return number.strip().casefold()
