"""What the standard roles may do with sales orders."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_PAPERS = ("erp.SalesOrderLine", "erp.Delivery", "erp.CustomerReturn")
_LOOK = ("view", "export")

GRANTS = {
    "salesperson": {
        "erp.SalesOrder": (("view", "add", "change", "export", "cancel"), _OWN),
        **dict.fromkeys(_PAPERS, (("view",), _OWN)),
    },
    "sales_manager": {
        "erp.SalesOrder": (("view", "add", "change", "export", "import", "cancel", "approve"), _TREE),
        **dict.fromkeys(_PAPERS, (_LOOK, _TREE)),
    },
    "warehouse": {
        "erp.SalesOrder": (("view", "deliver"), _ALL),
        "erp.SalesOrderLine": (_LOOK, _ALL),
        "erp.Delivery": (("view", "change", "return", "export"), _ALL),
        "erp.CustomerReturn": (_LOOK, _ALL),
    },
    **dict.fromkeys(("planner", "customer_service"), dict.fromkeys(("erp.SalesOrder", *_PAPERS), (_LOOK, _ALL))),
    "finance": dict.fromkeys(("erp.SalesOrder", *_PAPERS), (_LOOK, _ALL)),
    "boss": {
        "erp.SalesOrder": (("view", "export", "approve", "cancel", "exceed_credit"), _ALL),
        **dict.fromkeys(_PAPERS, (_LOOK, _ALL)),
    },
}
