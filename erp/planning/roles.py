"""What the standard roles may do in planning."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

_ALL = ScopeLevel.ALL
_LOOK = ("view", "export")
_SUGGESTION, _RUN, _CLASS = "erp.ReplenishmentSuggestion", "erp.ReplenishmentRun", "erp.ItemClass"
_ALERT, _RULE = "erp.StockAlert", "erp.PlanningRule"
_PLAN = {
    _SUGGESTION: ((*_LOOK, "change", "accept"), _ALL),
    _RUN: (("view", "add"), _ALL),
    _CLASS: (_LOOK, _ALL),
    _ALERT: (_LOOK, _ALL),
    # A run is of a company, which is to be chosen.
    "suite.Company": (("view",), _ALL),
}
# Who sells is told what is short, not what it costs.
_WARNED = {_ALERT: (("view",), _ALL)}

GRANTS = {
    "planner": {**_PLAN, _RULE: (("view", "change", "refresh"), _ALL)},
    "purchaser": _PLAN,
    "boss": {
        _SUGGESTION: (_LOOK, _ALL),
        _RUN: (("view",), _ALL),
        _CLASS: ((*_LOOK, "view_sensitive"), _ALL),
        _ALERT: ((*_LOOK, "view_sensitive"), _ALL),
    },
    "finance": {
        _CLASS: ((*_LOOK, "view_sensitive"), _ALL),
        _ALERT: ((*_LOOK, "view_sensitive"), _ALL),
    },
    "warehouse": {_ALERT: (_LOOK, _ALL)},
    "salesperson": _WARNED,
    "sales_manager": _WARNED,
    "administrator": {_RULE: (("view", "add", "change"), _ALL)},
}
