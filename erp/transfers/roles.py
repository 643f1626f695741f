"""What the standard roles may do with transfers."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_ORDER = "erp.TransferOrder"

GRANTS = {
    "warehouse": {_ORDER: ((*_LOOK, "add", "change", "ship", "receive", "cancel"), _ALL)},
    "planner": {_ORDER: ((*_LOOK, "add", "change", "cancel"), _ALL)},
    "purchaser": {_ORDER: ((*_LOOK, "add", "change", "cancel"), _ALL)},
    "boss": {_ORDER: ((*_LOOK, "write_off", "cancel"), _ALL)},
    "finance": {_ORDER: ((*_LOOK, "write_off"), _ALL)},
}
