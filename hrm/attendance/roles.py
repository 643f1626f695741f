"""What the standard roles may do with attendance."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_REQUESTS = ("hrm.PunchCorrection", "hrm.Outing", "hrm.OvertimeRequest")
_CHOICES = {"hrm.Shift": (("view",), _ALL), "hrm.WorkSchedule": (("view",), _ALL)}

# Everybody: own days, punches and requests.
_SELF = {
    **_CHOICES,
    "hrm.AttendanceDay": (("view",), _OWN),
    "hrm.Punch": (("view",), _OWN),
    "hrm.RosterDay": (("view",), _OWN),
    **dict.fromkeys(_REQUESTS, (("view", "add", "change"), _OWN)),
}
# Who leads people: theirs as well, and the decision.
_LEADS = {
    **_CHOICES,
    "hrm.AttendanceDay": (("view", "export", "resolve"), _TREE),
    "hrm.Punch": (("view", "export"), _TREE),
    "hrm.RosterDay": (("view", "add", "change", "delete", "export", "import"), _TREE),
    "hrm.ScheduleMember": (("view",), _TREE),
    **dict.fromkeys(_REQUESTS, (("view", "add", "change", "export", "approve"), _TREE)),
}

GRANTS = {
    **dict.fromkeys((*ORDINARY, "administrator"), _SELF),
    **dict.fromkeys(("boss", "department_manager", "sales_manager"), _LEADS),
    "hr": {
        # Shifts, schedules and results are of a company, which has to be chosen.
        "suite.Company": (("view",), _ALL),
        "hrm.Shift": (("view", "add", "change", "export"), _ALL),
        "hrm.WorkSchedule": (("view", "add", "change", "export"), _ALL),
        "hrm.ScheduleMember": (("view", "add", "change", "export", "import"), _ALL),
        "hrm.RosterDay": (("view", "add", "change", "delete", "export", "import"), _ALL),
        "hrm.Punch": (("view", "add", "export", "import", "correct"), _ALL),
        "hrm.AttendanceDay": (("view", "export", "resolve", "compute"), _ALL),
        **dict.fromkeys(_REQUESTS, (("view", "add", "change", "export", "approve"), _ALL)),
    },
}
