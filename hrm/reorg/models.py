"""Reorganisations: changes of the department tree that are decided on one day and in force on another."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department, Employee
from hrm.reorg.choices import ReorganisationStatus, StepKind
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.models import Company
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Reorganisation(StatusModel, Searchable):
    """Changes of the department tree 组织调整 that come into force together, on one day, all or none."""

    scope = ScopePaths(owner="owner", company="company")
    search_fields = ("number", "title")
    transitions = {
        ReorganisationStatus.DRAFT: {ReorganisationStatus.APPROVING, ReorganisationStatus.CANCELLED},
        ReorganisationStatus.APPROVING: {
            ReorganisationStatus.APPROVED,
            ReorganisationStatus.DRAFT,
            ReorganisationStatus.CANCELLED,
        },
        ReorganisationStatus.APPROVED: {ReorganisationStatus.APPLIED, ReorganisationStatus.CANCELLED},
        ReorganisationStatus.APPLIED: set(),
        ReorganisationStatus.CANCELLED: set(),
    }
    status_tone = {
        ReorganisationStatus.APPROVING: "wait",
        ReorganisationStatus.APPROVED: "go",
        ReorganisationStatus.APPLIED: "done",
        ReorganisationStatus.CANCELLED: "void",
    }
    stepper = (
        ReorganisationStatus.DRAFT,
        ReorganisationStatus.APPROVING,
        ReorganisationStatus.APPROVED,
        ReorganisationStatus.APPLIED,
    )

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=100)
    effective_on = models.DateField(_("in force from"))
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    status = StatusField(_("status"), choices=ReorganisationStatus, default=ReorganisationStatus.DRAFT)
    failure = models.CharField(_("why it is not in force"), max_length=500, blank=True, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("reorganisation")
        verbose_name_plural = _("reorganisations")
        ordering = ("-pk",)
        constraints = (models.UniqueConstraint(fields=("company", "number"), name="reorganisation_number_once"),)

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class ReorganisationStep(Model):
    """What happens to one department in a reorganisation; steps are taken in their order."""

    scope = ScopePaths(owner="reorganisation__owner", company="reorganisation__company")

    reorganisation = models.ForeignKey(
        Reorganisation, models.CASCADE, related_name="lines", verbose_name=_("reorganisation")
    )
    position = models.PositiveIntegerField(_("position"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    kind = models.CharField(_("what happens"), max_length=8, choices=StepKind, default=StepKind.MOVE)
    parent = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("belongs to")
    )
    head = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("new head")
    )
    name = models.CharField(_("new name"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("step of a reorganisation")
        verbose_name_plural = _("steps of reorganisations")
        ordering = ("reorganisation", "position")
        constraints = (
            models.UniqueConstraint(fields=("reorganisation", "department", "kind"), name="reorganisationstep_once"),
            models.CheckConstraint(
                condition=~Q(kind=StepKind.RENAME) | ~Q(name=""), name="reorganisationstep_has_name"
            ),
        )

    def __str__(self) -> str:
        return f"{self.department}: {self.get_kind_display()}"
