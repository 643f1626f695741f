"""Questions about sales targets: whose somebody may see and set, the grid of a year, targets of a period."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Model, Q, QuerySet, Sum

from crm.metrics.figures import Basis
from crm.reports.people import Reach, narrow, reach_of, sellers
from crm.targets.choices import TargetFigure
from hrm.org.models import Department
from suite.access.models import User
from suite.masters.models import Company
from suite.metrics.models import Target
from suite.metrics.reports import Asked

VIEW, PLAN = "crm.view_targetpolicy", "crm.plan_targetpolicy"
MONTHS = tuple(range(1, 13))
ZERO = Decimal(0)
# Kinds of subjects as they stand in addresses and forms.
ALL, COMPANY, DEPARTMENT, PERSON = "all", "company", "department", "person"
KINDS: dict[str, type[Model] | None] = {ALL: None, COMPANY: Company, DEPARTMENT: Department, PERSON: User}


@dataclass
class GridRow:
    """
    One subject with its twelve targets.

    :param values: month to target; a month without one is missing.
    :param people: Σ of the targets of the people in a department and those below it, by month.
    """

    kind: str
    subject: Any
    values: dict[int, Decimal] = field(default_factory=dict)
    depth: int = 0
    may_plan: bool = False
    people: dict[int, Decimal] | None = None

    @property
    def key(self) -> str:
        """Its name in forms, ``person-7``."""
        return f"{self.kind}-{self.subject.pk if self.subject is not None else 0}"

    @property
    def total(self) -> Decimal:
        """The target of the year."""
        return sum(self.values.values(), ZERO)

    @property
    def people_total(self) -> Decimal:
        """Σ of the people in the year."""
        return sum((self.people or {}).values(), ZERO)

    @property
    def gap(self) -> Decimal:
        """How much more the people together are to reach than the department."""
        return self.people_total - self.total


def credited(basis: Basis, asked: Asked) -> QuerySet[Any]:
    """Return the rows of a figure that the question is about, of colleagues within the user's reach of targets."""
    rows = narrow(basis.during(asked.context), asked, owner=basis.owner)
    reach = reach_of(asked.user, VIEW)
    return rows if reach.is_all else rows.filter(**{f"{basis.owner}__in": reach.users.values("pk")})


def content_type_of(kind: str) -> ContentType | None:
    """Return the content type of a kind of subject; None for the whole business."""
    model = KINDS[kind]
    return ContentType.objects.get_for_model(model) if model is not None else None


def usual_figure() -> str:
    """Return the figure that the company plans by: the one with the most targets, money received without any."""
    planned = Target.objects.filter(metric__in=TargetFigure.values).order_by().values_list("metric")
    most = planned.annotate(number=Count("pk")).order_by("-number", "metric").first()
    return str(most[0]) if most is not None else TargetFigure.RECEIPTS.value


def targets_of(figure: str, kind: str, months: Iterable[tuple[int, int]]) -> QuerySet[Target]:
    """Return the targets of all subjects of a kind in some months, ``(year, month)``."""
    wanted = Q(pk__in=[])
    for year, month in months:
        wanted |= Q(year=year, month=month)
    content_type = content_type_of(kind)
    rows = Target.objects.filter(wanted, metric=figure, content_type=content_type)
    return rows if content_type is not None else rows.filter(content_type__isnull=True)


def target_sums(figure: str, kind: str, months: Sequence[tuple[int, int]]) -> dict[int | None, Decimal]:
    """Return the target of each subject of a kind over some months, by its key."""
    rows = targets_of(figure, kind, months).order_by().values_list("object_id").annotate(total=Sum("value"))
    return dict(rows)


def monthly_targets(figure: str, kind: str, pk: int | None, year: int) -> dict[int, Decimal]:
    """Return the targets of one subject in the months of a year."""
    rows = targets_of(figure, kind, [(year, month) for month in MONTHS])
    rows = rows.filter(object_id=pk) if pk is not None else rows
    return dict(rows.order_by().values_list("month", "value"))


def may_plan(kind: str, keys: Collection[int | None], reach: Reach) -> bool:
    """Whether targets of all these subjects may be set: whole business and companies are for who reaches all."""
    if kind == ALL:
        return reach.is_all and set(keys) == {None}
    covered: dict[str, QuerySet[Any]] = {
        COMPANY: Company.objects.filter(pk__isnull=not reach.is_all),
        DEPARTMENT: reach.departments,
        PERSON: reach.users,
    }
    if kind not in covered or None in keys:
        return False
    return set(covered[kind].filter(pk__in=keys).values_list("pk", flat=True)) == set(keys)


def planned_people(reach: Reach, figure: str, year: int, company: Company | None = None) -> QuerySet[User]:
    """Return the colleagues a grid shows: who sells, and whoever has a target in the year."""
    with_target = targets_of(figure, PERSON, [(year, month) for month in MONTHS]).values("object_id")
    people = reach.users.filter(Q(pk__in=sellers()) | Q(pk__in=with_target))
    if company is not None:
        people = people.filter(employee__company=company)
    # What else is known of employees, some of it encrypted, is not read for this.
    columns = ("username", "full_name", "employee__department__name", "employee__department__path")
    return people.select_related("employee__department").only(*columns).order_by("full_name", "pk")


def grid(*, user: Any, figure: str, year: int, company: Company | None = None) -> list[GridRow]:
    """
    Return the targets of a year as the user may see them: business, companies, departments with their people.

    A handful of queries, however many people there are. Departments without people or target are left out.
    """
    seen, plans = reach_of(user, VIEW), reach_of(user, PLAN)
    values = _values(figure, year)
    people = list(planned_people(seen, figure, year, company))
    departments = _departments(seen, people, {pk for kind, pk in values if kind == DEPARTMENT}, company)
    plannable = set(plans.users.values_list("pk", flat=True)), set(plans.departments.values_list("pk", flat=True))
    rows: list[GridRow] = []
    if seen.is_all:
        rows += _tops(values, plans.is_all, company)
    shown = {department.pk for department in departments}
    for department in departments:
        depth = sum(1 for pk in department.path[:-1] if pk in shown)
        own = [each for each in people if _place(each) == department.pk]
        below = [each for each in people if department.pk in _path(each)]
        rows.append(
            GridRow(
                DEPARTMENT,
                department,
                values.get((DEPARTMENT, department.pk), {}),
                depth,
                department.pk in plannable[1],
                _sum([values.get((PERSON, each.pk), {}) for each in below]),
            )
        )
        rows += [_person(each, values, depth + 1, plannable[0]) for each in own]
    return rows + [_person(each, values, 0, plannable[0]) for each in people if _place(each) not in shown]


def _values(figure: str, year: int) -> dict[tuple[str, int | None], dict[int, Decimal]]:
    types = {kind: content_type_of(kind) for kind in KINDS}
    kinds = {each.pk if each is not None else None: kind for kind, each in types.items()}
    found: dict[tuple[str, int | None], dict[int, Decimal]] = {}
    rows = Target.objects.filter(metric=figure, year=year).values_list("content_type", "object_id", "month", "value")
    for content_type, pk, month, value in rows:
        if content_type in kinds:
            found.setdefault((kinds[content_type], pk), {})[month] = value
    return found


def _departments(reach: Reach, people: list[User], planned: set[int | None], company: Any) -> list[Department]:
    needed = {pk for each in people for pk in _path(each)} | planned
    rows = reach.departments.filter(pk__in=[pk for pk in needed if pk is not None])
    if company is not None:
        rows = rows.filter(company=company)
    order = {department.pk: (department.sort_order, department.code) for department in rows}
    return sorted(rows, key=lambda each: [order.get(pk, (0, "")) for pk in each.path])


def _tops(values: dict[Any, dict[int, Decimal]], plans_all: bool, company: Any) -> list[GridRow]:
    companies = list(Company.objects.filter(is_active=True).order_by("pk"))
    rows = [GridRow(ALL, None, values.get((ALL, None), {}), may_plan=plans_all)] if company is None else []
    if len(companies) > 1:
        chosen = [each for each in companies if company is None or each.pk == company.pk]
        rows += [GridRow(COMPANY, each, values.get((COMPANY, each.pk), {}), may_plan=plans_all) for each in chosen]
    return rows


def _person(user: User, values: dict[Any, dict[int, Decimal]], depth: int, plannable: set[int]) -> GridRow:
    return GridRow(PERSON, user, values.get((PERSON, user.pk), {}), depth, user.pk in plannable)


def _place(user: User) -> int | None:
    employee = getattr(user, "employee", None)
    return employee.department_id if employee is not None else None


def _path(user: User) -> list[int]:
    employee = getattr(user, "employee", None)
    return list(employee.department.path) if employee is not None and employee.department is not None else []


def _sum(rows: list[dict[int, Decimal]]) -> dict[int, Decimal]:
    return {month: total for month in MONTHS if (total := sum((row.get(month, ZERO) for row in rows), ZERO))}
