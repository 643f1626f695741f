"""What the standard roles may do with approval flows."""

from __future__ import annotations

from hrm.org.roles import ORDINARY
from suite.access.choices import ScopeLevel

# What somebody has to do with themselves; everybody sees that in their inbox, too.
_OWN = {
    "oa.Deputy": (("view", "add", "change", "delete"), ScopeLevel.OWN),
    "oa.FlowRun": (("view",), ScopeLevel.OWN),
    "oa.FlowTask": (("view", "approve"), ScopeLevel.OWN),
}
_LEADS = {**_OWN, "oa.FlowRun": (("view", "export"), ScopeLevel.DEPARTMENT_TREE)}

GRANTS = {
    **dict.fromkeys((*ORDINARY, "hr"), _OWN),
    **dict.fromkeys(("boss", "department_manager", "sales_manager"), _LEADS),
    "administrator": {
        "oa.FlowDefinition": (("view", "add", "change", "export", "publish"), ScopeLevel.ALL),
        "oa.FlowBinding": (("view", "add", "change", "delete", "export"), ScopeLevel.ALL),
        "oa.Deputy": (("view", "add", "change", "delete", "export"), ScopeLevel.ALL),
        "oa.FlowRun": (("view", "export", "void"), ScopeLevel.ALL),
        "oa.FlowTask": (("view", "export", "approve", "reassign"), ScopeLevel.ALL),
    },
}
