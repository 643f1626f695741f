"""Everything a pay run needs to know, each kind of it by one query for all people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db.models import Q, QuerySet

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.payroll import iit
from hrm.payroll.balances import unused_balances
from hrm.payroll.choices import ItemSource, ProjectKind
from hrm.payroll.formulas import Formula, evaluation_order
from hrm.payroll.models import (
    PayInput,
    PayItem,
    PayRun,
    SalaryArchive,
    SalaryArchiveItem,
    SocialEnrolment,
    SocialScheme,
    SocialSchemeLine,
    SpecialDeductionClaim,
    StatuteRow,
    YearToDate,
)
from hrm.payroll.parameters import Code, Statute, in_force
from hrm.payroll.person import Insurance, ItemRule, PersonCase, RunRules, Segment
from hrm.payroll.service_days import month_of, service_in
from hrm.payroll.social import Scheme
from hrm.payroll.special import Claim
from hrm.payroll.times import MonthTime, month_time
from hrm.payroll.unused import NOTHING_UNUSED, Unused
from hrm.payroll.variables import VARIABLES
from hrm.people.selectors import minimum_wage
from hrm.talent.kpi.selectors import Appraised, last_appraisals

ZERO = Decimal(0)


@dataclass(frozen=True)
class RunData:
    """
    A run ready to be computed.

    :param before: the latest year to date of each person who has one in the tax year.
    :param without_archive: people in service of the company whom no archive of the month covers.
    """

    rules: RunRules
    cases: tuple[PersonCase, ...]
    people: Mapping[int, Employee]
    before: Mapping[int, YearToDate]
    without_archive: tuple[Employee, ...]


@dataclass(frozen=True)
class _Schemes:
    """Schemes in force in a month by city and household, as the engine reads them."""

    found: Mapping[tuple[str, str], tuple[SocialScheme, Scheme, Scheme | None]]

    def insurance_of(self, enrolment: SocialEnrolment | None) -> Insurance | None:
        """Return how somebody is insured; None without an enrolment."""
        if enrolment is None:
            return None
        wages = (enrolment.social_wage, enrolment.fund_wage)
        found = self.found.get((enrolment.city, enrolment.household))
        if found is None:
            return Insurance(*wages)
        row, insurance, fund = found
        return Insurance(*wages, insurance, fund, row.is_example)


def load_run(run: PayRun, *, rules_on: date | None = None) -> RunData:
    """
    Read everything that a run depends on; the number of queries does not depend on the number of people.

    :param rules_on: for a trial: the date whose statutes count instead of the pay date's.
    :raises NoStatute: when a parameter that everybody needs is not in force on the pay date.
    :raises FormulaError: for formulas that cannot be computed together.
    """
    rules = load_rules(run, rules_on=rules_on or run.pay_date)
    first, last = month_of(run.month)
    archives = _archives(run, first, last)
    people = {each.employee_id: each.employee for each in archives}
    before, last_years = _years(run, people)
    schemes = _schemes(first, last)
    by_person: dict[int, list[SalaryArchive]] = defaultdict(list)
    for archive in archives:
        by_person[archive.employee_id].append(archive)
    own = {pk: rows for pk, rows in by_person.items() if any(row.pay_group_id == run.pay_group_id for row in rows)}
    amounts = _amounts(row.pk for rows in own.values() for row in rows if row.pay_group_id == run.pay_group_id)
    enrolments, claims, inputs = _enrolments(own, first, last), _claims(own, run.pay_date.year), _inputs(own, first)
    times = month_time(sorted(own), first, last)
    appraisals = last_appraisals(sorted(own), last)
    unused = unused_balances(run, own.keys())
    cases = [
        _case(
            run,
            rows,
            amounts,
            time=times.get(pk),
            insurance=schemes.insurance_of(enrolments.get(pk)),
            claims=claims.get(pk, ()),
            inputs=inputs.get(pk, {}),
            before=before.get(pk),
            last_year=last_years.get(pk),
            appraisal=appraisals.get(pk),
            unused=unused.get(pk, NOTHING_UNUSED),
        )
        for pk, rows in sorted(own.items())
    ]
    return RunData(
        rules,
        tuple(each for each in cases if each is not None),
        people,
        before,
        tuple(_people_without_archive(run, first, last)),
    )


def load_statutes() -> tuple[Statute, ...]:
    """Return all rows of the statutory parameters."""
    return tuple(row.as_statute() for row in StatuteRow.objects.all())


def load_rules(run: PayRun, *, rules_on: date) -> RunRules:
    """Return what holds for everybody in a run; each formula is read once."""
    statutes = load_statutes()
    every = list(PayItem.objects.filter(is_active=True))
    own = set(run.pay_group.items.values_list("pk", flat=True))
    names = {*VARIABLES, *(item.code for item in every)}
    chosen = [item for item in every if item.pk in own]
    formulas = {i.code: Formula(i.formula, names) for i in chosen if i.source == ItemSource.FORMULA}
    return RunRules(
        month=run.month,
        pay_date=run.pay_date,
        rules_on=rules_on,
        items=tuple(
            ItemRule(
                item.pk,
                item.code,
                item.kind,
                item.taxation,
                item.source,
                formulas.get(item.code),
                item.is_prorated,
                item.is_overtime_base,
                item.counts_for_minimum,
                item.is_damage,
            )
            for item in chosen
        ),
        order=evaluation_order(formulas),
        statutes=statutes,
        brackets=iit.brackets_of(in_force(statutes, Code.IIT_WITHHOLDING, rules_on)),
        basic_rule=iit.basic_rule(statutes, rules_on),
        working=in_force(statutes, Code.WORKING_TIME, run.month),
        minimum_wage=minimum_wage(run.company_id, month_of(run.month)[1]) or ZERO,
    )


def _archives(run: PayRun, first: date, last: date) -> list[SalaryArchive]:
    """All archives of the month of everybody who is in the pay group on one of its days, in order of time."""
    current = SalaryArchive.objects.filter(valid_from__lte=last).filter(Q(valid_to=None) | Q(valid_to__gte=first))
    members = current.filter(pay_group=run.pay_group_id).values("employee")
    in_service = current.filter(employee__in=members, employee__hire_date__lte=last).filter(
        Q(employee__leave_date=None) | Q(employee__leave_date__gte=first)
    )
    return list(in_service.select_related("employee").order_by("employee", "valid_from"))


def _amounts(archives: Iterable[int]) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    rows = SalaryArchiveItem.objects.filter(archive__in=list(archives)).order_by()
    for archive, code, amount in rows.values_list("archive", "item__code", "amount"):
        found[archive][code] = amount
    return found


def _years(run: PayRun, people: Mapping[int, Any]) -> tuple[dict[int, YearToDate], dict[int, iit.LastYear]]:
    """The latest state of this tax year and what was reported last year, of each person."""
    year = run.pay_date.year
    rows = YearToDate.objects.filter(
        company=run.company_id, year__in=(year - 1, year), employee__in=list(people), next__isnull=True
    )
    before, last = {}, {}
    for row in rows:
        if row.year == year:
            before[row.employee_id] = row
        else:
            last[row.employee_id] = iit.LastYear(row.months, row.income + row.bonus)
    return before, last


def _enrolments(people: Mapping[int, Any], first: date, last: date) -> dict[int, SocialEnrolment]:
    rows = SocialEnrolment.objects.filter(employee__in=list(people), valid_from__lte=last).filter(
        Q(valid_to=None) | Q(valid_to__gte=first)
    )
    # Of two in a month the later one counts.
    return {row.employee_id: row for row in rows.order_by("valid_from")}


def _schemes(first: date, last: date) -> _Schemes:
    """Schemes in force on the first day of the month, else those that begin within it."""
    rows = SocialScheme.objects.filter(valid_from__lte=last).filter(Q(valid_to=None) | Q(valid_to__gte=first))
    chosen = {(row.city, row.household): row for row in rows.order_by("-valid_from")}
    lines: dict[int, list[SocialSchemeLine]] = defaultdict(list)
    for line in SocialSchemeLine.objects.filter(scheme__in=[row.pk for row in chosen.values()]).order_by("pk"):
        lines[line.scheme_id].append(line)
    found = {}
    for key, row in chosen.items():
        name = f"{row.city} {row.get_household_display()}"
        rates = [line.as_rate() for line in lines[row.pk] if line.project != ProjectKind.HOUSING_FUND]
        fund = [line.as_rate() for line in lines[row.pk] if line.project == ProjectKind.HOUSING_FUND]
        found[key] = (row, Scheme(name, tuple(rates)), Scheme(name, tuple(fund)) if fund else None)
    return _Schemes(found)


def _claims(people: Mapping[int, Any], year: int) -> dict[int, tuple[Claim, ...]]:
    rows = SpecialDeductionClaim.objects.filter(employee__in=list(people)).order_by("employee", "pk")
    found: dict[int, tuple[Claim, ...]] = defaultdict(tuple)
    for row in rows:
        if row.counts_in(year):
            found[row.employee_id] += (row.as_claim(),)
    return found


def _inputs(people: Mapping[int, Any], month: date) -> dict[int, dict[str, list[tuple[Decimal, str]]]]:
    rows = PayInput.objects.filter(month=month, employee__in=list(people)).order_by("pk")
    found: dict[int, dict[str, list[tuple[Decimal, str]]]] = defaultdict(lambda: defaultdict(list))
    for employee, code, amount, note in rows.values_list("employee", "item__code", "amount", "note"):
        found[employee][code].append((amount, note))
    return found


def _people_without_archive(run: PayRun, first: date, last: date) -> QuerySet[Employee]:
    """People in service of the company whose pay nobody has entered."""
    covered = SalaryArchive.objects.filter(valid_from__lte=last).filter(Q(valid_to=None) | Q(valid_to__gte=first))
    return (
        Employee.objects.filter(company=run.company_id, hire_date__lte=last)
        .filter(Q(leave_date=None) | Q(leave_date__gte=first))
        .exclude(status=EmployeeStatus.PENDING)
        .exclude(pk__in=covered.values("employee"))
    )


def _case(
    run: PayRun,
    rows: list[SalaryArchive],
    amounts: Mapping[int, Mapping[str, Decimal]],
    *,
    time: MonthTime | None,
    insurance: Insurance | None,
    claims: tuple[Claim, ...],
    inputs: Mapping[str, list[tuple[Decimal, str]]],
    before: YearToDate | None,
    last_year: iit.LastYear | None,
    appraisal: Appraised | None,
    unused: Unused,
) -> PersonCase | None:
    """Put together what is known of a person; None when they were not in service under the group's archives."""
    first, last = month_of(run.month)
    employee: Employee = rows[0].employee
    segments = []
    served = []
    elsewhere = []
    for row in sorted(rows, key=attrgetter("valid_from")):
        begin, end = max(first, row.valid_from), last if row.valid_to is None else min(last, row.valid_to)
        span = service_in(begin, end, employee.hire_date, employee.leave_date) if begin <= end else None
        if span is None:
            continue
        served.append((row, span))
        if row.pay_group_id == run.pay_group_id:
            segments.append(Segment(span, amounts.get(row.pk, {})))
        else:
            elsewhere.append(span)
    if not segments:
        return None
    latest = served[-1][0]
    is_main = latest.pay_group_id == run.pay_group_id
    year = run.pay_date.year
    return PersonCase(
        employee_pk=employee.pk,
        hired=employee.hire_date,
        left=employee.leave_date,
        segments=tuple(segments),
        elsewhere=tuple(elsewhere),
        time=(time if is_main else None) or MonthTime(),
        before=before.as_state() if before else iit.YearToDate(year),
        is_whole_month=sum((end - begin).days + 1 for begin, end in (s.span for s in segments)) == last.day,
        is_in_probation=employee.status == EmployeeStatus.PROBATION,
        agreed_pay=latest.agreed_pay,
        is_main=is_main,
        insurance=insurance,
        claims=claims,
        inputs=inputs if is_main else {},
        is_bonus_used=bool(before and before.is_bonus_used),
        last_year=last_year,
        has_first_income=latest.first_income_year == year,
        appraisal=appraisal,
        unused=unused if is_main else NOTHING_UNUSED,
    )
