"""Appraisals from the goals to the final grades: who does what when, and what stays for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from hrm.org.models import Employee
from hrm.talent.kpi.choices import Direction, Grade, PlanStatus, SheetStatus
from hrm.talent.kpi.errors import DistributionBroken, GoalsIncomplete
from hrm.talent.kpi.models import Calibration, GradeRule, KpiPlan, KpiSheet, KpiSheetLine
from hrm.talent.kpi.selectors import distribution, last_appraisals
from hrm.talent.kpi.services import (
    add_people,
    begin_calibration,
    begin_scoring,
    cancel_plan,
    close_plan,
    open_plan,
    request_figures,
    step_back_plan,
    update_plan,
)
from hrm.talent.kpi.sheets import (
    assess_sheet,
    calibrate_sheet,
    cancel_sheet,
    fetch_figures,
    return_sheet,
    score_sheet,
    update_sheet,
)
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.documents.errors import LineErrors
from suite.jobs.models import Job
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext, metric_of
from suite.metrics.values import MetricValue
from suite.modules.services import disable_module
from tests.factories.hrm import EmployeeFactory
from tests.factories.hrm_talent import KpiIndicatorFactory
from tests.hrm.talent.conftest import AT, Firm, opened, plan_of, scoring, signed

QUARTER = period_of("quarter", date(2026, 9, 1))


def sheet_of(employee: Employee) -> KpiSheet:
    """The sheet of a person."""
    return KpiSheet.objects.select_related("plan").exclude(status=SheetStatus.CANCELLED).get(employee=employee)


def entries(sheet: KpiSheet, *values: tuple[str | None, str | None]) -> dict[int, dict[str, D | None]]:
    """What is entered for the lines: actual figure and score."""
    lines = sheet.lines.order_by("position")
    return {
        line.pk: {"actual": actual and D(actual), "score": score and D(score)}  # type: ignore[misc]
        for line, (actual, score) in zip(lines, values, strict=True)
    }


def score(firm: Firm, employee: Employee, first: str, second: str) -> KpiSheet:
    """Scores by whoever has to give them."""
    sheet = sheet_of(employee)
    actor = firm.user(firm.head) if employee.manager_id else firm.hr
    return score_sheet(sheet=sheet, entries=entries(sheet, (None, first), (None, second)), actor=actor, at=AT)


def calibrating(firm: Firm, ann: str = "95", bob: str = "70", head: str = "80") -> KpiPlan:
    """Everybody of the sales department is scored."""
    plan = scoring(firm)
    for employee, points in ((firm.ann, ann), (firm.bob, bob), (firm.head, head)):
        score(firm, employee, points, points)
    return begin_calibration(plan=plan, actor=firm.hr, at=AT)


# -- beginning ---------------------------------------------------------------------------------


def test_everybody_of_the_department_gets_the_goals(firm: Firm) -> None:
    joined_later = EmployeeFactory(department=firm.sales, hire_date=date(2026, 10, 1))

    plan = opened(firm)

    people = set(plan.sheets.values_list("employee__name", flat=True))
    assert people == {"韩主管", "安然", "鲍勃"}
    assert joined_later.name not in people
    lines = sheet_of(firm.ann).lines.order_by("position")
    assert [(line.indicator.code, line.weight, line.target) for line in lines] == [
        ("OUT", D(60), D(100)),
        ("DEF", D(40), D(10)),
    ]
    told = set(Notification.objects.values_list("recipient__full_name", flat=True))
    assert told == people


@pytest.mark.parametrize("weights", [("60", "39.9999"), ("60", "40.0001")])
def test_weights_that_are_not_a_hundred_do_not_begin(firm: Firm, weights: tuple[str, str]) -> None:
    lines = [
        {"indicator": firm.output, "weight": D(weights[0])},
        {"indicator": firm.defects, "weight": D(weights[1])},
    ]
    plan = plan_of(firm, lines=lines)

    with pytest.raises(GoalsIncomplete):
        open_plan(plan=plan, actor=firm.hr, at=AT)

    assert KpiPlan.objects.get().status == PlanStatus.DRAFT
    assert KpiSheet.objects.count() == 0


def test_without_grades_nothing_begins(firm: Firm) -> None:
    plan = plan_of(firm)
    GradeRule.objects.all().delete()

    with pytest.raises(WrongState):
        open_plan(plan=plan, actor=firm.hr, at=AT)

    assert KpiSheet.objects.count() == 0


def test_wrong_goals_are_refused_where_they_stand(firm: Firm) -> None:
    band = KpiIndicatorFactory(direction=Direction.BAND, target=D(40), target_to=D(60))
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"indicator": None}, "indicator"),
        ({"indicator": firm.output, "weight": D(0)}, "weight"),
        ({"indicator": firm.output, "weight": D("100.0001")}, "weight"),
        ({"indicator": firm.output, "target": D(-1)}, "target"),
        ({"indicator": firm.output, "target": D(1), "target_to": D(2)}, "target_to"),
        ({"indicator": band, "target": D(61)}, "target_to"),
    ]

    for row, column in wrong:
        with pytest.raises(LineErrors) as refused:
            plan_of(firm, lines=[row])
        assert list(refused.value.rows[0]) == [column]
    with pytest.raises(LineErrors) as refused:
        plan_of(firm, lines=[{"indicator": firm.output}, {"indicator": firm.output}])
    assert refused.value.rows == {1: {"indicator": refused.value.rows[1]["indicator"]}}
    assert KpiPlan.objects.count() == 0


def test_nobody_is_appraised_twice_for_a_period(firm: Firm) -> None:
    first = opened(firm)
    with pytest.raises(InvalidInput):
        open_plan(plan=plan_of(firm), actor=firm.hr, at=AT)
    whole = opened(firm, department=None)

    assert set(whole.sheets.values_list("employee__name", flat=True)) == {"蔡茜", "胡人事"}
    with pytest.raises(InvalidInput, match="安然"):
        add_people(plan=whole, employees=[firm.ann], actor=firm.hr, at=AT)
    assert whole.sheets.count() == 2
    cancel_sheet(sheet=sheet_of(firm.ann), reason="转部门", actor=firm.hr, at=AT)
    add_people(plan=whole, employees=[firm.ann], actor=firm.hr, at=AT)
    assert sheet_of(firm.ann).plan == whole
    with pytest.raises(IntegrityError, match="kpisheet_once_in_a_period"), transaction.atomic():
        KpiSheet.objects.create(plan=first, employee=firm.ann, period_from=first.period_from, period_to=first.period_to)


def test_a_running_appraisal_is_not_changed(firm: Firm) -> None:
    plan = opened(firm)

    with pytest.raises(WrongState):
        update_plan(kpiplan=plan, title="别的", lines=[{"indicator": firm.output}], actor=firm.hr, at=AT)
    with pytest.raises(WrongState):
        open_plan(plan=plan, actor=firm.hr, at=AT)

    assert KpiPlan.objects.get().title == "三季度考核"


# -- goals and self-assessment -----------------------------------------------------------------


def test_goals_of_one_person_can_differ(firm: Firm) -> None:
    opened(firm)
    sheet = sheet_of(firm.ann)
    ids = list(sheet.lines.values_list("pk", flat=True))
    lines = [
        {"id": ids[0], "indicator": firm.output, "weight": D(70), "target": D(120), "target_to": None},
        {"id": ids[1], "indicator": firm.defects, "weight": D(30), "target": D(8), "target_to": None},
    ]

    update_sheet(kpisheet=sheet, lines=lines, actor=firm.user(firm.head), at=AT)

    assert list(sheet.lines.values_list("weight", "target")) == [(D(70), D(120)), (D(30), D(8))]
    assert list(sheet_of(firm.bob).lines.values_list("weight", flat=True)) == [D(60), D(40)]
    with pytest.raises(GoalsIncomplete):
        update_sheet(kpisheet=sheet, lines=lines[:1], actor=firm.user(firm.head), at=AT)
    with pytest.raises(NotAllowed):
        update_sheet(kpisheet=sheet, lines=lines, actor=firm.user(firm.ann), at=AT)
    assert list(sheet.lines.values_list("weight", flat=True)) == [D(70), D(30)]


def test_people_assess_themselves_and_nobody_else(firm: Firm) -> None:
    plan = opened(firm)
    sheet = sheet_of(firm.ann)
    entered = entries(sheet, ("110", "95"), ("9", "90"))

    for other in (firm.user(firm.bob), firm.user(firm.head), firm.hr):
        with pytest.raises(NotAllowed):
            assess_sheet(sheet=sheet, entries=entered, actor=other, at=AT)
    assert sheet_of(firm.ann).status == SheetStatus.OPEN
    assess_sheet(sheet=sheet, entries=entered, comment="顺利", actor=firm.user(firm.ann), at=AT)

    found = sheet_of(firm.ann)
    assert (found.status, found.own_comment, found.assessed_at) == (SheetStatus.ASSESSED, "顺利", AT)
    assert list(found.lines.values_list("actual", "own_score")) == [(D(110), D(95)), (D(9), D(90))]
    assert [line.achieved for line in found.lines.select_related("sheet__plan", "indicator")] == [D(110), D(110)]
    begin_scoring(plan=plan, actor=firm.hr, at=AT)
    with pytest.raises(NotAllowed):
        assess_sheet(sheet=sheet, entries=entered, actor=firm.user(firm.ann), at=AT)


@pytest.mark.parametrize("points", ["-0.01", "120.01"])
def test_scores_out_of_range_are_refused(firm: Firm, points: str) -> None:
    opened(firm)
    sheet = sheet_of(firm.ann)

    with pytest.raises(InvalidInput, match="120"):
        assess_sheet(
            sheet=sheet, entries=entries(sheet, (None, points), (None, "90")), actor=firm.user(firm.ann), at=AT
        )

    assert sheet_of(firm.ann).status == SheetStatus.OPEN
    assert not KpiSheetLine.objects.filter(own_score__isnull=False).exists()


def test_a_manager_asks_for_another_self_assessment(firm: Firm) -> None:
    opened(firm)
    sheet = sheet_of(firm.ann)
    assess_sheet(sheet=sheet, entries=entries(sheet, (None, "100"), (None, "100")), actor=firm.user(firm.ann), at=AT)
    Notification.objects.all().delete()

    return_sheet(sheet=sheet, reason="请填实际产量", actor=firm.user(firm.head), at=AT)

    assert sheet_of(firm.ann).status == SheetStatus.OPEN
    assert list(Notification.objects.values_list("recipient", "body")) == [(firm.ann.user_id, "请填实际产量")]


# -- scoring -----------------------------------------------------------------------------------


def test_the_manager_scores_and_the_total_gives_the_grade(firm: Firm) -> None:
    scoring(firm)
    sheet = sheet_of(firm.ann)

    score_sheet(
        sheet=sheet,
        entries=entries(sheet, (None, "88.88"), ("9", None)),
        comment="不错",
        actor=firm.user(firm.head),
        at=AT,
    )

    found = sheet_of(firm.ann)
    # 60 % of 88.88 and 40 % of (2 − 9/10) × 100 = 110.
    assert (found.score, found.proposed, found.grade) == (D("97.33"), Grade.A, Grade.A)
    assert (found.status, found.scored_by, found.manager_comment) == (SheetStatus.SCORED, firm.user(firm.head), "不错")
    score(firm, firm.ann, "74.99", "74.99")
    assert (sheet_of(firm.ann).score, sheet_of(firm.ann).grade) == (D("74.99"), Grade.C)


def test_the_own_score_counts_as_far_as_agreed(firm: Firm) -> None:
    plan = opened(firm, own_weight=D(20))
    sheet = sheet_of(firm.ann)
    assess_sheet(sheet=sheet, entries=entries(sheet, (None, "100"), (None, "90")), actor=firm.user(firm.ann), at=AT)
    begin_scoring(plan=plan, actor=firm.hr, at=AT)

    score(firm, firm.ann, "80", "70")

    # 60 % of 84 and 40 % of 74.
    assert sheet_of(firm.ann).score == D("80.00")


def test_a_line_needs_a_score_or_a_figure(firm: Firm) -> None:
    scoring(firm)
    sheet = sheet_of(firm.ann)

    with pytest.raises(InvalidInput, match="不良数"):
        score_sheet(sheet=sheet, entries=entries(sheet, (None, "90"), (None, None)), actor=firm.user(firm.head), at=AT)

    found = sheet_of(firm.ann)
    assert (found.status, found.score) == (SheetStatus.OPEN, None)
    assert not KpiSheetLine.objects.filter(manager_score__isnull=False).exists()


def test_only_the_manager_scores(firm: Firm) -> None:
    plan = scoring(firm, department=None)
    sheet = sheet_of(firm.ann)
    entered = entries(sheet, (None, "100"), (None, "100"))

    for other in (firm.user(firm.ann), firm.user(firm.bob), firm.hr):
        with pytest.raises(NotAllowed):
            score_sheet(sheet=sheet, entries=entered, actor=other, at=AT)
    # Nobody is above the head, so HR scores; but not themselves.
    score(firm, firm.head, "80", "80")
    with pytest.raises(NotAllowed):
        score(firm, firm.officer, "100", "100")
    assert set(plan.sheets.filter(status=SheetStatus.SCORED).values_list("employee__name", flat=True)) == {"韩主管"}


def test_scoring_waits_for_its_time(firm: Firm) -> None:
    plan = opened(firm)
    with pytest.raises(NotAllowed):
        score(firm, firm.ann, "90", "90")
    begin_scoring(plan=plan, actor=firm.hr, at=AT)
    with pytest.raises(WrongState, match="3"):
        begin_calibration(plan=plan, actor=firm.hr, at=AT)

    assert KpiPlan.objects.get().status == PlanStatus.SCORING


def test_after_calibration_began_nobody_scores(firm: Firm) -> None:
    plan = calibrating(firm)
    with pytest.raises(NotAllowed):
        score(firm, firm.ann, "10", "10")
    assert sheet_of(firm.ann).score == D(95)

    step_back_plan(plan=plan, reason="漏算返工", actor=firm.hr, at=AT)
    score(firm, firm.ann, "10", "10")

    assert (sheet_of(firm.ann).score, sheet_of(firm.ann).grade) == (D(10), Grade.D)


# -- calibration and closing -------------------------------------------------------------------


def test_calibration_keeps_what_it_changed(firm: Firm) -> None:
    calibrating(firm, bob="89")
    sheet = sheet_of(firm.bob)

    calibrate_sheet(sheet=sheet, grade=Grade.A, reason="带教两名新人", actor=firm.hr, at=AT)

    found = sheet_of(firm.bob)
    assert (found.score, found.proposed, found.grade) == (D(89), Grade.B, Grade.A)
    assert list(Calibration.objects.values_list("before", "after", "reason", "actor", "at")) == [
        (Grade.B, Grade.A, "带教两名新人", firm.hr.pk, AT)
    ]
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Calibration.objects.update(reason="")
    with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
        Calibration.objects.all().delete()


def test_calibration_is_refused_without_reason_change_or_time(firm: Firm) -> None:
    plan = calibrating(firm, bob="89")
    sheet = sheet_of(firm.bob)
    for grade, reason in ((Grade.B, "不变"), (Grade.A, "  "), ("E", "没有")):
        with pytest.raises(InvalidInput):
            calibrate_sheet(sheet=sheet, grade=grade, reason=reason, actor=firm.hr, at=AT)
    with pytest.raises(NotAllowed):
        calibrate_sheet(sheet=sheet, grade=Grade.A, reason="自评", actor=firm.user(firm.bob), at=AT)
    step_back_plan(plan=plan, reason="重评", actor=firm.hr, at=AT)
    with pytest.raises(WrongState):
        calibrate_sheet(sheet=sheet, grade=Grade.A, reason="带教", actor=firm.hr, at=AT)

    assert (sheet_of(firm.bob).grade, Calibration.objects.count()) == (Grade.B, 0)


def test_too_many_of_a_grade_do_not_close(firm: Firm) -> None:
    """Of three people 20 % are 0.6, which is one."""
    plan = calibrating(firm, ann="95", bob="92")
    shares = {each.grade: (each.people, each.most, each.is_kept) for each in distribution(plan)}
    assert shares["A"] == (2, 1, False)

    with pytest.raises(DistributionBroken, match="A"):
        close_plan(plan=plan, actor=firm.hr, at=AT)

    assert KpiPlan.objects.get().status == PlanStatus.CALIBRATING
    assert not KpiSheet.objects.filter(coefficient__isnull=False).exists()
    calibrate_sheet(sheet=sheet_of(firm.bob), grade=Grade.B, reason="名额", actor=firm.hr, at=AT)
    close_plan(plan=plan, actor=firm.hr, at=AT)
    assert KpiPlan.objects.get().status == PlanStatus.CLOSED


def test_pay_reads_what_was_closed(firm: Firm) -> None:
    plan = calibrating(firm)
    everybody = [firm.ann.pk, firm.bob.pk, firm.head.pk, firm.cat.pk]
    assert last_appraisals(everybody, QUARTER.end) == {}

    close_plan(plan=plan, actor=firm.hr, at=AT)
    GradeRule.objects.update(coefficient=D(9))

    with CaptureQueriesContext(connection) as asked:
        found = last_appraisals(everybody, QUARTER.end)
    assert {pk: each.coefficient for pk, each in found.items()} == {
        firm.ann.pk: D("1.5"),
        firm.bob.pk: D("0.8"),
        firm.head.pk: D("1.0"),
    }
    assert (found[firm.ann.pk].period_from, found[firm.ann.pk].period_to) == (QUARTER.start, QUARTER.end)
    assert len(asked) == 1


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (364, True), (365, False)])
def test_an_appraisal_counts_from_its_last_day_for_a_year(firm: Firm, days: int, counts: bool) -> None:
    close_plan(plan=calibrating(firm), actor=firm.hr, at=AT)

    found = last_appraisals([firm.ann.pk], QUARTER.end + timedelta(days=days))

    assert bool(found) is counts


def test_what_is_closed_stays_by_any_way(firm: Firm) -> None:
    plan = calibrating(firm)
    close_plan(plan=plan, actor=firm.hr, at=AT)
    sheet = sheet_of(firm.ann)
    line = sheet.lines.first()
    assert line is not None
    line.manager_score = D(1)
    sheet.score = D(1)
    ways: list[Callable[[], Any]] = [
        sheet.save,
        line.save,
        lambda: KpiSheet.objects.filter(pk=sheet.pk).update(grade=Grade.D),
        lambda: KpiSheet.objects.filter(pk=sheet.pk).update(coefficient=D(9)),
        lambda: KpiSheetLine.objects.filter(sheet=sheet).update(actual=D(1)),
        lambda: KpiSheetLine.objects.filter(sheet=sheet).delete(),
        lambda: KpiSheetLine.objects.create(
            sheet=sheet, position=9, indicator=KpiIndicatorFactory(), weight=1, target=1
        ),
        lambda: KpiSheet.objects.filter(pk=sheet.pk)._raw_delete("default"),
        lambda: KpiPlan.objects.filter(pk=plan.pk).update(title="别的"),
        lambda: KpiPlan.objects.filter(pk=plan.pk)._raw_delete("default"),
    ]

    for way in ways:
        with pytest.raises(IntegrityError, match="closed"), transaction.atomic():
            way()
    for service in (cancel_plan, step_back_plan):
        with pytest.raises(WrongState):
            service(plan=plan, reason="不行", actor=firm.hr, at=AT)
    with pytest.raises(WrongState):
        cancel_sheet(sheet=sheet, reason="不行", actor=firm.hr, at=AT)

    found = sheet_of(firm.ann)
    assert (found.score, found.grade, found.coefficient, found.lines.count()) == (D(95), Grade.A, D("1.5"), 2)
    # A name that changes is found anew.
    assert KpiSheet.objects.filter(pk=sheet.pk).update(search_text="安然 新名") == 1


def test_giving_up_takes_the_sheets_along(firm: Firm) -> None:
    plan = calibrating(firm)

    cancel_plan(plan=plan, reason="并入年度", actor=firm.hr, at=AT)

    assert set(plan.sheets.values_list("status", flat=True)) == {SheetStatus.CANCELLED}
    assert opened(firm).sheets.count() == 3


@pytest.mark.parametrize("number", [2, 20])
def test_opening_and_closing_take_the_same_statements_for_more_people(
    firm: Firm, number: int, record_property: Any
) -> None:
    for _each in range(number):
        EmployeeFactory(department=firm.works, manager=firm.head)
    plan = plan_of(firm, department=firm.works)

    with CaptureQueriesContext(
        connection,
    ) as beginning:
        plan = open_plan(plan=plan, actor=firm.hr, at=AT)
    plan = begin_scoring(plan=plan, actor=firm.hr, at=AT)
    for sheet in plan.sheets.select_related("employee"):
        actor = firm.user(firm.head) if sheet.employee.manager_id else firm.hr
        score_sheet(sheet=sheet, entries=entries(sheet, (None, "80"), (None, "80")), actor=actor, at=AT)
    begin_calibration(plan=plan, actor=firm.hr, at=AT)
    with CaptureQueriesContext(
        connection,
    ) as closing:
        close_plan(plan=plan, actor=firm.hr, at=AT)

    assert plan.sheets.filter(status=SheetStatus.CLOSED).count() == number + 1
    assert len(beginning) <= 25
    assert len(closing) <= 16
    record_property("statements", (len(beginning), len(closing)))


# -- figures of the systems --------------------------------------------------------------------


def test_figures_are_those_the_person_sees(firm: Firm) -> None:
    sales = KpiIndicatorFactory(code="SALES", name="签约额", target=D(100000), weight=D(100), metric="crm.sales")
    for employee, amount in ((firm.ann, 80000), (firm.bob, 30000)):
        signed(firm, employee, amount)
    plan = opened(firm, lines=[{"indicator": sales}])
    nobody = sheet_of(firm.head)

    assert fetch_figures(plan=plan, actor=firm.hr, at=AT) == 3

    found = dict(KpiSheetLine.objects.values_list("sheet__employee__name", "actual"))
    assert found == {"安然": D(80000), "鲍勃": D(30000), "韩主管": D(110000)}
    assert nobody.lines.count() == 1
    KpiSheetLine.objects.update(actual=None)
    disable_module(code="crm", actor=None, at=AT, reason="暂停")
    assert fetch_figures(plan=plan, actor=firm.hr, at=AT) == 0


def test_figures_are_computed_before_the_appraisal_is_locked(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = opened(firm, lines=[{"indicator": KpiIndicatorFactory(weight=D(100), metric="crm.sales")}])
    real = metric_of("crm.sales")
    assert real is not None

    class Marked:
        is_available = staticmethod(real.is_available)

        def __call__(self, context: MetricContext) -> MetricValue:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'figure'")
            return real(context)

    monkeypatch.setattr("hrm.talent.kpi.sheets.metric_of", lambda _code: Marked())

    with CaptureQueriesContext(connection) as asked:
        fetch_figures(plan=plan, actor=firm.hr, at=AT)

    computed = [place for place, query in enumerate(asked) if "'figure'" in query["sql"]]
    locked = [place for place, query in enumerate(asked) if "FOR UPDATE" in query["sql"]]
    assert len(computed) == 3
    assert max(computed) < min(locked)


def test_figures_are_fetched_as_a_job(firm: Firm) -> None:
    plan = request_figures(plan=opened(firm), actor=firm.hr, at=AT)

    assert plan.job == Job.objects.get()
    assert plan.job.owner == firm.hr
    with pytest.raises(WrongState):
        request_figures(plan=plan_of(firm, period_to=date(2026, 9, 30) - timedelta(days=1)), actor=firm.hr, at=AT)
