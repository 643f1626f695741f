"""What approvals do by themselves."""

from __future__ import annotations

from datetime import datetime

from oa.flows.acting import pass_due_tasks
from suite.modules.registry import periodic


@periodic("hour")
def pass_due(at: datetime) -> int:
    """Remind of tasks that are due, or do what their flow says; return how many."""
    return pass_due_tasks(at=at)
