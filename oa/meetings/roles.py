"""What the standard roles may do with rooms and meetings."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _ALL = ScopeLevel.OWN, ScopeLevel.ALL
_ROOM, _MEETING = "oa.Room", "oa.Meeting"
_MEETS = {_ROOM: (("view",), _ALL), _MEETING: (("view", "add", "change", "answer"), _OWN)}
_KEEPS_ROOMS = {
    _ROOM: (("view", "add", "change", "export"), _ALL),
    _MEETING: (("view", "add", "change", "answer", "export"), _OWN),
}

GRANTS = {
    **dict.fromkeys(
        ("boss", "department_manager", "sales_manager", *ORDINARY),
        _MEETS,
    ),
    **dict.fromkeys(("hr", "administrator"), _KEEPS_ROOMS),
}
