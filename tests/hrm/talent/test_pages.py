"""Talent on pages and in the API: what each role sees and does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from hrm.org.models import Employee
from hrm.talent.kpi.choices import Grade, PlanStatus, SheetStatus
from hrm.talent.kpi.models import Calibration, GradeRule, KpiIndicator, KpiPlan, KpiSheet
from hrm.talent.kpi.services import begin_scoring, close_plan
from hrm.talent.metrics import appraisal_score, expiring_skills, revenue_per_head, training_passed
from hrm.talent.productivity import average_heads, productivity
from hrm.talent.training.choices import EnrolmentStatus
from hrm.talent.training.models import SkillHolding, TrainingEnrolment, TrainingSession
from suite.access.models import User
from suite.metrics.periods import Period, period_of
from suite.metrics.registry import MetricContext, metrics_for
from suite.modules.services import disable_module
from tests.factories.hrm import EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_talent import (
    CourseFactory,
    SkillFactory,
    SkillHoldingFactory,
    TrainingEnrolmentFactory,
    TrainingSessionFactory,
)
from tests.hrm.talent.conftest import AT, Firm, opened, scoring, signed
from tests.hrm.talent.test_appraisals import calibrating, sheet_of

QUARTER = period_of("quarter", date(2026, 9, 1))
PICKER = re.compile(r'data-async="([^"]+)"')


@pytest.fixture
def as_user(firm: Firm) -> Callable[[User], Client]:
    """A browser of somebody."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="suite.access.backends.RoleBackend")
        return client

    return sign_in


@pytest.fixture
def boss(firm: Firm) -> User:
    """The general manager, who sees every contract too."""
    user = UserFactory()
    user.groups.add(firm.roles["boss"])
    return User.objects.get(pk=user.pk)


AsUser = Callable[[User], Client]


# -- who sees what -----------------------------------------------------------------------------


def test_each_role_sees_its_sheets(firm: Firm, as_user: AsUser) -> None:
    opened(firm, department=None)
    everybody = {"韩主管", "安然", "鲍勃", "蔡茜", "胡人事"}
    expected = {
        firm.hr: everybody,
        firm.user(firm.head): {"韩主管", "安然", "鲍勃"},
        firm.user(firm.ann): {"安然"},
        firm.user(firm.cat): {"蔡茜"},
    }

    for user, people in expected.items():
        client = as_user(user)
        found = set()
        for each in KpiSheet.objects.select_related("employee"):
            status = client.get(each.get_absolute_url()).status_code
            assert status in {200, 404}
            if status == 200:
                found.add(each.employee.name)
        assert found == people
        rows = client.get("/api/hrm/appraisal-sheets/").json()["results"]
        assert len(rows) == len(people)


def test_lists_are_narrowed_to_oneself_and_to_ones_people(firm: Firm, as_user: AsUser) -> None:
    opened(firm)
    SkillHoldingFactory(employee=firm.ann)
    SkillHoldingFactory(employee=firm.head)
    client = as_user(firm.user(firm.head))

    def number(url: str) -> int:
        return len(client.get(url).json()["results"])

    assert number("/api/hrm/appraisal-sheets/") == 3
    assert number("/api/hrm/appraisal-sheets/?employee__user=me") == 1
    assert number("/api/hrm/appraisal-sheets/?employee__manager__user=me") == 2
    assert number("/api/hrm/skill-holdings/?employee__user=me") == 1
    assert number("/api/hrm/training-enrolments/?employee__user=me") == 0


def test_the_page_of_an_appraisal_shows_only_what_one_may_see(firm: Firm, as_user: AsUser) -> None:
    plan = scoring(firm)
    panel = "hrm/talent/distribution_panel.html"

    mine = as_user(firm.user(firm.ann)).get(plan.get_absolute_url())
    all_of_it = as_user(firm.hr).get(plan.get_absolute_url())

    assert "安然" in mine.content.decode()
    assert "鲍勃" not in mine.content.decode()
    assert panel not in {each.name for each in mine.templates}
    assert "鲍勃" in all_of_it.content.decode()
    assert panel in {each.name for each in all_of_it.templates}


def test_a_person_does_not_run_an_appraisal(firm: Firm, as_user: AsUser) -> None:
    plan = opened(firm)
    client = as_user(firm.user(firm.ann))

    for action in ("begin-scoring", "cancel", "close", "add-people"):
        assert client.post(f"{plan.get_absolute_url()}actions/{action}/").status_code == 403
    for action in ("score", "calibrate", "cancel"):
        answer = client.post(f"{sheet_of(firm.ann).get_absolute_url()}actions/{action}/")
        assert answer.status_code == 403
    assert client.get("/hrm/grade-rules/").status_code == 403

    assert KpiPlan.objects.get().status == PlanStatus.OPEN


def test_a_person_reaches_nobody_elses_skills(firm: Firm, as_user: AsUser) -> None:
    mine = SkillHoldingFactory(employee=firm.ann)
    theirs = SkillHoldingFactory(employee=firm.bob)
    elsewhere = SkillHoldingFactory(employee=firm.cat)

    found = {
        user.full_name: [as_user(user).get(each.get_absolute_url()).status_code for each in (mine, theirs, elsewhere)]
        for user in (firm.user(firm.ann), firm.user(firm.head), firm.hr)
    }

    assert found == {"安然": [200, 404, 404], "韩主管": [200, 200, 404], "胡人事": [200, 200, 200]}


# -- an appraisal through the pages ------------------------------------------------------------


def lines_data(*rows: dict[str, Any]) -> dict[str, Any]:
    """Form data of the lines."""
    data: dict[str, Any] = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        data |= {f"lines-{index}-{name}": value for name, value in row.items()}
    return data


def test_from_the_draft_to_the_bonus(firm: Firm, as_user: AsUser) -> None:
    hr, ann, head = as_user(firm.hr), as_user(firm.user(firm.ann)), as_user(firm.user(firm.head))
    goals = lines_data(
        {"indicator": firm.output.pk, "weight": "60", "target": "100"},
        {"indicator": firm.defects.pk, "weight": "40", "target": "10"},
    )
    hr.post(
        "/hrm/appraisals/new/",
        {
            "title": "三季度考核",
            "period_from": "2026-07-01",
            "period_to": "2026-09-30",
            "department": firm.sales.pk,
            "own_weight": "0",
            "cap": "120",
            **goals,
        },
    )
    plan = KpiPlan.objects.get()
    url = plan.get_absolute_url()
    hr.post(f"{url}actions/open/")
    sheet = sheet_of(firm.ann)
    first, second = sheet.lines.order_by("position")
    entered = {f"actual_{first.pk}": "110", f"score_{first.pk}": "100", f"actual_{second.pk}": "9"}

    asked = ann.get(f"{sheet.get_absolute_url()}actions/assess/").content.decode()
    ann.post(f"{sheet.get_absolute_url()}actions/assess/", {**entered, "comment": "完成"})
    hr.post(f"{url}actions/begin-scoring/")
    head.post(f"{sheet.get_absolute_url()}actions/score/", {**entered, f"score_{first.pk}": "95", "comment": "好"})
    for other in (firm.bob, firm.head):
        theirs = sheet_of(other)
        actor = head if other == firm.bob else hr
        scores = {f"score_{line.pk}": "80" for line in theirs.lines.all()}
        actor.post(f"{theirs.get_absolute_url()}actions/score/", scores)
    hr.post(f"{url}actions/begin-calibration/")
    hr.post(f"{sheet.get_absolute_url()}actions/calibrate/", {"grade": "B", "reason": "新人"})
    hr.post(f"{url}actions/close/")

    assert "≥ 100 件" in asked
    assert "≤ 10 件" in asked
    found = sheet_of(firm.ann)
    # 60 % of 95 and 40 % of (2 − 9/10) × 100.
    assert (found.score, found.proposed, found.grade, found.coefficient) == (D("101.00"), Grade.A, Grade.B, D(1))
    assert found.status == SheetStatus.CLOSED
    assert Calibration.objects.get().reason == "新人"
    assert hr.get(f"{url}edit/").status_code in {302, 409}
    assert ann.get(found.get_absolute_url()).status_code == 200


def test_goals_are_changed_on_the_sheet(firm: Firm, as_user: AsUser) -> None:
    opened(firm)
    sheet = sheet_of(firm.ann)
    client = as_user(firm.user(firm.head))
    page = client.get(f"{sheet.get_absolute_url()}edit/")
    assert page.status_code == 200
    first, second = sheet.lines.order_by("position")
    data = {
        "version": sheet.version,
        "lines-TOTAL_FORMS": 2,
        "lines-INITIAL_FORMS": 2,
        "lines-0-id": first.pk,
        "lines-0-indicator": firm.output.pk,
        "lines-0-weight": "50",
        "lines-0-target": "150",
        "lines-1-id": second.pk,
        "lines-1-indicator": firm.defects.pk,
        "lines-1-weight": "50",
        "lines-1-target": "5",
    }

    answer = client.post(f"{sheet.get_absolute_url()}edit/", data)

    assert answer.status_code == 302
    assert list(sheet.lines.values_list("weight", "target")) == [(D(50), D(150)), (D(50), D(5))]


def test_scoring_by_api_keeps_what_it_does_not_mention(firm: Firm, as_user: AsUser) -> None:
    plan = opened(firm)
    sheet = sheet_of(firm.ann)
    lines = list(sheet.lines.order_by("position"))
    base = f"/api/hrm/appraisal-sheets/{sheet.pk}"
    figures = {f"actual_{lines[0].pk}": "110", f"actual_{lines[1].pk}": "9"}
    scores = {f"score_{lines[0].pk}": "90"}

    assessed = as_user(firm.user(firm.ann)).post(f"{base}/assess/", figures, content_type="application/json")
    begin_scoring(plan=plan, actor=firm.hr, at=AT)
    refused = as_user(firm.hr).post(f"{base}/score/", scores, content_type="application/json")
    done = as_user(firm.user(firm.head)).post(f"{base}/score/", scores, content_type="application/json")

    assert (assessed.status_code, refused.status_code, done.status_code) == (200, 409, 200)
    assert list(sheet.lines.values_list("actual", "manager_score")) == [(D(110), D(90)), (D(9), None)]
    # 60 % of 90 and 40 % of (2 − 9/10) × 100.
    assert sheet_of(firm.ann).score == D(98)


def test_indicators_grades_and_their_figures_are_kept(firm: Firm, as_user: AsUser) -> None:
    client = as_user(firm.hr)

    client.post(
        "/hrm/kpi-indicators/new/",
        {
            "code": "SALES",
            "name": "签约额",
            "direction": "HIGHER",
            "target": "100000",
            "weight": "50",
            "metric": "crm.sales",
            "is_active": "on",
        },
    )
    wrong = client.post(
        "/hrm/kpi-indicators/new/",
        {"code": "X", "name": "区间", "direction": "BAND", "target": "1", "weight": "5", "is_active": "on"},
    )
    rule = GradeRule.objects.get(grade=Grade.A)
    client.post(
        f"{rule.get_absolute_url()}edit/",
        {
            "version": rule.version,
            "company": firm.company.pk,
            "grade": "A",
            "minimum_score": "95",
            "coefficient": "1.6",
            "at_most": "10",
        },
    )

    assert KpiIndicator.objects.get(code="SALES").metric == "crm.sales"
    assert wrong.status_code == 422
    rule.refresh_from_db()
    assert (rule.minimum_score, rule.coefficient) == (D(95), D("1.6"))


# -- training through the pages ----------------------------------------------------------------


def test_a_course_is_held(firm: Firm, as_user: AsUser) -> None:
    hr, ann = as_user(firm.hr), as_user(firm.user(firm.ann))
    course = CourseFactory(skill=SkillFactory(validity_months=12))
    hr.post(
        "/hrm/training-sessions/new/",
        {
            "course": course.pk,
            "starts_at": "2099-09-21T09:00",
            "ends_at": "2099-09-21T17:00",
            "capacity": "2",
            "cost": "1200",
        },
    )
    session = TrainingSession.objects.get()
    url = session.get_absolute_url()

    ann.post(f"{url}actions/join/")
    hr.post(f"{url}actions/enrol/", {"employees": [firm.bob.pk]})
    page = as_user(firm.user(firm.cat)).get(url).content.decode()
    full = as_user(firm.user(firm.cat)).post(f"{url}actions/join/")

    assert set(session.enrolments.values_list("employee", flat=True)) == {firm.ann.pk, firm.bob.pk}
    assert full.status_code == 302
    assert "安然" not in page
    assert TrainingEnrolment.objects.count() == 2
    session.refresh_from_db()
    TrainingSession.objects.update(starts_at=AT, ends_at=AT.replace(hour=9))
    results = {f"result_{firm.ann.pk}": "PASSED", f"score_{firm.ann.pk}": "88", f"result_{firm.bob.pk}": "ABSENT"}
    hr.post(f"{url}actions/enter-results/", results)
    assert SkillHolding.objects.get().employee == firm.ann
    assert TrainingEnrolment.objects.get(employee=firm.bob).status == EnrolmentStatus.ABSENT
    tab = hr.get(f"{firm.ann.get_absolute_url()}?tab=skills").content.decode()
    assert "CERT-2026-0001" in tab


def test_a_skill_is_recorded_and_ended(firm: Firm, as_user: AsUser) -> None:
    client = as_user(firm.hr)
    skill = SkillFactory(validity_months=24)
    data = {"employee": firm.cat.pk, "skill": skill.pk, "level": "3", "valid_from": "2026-01-01"}

    client.post("/hrm/skill-holdings/new/", data)
    again = client.post("/hrm/skill-holdings/new/", data)
    holding = SkillHolding.objects.get()
    client.post(f"{holding.get_absolute_url()}actions/end/", {"last_on": "2026-06-30"})

    assert again.status_code == 422
    assert SkillHolding.objects.get().valid_to == date(2026, 6, 30)


def test_pickers_of_people_offer_those_of_the_company(firm: Firm, as_user: AsUser) -> None:
    stranger = EmployeeFactory(name="外人")
    session = TrainingSessionFactory(company=firm.company)
    client = as_user(firm.hr)

    for url in (
        f"{opened(firm).get_absolute_url()}actions/add-people/",
        f"{session.get_absolute_url()}actions/enrol/",
    ):
        picker = PICKER.search(client.get(url).content.decode())
        assert picker is not None
        offered = client.get(unescape(picker.group(1))).content.decode()
        assert firm.cat.name in str(json.loads(offered))
        assert stranger.name not in str(json.loads(offered))


# -- the matrix --------------------------------------------------------------------------------


def test_the_matrix_shows_ones_own_people(firm: Firm, as_user: AsUser) -> None:
    welding = SkillFactory(name="焊接")
    for person in (firm.ann, firm.bob, firm.cat):
        SkillHoldingFactory(employee=person, skill=welding)

    pages = {
        user.full_name: as_user(user).get("/hrm/skill-matrix/").content.decode()
        for user in (firm.hr, firm.user(firm.head), firm.user(firm.ann))
    }
    narrowed = as_user(firm.hr).get(f"/hrm/skill-matrix/?department={firm.works.pk}&on=x").content.decode()

    shown = {
        reader: [name for name in ("安然", "鲍勃", "蔡茜") if name in body_of(page)] for reader, page in pages.items()
    }
    assert shown == {"胡人事": ["安然", "鲍勃", "蔡茜"], "韩主管": ["安然", "鲍勃"], "安然": ["安然"]}
    assert "蔡茜" in body_of(narrowed)
    assert "鲍勃" not in body_of(narrowed)


def body_of(page: str) -> str:
    """What stands in the matrix, without the shell that names the user."""
    return page[page.index('class="filterbar mb-3"') :]


def test_the_matrix_needs_permission_and_the_module(firm: Firm, as_user: AsUser) -> None:
    assert as_user(UserFactory()).get("/hrm/skill-matrix/").status_code == 403
    assert Client().get("/hrm/skill-matrix/").status_code == 302
    disable_module(code="hrm", actor=None, at=AT, reason="暂停")

    assert as_user(firm.hr).get("/hrm/skill-matrix/").status_code == 404


# -- figures -----------------------------------------------------------------------------------


def context(user: User, period: Any = QUARTER) -> MetricContext:
    """A question in the middle of October."""
    return MetricContext(user, period, AT.replace(month=10, day=15))


def test_heads_are_counted_by_days(firm: Firm) -> None:
    """September has 30 days; who joins on the 16th is there for 15 of them."""
    place = PositionFactory()
    september = Period("custom", date(2026, 9, 1), date(2026, 9, 30))
    EmployeeFactory(company=firm.company, position=place, hire_date=date(2026, 9, 16))
    EmployeeFactory(company=firm.company, position=place, hire_date=date(2020, 1, 1), leave_date=date(2026, 9, 10))
    EmployeeFactory(company=firm.company, position=place, hire_date=date(2026, 10, 1))
    EmployeeFactory(company=firm.company, position=place, hire_date=date(2020, 1, 1), leave_date=date(2026, 8, 31))
    people = Employee.objects.filter(position=place)

    assert average_heads(people, september, "position") == {(place.pk,): D(25) / D(30)}


def test_revenue_per_head_by_position(firm: Firm, boss: User) -> None:
    operator = PositionFactory(name="操作工")
    Employee.objects.filter(pk__in=[firm.ann.pk, firm.bob.pk]).update(position=operator)
    signed(firm, firm.ann, 100000)

    found = productivity(context(boss))
    value = revenue_per_head(context(boss))

    assert (found.heads, found.revenue, found.revenue_per_head) == (D(5), D(100000), D(20000))
    assert [(post.place, post.heads, post.share, post.revenue) for post in found.positions] == [
        (None, D(3), D(60), D("33333.33")),
        (operator, D(2), D(40), D(50000)),
    ]
    assert {str(post.place): post.heads for post in found.departments} == {"销售部": D(3), "生产部": D(1), "总部": D(1)}
    assert (value.value, value.numerator, value.denominator, value.is_complete) == (D(20000), D(100000), D(5), True)


def test_without_a_sales_system_only_heads_are_left(firm: Firm, boss: User, as_user: AsUser) -> None:
    signed(firm, firm.ann, 100000)
    # HR sees no contracts.
    assert productivity(context(firm.hr)).revenue is None
    disable_module(code="crm", actor=None, at=AT, reason="暂停")

    found = productivity(context(boss))
    value = revenue_per_head(context(boss))
    page = as_user(boss).get("/hrm/productivity/?period=quarter")

    assert (found.revenue, found.revenue_per_head, found.cost) == (None, None, None)
    assert found.heads == D(5)
    assert (value.value, value.is_complete) == (None, False)
    assert page.status_code == 200
    assert as_user(firm.user(firm.ann)).get("/hrm/productivity/").status_code == 403


def test_figures_vanish_with_personnel(firm: Firm, boss: User) -> None:
    codes = {"hrm.revenue_per_head", "hrm.appraisal_score", "hrm.training_passed", "hrm.expiring_skills"}
    assert codes <= {each.code for each in metrics_for(boss)}

    disable_module(code="hrm", actor=None, at=AT, reason="暂停")

    assert not codes & {each.code for each in metrics_for(boss)}


def test_figures_of_talent(firm: Firm, boss: User) -> None:
    plan = calibrating(firm, ann="95", bob="70", head="81")
    assert appraisal_score(context(boss)).value is None
    close_plan(plan=plan, actor=firm.hr, at=AT)
    session = TrainingSessionFactory(company=firm.company, starts_at=AT, ends_at=AT.replace(hour=9))
    for person, status in (
        (firm.ann, EnrolmentStatus.PASSED),
        (firm.bob, EnrolmentStatus.FAILED),
        (firm.cat, EnrolmentStatus.ABSENT),
    ):
        finish(TrainingEnrolmentFactory(session=session, employee=person), status)
    SkillHoldingFactory(employee=firm.ann, valid_to=date(2026, 11, 14))
    SkillHoldingFactory(employee=firm.bob, valid_to=date(2027, 1, 13))
    SkillHoldingFactory(employee=firm.cat, valid_to=date(2027, 1, 14))

    passed = training_passed(context(boss))
    soon = expiring_skills(context(boss))

    assert appraisal_score(context(boss)).value == D(82)
    assert (passed.value, passed.numerator, passed.denominator) == (D(50), D(1), D(2))
    assert (soon.value, soon.facts[0].value) == (D(2), D(1))


def finish(enrolment: TrainingEnrolment, status: str) -> None:
    """As results leave it."""
    with transaction.atomic():
        enrolment.become(status, actor=None, at=AT)


def test_a_plan_that_began_is_not_edited_by_page(firm: Firm, as_user: AsUser) -> None:
    plan = scoring(firm)

    as_user(firm.hr).post(f"{plan.get_absolute_url()}edit/", {"title": "别的", "version": plan.version})

    assert KpiPlan.objects.get(pk=plan.pk).title == "三季度考核"
