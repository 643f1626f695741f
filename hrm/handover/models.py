"""Handovers: what a leaver was responsible for, and who has it now."""

from __future__ import annotations

import pghistory
from django.apps import apps
from django.db import models
from django.db.models import F, Q
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from hrm.handover.choices import HandoverStatus
from hrm.org.models import Employee
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.jobs.models import Job
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Handover(StatusModel, Searchable):
    """
    Everything one person is responsible for goes to others 离职交接, in every system that is on and at one moment.

    Somebody has one open handover at most.
    """

    scope = ScopePaths(department="employee__department", company="employee__company")
    search_fields = ("employee__name", "employee__number", "successor__name")
    transitions = {
        HandoverStatus.OPEN: {HandoverStatus.RUNNING, HandoverStatus.CANCELLED},
        HandoverStatus.RUNNING: {HandoverStatus.DONE, HandoverStatus.OPEN},
        HandoverStatus.DONE: set(),
        HandoverStatus.CANCELLED: set(),
    }
    status_tone = {
        HandoverStatus.OPEN: "wait",
        HandoverStatus.RUNNING: "go",
        HandoverStatus.DONE: "done",
        HandoverStatus.CANCELLED: "void",
    }
    stepper = (HandoverStatus.OPEN, HandoverStatus.RUNNING, HandoverStatus.DONE)

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="handovers", verbose_name=_("who leaves"))
    successor = models.ForeignKey(
        Employee,
        models.PROTECT,
        related_name="+",
        verbose_name=_("successor"),
        help_text=_("Takes everything that is not given to somebody else."),
    )
    leave_on = models.DateField(_("last day"))
    status = StatusField(_("status"), choices=HandoverStatus, default=HandoverStatus.OPEN)
    handed_over_at = models.DateTimeField(_("handed over at"), null=True, editable=False)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("job"))

    class Meta(Searchable.Meta):
        verbose_name = _("handover")
        verbose_name_plural = _("handovers")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("employee",),
                condition=Q(status__in=(HandoverStatus.OPEN, HandoverStatus.RUNNING)),
                name="handover_one_open",
            ),
            models.CheckConstraint(condition=~Q(successor=F("employee")), name="handover_to_another"),
        )

    def __str__(self) -> str:
        return f"{self.employee} → {self.successor}"


class HandoverLine(Model):
    """
    One kind of things in a handover, e.g. customers: how many there were, and how many went to whom.

    What was there is what went and what is left; a handover is done when nothing is left.
    """

    scope = ScopePaths(department="handover__employee__department", company="handover__employee__company")

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="lines", verbose_name=_("handover"))
    code = models.CharField(_("object type"), max_length=80)
    successor = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("successor")
    )
    found = models.PositiveIntegerField(_("there were"), default=0)
    given = models.PositiveIntegerField(_("handed over"), default=0)
    left = models.PositiveIntegerField(_("left"), default=0)

    class Meta:
        verbose_name = _("handover line")
        verbose_name_plural = _("handover lines")
        ordering = ("handover", "pk")
        constraints = (
            models.UniqueConstraint(fields=("handover", "code"), name="handoverline_once"),
            models.CheckConstraint(condition=Q(found=F("given") + F("left")), name="handoverline_reconciles"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """What the things are called."""
        return str(capfirst(apps.get_model(self.code)._meta.verbose_name_plural))
