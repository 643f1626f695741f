"""What is suggested while an order is entered: the price of each line, and when its quantity can be promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.inventory.availability import Availability, Promise
from erp.masterdata.models import StockItem
from erp.planning.atp import availability_of
from erp.pricing.selectors import Quote, sales_prices
from erp.sales.models import SalesOrder
from suite.documents.lines import list_price_in
from suite.masters.decimals import round_exact
from suite.masters.errors import NoConversion
from suite.masters.models import Company, Item
from suite.masters.selectors import UnitConverter, default_company
from suite.pages.columns import quantity as as_quantity
from suite.pages.columns import short_date
from suite.pages.lines import Advice

Values = Mapping[str, Any]


def advise_order(user: Any, entered: Values, lines: Sequence[Values]) -> list[Advice]:
    """
    Suggest prices by the price lists, and say by when what is entered can be promised.

    Lines are promised in their order: what the first one takes is gone for the next.
    """
    company = entered["warehouse"].company if "warehouse" in entered else entered.get("company") or default_company()
    today = timezone.localdate()
    goods = [line for line in lines if "item" in line]
    factors = _factors(goods)
    quotes = iter(_quotes(company, entered, [line for line in goods if _key(line) in factors], today))
    books = availability_of(company, {line["item"].pk for line in goods}, today)
    lead_times = dict(StockItem.objects.filter(item__in=books).values_list("item_id", "lead_time_days"))
    wanted_date = max(entered.get("requested_on") or today, today)
    advice = []
    for line in lines:
        if "item" not in line:
            advice.append(Advice())
            continue
        item, factor = line["item"], factors.get(_key(line))
        if factor is None:
            text = _("Nothing says how many %(base)s one %(unit)s is.")
            advice.append(Advice(note=text % {"base": item.base_unit, "unit": line["unit"]}, tone="late"))
            continue
        quote = next(quotes)
        quantity = round_exact(Fraction(line.get("quantity", Decimal(1))) * factor, 6)
        day = max(line.get("requested_on") or wanted_date, today)
        lead_time = lead_times.get(item.pk)
        note, tone, books[item.pk] = _promise(books[item.pk], quantity, day, item, lead_time, today)
        source = quote.source if quote is not None else ""
        values = _values(company, entered, line, quote, factor)
        advice.append(Advice(values, " · ".join(filter(None, (note, source))), tone))
    return advice


def _key(line: Values) -> tuple[int, int]:
    item = line["item"]
    return item.pk, line["unit"].pk if "unit" in line else item.base_unit_id


def _factors(goods: Sequence[Values]) -> dict[tuple[int, int], Fraction]:
    """How many base units one of the unit of a line is, for every unit that a conversion leads from."""
    converter = UnitConverter(line["item"] for line in goods)
    found: dict[tuple[int, int], Fraction] = {}
    for line in goods:
        item = line["item"]
        try:
            found[_key(line)] = converter.factor(item, line.get("unit") or item.base_unit, item.base_unit)
        except NoConversion:
            continue
    return found


def _quotes(company: Company, entered: Values, goods: Sequence[Values], today: date) -> list[Quote | None]:
    if not {"party", "currency"} <= entered.keys():
        return [None] * len(goods)
    return sales_prices(
        party=entered["party"],
        company=company,
        currency=entered["currency"],
        includes_tax=bool(entered.get("price_includes_tax")),
        day=entered.get("document_date") or today,
        wanted=[(line["item"], line.get("unit"), line.get("quantity", Decimal(1))) for line in goods],
    )


def _values(company: Company, entered: Values, line: Values, quote: Quote | None, factor: Fraction) -> dict[str, str]:
    """The price and the discount of a line, as the service would fill them in."""
    price = quote.unit_price if quote is not None else None
    if price is None:
        draft = SalesOrder(
            company=company,
            exchange_rate=entered.get("exchange_rate") or Decimal(1),
            price_includes_tax=bool(entered.get("price_includes_tax")),
        )
        price = list_price_in(draft, line["item"].list_price, factor, line.get("tax_rate", Decimal(0)))
    discount = quote.discount_percent if quote is not None else Decimal(0)
    return {"unit_price": f"{price.normalize():f}", "discount_percent": f"{discount.normalize():f}"}


def _promise(
    books: Availability, quantity: Decimal, day: date, item: Item, lead_time: int | None, today: date
) -> tuple[str, str, Availability]:
    """What is said about one line, its colour, and what is left for the lines after it."""
    if quantity <= 0:
        return "", "", books
    promise, left = books.take(quantity, day)
    facts: dict[str, Any] = {
        "quantity": as_quantity(promise.on_wanted_date),
        "unit": item.base_unit,
        "day": short_date(day),
        "later": short_date(promise.full_date) if promise.full_date is not None else "",
    }
    if promise.full_date == day:
        return _("All of it can be had by %(day)s.") % facts, "done", left
    if promise.full_date is not None:
        return _partly(promise, facts), "wait", left
    later = max(today + timedelta(days=lead_time), day) if lead_time is not None else None
    return _to_be_ordered(promise, facts, later), "late", left


def _to_be_ordered(promise: Promise, facts: Mapping[str, Any], later: date | None) -> str:
    """What is said when what is on hand and on order does not suffice."""
    if later is None:
        if not promise.on_wanted_date:
            return _("None of it is free; it has to be ordered.")
        return _("%(quantity)s %(unit)s can be had by %(day)s; the rest has to be ordered.") % facts
    facts = {**facts, "later": short_date(later)}
    if not promise.on_wanted_date:
        return _("None of it is free; it has to be ordered and comes about %(later)s.") % facts
    return (
        _("%(quantity)s %(unit)s can be had by %(day)s; the rest has to be ordered and comes about %(later)s.") % facts
    )


def _partly(promise: Promise, facts: Mapping[str, Any]) -> str:
    if not promise.on_wanted_date:
        return _("All of it can be had on %(later)s.") % facts
    return _("%(quantity)s %(unit)s can be had by %(day)s, the rest on %(later)s.") % facts
