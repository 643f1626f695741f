"""The one door of all background work."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import shared_task
from django.utils import timezone

from suite.modules import state
from suite.modules.registry import registry

logger = logging.getLogger(__name__)


@shared_task
def run_periodic(every: str) -> dict[str, str]:
    """
    Run all periodic work of one rhythm whose module is on.

    One that fails is logged and does not keep the others from running.
    """
    state.start_request()
    outcome: dict[str, str] = {}
    try:
        for rhythm, run in registry.periodic:
            if rhythm == every and state.owner_is_enabled(run.__module__):
                outcome[_name(run)] = _run(run)
    finally:
        state.end_request()
    return outcome


def _run(run: Callable[..., Any]) -> str:
    try:
        return str(run(timezone.now()))
    except Exception:
        logger.exception("periodic work %s failed", _name(run))
        return "failed"


def _name(run: Callable[..., Any]) -> str:
    return f"{run.__module__}.{getattr(run, '__name__', run)}"
