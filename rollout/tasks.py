"""What the adoption path does by itself."""

from __future__ import annotations

from datetime import datetime

from rollout import services
from suite.modules.registry import periodic


@periodic("night")
def check_readiness(at: datetime) -> dict[str, object]:
    """Measure every check, call systems stable that have earned it, and end exceptions that have expired."""
    return {
        "checks": services.check_all(at),
        "stable": services.settle_stages(at),
        "paused": services.end_expired_overrides(at),
    }
