"""Ranking 排行: colleagues by what they brought in, won and did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.metrics.figures import BASES
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    DEPARTMENT,
    OWNER,
    department_filter,
    reach_of,
)
from crm.targets.models import TargetPolicy
from crm.targets.selectors import VIEW, credited
from hrm.org.models import Employee
from suite.masters.models import Company
from suite.metrics.choices import Unit
from suite.metrics.readings import system_reader
from suite.metrics.reports import Asked, Choice, Drawing, Figure, Given, Measure, Table, report

FIGURES: Sequence[tuple[str, str, Any, str]] = (
    ("receipts", "crm.receipts", _("Money received"), Unit.MONEY),
    ("sales", "crm.sales", _("Contract amount"), Unit.MONEY),
    ("customers", "crm.new_customers", _("New customers"), Unit.COUNT),
    ("follow_ups", "crm.follow_ups", _("Follow-ups"), Unit.COUNT),
)
DIMENSIONS = {"owner": OWNER, "department": DEPARTMENT}


@report(
    "crm.ranking",
    title=_("Ranking"),
    description=_(
        "Colleagues by money received, contract amount, new customers and follow-ups of the period. Who may see only "
        "their own rows sees the ranking of their company when it is open to all; the rows behind it stay closed."
    ),
    permission=VIEW,
    icon="trophy",
    filters=(
        Choice("figure", _("Ranked by"), [(code, title) for code, _of, title, _unit in FIGURES]),
        department_filter(VIEW),
    ),
    by=(BY_OWNER, BY_DEPARTMENT),
)
def ranking(asked: Asked) -> Table:
    """People or departments, the best first."""
    company = open_company(asked.user)
    dimension = DIMENSIONS[asked.by]
    columns: list[Figure] = [_column(asked, each) for each in FIGURES]
    note: Any = ""
    if company is not None:
        context = replace(asked.context, user=system_reader(), company=company)
        columns = [_closed(_column(replace(asked, context=context), each)) for each in FIGURES]
        note = _("All colleagues of %(company)s") % {"company": company}
    chosen = asked.chosen["figure"]
    return Table(
        head=dimension.head,
        lines=dimension.lines,
        columns=sorted(columns, key=lambda each: each.code != chosen),
        drawing=Drawing("ranking", (chosen,), limit=15),
        sort=chosen,
        note=note,
    )


def open_company(user: Any) -> Company | None:
    """Return the company whose whole ranking is shown to somebody who otherwise sees only own rows."""
    if not reach_of(user, VIEW).is_own:
        return None
    employer = Employee.objects.filter(user=user.pk).values("company")
    policy = TargetPolicy.objects.filter(company__in=employer, is_ranking_open=True).select_related("company").first()
    return policy.company if policy is not None else None


def _column(asked: Asked, figure: tuple[str, str, Any, str]) -> Measure:
    code, of, title, unit = figure
    basis = BASES[of]
    rows = credited(basis, asked).filter(**{f"{basis.owner}__isnull": False})
    key = DIMENSIONS[asked.by].key(basis.owner)
    return Measure(code=code, title=title, unit=unit, rows=rows, key=key, amount=basis.amount)


def _closed(measure: Measure) -> Figure:
    """The same figures without the rows behind them."""
    values, total = measure.values()
    return Given(code=measure.code, title=measure.title, unit=measure.unit, values=values, total=total)
