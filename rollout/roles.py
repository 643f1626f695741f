"""What the standard roles may do with the adoption path."""

from __future__ import annotations

from suite.access.choices import ScopeLevel

GRANTS = {
    "boss": {"rollout.Stage": (("view", "manage"), ScopeLevel.ALL)},
    "administrator": {"rollout.Stage": (("view", "manage"), ScopeLevel.ALL)},
}
