"""Factories of the calendar, of attendance and of leave."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from hrm.attendance.choices import OvertimeClass, PunchSource
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
from hrm.calendar.choices import DayType
from hrm.calendar.models import ClosedMonth, HolidayDay
from hrm.leave.choices import EntrySource, LeaveKind
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveRequest, LeaveType
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

DAY = date(2026, 3, 2)


class HolidayDayFactory(DjangoModelFactory[HolidayDay]):
    """A working day; each one a day later."""

    class Meta:
        model = HolidayDay

    date = factory.Sequence(lambda n: date(2031, 1, 1) + timedelta(days=n))
    kind = DayType.WORKDAY


class ClosedMonthFactory(DjangoModelFactory[ClosedMonth]):
    """A closed month of a company of its own."""

    class Meta:
        model = ClosedMonth

    company = factory.SubFactory(CompanyFactory)
    month = date(2026, 2, 1)
    closed_at = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)


class ShiftFactory(DjangoModelFactory[Shift]):
    """A shift, by default from nine to six with an hour at noon; ``hours`` are its segments."""

    class Meta:
        model = Shift
        skip_postgeneration_save = True

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"S{n:03}")
    name = factory.Sequence(lambda n: f"班次{n}")

    @factory.post_generation
    def hours(shift: Shift, create: bool, extracted: Any, **kwargs: Any) -> None:
        for number, (start, end, *rest) in enumerate(extracted or [("09:00", "18:00", "12:00", "13:00")], start=1):
            pause = rest or ["", ""]
            ShiftSegment.objects.create(
                shift=shift, position=number, start=start, end=end, break_start=pause[0], break_end=pause[1]
            )


class ShiftSegmentFactory(DjangoModelFactory[ShiftSegment]):
    """A late segment of a shift of its own."""

    class Meta:
        model = ShiftSegment

    shift = factory.SubFactory(ShiftFactory)
    position = 2
    start = "19:00"
    end = "22:00"


class WorkScheduleFactory(DjangoModelFactory[WorkSchedule]):
    """A schedule by the calendar with a shift of its own."""

    class Meta:
        model = WorkSchedule

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"G{n:03}")
    name = factory.Sequence(lambda n: f"考勤组{n}")
    default_shift = factory.SubFactory(ShiftFactory, company=factory.SelfAttribute("..company"))


class ScheduleMemberFactory(DjangoModelFactory[ScheduleMember]):
    """Somebody works by a schedule since 2026."""

    class Meta:
        model = ScheduleMember

    employee = factory.SubFactory(EmployeeFactory)
    schedule = factory.SubFactory(WorkScheduleFactory, company=factory.SelfAttribute("..employee.company"))
    valid_from = date(2026, 1, 1)


class RosterDayFactory(DjangoModelFactory[RosterDay]):
    """A planned day off."""

    class Meta:
        model = RosterDay

    employee = factory.SubFactory(EmployeeFactory)
    date = DAY


class PunchFactory(DjangoModelFactory[Punch]):
    """A punch at nine in the morning."""

    class Meta:
        model = Punch

    employee = factory.SubFactory(EmployeeFactory)
    punched_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    source = PunchSource.DEVICE
    external_key = factory.Sequence(lambda n: f"K{n}")


class AttendanceDayFactory(DjangoModelFactory[AttendanceDay]):
    """A normal working day of eight hours."""

    class Meta:
        model = AttendanceDay

    employee = factory.SubFactory(EmployeeFactory)
    date = DAY
    kind = OvertimeClass.WORKDAY
    statuses = ("NORMAL",)
    planned = 480
    worked = 480
    computed_at = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)

    @classmethod
    def _create(cls, model_class: type[AttendanceDay], *args: Any, **kwargs: Any) -> AttendanceDay:
        kwargs["statuses"] = list(kwargs["statuses"])
        return super()._create(model_class, *args, **kwargs)


class _RequestFactory(DjangoModelFactory[Any]):
    """A draft of a request, or in another ``status``, reached by the declared way."""

    class Meta:
        abstract = True

    employee = factory.SubFactory(EmployeeFactory)
    created_by = factory.SubFactory(UserFactory)
    reason = "因公"

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        status = kwargs.pop("status", "DRAFT")
        request = super()._create(model_class, *args, **kwargs)
        way = {"APPROVED": ["APPROVING", "APPROVED"], "REJECTED": ["APPROVING", "REJECTED"]}
        with transaction.atomic():
            for step in way.get(status, [] if status == "DRAFT" else [status]):
                request.become(step, actor=None, at=timezone.now())
        return request


class PunchCorrectionFactory(_RequestFactory):
    """A forgotten punch at nine in the morning."""

    class Meta:
        model = PunchCorrection

    punched_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class OutingFactory(_RequestFactory):
    """Field work on a morning."""

    class Meta:
        model = Outing

    starts_at = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    ends_at = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


class OvertimeRequestFactory(_RequestFactory):
    """Two hours after work."""

    class Meta:
        model = OvertimeRequest

    date = DAY
    start = "18:00"
    end = "20:00"
    kind = OvertimeClass.WORKDAY
    planned_minutes = 120
    approved_minutes = factory.Maybe("is_approved", yes_declaration=120, no_declaration=None)

    class Params:
        is_approved = factory.LazyAttribute(lambda o: getattr(o, "status", "") == "APPROVED")


class LeaveTypeFactory(DjangoModelFactory[LeaveType]):
    """A type of leave without a balance."""

    class Meta:
        model = LeaveType

    code = factory.Sequence(lambda n: f"L{n:03}")
    name = factory.Sequence(lambda n: f"假种{n}")
    kind = LeaveKind.OTHER


class LeaveRequestFactory(_RequestFactory):
    """A day of leave."""

    class Meta:
        model = LeaveRequest

    leave_type = factory.SubFactory(LeaveTypeFactory)
    first_day = DAY
    last_day = DAY
    hours = Decimal(8)
    days = Decimal(1)


class LeaveDayFactory(DjangoModelFactory[LeaveDay]):
    """The day of a leave, from nine to six."""

    class Meta:
        model = LeaveDay

    request = factory.SubFactory(LeaveRequestFactory)
    employee = factory.SelfAttribute("request.employee")
    date = DAY
    charged = Decimal(480)
    part = Decimal(1)
    plan_part = Decimal(1)

    @classmethod
    def _create(cls, model_class: type[LeaveDay], *args: Any, **kwargs: Any) -> LeaveDay:
        kwargs.setdefault("spans", [540, 720, 780, 1080])
        return super()._create(model_class, *args, **kwargs)


class LeaveEntryFactory(DjangoModelFactory[LeaveEntry]):
    """A grant of forty hours for 2026."""

    class Meta:
        model = LeaveEntry

    employee = factory.SubFactory(EmployeeFactory)
    leave_type = factory.SubFactory(LeaveTypeFactory, needs_balance=True)
    hours = Decimal(40)
    on = date(2026, 1, 1)
    expires_on = date(2026, 12, 31)
    source = EntrySource.GRANT
