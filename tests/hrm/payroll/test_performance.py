"""The grade of an appraisal in pay: a variable of formulas, explained on the payslip."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from hrm.org.models import Employee
from hrm.payroll.choices import ItemSource
from hrm.payroll.wording import line_in_words
from hrm.talent.kpi.choices import SheetStatus
from hrm.talent.kpi.models import KpiSheet
from tests.factories.hrm_payroll import AT, PayInputFactory
from tests.factories.hrm_talent import KpiPlanFactory, KpiSheetFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal


def appraise(pay: Pay, person: Employee, coefficient: str, first: date, last: date) -> None:
    """Close an appraisal of a person."""
    plan = KpiPlanFactory(company=pay.company, period_from=first, period_to=last)
    sheet: KpiSheet = KpiSheetFactory(plan=plan, employee=person, score=D(95), grade="A", coefficient=D(coefficient))
    with transaction.atomic():
        for status in (SheetStatus.ASSESSED, SheetStatus.SCORED, SheetStatus.CLOSED):
            sheet.become(status, actor=None, at=AT)


def test_the_last_closed_appraisal_scales_the_bonus(pay: Pay) -> None:
    target = pay.item("TARGET", source=ItemSource.INPUT, kind="INFO", taxation="NONE")
    pay.formula("PERFORMANCE", "TARGET * PERFORMANCE_COEFFICIENT")
    good, new = pay.hire(5000), pay.hire(5000)
    for person in (good, new):
        PayInputFactory(employee=person, item=target, month=date(2026, 1, 1), amount=D(1000))
    appraise(pay, good, "0.8", date(2025, 7, 1), date(2025, 9, 30))
    appraise(pay, good, "1.5", date(2025, 10, 1), date(2025, 12, 31))
    appraise(pay, good, "0.5", date(2026, 1, 1), date(2026, 3, 31))

    run = pay.calculate()

    lines = [pay.slip(run, person).lines.get(item__code="PERFORMANCE") for person in (good, new)]
    assert [line.amount for line in lines] == [D("1500.00"), D("1000.00")]
    assert lines[0].basis["values"]["PERFORMANCE_COEFFICIENT"] == "1.5"
    assert lines[0].basis["appraisal"] == {"grade": "A", "first": "2025-10-01", "last": "2025-12-31"}
    assert "2025-10-01" in line_in_words(lines[0]).text
    assert "appraisal" not in lines[1].basis
