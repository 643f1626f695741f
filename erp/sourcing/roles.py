"""What the standard roles may do in sourcing; what suppliers quote is not for people who sell."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_RFQ, _QUOTE, _BLANKET = "erp.RequestForQuotation", "erp.SupplierQuote", "erp.BlanketOrder"

GRANTS = {
    "purchaser": {
        _RFQ: ((*_WORK, "award", "cancel"), _ALL),
        _QUOTE: (_LOOK, _ALL),
        _BLANKET: ((*_WORK, "call_off"), _ALL),
    },
    "boss": {
        _RFQ: ((*_LOOK, "award"), _ALL),
        _QUOTE: (_LOOK, _ALL),
        _BLANKET: ((*_LOOK, "approve"), _ALL),
    },
    "finance": dict.fromkeys((_RFQ, _QUOTE, _BLANKET), (_LOOK, _ALL)),
}
