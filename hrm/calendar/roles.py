"""What the standard roles may do with the calendar."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_DAY = "hrm.HolidayDay"

GRANTS = {
    **{role: {_DAY: (("view",), _ALL)} for role in ("boss", "department_manager", "sales_manager", *ORDINARY)},
    "hr": {_DAY: (("view", "change", "export", "import"), _ALL)},
    "administrator": {_DAY: (("view", "change", "import"), _ALL)},
}
