"""Questions about pools: what somebody may still claim, and what counts as having ordered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.customers.models import Customer, OwnerChange
from crm.pool.choices import CapacityScope
from crm.pool.models import Capacity, Pool, PoolPick
from crm.pool.reach import administered_by, departments_above, pools_of
from hrm.org.models import Employee
from suite.access.models import User

# A contract in one of these states is an order.
BINDING = (ContractStatus.APPROVED, ContractStatus.EXECUTING, ContractStatus.CLOSED)


@dataclass(frozen=True)
class Allowance:
    """
    What somebody may still claim from a pool today; None: without limit.

    :param quota: customers the pool's daily limit leaves.
    :param capacity: customers the person may look after beside those they have.
    """

    pool: Pool
    quota: int | None
    capacity: int | None
    maximum: int | None

    @property
    def left(self) -> int | None:
        """The smaller of both."""
        known = [each for each in (self.quota, self.capacity) if each is not None]
        return min(known) if known else None


def has_dealt() -> Q:
    """Condition for customers that have ordered: by a first order or an approved contract."""
    orders = Contract.objects.filter(customer=OuterRef("pk"), status__in=BINDING)
    return Q(first_deal_on__isnull=False) | Q(Exists(orders))


def capacities_of(user: User, company_pks: Iterable[int]) -> dict[int, Capacity]:
    """Return the capacity that holds for somebody in each company that sets one, by one query."""
    rows = Capacity.objects.filter(
        Q(applies_to=CapacityScope.EVERYBODY)
        | Q(person=user.pk)
        | Q(department__in=departments_above(user))
        | Q(role__in=user.groups.order_by().values("pk")),
        company__in=list(company_pks),
    )
    scopes: list[str] = CapacityScope.values

    def rank(row: Capacity) -> tuple[int, int, int]:
        return scopes.index(row.applies_to), len(row.department.path) if row.department else 0, row.maximum

    return {row.company_id: row for row in sorted(rows.select_related("department"), key=rank)}


def rooms_of(user: User, company_pks: Iterable[int]) -> dict[int, tuple[Capacity, int]]:
    """Return the capacity of somebody in each company that sets one, and how many customers it leaves."""
    capacities = capacities_of(user, company_pks)
    if not capacities:
        return {}
    held = Customer.objects.filter(owner=user.pk, company__in=list(capacities)).order_by()
    counts = held.values_list("company").annotate(number=Count("pk"), undealt=Count("pk", filter=~has_dealt()))
    every = {company: (number, undealt) for company, number, undealt in counts}
    found = {}
    for company, capacity in capacities.items():
        number = every.get(company, (0, 0))[1 if capacity.excludes_dealt else 0]
        found[company] = capacity, max(capacity.maximum - number, 0)
    return found


def _midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def picks_today(user: User, at: datetime) -> dict[int, int]:
    """Return how many customers somebody has claimed since midnight, by pool, whatever became of them."""
    rows = PoolPick.objects.filter(user=user.pk, at__gte=_midnight(at)).order_by()
    return dict(rows.values_list("pool").annotate(Count("pk")))


def allowances(user: User, at: datetime) -> list[Allowance]:
    """Return what somebody may still claim from each of their pools, by three queries."""
    picked = PoolPick.objects.filter(pool=OuterRef("pk"), user=user.pk, at__gte=_midnight(at)).order_by()
    number = Coalesce(Subquery(picked.values("pool").annotate(number=Count("pk")).values("number")), 0)
    managed = Exists(administered_by(user).filter(pk=OuterRef("pk")))
    pools = list(pools_of(user).annotate(picked=number, is_managed=managed).order_by("code"))
    rooms = rooms_of(user, {pool.company_id for pool in pools})
    found = []
    for pool in pools:
        capacity, room = rooms.get(pool.company_id, (None, None))
        is_free = pool.daily_limit is None or pool.is_managed
        quota = None if is_free else max((pool.daily_limit or 0) - pool.picked, 0)
        found.append(Allowance(pool, quota, room, capacity.maximum if capacity else None))
    return found


def lost_since(user: User, customer_pks: Iterable[int], since: datetime) -> QuerySet[OwnerChange]:
    """Return the changes after a moment by which somebody lost one of the customers to a pool."""
    return OwnerChange.objects.filter(
        customer__in=list(customer_pks), from_owner=user.pk, to_owner__isnull=True, at__gt=since
    )


def days_ago(days: int, at: datetime) -> datetime:
    """The moment so many days before another."""
    return at - timedelta(days=days)


def pools_for(company_pk: int) -> QuerySet[Pool]:
    """Return the pools that customers of a company may be returned to."""
    return Pool.objects.filter(company=company_pk, is_active=True).order_by("code")


def usual_pools(customers: Iterable[Customer]) -> dict[int, Pool | None]:
    """
    Return the pool that each customer is returned to unless somebody chooses another, by a fixed number of queries.

    It is the first that names a department of the owner, else the first for everybody, else the first of the company.
    """
    rows = list(customers)
    pools = list(Pool.objects.filter(company__in={row.company_id for row in rows}, is_active=True).order_by("code"))
    named: dict[int, set[int]] = defaultdict(set)
    for pool_pk, department in Pool.departments.through._default_manager.filter(pool__in=pools).values_list(
        "pool_id", "department_id"
    ):
        named[pool_pk].add(department)
    people = Employee.objects.filter(user__in={row.owner_id for row in rows if row.owner_id}, department__isnull=False)
    paths = {user: set(path) for user, path in people.values_list("user", "department__path")}

    def usual(row: Customer) -> Pool | None:
        ours = [pool for pool in pools if pool.company_id == row.company_id]
        own = [pool for pool in ours if named[pool.pk] & paths.get(row.owner_id or 0, set())]
        return next(iter([*own, *(pool for pool in ours if not named[pool.pk]), *ours]), None)

    return {row.pk: usual(row) for row in rows}
