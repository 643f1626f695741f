"""What the standard roles may do with reorganisations."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_PAPER = "hrm.Reorganisation"

GRANTS = {
    "hr": {_PAPER: (("view", "export", "add", "change", "submit", "cancel"), _ALL)},
    "boss": {_PAPER: (("view", "export", "add", "change", "submit", "approve", "cancel"), _ALL)},
    "administrator": {_PAPER: (("view", "export"), _ALL)},
}
