"""A worker beside the test: jobs run in a thread of their own, as a Celery worker runs them, and not in the request."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections

from suite.jobs import services
from suite.jobs.tasks import run


class Worker:
    """Takes up one job after the other; while paused, they wait."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="worker")
        self._may_work = threading.Event()
        self._may_work.set()

    def take_up(self, pk: int) -> None:
        """Put a job into the queue."""
        self._pool.submit(self._run, pk)

    def _run(self, pk: int) -> None:
        self._may_work.wait()
        try:
            run(pk)
        finally:
            connections.close_all()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let jobs wait, as for a worker that is busy."""
        self._may_work.clear()
        try:
            yield
        finally:
            self._may_work.set()

    def stop(self) -> None:
        """Do what is left, and end."""
        self._may_work.set()
        self._pool.shutdown(wait=True)


@pytest.fixture
def worker(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """Run the jobs of a test beside it."""
    found = Worker()
    monkeypatch.setattr(services, "_enqueue", found.take_up)
    yield found
    found.stop()
