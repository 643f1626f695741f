"""What the standard roles may do with stock."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
# What there is, not what it is worth.
_ON_HAND = {"erp.StockQuant": (_LOOK, _ALL), "erp.Lot": (_LOOK, _ALL)}
_WORTH = {
    **_ON_HAND,
    "erp.StockMove": ((*_LOOK, "view_sensitive"), _ALL),
    "erp.StockValue": (_LOOK, _ALL),
    "erp.ValuationEntry": (_LOOK, _ALL),
    "erp.CostAdjustment": (_LOOK, _ALL),
}

GRANTS = {
    **dict.fromkeys(("planner", "purchaser", "salesperson", "sales_manager"), _ON_HAND),
    **dict.fromkeys(("finance", "boss"), _WORTH),
    "warehouse": {
        "erp.StockQuant": ((*_LOOK, "hold", "judge", "transfer"), _ALL),
        "erp.Lot": ((*_LOOK, "change"), _ALL),
        "erp.StockMove": (_LOOK, _ALL),
    },
}
