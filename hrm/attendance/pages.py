"""Pages of shifts, schedules, rosters, punches, day results and requests."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.attendance import corrections, punching, requesting, rosters, services
from hrm.attendance.choices import STATUS_TONES, DayProblem, DayStatus
from hrm.attendance.filters import AttendanceDayFilterSet
from hrm.attendance.forms import (
    ApproveOvertimeForm,
    CorrectionForm,
    EndMembershipForm,
    MemberForm,
    OutingForm,
    OvertimeForm,
    PunchForm,
    ResolveForm,
    RosterDayForm,
    VoidForm,
)
from hrm.attendance.models import (
    AttendanceDay,
    Outing,
    OvertimeRequest,
    Punch,
    PunchCorrection,
    RosterDay,
    ScheduleMember,
    Shift,
    ShiftSegment,
    WorkSchedule,
)
from hrm.calendar.choices import RequestStatus
from hrm.calendar.forms import OptionalReasonForm
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

DRAFT, APPROVING, APPROVED, REJECTED = (
    RequestStatus.DRAFT,
    RequestStatus.APPROVING,
    RequestStatus.APPROVED,
    RequestStatus.REJECTED,
)
REQUEST_VIEWS = (View(_("To be approved"), "status=APPROVING", is_hot=True), View(_("Approved"), "status=APPROVED"))
PERSON = Column("employee", sort="employee__number", phone="p-start")


def day_and_time(moment: Any) -> Any:
    """Date and minute by the clock on the wall."""
    if moment is None:
        return ""
    return format_html('<span class="text-nowrap nums">{}</span>', f"{timezone.localtime(moment):%m-%d %H:%M}")


def moment_column(name: str, **more: Any) -> Column:
    """A column of a moment to the minute."""
    return Column(name, render=lambda row: day_and_time(getattr(row, name)), **more)


def request_actions(submit: Any, approve: Any, reject: Any, cancel: Any, approve_form: Any = None) -> tuple[Any, ...]:
    """The actions that every request has."""
    return (
        Action(submit, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(
            approve,
            _("Approve"),
            "approve",
            icon="check",
            states={APPROVING},
            primary_in={APPROVING},
            form=approve_form,
            bulk=approve_form is None,
        ),
        Action(reject, _("Reject"), "approve", icon="x", states={APPROVING}, form=ReasonForm),
        Action(
            cancel,
            _("Cancel"),
            "change",
            icon="ban",
            states={DRAFT, APPROVING, APPROVED},
            form=OptionalReasonForm,
            is_danger=True,
        ),
        Action(requesting.reopen_request, _("Change again"), "change", icon="arrow-back-up", states={REJECTED}),
    )


@register
class ShiftPages(PageSet):
    """Shifts."""

    model = Shift
    icon = "clock-hour-4"
    description = _("When people work, and how their punches are judged.")
    columns = ("name", "code", Column("hours", _("Times"), phone="p-full"), "late_grace", "is_active")
    optional_columns = ("company", "early", "late", "flexible")
    filters = ("company", "is_active")
    ordering = "code"
    panels = (
        Children("segments", "start", "end", "break_start", "break_end", title=_("Segments")),
        Attributes("late_grace", "leave_grace", "half_day_after", "absent_after", "flexible", title=_("Judging")),
        Attributes("early", "late", "repeat", title=_("Which punches count")),
    )
    fields = (
        (_("Shift"), ("company", "code", "name", "is_active")),
        (_("Judging"), ("late_grace", "leave_grace", "half_day_after", "absent_after", "flexible")),
        (_("Which punches count"), ("early", "late", "repeat")),
    )
    lines = Lines(
        ShiftSegment,
        "segments",
        ("start", "end", "break_start", "break_end"),
        title=_("Segments"),
        has_totals=False,
    )
    create_service = rosters.create_shift
    update_service = rosters.update_shift
    operations = frozenset({"add", "change"})

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Read the segments along."""
        return queryset.prefetch_related("segments")


@register
class WorkSchedulePages(PageSet):
    """Schedules."""

    model = WorkSchedule
    icon = "calendar-time"
    description = _("Groups of people who work the same way: their working time system, usual shift and days of rest.")
    columns = ("name", "code", "system", "rest_rule", Column("default_shift", phone="p-full"), "is_active")
    optional_columns = ("company", "day_cut", "needs_punches")
    filters = ("company", "system", "is_active")
    ordering = "code"
    panels = (
        Attributes("company", "system", "rest_rule", "default_shift", "day_cut", "needs_punches"),
        Children("members", "employee", "valid_from", "valid_to", title=_("People"), link=True, create_label=_("Add")),
    )
    fields = (
        (_("Schedule"), ("company", "code", "name", "system", "is_active")),
        (_("Time"), ("rest_rule", "default_shift", "day_cut", "needs_punches")),
    )
    create_service = rosters.create_schedule
    update_service = rosters.update_schedule
    operations = frozenset({"add", "change"})


@register
class ScheduleMemberPages(PageSet):
    """Who works by which schedule."""

    model = ScheduleMember
    icon = "users-group"
    description = _("Who works by which schedule from when on. A new entry ends the one before.")
    columns = (PERSON, "schedule", Column("valid_from", phone="p-end"), "valid_to")
    filters = ("schedule", "employee", "employee__department", "valid_from")
    ordering = "-valid_from"
    panels = (Attributes("employee", "schedule", "valid_from", "valid_to"),)
    form = MemberForm
    fields = ("employee", "schedule", "valid_from", "valid_to")
    create_service = rosters.join_schedule
    operations = frozenset({"add", "change"})
    actions = (
        Action(rosters.end_membership, _("End"), "change", icon="calendar-off", form=EndMembershipForm, name="end"),
    )
    import_fields = ("employee", "schedule", "valid_from", "valid_to")
    import_key = "employee valid_from"

    def why_not_editable(self, obj: Any, user: Any) -> str:
        """A period is ended, never rewritten."""
        return _t("End this period, and enter the next one.")


@register
class RosterDayPages(PageSet):
    """Planned days."""

    model = RosterDay
    icon = "calendar-event"
    description = _("Days on which somebody works another shift than the schedule says, or none.")
    columns = (PERSON, Column("date", phone="p-end"), Column("shift", phone="p-full"))
    filters = ("employee", "employee__department", "date", "shift")
    ordering = "-date"
    panels = (Attributes("employee", "date", "shift"),)
    form = RosterDayForm
    fields = ("employee", "date", "shift")
    create_service = rosters.create_roster_day
    update_service = rosters.update_roster_day
    delete_service = rosters.delete_roster_day
    import_fields = ("employee", "date", "shift")
    import_key = "employee date"


@register
class PunchPages(PageSet):
    """Punches."""

    model = Punch
    icon = "fingerprint"
    description = _("Every pass at a clock, as it was reported. Import the files of the machines here.")
    columns = (PERSON, moment_column("punched_at", phone="p-end"), "source", "device", "is_void", "note")
    optional_columns = ("external_key", "replaces", "created_at")
    filters = ("employee", "employee__department", "punched_at", "source", "device")
    ordering = "-punched_at"
    views = (View(_("Corrections"), "source=CORRECTION"),)
    panels = (
        Attributes(
            "employee", moment_column("punched_at"), "source", "device", "external_key", "replaces", "is_void", "note"
        ),
    )
    form = PunchForm
    fields = ("employee", "punched_at", "device", "external_key", "note")
    create_service = punching.record_punch
    operations = frozenset({"add"})
    actions = (
        Action(
            corrections.void_punch, _("Take away"), "correct", icon="eraser", form=VoidForm, name="void", is_danger=True
        ),
    )
    import_fields = ("employee", "punched_at", "device", "external_key", "note")
    import_service = punching.import_punches
    import_filled = frozenset({"external_key"})
    import_headings = {
        "employee": ("工号", "人员编号", "员工编号", "考勤号码", "user id", "employee no", "staff no", "pin"),
        "punched_at": ("打卡时间", "签到时间", "考勤时间", "日期时间", "刷卡时间", "time", "punch time", "date time"),
        "device": ("设备", "机器号", "设备名称", "terminal", "machine"),
        "external_key": ("流水号", "记录号", "record id", "serial"),
    }


def results_of(row: AttendanceDay) -> Any:
    """What can be said of a day, as badges."""
    return format_html_join(
        " ",
        "{}",
        ((badge(DayStatus(each).label, STATUS_TONES[DayStatus(each)]),) for each in row.statuses),
    )


def result_texts(row: AttendanceDay) -> str:
    """What can be said of a day, in words."""
    return " ".join(str(DayStatus(each).label) for each in row.statuses)


def problem_texts(row: AttendanceDay) -> str:
    """What somebody has to look into."""
    return "; ".join(str(DayProblem(each["problem"]).label) for each in row.problems)


RESULT = Column("statuses", _("Result"), render=results_of, value=result_texts, sort="", phone="p-full")
PROBLEMS = Column("problems", _("Exceptions"), render=problem_texts, value=problem_texts, sort="")


@register
class AttendanceDayPages(PageSet):
    """Day results."""

    model = AttendanceDay
    slug = "attendance-days"
    icon = "calendar-check"
    description = _("What every day of every person came to. Decide about the exceptions before the month is paid.")
    columns = (
        PERSON,
        Column("date", phone="p-end"),
        RESULT,
        "shift",
        moment_column("came_at"),
        moment_column("left_at"),
        "worked",
        "late",
        "left_early",
        "absent",
        PROBLEMS,
    )
    optional_columns = (
        "kind",
        "system",
        "planned",
        "on_leave",
        "elsewhere",
        "unresolved",
        "statutory_worked",
        "overtime_workday",
        "overtime_rest",
        "overtime_statutory",
        "comp",
        "resolution",
        "is_locked",
    )
    filterset = AttendanceDayFilterSet
    ordering = "-date"
    views = (
        View(_("To be resolved"), "has_exception=true", is_hot=True),
        View(_("Late or early"), "statuses=LATE&statuses=EARLY"),
        View(_("Absent"), "statuses=ABSENT"),
    )
    summary = ("employee", "date", "kind", "shift")
    panels = (
        Attributes(RESULT, moment_column("came_at"), moment_column("left_at"), PROBLEMS, title=_("Result")),
        Attributes(
            "planned",
            "worked",
            "late",
            "left_early",
            "absent",
            "on_leave",
            "elsewhere",
            "unresolved",
            title=_("Planned time"),
        ),
        Attributes(
            "overtime_workday", "overtime_rest", "overtime_statutory", "comp", "statutory_worked", title=_("Overtime")
        ),
        Attributes("resolution", "resolution_note", "resolved_by", "is_locked", "computed_at", title=_("Decision")),
    )
    operations = frozenset()
    actions = (
        Action(
            services.resolve_day,
            _("Decide"),
            "resolve",
            icon="gavel",
            form=ResolveForm,
            is_primary=True,
            refusal=lambda row, user: "" if row.problems else _t("There is nothing to decide about this day."),
        ),
    )

    permissions = {"compute": _("Compute results")}

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.employee.number, f"{obj.employee} · {obj.date:%Y-%m-%d}"

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("employee")


@register
class PunchCorrectionPages(PageSet):
    """Punch corrections."""

    model = PunchCorrection
    icon = "clock-edit"
    description = _("Punches that were forgotten or are wrong. Once approved, they count.")
    columns = (PERSON, moment_column("punched_at", phone="p-end"), "status", "reason", "replaces")
    filters = ("status", "employee", "employee__department", "punched_at")
    ordering = "-punched_at"
    views = REQUEST_VIEWS
    summary = ("employee", moment_column("punched_at"), "replaces")
    panels = (Attributes("reason", "punch", "created_by"),)
    form = CorrectionForm
    fields = ("employee", "punched_at", "replaces", "reason")
    create_service = corrections.create_correction
    update_service = corrections.update_correction
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    actions = request_actions(
        corrections.submit_correction,
        corrections.approve_correction,
        corrections.reject_correction,
        corrections.cancel_correction,
    )
    list_select = ("replaces__employee",)

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("replaces__employee", "punch__employee")


@register
class OutingPages(PageSet):
    """Outings."""

    model = Outing
    icon = "map-pin"
    description = _("Field work and business trips: the time counts as worked, without punches.")
    columns = (
        PERSON,
        "kind",
        moment_column("starts_at", phone="p-full"),
        moment_column("ends_at"),
        "status",
        "place",
        "reason",
    )
    filters = ("status", "kind", "employee", "employee__department", "starts_at")
    ordering = "-starts_at"
    views = REQUEST_VIEWS
    summary = ("employee", "kind", moment_column("starts_at"), moment_column("ends_at"), "place")
    panels = (Attributes("reason", "created_by"),)
    form = OutingForm
    fields = ("employee", "kind", "starts_at", "ends_at", "place", "reason")
    create_service = services.create_outing
    update_service = services.update_outing
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    actions = request_actions(
        services.submit_outing, services.approve_outing, services.reject_outing, services.cancel_outing
    )


@register
class OvertimeRequestPages(PageSet):
    """Overtime."""

    model = OvertimeRequest
    icon = "moon"
    description = _("Work beyond the plan. What was approved and worked is paid, or becomes time off.")
    columns = (
        PERSON,
        Column("date", phone="p-end"),
        "status",
        "kind",
        "start",
        "end",
        "settlement",
        "planned_minutes",
        "approved_minutes",
    )
    optional_columns = ("reason", "limit_reason")
    filters = ("status", "kind", "settlement", "employee", "employee__department", "date")
    ordering = "-date"
    views = REQUEST_VIEWS
    summary = ("employee", "date", "start", "end", "kind", "settlement")
    panels = (Attributes("planned_minutes", "approved_minutes", "reason", "limit_reason", "created_by"),)
    form = OvertimeForm
    fields = ("employee", "date", "start", "end", "settlement", "reason", "limit_reason")
    create_service = services.create_overtime
    update_service = services.update_overtime
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    actions = request_actions(
        services.submit_overtime,
        services.approve_overtime,
        services.reject_overtime,
        services.cancel_overtime,
        ApproveOvertimeForm,
    )
