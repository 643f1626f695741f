"""Flows and their versions, runs, tasks, the log, and deputies."""

from __future__ import annotations

from functools import cached_property

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus, EventKind, InstanceStatus, TaskKind, TaskStatus
from oa.flows.definition import FLOW, Flow
from oa.flows.state import STATE, State
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]


@pghistory.track(exclude=UNTRACKED)
class FlowDefinition(Searchable):
    """
    A flow 流程: how something is approved.

    What it decides about is an object type of any system, or nothing when another flow or a form names it.
    """

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    subject = models.ForeignKey(
        ContentType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decides about")
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    admin = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("administrator"),
        help_text=_("Decides where nobody else is found."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("approval flow")
        verbose_name_plural = _("approval flows")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class FlowVersion(StatusModel):
    """
    One version of a flow. Once published its nodes stay as they are: runs that began with it end with it.
    """

    transitions = {
        DefinitionStatus.DRAFT: {DefinitionStatus.PUBLISHED},
        DefinitionStatus.PUBLISHED: {DefinitionStatus.RETIRED},
        DefinitionStatus.RETIRED: set(),
    }
    status_tone = {DefinitionStatus.PUBLISHED: "done", DefinitionStatus.RETIRED: "void"}
    stepper = (DefinitionStatus.DRAFT, DefinitionStatus.PUBLISHED)

    definition = models.ForeignKey(
        FlowDefinition, models.CASCADE, related_name="versions", verbose_name=_("approval flow")
    )
    number = models.PositiveIntegerField(_("version"), editable=False)
    graph = models.JSONField(_("nodes"), default=dict)
    status = StatusField(_("status"), choices=DefinitionStatus, default=DefinitionStatus.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        editable=False,
        verbose_name=_("published by"),
    )

    class Meta:
        verbose_name = _("version of a flow")
        verbose_name_plural = _("versions of flows")
        ordering = ("definition", "-number")
        constraints = (
            models.UniqueConstraint(F("definition"), F("number"), name="flowversion_once"),
            models.UniqueConstraint(
                fields=("definition",), condition=Q(status=DefinitionStatus.DRAFT), name="flowversion_one_draft"
            ),
            models.UniqueConstraint(
                fields=("definition",), condition=Q(status=DefinitionStatus.PUBLISHED), name="flowversion_one_published"
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="nodes_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__graph__df=pgtrigger.F("new__graph")) & ~pgtrigger.Q(old__status="DRAFT"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.definition} V{self.number}"

    @cached_property
    def flow(self) -> Flow:
        """The nodes."""
        return FLOW.validate_python(self.graph)


@pghistory.track(exclude=["version", "updated_at"])
class FlowBinding(Model):
    """
    That documents of an object type are approved by a flow, where the condition fits.

    Of the bindings of an object type the first one that fits counts; without one the document is decided about by
    whoever may.
    """

    subject = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("object type"))
    definition = models.ForeignKey(
        FlowDefinition, models.PROTECT, related_name="bindings", verbose_name=_("approval flow")
    )
    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("company"),
        help_text=_("Empty: all companies."),
    )
    condition = models.JSONField(pgettext_lazy("of a flow", "condition"), default=dict, blank=True)
    position = models.PositiveIntegerField(_("order"), default=1)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("flow of an object type")
        verbose_name_plural = _("flows of object types")
        ordering = ("subject", "position", "pk")

    def __str__(self) -> str:
        return f"{self.subject.name} → {self.definition}"


class FlowRun(Model):
    """
    One run of a flow 流程实例: what is decided about, and where it stands.

    ``state`` is what all events of the log together come to. A run that has ended has no task to be decided.
    """

    scope = ScopePaths(owner="initiator", department="department", company="company")

    definition = models.ForeignKey(FlowDefinition, models.PROTECT, related_name="runs", verbose_name=_("approval flow"))
    flow_version = models.ForeignKey(FlowVersion, models.PROTECT, related_name="runs", verbose_name=_("version"))
    subject_type = models.ForeignKey(ContentType, models.PROTECT, related_name="+", verbose_name=_("object type"))
    subject_id = models.PositiveBigIntegerField(_("object"))
    subject = GenericForeignKey("subject_type", "subject_id")
    title = models.CharField(_("title"), max_length=200)
    amount = MoneyField(_("amount"), null=True, blank=True)
    initiator = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("run it belongs to")
    )
    parent_task = models.PositiveIntegerField(_("task it belongs to"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=InstanceStatus, default=InstanceStatus.RUNNING)
    state = models.JSONField(_("state"), default=dict)
    started_at = models.DateTimeField(_("begun"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("run of a flow")
        verbose_name_plural = _("runs of flows")
        ordering = ("-started_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("subject_type", "subject_id"),
                condition=Q(status=InstanceStatus.RUNNING, parent__isnull=True),
                name="flowrun_one_running",
            ),
            models.CheckConstraint(
                condition=Q(status=InstanceStatus.RUNNING, ended_at__isnull=True)
                | (~Q(status=InstanceStatus.RUNNING) & Q(ended_at__isnull=False)),
                name="flowrun_ended",
            ),
        )
        indexes = (
            models.Index(fields=("subject_type", "subject_id"), name="flowrun_subject"),
            models.Index(fields=("initiator", "-started_at", "-id"), name="flowrun_initiator"),
            models.Index(fields=("definition", "-started_at"), name="flowrun_definition"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return RUN_TONES.get(InstanceStatus(self.status), "")

    @property
    def current(self) -> State:
        """Where the run stands."""
        return STATE.validate_python(self.state)


RUN_TONES = {
    InstanceStatus.RUNNING: "wait",
    InstanceStatus.APPROVED: "done",
    InstanceStatus.REJECTED: "late",
    InstanceStatus.WITHDRAWN: "void",
    InstanceStatus.VOID: "void",
}


class FlowTask(Model):
    """
    What one person has to decide in a run 待办, or was told.

    It says what the state of its run says; only tasks to be decided can be acted on, each once.
    """

    scope = ScopePaths(owner="person", department="run__department", company="run__company")

    run = models.ForeignKey(FlowRun, models.CASCADE, related_name="tasks", verbose_name=_("run of a flow"))
    key = models.PositiveIntegerField(_("task"))
    node = models.CharField(_("node"), max_length=40)
    title = models.CharField(_("step"), max_length=100)
    round = models.PositiveIntegerField(_("round"))
    kind = models.CharField(_("kind"), max_length=12, choices=TaskKind)
    status = models.CharField(_("status"), max_length=12, choices=TaskStatus)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="flow_tasks",
        verbose_name=pgettext_lazy("approval", "person"),
    )
    stands_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("in the place of"),
    )
    rule = models.CharField(_("rule"), max_length=60, blank=True)
    comment = models.CharField(pgettext_lazy("approval", "comment"), max_length=1000, blank=True)
    opened_at = models.DateTimeField(_("asked"))
    closed_at = models.DateTimeField(_("decided"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    reminders = models.PositiveIntegerField(_("reminders"), default=0)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("task of a flow")
        verbose_name_plural = _("tasks of flows")
        ordering = ("-opened_at", "-pk")
        constraints = (models.UniqueConstraint(F("run"), F("key"), name="flowtask_once"),)
        indexes = (
            # The inbox of each person, however much was decided before.
            models.Index(
                fields=("person", "opened_at", "id"), condition=Q(status=TaskStatus.PENDING), name="flowtask_inbox"
            ),
            models.Index(fields=("person", "-closed_at", "-id"), name="flowtask_done"),
            models.Index(
                fields=("person", "-closed_at", "-id"), condition=Q(status=TaskStatus.SENT), name="flowtask_copies"
            ),
            models.Index(
                fields=("due_at",), condition=Q(status=TaskStatus.PENDING, due_at__isnull=False), name="flowtask_due"
            ),
        )

    def __str__(self) -> str:
        return f"{self.run}: {self.title}"

    @property
    def is_late(self) -> bool:
        """Whether nobody decided in time."""
        return self.due_at is not None and self.due_at < timezone.now()


class FlowLog(Model):
    """
    One thing that happened in a run 审批记录; the log is never changed, and the state of the run follows from it.

    Numbered entries are events of the flow; others, as that somebody was urged, changed nothing.
    """

    scope = ScopePaths(owner="run__initiator", department="run__department", company="run__company")

    run = models.ForeignKey(FlowRun, models.PROTECT, related_name="log", verbose_name=_("run of a flow"))
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    kind = models.CharField(_("what happened"), max_length=16, choices=EventKind)
    task = models.PositiveIntegerField(_("task"), null=True, blank=True)
    step = models.CharField(_("step"), max_length=100, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=pgettext_lazy("approval", "person"),
    )
    at = models.DateTimeField(_("time"))
    comment = models.CharField(pgettext_lazy("approval", "comment"), max_length=1000, blank=True)
    rule = models.CharField(_("rule"), max_length=60, blank=True)
    event = models.JSONField(_("event"), default=dict)
    resolved = models.JSONField(_("who was found"), default=list)

    class Meta:
        verbose_name = _("entry of an approval")
        verbose_name_plural = _("entries of approvals")
        ordering = ("run", "pk")
        constraints = (models.UniqueConstraint(F("run"), F("number"), name="flowlog_once"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.run}: {self.get_kind_display()}"


@pghistory.track(exclude=["version", "updated_at"])
class Deputy(Model):
    """
    That somebody decides for a colleague who is away 代理授权, from the first to the last day.

    Chosen flows only, or all of them when none is chosen.
    """

    scope = ScopePaths(owner="person")

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deputies", verbose_name=_("for whom")
    )
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="deputises", verbose_name=_("deputy")
    )
    first_day = models.DateField(_("from"))
    last_day = models.DateField(_("to"))
    definitions = models.ManyToManyField(
        FlowDefinition, blank=True, related_name="+", verbose_name=_("flows"), help_text=_("Empty: all flows.")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("deputy")
        verbose_name_plural = _("deputies")
        ordering = ("-first_day", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="deputy_somebody_else"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="deputy_period"),
        )
        indexes = (models.Index(fields=("person", "first_day", "last_day"), name="deputy_person"),)

    def __str__(self) -> str:
        return f"{self.person} → {self.deputy}"
