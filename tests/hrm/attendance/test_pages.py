"""Pages and API of working time: who sees and may do what, and what a missing calendar says."""

from __future__ import annotations

import json
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay, Punch, RosterDay
from hrm.calendar.models import HolidayDay
from hrm.calendar.services import seed_year
from hrm.leave.models import LeaveRequest
from hrm.leave.services import request_leave
from hrm.org import services as org
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from suite.access.models import User
from suite.jobs.models import Job
from suite.masters.models import Company
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import (
    AttendanceDayFactory,
    LeaveEntryFactory,
    LeaveRequestFactory,
    LeaveTypeFactory,
    PunchFactory,
    RosterDayFactory,
)
from tests.hrm.attendance.kit import AT, MONDAY, company_with_calendar, punch, schedule_of, shift_of, worker

pytestmark = pytest.mark.django_db
People = dict[str, Employee]


@pytest.fixture
def company() -> Company:
    return company_with_calendar()


@pytest.fixture
def roles() -> dict[str, Group]:
    return create_default_roles(actor=None, at=AT)


@pytest.fixture
def people(company: Company, roles: dict[str, Group]) -> People:
    """The head of sales, a salesperson in and one below sales, a planner elsewhere, and an HR officer."""
    top = DepartmentFactory(company=company)
    sales, works = DepartmentFactory(parent=top, company=company), DepartmentFactory(parent=top, company=company)
    east = DepartmentFactory(parent=sales, company=company)
    places = {
        "head": (sales, "sales_manager"),
        "ann": (sales, "salesperson"),
        "bob": (east, "salesperson"),
        "dan": (works, "planner"),
        "eva": (works, "hr"),
    }
    found = {}
    for name, (department, role) in places.items():
        user = UserFactory(username=name)
        user.groups.add(roles[role])
        found[name] = EmployeeFactory(
            name=name,
            department=department,
            user=user,
            id_number="11010519491231002X" if name == "bob" else "",
            bank_account="6222020200112233" if name == "bob" else "",
        )
    org.set_department_head(department=sales, head=found["head"], actor=None, at=AT)
    return found


def browser(person: Employee) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=person.user_id), backend="suite.access.backends.RoleBackend")
    return client


def names(client: Client, url: str) -> set[str]:
    """Names of the people in an API list."""
    rows = client.get(url).json()["results"]
    pks = {row["employee"]["id"] if isinstance(row["employee"], dict) else row["employee"] for row in rows}
    return set(Employee.objects.filter(pk__in=pks).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("ann", {"ann"}),
        ("head", {"head", "ann", "bob"}),
        ("dan", {"dan"}),
        ("eva", {"head", "ann", "bob", "dan", "eva"}),
    ],
)
def test_everybody_sees_their_own_days_and_managers_those_of_their_people(
    people: People, who: str, seen: set[str]
) -> None:
    for person in people.values():
        AttendanceDayFactory(employee=person)
        PunchFactory(employee=person)
        RosterDayFactory(employee=person)
        LeaveEntryFactory(employee=person)
        LeaveRequestFactory(employee=person)
    client = browser(people[who])

    found = [
        names(client, f"/api/hrm/{path}/")
        for path in ("attendance-days", "punches", "roster-days", "leave-ledger", "leave-requests")
    ]

    assert found == [seen] * 5


def test_a_manager_sees_neither_card_nor_account_of_their_people(people: People) -> None:
    """The issue: attendance of the own people, and no ID number or bank account anywhere, exports included."""
    AttendanceDayFactory(employee=people["bob"])
    client = browser(people["head"])

    answers = [
        client.get(reverse("hrm:attendanceday-list")).content,
        client.get(reverse("hrm:attendanceday-detail", args=[AttendanceDay.objects.get().pk])).content,
        client.get(reverse("hrm:attendanceday-history", args=[AttendanceDay.objects.get().pk])).content,
        client.get(reverse("hrm:employee-detail", args=[people["bob"].pk])).content,
        client.get("/api/hrm/attendance-days/").content,
        b"".join(client.get(reverse("hrm:attendanceday-export") + "?format=csv").streaming_content),  # type: ignore[attr-defined]
        b"".join(client.get(reverse("hrm:attendance-month") + "?month=2026-03&format=csv").streaming_content),  # type: ignore[attr-defined]
    ]

    assert b"bob" in answers[0]
    assert b"bob" in answers[6]
    assert not any(secret in answer for answer in answers for secret in (b"11010519491231002X", b"6222020200112233"))


def test_leave_is_asked_for_and_approved_by_the_api(people: People) -> None:
    kind = LeaveTypeFactory(needs_balance=True)
    LeaveEntryFactory(employee=people["bob"], leave_type=kind, hours=16)
    bob, head, ann = browser(people["bob"]), browser(people["head"]), browser(people["ann"])
    payload = {
        "employee": people["bob"].pk,
        "leave_type": kind.pk,
        "first_day": "2026-03-02",
        "last_day": "2026-03-03",
        "reason": "探亲",
    }

    made = bob.post("/api/hrm/leave-requests/", json.dumps(payload), content_type="application/json")
    url = f"/api/hrm/leave-requests/{made.json()['id']}"
    handed_in = bob.post(f"{url}/submit/", "{}", content_type="application/json")
    by_bob = bob.post(f"{url}/approve/", "{}", content_type="application/json")
    by_ann = ann.post(f"{url}/approve/", "{}", content_type="application/json")
    by_head = head.post(f"{url}/approve/", "{}", content_type="application/json")

    assert (made.status_code, made.json()["days"], handed_in.json()["status"]) == (201, "2.0000", "APPROVING")
    assert (by_bob.status_code, by_ann.status_code) == (403, 403)
    assert (by_head.status_code, by_head.json()["status"]) == (200, "APPROVED")


def test_maternity_leave_without_a_last_day_has_the_statutory_length(people: People) -> None:
    """女职工劳动保护特别规定 7: 98 days; every other leave says when it ends."""
    answers = [
        browser(people["bob"]).post(
            "/api/hrm/leave-requests/",
            json.dumps({"employee": people["bob"].pk, "leave_type": kind.pk, "first_day": "2026-03-02"}),
            content_type="application/json",
        )
        for kind in (LeaveTypeFactory(kind="MATERNITY", unit="DAY", counts="CALENDAR"), LeaveTypeFactory())
    ]

    assert [answer.status_code for answer in answers] == [201, 400], answers[1].content
    assert (answers[0].json()["last_day"], answers[0].json()["days"]) == ("2026-06-07", "98.0000")


def test_nobody_asks_for_leave_of_a_colleague(people: People) -> None:
    payload = {
        "employee": people["bob"].pk,
        "leave_type": LeaveTypeFactory().pk,
        "first_day": "2026-03-02",
        "last_day": "2026-03-02",
    }

    answer = browser(people["ann"]).post(
        "/api/hrm/leave-requests/", json.dumps(payload), content_type="application/json"
    )

    assert (answer.status_code, "employee" in answer.json()["errors"]) == (400, True)
    assert not LeaveRequest.objects.exists()


def test_a_machine_reports_punches_by_the_api_once(people: People) -> None:
    client = browser(people["eva"])
    payload = {"employee": people["bob"].pk, "punched_at": "2026-03-02T08:59", "external_key": "A1-77"}

    answers = [client.post("/api/hrm/punches/", json.dumps(payload), content_type="application/json") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Punch.objects.filter(external_key="A1-77").count() == 1
    assert (
        browser(people["bob"])
        .post("/api/hrm/punches/", json.dumps(payload), content_type="application/json")
        .status_code
        == 403
    )


def test_my_time_is_mine_and_punches_now(people: People) -> None:
    seed_year(year=timezone.localdate().year, actor=None, at=AT)
    client = browser(people["bob"])

    before = client.get(reverse("hrm:my-time"))
    answer = client.post(reverse("hrm:my-time-punch"), follow=True)

    made = Punch.objects.get()
    assert before.status_code == 200
    assert (made.employee, made.source) == (people["bob"], "MOBILE")
    assert f"{timezone.localtime(made.punched_at):%H:%M}" in answer.content.decode()


def test_an_account_without_employee_is_told_so(roles: dict[str, Group]) -> None:
    user = UserFactory()
    user.groups.add(roles["planner"])
    client = Client()
    client.force_login(user)

    assert client.get(reverse("hrm:my-time")).status_code == 200
    assert client.post(reverse("hrm:my-time-punch")).status_code == 403


def test_a_missing_year_is_said_on_every_page(people: People) -> None:
    client = browser(people["eva"])
    HolidayDay.objects.filter(date__year=2026).delete()

    pages = [
        client.get(reverse(f"hrm:{name}") + query).content.decode()
        for name, query in (
            ("calendar-year", "?year=2026"),
            ("attendance-month", "?month=2026-03"),
            ("roster-grid", "?month=2026-03"),
            ("team-calendar", "?month=2026-03"),
            ("my-time", "?month=2026-03"),
        )
    ]

    assert all("alert-danger" in page for page in pages)


def test_the_announced_year_is_added_and_an_unknown_one_is_refused(people: People) -> None:
    client = browser(people["eva"])
    HolidayDay.objects.all().delete()

    client.post(reverse("hrm:calendar-seed"), {"year": 2026})
    unknown = client.post(reverse("hrm:calendar-seed"), {"year": 2099}, follow=True)

    assert HolidayDay.objects.count() == 365
    assert HolidayDay.objects.filter(is_statutory=True).count() == 13
    assert "2099" in unknown.content.decode()
    assert browser(people["ann"]).post(reverse("hrm:calendar-seed"), {"year": 2025}).status_code == 403


def test_the_month_is_computed_as_a_job_and_exported(
    people: People, company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    schedule = schedule_of(company)
    person = worker(schedule, name="考勤员工")
    punch(person, MONDAY, "09:10", "18:00")
    client = browser(people["eva"])

    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("hrm:attendance-compute"), {"company": company.pk, "first": "2026-03-02", "last": "2026-03-06"}
        )
    answer = client.get(reverse("hrm:attendance-month") + "?month=2026-03&format=xlsx")

    job = Job.objects.get()
    book = CalamineWorkbook.from_filelike(BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    rows = {row[1]: row for row in book.get_sheet_by_index(0).to_python()}
    assert (job.status, job.result["days"], job.result["people"]) == ("DONE", 5, 1)
    assert rows["考勤员工"][3:9] == [5, 0.9792, 7.8333, 1, 10, 0]


def test_the_month_page_costs_the_same_for_3_and_30_people(people: People, company: Company) -> None:
    client = browser(people["eva"])
    schedule = schedule_of(company)

    def queries(number: int) -> int:
        for _ in range(number):
            worker(schedule)
        compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("hrm:attendance-month") + "?month=2026-03").status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(27)


@pytest.mark.parametrize("name", ["roster-grid", "team-calendar", "leave-balances"])
def test_grids_cost_the_same_for_3_and_30_people(people: People, company: Company, name: str) -> None:
    client = browser(people["eva"])
    schedule = schedule_of(company)
    kind = LeaveTypeFactory(needs_balance=True)

    def queries(number: int) -> int:
        for _ in range(number):
            person = worker(schedule)
            RosterDayFactory(employee=person, date=MONDAY, shift=schedule.default_shift)
            LeaveEntryFactory(employee=person, leave_type=kind)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(f"hrm:{name}") + "?month=2026-03").status_code == 200
        return len(captured)

    queries(1)
    assert queries(2) == queries(27)


def test_the_roster_is_planned_day_by_day_and_at_once(people: People, company: Company) -> None:
    shift = shift_of(company)
    head, bob, dan = people["head"], people["bob"], people["dan"]
    client = browser(head)

    day = client.post(reverse("hrm:roster-cell"), {"employee": bob.pk, "date": "2026-03-02", "what": shift.pk})
    foreign = client.post(reverse("hrm:roster-cell"), {"employee": dan.pk, "date": "2026-03-02", "what": shift.pk})
    many = client.post(
        reverse("hrm:roster-assign"),
        {
            "department": head.department_id,
            "first": "2026-03-02",
            "last": "2026-03-15",
            "weekdays": ["5", "6"],
            "what": "off",
        },
    )

    assert (day.status_code, day.json()["text"], foreign.status_code, many.status_code) == (200, shift.code, 422, 302)
    assert RosterDay.objects.filter(shift=shift).count() == 1
    assert set(RosterDay.objects.filter(shift=None).values_list("employee__name", flat=True)) == {"head", "ann", "bob"}
    assert RosterDay.objects.filter(shift=None).count() == 3 * 4


def test_a_cleared_day_follows_the_schedule_again(people: People) -> None:
    RosterDayFactory(employee=people["bob"], date=MONDAY)

    browser(people["head"]).post(
        reverse("hrm:roster-cell"), {"employee": people["bob"].pk, "date": "2026-03-02", "what": "clear"}
    )

    assert not RosterDay.objects.exists()


def test_colleagues_see_that_somebody_is_away_and_not_why(people: People) -> None:
    kind = LeaveTypeFactory(name="病假")
    request_leave(
        employee=people["head"],
        leave_type=kind,
        first_day=MONDAY,
        last_day=MONDAY + timedelta(days=1),
        actor=UserFactory(),
        at=AT,
    )

    mine = browser(people["ann"]).get(reverse("hrm:team-calendar") + "?month=2026-03").content.decode()
    hers = browser(people["head"]).get(reverse("hrm:team-calendar") + "?month=2026-03").content.decode()
    strangers = browser(people["dan"]).get(reverse("hrm:team-calendar") + "?month=2026-03").content.decode()

    assert ("mark-wait" in mine, "病假" in mine) == (True, False)
    assert "病假" in hers
    assert "mark mark-wait" not in strangers


def test_pages_keep_the_strict_policy(people: People, company: Company) -> None:
    worker(schedule_of(company))
    client = browser(people["eva"])

    for name in ("calendar-year", "attendance-month", "roster-grid", "team-calendar", "my-time", "leave-balances"):
        html = client.get(reverse(f"hrm:{name}") + "?month=2026-03").content.decode()
        assert " style=" not in html, name
        assert " onclick=" not in html, name


def test_a_shift_with_segments_is_made_and_changed_by_the_api(people: People, company: Company) -> None:
    client = browser(people["eva"])
    payload = {
        "company": company.pk,
        "code": "NIGHT",
        "name": "夜班",
        "lines": [{"start": "22:00", "end": "26:00"}, {"start": "27:00", "end": "30:00"}],
    }

    made = client.post("/api/hrm/shifts/", json.dumps(payload), content_type="application/json")
    wrong = client.post(
        "/api/hrm/shifts/",
        json.dumps({**payload, "code": "X", "lines": [{"start": "26:00", "end": "22:00"}]}),
        content_type="application/json",
    )

    assert (made.status_code, made.json().get("errors"), wrong.status_code) == (201, None, 400)
    assert wrong.json()["code"] == "invalid-input"


def test_a_day_is_decided_on_the_page(people: People, company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00")
    compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
    day = AttendanceDay.objects.get()

    browser(people["eva"]).post(
        reverse("hrm:attendanceday-action", args=[day.pk, "resolve"]), {"resolution": "WORKED", "note": "门禁故障"}
    )

    day.refresh_from_db()
    assert (day.worked, day.has_exception, day.resolution) == (480, False, "WORKED")
