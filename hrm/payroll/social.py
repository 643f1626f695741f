"""
Social insurance 社会保险 and housing fund 住房公积金: what employer and employee pay on a base.

Rates, floors and caps are set by each city and year and come with the scheme. What the law fixes for all is checked:
injury and maternity insurance are paid by the employer alone (社会保险法 33, 53), and the rate of the housing fund has
a lowest and a highest value (住房公积金管理条例 18).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, ROUND_UP, Decimal
from enum import StrEnum
from fractions import Fraction

from hrm.payroll.explain import ZERO, Step, StepCode, require, require_amount
from hrm.payroll.parameters import Statute
from suite.masters.decimals import round_exact

CENTS = 2


class Project(StrEnum):
    """What is paid for: 养老, 医疗, 失业, 工伤, 生育, 公积金."""

    PENSION = "PENSION"
    MEDICAL = "MEDICAL"
    UNEMPLOYMENT = "UNEMPLOYMENT"
    INJURY = "INJURY"
    MATERNITY = "MATERNITY"
    HOUSING_FUND = "HOUSING_FUND"


class Rounding(StrEnum):
    """How a city rounds a contribution: to 分, up to 角 (见分进角), to 元, or up to 元 (见角进元)."""

    CENT = "CENT"
    JIAO_UP = "JIAO_UP"
    YUAN = "YUAN"
    YUAN_UP = "YUAN_UP"


EMPLOYER_ONLY = (Project.INJURY, Project.MATERNITY)
ARTICLES = {
    Project.PENSION: "社会保险法 第12条",
    Project.MEDICAL: "社会保险法 第23条",
    Project.UNEMPLOYMENT: "社会保险法 第44条",
    Project.INJURY: "社会保险法 第33条",
    Project.MATERNITY: "社会保险法 第53条",
    Project.HOUSING_FUND: "住房公积金管理条例 第16、18条",
}
ROUNDINGS = {
    Rounding.CENT: (2, ROUND_HALF_UP),
    Rounding.JIAO_UP: (1, ROUND_UP),
    Rounding.YUAN: (0, ROUND_HALF_UP),
    Rounding.YUAN_UP: (0, ROUND_UP),
}


@dataclass(frozen=True)
class ProjectRate:
    """
    How one project is paid.

    :param employer_rate, employee_rate: 0–1 of the base.
    :param employer_fixed, employee_fixed: yuan a month on top, such as for 大病医疗.
    :param floor, cap: of the base; None for none.
    :param article: of the city's rule; without one the law is named.
    """

    project: Project
    employer_rate: Decimal
    employee_rate: Decimal = ZERO
    employer_fixed: Decimal = ZERO
    employee_fixed: Decimal = ZERO
    floor: Decimal | None = None
    cap: Decimal | None = None
    rounding: Rounding = Rounding.CENT
    article: str = ""


@dataclass(frozen=True)
class Scheme:
    """The projects of a city (and household, where a city distinguishes) in force together."""

    name: str
    projects: tuple[ProjectRate, ...]


@dataclass(frozen=True)
class ContributionLine:
    """What both pay for one project; the base is that after floor and cap."""

    project: Project
    base: Decimal
    employer: Decimal
    employee: Decimal
    explanation: tuple[Step, ...]


@dataclass(frozen=True)
class Contributions:
    """All projects of a month."""

    lines: tuple[ContributionLine, ...]

    @property
    def employer(self) -> Decimal:
        """Return what the employer pays."""
        return sum((line.employer for line in self.lines), ZERO)

    @property
    def employee(self) -> Decimal:
        """Return what the employee pays: what is deducted from pay, and before tax."""
        return sum((line.employee for line in self.lines), ZERO)

    @property
    def explanation(self) -> tuple[Step, ...]:
        """Return the steps of all lines."""
        return tuple(step for line in self.lines for step in line.explanation)


def contribution_base(average_wage: Decimal, floor: Decimal | None, cap: Decimal | None) -> Decimal:
    """
    Return the base 缴费基数: the average monthly wage of last year, not below the floor nor above the cap.

    :param floor, cap: usually 60 % and 300 % of the regional average wage; None for none.
    :raises InvalidFigure: for a negative figure, or a floor above the cap.
    """
    require_amount("average_wage", average_wage)
    _require_limits(floor, cap)
    base = average_wage if floor is None else max(average_wage, floor)
    return round_exact(base if cap is None else min(base, cap), CENTS)


def check_scheme(scheme: Scheme, fund: Statute) -> None:
    """
    Refuse a scheme that the law does not allow.

    :param fund: the row of :attr:`Code.FUND` in force.
    :raises InvalidFigure: for a project named twice, a rate outside 0–1, an employee's part of injury or maternity
        insurance, or a rate of the housing fund outside its limits.
    """
    projects = [rate.project for rate in scheme.projects]
    require(len(set(projects)) == len(projects), "projects", ", ".join(projects))
    for rate in scheme.projects:
        _check_project(rate)
        if rate.project is Project.HOUSING_FUND:
            for name, value in (("employer_rate", rate.employer_rate), ("employee_rate", rate.employee_rate)):
                require(fund.number("lowest_rate") <= value <= fund.number("highest_rate"), name, value)


def contributions(base: Decimal, scheme: Scheme) -> Contributions:
    """
    Return what employer and employee pay in a month.

    :param base: the average wage or a base already between floor and cap; each project's own limits are applied.
    :raises InvalidFigure: for a negative base, or a project that the law does not allow.
    """
    return Contributions(tuple(_line(base, rate) for rate in scheme.projects))


def _line(wage: Decimal, rate: ProjectRate) -> ContributionLine:
    _check_project(rate)
    base = contribution_base(wage, rate.floor, rate.cap)
    article = rate.article or ARTICLES[rate.project]
    limits = {name: limit for name, limit in (("floor", rate.floor), ("cap", rate.cap)) if limit is not None}
    steps = [Step(StepCode.BASE, {"wage": wage, **limits, "base": base}, article, rate.project)]
    amounts = []
    for code, share, fixed in (
        (StepCode.EMPLOYER_PART, rate.employer_rate, rate.employer_fixed),
        (StepCode.EMPLOYEE_PART, rate.employee_rate, rate.employee_fixed),
    ):
        amount = _rounded(Fraction(base) * Fraction(share) + Fraction(fixed), rate.rounding)
        amounts.append(amount)
        if share or fixed:
            steps.append(
                Step(code, {"base": base, "rate": share, "fixed": fixed, "amount": amount}, article, rate.project)
            )
    employer, employee = amounts
    return ContributionLine(rate.project, base, employer, employee, tuple(steps))


def _rounded(amount: Fraction, rounding: Rounding) -> Decimal:
    decimals, direction = ROUNDINGS[rounding]
    return round_exact(round_exact(amount, decimals, direction), CENTS)


def _check_project(rate: ProjectRate) -> None:
    for name, value in (("employer_rate", rate.employer_rate), ("employee_rate", rate.employee_rate)):
        require(value.is_finite() and 0 <= value <= 1, name, value)
    for name, value in (("employer_fixed", rate.employer_fixed), ("employee_fixed", rate.employee_fixed)):
        require_amount(name, value)
    _require_limits(rate.floor, rate.cap)
    if rate.project in EMPLOYER_ONLY:
        require(not rate.employee_rate, "employee_rate", rate.employee_rate)
        require(not rate.employee_fixed, "employee_fixed", rate.employee_fixed)


def _require_limits(*limits: Decimal | None) -> None:
    given: Sequence[Decimal] = [limit for limit in limits if limit is not None]
    for limit in given:
        require_amount("limit", limit)
    require(list(given) == sorted(given), "floor", limits[0])
