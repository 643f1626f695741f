"""What the standard roles may do with opening stock."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_ENTER = ("view", "export", "import", "view_sensitive")

GRANTS = {
    "administrator": {"erp.OpeningStock": (_ENTER, _ALL)},
    "finance": {"erp.OpeningStock": (_ENTER, _ALL)},
    "warehouse": {"erp.OpeningStock": (("view", "export"), _ALL)},
    "boss": {"erp.OpeningStock": (("view", "export", "view_sensitive"), _ALL)},
}
