"""Pay runs: what is calculated, from which data, and how many statements it takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hrm.payroll.models import YearToDate
from tests.factories.hrm_payroll import (
    SpecialDeductionClaimFactory,
)
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal


def test_published_example_runs_through_three_months(pay: Pay) -> None:
    """
    30,000 a month, 4,500 for insurance and fund, 2,000 special deductions: 555, 625 and 1,850.

    国家税务总局, 个人所得税法实施条例 and 公告2018年第61号: the example of the answer of 2018-12 on cumulative
    withholding (30,000 − 5,000 − 4,500 − 2,000 = 18,500 a month; to date 18,500, 37,000 and 55,500).
    """
    pay.insure(employee_rate=15)
    person = pay.hire(30000, social_wage=30000)
    SpecialDeductionClaimFactory(employee=person)

    taxes, nets = [], []
    for month in (1, 2, 3):
        run = pay.lock(date(2026, month, 1))
        slip = pay.slip(run, person)
        taxes.append(slip.tax)
        nets.append(slip.net)

    assert taxes == [D("555.00"), D("625.00"), D("1850.00")]
    assert nets == [D("24945.00"), D("24875.00"), D("23650.00")]
    year = YearToDate.objects.get(employee=person, next=None)
    assert (year.month, year.months, year.withheld, year.special) == (3, 3, D("3030.00"), D("6000.00"))
