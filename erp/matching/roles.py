"""What the standard roles may do with what suppliers bill."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")

GRANTS = {
    "finance": {
        "erp.GoodsReceiptLine": ((*_LOOK, "bill"), _ALL),
        "erp.InvoiceMatch": ((*_LOOK, "release"), _ALL),
    },
    "purchaser": {"erp.GoodsReceiptLine": (_LOOK, _ALL), "erp.InvoiceMatch": (_LOOK, _ALL)},
    # Who sees receipts sees what is on them.
    **{role: {"erp.GoodsReceiptLine": (("view",), _ALL)} for role in ("warehouse", "planner")},
    "boss": {"erp.GoodsReceiptLine": (_LOOK, _ALL), "erp.InvoiceMatch": ((*_LOOK, "release"), _ALL)},
}
