"""Achievement 达成: actual against target, what is missing, and where the present pace leads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import DateField, Q
from django.db.models.functions import Cast, TruncMonth
from django.utils.translation import gettext_lazy as _

from crm.metrics.figures import BASES
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    DEPARTMENT,
    OWNER,
    PEOPLE,
    department_filter,
    people_filter,
    person_lines,
    reach_of,
)
from crm.targets.choices import TargetFigure
from crm.targets.selectors import ALL, COMPANY, PERSON, VIEW, credited, monthly_targets, target_sums
from crm.targets.selectors import DEPARTMENT as PLACE
from hrm.org.models import Department
from hrm.org.selectors import departments_of
from suite.metrics.choices import Unit
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext, is_moment
from suite.metrics.reports import Asked, Choice, Derived, Drawing, Figure, Given, Line, Measure, Table, report
from suite.metrics.values import FULL, ratio

UNITS = {TargetFigure.NEW_CUSTOMERS: Unit.COUNT}
CENT = Decimal("0.01")
ZERO = Decimal(0)


@report(
    "crm.achievement",
    title=_("Target achievement"),
    description=_(
        "What was reached of the sales targets of a month, quarter or year. The forecast goes on at the present pace: "
        "what was reached ÷ days that have passed × days of the period. A department holds those below it."
    ),
    permission=VIEW,
    icon="target-arrow",
    filters=(
        Choice("figure", _("Figure"), TargetFigure.choices),
        people_filter(VIEW),
        department_filter(VIEW),
    ),
    by=(BY_OWNER, BY_DEPARTMENT, ("month", _("Months"))),
)
def achievement(asked: Asked) -> Table:
    """People, departments or the months of a year with target, actual, gap and forecast."""
    if asked.by == "month":
        return _by_month(asked)
    figure, context = asked.chosen["figure"], asked.context
    months = context.period.months()
    is_place = asked.by == "department"
    targets = target_sums(figure, PLACE if is_place else PERSON, months)
    places = _places(asked) if is_place else []
    targets = {key: value for key, value in targets.items() if key in _seen(asked, places)}
    actual = _actual(asked, places)
    return Table(
        head=DEPARTMENT.head if is_place else OWNER.head,
        lines=_place_lines(places, targets) if is_place else person_lines,
        columns=_columns(figure, actual, targets, _total(asked, targets, places), pace(context)),
        drawing=Drawing("combo", ("actual", "target"), dashed=("target",)),
        sort="" if is_place else "actual",
    )


def pace(context: MetricContext) -> Decimal:
    """Return by what the actual figure of a period is multiplied to go on at the same pace until its end."""
    period = context.period
    if not period.is_running(context.today):
        return Decimal(1)
    return Decimal(period.days) / Decimal((context.today - period.start).days + 1)


def _columns(figure: str, actual: Measure, targets: Any, total: Decimal | None, pace_of: Any) -> Sequence[Figure]:
    unit = UNITS.get(TargetFigure(figure), Unit.MONEY)

    def derived(code: str, title: Any, compute: Callable[[Any], Decimal | None], of: str = unit) -> Derived:
        return Derived(code=code, title=title, unit=of, compute=compute)

    def rate(name: str) -> Callable[[Any], Decimal | None]:
        def compute(values: Any) -> Decimal | None:
            found = ratio(values.get(name), values.get("target"))
            return None if found is None else found * FULL

        return compute

    def gap(values: Any) -> Decimal | None:
        return None if values.get("target") is None else values["actual"] - values["target"]

    def forecast(values: Any) -> Decimal:
        found: Decimal = values["actual"] * pace_of
        return found.quantize(CENT, ROUND_HALF_UP)

    return (
        Given(code="target", title=_("Target"), unit=unit, values=targets, total=total),
        actual,
        derived("reached", _("Reached (%)"), rate("actual"), Unit.PERCENT),
        derived("gap", _("Above or below"), gap),
        derived("forecast", _("At this pace"), forecast),
        derived("forecast_reached", _("At this pace (%)"), rate("forecast"), Unit.PERCENT),
    )


def _actual(asked: Asked, places: Sequence[Department]) -> Measure:
    figure = asked.chosen["figure"]
    basis = BASES[figure]
    rows = credited(basis, asked)
    measure = Measure(
        code="actual",
        title=_("Actual"),
        unit=UNITS.get(TargetFigure(figure), Unit.MONEY),
        rows=rows,
        key=basis.owner,
        amount=basis.amount,
    )
    if asked.by != "department":
        return measure
    paths = {place.pk: list(place.path) for place in Department.objects.only("pk", "path")}
    return replace(
        measure,
        key=f"{basis.owner}__{PEOPLE}",
        inside=lambda key: Q(**{f"{basis.owner}__{PEOPLE}__path__contains": [key]}),
        above=lambda key: paths.get(key, []),
    )


# -- lines ---------------------------------------------------------------------------------------


def _places(asked: Asked) -> list[Department]:
    """The departments that the user may see, those above first, narrowed to the chosen one and those below it."""
    rows = reach_of(asked.user, VIEW).departments
    if asked.context.company is not None:
        rows = rows.filter(company=asked.context.company)
    if "department" in asked.chosen:
        rows = rows.filter(path__contains=[asked.chosen["department"].pk])
    return sorted(rows, key=lambda each: each.path)


def _place_lines(places: list[Department], targets: Any) -> Callable[[Collection[Any]], Sequence[Line]]:
    def lines(keys: Collection[Any]) -> Sequence[Line]:
        shown = [each for each in places if each.pk in keys or each.pk in targets]
        known = {each.pk for each in shown}
        return [Line(each.pk, str(each), depth=sum(1 for pk in each.path[:-1] if pk in known)) for each in shown]

    return lines


def _seen(asked: Asked, places: list[Department]) -> set[int]:
    """Keys of the subjects whose targets the question is about."""
    if asked.by == "department":
        return {each.pk for each in places}
    people = reach_of(asked.user, VIEW).users
    if asked.context.company is not None:
        people = people.filter(employee__company=asked.context.company)
    if "owner" in asked.chosen:
        people = people.filter(pk=asked.chosen["owner"].pk)
    if "department" in asked.chosen:
        people = people.filter(**{f"{PEOPLE}__path__contains": [asked.chosen["department"].pk]})
    return set(people.values_list("pk", flat=True))


def _total(asked: Asked, targets: Any, places: list[Department]) -> Decimal | None:
    """The target of all lines: Σ of people; of departments that of the ones with a target and none above them."""
    if not targets:
        return None
    if asked.by != "department":
        return sum(targets.values(), ZERO)
    tops = [each.pk for each in places if each.pk in targets and not any(pk in targets for pk in each.path[:-1])]
    return sum((targets[pk] for pk in tops), ZERO)


# -- by month ------------------------------------------------------------------------------------


def subject_of(asked: Asked) -> tuple[str, Any]:
    """Return whose months are shown: of what is chosen, else of all that the user may see."""
    reach = reach_of(asked.user, VIEW)
    if "owner" in asked.chosen:
        return PERSON, asked.chosen["owner"]
    if "department" in asked.chosen:
        return PLACE, asked.chosen["department"]
    if reach.is_all:
        return (COMPANY, asked.context.company) if asked.context.company is not None else (ALL, None)
    if not reach.is_own:
        place = departments_of(asked.user).filter(pk__in=reach.departments.values("pk")).order_by("path").first()
        if place is not None:
            return PLACE, place
    return PERSON, asked.user


def _by_month(asked: Asked) -> Table:
    figure = asked.chosen["figure"]
    year = period_of("year", asked.context.period.end)
    kind, subject = subject_of(asked)
    targets = monthly_targets(figure, kind, getattr(subject, "pk", None), year.start.year)
    basis = BASES[figure]
    whole = replace(asked, context=asked.context.over(year))
    rows = credited(basis, whole)
    is_time = is_moment(rows.model, basis.day)
    moment = TruncMonth(basis.day, tzinfo=asked.context.zone) if is_time else TruncMonth(basis.day)
    actual = Measure(
        code="actual",
        title=_("Actual"),
        unit=UNITS.get(TargetFigure(figure), Unit.MONEY),
        rows=rows,
        key=Cast(moment, DateField()),
        amount=basis.amount,
    )
    months = [date(year.start.year, month, 1) for month in range(1, 13)]
    values = {month: targets[month.month] for month in months if month.month in targets}
    total = sum(values.values(), ZERO) if values else None
    return Table(
        head=_("Month"),
        lines=[Line(month, f"{month:%Y-%m}") for month in months],
        columns=_columns(figure, actual, values, total, Decimal(1))[:4],
        drawing=Drawing("combo", ("actual", "target"), dashed=("target",)),
        note=str(subject) if subject is not None else _("Whole business"),
    )
