"""What stock answers to those who sell in CRM: what not to promote, and what can be promised of an offer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.insights import stock
from erp.inventory.availability import Availability
from erp.masterdata.models import StockItem
from erp.planning.atp import availability_of
from erp.planning.promises.selectors import alerts_of
from erp.sales.advice import advise_order
from suite.core.text import listed
from suite.masters.models import Company, Item
from suite.masters.selectors import default_company
from suite.pages.columns import quantity, short_date
from suite.pages.lines import Advice

# Either tells somebody what there is; without one of them stock is nobody's business.
SEE_STOCK = ("erp.view_stockalert", "erp.view_stockquant")


@stock.promotion_warnings.provide
def promotion_warnings(items: Iterable[Item | int], company: Company, at: datetime) -> dict[int, str]:
    """
    Return why items should not be promoted now: nothing of them can be promised, or an alert says that they are short.

    Items that are not kept in stock are left out.
    """
    pks = {each.pk if isinstance(each, Item) else each for each in items}
    stocked = StockItem.objects.filter(item__in=pks).select_related("item__base_unit")
    rows = {each.item_id: each.item for each in stocked}
    today = timezone.localdate(at)
    books = availability_of(company, rows, today) if rows else {}
    alerts = alerts_of(company, rows)
    found = {}
    for pk, item in rows.items():
        free = books[pk].on(today)
        if free <= 0 or alerts[pk]:
            parts = (_now(item, books[pk], today, alerts[pk]), _later(item, books[pk], today))
            found[pk] = " ".join(filter(None, parts))
    return found


def _now(item: Item, book: Availability, today: Any, alerts: Sequence[str]) -> str:
    free = book.on(today)
    facts = {"quantity": quantity(free), "unit": item.base_unit, "alerts": listed(alerts)}
    if free <= 0:
        return _("Nothing of it can be promised now: do not promote it any more.")
    return _("%(alerts)s: only %(quantity)s %(unit)s can be promised now; do not promote it any more.") % facts


def _later(item: Item, book: Availability, today: Any) -> str:
    """From when on there is more; empty when nobody knows."""
    free = book.on(today)
    for point in book.points:
        if point.date > today and point.cumulative > free:
            facts = {"quantity": quantity(point.cumulative), "unit": item.base_unit, "day": short_date(point.date)}
            return _("From %(day)s on it is %(quantity)s %(unit)s.") % facts
    return ""


@stock.selling_advice.provide
def selling_advice(user: Any, entered: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> Sequence[Advice]:
    """Suggest the prices of the price lists, and say when each line can be promised and which items are short."""
    if not any(user.has_perm(permission) for permission in SEE_STOCK):
        return [Advice() for _line in lines]
    company = entered["customer"].company if "customer" in entered else default_company()
    asked = {"company": company}
    if "customer" in entered:
        asked["party"] = entered["customer"].party
    if "delivery_date" in entered:
        asked["requested_on"] = entered["delivery_date"]
    alerts = alerts_of(company, [line["item"].pk for line in lines if "item" in line])
    found = []
    for line, advice in zip(lines, advise_order(user, asked, lines), strict=True):
        warned = listed(alerts[line["item"].pk]) if "item" in line else ""
        note = " · ".join(filter(None, (str(advice.note), warned)))
        tone = "wait" if warned and advice.tone == "done" else advice.tone
        found.append(replace(advice, note=note, tone=tone))
    return found
