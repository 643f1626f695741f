"""Taking customers out of pools and putting them back."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.models import Customer
from crm.customers.ownership import set_owner
from crm.pool.errors import CapacityReached, CoolingDown, QuotaReached, TooNew
from crm.pool.models import Pool, PoolPick
from crm.pool.reach import pools_of
from crm.pool.selectors import days_ago, has_dealt, lost_since, picks_today, rooms_of, usual_pools
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed, WrongState


@transaction.atomic
def claim_customers(*, customers: Iterable[Customer], actor: User, at: datetime) -> int:
    """
    Take customers out of their pools, all of them or none; of two who click at once one gets each.

    What is asked is, in this order: does the capacity of the actor leave room, does the pool's daily limit, has each
    customer waited in the pool long enough, and did the actor not lose it only just now. An administrator of the pool
    is asked for the capacity only.

    :raises WrongState: when somebody owns one of them.
    :raises NotAllowed: for a pool that is not the actor's.
    :raises CapacityReached:
    :raises QuotaReached:
    :raises TooNew:
    :raises CoolingDown:
    """
    # Everything that counts what somebody has waits here, so no two claims of one person count the same room.
    lock_people([actor.pk])
    rows = Customer.objects.lock_many([customer.pk for customer in customers])
    if any(row.owner_id is not None for row in rows):
        raise WrongState(_("Somebody else has taken this customer already."))
    by_pool: dict[int, list[Customer]] = defaultdict(list)
    for row in rows:
        by_pool[row.pool_id or 0].append(row)
    mine = pools_of(actor).in_bulk(list(by_pool))
    if set(mine) != set(by_pool):
        raise NotAllowed(_("This customer lies in a pool that is not yours."))
    _check_capacity(rows, actor)
    managed = set(Pool.objects.filter(pk__in=by_pool, administrators=actor.pk).values_list("pk", flat=True))
    asked = [(mine[pk], by_pool[pk]) for pk in sorted(by_pool) if pk not in managed]
    _check_quota(asked, actor, at)
    for pool, found in asked:
        _check_waited(pool, found, at)
    for pool, found in asked:
        _check_cool(pool, found, actor, at)
    PoolPick.objects.bulk_create(
        PoolPick(pool=mine[pk], customer=row, user=actor, at=at) for pk, found in by_pool.items() for row in found
    )
    set_owner(customers=rows, owner=actor, pool=None, actor=actor, at=at, reason="", trigger=OwnerChangeTrigger.CLAIM)
    return len(rows)


@transaction.atomic
def claim_customer(*, customer: Customer, actor: User, at: datetime) -> Customer:
    """Take one customer out of its pool; see :func:`claim_customers`."""
    claim_customers(customers=[customer], actor=actor, at=at)
    return Customer.objects.get(pk=customer.pk)


def lock_people(pks: Iterable[int]) -> list[User]:
    """
    Return people in the order of their keys, locked for whatever counts their customers or leads.

    Rows that only refer to them can still be written by others.
    """
    return list(User.objects.filter(pk__in=set(pks)).order_by("pk").select_for_update(of=("self",), no_key=True))


def _check_capacity(rows: Sequence[Customer], actor: User) -> None:
    wanted = Counter(row.company_id for row in rows)
    for company, (capacity, room) in rooms_of(actor, wanted).items():
        number = wanted[company]
        if capacity.excludes_dealt:
            keys = [row.pk for row in rows if row.company_id == company]
            number = Customer.objects.filter(pk__in=keys).exclude(has_dealt()).count()
        if number > room:
            raise CapacityReached(
                _("You may look after %(maximum)d customers, which leaves room for %(room)d. Return some first.")
                % {"maximum": capacity.maximum, "room": room}
            )


def _check_quota(asked: Sequence[tuple[Pool, list[Customer]]], actor: User, at: datetime) -> None:
    picked = picks_today(actor, at) if any(pool.daily_limit is not None for pool, _rows in asked) else {}
    for pool, rows in asked:
        if pool.daily_limit is not None and picked.get(pool.pk, 0) + len(rows) > pool.daily_limit:
            left = max(pool.daily_limit - picked.get(pool.pk, 0), 0)
            raise QuotaReached(
                _("From “%(pool)s” you may claim %(limit)d a day; today %(left)d are left. Go on tomorrow.")
                % {"pool": pool, "limit": pool.daily_limit, "left": left}
            )


def _check_waited(pool: Pool, rows: Sequence[Customer], at: datetime) -> None:
    wait = timedelta(days=pool.new_data_days)
    for row in rows:
        if row.entered_pool_at is not None and row.entered_pool_at + wait > at:
            raise TooNew(
                ngettext(
                    "%(customer)s is new in the pool. It can be claimed %(days)d day after it came in.",
                    "%(customer)s is new in the pool. It can be claimed %(days)d days after it came in.",
                    pool.new_data_days,
                )
                % {"customer": row, "days": pool.new_data_days}
            )


def _check_cool(pool: Pool, rows: Sequence[Customer], actor: User, at: datetime) -> None:
    if not pool.cool_down_days:
        return
    lost = lost_since(actor, [row.pk for row in rows], days_ago(pool.cool_down_days, at))
    found = lost.select_related("customer__party").first()
    if found is not None:
        raise CoolingDown(
            ngettext(
                "You had %(customer)s yourself. You can claim it again %(days)d day after you lost it.",
                "You had %(customer)s yourself. You can claim it again %(days)d days after you lost it.",
                pool.cool_down_days,
            )
            % {"customer": found.customer, "days": pool.cool_down_days}
        )


@transaction.atomic
def return_customers(
    *, customers: Iterable[Customer], reason: str, actor: User, at: datetime, pool: Pool | None = None
) -> int:
    """
    Put customers into a pool of their company, with their open opportunities and open reminders.

    :param pool: None: the usual one of each, see :func:`crm.pool.selectors.usual_pools`.
    :raises WrongState: when one lies in a pool already, or there is no pool.
    :raises InvalidInput: for a pool of another company or one that is not used any more.
    """
    rows = Customer.objects.lock_many([customer.pk for customer in customers])
    if any(row.owner_id is None for row in rows):
        raise WrongState(_("This customer lies in the pool already."))
    if pool is not None and (not pool.is_active or any(row.company_id != pool.company_id for row in rows)):
        raise InvalidInput(_("Choose a pool of the customer's company that is in use."), field="pool")
    chosen = {row.pk: pool for row in rows} if pool is not None else usual_pools(rows)
    if any(each is None for each in chosen.values()):
        raise WrongState(_("There is no customer pool; ask the administrator to create one."))
    trigger = OwnerChangeTrigger.RETURN
    for each in sorted({found for found in chosen.values() if found is not None}, key=lambda found: found.pk):
        own = [row for row in rows if chosen[row.pk] == each]
        set_owner(customers=own, owner=None, pool=each, actor=actor, at=at, reason=reason[:300], trigger=trigger)
    return len(rows)


@transaction.atomic
def return_customer(
    *, customer: Customer, reason: str, actor: User, at: datetime, pool: Pool | None = None
) -> Customer:
    """Put one customer into a pool; see :func:`return_customers`."""
    return_customers(customers=[customer], reason=reason, actor=actor, at=at, pool=pool)
    return Customer.objects.get(pk=customer.pk)
