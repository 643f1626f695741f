"""What the standard roles may do with counts; who counts does not see what the books say."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_SHEET, _LINE = "erp.CountSheet", "erp.CountLine"
_DECIDE = {
    _SHEET: ((*_LOOK, "add", "change", "approve", "cancel"), _ALL),
    _LINE: ((*_LOOK, "view_sensitive", "explain"), _ALL),
}

GRANTS = {
    "warehouse": {
        _SHEET: ((*_LOOK, "add", "change", "count", "cancel"), _ALL),
        _LINE: ((*_LOOK, "count"), _ALL),
    },
    "boss": _DECIDE,
    "finance": _DECIDE,
}
