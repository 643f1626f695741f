"""
The pay of one person in one month, from everything that is known of them; touches neither database nor clock.

Amounts are yuan. Each line is rounded once, halves up, to 0.01; net = gross − own insurance and fund − tax − other
deductions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hrm.attendance.overtime import hourly_rate, overtime_multiple, overtime_pay
from hrm.calendar.engine import DayKind
from hrm.payroll import iit
from hrm.payroll.choices import ACCEPTABLE, WARNINGS, FaultCode, ItemKind, ItemSource, Taxation
from hrm.payroll.errors import FormulaError
from hrm.payroll.explain import ZERO, Step
from hrm.payroll.formulas import Formula
from hrm.payroll.guards import Breach, check_damage_deduction, check_minimum_wage, check_probation_pay, net_pay
from hrm.payroll.parameters import Code, Statute, in_force
from hrm.payroll.service_days import Span, gaps, month_of, service_in, shares
from hrm.payroll.social import ContributionLine, Scheme, contributions
from hrm.payroll.special import Claim, special_deduction, special_deduction_to_date
from hrm.payroll.times import MonthTime
from hrm.payroll.unused import NOTHING_UNUSED, Unused, annual_leave_line, comp_time_line
from hrm.payroll.variables import values_of
from hrm.talent.kpi.selectors import Appraised
from suite.core.errors import DomainError
from suite.masters.decimals import round_exact

CENTS = 2
ONE = Decimal(1)
UNUSED = (ItemSource.COMP, ItemSource.ANNUAL)
OVERTIME = (
    (DayKind.WORKDAY, "overtime_hours"),
    (DayKind.REST, "rest_hours"),
    (DayKind.STATUTORY, "statutory_hours"),
)


@dataclass(frozen=True)
class ItemRule:
    """A pay item; ``formula`` where it is computed by one."""

    pk: int
    code: str
    kind: str
    taxation: str
    source: str
    formula: Formula | None = None
    is_prorated: bool = True
    is_overtime_base: bool = False
    counts_for_minimum: bool = True
    is_damage: bool = False


@dataclass(frozen=True)
class RunRules:
    """
    What holds for everybody in a run.

    :param items: of the pay group, in the order of the payslip.
    :param order: codes of items with a formula, each after those it reads.
    :param statutes: all rows; those of special deductions are asked for each month.
    :param minimum_wage: of the month, that the company has to pay; 0 where nobody entered one.
    :param rules_on: the date whose tax table and basic deduction count; the pay date, but for a trial.
    """

    month: date
    pay_date: date
    rules_on: date
    items: tuple[ItemRule, ...]
    order: tuple[str, ...]
    statutes: tuple[Statute, ...]
    brackets: tuple[iit.Bracket, ...]
    basic_rule: iit.BasicRule
    working: Statute
    minimum_wage: Decimal = ZERO
    # Contributions by scheme and wage: many people share both.
    known: dict[tuple[int, Decimal], tuple[ContributionLine, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Segment:
    """A part of the month under one salary archive of the pay group; amounts by the code of the item."""

    span: Span
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True)
class Insurance:
    """
    Where somebody is enrolled; without a scheme in force ``insurance`` is None.

    :param insurance, fund: the projects of social insurance, and the housing fund.
    """

    social_wage: Decimal
    fund_wage: Decimal | None
    insurance: Scheme | None = None
    fund: Scheme | None = None
    is_example: bool = False


@dataclass(frozen=True)
class PersonCase:
    """
    Everything about one person that their pay depends on.

    :param elsewhere: days of service of the month that other pay groups pay.
    :param is_main: whether this is the run of the last archive of the month: insurance, monthly entries, time and
        items that are not paid by days of a month with two pay groups belong to that one.
    :param appraisal: the last closed one that counts for the month.
    :param inputs: monthly amounts with their notes, by the code of the item.
    """

    employee_pk: int
    hired: date
    left: date | None
    segments: tuple[Segment, ...]
    time: MonthTime
    before: iit.YearToDate
    elsewhere: tuple[Span, ...] = ()
    is_whole_month: bool = True
    is_in_probation: bool = False
    agreed_pay: Decimal | None = None
    is_main: bool = True
    insurance: Insurance | None = None
    claims: tuple[Claim, ...] = ()
    inputs: Mapping[str, Sequence[tuple[Decimal, str]]] = field(default_factory=dict)
    is_bonus_used: bool = False
    last_year: iit.LastYear | None = None
    has_first_income: bool = False
    appraisal: Appraised | None = None
    unused: Unused = NOTHING_UNUSED


@dataclass(frozen=True)
class Line:
    """The amount of one item, and where it comes from in plain values."""

    item: ItemRule
    amount: Decimal
    basis: dict[str, Any]

    @property
    def is_shown(self) -> bool:
        """Whether it pays anything, or says what an earlier payment covers."""
        return bool(self.amount or Decimal(self.basis.get("due", {}).get("set_off", 0)))


@dataclass(frozen=True)
class Fault:
    """What is wrong with the pay of a person."""

    code: FaultCode
    text: str = ""

    @property
    def is_blocking(self) -> bool:
        """Whether it keeps the run from approval."""
        return self.code not in WARNINGS

    @property
    def is_acceptable(self) -> bool:
        """Whether somebody may answer for it."""
        return self.code in ACCEPTABLE


@dataclass(frozen=True)
class PersonPay:
    """The pay of one person."""

    employee_pk: int
    lines: tuple[Line, ...]
    contributions: tuple[ContributionLine, ...]
    gross: Decimal
    exempt: Decimal
    bonus: Decimal
    social: Decimal
    tax: Decimal
    bonus_tax: Decimal
    other: Decimal
    net: Decimal
    employer_social: Decimal
    employer_cost: Decimal
    after: iit.YearToDate
    special: Decimal
    steps: tuple[Step, ...]
    faults: tuple[Fault, ...]


def compute_person(case: PersonCase, rules: RunRules) -> PersonPay:
    """
    Return the pay of a person; what is wrong with it stands among the faults and never raises.

    :raises NoStatute: when a parameter that everybody needs is not in force.
    """
    return _Person(case, rules).compute()


class _Person:
    """One computation, step by step."""

    def __init__(self, case: PersonCase, rules: RunRules) -> None:
        self.case, self.rules = case, rules
        self.faults: dict[FaultCode, list[str]] = {}
        # A month in two pay groups is one month: each group pays its part of it.
        self.spans = sorted([*(each.span for each in case.segments), *case.elsewhere])
        parts = dict(zip(self.spans, shares(rules.month, self.spans, rules.working.number("pay_days")), strict=True))
        self.shares = [parts[each.span] for each in case.segments]
        self.full = case.segments[-1].amounts if case.segments else {}
        base = (amount for item in rules.items if item.is_overtime_base for amount in [self.full.get(item.code, ZERO)])
        self.monthly_wage = sum(base, ZERO)

    def compute(self) -> PersonPay:
        self._check_archives()
        paid = self._contributions()
        social = sum((line.employee for line in paid), ZERO)
        employer_social = sum((line.employer for line in paid), ZERO)
        lines = self._lines(social)
        gross = _sum(lines, ItemKind.EARNING)
        exempt = _sum(lines, ItemKind.EARNING, Taxation.EXEMPT)
        bonus = _sum(lines, ItemKind.EARNING, Taxation.BONUS)
        other = _sum(lines, ItemKind.DEDUCTION)
        deductible = _sum(lines, ItemKind.DEDUCTION, Taxation.DEDUCTIBLE)
        special, special_steps = self._special()
        tax, after, tax_steps = self._tax(gross - bonus, exempt, social, special, deductible)
        bonus_tax, bonus_steps = self._bonus(bonus, after)
        net = net_pay(gross=gross, social=social, tax=tax + bonus_tax, other=other)
        if net < 0:
            self._fault(FaultCode.NEGATIVE_NET, f"{net}")
        self._guard(lines, gross, net)
        return PersonPay(
            employee_pk=self.case.employee_pk,
            lines=tuple(lines),
            contributions=paid,
            gross=gross,
            exempt=exempt,
            bonus=bonus,
            social=social,
            tax=tax,
            bonus_tax=bonus_tax,
            other=other,
            net=net,
            employer_social=employer_social,
            employer_cost=gross + employer_social + _sum(lines, ItemKind.EMPLOYER),
            after=after,
            special=special,
            steps=(*(step for line in paid for step in line.explanation), *special_steps, *tax_steps, *bonus_steps),
            faults=tuple(Fault(code, "; ".join(texts)) for code, texts in self.faults.items()),
        )

    def _fault(self, code: FaultCode, text: object = "") -> None:
        texts = self.faults.setdefault(code, [])
        if str(text) and str(text) not in texts:
            texts.append(str(text))

    def _check_archives(self) -> None:
        """Note what nobody is paid for: days of service without an archive, and amounts that no item of it pays."""
        case, month = self.case, month_of(self.rules.month)
        service = service_in(*month, case.hired, case.left)
        if service is not None and case.is_main:
            for first, last in gaps(service, self.spans):
                self._fault(FaultCode.UNCOVERED_DAYS, f"{first.isoformat()} – {last.isoformat()}")
        paid = {item.code for item in self.rules.items if item.source == ItemSource.ARCHIVE}
        for segment in case.segments:
            for code, amount in segment.amounts.items():
                if amount and code not in paid:
                    self._fault(FaultCode.UNUSED_AMOUNT, f"{code} {amount:f}")

    def _contributions(self) -> tuple[ContributionLine, ...]:
        insured = self.case.insurance
        if not self.case.is_main:
            return ()
        if insured is None:
            self._fault(FaultCode.NO_ENROLMENT)
            return ()
        if insured.insurance is None:
            self._fault(FaultCode.NO_SCHEME)
            return ()
        if insured.is_example:
            self._fault(FaultCode.EXAMPLE_SCHEME, insured.insurance.name)
        paid = self._known(insured.insurance, insured.social_wage)
        if insured.fund is not None and insured.fund_wage is not None:
            paid += self._known(insured.fund, insured.fund_wage)
        elif insured.fund_wage is not None:
            self._fault(FaultCode.NO_FUND, f"{insured.insurance.name} {insured.fund_wage:f}")
        return paid

    def _known(self, scheme: Scheme, wage: Decimal) -> tuple[ContributionLine, ...]:
        key = (id(scheme), wage)
        if key not in self.rules.known:
            self.rules.known[key] = contributions(wage, scheme).lines
        return self.rules.known[key]

    def _lines(self, social: Decimal) -> list[Line]:
        values = self._variables(social)
        by_code = {item.code: item for item in self.rules.items}
        found: dict[str, Line] = {}
        for item in self.rules.items:
            if item.source != ItemSource.FORMULA:
                found[item.code] = self._plain(item)
                values[item.code] = found[item.code].amount
        for code in self.rules.order:
            if code in by_code:
                item = by_code[code]
                found[code] = self._computed(item, values) if self._pays(item) else Line(item, ZERO, {})
                values[code] = found[code].amount
        for code, entries in self.case.inputs.items():
            if code not in by_code or by_code[code].source != ItemSource.INPUT:
                self._fault(FaultCode.UNUSED_INPUT, f"{code} {sum(amount for amount, _note in entries)}")
        for source in UNUSED:
            if self.case.unused.of(source).total and source not in {item.source for item in self.rules.items}:
                self._fault(FaultCode.UNPAID_LEAVE, f"{source.value} {self.case.unused.of(source).total.normalize():f}")
        return [found[item.code] for item in self.rules.items if found[item.code].is_shown]

    def _variables(self, social: Decimal) -> dict[str, Decimal]:
        case, last = self.case, self.case.segments[-1].span[1] if self.case.segments else self.rules.month
        years = last.year - case.hired.year - ((last.month, last.day) < (case.hired.month, case.hired.day))
        return values_of(
            case.time,
            self.rules.working,
            monthly_wage=self.monthly_wage,
            service_share=sum(self.shares, Fraction(0)),
            service_years=max(years, 0),
            performance=case.appraisal.coefficient if case.appraisal else ONE,
            social=social,
        )

    def _plain(self, item: ItemRule) -> Line:
        if item.source == ItemSource.ARCHIVE:
            return self._archived(item) if self._pays(item) else Line(item, ZERO, {})
        if item.source == ItemSource.OVERTIME:
            return self._overtime(item)
        if item.source in UNUSED:
            return self._unused(item)
        entries = self.case.inputs.get(item.code, ())
        amount = sum((amount for amount, _note in entries), ZERO)
        notes = [note for _amount, note in entries if note]
        return Line(item, amount, {"source": item.source, "notes": notes})

    def _pays(self, item: ItemRule) -> bool:
        """Whether this run pays an item: what does not go by days of service, only one of a month's runs does."""
        return item.is_prorated or self.case.is_main

    def _archived(self, item: ItemRule) -> Line:
        full = self.full.get(item.code, ZERO)
        basis: dict[str, Any] = {"source": item.source, "monthly": f"{full:f}"}
        if not item.is_prorated:
            return Line(item, full, basis)
        parts = zip(self.case.segments, self.shares, strict=True)
        amount = sum((Fraction(each.amounts.get(item.code, ZERO)) * share for each, share in parts), Fraction(0))
        share = sum(self.shares, Fraction(0))
        if share != 1 or len(self.case.segments) > 1:
            basis["share"] = f"{round_exact(share, 4):f}"
            basis["article"] = self.rules.working.article
        return Line(item, round_exact(amount, CENTS), basis)

    def _overtime(self, item: ItemRule) -> Line:
        """Pay overtime by its three classes (劳动法 44); each class is rounded once."""
        hourly = hourly_rate(self.monthly_wage)
        parts = []
        for kind, name in OVERTIME:
            hours: Decimal = getattr(self.case.time, name)
            if hours:
                amount = overtime_pay(hours, kind, hourly)
                parts.append(
                    {
                        "hours": f"{round_exact(hours, CENTS):f}",
                        "multiple": f"{overtime_multiple(kind):f}",
                        "amount": f"{amount:f}",
                    }
                )
        basis = {
            "source": item.source,
            "monthly": f"{self.monthly_wage:f}",
            "hourly": f"{round_exact(hourly, CENTS):f}",
            "parts": parts,
            "article": in_force(self.rules.statutes, Code.OVERTIME, self.rules.month).article,
        }
        return Line(item, sum((Decimal(part["amount"]) for part in parts), ZERO), basis)

    def _unused(self, item: ItemRule) -> Line:
        """Pay time off or annual leave that was not used."""
        unused, statutes, month = self.case.unused, self.rules.statutes, self.rules.month
        if item.source == ItemSource.COMP:
            article = in_force(statutes, Code.OVERTIME, month).article
            amount, basis = comp_time_line(unused.comp, self.monthly_wage, article)
        else:
            article = in_force(statutes, Code.ANNUAL_LEAVE, month).article
            amount, basis = annual_leave_line(unused.annual, unused.wages, self.monthly_wage, article)
        return Line(item, amount, {"source": item.source, **basis})

    def _computed(self, item: ItemRule, values: Mapping[str, Decimal]) -> Line:
        if item.formula is None:
            raise TypeError(f"{item.code} has no formula")
        # An item that is not in the group counts nothing.
        read = {name: values.get(name, ZERO) for name in sorted(item.formula.names)}
        basis: dict[str, Any] = {
            "source": item.source,
            "formula": item.formula.text,
            "values": {name: f"{round_exact(value, 6).normalize():f}" for name, value in read.items()},
        }
        appraisal = self.case.appraisal
        if "PERFORMANCE_COEFFICIENT" in read and appraisal is not None:
            days = (appraisal.period_from.isoformat(), appraisal.period_to.isoformat())
            basis["appraisal"] = {"grade": appraisal.grade, "first": days[0], "last": days[1]}
        try:
            return Line(item, round_exact(item.formula.evaluate(read), CENTS), basis)
        except FormulaError as refusal:
            self._fault(FaultCode.FORMULA, f"{item.code}: {refusal}")
            return Line(item, ZERO, basis)

    def _special(self) -> tuple[Decimal, tuple[Step, ...]]:
        """Return what special deductions add in this payment, those made up for included, and the month's steps."""
        case, pay_date = self.case, self.rules.pay_date
        first = max(date(pay_date.year, 1, 1), case.hired.replace(day=1))
        last = pay_date.replace(day=1) if case.left is None else min(pay_date, case.left).replace(day=1)
        if last < first:
            return -case.before.special, ()
        try:
            to_date = special_deduction_to_date(first, last, case.claims, self.rules.statutes) if case.claims else None
            steps = special_deduction(last, case.claims, self.rules.statutes).explanation if case.claims else ()
        except DomainError as refusal:
            self._fault(FaultCode.SPECIAL, refusal)
            return ZERO, ()
        return (to_date.amount if to_date else ZERO) - case.before.special, steps

    def _tax(
        self, income: Decimal, exempt: Decimal, social: Decimal, special: Decimal, deductible: Decimal
    ) -> tuple[Decimal, iit.YearToDate, tuple[Step, ...]]:
        case = self.case
        employment = iit.Employment(case.hired, case.left, case.has_first_income, case.last_year)
        month = iit.MonthPay(
            self.rules.pay_date,
            income,
            employment,
            self.rules.basic_rule,
            exempt=exempt,
            social=social,
            special=special,
            other=deductible,
        )
        try:
            withheld = iit.withhold_month(case.before, month, self.rules.brackets)
        except DomainError as refusal:
            self._fault(FaultCode.TAX, refusal)
            return ZERO, case.before, ()
        return withheld.tax, withheld.after, withheld.explanation

    def _bonus(self, bonus: Decimal, after: iit.YearToDate) -> tuple[Decimal, tuple[Step, ...]]:
        """Tax the annual bonus by itself; the steps say as well what merging it would have cost so far."""
        if not bonus:
            return ZERO, ()
        rules, is_used = self.rules, self.case.is_bonus_used
        try:
            brackets = iit.separate_bonus_brackets(rules.statutes, rules.rules_on, is_used=is_used)
            compared = iit.compare_bonus_methods(
                bonus,
                annual_taxable=after.taxable,
                pay_date=rules.rules_on,
                statutes=rules.statutes,
                is_separate_used=is_used,
            )
            return iit.bonus_tax(bonus, brackets), compared.explanation
        except DomainError as refusal:
            self._fault(FaultCode.BONUS, refusal)
            return ZERO, ()

    def _guard(self, lines: Sequence[Line], gross: Decimal, net: Decimal) -> None:
        """Note what falls below what the law sets, for a month that was worked in full."""
        case, statutes = self.case, self.rules.statutes
        minimum = self.rules.minimum_wage
        pay = sum((line.amount for line in lines if _is_earned(line) and line.item.counts_for_minimum), ZERO)
        if case.is_whole_month and case.time.is_full and pay >= 0:
            if case.is_in_probation and case.agreed_pay is not None:
                rule = in_force(statutes, Code.PROBATION, self.rules.month)
                agreed = case.agreed_pay
                self._breach(
                    FaultCode.PROBATION, check_probation_pay(pay, agreed_pay=agreed, minimum_wage=minimum, rule=rule)
                )
            else:
                self._breach(FaultCode.MINIMUM_WAGE, check_minimum_wage(pay, minimum))
        damage = sum((line.amount for line in lines if line.item.is_damage), ZERO)
        if damage > 0 and gross >= 0:
            rule = in_force(statutes, Code.WAGE_DEDUCTION, self.rules.month)
            found = check_damage_deduction(damage, wage=gross, net_before=net + damage, minimum_wage=minimum, rule=rule)
            self._breach(FaultCode.DAMAGE, found)

    def _breach(self, code: FaultCode, breaches: Sequence[Breach]) -> None:
        for breach in breaches:
            self._fault(code, f"{breach.actual:f} / {breach.limit:f} ({breach.article})")


def _is_earned(line: Line) -> bool:
    return line.item.kind == ItemKind.EARNING and line.item.taxation != Taxation.BONUS


def _sum(lines: Sequence[Line], kind: str, taxation: str | None = None) -> Decimal:
    chosen = (line for line in lines if line.item.kind == kind and taxation in (None, line.item.taxation))
    return sum((line.amount for line in chosen), ZERO)
