"""Types of leave, the ledger of balances, requests and the days they take."""

from __future__ import annotations

from decimal import Decimal

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.attendance.fields import ClockField
from hrm.calendar.requests import TimeRequest
from hrm.leave.choices import DayPart, EntrySource, LeaveCount, LeaveKind, LeaveUnit
from hrm.leave.ledger import Entry
from hrm.leave.spans import Count, LeaveRule, Unit
from hrm.org.models import Employee
from hrm.org.scopes import OF_PERSON
from suite.core.models import Model
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
ZERO = Decimal(0)
NOT_NEGATIVE = [MinValueValidator(ZERO)]


@pghistory.track(exclude=UNTRACKED)
class LeaveType(Searchable):
    """
    A kind of leave 假种: how it is counted and paid, and whether it comes out of a balance.

    Annual leave and time off for overtime exist once: what grants them has to find them.
    """

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=11, choices=LeaveKind, default=LeaveKind.OTHER)
    unit = models.CharField(_("smallest part"), max_length=8, choices=LeaveUnit, default=LeaveUnit.HALF_DAY)
    step_minutes = models.PositiveSmallIntegerField(
        _("step in minutes"), default=60, validators=[MinValueValidator(1)], help_text=_("For leave in hours.")
    )
    counts = models.CharField(_("counts"), max_length=26, choices=LeaveCount, default=LeaveCount.WORKING)
    day_hours = models.DecimalField(
        _("hours of a day"), max_digits=4, decimal_places=2, default=Decimal(8), validators=[MinValueValidator(1)]
    )
    paid_percent = models.DecimalField(
        _("paid %"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(100),
        validators=[MinValueValidator(ZERO), MaxValueValidator(100)],
    )
    needs_balance = models.BooleanField(_("from a balance"), default=False)
    overdraft_hours = models.DecimalField(
        _("may be taken ahead, hours"), max_digits=6, decimal_places=2, default=ZERO, validators=NOT_NEGATIVE
    )
    valid_months = models.PositiveSmallIntegerField(
        _("valid for months"),
        null=True,
        blank=True,
        help_text=_("Annual leave: after the end of its year. Time off: after the overtime. Empty: for ever."),
    )
    max_days = models.DecimalField(
        _("days at most at once"), max_digits=6, decimal_places=2, null=True, blank=True, validators=NOT_NEGATIVE
    )
    max_days_year = models.DecimalField(
        _("days at most in a year"), max_digits=6, decimal_places=2, null=True, blank=True, validators=NOT_NEGATIVE
    )
    basis = models.CharField(_("legal basis"), max_length=200, blank=True)
    sort_order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("leave type")
        verbose_name_plural = _("leave types")
        ordering = ("sort_order", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("kind",),
                condition=Q(kind__in=(LeaveKind.ANNUAL, LeaveKind.COMP)),
                name="leavetype_granted_once",
                violation_error_message=_("There is a type of this kind already."),
            ),
            models.CheckConstraint(
                condition=Q(counts=LeaveCount.WORKING) | Q(unit=LeaveUnit.DAY),
                name="leavetype_calendar_days_whole",
                violation_error_message=_("Leave in calendar days is taken in whole days."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> LeaveRule:
        """How the engine counts it."""
        return LeaveRule(Count(self.counts), Unit(self.unit), self.step_minutes, self.day_hours)


@pghistory.track(exclude=UNTRACKED)
class LeaveRequest(TimeRequest):
    """
    Somebody asks for leave 请假单: whole or half days, or hours from a moment to another.

    Handed in, it takes its hours from the balance; refused or cancelled, it gives them back.
    """

    leave_type = models.ForeignKey(LeaveType, models.PROTECT, related_name="requests", verbose_name=_("leave type"))
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("through the day"))
    first_part = models.CharField(
        _("begins with"), max_length=6, choices=DayPart, default=DayPart.FIRST, help_text=_("Of the first day.")
    )
    last_part = models.CharField(
        _("ends with"), max_length=6, choices=DayPart, default=DayPart.SECOND, help_text=_("Of the last day.")
    )
    start = ClockField(_("from"), blank=True, help_text=_("Leave in hours: time on the first day."))
    end = ClockField(_("to"), blank=True, help_text=_("Leave in hours: time on the last day."))
    hours = models.DecimalField(_("hours"), max_digits=8, decimal_places=4, default=ZERO, editable=False)
    days = models.DecimalField(_("days"), max_digits=8, decimal_places=4, default=ZERO, editable=False)

    class Meta(TimeRequest.Meta):
        verbose_name = _("leave request")
        verbose_name_plural = _("leave requests")
        ordering = ("-first_day", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")),
                name="leaverequest_period",
                violation_error_message=_("The leave ends before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(start="", end="") | (~Q(start="") & ~Q(end="")),
                name="leaverequest_both_times",
                violation_error_message=_("Enter both times, or none."),
            ),
        )
        indexes = (models.Index(fields=("first_day", "last_day"), name="leaverequest_days"),)

    def __str__(self) -> str:
        return f"{self.employee} {self.leave_type} {self.first_day:%m-%d}"

    @property
    def is_in_hours(self) -> bool:
        """Whether it goes from a moment to another."""
        return bool(self.start)


class LeaveDay(Model):
    """
    What a leave that was handed in takes of one day.

    ``spans`` are minutes of the plan that are not worked, as pairs after midnight of the day; ``charged`` is what the
    account pays, ``part`` what part of a day of the account that is, ``plan_part`` what part of the planned minutes.
    """

    scope = OF_PERSON

    request = models.ForeignKey(LeaveRequest, models.CASCADE, related_name="shares", verbose_name=_("leave request"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    date = models.DateField(_("date"))
    spans = ArrayField(models.PositiveSmallIntegerField(), default=list, verbose_name=_("minutes of the plan"))
    charged = models.DecimalField(_("charged minutes"), max_digits=8, decimal_places=4)
    part = models.DecimalField(_("part of a day"), max_digits=6, decimal_places=4)
    plan_part = models.DecimalField(_("part of the plan"), max_digits=6, decimal_places=4)

    class Meta:
        verbose_name = _("leave day")
        verbose_name_plural = _("leave days")
        ordering = ("date", "pk")
        constraints = (models.UniqueConstraint(fields=("request", "date"), name="leaveday_once"),)
        indexes = (models.Index(fields=("employee", "date"), name="leaveday_employee_date"),)

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"

    @property
    def intervals(self) -> tuple[tuple[int, int], ...]:
        """The spans as pairs."""
        return tuple(zip(self.spans[::2], self.spans[1::2], strict=True))


class LeaveEntry(Model):
    """
    One row of the ledger of leave 假期台账; it is never changed.

    Positive: a grant, or with ``of`` hours of that use that come back. Negative: a use, or with ``of`` hours of that
    grant that expired or were taken back. The balance is the sum of what may still be used.
    """

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="leave_entries", verbose_name=_("employee"))
    leave_type = models.ForeignKey(LeaveType, models.PROTECT, related_name="entries", verbose_name=_("leave type"))
    hours = models.DecimalField(_("hours"), max_digits=8, decimal_places=4)
    on = models.DateField(_("counts from"))
    expires_on = models.DateField(_("may be used until"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=10, choices=EntrySource)
    of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="put_right_by", verbose_name=_("puts right")
    )
    request = models.ForeignKey(
        LeaveRequest, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("leave request")
    )
    # Names what must be granted once, such as the annual leave of a year; empty for everything else.
    origin = models.CharField(_("origin"), max_length=80, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("leave entry")
        verbose_name_plural = _("leave ledger")
        ordering = ("-on", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(hours=0), name="leaveentry_has_hours"),
            models.UniqueConstraint(fields=("origin",), condition=~Q(origin=""), name="leaveentry_origin_once"),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True) | Q(expires_on__gte=F("on")), name="leaveentry_expires_after"
            ),
        )
        indexes = (models.Index(fields=("employee", "leave_type", "on"), name="leaveentry_account"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_source_display()} {self.hours.normalize():+f}"

    def to_engine(self) -> Entry:
        """The row as the ledger's engine takes it."""
        return Entry(self.pk, self.hours, self.on, self.source, self.expires_on, self.of_id)
