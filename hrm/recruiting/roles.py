"""What the standard roles may do in recruiting."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_WORK = ("view", "add", "change", "export")
# Whoever is asked to talk to a candidate judges the talk.
_TALK = {"hrm.Interview": (("view", "judge"), _OWN)}
_LEADS = {
    "hrm.Requisition": (("view", "add", "change"), _TREE),
    "hrm.Candidate": (("view",), _TREE),
    "hrm.Interview": (("view", "judge"), _TREE),
}

GRANTS = {
    **dict.fromkeys(ORDINARY, _TALK),
    **dict.fromkeys(("department_manager", "sales_manager"), _LEADS),
    "hr": {
        "hrm.Requisition": (_WORK, _ALL),
        "hrm.Candidate": ((*_WORK, "import", "view_sensitive", "hire"), _ALL),
        "hrm.Interview": ((*_WORK, "delete", "judge"), _ALL),
        "hrm.Offer": ((*_WORK, "view_sensitive"), _ALL),
    },
    "boss": {
        "hrm.Requisition": ((*_LOOK, "approve"), _ALL),
        "hrm.Candidate": ((*_LOOK, "view_sensitive"), _ALL),
        "hrm.Interview": (("view", "judge"), _ALL),
        "hrm.Offer": ((*_LOOK, "approve", "view_sensitive"), _ALL),
    },
}
