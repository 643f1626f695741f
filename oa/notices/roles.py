"""What the standard roles may do with notices."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_NOTICE = "oa.Notice"
_READS = {_NOTICE: (("view", "read"), ScopeLevel.OWN)}
_WRITES = {_NOTICE: (("view", "read", "add", "change", "delete", "export"), ScopeLevel.OWN)}
_PUBLISHES = {_NOTICE: (("view", "read", "add", "change", "delete", "export", "publish"), ScopeLevel.ALL)}

GRANTS = {
    **dict.fromkeys(ORDINARY, _READS),
    **dict.fromkeys(("department_manager", "sales_manager"), _WRITES),
    **dict.fromkeys(("boss", "hr", "administrator"), _PUBLISHES),
}
