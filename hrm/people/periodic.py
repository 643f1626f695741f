"""What personnel does by itself every night."""

from __future__ import annotations

from datetime import datetime

from hrm.people import alerts, changes, checklists
from suite.modules.registry import periodic


@periodic("night")
def bring_changes_into_force(at: datetime) -> int:
    """Bring approved personnel changes into force whose day has come; return how many."""
    return changes.apply_due_changes(at=at)


@periodic("night")
def hand_tasks_to_new_accounts(at: datetime) -> int:
    """Give tasks of joiners and leavers to whoever got an account since; return how many."""
    return checklists.assign_waiting_tasks(at=at)


@periodic("night")
def watch_personnel(at: datetime) -> int:
    """Look for what personnel has to see to in time; return how much is new."""
    return alerts.refresh_alerts(at=at)
