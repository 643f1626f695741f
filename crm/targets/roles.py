"""What the standard roles may do with sales targets, rankings and campaigns."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL

# How far somebody sees targets and rankings, and whose targets they set, is the data scope of the rule.
GRANTS = {
    "boss": {"crm.TargetPolicy": (("view", "add", "change", "plan", "export"), _ALL)},
    "sales_manager": {"crm.TargetPolicy": (("view", "plan"), _TREE)},
    "salesperson": {"crm.TargetPolicy": (("view",), _OWN)},
    "finance": {"crm.TargetPolicy": (("view",), _ALL)},
    "administrator": {"crm.TargetPolicy": (("view", "add", "change"), _ALL)},
}
