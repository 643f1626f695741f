"""What sales orders know that quotations and contracts ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm.contracts.advice import line_advice
from erp.sales.advice import advise_order
from suite.pages.lines import Advice

Values = Mapping[str, Any]


@line_advice.provide
def advise_contract(user: Any, entered: Values, lines: Sequence[Values]) -> Sequence[Advice]:
    """Suggest the prices of the price lists, and say by when what is entered can be promised."""
    known = dict(entered)
    if "customer" in entered:
        known["party"] = entered["customer"].party
    if "delivery_date" in entered:
        known["requested_on"] = entered["delivery_date"]
    return advise_order(user, known, lines)
