"""Pages and API of recruiting as the roles see them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.people.models import LaborContract
from hrm.recruiting import metrics, offers
from hrm.recruiting.choices import CandidateStatus
from hrm.recruiting.models import Candidate, Interview, Offer, Requisition
from suite.access.models import User
from suite.metrics.periods import Period
from suite.metrics.registry import MetricContext
from suite.pages.exchange.apply import apply_import
from suite.pages.exchange.plan import plan_import
from tests.exchange.conftest import pages_of, sheet
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_recruiting import (
    CandidateFactory,
    InterviewFactory,
    OfferFactory,
    RequisitionFactory,
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


def test_from_the_request_to_the_first_day_in_the_browser(roles: dict[str, Group]) -> None:
    hr, officer = sign_in(roles["hr"])
    boss, _boss = sign_in(roles["boss"])
    department = DepartmentFactory()
    head = EmployeeFactory(department=department, number="E0007")
    department.head = head
    department.save()
    position = PositionFactory(planned_headcount=1)

    def act(client: Client, row: Any, slug: str, **data: Any) -> None:
        url = reverse(f"hrm:{row._meta.model_name}-action", args=[row.pk, slug])
        answer = client.post(url, data)
        assert answer.status_code == 302, text(answer)

    asked = {
        "position": position.pk,
        "department": department.pk,
        "wanted": 1,
        "due_on": "2026-06-30",
        "reason": "增产",
        "owner": officer.pk,
    }
    assert hr.post(reverse("hrm:requisition-create"), asked).status_code == 302
    requisition = Requisition.objects.get()
    act(hr, requisition, "submit")
    act(boss, requisition, "approve")
    applies = {"name": "王芳", "requisition": requisition.pk, "source": "REFERRAL", "owner": officer.pk}
    assert hr.post(reverse("hrm:candidate-create"), applies).status_code == 302
    candidate = Candidate.objects.get()
    act(hr, candidate, "schedule", held_at="2026-03-05T14:00", interviewer=officer.pk)
    act(hr, Interview.objects.get(), "record", verdict="PASSED", score=5, notes="好")
    terms = {"starts_on": "2026-04-01", "contract_kind": "FIXED", "contract_months": 36, "probation_months": 3}
    act(hr, candidate, "offer", monthly_wage="9000", **terms)
    offer = Offer.objects.get()
    act(hr, offer, "submit")
    act(boss, offer, "approve")
    act(hr, offer, "mark-sent")
    act(hr, offer, "accept")
    asks = text(hr.get(reverse("hrm:candidate-action", args=[candidate.pk, "hire"])))
    act(hr, candidate, "hire", number="E0008")

    assert 'value="E0008"' in asks
    person = Employee.objects.get(number="E0008")
    assert (person.department, person.position, person.manager) == (department, position, head)
    assert LaborContract.objects.get(employee=person).monthly_wage == D("9000.00")
    assert Requisition.objects.get().status == "FILLED"


def test_board_moves_cards_and_asks_before_offer_and_hire(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    row = CandidateFactory()
    url = reverse("hrm:candidate-move")

    def drop(lane: str) -> Any:
        return client.post(url, {"pk": row.pk, "lane": lane, "version": Candidate.objects.get(pk=row.pk).version})

    page = text(client.get(reverse("hrm:candidate-list")))
    moved = drop("INTERVIEW")
    asks = {lane: drop(lane).json()["needs"] for lane in ("OFFER", "HIRED")}
    back = drop("NEW")

    assert row.name in page
    assert 'data-lane="HIRED"' in page
    assert (moved.status_code, moved.json()["lane"]) == (200, "INTERVIEW")
    assert asks == {
        "OFFER": reverse("hrm:candidate-action", args=[row.pk, "offer"]),
        "HIRED": reverse("hrm:candidate-action", args=[row.pk, "hire"]),
    }
    assert (back.status_code, Candidate.objects.get(pk=row.pk).status) == (409, CandidateStatus.INTERVIEW)


def test_offer_page_asks_for_no_wage_of_those_who_may_not_see_it(roles: dict[str, Group]) -> None:
    boss, _boss = sign_in(roles["boss"])
    manager, account = sign_in(roles["sales_manager"])
    department = DepartmentFactory()
    EmployeeFactory(department=department, user=account)
    offer = OfferFactory(candidate__requisition__department=department, monthly_wage=D("12345.00"))
    candidate = reverse("hrm:candidate-detail", args=[offer.candidate_id])

    assert "12,345.00" in text(boss.get(reverse("hrm:offer-detail", args=[offer.pk])))
    seen = manager.get(candidate)
    assert seen.status_code == 200
    assert "12,345" not in text(seen)
    assert offer.candidate.phone not in text(seen)
    assert manager.get(reverse("hrm:offer-list")).status_code == 403
    assert manager.get(f"/api/hrm/candidates/{offer.candidate_id}/").json().keys().isdisjoint({"phone", "email"})


def test_manager_sees_candidates_of_own_department_only(roles: dict[str, Group]) -> None:
    client, account = sign_in(roles["sales_manager"])
    department = DepartmentFactory()
    EmployeeFactory(department=department, user=account)
    own = CandidateFactory(requisition__department=department)
    other = CandidateFactory()

    assert client.get(reverse("hrm:candidate-detail", args=[own.pk])).status_code == 200
    assert client.get(reverse("hrm:candidate-detail", args=[other.pk])).status_code == 404
    hire = client.post(reverse("hrm:candidate-action", args=[own.pk, "hire"]), {"number": "E1"})
    assert (hire.status_code, Employee.objects.filter(number="E1").exists()) == (403, False)


def test_interviewer_judges_own_interviews_and_no_others(roles: dict[str, Group]) -> None:
    client, account = sign_in(roles["warehouse"])
    own = InterviewFactory(interviewer=account, candidate__status=CandidateStatus.INTERVIEW)
    other = InterviewFactory(candidate__status=CandidateStatus.INTERVIEW)
    data = {"verdict": "HOLD", "score": 3}

    mine = client.post(reverse("hrm:interview-action", args=[own.pk, "record"]), data)
    theirs = client.post(reverse("hrm:interview-action", args=[other.pk, "record"]), data)

    assert (mine.status_code, theirs.status_code) == (302, 404)
    assert dict(Interview.objects.values_list("pk", "verdict")) == {own.pk: "HOLD", other.pk: "OPEN"}


def test_candidate_is_hired_by_api_once(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])
    boss = UserFactory(is_superuser=True)
    offer = OfferFactory()
    for step in (offers.submit_offer, offers.send_offer, offers.accept_offer):
        step(offer=offer, actor=boss, at=AT)
    url = f"/api/hrm/candidates/{offer.candidate_id}/hire/"

    first = client.post(url, {"number": "E1"}, content_type="application/json")
    again = client.post(url, {"number": "E2"}, content_type="application/json")

    assert (first.status_code, first.json()["status"]) == (200, "HIRED")
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")
    assert Employee.objects.filter(number__in=("E1", "E2")).count() == 1


def context(user: User) -> MetricContext:
    return MetricContext(user=user, period=Period("month", date(2026, 3, 1), date(2026, 3, 31)), at=AT)


@pytest.mark.parametrize(
    "metric", [metrics.open_places, metrics.offer_acceptance, metrics.overdue_alerts], ids=lambda m: m.code
)
def test_figures_agree_with_their_lists(metric: Any) -> None:
    RequisitionFactory(wanted=3)
    OfferFactory()

    assert_drill_matches(metric, context(UserFactory(is_superuser=True)))
    assert_shows_nothing_unpermitted(metric, context(UserFactory()))


def test_open_places_are_wanted_less_hired() -> None:
    boss = UserFactory(is_superuser=True)
    offer = OfferFactory(candidate__requisition__wanted=3)
    for step in (offers.submit_offer, offers.send_offer, offers.accept_offer):
        step(offer=offer, actor=boss, at=AT)
    offers.hire_candidate(candidate=offer.candidate, number="E1", actor=boss, at=AT)

    assert metrics.open_places(context(boss)).value == D(2)


def test_funnel_counts_every_stage_that_was_passed() -> None:
    boss = UserFactory(is_superuser=True)
    for status in (CandidateStatus.NEW, CandidateStatus.INTERVIEW, CandidateStatus.OFFER):
        row = CandidateFactory(status=status)
        Candidate.objects.filter(pk=row.pk).update(created_at=AT)
    both = InterviewFactory(candidate=row)
    InterviewFactory(candidate=row, round=2)

    chart = metrics.funnel(context(boss))

    assert both.candidate == row
    assert list(chart.series[0].data) == [3, 2, 2, 1, 0]


def test_joiners_and_leavers_are_drawn_by_month() -> None:
    EmployeeFactory(hire_date=date(2026, 2, 10))

    chart = metrics.coming_and_going(context(UserFactory(is_superuser=True)))

    assert (chart.x[-2:], list(chart.series[0].data)[-2:]) == (["2026-02", "2026-03"], [1, 0])


def test_board_of_personnel_opens_for_hr(roles: dict[str, Group]) -> None:
    client, _officer = sign_in(roles["hr"])

    page = client.get("/", follow=True)

    assert page.status_code == 200


def test_candidates_come_out_of_a_file_with_their_place(roles: dict[str, Group]) -> None:
    _client, officer = sign_in(roles["hr"])
    officer = User.objects.get(pk=officer.pk)
    requisition = RequisitionFactory(owner=officer)
    head = ("name", "phone", "source", "request for people", "responsible")
    rows = (
        ("王芳", "13900000001", "REFERRAL", requisition.number, officer.username),
        ("李强", "13900000001", "CAMPUS", requisition.number, officer.username),
        ("赵敏", "", "CAMPUS", "", officer.username),
    )

    with translation.override("en"):
        plan = plan_import(pages_of("hrm.Candidate"), sheet(head, *rows), user=officer, lock=True)
        outcome = apply_import(plan, at=AT, leave_out_bad=True)

    assert (outcome.created, [row.number for row in plan.bad_rows]) == (2, [3])
    assert list(Candidate.objects.order_by("pk").values_list("name", "requisition", "source")) == [
        ("王芳", requisition.pk, "REFERRAL"),
        ("赵敏", None, "CAMPUS"),
    ]
