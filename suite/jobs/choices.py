"""Choices of jobs."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class JobStatus(TextChoices):
    """How far a job has come."""

    QUEUED = "QUEUED", _("Waiting")
    RUNNING = "RUNNING", _("Running")
    DONE = "DONE", _("Finished")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


TONES: dict[str, str] = {
    JobStatus.QUEUED: "wait",
    JobStatus.RUNNING: "go",
    JobStatus.DONE: "done",
    JobStatus.FAILED: "late",
    JobStatus.CANCELLED: "void",
}
UNFINISHED = frozenset({JobStatus.QUEUED, JobStatus.RUNNING})


class FilePurpose(TextChoices):
    """What a file is to its job."""

    INPUT = "INPUT", _("Input")
    RESULT = "RESULT", _("Result")
    REJECTED = "REJECTED", _("Rejected rows")
