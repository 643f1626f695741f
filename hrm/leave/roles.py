"""What the standard roles may do with leave."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_TYPE, _REQUEST, _ENTRY = "hrm.LeaveType", "hrm.LeaveRequest", "hrm.LeaveEntry"
_SELF = {
    _TYPE: (("view",), _ALL),
    _REQUEST: (("view", "add", "change"), _OWN),
    _ENTRY: (("view",), _OWN),
}
_LEADS = {
    _TYPE: (("view",), _ALL),
    _REQUEST: (("view", "add", "change", "export", "approve"), _TREE),
    _ENTRY: (("view", "export"), _TREE),
}

GRANTS = {
    **dict.fromkeys((*ORDINARY, "administrator"), _SELF),
    **dict.fromkeys(("boss", "department_manager", "sales_manager"), _LEADS),
    "hr": {
        _TYPE: (("view", "add", "change", "export"), _ALL),
        _REQUEST: (("view", "add", "change", "export", "approve"), _ALL),
        _ENTRY: (("view", "add", "export"), _ALL),
    },
}
