"""Questions about performance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from hrm.org.models import Employee
from hrm.org.selectors import active_employees, subtree
from hrm.talent.kpi.choices import COUNTING, SheetStatus
from hrm.talent.kpi.models import GradeRule, KpiPlan, KpiSheet
from hrm.talent.scoring import Band, Quota, places

# How long the grade of an appraisal counts.
COUNTS_FOR = timedelta(days=365)


@dataclass(frozen=True)
class GradeShare:
    """
    How many people of an appraisal have a grade, and how many must and may.

    :param share: of all graded people in percent; 0 without any.
    :param most: None: no limit.
    """

    grade: str
    people: int
    share: Decimal
    least: int
    most: int | None
    coefficient: Decimal

    @property
    def is_kept(self) -> bool:
        """Whether it is as many as agreed."""
        return self.least <= self.people and (self.most is None or self.people <= self.most)


@dataclass(frozen=True)
class Appraised:
    """What a closed appraisal said of a person, and about which period."""

    coefficient: Decimal
    grade: str
    period_from: date
    period_to: date


def last_appraisals(employee_pks: Collection[int], day: date) -> dict[int, Appraised]:
    """
    Return the closed appraisal that counts for the pay of people on a day, by one query.

    It is the one whose period ended last until the day, at most a year ago. Who has none is left out.
    """
    closed = KpiSheet.objects.filter(
        status=SheetStatus.CLOSED,
        employee__in=employee_pks,
        period_to__lte=day,
        period_to__gt=day - COUNTS_FOR,
        coefficient__isnull=False,
    )
    # Of two periods that end together, the shorter one is the closer look.
    latest = closed.order_by("employee_id", "-period_to", "-period_from").distinct("employee_id")
    return {
        sheet.employee_id: Appraised(sheet.coefficient, sheet.grade, sheet.period_from, sheet.period_to)
        for sheet in latest
        if sheet.coefficient is not None
    }


def appraised_people(plan: KpiPlan) -> QuerySet[Employee]:
    """
    Return whom an appraisal is about: on the payroll by the end of its period, in its department or below.

    Who has a sheet of the same period already is left out.
    """
    people = active_employees().filter(company=plan.company_id, hire_date__lte=plan.period_to)
    if plan.department_id is not None:
        people = people.filter(department__in=subtree([plan.department_id]).values("pk"))
    return people.exclude(pk__in=_appraised_in(plan.period_from, plan.period_to))


def grade_rules(plan: KpiPlan) -> list[GradeRule]:
    """Return the grades of the company of an appraisal, the best one first."""
    return list(GradeRule.objects.filter(company=plan.company_id).order_by("grade"))


def bands_of(rules: Collection[GradeRule]) -> list[Band]:
    """Return grades as the engine takes them."""
    return [Band(rule.grade, rule.minimum_score) for rule in rules]


def quotas_of(rules: Collection[GradeRule]) -> dict[str, Quota]:
    """Return how many may have each grade, as the engine takes it."""
    return {rule.grade: Quota(rule.at_least, rule.at_most) for rule in rules}


def grade_counts(plan: KpiPlan) -> dict[str, int]:
    """Return how many people of an appraisal have each grade."""
    graded = plan.sheets.filter(status__in=COUNTING).exclude(grade="").order_by()
    return dict(graded.values_list("grade").annotate(people=Count("pk")))


def distribution(plan: KpiPlan) -> list[GradeShare]:
    """Return how the grades of an appraisal are distributed, by two queries."""
    counts = grade_counts(plan)
    people = sum(counts.values())
    found = []
    for rule in grade_rules(plan):
        least, most = places(people, Quota(rule.at_least, rule.at_most))
        have = counts.get(rule.grade, 0)
        share = Decimal(100 * have) / people if people else Decimal(0)
        found.append(GradeShare(rule.grade, have, share, least, most, rule.coefficient))
    return found


def with_progress(plans: QuerySet[KpiPlan]) -> QuerySet[KpiPlan]:
    """Add to appraisals ``people``, how many are appraised, and ``scored``, how many of them have a score."""
    counting = Q(sheets__status__in=COUNTING)
    scored = Q(sheets__status__in=(SheetStatus.SCORED, SheetStatus.CLOSED))
    return plans.annotate(people=Count("sheets", filter=counting), scored=Count("sheets", filter=scored))


def _appraised_in(first: date, last: date) -> QuerySet[Any, Any]:
    sheets = KpiSheet.objects.filter(status__in=COUNTING, period_from=first, period_to=last)
    return sheets.order_by().values("employee")
