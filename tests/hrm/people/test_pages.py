"""Pages and API of personnel as the roles see them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.org.services import end_employment, hire_employee
from hrm.people import metrics
from hrm.people.models import AssetLoan, Assignment, LaborContract, PersonnelChange, StaffTask
from suite.access.models import User
from suite.metrics.periods import Period
from suite.metrics.registry import MetricContext
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_people import (
    AssetLoanFactory,
    CertificateFactory,
    LaborContractFactory,
    PersonnelChangeFactory,
    StaffTaskFactory,
)
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
D = Decimal


@pytest.fixture
def roles() -> dict[str, Group]:
    return create_default_roles(actor=None, at=AT)


def sign_in(role: Group, user: User | None = None) -> tuple[Client, User]:
    client, user = Client(), user or UserFactory()
    user.groups.add(role)
    client.force_login(user)
    return client, user


def text(response: Any) -> str:
    return str(response.content.decode())


def worker(**fields: Any) -> Employee:
    department = fields.pop("department", None) or DepartmentFactory()
    values = {"number": "E1", "name": "林志远", "hire_date": date(2026, 1, 5), "status": EmployeeStatus.PROBATION}
    return hire_employee(company=department.company, department=department, actor=None, at=AT, **{**values, **fields})


def test_hr_draws_up_a_change_and_the_boss_approves_it(roles: dict[str, Group]) -> None:
    hr, _officer = sign_in(roles["hr"])
    boss, _boss = sign_in(roles["boss"])
    person = worker()
    target = DepartmentFactory(company=person.company, name="装配车间")
    data = {
        "employee": person.pk,
        "kind": "TRANSFER",
        "effective_on": "2026-03-02",
        "department": target.pk,
        "reason": "工作需要",
    }

    created = hr.post(reverse("hrm:personnelchange-create"), data)
    change = PersonnelChange.objects.get()
    submitted = hr.post(reverse("hrm:personnelchange-action", args=[change.pk, "submit"]))
    refused = hr.post(reverse("hrm:personnelchange-action", args=[change.pk, "approve"]))
    preview = boss.get(reverse("hrm:personnelchange-detail", args=[change.pk]) + "?tab=preview")
    approved = boss.post(reverse("hrm:personnelchange-action", args=[change.pk, "approve"]))

    assert [created.status_code, submitted.status_code, refused.status_code] == [302, 302, 403]
    assert "装配车间" in text(preview)
    assert approved.status_code == 302
    assert Employee.objects.get(pk=person.pk).department == target
    assert PersonnelChange.objects.get().status == "DONE"


def test_manager_asks_for_changes_of_own_people_only(roles: dict[str, Group]) -> None:
    account = UserFactory()
    department = DepartmentFactory()
    EmployeeFactory(department=department, user=account)
    client, _user = sign_in(roles["sales_manager"], account)
    own, other = worker(department=department), worker(number="E2")

    def ask(person: Employee) -> int:
        data = {"employee": person.pk, "kind": "CONFIRM", "effective_on": "2026-03-02", "reason": "表现合格"}
        return client.post(reverse("hrm:personnelchange-create"), data).status_code

    assert ask(own) == 302
    assert ask(other) == 403
    assert [change.employee for change in PersonnelChange.objects.all()] == [own]


def test_wage_of_a_contract_is_for_those_who_may_see_it(roles: dict[str, Group]) -> None:
    contract = LaborContractFactory(monthly_wage=D("12345.00"))
    hr, _officer = sign_in(roles["hr"])
    boss, _boss = sign_in(roles["boss"])
    url = reverse("hrm:laborcontract-detail", args=[contract.pk])
    paper = reverse("hrm:laborcontract-print", args=[contract.pk])
    api = f"/api/hrm/labor-contracts/{contract.pk}/"
    tab = reverse("hrm:employee-detail", args=[contract.employee_id]) + "?tab=contracts"

    for address in (url, paper, tab):
        assert "12,345.00" in text(hr.get(address))
        page = boss.get(address)
        assert page.status_code == 200
        assert "12,345" not in text(page)
    assert D(hr.get(api).json()["monthly_wage"]) == D("12345")
    assert "monthly_wage" not in boss.get(api).json()
    history = text(boss.get(reverse("hrm:laborcontract-history", args=[contract.pk])))
    assert "12345" not in history.replace(",", "")


def test_contract_is_drawn_up_signed_and_renewed_by_api(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    person = worker()
    payload = {
        "employee": person.pk,
        "kind": "FIXED",
        "starts_on": "2026-01-05",
        "ends_on": "2028-01-04",
        "probation_ends_on": "2026-03-05",
        "monthly_wage": "8000",
    }

    too_long = client.post("/api/hrm/labor-contracts/", payload, content_type="application/json")
    payload["probation_ends_on"] = "2026-03-04"
    created = client.post("/api/hrm/labor-contracts/", payload, content_type="application/json")
    base = f"/api/hrm/labor-contracts/{created.json()['id']}/"
    signed = client.post(f"{base}sign/", {"signed_on": "2026-01-05"}, content_type="application/json")
    renewed = client.post(f"{base}renew/", {"kind": "OPEN"}, content_type="application/json")

    assert (too_long.status_code, too_long.json()["code"]) == (400, "invalid-input")
    assert (created.status_code, signed.status_code, renewed.status_code) == (201, 200, 200)
    assert list(LaborContract.objects.order_by("starts_on").values_list("starts_on", "kind")) == [
        (date(2026, 1, 5), "FIXED"),
        (date(2028, 1, 5), "OPEN"),
    ]


def test_tabs_of_a_person_show_places_papers_things_and_tasks(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    person = worker()
    CertificateFactory(employee=person, name="电工证")
    AssetLoanFactory(employee=person, name="万用表")
    StaffTaskFactory(employee=person, title="发工牌")
    url = reverse("hrm:employee-detail", args=[person.pk])

    shown = {code: text(client.get(f"{url}?tab={code}")) for code in ("employment", "certificates", "loans")}
    tasks = text(client.get(f"{url}?tab=staff-tasks"))

    assert "2026-01-05" in shown["employment"]
    assert "电工证" in shown["certificates"]
    assert "万用表" in shown["loans"]
    assert "发工牌" in tasks
    assert "0 / 1" in tasks or "0 of 1" in tasks


def test_everybody_sees_and_does_their_own_tasks_and_no_contract(roles: dict[str, Group]) -> None:
    client, user = sign_in(roles["warehouse"])
    person = worker(user=user)
    mine, other = StaffTaskFactory(assignee=user, employee=person), StaffTaskFactory()
    LaborContractFactory(employee=person)
    AssetLoanFactory(employee=person, name="扫码枪")

    listed = text(client.get(reverse("hrm:stafftask-list") + "?assignee=me&status=OPEN"))
    done = client.post(reverse("hrm:stafftask-action", args=[mine.pk, "complete"]))
    hidden = client.post(reverse("hrm:stafftask-action", args=[other.pk, "complete"]))
    given = client.post(reverse("hrm:stafftask-action", args=[mine.pk, "give"]), {"assignee": user.pk})

    assert mine.title in listed
    assert other.title not in listed
    assert (done.status_code, hidden.status_code, given.status_code) == (302, 404, 403)
    assert dict(StaffTask.objects.values_list("pk", "status")) == {mine.pk: "DONE", other.pk: "OPEN"}
    assert "扫码枪" in text(client.get(reverse("hrm:assetloan-list")))
    assert client.get(reverse("hrm:laborcontract-list")).status_code == 403


def test_thing_is_handed_out_and_taken_back_on_its_page(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    person = worker()
    data = {"employee": person.pk, "name": "电脑", "code": "NB9", "quantity": 1, "handed_out_on": "2026-03-02"}

    assert client.post(reverse("hrm:assetloan-create"), data).status_code == 302
    twice = client.post(reverse("hrm:assetloan-create"), data)
    loan = AssetLoan.objects.get()
    back = client.post(reverse("hrm:assetloan-action", args=[loan.pk, "return"]), {"returned_on": "2026-03-03"})

    assert (twice.status_code, back.status_code) == (422, 302)
    assert AssetLoan.objects.get().returned_on == date(2026, 3, 3)


def test_certificate_of_employment_says_what_the_law_asks(roles: dict[str, Group]) -> None:
    """劳动合同法实施条例 24: term, last day, work and years with the employer."""
    client, _officer = sign_in(roles["hr"])
    contract = LaborContractFactory(employee__hire_date=date(2024, 3, 1), job_title="装配工")
    url = reverse("hrm:laborcontract-print", args=[contract.pk, "exit-certificate"])
    draft = text(client.get(f"{url}?language=en"))

    end_employment(employee=contract.employee, leave_date=date(2026, 3, 31), actor=None, at=AT)
    page = text(client.get(f"{url}?language=en"))

    assert "Draft" in draft
    assert "Draft" not in page
    for fact in ("装配工", "2024-03-01", "2026-03-31", "2 years 0 months", contract.number):
        assert fact in page


def test_places_are_written_by_nobody_on_pages_or_api(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    person = worker()
    place = Assignment.objects.get(employee=person)

    assert client.get(reverse("hrm:assignment-list")).status_code == 200
    assert client.post(reverse("hrm:assignment-create"), {"employee": person.pk}).status_code == 403
    assert client.post(reverse("hrm:assignment-delete", args=[place.pk])).status_code == 403
    assert client.patch(f"/api/hrm/assignments/{place.pk}/", {}, content_type="application/json").status_code in {
        403,
        405,
    }
    assert Assignment.objects.get() == place


def test_contracts_are_filtered_by_where_they_stand(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    running = LaborContractFactory(ends_on=date(2099, 2, 28))
    draft = LaborContractFactory(signed_on=None)
    over = LaborContractFactory(starts_on=date(2020, 1, 1), ends_on=date(2020, 12, 31))

    def listed(query: str) -> list[int]:
        return sorted(row["id"] for row in client.get(f"/api/hrm/labor-contracts/?{query}").json()["results"])

    assert listed("state=ACTIVE") == [running.pk]
    assert listed("state=DRAFT&state=EXPIRED") == sorted([draft.pk, over.pk])
    assert listed("expires_within=90") == []


def test_change_that_waits_can_be_found(roles: dict[str, Group]) -> None:
    client, _boss = sign_in(roles["boss"])
    change = PersonnelChangeFactory()

    assert change.number in text(client.get(reverse("hrm:personnelchange-list") + "?status=DRAFT"))


@pytest.mark.parametrize(
    "metric",
    [
        metrics.on_probation,
        metrics.turnover,
        metrics.contracts_expiring_30,
        metrics.contracts_expiring_90,
    ],
    ids=lambda m: m.code,
)
def test_figures_agree_with_their_lists(metric: Any) -> None:
    gone = worker(status=EmployeeStatus.REGULAR)
    worker(number="E2", department=gone.department)
    end_employment(employee=gone, leave_date=date(2026, 3, 10), actor=None, at=AT)
    # What is running is asked of the present day, by the figure as by the list.
    now = timezone.now()
    LaborContractFactory(ends_on=timezone.localdate() + timedelta(days=20))
    period = Period("month", date(2026, 3, 1), date(2026, 3, 31))
    context = MetricContext(user=UserFactory(is_superuser=True), period=period, at=now)

    assert_drill_matches(metric, context)
    assert metric(context).value
    assert_shows_nothing_unpermitted(metric, MetricContext(user=UserFactory(), period=period, at=now))


def test_turnover_is_leavers_of_the_average_headcount(django_assert_num_queries: Any) -> None:
    people = [worker(number=f"E{n}", status=EmployeeStatus.REGULAR) for n in range(4)]
    end_employment(employee=people[0], leave_date=date(2026, 3, 10), actor=None, at=AT)
    context = MetricContext(
        user=UserFactory(is_superuser=True),
        period=Period("month", date(2026, 3, 1), date(2026, 3, 31)),
        at=datetime(2026, 4, 1, 9, 0, tzinfo=AT.tzinfo),
    )

    with django_assert_num_queries(1):
        value = metrics.turnover(context)

    assert (value.numerator, value.denominator) == (D(1), D("3.5"))
    assert (len(value.series), value.series[-1]) == (12, value.value)
    assert set(value.series[:-1]) <= {D(0), None}
    assert value.value is not None
    assert round(value.value, 2) == D("28.57")
