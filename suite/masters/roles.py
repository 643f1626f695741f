"""What the standard roles may do with master data."""

from __future__ import annotations

from collections.abc import Iterable

from suite.access.choices import ScopeLevel

Grant = tuple[tuple[str, ...], str]

_GOODS = ("suite.Item", "suite.ItemUnit", "suite.ItemCategory", "suite.Unit", "suite.UnitConversion")
_MONEY = ("suite.Currency", "suite.ExchangeRate", "suite.TaxCode", "suite.TaxRate", "suite.PaymentTerms")
_IMPORTED = ("suite.Item", "suite.ItemUnit", "suite.ItemCategory", "suite.Unit", "suite.ExchangeRate")


def _grants(labels: Iterable[str], *actions: str) -> dict[str, Grant]:
    return dict.fromkeys(labels, (actions, ScopeLevel.ALL))


def _edit(labels: Iterable[str]) -> dict[str, Grant]:
    basic = ("view", "add", "change", "delete", "export")
    return {label: ((*basic, "import") if label in _IMPORTED else basic, ScopeLevel.ALL) for label in labels}


# Documents name items, units, currencies and terms; whoever writes or reads one has to find them.
_CHOICES = _grants((*_GOODS, *_MONEY), "view")
_COMPANY = _grants(["suite.Company"], "view")

GRANTS = {
    **dict.fromkeys(("salesperson", "customer_service", "purchaser", "warehouse"), _CHOICES),
    "boss": {**_CHOICES, **_COMPANY},
    "sales_manager": {**_CHOICES, **_edit(_GOODS)},
    "planner": {**_CHOICES, **_edit(_GOODS)},
    "finance": {**_CHOICES, **_COMPANY, **_edit(_MONEY)},
    "administrator": {**_edit((*_GOODS, *_MONEY)), **_grants(["suite.Company"], "view", "add", "change")},
}
