"""The nightly computation over all customers, each in a fixed number of statements: insights, tiers, reminders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from crm.customers.models import Customer
from crm.insights import statements
from crm.insights.models import CustomerInsight, InsightRule
from crm.insights.orders import orders_sql
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import Draft, notify_each
from suite.masters.models import Company

YEAR_DAYS = 365
# One computation at a time; a second one waits and then finds the newer orders.
LOCK_KEY = 0x43524D49


def insight_rules() -> None:
    """Give every company its settings that has none yet."""
    missing = Company.objects.exclude(pk__in=InsightRule.objects.order_by().values("company")).order_by("pk")
    InsightRule.objects.bulk_create([InsightRule(company=company) for company in missing], ignore_conflicts=True)


@transaction.atomic
def compute_insights(*, at: datetime) -> int:
    """
    Write what the orders of every customer tell, and the tiers that follow from it; return how many customers.

    The number of statements depends on neither customers nor orders.
    """
    insight_rules()
    values: dict[str, Any] = {"today": timezone.localdate(at), "year": YEAR_DAYS, "at": at}
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_KEY])
        # Sorting a million orders in memory, in this transaction only.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        run_over_orders(cursor, statements.COMPUTE, values)
        count: int = cursor.rowcount
        # All of it was written anew: what reads it next is planned for what it holds now.
        cursor.execute("ANALYZE crm_customerinsight")
        cursor.execute(statements.SETTLE_TIERS)
        cursor.execute(statements.SUGGEST_TIERS, values)
    return count


def run_over_orders(cursor: Any, statement: str, values: Mapping[str, Any]) -> None:
    """Execute a statement of :mod:`crm.insights.statements` that looks at the orders."""
    text, params = orders_sql()
    names = {f"order_{number}": value for number, value in enumerate(params)}
    first, *rest = text.split("%s")
    orders = first + "".join(f"%({name})s{part}" for name, part in zip(names, rest, strict=True))
    cursor.execute(statement.format(orders=orders), {**values, **names})


@transaction.atomic
def remind_of_silence(*, at: datetime) -> int:
    """
    Tell owners which of their customers have not ordered for almost a year; return how many customers.

    Each customer once for its last order; an owner is told of all of them together.
    """
    today = timezone.localdate(at)
    with connection.cursor() as cursor:
        cursor.execute(statements.REMIND, {"today": today})
        found = cursor.fetchall()
    owners = User.objects.in_bulk([owner for owner, *_rest in found])
    first = Customer.objects.select_related("party").in_bulk([pk for _owner, _count, pk, _stake in found])
    day = today.isoformat()
    query = f"customer__owner=me&reminded_on_after={day}&reminded_on_before={day}"
    url = f"{reverse('crm:customerinsight-list')}?{query}"
    notify_each(drafts=[_draft(owners[owner], count, first[pk], url) for owner, count, pk, _stake in found], at=at)
    return sum(count for _owner, count, _pk, _stake in found)


def _draft(owner: User, count: int, customer: Customer, url: str) -> Draft:
    if count == 1:
        title = gettext_noop("Almost a year without an order: %(customer)s")
    else:
        title = gettext_noop("Almost a year without an order: %(customer)s and %(more)s more customers")
    return Draft(
        recipient=owner,
        kind=NotificationKind.REMINDER,
        title=title,
        params={"customer": customer, "more": count - 1},
        url=url,
    )


def computed_at() -> datetime | None:
    """When the insights were computed last; None before the first time."""
    return CustomerInsight.objects.order_by("-pk").values_list("computed_at", flat=True).first()
