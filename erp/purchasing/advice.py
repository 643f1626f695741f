"""What is suggested while a purchase order is entered: the agreed or last price of each line, and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import suggest_prices
from suite.masters.errors import NoConversion
from suite.masters.selectors import default_company
from suite.pages.columns import quantity, short_date
from suite.pages.lines import Advice

Values = Mapping[str, Any]


def advise_order(user: Any, entered: Values, lines: Sequence[Values]) -> list[Advice]:
    """Suggest what is agreed with the supplier for each line, else what it last got."""
    goods = [line for line in lines if "item" in line]
    if not goods or not {"supplier", "currency"} <= entered.keys():
        return [Advice() for _line in lines]
    draft = PurchaseOrder(
        company=entered["warehouse"].company if "warehouse" in entered else default_company(),
        supplier=entered["supplier"],
        currency=entered["currency"],
        price_includes_tax=bool(entered.get("price_includes_tax")),
        document_date=entered.get("document_date") or timezone.localdate(),
    )
    try:
        quotes = iter(suggest_prices(draft, goods))
    except NoConversion as error:
        return [Advice(note=error, tone="late") if "item" in line else Advice() for line in lines]
    return [_advice(next(quotes), line) if "item" in line else Advice() for line in lines]


def _advice(quote: Any, line: Values) -> Advice:
    if quote is None or quote.unit_price is None:
        return Advice(note=_("Nothing is agreed with this supplier, and it was not bought there before."), tone="wait")
    parts, tone = [quote.source], ""
    if quote.lead_time_days is not None:
        day = timezone.localdate() + timedelta(days=quote.lead_time_days)
        parts.append(_("comes about %(day)s") % {"day": short_date(day)})
        needed_on = line.get("needed_on")
        tone = "late" if needed_on is not None and needed_on < day else ""
    if quote.order_minimum > line.get("quantity", Decimal(1)):
        parts.append(_("not less than %(minimum)s is delivered") % {"minimum": quantity(quote.order_minimum)})
        tone = "late"
    return Advice({"unit_price": f"{quote.unit_price.normalize():f}"}, " · ".join(parts), tone)
