"""
Which customers the rules take, when and why: one statement for the recycling, the reminders and the preview.

A rule is a row of settings, so the statement joins customers with rules and lets the first rule that takes a customer
have it. Its cost follows the customers alone; the number of queries is always the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, cast

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from psycopg import sql

from crm.customers.models import Customer
from crm.pool.models import RecycleRule
from hrm.org.models import Employee
from suite.access.choices import UserKind
from suite.access.models import User

# ``business``: what each customer has signed; whether something runs or is about to, whether it ever ordered, and when
# the last contract ended. ``moment``: after which the rule takes the customer, by clause; one that is NULL never comes.
# Comparisons are strict: on the last day itself the customer is still its owner's.
LOST = """
    WITH business AS MATERIALIZED (
        SELECT c.customer_id,
               bool_or(c.status = 'APPROVING' OR c.status IN ('APPROVED', 'EXECUTING')
                       AND (c.ends_on IS NULL OR c.ends_on >= %(today)s)) AS is_running,
               bool_or(c.status IN ('APPROVED', 'EXECUTING', 'CLOSED')) AS is_dealt,
               max(coalesce(c.ends_on, c.delivery_date, c.signed_on, c.document_date))
                   FILTER (WHERE c.status IN ('APPROVED', 'EXECUTING', 'CLOSED')) AS ended_on
        FROM crm_contract c WHERE c.status IN ('APPROVING', 'APPROVED', 'EXECUTING', 'CLOSED')
        GROUP BY c.customer_id
    ), lost AS (
        SELECT DISTINCT ON (c.id) c.id AS customer_id, c.owner_id, r.id AS rule_id, moment.cause, moment.due_at,
               greatest(moment.due_at, %(now)s::timestamptz) AS taken_at
        FROM crm_customer c
        JOIN unnest(%(reach_rules)s::bigint[], %(reach_owners)s::bigint[]) AS reach(rule_id, owner_id)
            ON reach.owner_id = c.owner_id
        JOIN crm_recyclerule r ON r.id = reach.rule_id
        JOIN crm_pool p ON p.id = r.pool_id AND p.company_id = c.company_id AND p.is_active
        LEFT JOIN crm_recycletier t ON t.rule_id = r.id AND t.tier = c.tier
        LEFT JOIN business b ON b.customer_id = c.id
        CROSS JOIN LATERAL (
            SELECT c.first_deal_on IS NULL AND NOT coalesce(b.is_dealt OR b.is_running, false) AS is_undealt
        ) state
        CROSS JOIN LATERAL (
            SELECT v.cause, v.due_at FROM (VALUES
                ('DEAL', CASE WHEN state.is_undealt
                    THEN c.owner_since + make_interval(days => coalesce(t.deal_days, r.deal_days)) END),
                ('CONTACT', CASE WHEN state.is_undealt
                    THEN greatest(c.owner_since, c.last_contact_at)
                         + make_interval(days => coalesce(t.contact_days, r.contact_days)) END),
                ('NEVER_DEALT', CASE WHEN state.is_undealt
                    THEN c.owner_since + make_interval(months => r.undealt_months) END),
                ('CONTRACT', CASE WHEN b.ended_on IS NOT NULL AND NOT b.is_running
                    THEN greatest((b.ended_on + 1 + r.contract_days)::timestamp AT TIME ZONE %(zone)s,
                                  c.owner_since + make_interval(days => r.contract_days)) END)
            ) AS v(cause, due_at)
            WHERE v.due_at < %(at)s::timestamptz
                             + make_interval(days => CASE WHEN %(with_notice)s THEN r.notify_days ELSE 0 END)
            ORDER BY v.due_at, v.cause LIMIT 1
        ) moment
        WHERE NOT c.is_locked
          AND (%(customers)s::bigint[] IS NULL OR c.id = ANY(%(customers)s::bigint[]))
          AND c.tier <> ALL (r.excluded_tiers)
          AND NOT c.tags && r.excluded_tags
          AND NOT EXISTS (SELECT FROM crm_recyclerule_excluded_sources x
                          WHERE x.recyclerule_id = r.id AND x.source_id = c.source_id)
          AND NOT (r.spares_open_opportunities AND EXISTS (
              SELECT FROM crm_opportunity o WHERE o.customer_id = c.id AND o.status = 'OPEN'))
        ORDER BY c.id, r.position, r.id
    )
"""
ALL = "SELECT * FROM lost ORDER BY customer_id"
PAGE = """
    SELECT * FROM lost WHERE customer_id IN ({visible})
      AND (%(only)s::bigint IS NULL OR owner_id = %(only)s::bigint)
    ORDER BY taken_at, due_at, customer_id OFFSET %(offset)s LIMIT %(limit)s
"""
COUNTS = "SELECT owner_id, cause, count(*) FROM lost WHERE customer_id IN ({visible}) GROUP BY owner_id, cause"


@dataclass(frozen=True)
class Loss:
    """
    One customer that a rule takes.

    :param due_at: moment after which the clause holds.
    :param taken_at: when it is taken at the earliest: then, or as soon as the rule is switched on.
    """

    customer: int
    owner: int
    rule: int
    cause: str
    due_at: datetime
    taken_at: datetime


def losses(
    *,
    rules: Iterable[RecycleRule],
    at: datetime,
    now: datetime | None = None,
    with_notice: bool = False,
    customers: Sequence[int] | None = None,
) -> list[Loss]:
    """
    Return what rules, active or not, take at a moment, by customer.

    :param now: from when on things can be taken; the moment itself if not given.
    :param with_notice: also what each rule takes within its days of notice after the moment.
    :param customers: among these only.
    """
    values = _values(rules, at=at, now=now, with_notice=with_notice, customers=customers)
    if values is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(LOST) + sql.SQL(ALL), values)
        return [Loss(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class LossPage:
    """
    One page of losses, the soonest first.

    :param total: how many there are on all pages.
    :param by_owner: how many each owner loses, the most first.
    :param by_cause: how many are lost by each clause.
    """

    rows: list[Loss]
    total: int
    by_owner: list[tuple[int, int]]
    by_cause: list[tuple[str, int]]


def loss_page(
    *,
    rules: Iterable[RecycleRule],
    at: datetime,
    now: datetime,
    visible: QuerySet[Customer],
    owner: int | None = None,
    offset: int = 0,
    limit: int = 50,
) -> LossPage:
    """
    Return one page of what rules take until a moment, among customers that somebody may see, by two statements.

    :param owner: of this owner only; the counts by owner are still those of all.
    """
    values = _values(rules, at=at, now=now)
    operations: Any = connection.ops
    try:
        seen = operations.compose_sql(*visible.order_by().values("pk").query.sql_with_params())
    except EmptyResultSet:
        return LossPage([], 0, [], [])
    if values is None:
        return LossPage([], 0, [], [])
    # The restricted query set brings parameters by position, the statement around it takes them by name.
    within = sql.SQL(cast(LiteralString, seen.replace("%", "%%")))
    values |= {"only": owner, "offset": offset, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(LOST) + sql.SQL(PAGE).format(visible=within), values)
        rows = [Loss(*row) for row in cursor.fetchall()]
        cursor.execute(sql.SQL(LOST) + sql.SQL(COUNTS).format(visible=within), values)
        counts: list[tuple[int, str, int]] = cursor.fetchall()
    return LossPage(rows, *_summed(counts, owner))


def _summed(
    counts: Sequence[tuple[int, str, int]], owner: int | None
) -> tuple[int, list[tuple[int, int]], list[tuple[str, int]]]:
    owners: dict[int, int] = {}
    causes: dict[str, int] = {}
    for who, cause, number in counts:
        owners[who] = owners.get(who, 0) + number
        if owner in (None, who):
            causes[cause] = causes.get(cause, 0) + number
    by_owner = sorted(owners.items(), key=lambda pair: (-pair[1], pair[0]))
    return sum(causes.values()), by_owner, sorted(causes.items(), key=lambda pair: (-pair[1], pair[0]))


def _values(
    rules: Iterable[RecycleRule],
    *,
    at: datetime,
    now: datetime | None = None,
    with_notice: bool = False,
    customers: Sequence[int] | None = None,
) -> dict[str, Any] | None:
    """Return the parameters of the statement; None when no rule reaches anybody."""
    pairs = _reach([rule.pk for rule in rules])
    if not pairs:
        return None
    return {
        "at": at,
        "now": now or at,
        "today": timezone.localdate(at),
        "zone": timezone.get_current_timezone_name(),
        "with_notice": with_notice,
        "customers": None if customers is None else list(customers),
        "reach_rules": [rule for rule, _owner in pairs],
        "reach_owners": [owner for _rule, owner in pairs],
    }


def _reach(rule_pks: Sequence[int]) -> list[tuple[int, int]]:
    """Return which rules may take from which owners, by the departments of their pools and those they spare."""
    rules = RecycleRule.objects.filter(pk__in=rule_pks).prefetch_related("excluded_departments", "pool__departments")
    people = Employee.objects.filter(user__isnull=False, department__isnull=False).order_by()
    paths = {user: frozenset(path) for user, path in people.values_list("user", "department__path")}
    owners = list(User.objects.filter(kind=UserKind.STAFF).order_by().values_list("pk", flat=True))
    found = []
    for rule in rules:
        reached = {each.pk for each in rule.pool.departments.all()}
        spared = {each.pk for each in rule.excluded_departments.all()}
        for owner in owners:
            path = paths.get(owner, frozenset())
            if (not reached or reached & path) and not spared & path:
                found.append((rule.pk, owner))
    return found
