"""Uploaded files on their way into rows."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.activity.models import random_path
from suite.core.models import Model
from suite.pages.exchange.choices import RunState


class ImportRun(Model):
    """
    One uploaded file, what would come of it, and what came of it; it is imported at most once.

    ``report`` is what :func:`suite.pages.exchange.report.report_of` gives, ``mapping`` the columns as the person
    assigned them (null: as they were recognised).
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="user")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="import_runs", verbose_name=_("uploaded by")
    )
    object_type = models.CharField(_("object type"), max_length=100)
    file = models.FileField(_("file"), upload_to=random_path, max_length=120)
    name = models.CharField(_("file name"), max_length=200)
    row_count = models.PositiveIntegerField(_("rows"), default=0)
    mapping = models.JSONField(_("columns"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.UPLOADED)
    report = models.JSONField(_("report"), default=dict, encoder=DjangoJSONEncoder)
    job = models.ForeignKey(
        "suite.Job", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("job")
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("user", "object_type", "-created_at"), name="importrun_user"),)

    def __str__(self) -> str:
        return self.name
