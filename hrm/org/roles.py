"""The standard roles, and what they may do with the organisation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from suite.access.choices import ScopeLevel

ROLES = {
    "boss": _("General manager"),
    "department_manager": _("Department manager"),
    "sales_manager": _("Sales manager"),
    "employee": _("Employee"),
    "salesperson": _("Salesperson"),
    "customer_service": _("Customer service"),
    "hr": _("HR officer"),
    "finance": _("Accountant"),
    "purchaser": _("Purchaser"),
    "warehouse": _("Warehouse keeper"),
    "planner": _("Planner"),
    "administrator": _("System administrator"),
}

# Who leads nobody: everybody's own time, leave, pay, requests and notices are theirs too.
ORDINARY = ("employee", "salesperson", "customer_service", "finance", "purchaser", "warehouse", "planner")

_ALL = ScopeLevel.ALL
# Everybody finds colleagues and departments, with their mail addresses; phone numbers are private.
_DIRECTORY = {
    "hrm.Department": (("view",), _ALL),
    "hrm.Position": (("view",), _ALL),
    "hrm.Employee": (("view",), _ALL),
    "suite.User": (("view",), _ALL),
}
_EDIT = ("view", "add", "change", "export", "import")
_STRUCTURE = {
    "hrm.Department": (_EDIT, _ALL),
    "hrm.Position": ((*_EDIT, "delete"), _ALL),
}

GRANTS = {
    **dict.fromkeys(("department_manager", "sales_manager", *ORDINARY), _DIRECTORY),
    "boss": {
        **_DIRECTORY,
        "hrm.Employee": (("view", "view_phone"), _ALL),
        "suite.User": (("view", "view_phone"), _ALL),
        "suite.AuditEntry": (("view",), _ALL),
    },
    "hr": {
        **_DIRECTORY,
        **_STRUCTURE,
        "hrm.Employee": ((*_EDIT, "view_sensitive", "view_phone", "hand_over"), _ALL),
    },
    "administrator": {
        **_STRUCTURE,
        "hrm.Employee": ((*_EDIT, "view_phone", "open_account"), _ALL),
        "suite.User": (("view", "add", "change", "view_phone", "give_roles", "export"), _ALL),
        "suite.Role": (("view", "add", "change", "delete"), _ALL),
        "suite.AuditEntry": (("view", "export"), _ALL),
    },
}
