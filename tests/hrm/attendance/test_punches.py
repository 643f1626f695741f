"""Punches: they come once, are never changed, and are put right by further rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from hrm.attendance import corrections
from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import Punch, PunchCorrection
from hrm.attendance.punching import punch_now, record_punch
from hrm.attendance.selectors import effective_punches
from hrm.calendar.errors import MonthLocked
from hrm.calendar.services import close_month
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.pages.exchange.apply import apply_import
from suite.pages.exchange.plan import plan_import
from suite.pages.exchange.reading import Sheet
from suite.pages.registry import pageset_of
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import PunchFactory
from tests.hrm.attendance.kit import (
    AT,
    MONDAY,
    company_with_calendar,
    moment,
    punch,
    result,
    schedule_of,
    worker,
    working_days,
)

pytestmark = pytest.mark.django_db


def test_a_punch_is_never_changed_by_any_way() -> None:
    row = PunchFactory()
    before = Punch.objects.filter(pk=row.pk).values().get()

    row.punched_at = moment(MONDAY, "08:00")
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        row.save()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Punch.objects.update(device="x")
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Punch.objects.bulk_update([row], ["punched_at"])
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Punch.objects.bulk_create(
            [Punch(pk=row.pk, employee=row.employee, punched_at=row.punched_at, external_key=row.external_key)],
            update_conflicts=True,
            unique_fields=["external_key"],
            update_fields=["punched_at"],
        )
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        row.delete()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE hrm_punch SET punched_at = now()")

    assert Punch.objects.filter(pk=row.pk).values().get() == before


def test_the_same_report_of_a_machine_is_one_punch() -> None:
    person = EmployeeFactory()
    at = moment(MONDAY, "09:00")

    first = record_punch(employee=person, punched_at=at, device="A1", actor=None, at=AT)
    again = record_punch(employee=person, punched_at=at, device="A1", actor=None, at=AT)
    other = record_punch(employee=person, punched_at=at, device="B2", actor=None, at=AT)

    assert first == again
    assert first != other


def test_a_key_belongs_to_one_person() -> None:
    record_punch(employee=EmployeeFactory(), external_key="42", actor=None, at=AT)

    with pytest.raises(InvalidInput) as refused:
        record_punch(employee=EmployeeFactory(), external_key="42", actor=None, at=AT)

    assert refused.value.field == "external_key"
    assert Punch.objects.count() == 1


def test_a_time_to_come_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        record_punch(employee=EmployeeFactory(), punched_at=AT + timedelta(hours=1), actor=None, at=AT)

    assert refused.value.field == "punched_at"
    assert not Punch.objects.exists()


def test_everybody_punches_by_phone_for_themselves_and_once_a_minute() -> None:
    user = UserFactory()
    person, other = EmployeeFactory(user=user), EmployeeFactory()

    first = punch_now(employee=person, actor=user, at=AT)
    again = punch_now(employee=person, actor=user, at=AT + timedelta(seconds=20))
    with pytest.raises(InvalidInput):
        punch_now(employee=other, actor=user, at=AT)

    assert (first, first.source, first.punched_at) == (again, "MOBILE", AT)
    assert Punch.objects.count() == 1


def correction(person: Any, clock: str, actor: User, **details: Any) -> PunchCorrection:
    made = corrections.create_correction(
        employee=person, punched_at=moment(MONDAY, clock), reason="忘记打卡", actor=actor, at=AT, **details
    )
    return corrections.submit_correction(punchcorrection=made, actor=actor, at=AT)


def test_an_approved_correction_is_a_punch_that_names_the_wrong_one() -> None:
    person, clerk = EmployeeFactory(), UserFactory()
    (wrong,) = punch(person, MONDAY, "10:00")
    request = correction(person, "09:00", clerk, replaces=wrong)

    done = corrections.approve_correction(punchcorrection=request, actor=UserFactory(), at=AT)

    assert request.status == "APPROVING"
    assert (done.status, done.punch.replaces, done.punch.source) == ("APPROVED", wrong, "CORRECTION")
    assert list(effective_punches()) == [done.punch]
    assert Punch.objects.count() == 2


def test_a_correction_makes_the_day_whole(django_capture_on_commit_callbacks: Any) -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    punch(person, MONDAY, "18:00")
    compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
    request = correction(person, "08:58", UserFactory())

    with django_capture_on_commit_callbacks(execute=True):
        corrections.approve_correction(punchcorrection=request, actor=UserFactory(), at=AT)

    assert (result(person, MONDAY).worked, result(person, MONDAY).problems) == (480, [])


def test_a_cancelled_correction_takes_its_punch_away_by_a_further_row() -> None:
    person, clerk = EmployeeFactory(), UserFactory()
    request = correction(person, "09:00", clerk)
    corrections.approve_correction(punchcorrection=request, actor=UserFactory(), at=AT)

    corrections.cancel_correction(punchcorrection=request, reason="重复", actor=clerk, at=AT)

    assert Punch.objects.count() == 2
    assert not effective_punches().exists()


def test_nobody_corrects_the_punch_of_somebody_else_or_of_a_closed_month() -> None:
    company = company_with_calendar()
    person, other, clerk = EmployeeFactory(company=company), EmployeeFactory(company=company), UserFactory()
    (theirs,) = punch(other, MONDAY, "09:00")

    with pytest.raises(InvalidInput) as refused:
        correction(person, "09:00", clerk, replaces=theirs)
    request = correction(person, "09:00", clerk)
    close_month(company=company, month=MONDAY, actor=None, at=AT)
    with pytest.raises(MonthLocked):
        corrections.approve_correction(punchcorrection=request, actor=clerk, at=AT)

    assert refused.value.field == "replaces"
    assert list(Punch.objects.all()) == [theirs]


def sheet_of(rows: list[list[Any]]) -> Sheet:
    return Sheet([["工号", "打卡时间"], *rows])


def imported(rows: list[list[Any]]) -> Any:
    pages = pageset_of(Punch)
    assert pages is not None
    user = UserFactory(is_superuser=True)
    return apply_import(plan_import(pages, sheet_of(rows), user=user), at=AT)


def test_a_file_of_a_machine_comes_once() -> None:
    one, two = EmployeeFactory(number="1001"), EmployeeFactory(number="1002")
    rows = [["1001", "2026-03-02 08:57:12"], ["1002", "2026/3/2 9:01"], ["1001", "2026-03-02 18:00:05"]]

    first, again = imported(rows), imported([*rows, ["1002", "2026-03-02 18:10"]])

    assert (first.created, first.unchanged) == (3, 0)
    assert (again.created, again.unchanged) == (1, 3)
    assert Punch.objects.filter(employee=one).count() == 2
    assert Punch.objects.filter(employee=two, source="IMPORT").count() == 2


def test_500_people_punch_for_a_month_and_all_of_it_is_computed() -> None:
    """22,000 punches of 22 working days come in by one file and become 500 months."""
    company = company_with_calendar()
    schedule = schedule_of(company)
    people = [worker(schedule, number=f"{number:05}") for number in range(500)]
    days = working_days(MONDAY, 22)
    rows = [[person.number, f"{day} {clock}"] for person in people for day in days for clock in ("08:55", "18:05")]

    outcome = imported(rows)
    done = compute_attendance(company=company, first=days[0], last=days[-1], actor=None, at=AT)

    assert outcome.created == len(rows) == 22_000
    assert (done.people, done.days, done.exceptions) == (500, 500 * 30, 0)
    assert {result(person, days[5]).worked for person in people[::50]} == {480}
