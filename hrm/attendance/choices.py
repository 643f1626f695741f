"""Choices of attendance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class WorkingTimeSystem(TextChoices):
    """How working time is measured: 标准工时, 综合计算工时, 不定时工时."""

    STANDARD = "STANDARD", _("Standard hours")
    COMPREHENSIVE = "COMPREHENSIVE", _("Comprehensive hours")
    FLEXIBLE = "FLEXIBLE", _("No fixed hours")


class RestRule(TextChoices):
    """When people of a schedule rest."""

    CALENDAR = "CALENDAR", _("On the calendar's days of rest")
    ROSTER = "ROSTER", _("As the roster says")


class PunchSource(TextChoices):
    """Where a punch comes from."""

    DEVICE = "DEVICE", _("Attendance machine")
    MOBILE = "MOBILE", _("Phone")
    IMPORT = "IMPORT", _("File")
    CORRECTION = "CORRECTION", _("Correction")


class OutingKind(TextChoices):
    """Why somebody works elsewhere."""

    FIELD = "FIELD", _("Field work")
    TRIP = "TRIP", _("Business trip")


class Settlement(TextChoices):
    """What overtime becomes."""

    PAY = "PAY", _("Pay")
    COMP = "COMP", _("Time off")


class OvertimeClass(TextChoices):
    """How overtime is paid."""

    WORKDAY = "WORKDAY", _("Working day, 150 %")
    REST = "REST", _("Day of rest, 200 %")
    STATUTORY = "STATUTORY", _("Statutory holiday, 300 %")


class DayStatus(TextChoices):
    """What can be said of a day; the codes of the engine's."""

    NORMAL = "NORMAL", _("Normal")
    LATE = "LATE", _("Late")
    EARLY = "EARLY", _("Left early")
    ABSENT = "ABSENT", _("Absent")
    MISSING_PUNCH = "MISSING_PUNCH", _("Missing punch")
    LEAVE = "LEAVE", _("On leave")
    OUTING = "OUTING", _("Elsewhere")
    OVERTIME = "OVERTIME", _("Overtime")
    OFF = "OFF", _("Day off")
    UNPLANNED = "UNPLANNED", _("No shift")


class DayProblem(TextChoices):
    """What somebody has to look into; the codes of the engine's."""

    MISSING_START = "MISSING_START", _("No punch at the start")
    MISSING_END = "MISSING_END", _("No punch at the end")
    UNMATCHED_PUNCH = "UNMATCHED_PUNCH", _("A punch that belongs to no shift")
    OVERTIME_WITHOUT_PUNCH = "OVERTIME_WITHOUT_PUNCH", _("Approved overtime without punches")
    UNPLANNED = "UNPLANNED", _("No shift is planned")


class Resolution(TextChoices):
    """What somebody decided about a day with exceptions."""

    WORKED = "WORKED", _("Worked as planned")
    ABSENT = "ABSENT", _("Absent")
    IGNORED = "IGNORED", _("Nothing to do")


STATUS_TONES = {
    DayStatus.NORMAL: "done",
    DayStatus.LATE: "wait",
    DayStatus.EARLY: "wait",
    DayStatus.ABSENT: "late",
    DayStatus.MISSING_PUNCH: "late",
    DayStatus.LEAVE: "hold",
    DayStatus.OUTING: "go",
    DayStatus.OVERTIME: "part",
    DayStatus.OFF: "",
    DayStatus.UNPLANNED: "late",
}
