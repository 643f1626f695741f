"""Two people act at the same moment: real threads, real commits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import transaction

from hrm.talent.kpi.choices import Grade, PlanStatus, SheetStatus
from hrm.talent.kpi.models import KpiPlan, KpiSheet
from hrm.talent.kpi.services import begin_calibration, open_plan
from hrm.talent.kpi.sheets import score_sheet
from hrm.talent.training.errors import NoPlaceLeft
from hrm.talent.training.models import SkillHolding, TrainingEnrolment
from hrm.talent.training.services import enrol_people, grant_skill
from suite.core.errors import DomainError
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_talent import (
    GradeRuleFactory,
    KpiPlanFactory,
    KpiPlanLineFactory,
    KpiSheetFactory,
    KpiSheetLineFactory,
    SkillFactory,
    TrainingSessionFactory,
)
from tests.factories.masters import CompanyFactory
from tests.hrm.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("attempt", range(5))
def test_the_last_place_is_taken_once(attempt: int) -> None:
    session = TrainingSessionFactory(capacity=1)
    people = [EmployeeFactory(company=session.company) for _each in range(3)]
    actor = UserFactory()

    results = at_once(
        *(
            lambda person=person: enrol_people(session=session, employees=[person], actor=actor, at=AT)  # type: ignore[misc]
            for person in people
        )
    )

    assert sorted(str(each) if isinstance(each, int) else type(each).__name__ for each in results) == [
        "1",
        "NoPlaceLeft",
        "NoPlaceLeft",
    ]
    assert isinstance(next(each for each in results if not isinstance(each, int)), NoPlaceLeft)
    assert TrainingEnrolment.objects.count() == 1


def _scoring() -> tuple[KpiPlan, KpiSheet, Any]:
    plan = KpiPlanFactory()
    for grade, minimum in ((Grade.A, 90), (Grade.B, 60), (Grade.C, 0)):
        GradeRuleFactory(company=plan.company, grade=grade, minimum_score=D(minimum))
    manager = EmployeeFactory(company=plan.company, user=UserFactory())
    sheet = KpiSheetFactory(plan=plan, employee__manager=manager)
    KpiSheetLineFactory(sheet=sheet)
    with transaction.atomic():
        for status in (PlanStatus.OPEN, PlanStatus.SCORING):
            plan.become(status, actor=None, at=AT)
    return plan, sheet, manager.user


@pytest.mark.parametrize("attempt", range(5))
def test_of_two_scores_at_once_one_is_whole(attempt: int) -> None:
    _plan, sheet, manager = _scoring()
    line = sheet.lines.get()

    def score(points: int, comment: str) -> KpiSheet:
        entries = {line.pk: {"actual": None, "score": D(points)}}
        return score_sheet(sheet=sheet, entries=entries, comment=comment, actor=manager, at=AT)

    results = at_once(lambda: score(95, "优"), lambda: score(65, "良"))

    assert all(isinstance(each, KpiSheet) for each in results)
    found = KpiSheet.objects.get()
    assert (found.score, found.grade, found.manager_comment, found.lines.get().manager_score) in {
        (D(95), Grade.A, "优", D(95)),
        (D(65), Grade.B, "良", D(65)),
    }
    assert found.status == SheetStatus.SCORED


@pytest.mark.parametrize("attempt", range(5))
def test_a_score_comes_before_calibration_or_not_at_all(attempt: int) -> None:
    plan, sheet, manager = _scoring()
    line = sheet.lines.get()
    entries = {line.pk: {"actual": None, "score": D(95)}}
    score_sheet(sheet=sheet, entries=entries, actor=manager, at=AT)
    again = {line.pk: {"actual": None, "score": D(65)}}

    scored, calibrated = at_once(
        lambda: score_sheet(sheet=sheet, entries=again, actor=manager, at=AT),
        lambda: begin_calibration(plan=plan, actor=manager, at=AT),
    )

    assert isinstance(calibrated, KpiPlan)
    expected = D(95) if isinstance(scored, DomainError) else D(65)
    assert KpiSheet.objects.get().score == expected


@pytest.mark.parametrize("attempt", range(3))
def test_two_appraisals_of_a_period_never_share_a_person(attempt: int) -> None:
    company = CompanyFactory()
    GradeRuleFactory(company=company)
    people = [EmployeeFactory(company=company) for _each in range(3)]
    plans = [KpiPlanFactory(company=company) for _each in range(2)]
    for plan in plans:
        KpiPlanLineFactory(plan=plan)
    actor = UserFactory()

    results = at_once(*(lambda plan=plan: open_plan(plan=plan, actor=actor, at=AT) for plan in plans))  # type: ignore[misc]

    assert sum(isinstance(each, KpiPlan) for each in results) == 1
    assert sum(isinstance(each, DomainError) for each in results) == 1
    assert set(KpiSheet.objects.values_list("employee", flat=True)) == {each.pk for each in people}
    assert KpiSheet.objects.count() == 3


@pytest.mark.parametrize("attempt", range(3))
def test_a_skill_is_granted_once_for_a_day(attempt: int) -> None:
    person, skill = EmployeeFactory(), SkillFactory(validity_months=12)

    def grant() -> SkillHolding:
        return grant_skill(employee=person, skill=skill, valid_from=date(2026, 10, 1), actor=None, at=AT)

    results = at_once(grant, grant)

    assert sum(isinstance(each, SkillHolding) for each in results) == 1
    assert sum(isinstance(each, DomainError) for each in results) == 1
    assert SkillHolding.objects.count() == 1
