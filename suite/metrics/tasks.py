"""What is done about figures by itself."""

from __future__ import annotations

from datetime import datetime

from suite.metrics.services import evaluate_alerts, take_snapshots
from suite.modules.registry import periodic


@periodic("hour")
def watch_figures(at: datetime) -> dict[str, int]:
    """Open and close alerts."""
    return evaluate_alerts(at=at)


@periodic("night")
def keep_figures(at: datetime) -> dict[str, int]:
    """Take snapshots, close the periods that are over, restate what changed afterwards."""
    return take_snapshots(at=at)
