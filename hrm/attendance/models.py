"""Shifts and rosters, punches, results of days, and what people ask for about their working time."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.attendance import shift as engine
from hrm.attendance.choices import (
    DayStatus,
    OutingKind,
    OvertimeClass,
    PunchSource,
    Resolution,
    RestRule,
    Settlement,
    WorkingTimeSystem,
)
from hrm.attendance.fields import ClockField
from hrm.attendance.shift import parse_time
from hrm.calendar.choices import LIVE_REQUESTS
from hrm.calendar.requests import TimeRequest
from hrm.org.models import Employee
from hrm.org.scopes import OF_PERSON
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.models import Company
from suite.masters.periods import no_overlap, period
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class TimeRange(Func):
    """The time from one column up to another."""

    function = "tstzrange"
    output_field = DateTimeRangeField()


@pghistory.track(exclude=UNTRACKED)
class Shift(Searchable):
    """
    Segments of work 班次 and how their punches are judged; figures are minutes.

    A shift that was worked stays as it was: a change of hours is a new shift.
    """

    scope = ScopePaths(company="company")
    search_fields = ("code", "name")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    early = models.PositiveSmallIntegerField(
        _("punch before start"), default=120, help_text=_("Minutes before a segment from which a punch counts for it.")
    )
    late = models.PositiveSmallIntegerField(
        _("punch after end"), default=360, help_text=_("Minutes after a segment up to which a punch counts for it.")
    )
    late_grace = models.PositiveSmallIntegerField(_("late grace"), default=0)
    leave_grace = models.PositiveSmallIntegerField(_("early leave grace"), default=0)
    half_day_after = models.PositiveSmallIntegerField(
        _("half day absent after"), null=True, blank=True, help_text=_("Minutes late or early; empty: never.")
    )
    absent_after = models.PositiveSmallIntegerField(
        _("absent after"), null=True, blank=True, help_text=_("Minutes late or early; empty: never.")
    )
    flexible = models.PositiveSmallIntegerField(
        _("flexible minutes"), default=0, help_text=_("Who comes later may leave later; for a shift of one segment.")
    )
    repeat = models.PositiveSmallIntegerField(_("repeated punch within"), default=engine.REPEAT)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ("code", "pk")
        constraints = (models.UniqueConstraint(F("company"), F("code"), name="shift_code_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def hours(self) -> str:
        """Its segments as a person reads them."""
        return " · ".join(str(segment) for segment in self.segments.all())

    def to_engine(self) -> engine.Shift:
        """
        Return the shift as the engine takes it; its segments should be at hand.

        :raises ValueError: for segments or limits out of order.
        """
        return engine.Shift(
            segments=tuple(segment.to_engine() for segment in self.segments.all()),
            early=self.early,
            late=self.late,
            late_grace=self.late_grace,
            leave_grace=self.leave_grace,
            half_day_after=self.half_day_after,
            absent_after=self.absent_after,
            flexible=self.flexible,
            repeat=self.repeat,
        )


class ShiftSegment(Model):
    """A stretch of work with a punch at either end, and perhaps an unpaid break that nobody punches."""

    scope = ScopePaths(company="shift__company")

    shift = models.ForeignKey(Shift, models.CASCADE, related_name="segments", verbose_name=_("shift"))
    position = models.PositiveSmallIntegerField(_("position"), default=1, editable=False)
    start = ClockField(_("start"))
    end = ClockField(_("end"), help_text=_("26:00 is two o'clock of the next day."))
    break_start = ClockField(_("break from"), blank=True)
    break_end = ClockField(_("break to"), blank=True)

    class Meta:
        verbose_name = _("shift segment")
        verbose_name_plural = _("shift segments")
        ordering = ("shift", "position")
        constraints = (models.UniqueConstraint(F("shift"), F("position"), name="shiftsegment_position_once"),)

    def __str__(self) -> str:
        return f"{self.start}–{self.end}"

    def to_engine(self) -> engine.Segment:
        """
        Return the segment as the engine takes it.

        :raises ValueError: for times out of order.
        """
        breaks = ((parse_time(self.break_start), parse_time(self.break_end)),) if self.break_start else ()
        return engine.Segment(parse_time(self.start), parse_time(self.end), breaks)


@pghistory.track(exclude=UNTRACKED)
class WorkSchedule(Searchable):
    """How a group of people works 考勤组: their system of working time, usual shift and days of rest."""

    scope = ScopePaths(company="company")
    search_fields = ("code", "name")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=20)
    name = models.CharField(_("name"), max_length=60)
    system = models.CharField(
        _("working time system"), max_length=13, choices=WorkingTimeSystem, default=WorkingTimeSystem.STANDARD
    )
    rest_rule = models.CharField(_("rests"), max_length=8, choices=RestRule, default=RestRule.CALENDAR)
    default_shift = models.ForeignKey(
        Shift,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="schedules",
        verbose_name=_("usual shift"),
        help_text=_("On working days that the roster does not name; empty: only the roster counts."),
    )
    day_cut = ClockField(
        _("day begins"), default="04:00", help_text=_("To which day a punch belongs that no shift wants.")
    )
    needs_punches = models.BooleanField(
        _("punches needed"), default=True, help_text=_("Without, every planned day counts as worked.")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("work schedule")
        verbose_name_plural = _("work schedules")
        ordering = ("code", "pk")
        constraints = (
            models.UniqueConstraint(F("company"), F("code"), name="workschedule_code_once"),
            models.CheckConstraint(
                condition=Q(rest_rule=RestRule.ROSTER) | Q(default_shift__isnull=False),
                name="workschedule_has_shift",
                violation_error_message=_("Who rests by the calendar needs a usual shift."),
            ),
        )

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["version", "updated_at"])
class ScheduleMember(Model):
    """Somebody works by a schedule from one day to another; periods of one person never overlap."""

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="schedules", verbose_name=_("employee"))
    schedule = models.ForeignKey(WorkSchedule, models.PROTECT, related_name="members", verbose_name=_("work schedule"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("schedule membership")
        verbose_name_plural = _("schedule memberships")
        ordering = ("employee", "-valid_from")
        constraints = (
            no_overlap(
                "schedulemember_no_overlap",
                ("employee",),
                _("The person works by another schedule in a part of this period."),
            ),
            period("schedulemember_period"),
        )

    def __str__(self) -> str:
        return f"{self.employee} · {self.schedule}"


@pghistory.track(exclude=["version", "updated_at"])
class RosterDay(Model):
    """What somebody works on a day 排班, instead of what the schedule says; without a shift it is a day off."""

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="roster", verbose_name=_("employee"))
    date = models.DateField(_("date"))
    shift = models.ForeignKey(
        Shift,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="roster",
        verbose_name=_("shift"),
        help_text=_("Empty: a day off."),
    )

    class Meta:
        verbose_name = _("roster day")
        verbose_name_plural = _("roster")
        ordering = ("-date", "employee")
        constraints = (models.UniqueConstraint(fields=("employee", "date"), name="rosterday_once"),)
        indexes = (models.Index(fields=("date",), name="rosterday_date"),)

    def __str__(self) -> str:
        return f"{self.employee} {self.date:%m-%d}"


class Punch(Model):
    """
    One pass at a clock 打卡; it is never changed.

    A wrong one is put right by another row that names it: with the right time, or void, which only takes it away.
    """

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="punches", verbose_name=_("employee"))
    punched_at = models.DateTimeField(_("time"))
    source = models.CharField(_("source"), max_length=10, choices=PunchSource, default=PunchSource.DEVICE)
    device = models.CharField(_("device"), max_length=60, blank=True)
    external_key = models.CharField(
        _("external key"),
        max_length=160,
        unique=True,
        blank=True,
        help_text=_("Names the punch; empty: made of its data."),
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", verbose_name=_("replaces")
    )
    is_void = models.BooleanField(_("only takes away"), default=False)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("made by")
    )

    class Meta:
        verbose_name = _("punch")
        verbose_name_plural = _("punches")
        ordering = ("-punched_at", "-pk")
        indexes = (
            models.Index(fields=("employee", "punched_at"), name="punch_employee_at"),
            models.Index(fields=("punched_at",), name="punch_at"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(is_void=False) | Q(replaces__isnull=False), name="punch_void_replaces"),
        )
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.employee} {timezone.localtime(self.punched_at):%m-%d %H:%M}"


class AttendanceDay(Model):
    """
    What a day of a person came to 日考勤, in minutes.

    ``planned`` is the sum of ``worked``, ``late``, ``left_early``, ``absent``, ``on_leave``, ``elsewhere`` and
    ``unresolved``. ``comp`` is what of ``overtime_rest`` became time off. A locked day never changes again.
    """

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="attendance", verbose_name=_("employee"))
    date = models.DateField(_("date"))
    kind = models.CharField(_("kind of day"), max_length=9, choices=OvertimeClass)
    shift = models.ForeignKey(Shift, models.PROTECT, null=True, related_name="+", verbose_name=_("shift"))
    system = models.CharField(
        _("working time system"), max_length=13, choices=WorkingTimeSystem, default=WorkingTimeSystem.STANDARD
    )
    statuses = ArrayField(models.CharField(max_length=13, choices=DayStatus), verbose_name=_("result"), default=list)
    problems = models.JSONField(_("exceptions"), default=list)
    has_exception = models.BooleanField(_("to be resolved"), default=False)
    came_at = models.DateTimeField(_("came"), null=True)
    left_at = models.DateTimeField(_("went"), null=True)
    planned = models.PositiveSmallIntegerField(_("planned minutes"), default=0)
    worked = models.PositiveSmallIntegerField(_("worked minutes"), default=0)
    late = models.PositiveSmallIntegerField(_("late minutes"), default=0)
    left_early = models.PositiveSmallIntegerField(_("early leave minutes"), default=0)
    absent = models.PositiveSmallIntegerField(_("absent minutes"), default=0)
    on_leave = models.PositiveSmallIntegerField(_("leave minutes"), default=0)
    elsewhere = models.PositiveSmallIntegerField(_("minutes elsewhere"), default=0)
    unresolved = models.PositiveSmallIntegerField(_("unresolved minutes"), default=0)
    statutory_worked = models.PositiveSmallIntegerField(_("worked on a statutory holiday"), default=0)
    overtime_workday = models.PositiveSmallIntegerField(_("overtime 150 % minutes"), default=0)
    overtime_rest = models.PositiveSmallIntegerField(_("overtime 200 % minutes"), default=0)
    overtime_statutory = models.PositiveSmallIntegerField(_("overtime 300 % minutes"), default=0)
    comp = models.PositiveSmallIntegerField(_("time off minutes"), default=0)
    resolution = models.CharField(_("decision"), max_length=7, choices=Resolution, blank=True)
    resolution_note = models.CharField(_("reason of the decision"), max_length=200, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    is_locked = models.BooleanField(_("locked"), default=False)
    # Empty while it waits to be computed again.
    computed_at = models.DateTimeField(_("computed at"), null=True)

    class Meta:
        verbose_name = _("day result")
        verbose_name_plural = _("day results")
        ordering = ("-date", "employee")
        constraints = (
            models.UniqueConstraint(fields=("employee", "date"), name="attendanceday_once"),
            models.CheckConstraint(
                condition=Q(
                    planned=F("worked")
                    + F("late")
                    + F("left_early")
                    + F("absent")
                    + F("on_leave")
                    + F("elsewhere")
                    + F("unresolved")
                ),
                name="attendanceday_adds_up",
            ),
            models.CheckConstraint(condition=Q(comp__lte=F("overtime_rest")), name="attendanceday_comp_of_rest"),
        )
        indexes = (
            models.Index(fields=("date", "employee"), name="attendanceday_date"),
            models.Index(fields=("date",), condition=Q(has_exception=True), name="attendanceday_open"),
        )
        triggers = (
            pgtrigger.Protect(
                name="locked",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_locked=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee} {self.date:%Y-%m-%d}"


@pghistory.track(exclude=UNTRACKED)
class PunchCorrection(TimeRequest):
    """Somebody forgot to punch, or a punch is wrong 补卡; once approved, it is a punch of its own."""

    punched_at = models.DateTimeField(_("time"))
    replaces = models.ForeignKey(
        Punch,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        verbose_name=_("instead of"),
        help_text=_("Empty: a punch that is missing."),
    )
    punch = models.OneToOneField(
        Punch, models.PROTECT, null=True, editable=False, related_name="correction", verbose_name=_("punch")
    )

    class Meta(TimeRequest.Meta):
        verbose_name = _("punch correction")
        verbose_name_plural = _("punch corrections")
        ordering = ("-punched_at", "-pk")

    def __str__(self) -> str:
        return f"{self.employee} {timezone.localtime(self.punched_at):%m-%d %H:%M}"


@pghistory.track(exclude=UNTRACKED)
class Outing(TimeRequest):
    """Work elsewhere 外勤、出差: what of the plan it covers counts as worked, without punches."""

    kind = models.CharField(_("kind"), max_length=5, choices=OutingKind, default=OutingKind.FIELD)
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    place = models.CharField(_("place"), max_length=120, blank=True)

    class Meta(TimeRequest.Meta):
        verbose_name = _("outing")
        verbose_name_plural = _("outings")
        ordering = ("-starts_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="outing_period",
                violation_error_message=_("It ends before it begins."),
            ),
            ExclusionConstraint(
                name="outing_no_overlap",
                expressions=(
                    ("employee", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ),
                condition=Q(status__in=LIVE_REQUESTS),
                violation_error_message=_("There is another outing at this time."),
            ),
        )
        indexes = (models.Index(fields=("starts_at", "ends_at"), name="outing_time"),)

    def __str__(self) -> str:
        return f"{self.employee} {self.get_kind_display()} {timezone.localtime(self.starts_at):%m-%d}"


@pghistory.track(exclude=UNTRACKED)
class OvertimeRequest(TimeRequest):
    """
    Work beyond the plan 加班单, on the day it begins; what was approved and worked counts.

    The class follows from the calendar. Only overtime on a day of rest can become time off.
    """

    date = models.DateField(_("date"))
    start = ClockField(_("from"))
    end = ClockField(_("to"), help_text=_("26:00 is two o'clock of the next day."))
    kind = models.CharField(_("class"), max_length=9, choices=OvertimeClass, editable=False)
    settlement = models.CharField(_("settled by"), max_length=4, choices=Settlement, default=Settlement.PAY)
    planned_minutes = models.PositiveSmallIntegerField(_("planned minutes"), editable=False)
    approved_minutes = models.PositiveSmallIntegerField(
        _("approved minutes"), null=True, blank=True, editable=False, validators=[MinValueValidator(1)]
    )
    limit_reason = models.CharField(
        _("reason beyond the limit"),
        max_length=300,
        blank=True,
        help_text=_("Needed beyond 3 hours of a day or 36 hours of a month."),
    )

    class Meta(TimeRequest.Meta):
        verbose_name = _("overtime request")
        verbose_name_plural = _("overtime requests")
        ordering = ("-date", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(approved_minutes__isnull=True) | Q(approved_minutes__lte=F("planned_minutes")),
                name="overtimerequest_approved_of_planned",
            ),
            models.CheckConstraint(
                condition=Q(settlement=Settlement.PAY) | Q(kind=OvertimeClass.REST),
                name="overtimerequest_comp_of_rest",
                violation_error_message=_("Only overtime on a day of rest can become time off."),
            ),
        )
        indexes = (models.Index(fields=("date", "employee"), name="overtimerequest_date"),)

    def __str__(self) -> str:
        return f"{self.employee} {self.date:%m-%d} {self.start}–{self.end}"

    @property
    def span(self) -> tuple[int, int]:
        """Minutes after midnight of its day that were approved, or are asked for."""
        start = parse_time(self.start)
        return start, start + (self.approved_minutes or self.planned_minutes)
