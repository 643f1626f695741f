"""What the standard roles may do with insights, the win-back list, suggested tiers and tags."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_OWN, _TREE, _ALL = ScopeLevel.OWN, ScopeLevel.DEPARTMENT_TREE, ScopeLevel.ALL
_LOOK = ("view", "export")
_INSIGHT, _WIN_BACK, _TIER = "crm.CustomerInsight", "crm.WinBack", "crm.TierSuggestion"
_TAG, _RULE = "crm.Tag", "crm.InsightRule"
_EDIT = ("view", "add", "change", "delete")

GRANTS = {
    "boss": {
        _INSIGHT: ((*_LOOK, "follow_up", "win_back"), _ALL),
        _WIN_BACK: ((*_LOOK, "change"), _ALL),
        _TIER: ((*_LOOK, "decide"), _ALL),
        _TAG: (("view",), _ALL),
        _RULE: (("view",), _ALL),
    },
    "sales_manager": {
        _INSIGHT: ((*_LOOK, "follow_up", "win_back"), _TREE),
        _WIN_BACK: ((*_LOOK, "change"), _TREE),
        _TIER: ((*_LOOK, "decide"), _TREE),
        _TAG: (_EDIT, _ALL),
        _RULE: (("view",), _ALL),
    },
    "salesperson": {
        _INSIGHT: ((*_LOOK, "follow_up"), _OWN),
        _WIN_BACK: ((*_LOOK, "change"), _OWN),
        _TAG: (("view",), _ALL),
    },
    "finance": {_INSIGHT: (_LOOK, _ALL), _TAG: (("view",), _ALL)},
    "administrator": {_RULE: (("view", "add", "change", "refresh"), _ALL), _TAG: (_EDIT, _ALL)},
}
