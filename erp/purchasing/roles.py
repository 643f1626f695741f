"""What the standard roles may do in purchasing."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_REQUEST, _ORDER = "erp.PurchaseRequest", "erp.PurchaseOrder"
_RECEIPT, _RETURN = "erp.GoodsReceipt", "erp.SupplierReturn"

GRANTS = {
    "purchaser": {
        _REQUEST: ((*_WORK, "order", "cancel"), _ALL),
        _ORDER: ((*_WORK, "import", "receive", "cancel"), _ALL),
        _RECEIPT: ((*_LOOK, "return"), _ALL),
        _RETURN: (_LOOK, _ALL),
        "suite.Party": (_WORK, _ALL),
    },
    "boss": {
        _REQUEST: ((*_LOOK, "approve"), _ALL),
        _ORDER: ((*_LOOK, "approve"), _ALL),
        _RECEIPT: (_LOOK, _ALL),
        _RETURN: (_LOOK, _ALL),
    },
    "warehouse": {
        _ORDER: (("view", "receive"), _ALL),
        _RECEIPT: ((*_LOOK, "return"), _ALL),
        _RETURN: (_LOOK, _ALL),
        "suite.Party": (("view",), _ALL),
    },
    "planner": {
        _REQUEST: ((*_WORK, "cancel"), _ALL),
        _ORDER: (_LOOK, _ALL),
        _RECEIPT: (("view",), _ALL),
        "suite.Party": (("view",), _ALL),
    },
    # Who pays, and is asked about orders, follows them from the requisition to what went back.
    "finance": dict.fromkeys((_REQUEST, _ORDER, _RECEIPT, _RETURN), (_LOOK, _ALL)),
}
