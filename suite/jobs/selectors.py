"""Questions about jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from suite.jobs.choices import FilePurpose
from suite.jobs.models import Job, JobFile


def jobs_of(user: Any) -> QuerySet[Job]:
    """Return the jobs a user may see, the newest first: their own, for an administrator all."""
    jobs = Job.objects.select_related("owner").order_by("-created_at", "-pk")
    return jobs if user.is_superuser else jobs.filter(owner=user)


def find_job(uuid: UUID, *, user: Any) -> Job | None:
    """Return a job that the user may see."""
    return jobs_of(user).filter(uuid=uuid).first()


def files_of(job: Job) -> list[JobFile]:
    """Return the files that a job made."""
    return list(job.files.exclude(purpose=FilePurpose.INPUT))
