"""What the standard roles may do with performance, training and skills."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_EDIT = ("view", "export", "add", "change", "delete")
_INDICATOR, _RULE, _PLAN, _SHEET = "hrm.KpiIndicator", "hrm.GradeRule", "hrm.KpiPlan", "hrm.KpiSheet"
_SKILL, _COURSE, _HOLDING = "hrm.Skill", "hrm.Course", "hrm.SkillHolding"
_SESSION, _ENROLMENT = "hrm.TrainingSession", "hrm.TrainingEnrolment"
# Everybody reads what is measured and taught, assesses themselves and takes part.
_PERSON = {
    _INDICATOR: (("view",), _ALL),
    _PLAN: (("view",), _ALL),
    _SHEET: (("view", "assess"), _OWN),
    _SKILL: (("view",), _ALL),
    _COURSE: (("view",), _ALL),
    _SESSION: (("view", "join"), _ALL),
    _ENROLMENT: (("view", "withdraw"), _OWN),
    _HOLDING: (("view",), _OWN),
}
_MANAGE = {
    **_PERSON,
    _SHEET: ((*_LOOK, "change", "assess", "score"), _TREE),
    _ENROLMENT: ((*_LOOK, "withdraw"), _TREE),
    _HOLDING: (_LOOK, _TREE),
}

GRANTS = {
    **dict.fromkeys((*ORDINARY, "administrator"), _PERSON),
    **dict.fromkeys(("department_manager", "sales_manager"), _MANAGE),
    "boss": {
        **_PERSON,
        _RULE: (_LOOK, _ALL),
        _PLAN: ((*_LOOK, "run", "close", "see_productivity"), _ALL),
        _SHEET: ((*_LOOK, "change", "assess", "score", "calibrate"), _ALL),
        _SESSION: ((*_LOOK, "join"), _ALL),
        _ENROLMENT: ((*_LOOK, "withdraw"), _ALL),
        _HOLDING: (_LOOK, _ALL),
    },
    "hr": {
        _INDICATOR: ((*_EDIT, "import"), _ALL),
        _RULE: (_EDIT, _ALL),
        _PLAN: ((*_LOOK, "add", "change", "run", "close", "see_productivity"), _ALL),
        _SHEET: ((*_LOOK, "change", "assess", "score", "calibrate", "cancel"), _ALL),
        _SKILL: ((*_EDIT, "import"), _ALL),
        _COURSE: (_EDIT, _ALL),
        _SESSION: ((*_LOOK, "add", "change", "join", "enrol", "record"), _ALL),
        _ENROLMENT: ((*_LOOK, "withdraw"), _ALL),
        _HOLDING: ((*_LOOK, "add", "import", "end"), _ALL),
        # Grades are of a company, which is to be chosen.
        "suite.Company": (("view",), _ALL),
    },
}
