"""Ageing of receivables 账龄: what customers owe, by how long it is due."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import PaymentPlan
from crm.contracts.selectors import open_plans
from crm.customers.models import Customer
from crm.metrics.figures import OUTSTANDING
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    DEPARTMENT,
    OWNER,
    SOURCE_FILTER,
    Dimension,
    department_filter,
    narrow,
    people_filter,
)
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Drawing, Line, Measure, Table, report, share
from suite.pages.columns import Column

VIEW = "crm.view_paymentplan"
# Code, title, days overdue from and to, both included.
BUCKETS = (
    ("current", _("Not due yet"), None, 0),
    ("d30", _("1–30 days"), 1, 30),
    ("d60", _("31–60 days"), 31, 60),
    ("d90", _("61–90 days"), 61, 90),
    ("older", _("Over 90 days"), 91, None),
)
SHOWN = (
    Column("contract__number", label=_("Contract"), phone="p-start"),
    Column("contract__customer", phone="p-full"),
    "label",
    "due_date",
    "amount",
    Column("contract__owner", phone="p-start"),
)


def _customers(keys: Collection[Any]) -> Sequence[Line]:
    known = Customer.objects.filter(pk__in=keys).select_related("party")
    return [Line(customer.pk, str(customer), customer.get_absolute_url()) for customer in known]


DIMENSIONS = {
    "customer": (Dimension(_("Customer"), "", _customers), "contract__customer"),
    "owner": (OWNER, "contract__owner"),
    "department": (DEPARTMENT, "contract__owner"),
}


@report(
    "crm.ageing",
    title=_("Ageing of receivables"),
    description=_(
        "What is outstanding today on the payment plans of signed contracts, with tax, in the company's currency, "
        "by the days since it fell due. Money counts on the part of the plan that it was received for."
    ),
    permission=VIEW,
    icon="hourglass",
    filters=(people_filter(VIEW), department_filter(VIEW), SOURCE_FILTER),
    by=(("customer", _("Customers")), BY_OWNER, BY_DEPARTMENT),
    has_period=False,
)
def ageing(asked: Asked) -> Table:
    """Customers with what they owe in each bucket."""
    dimension, base = DIMENSIONS[asked.by]
    key, today = dimension.key(base), asked.context.today
    rows = narrow(
        open_plans(asked.context.rows(PaymentPlan)), asked, owner="contract__owner", source="contract__customer__source"
    )

    def column(code: str, title: Any, wanted: Q) -> Measure:
        return Measure(
            code=code,
            title=title,
            unit=Unit.MONEY,
            rows=rows.filter(wanted),
            key=key,
            amount=OUTSTANDING,
            shown=SHOWN,
            link="contract",
        )

    buckets = [column(code, title, _between(today, first, last)) for code, title, first, last in BUCKETS]
    return Table(
        head=dimension.head,
        lines=dimension.lines,
        columns=(
            column("total", _("Outstanding"), Q()),
            *buckets,
            column("overdue", _("Overdue"), Q(due_date__lt=today)),
            share("overdue_share", _("Overdue (%)"), "overdue", "total"),
        ),
        drawing=Drawing("bar", [code for code, *_rest in BUCKETS], is_stacked=True, limit=12),
        sort="total",
    )


def _between(today: Any, first: int | None, last: int | None) -> Q:
    wanted = Q()
    if first is not None:
        wanted &= Q(due_date__lte=today - timedelta(days=first))
    if last is not None:
        wanted &= Q(due_date__gte=today - timedelta(days=last))
    return wanted
