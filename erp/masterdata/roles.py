"""What the standard roles may do with warehouses and with how items are stocked."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
# Lists and forms name warehouses and places; whoever sees stock has to find them.
_PLACES = {"erp.Warehouse": (("view",), _ALL), "erp.Location": (("view",), _ALL)}
_LOOK = {
    **_PLACES,
    "erp.StockItem": (("view", "export"), _ALL),
    "erp.StockLimit": (("view", "export"), _ALL),
}
_LIMITS = (("view", "add", "change", "delete", "export", "import"), _ALL)

GRANTS = {
    **dict.fromkeys(("salesperson", "sales_manager"), _PLACES),
    **dict.fromkeys(("warehouse", "purchaser", "finance", "boss"), _LOOK),
    "administrator": {
        "erp.Warehouse": (("view", "add", "change", "export"), _ALL),
        "erp.Location": (("view", "export"), _ALL),
        "erp.StockItem": (("view", "export", "import"), _ALL),
        "erp.StockLimit": _LIMITS,
    },
    # Who plans chooses the usual supplier too.
    "planner": {
        **_LOOK,
        "erp.StockItem": (("view", "add", "change", "export", "import"), _ALL),
        "erp.StockLimit": _LIMITS,
    },
}
