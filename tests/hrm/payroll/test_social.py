import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import InvalidFigure
from hrm.payroll.explain import StepCode
from hrm.payroll.parameters import Code, delivered_statutes, in_force
from hrm.payroll.social import (
    Project,
    ProjectRate,
    Rounding,
    Scheme,
    check_scheme,
    contribution_base,
    contributions,
)

D = Decimal
FUND = in_force(delivered_statutes(), Code.FUND, datetime.date(2026, 1, 1))
FLOOR, CAP = D(7310), D(36549)
PENSION = ProjectRate(Project.PENSION, D("0.16"), D("0.08"), floor=FLOOR, cap=CAP)
HOUSING = ProjectRate(Project.HOUSING_FUND, D("0.07"), D("0.07"), floor=D(2590), cap=D(36549), rounding=Rounding.YUAN)
SCHEME = Scheme(
    "Example",
    (
        PENSION,
        ProjectRate(Project.MEDICAL, D("0.09"), D("0.02"), employee_fixed=D(3), floor=FLOOR, cap=CAP),
        ProjectRate(Project.UNEMPLOYMENT, D("0.005"), D("0.005"), floor=FLOOR, cap=CAP),
        ProjectRate(Project.INJURY, D("0.0026"), floor=FLOOR, cap=CAP),
        HOUSING,
    ),
)


@pytest.mark.parametrize(
    ("wage", "base"),
    [
        ("7309.99", "7310"),
        ("7310", "7310"),
        ("7310.01", "7310.01"),
        ("36548.99", "36548.99"),
        ("36549", "36549"),
        ("36549.01", "36549"),
        ("0", "7310"),
        ("100000", "36549"),
    ],
)
def test_base_lies_between_floor_and_cap(wage: str, base: str) -> None:
    """Shanghai from 2023-07 (mjzbj.com id=549): average 12,183, cap 36,549, floor 7,310."""
    assert contribution_base(D(wage), FLOOR, CAP) == D(base)


def test_cap_and_floor_of_shanghai_follow_from_the_average() -> None:
    """Shanghai from 2023-07 (mjzbj.com id=549), by the shares of the statute: 3 × 12,183; 60 % is 7,309.80."""
    rule = in_force(delivered_statutes(), Code.INSURANCE_BASE, datetime.date(2023, 7, 1))

    assert 12_183 * rule.number("cap_multiple") == CAP
    assert round(12_183 * rule.number("floor_share")) == FLOOR


def test_base_without_limits_is_the_wage() -> None:
    assert contribution_base(D("1234.567"), None, None) == D("1234.57")


@pytest.mark.parametrize(
    ("wage", "floor", "cap"), [("-1", "1", "2"), ("5", "3", "2"), ("5", "-3", "2"), ("NaN", "1", "2")]
)
def test_base_that_cannot_be_is_refused(wage: str, floor: str, cap: str) -> None:
    with pytest.raises(InvalidFigure):
        contribution_base(D(wage), D(floor), D(cap))


def test_lines_and_totals() -> None:
    result = contributions(D(10_000), SCHEME)

    assert [(line.project, line.employer, line.employee) for line in result.lines] == [
        (Project.PENSION, 1600, 800),
        (Project.MEDICAL, 900, 203),
        (Project.UNEMPLOYMENT, 50, 50),
        (Project.INJURY, 26, 0),
        (Project.HOUSING_FUND, 700, 700),
    ]
    assert (result.employer, result.employee) == (3276, 1753)


def test_each_project_has_its_own_floor_and_cap() -> None:
    low, high = contributions(D(5000), SCHEME), contributions(D(50_000), SCHEME)

    assert [line.base for line in low.lines] == [7310, 7310, 7310, 7310, 5000]
    assert [line.base for line in high.lines] == [36549] * 5
    # 7,310 × 8 %; 36,549 × 8 %.
    assert (low.lines[0].employee, high.lines[0].employee) == (D("584.80"), D("2923.92"))


@pytest.mark.parametrize(
    ("rounding", "amount"),
    [
        # 7,777.77 × 7 % = 544.4439.
        (Rounding.CENT, "544.44"),
        (Rounding.JIAO_UP, "544.50"),
        (Rounding.YUAN, "544.00"),
        (Rounding.YUAN_UP, "545.00"),
    ],
)
def test_rounding_of_the_city(rounding: Rounding, amount: str) -> None:
    scheme = Scheme("Example", (replace(HOUSING, rounding=rounding),))

    line = contributions(D("7777.77"), scheme).lines[0]

    assert line.employer == line.employee == D(amount)
    assert line.employee.as_tuple().exponent == -2


def test_half_a_yuan_of_the_fund_is_rounded_up() -> None:
    # 7,150 × 7 % = 500.50.
    assert contributions(D(7150), Scheme("Example", (HOUSING,))).employee == 501


@pytest.mark.parametrize("project", [Project.INJURY, Project.MATERNITY])
@pytest.mark.parametrize("part", [{"employee_rate": D("0.001")}, {"employee_fixed": D(1)}])
def test_injury_and_maternity_are_paid_by_the_employer_alone(project: Project, part: dict[str, Decimal]) -> None:
    """社会保险法 第33、53条."""
    scheme = Scheme("Example", (ProjectRate(project, D("0.005"), **part),))

    with pytest.raises(InvalidFigure):
        contributions(D(10_000), scheme)


@pytest.mark.parametrize("rate", ["0.05", "0.12"])
def test_fund_within_its_limits(rate: str) -> None:
    """住房公积金管理条例 第18条: 5 % at least; 建金〔2016〕74号: 12 % at most."""
    scheme = Scheme("Example", (replace(HOUSING, employer_rate=D(rate), employee_rate=D(rate)),))

    check_scheme(scheme, FUND)

    assert contributions(D(10_000), scheme).employee == 10_000 * D(rate)


@pytest.mark.parametrize("rate", ["0.0499", "0.1201"])
@pytest.mark.parametrize("part", ["employer_rate", "employee_rate"])
def test_fund_outside_its_limits_is_refused(rate: str, part: str) -> None:
    """住房公积金管理条例 第18条: 5 % at least; 建金〔2016〕74号: 12 % at most."""
    scheme = Scheme("Example", (replace(HOUSING, **{part: D(rate)}),))

    with pytest.raises(InvalidFigure) as refused:
        check_scheme(scheme, FUND)

    assert refused.value.details == {"name": part, "value": D(rate)}


@pytest.mark.parametrize(
    "projects",
    [
        (PENSION, PENSION),
        (replace(PENSION, employee_rate=D("1.01")),),
        (replace(PENSION, employer_rate=D("-0.01")),),
        (replace(PENSION, employer_fixed=D(-1)),),
        (replace(PENSION, floor=D(2), cap=D(1)),),
    ],
    ids=["twice", "above the base", "negative rate", "negative amount", "floor above cap"],
)
def test_scheme_that_cannot_be_is_refused(projects: tuple[ProjectRate, ...]) -> None:
    with pytest.raises(InvalidFigure):
        check_scheme(Scheme("Example", projects), FUND)


def test_each_line_is_explained_with_its_article() -> None:
    line = contributions(D(5000), SCHEME).lines[0]

    assert [(step.code, step.subject, step.article) for step in line.explanation] == [
        (code, "PENSION", "社会保险法 第12条")
        for code in (StepCode.BASE, StepCode.EMPLOYER_PART, StepCode.EMPLOYEE_PART)
    ]
    assert line.explanation[0].amounts == {"wage": 5000, "floor": 7310, "cap": 36549, "base": 7310}
    assert line.explanation[2].amounts == {"base": 7310, "rate": D("0.08"), "fixed": 0, "amount": D("584.80")}


def test_rule_of_the_city_is_named_before_the_law() -> None:
    scheme = Scheme("Example", (replace(PENSION, article="Notice 1 of the city"),))

    assert {step.article for step in contributions(D(1), scheme).explanation} == {"Notice 1 of the city"}


@given(st.decimals(0, 200_000, places=2))
def test_contributions_of_a_base_are_those_of_its_wage(wage: Decimal) -> None:
    base = contribution_base(wage, PENSION.floor, PENSION.cap)
    scheme = Scheme("Example", (PENSION,))

    first, second = contributions(wage, scheme), contributions(base, scheme)

    assert (first.employer, first.employee) == (second.employer, second.employee)
    assert first.employer >= 2 * first.employee - D("0.01")
    assert FLOOR <= base <= CAP
