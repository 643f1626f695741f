"""What the standard roles may do with prices; what suppliers charge is not for people who sell."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_LIST, _PRICE, _AGREEMENT = "erp.PriceList", "erp.PriceListLine", "erp.PriceAgreement"
_EDIT_LISTS = {_LIST: (_WORK, _ALL), _PRICE: ((*_WORK, "delete", "import"), _ALL)}
_SEE_LISTS = {_LIST: (_LOOK, _ALL), _PRICE: (_LOOK, _ALL)}

GRANTS = {
    "salesperson": {_LIST: (("view",), _ALL), _PRICE: (("view",), _ALL)},
    "sales_manager": _EDIT_LISTS,
    "purchaser": {_AGREEMENT: (_WORK, _ALL)},
    "finance": {**_SEE_LISTS, _AGREEMENT: (_LOOK, _ALL)},
    "boss": {**_EDIT_LISTS, _AGREEMENT: ((*_LOOK, "approve"), _ALL)},
}
