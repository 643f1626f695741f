"""The standard roles, and what they may do with the organisation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from suite.access.choices import ScopeLevel

ROLES = {
    "boss": _("General manager"),
    "sales_manager": _("Sales manager"),
    "salesperson": _("Salesperson"),
    "hr": _("HR officer"),
    "finance": _("Accountant"),
    "purchaser": _("Purchaser"),
    "warehouse": _("Warehouse keeper"),
    "planner": _("Planner"),
    "administrator": _("System administrator"),
}

_ALL = ScopeLevel.ALL
_DIRECTORY = {
    "hrm.Department": (("view",), _ALL),
    "hrm.Position": (("view",), _ALL),
    "hrm.Employee": (("view",), _ALL),
    "suite.User": (("view",), _ALL),
}
_EDIT = ("view", "add", "change", "delete")

GRANTS = {
    **dict.fromkeys(("sales_manager", "salesperson", "finance", "purchaser", "warehouse", "planner"), _DIRECTORY),
    "boss": {**_DIRECTORY, "suite.AuditEntry": (("view",), _ALL)},
    "hr": {
        **_DIRECTORY,
        "hrm.Department": (_EDIT, _ALL),
        "hrm.Position": (_EDIT, _ALL),
        "hrm.Employee": (_EDIT, _ALL),
    },
    "administrator": {
        "hrm.Department": (_EDIT, _ALL),
        "hrm.Position": (_EDIT, _ALL),
        "hrm.Employee": (_EDIT, _ALL),
        "suite.User": (("view", "add", "change"), _ALL),
        "suite.Role": (_EDIT, _ALL),
        "suite.AuditEntry": (("view",), _ALL),
    },
}
