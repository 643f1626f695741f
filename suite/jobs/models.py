"""Jobs: long work that goes on after the page was left, and is found again."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.activity.models import random_path
from suite.core.models import Model
from suite.jobs.choices import TONES, UNFINISHED, FilePurpose, JobStatus
from suite.jobs.registry import facts, kinds


class Job(Model):
    """
    One piece of long work of one person.

    While it runs its progress is written outside the transaction of the work, so that everybody sees it. ``errors``
    lists refused rows as ``{"row": 5, "message": "…"}``, more keys allowed.
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="owner")
    status_tone: ClassVar[dict[str, str]] = TONES

    uuid = models.UUIDField(_("key"), default=uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=100)
    subject = models.CharField(_("about"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="jobs", verbose_name=_("started by")
    )
    language = models.CharField(_("language"), max_length=10)
    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    done = models.PositiveBigIntegerField(_("done"), default=0)
    total = models.PositiveBigIntegerField(_("total"), null=True)
    message = models.TextField(_("message"), blank=True)
    params = models.JSONField(_("parameters"), default=dict, encoder=DjangoJSONEncoder)
    result = models.JSONField(_("result"), default=dict, encoder=DjangoJSONEncoder)
    errors = models.JSONField(_("refused rows"), default=list, encoder=DjangoJSONEncoder)
    # Last sign of life: when it was put into the queue, later when its worker was last heard of.
    heartbeat_at = models.DateTimeField(_("last sign of life"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    cancel_requested_at = models.DateTimeField(_("to be cancelled"), null=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        default_permissions = ()
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("owner", "-created_at", "-id"), name="job_owner"),
            models.Index(fields=("heartbeat_at",), condition=Q(status__in=sorted(UNFINISHED)), name="job_unfinished"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(total__isnull=True) | Q(done__lte=F("total")), name="job_progress"),
            models.CheckConstraint(
                condition=Q(status__in=sorted(UNFINISHED), finished_at__isnull=True)
                | (~Q(status__in=sorted(UNFINISHED)) & Q(finished_at__isnull=False)),
                name="job_finished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}: {self.subject}" if self.subject else self.title

    def get_absolute_url(self) -> str:
        return reverse("jobs:detail", args=(self.uuid,))

    @property
    def title(self) -> str:
        """What kind of work it is, in the reader's language."""
        kind = kinds.get(self.kind)
        return str(kind.title) if kind else self.kind

    @property
    def facts(self) -> list[tuple[str, Any]]:
        """What came out, as the result page shows it."""
        return facts(self.kind, self.result)

    @property
    def result_url(self) -> str:
        """The page where the result can be looked at, empty without one."""
        url = str(self.result.get("url", ""))
        return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""

    @property
    def is_finished(self) -> bool:
        """Whether nothing will change any more."""
        return self.status not in UNFINISHED

    @property
    def percent(self) -> int | None:
        """Progress from 0 to 100, None while its length is not known."""
        if self.status == JobStatus.DONE:
            return 100
        return min(100, self.done * 100 // self.total) if self.total else None


class JobFile(Model):
    """A file that a job reads or makes."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="files", verbose_name=_("job"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=FilePurpose)
    key = models.CharField(_("parameter"), max_length=50, blank=True)
    file = models.FileField(_("file"), upload_to=random_path, max_length=120)
    name = models.CharField(_("name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)

    class Meta:
        verbose_name = _("job file")
        verbose_name_plural = _("job files")
        default_permissions = ()
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a row that cannot be kept leaves no file behind."""
        try:
            super().save(*args, **kwargs)
        except Exception:
            if self.file:
                self.file.storage.delete(str(self.file.name))
            raise
