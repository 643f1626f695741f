"""What the standard roles may do with landed costs."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_WORK = ("view", "add", "change", "export")

GRANTS = {
    "purchaser": {"erp.LandedCost": (_WORK, _ALL)},
    "finance": {"erp.LandedCost": (("view", "export", "approve", "reverse"), _ALL)},
    "boss": {"erp.LandedCost": (("view", "export", "approve"), _ALL)},
}
