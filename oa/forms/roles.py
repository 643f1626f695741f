"""What the standard roles may do with forms and requests."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_TEMPLATE, _REQUEST = "oa.FormTemplate", "oa.FormRequest"
_SELF = {_REQUEST: (("view", "add", "change"), _OWN)}
_LEADS = {_REQUEST: (("view", "add", "change", "export", "approve"), _TREE)}

GRANTS = {
    **dict.fromkeys((*ORDINARY, "hr"), _SELF),
    **dict.fromkeys(("department_manager", "sales_manager"), _LEADS),
    "boss": {_REQUEST: (("view", "add", "change", "export", "approve"), _ALL)},
    "administrator": {**_SELF, _TEMPLATE: (("view", "add", "change", "export"), _ALL)},
}
