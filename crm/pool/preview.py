"""What rules will take in the next nights, as people see it: their own customers, or those they answer for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone

from crm.customers.models import Customer
from crm.pool.choices import Cause
from crm.pool.losses import LossPage, loss_page
from crm.pool.models import RecycleRule
from crm.pool.recycling import active_rules
from suite.access.models import User
from suite.access.restrict import restrict

HORIZONS = (1, 3, 7, 14, 30, 90)
PAGE = 50
# When the nightly work runs, in the company's zone; see CELERY_BEAT_SCHEDULE.
NIGHT = time(2, 30)


@dataclass(frozen=True)
class Endangered:
    """One customer that will be taken: by which rule, why, and in which night at the earliest."""

    customer: Customer
    rule: RecycleRule
    cause: Cause
    due_at: datetime
    taken_at: datetime


@dataclass(frozen=True)
class Preview:
    """What is taken within some nights: one page of it, and how much by owner and by cause."""

    rows: list[Endangered]
    total: int
    by_owner: list[tuple[User, int]]
    by_cause: list[tuple[Cause, int]]


def next_night(now: datetime) -> datetime:
    """Return when the nightly work runs next."""
    local = timezone.localtime(now)
    tonight = datetime.combine(local.date(), NIGHT, tzinfo=local.tzinfo)
    return tonight if tonight > now else tonight + timedelta(days=1)


def rules_for(user: User, rule_pk: int | None) -> list[RecycleRule]:
    """Return the rules of a preview: one, which may still be off, for whoever may see rules; else all that are on."""
    if rule_pk is None:
        return list(active_rules())
    return list(restrict(RecycleRule.objects.filter(pk=rule_pk), user=user).select_related("pool"))


def preview(
    *,
    user: User,
    now: datetime,
    days: int = 1,
    rules: Iterable[RecycleRule],
    owner: int | None = None,
    page: int = 1,
    size: int = PAGE,
) -> Preview:
    """
    Return which customers that a user may see are taken in the next nights, by the recycling's own statement.

    :param days: how many nights.
    :param page: from 1.
    """
    known = {rule.pk: rule for rule in rules}
    night = next_night(now)
    found: LossPage = loss_page(
        rules=known.values(),
        at=night + timedelta(days=days - 1),
        now=night,
        visible=restrict(Customer.objects.all(), user=user),
        owner=owner,
        offset=(page - 1) * size,
        limit=size,
    )
    customers: Mapping[int, Customer] = Customer.objects.select_related("party", "owner").in_bulk(
        [row.customer for row in found.rows]
    )
    people = User.objects.in_bulk([pk for pk, _number in found.by_owner])
    return Preview(
        [
            Endangered(customers[row.customer], known[row.rule], Cause(row.cause), row.due_at, row.taken_at)
            for row in found.rows
        ],
        found.total,
        [(people[pk], number) for pk, number in found.by_owner],
        [(Cause(cause), number) for cause, number in found.by_cause],
    )


def preview_panel(rule: RecycleRule, *, user: User, now: datetime) -> dict[str, Any]:
    """What one rule would take within a week, for its page."""
    found = preview(user=user, now=now, days=7, rules=[rule], size=5)
    return {"preview": found, "rule": rule, "days": 7}
