"""Background work of jobs."""

from __future__ import annotations

from datetime import datetime

from celery import shared_task

from suite.jobs.services import fail_dead_jobs, queue_lost_jobs, run_job
from suite.modules import state
from suite.modules.registry import periodic


@shared_task
def run(pk: int) -> None:
    """Do the work of one job."""
    state.start_request()
    try:
        run_job(pk=pk)
    finally:
        state.end_request()


@periodic("minute")
def look_after_jobs(at: datetime) -> int:
    """Give up jobs without a worker and queue forgotten ones again."""
    return fail_dead_jobs(at=at) + queue_lost_jobs(at=at)
