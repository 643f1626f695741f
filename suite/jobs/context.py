"""What the work of a job has in its hands: parameters, files, progress, the wish to cancel."""

from __future__ import annotations

import csv
import io
import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile, File
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.jobs.choices import FilePurpose, JobStatus
from suite.jobs.errors import JobCancelled, JobLost
from suite.jobs.models import Job, JobFile

logger = logging.getLogger(__name__)

REPORT_SECONDS = 0.5
HEARTBEAT_SECONDS = 10.0
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Progress:
    """How far the work has come."""

    done: int = 0
    total: int | None = None
    message: str = ""


class Reporter(threading.Thread):
    """
    Writes the progress of a running job from a thread with a connection of its own.

    So others see it although the transaction of the work is open, the work never waits for it, and a sign of life
    is given during long statements as well. It also brings back the wish to cancel.
    """

    def __init__(self, job_pk: int) -> None:
        super().__init__(name=f"job-{job_pk}", daemon=True)
        self.job_pk = job_pk
        self.progress = Progress()
        self.is_cancelled = False
        self.is_lost = False
        self._stopped = threading.Event()
        self._written: Progress | None = None
        self._silent = 0.0

    def run(self) -> None:
        try:
            while not self._stopped.wait(REPORT_SECONDS):
                self._silent += REPORT_SECONDS
                try:
                    self._report()
                except DatabaseError:
                    logger.warning("progress of job %s was not written", self.job_pk, exc_info=True)
                    close_old_connections()
        finally:
            connections.close_all()

    def stop(self) -> None:
        """End the thread and its connection."""
        self._stopped.set()
        self.join()

    def _report(self) -> None:
        now = self.progress
        job = Job.objects.filter(pk=self.job_pk)
        if now != self._written or self._silent >= HEARTBEAT_SECONDS:
            job.filter(status=JobStatus.RUNNING).update(
                done=now.done, total=now.total, message=now.message, heartbeat_at=timezone.now()
            )
            self._written, self._silent = now, 0.0
        seen = job.values_list("status", "cancel_requested_at").first()
        # A job that was made in a transaction which is still open is nobody's to see, nor to cancel.
        if seen is not None:
            self.is_lost = seen[0] != JobStatus.RUNNING
            self.is_cancelled = seen[1] is not None


@dataclass
class JobContext:
    """
    A running job, as its work sees it.

    :param at: the moment the work began; pass it to services.
    :param files: input files by parameter name.
    """

    job: Job
    at: datetime
    reporter: Reporter
    files: Mapping[str, JobFile] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)

    @property
    def owner(self) -> User:
        """The person in whose name the work is done."""
        return self.job.owner

    @property
    def params(self) -> dict[str, Any]:
        """The parameters the job was started with."""
        params: dict[str, Any] = self.job.params
        return params

    def progress(self, done: int, total: int | None = None, message: Any = "") -> None:
        """
        Say how far the work has come; cheap enough for every row.

        :raises JobCancelled: when somebody wants it to end.
        :raises JobLost: when it was given up as dead.
        """
        self.reporter.progress = Progress(done if total is None else min(done, total), total, str(message))
        self.check_cancelled()

    def check_cancelled(self) -> None:
        """
        Leave the work when it should end.

        :raises JobCancelled: when somebody wants it to end.
        :raises JobLost: when it was given up as dead.
        """
        if self.reporter.is_lost:
            raise JobLost(_("The job was given up because nothing was heard of it."))
        if self.reporter.is_cancelled:
            raise JobCancelled(_("Cancelled."))

    def open(self, key: str) -> File[bytes]:
        """Open an input file for reading."""
        opened: File[bytes] = self.files[key].file.open("rb")
        return opened

    def reject(self, row: int, message: Any, **more: Any) -> None:
        """Note a row of the input that was refused, counted as the person sees it in the file."""
        self.errors.append({"row": row, "message": str(message), **more})

    def save_result(self, name: str, content: bytes, media_type: str = XLSX) -> JobFile:
        """Keep a file for the owner to download."""
        return self._keep(FilePurpose.RESULT, name, content, media_type)

    def save_rejected(self, name: str, content: bytes, media_type: str = XLSX) -> JobFile:
        """Keep the refused rows as a file that can be corrected and imported again."""
        return self._keep(FilePurpose.REJECTED, name, content, media_type)

    def save_rejected_rows(self, name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> JobFile:
        """Keep the refused rows as a CSV file that Excel opens with Chinese intact."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(header)
        writer.writerows(rows)
        return self.save_rejected(name, text.getvalue().encode("utf-8-sig"), "text/csv")

    def _keep(self, purpose: FilePurpose, name: str, content: bytes, media_type: str) -> JobFile:
        return JobFile.objects.create(
            job=self.job, purpose=purpose, name=name[:200], media_type=media_type, file=ContentFile(content, name=name)
        )
