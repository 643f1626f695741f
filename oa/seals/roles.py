"""What the standard roles may do with seals."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_SEAL, _USE = "oa.Seal", "oa.SealUse"
_ASKS = {_SEAL: (("view",), _ALL), _USE: (("view", "add", "change", "stamp"), _OWN)}
_LISTS = {_SEAL: (("view",), _ALL), _USE: (("view", "add", "change", "stamp", "export"), _OWN)}
_DECIDES = {_SEAL: (("view",), _ALL), _USE: (("view", "add", "change", "stamp", "approve", "export"), _TREE)}

GRANTS = {
    **dict.fromkeys(ORDINARY, _ASKS),
    **dict.fromkeys(("department_manager", "sales_manager"), _DECIDES),
    **dict.fromkeys(("finance", "hr"), _LISTS),
    "boss": {
        _SEAL: (("view", "add", "change", "export"), _ALL),
        _USE: (("view", "add", "change", "stamp", "approve", "export"), _ALL),
    },
    "administrator": {
        _SEAL: (("view", "add", "change", "export"), _ALL),
        _USE: (("view", "add", "change", "stamp", "export"), _OWN),
    },
}
