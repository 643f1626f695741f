"""Starting, running, cancelling and giving up jobs."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.activity.services.attachments import sanitize_name
from suite.core.commit import after_commit
from suite.core.errors import DomainError, WrongState, messages_of
from suite.core.triggers import authored
from suite.jobs.choices import FilePurpose, JobStatus
from suite.jobs.context import JobContext, Progress, Reporter
from suite.jobs.errors import JobCancelled
from suite.jobs.models import Job, JobFile
from suite.jobs.registry import JobKind, kinds
from suite.modules import state
from suite.modules.services import ModuleDisabled

logger = logging.getLogger(__name__)

# A running job not heard of for this long has lost its worker.
DEAD_AFTER = timedelta(minutes=2)
# A waiting job is put into the queue again after this long: its message may have been lost.
QUEUE_AGAIN_AFTER = timedelta(minutes=10)
# Only who waited this long has gone away and is told that the job ended.
NOTIFY_AFTER = timedelta(seconds=15)


@transaction.atomic
def start_job(
    kind: str,
    *,
    owner: User,
    at: datetime | None = None,
    params: Mapping[str, Any] | None = None,
    files: Mapping[str, File[bytes]] | None = None,
    subject: str = "",
) -> Job:
    """
    Start long work; a worker takes it up after the commit.

    :param at: when it was started, by default now.
    :param params: plain values that the work needs.
    :param files: uploaded files that the work reads, by name.
    :param subject: what the work is about, e.g. the name of the file.
    :raises ModuleDisabled: when the system of this kind of job is off.
    """
    found = kinds[kind]
    _check_module(found)
    moment = at or timezone.now()
    job = Job.objects.create(
        kind=kind,
        owner=owner,
        subject=subject[:200],
        params=dict(params or {}),
        language=translation.get_language() or settings.LANGUAGE_CODE,
        created_at=moment,
        heartbeat_at=moment,
    )
    for key, file in (files or {}).items():
        name = sanitize_name(file.name or key)
        kept = JobFile(job=job, key=key, purpose=FilePurpose.INPUT, name=name, media_type="application/octet-stream")
        kept.file.save(name, file, save=True)
    # Robust: the job is on record; a broker that is down only delays it until the next round of the sweep.
    after_commit(_enqueue, job.pk)
    return job


@transaction.atomic
def cancel_job(*, job: Job, actor: User, at: datetime) -> Job:
    """
    Cancel a job: one that waits at once, one that runs as soon as its work looks.

    :raises WrongState: when it has ended.
    """
    locked: Job = Job.objects.lock(job)
    if locked.is_finished:
        raise WrongState(_("This job has ended already."))
    locked.cancel_requested_at = locked.cancel_requested_at or at
    if locked.status == JobStatus.QUEUED:
        locked.status, locked.finished_at, locked.message = JobStatus.CANCELLED, at, _("Cancelled.")
    locked.save(update_fields=["cancel_requested_at", "status", "finished_at", "message"])
    return locked


def run_job(*, pk: int) -> None:
    """
    Do the work of a job that waits; one that was taken up by another worker is left alone.

    A refusal is shown to the owner as it is, a fault of the program as a sentence with the job's key, which stands
    in the log with everything else.
    """
    if not Job.objects.filter(pk=pk, status=JobStatus.QUEUED).update(
        status=JobStatus.RUNNING, started_at=timezone.now(), heartbeat_at=timezone.now()
    ):
        return
    job = Job.objects.select_related("owner").get(pk=pk)
    reporter = Reporter(job.pk)
    files = {each.key: each for each in job.files.filter(purpose=FilePurpose.INPUT)}
    context = JobContext(job=job, at=timezone.now(), reporter=reporter, files=files)
    reporter.start()
    try:
        with translation.override(job.language):
            status, message, result = _work(context)
    finally:
        reporter.stop()
    _finish(context, status, message, result)


def fail_dead_jobs(*, at: datetime) -> int:
    """Mark running jobs whose worker is not heard of any more as failed; return how many."""
    dead = Job.objects.filter(status=JobStatus.RUNNING, heartbeat_at__lt=at - DEAD_AFTER)
    with transaction.atomic():
        jobs = list(dead.select_for_update(of=("self",), skip_locked=True).select_related("owner").order_by("pk"))
        for job in jobs:
            with translation.override(job.language):
                message = _("The work stopped unexpectedly. Check what was done, then start it again.")
            Job.objects.filter(pk=job.pk).update(status=JobStatus.FAILED, finished_at=at, message=message)
            _tell(job, JobStatus.FAILED, message, at=at)
    return len(jobs)


def queue_lost_jobs(*, at: datetime) -> int:
    """Put jobs that wait for long into the queue again; return how many."""
    with transaction.atomic():
        waiting = Job.objects.filter(status=JobStatus.QUEUED, heartbeat_at__lt=at - QUEUE_AGAIN_AFTER)
        pks = list(waiting.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True))
        Job.objects.filter(pk__in=pks).update(heartbeat_at=at)
    for pk in pks:
        _enqueue(pk)
    return len(pks)


def _check_module(kind: JobKind) -> None:
    if not state.is_enabled(kind.module):
        raise ModuleDisabled(_("%(module)s is not turned on.") % {"module": kind.module.title})


def _enqueue(pk: int) -> None:
    from suite.jobs.tasks import run

    run.delay(pk)


def _work(context: JobContext) -> tuple[JobStatus, str, dict[str, Any]]:
    job = context.job
    try:
        found = kinds[job.kind]
        _check_module(found)
        with authored(user=job.owner_id, at=context.at):
            result = found.run(context)
    except JobCancelled as cancelled:
        return JobStatus.CANCELLED, str(cancelled), {}
    except (DomainError, ValidationError) as refusal:
        return JobStatus.FAILED, " ".join(messages_of(refusal)), {}
    except Exception:
        logger.exception("job %s (%s) failed", job.uuid, job.kind)
        message = _("Something went wrong. The administrator finds the reason in the log under %(key)s.")
        return JobStatus.FAILED, message % {"key": job.uuid}, {}
    return JobStatus.DONE, context.reporter.progress.message, result or {}


def _finish(context: JobContext, status: JobStatus, message: str, result: dict[str, Any]) -> None:
    job, progress, now = context.job, context.reporter.progress, timezone.now()
    if status == JobStatus.DONE and progress.total is not None:
        progress = Progress(progress.total, progress.total)
    with transaction.atomic():
        ended = Job.objects.filter(pk=job.pk, status=JobStatus.RUNNING).update(
            status=status,
            done=progress.done,
            total=progress.total,
            message=message,
            result=result,
            errors=context.errors,
            finished_at=now,
            heartbeat_at=now,
        )
        if ended and (status != JobStatus.CANCELLED) and now - job.created_at >= NOTIFY_AFTER:
            _tell(job, status, message, at=now)


def _tell(job: Job, status: JobStatus, message: str, *, at: datetime) -> None:
    is_done = status == JobStatus.DONE
    title = gettext_noop("Finished: %(job)s") if is_done else gettext_noop("Failed: %(job)s")
    kind = kinds.get(job.kind)
    notify(
        recipients=[job.owner],
        kind=NotificationKind.JOB,
        title=title,
        params={"job": kind.title if kind else job.kind},
        body=" · ".join(text for text in (job.subject, message) if text),
        url=job.get_absolute_url(),
        at=at,
    )
