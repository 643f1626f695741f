"""What personnel keeps of people: where they stood when, their contracts, papers, things and tasks."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import pghistory
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.choices import PlaceChange
from hrm.org.models import Department, Employee, Position
from hrm.org.scopes import OF_PERSON
from hrm.people.choices import (
    AlertKind,
    AlertLevel,
    CertificateKind,
    ChangeKind,
    ChangeStatus,
    ContractKind,
    ContractState,
    Doer,
    Occasion,
    TaskStatus,
)
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.masters.periods import DateRange, no_overlap, period
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(0)]


@pghistory.track(exclude=["version", "updated_at"])
class Assignment(Model):
    """
    One place 任职 of somebody from ``valid_from`` through ``valid_to``; without an end it is where they stand now.

    Places of a person never overlap. The last one agrees with the columns of the employee while they have not left.
    Services of the organisation and their events write it, nobody else.
    """

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="assignments", verbose_name=_("employee"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department")
    )
    position = models.ForeignKey(Position, models.PROTECT, null=True, related_name="+", verbose_name=_("position"))
    manager = models.ForeignKey(Employee, models.PROTECT, null=True, related_name="+", verbose_name=_("manager"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True)
    kind = models.CharField(_("came by"), max_length=12, choices=PlaceChange)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        ordering = ("employee", "-valid_from")
        constraints = (
            no_overlap(
                "assignment_no_overlap", ("employee",), _("The person has another place in a part of this period.")
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="assignment_period"
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee} {self.valid_from:%Y-%m-%d}"


@pghistory.track(exclude=UNTRACKED)
class PersonnelChange(StatusModel, Searchable):
    """
    One personnel change 人事异动: confirmation, transfer, promotion, demotion or leaving, in force from a day on.

    The new place is written out in full: what does not change is the same in ``from_…`` and without.
    """

    scope = OF_PERSON
    search_fields = ("number", "employee__name", "employee__number")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        ChangeStatus.DRAFT: (ChangeStatus.SUBMITTED, ChangeStatus.CANCELLED),
        ChangeStatus.SUBMITTED: (ChangeStatus.APPROVED, ChangeStatus.REJECTED, ChangeStatus.CANCELLED),
        ChangeStatus.APPROVED: (ChangeStatus.DONE, ChangeStatus.CANCELLED),
        ChangeStatus.REJECTED: (ChangeStatus.DRAFT,),
        ChangeStatus.DONE: (),
        ChangeStatus.CANCELLED: (),
    }
    status_tone: ClassVar[dict[str, str]] = {
        ChangeStatus.SUBMITTED: "wait",
        ChangeStatus.APPROVED: "go",
        ChangeStatus.DONE: "done",
        ChangeStatus.REJECTED: "late",
        ChangeStatus.CANCELLED: "void",
    }
    stepper = (ChangeStatus.DRAFT, ChangeStatus.SUBMITTED, ChangeStatus.APPROVED, ChangeStatus.DONE)

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="changes", verbose_name=_("employee"))
    kind = models.CharField(_("kind"), max_length=10, choices=ChangeKind)
    effective_on = models.DateField(
        _("effective on"), help_text=_("The first day of the new place; for leaving, the last day of work.")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("new department"),
        help_text=_("Empty: as now."),
    )
    position = models.ForeignKey(
        Position,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("new position"),
        help_text=_("Empty: as now."),
    )
    manager = models.ForeignKey(
        Employee,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("new manager"),
        help_text=_("Empty: as now, or the head of the new department."),
    )
    from_department = models.ForeignKey(
        Department, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("old department")
    )
    from_position = models.ForeignKey(
        Position, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("old position")
    )
    from_manager = models.ForeignKey(
        Employee, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("old manager")
    )
    successor = models.ForeignKey(
        Employee,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("successor"),
        help_text=_("When somebody leaves: takes over the departments they head and the people they manage."),
    )
    reason = models.CharField(_("reason"), max_length=500)
    # Why it could not come into force on its day.
    refusal = models.CharField(_("not in force because"), max_length=500, blank=True, editable=False)
    status = StatusField(_("status"), choices=ChangeStatus, default=ChangeStatus.DRAFT)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("responsible"),
    )

    class Meta:
        verbose_name = _("personnel change")
        verbose_name_plural = _("personnel changes")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="personnelchange_number_once"),
            models.UniqueConstraint(
                fields=("employee", "kind"),
                condition=Q(status__in=("SUBMITTED", "APPROVED")),
                name="personnelchange_one_open",
                violation_error_message=_("Another change of this kind is under way for this person."),
            ),
            models.CheckConstraint(condition=~Q(successor=F("employee")), name="personnelchange_other_successor"),
        )
        indexes = (models.Index(fields=("status", "effective_on"), name="personnelchange_due"),)

    def __str__(self) -> str:
        return self.number


@pghistory.track(exclude=UNTRACKED)
class LaborContract(Searchable):
    """
    One labour contract 劳动合同; it counts from the day it is signed, and where it stands follows from its dates.

    Contracts of a person never overlap; one that renews another says which.
    """

    scope = OF_PERSON
    sensitive_fields = ("monthly_wage", "probation_wage")
    search_fields = ("number", "employee__name", "employee__number")

    if TYPE_CHECKING:
        # From hrm.people.selectors.with_state.
        state: str

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="contracts", verbose_name=_("employee"))
    kind = models.CharField(_("term"), max_length=6, choices=ContractKind, default=ContractKind.FIXED)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"), null=True, blank=True, help_text=_("The last day of a fixed term."))
    probation_ends_on = models.DateField(
        _("probation ends on"), null=True, blank=True, help_text=_("Empty: no probation.")
    )
    job_title = models.CharField(_("work"), max_length=100, blank=True, help_text=_("Empty: the position."))
    work_place = models.CharField(_("place of work"), max_length=200, blank=True)
    monthly_wage = MoneyField(_("monthly wage"), null=True, blank=True, validators=POSITIVE)
    probation_wage = MoneyField(
        _("wage during probation"), null=True, blank=True, validators=POSITIVE, help_text=_("Empty: the same.")
    )
    fixed_term_reason = models.CharField(
        _("why not open-ended"),
        max_length=200,
        blank=True,
        help_text=_("Where the law asks for an open-ended contract: how the person asked for a fixed term."),
    )
    note = models.TextField(_("note"), blank=True)
    signed_on = models.DateField(_("signed on"), null=True, editable=False)
    ended_on = models.DateField(_("ended on"), null=True, editable=False)
    end_reason = models.CharField(_("why it ended"), max_length=500, blank=True, editable=False)
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, editable=False, related_name="renewal", verbose_name=_("renews")
    )

    class Meta:
        verbose_name = _("labour contract")
        verbose_name_plural = _("labour contracts")
        ordering = ("employee", "-starts_on")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="laborcontract_number_once"),
            ExclusionConstraint(
                name="laborcontract_no_overlap",
                expressions=(
                    ("employee", RangeOperators.EQUAL),
                    (
                        DateRange("starts_on", Cast(Coalesce("ended_on", "ends_on"), models.DateField()), Value("[]")),
                        RangeOperators.OVERLAPS,
                    ),
                ),
                violation_error_message=_("The person has another contract in a part of this period."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="laborcontract_period",
                violation_error_message=_("The contract ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(kind="FIXED") | Q(ends_on__isnull=False),
                name="laborcontract_fixed_ends",
                violation_error_message=_("A fixed term needs its last day."),
            ),
            models.CheckConstraint(
                condition=Q(kind="FIXED") | Q(ends_on__isnull=True),
                name="laborcontract_open_end",
                violation_error_message=_("Only a fixed term has a last day."),
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("starts_on")), name="laborcontract_ended"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(signed_on__isnull=False), name="laborcontract_ended_signed"
            ),
        )
        indexes = (models.Index(fields=("ends_on",), name="laborcontract_ends"),)

    def __str__(self) -> str:
        return self.number

    @property
    def last_day(self) -> date | None:
        """The last day it counts, None without one."""
        return self.ended_on or self.ends_on

    def state_on(self, day: date) -> ContractState:
        """Where it stands on a day."""
        if self.signed_on is None:
            return ContractState.DRAFT
        if self.ended_on is not None and (self.ended_on < day or self.starts_on > day):
            return ContractState.ENDED
        if self.starts_on > day:
            return ContractState.UPCOMING
        if self.ends_on is not None and self.ends_on < day:
            return ContractState.EXPIRED
        return ContractState.ACTIVE


@pghistory.track(exclude=["version", "updated_at"])
class MinimumWage(Model):
    """The local minimum wage of a month 最低工资标准 that a company has to pay, from a day through another."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    monthly = MoneyField(_("monthly minimum wage"), validators=POSITIVE)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("minimum wage")
        verbose_name_plural = _("minimum wages")
        ordering = ("company", "-valid_from")
        constraints = (
            no_overlap(
                "minimumwage_no_overlap",
                ("company",),
                _("The company has another minimum wage in a part of this period."),
            ),
            period("minimumwage_period"),
            models.CheckConstraint(condition=Q(monthly__gt=0), name="minimumwage_positive"),
        )

    def __str__(self) -> str:
        return f"{self.company} {self.valid_from:%Y-%m-%d}: {self.monthly}"


@pghistory.track(exclude=UNTRACKED)
class Certificate(Searchable):
    """One paper of a person 证件/证书 that proves something, perhaps for a time; the scan is an attachment."""

    scope = OF_PERSON
    sensitive_fields = ("number",)
    search_fields = ("name", "employee__name", "employee__number")

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="certificates", verbose_name=_("employee"))
    kind = models.CharField(_("kind"), max_length=20, choices=CertificateKind)
    name = models.CharField(_("certificate"), max_length=100)
    number = models.CharField(_("certificate number"), max_length=60, blank=True)
    issuer = models.CharField(_("issued by"), max_length=100, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True, help_text=_("Empty: it does not expire."))

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ("employee", "kind", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(issued_on__isnull=True) | Q(valid_to__gte=F("issued_on")),
                name="certificate_period",
                violation_error_message=_("The period ends before it begins."),
            ),
        )
        indexes = (models.Index(fields=("valid_to",), name="certificate_valid_to"),)

    def __str__(self) -> str:
        return f"{self.name} {self.employee}"


@pghistory.track(exclude=UNTRACKED)
class AssetLoan(Searchable):
    """One thing handed out 领用资产, until it is returned; a thing with a code is with one person at a time."""

    scope = OF_PERSON
    search_fields = ("name", "code", "employee__name", "employee__number")

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="loans", verbose_name=_("employee"))
    name = models.CharField(_("thing"), max_length=100)
    code = models.CharField(_("asset code"), max_length=60, blank=True)
    quantity = models.PositiveIntegerField(_("quantity"), default=1, validators=[MinValueValidator(1)])
    handed_out_on = models.DateField(_("handed out on"))
    due_on = models.DateField(_("to be returned by"), null=True, blank=True)
    condition = models.CharField(_("condition"), max_length=200, blank=True)
    returned_on = models.DateField(pgettext_lazy("loan", "returned on"), null=True, editable=False)
    returned_condition = models.CharField(_("condition when returned"), max_length=200, blank=True, editable=False)

    class Meta:
        verbose_name = _("thing handed out")
        verbose_name_plural = _("things handed out")
        ordering = ("employee", "-handed_out_on", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("code",),
                condition=Q(returned_on__isnull=True) & ~Q(code=""),
                name="assetloan_with_one",
                violation_error_message=_("This thing is with somebody already; take it back first."),
            ),
            models.CheckConstraint(
                condition=Q(returned_on__isnull=True) | Q(returned_on__gte=F("handed_out_on")),
                name="assetloan_returned",
                violation_error_message=_("It was returned before it was handed out."),
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="assetloan_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.code}".strip()


class TaskTemplate(Model):
    """What is done for everybody who joins or leaves, or for those of a department or position."""

    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion)
    title = models.CharField(_("task"), max_length=100)
    note = models.CharField(_("how"), max_length=500, blank=True)
    doer = models.CharField(_("done by"), max_length=8, choices=Doer, default=Doer.HR)
    role = models.ForeignKey(
        Group,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("role"),
        help_text=_("For tasks of the holders of a role."),
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        help_text=_("Only for people of this department and below it; empty: for all."),
    )
    position = models.ForeignKey(
        Position,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("position"),
        help_text=_("Only for people of this position; empty: for all."),
    )
    days = models.IntegerField(
        _("days"), default=0, help_text=_("After the first or the last day; before it with a minus.")
    )
    sort_order = models.PositiveIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("task template")
        verbose_name_plural = _("task templates")
        ordering = ("occasion", "sort_order", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(doer="ROLE", role__isnull=False) | (~Q(doer="ROLE") & Q(role__isnull=True)),
                name="tasktemplate_role",
                violation_error_message=_("Name a role exactly when its holders do the task."),
            ),
        )

    def __str__(self) -> str:
        return self.title


@pghistory.track(exclude=UNTRACKED)
class StaffTask(StatusModel, Searchable):
    """Something to be done for one person who joins or leaves; without an assignee anybody of the doers does it."""

    scope = ScopePaths(owner="assignee", department="employee__department", company="employee__company")
    search_fields = ("title", "employee__name", "employee__number")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        TaskStatus.OPEN: (TaskStatus.DONE, TaskStatus.CANCELLED),
        TaskStatus.DONE: (TaskStatus.OPEN,),
        TaskStatus.CANCELLED: (TaskStatus.OPEN,),
    }
    status_tone: ClassVar[dict[str, str]] = {
        TaskStatus.OPEN: "wait",
        TaskStatus.DONE: "done",
        TaskStatus.CANCELLED: "void",
    }

    employee = models.ForeignKey(Employee, models.CASCADE, related_name="tasks", verbose_name=_("employee"))
    template = models.ForeignKey(
        TaskTemplate, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("task template")
    )
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion)
    title = models.CharField(_("task"), max_length=100)
    note = models.CharField(_("how"), max_length=500, blank=True)
    doer = models.CharField(_("done by"), max_length=8, choices=Doer, default=Doer.HR)
    role = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("role"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_tasks",
        verbose_name=_("assigned to"),
    )
    due_on = models.DateField(_("due on"))
    done_on = models.DateField(_("done on"), null=True, editable=False)
    status = StatusField(_("status"), choices=TaskStatus, default=TaskStatus.OPEN)

    class Meta:
        verbose_name = _("joining and leaving task")
        verbose_name_plural = _("joining and leaving tasks")
        ordering = ("due_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(status="DONE", done_on__isnull=False) | (~Q(status="DONE") & Q(done_on__isnull=True)),
                name="stafftask_done",
            ),
        )
        indexes = (models.Index(fields=("assignee", "status", "due_on"), name="stafftask_mine"),)

    def __str__(self) -> str:
        return self.title


class StaffAlert(Model):
    """
    Something that personnel has to see to in time; found and dropped every night by what the rows behind it say.

    ``object_id`` is the row behind it: the contract, the certificate, the thing, the task or the employee.
    """

    scope = OF_PERSON

    kind = models.CharField(_("what"), max_length=24, choices=AlertKind)
    employee = models.ForeignKey(Employee, models.CASCADE, related_name="alerts", verbose_name=_("employee"))
    object_id = models.PositiveBigIntegerField(_("row"), editable=False)
    subject = models.CharField(_("about"), max_length=120, blank=True)
    due_on = models.DateField(_("due on"))
    level = models.CharField(_("how near"), max_length=8, choices=AlertLevel)
    found_on = models.DateField(_("found on"))

    class Meta:
        verbose_name = _("personnel alert")
        verbose_name_plural = _("personnel alerts")
        ordering = ("due_on", "pk")
        constraints = (models.UniqueConstraint(fields=("kind", "object_id"), name="staffalert_once"),)

    def __str__(self) -> str:
        return f"{self.employee} {self.subject}".strip()
