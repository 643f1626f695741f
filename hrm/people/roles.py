"""What the standard roles may do with personnel."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
_EDIT = (*_WORK, "delete")
# Everybody does tasks that are theirs, and sees their own places, papers and things; of pay nothing.
_SELF = {
    "hrm.StaffTask": (("view", "complete"), _OWN),
    "hrm.Assignment": (("view",), _OWN),
    "hrm.Certificate": (("view",), _OWN),
    "hrm.AssetLoan": (("view",), _OWN),
}

_LEADS = {
    **_SELF,
    "hrm.StaffTask": (("view", "complete"), _TREE),
    "hrm.Assignment": (("view",), _TREE),
    "hrm.PersonnelChange": (("view", "add", "change"), _TREE),
}

GRANTS = {
    **dict.fromkeys(ORDINARY, _SELF),
    "sales_manager": _LEADS,
    # Whatever else they are, they see the pay that is their own and no other.
    "department_manager": {**_LEADS, "hrm.Payslip": (("view", "confirm"), _OWN)},
    "administrator": {
        "hrm.StaffTask": (("view", "complete"), _ALL),
        "hrm.TaskTemplate": (("view",), _ALL),
    },
    "hr": {
        "suite.Company": (("view",), _ALL),
        "hrm.Assignment": (_LOOK, _ALL),
        "hrm.PersonnelChange": (_WORK, _ALL),
        "hrm.LaborContract": ((*_EDIT, "view_sensitive"), _ALL),
        "hrm.MinimumWage": (_EDIT, _ALL),
        "hrm.Certificate": ((*_EDIT, "view_sensitive"), _ALL),
        "hrm.AssetLoan": (_WORK, _ALL),
        "hrm.TaskTemplate": (_EDIT, _ALL),
        "hrm.StaffTask": ((*_WORK, "complete"), _ALL),
        "hrm.StaffAlert": (_LOOK, _ALL),
    },
    "boss": {
        **_SELF,
        "hrm.StaffTask": (("view", "complete"), _ALL),
        "hrm.Assignment": (_LOOK, _ALL),
        "hrm.PersonnelChange": ((*_LOOK, "approve"), _ALL),
        "hrm.LaborContract": (_LOOK, _ALL),
        "hrm.StaffAlert": (_LOOK, _ALL),
    },
}
