"""What the standard roles may do with the calendar."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_DAY = "hrm.HolidayDay"

_EVERYBODY = (
    "boss",
    "department_manager",
    "sales_manager",
    "salesperson",
    "customer_service",
    "finance",
    "purchaser",
    "warehouse",
    "planner",
)

GRANTS = {
    **{role: {_DAY: (("view",), _ALL)} for role in _EVERYBODY},
    "hr": {_DAY: (("view", "change", "export", "import"), _ALL)},
    "administrator": {_DAY: (("view", "change", "import"), _ALL)},
}
