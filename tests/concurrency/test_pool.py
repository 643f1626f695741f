"""Several at once at the pool and at the rules, with real threads and commits: no limit is passed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from crm.assignment.models import AssignmentLog, AssignmentRule
from crm.assignment.services import assign_leads_by_rule
from crm.customers.models import Customer, Lead, OwnerChange
from crm.customers.services import create_lead, record_follow_up
from crm.pipeline.models import Opportunity
from crm.pipeline.services import create_opportunity
from crm.pool.errors import CapacityReached, QuotaReached
from crm.pool.models import Pool, PoolPick
from crm.pool.recycling import recycle_customers
from crm.pool.services import claim_customer, claim_customers, return_customer
from suite.core.errors import InvalidInput, WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once, winners
from tests.factories.crm import CustomerFactory, LeadFactory, PoolFactory, StageFactory
from tests.factories.crm_assignment import AssignmentMemberFactory, AssignmentRuleFactory
from tests.factories.crm_pool import CapacityFactory, RecycleRuleFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

# Unlike pg_stat_activity, it is looked at anew within a transaction.
WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("crm_on")]


@pytest.fixture
def crm_on() -> Iterator[None]:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def pool() -> Pool:
    return PoolFactory(company=CompanyFactory(is_default=True))


def pooled(pool: Pool, number: int) -> list[Customer]:
    return [CustomerFactory(owner=None, pool=pool, company=pool.company) for _n in range(number)]


def failures(results: list[Any]) -> Counter[type]:
    return Counter(type(each) for each in results if isinstance(each, Exception))


def test_parallel_claims_of_one_person_never_pass_the_daily_limit(pool: Pool) -> None:
    Pool.objects.update(daily_limit=2)
    user, customers = UserFactory(), pooled(pool, 5)

    results = at_once(*(lambda c=c: claim_customer(customer=c, actor=user, at=timezone.now()) for c in customers))

    assert len(winners(results)) == 2
    assert failures(results) == {QuotaReached: 3}
    assert (Customer.objects.filter(owner=user).count(), PoolPick.objects.count()) == (2, 2)


def test_parallel_claims_of_one_person_never_pass_the_capacity(pool: Pool) -> None:
    CapacityFactory(company=pool.company, maximum=3)
    user, customers = UserFactory(), pooled(pool, 6)

    results = at_once(
        *(
            lambda pair=pair: claim_customers(customers=pair, actor=user, at=timezone.now())
            for pair in (customers[:2], customers[2:4], customers[4:])
        )
    )

    assert winners(results) == [2]
    assert failures(results) == {CapacityReached: 2}
    assert Customer.objects.filter(owner=user).count() == 2


def test_two_who_claim_the_same_ones_in_another_order_do_not_wait_in_a_circle(pool: Pool) -> None:
    users, customers = [UserFactory(), UserFactory()], pooled(pool, 4)
    orders = (customers, customers[::-1])

    results = at_once(
        *(
            lambda user=user, order=order: claim_customers(customers=order, actor=user, at=timezone.now())
            for user, order in zip(users, orders, strict=True)
        )
    )

    assert winners(results) == [4]
    assert failures(results) == {WrongState: 1}
    assert len(set(Customer.objects.values_list("owner", flat=True))) == 1
    assert OwnerChange.objects.filter(trigger="CLAIM").count() == 4


def test_two_nightly_runs_recycle_each_customer_once(pool: Pool) -> None:
    RecycleRuleFactory(pool=pool, contact_days=10)
    at = timezone.now()
    for _n in range(4):
        CustomerFactory(company=pool.company, owner_since=at - timedelta(days=60))

    results = at_once(*[lambda: recycle_customers(at=at)] * 2)

    assert sorted(results) == [0, 4]
    assert OwnerChange.objects.filter(trigger="RECYCLE").count() == 4


def wait_for_a_waiter() -> None:
    """Go on as soon as another connection waits for a lock."""
    end = monotonic() + 20
    with connection.cursor() as cursor:
        while monotonic() < end:
            cursor.execute(WAITERS)
            if cursor.fetchone()[0]:
                return
            sleep(0.02)
    raise TimeoutError("nobody waits")


def test_who_makes_contact_while_the_night_judges_keeps_the_customer(pool: Pool) -> None:
    RecycleRuleFactory(pool=pool, contact_days=10)
    at = timezone.now()
    customer, other = [CustomerFactory(company=pool.company, owner_since=at - timedelta(days=60)) for _n in range(2)]
    recorded = Event()

    def call() -> None:
        with transaction.atomic():
            record_follow_up(customer=customer, body="客户来电", actor=customer.owner, at=at)
            recorded.set()
            wait_for_a_waiter()

    def judge() -> int:
        recorded.wait(20)
        return recycle_customers(at=at)

    results = at_once(call, judge)

    assert results == [None, 1]
    assert Customer.objects.get(pk=customer.pk).owner == customer.owner
    assert Customer.objects.get(pk=other.pk).pool == pool


def test_no_opportunity_of_an_owner_is_left_in_the_pool(pool: Pool) -> None:
    customer, stage = CustomerFactory(company=pool.company), StageFactory()
    owner = customer.owner

    results = at_once(
        lambda: return_customer(customer=customer, reason="不合适", actor=owner, at=timezone.now()),
        lambda: create_opportunity(name="新商机", customer=customer, stage=stage, actor=owner, at=timezone.now()),
    )

    assert set(failures(results)) <= {InvalidInput}
    assert Customer.objects.get(pk=customer.pk).pool == pool
    assert not Opportunity.objects.filter(status="OPEN", owner__isnull=False).exists()


def _rule(pool: Pool, strategy: str, *capacities: int | None) -> AssignmentRule:
    rule = AssignmentRuleFactory(company=pool.company, strategy=strategy)
    for capacity in capacities:
        AssignmentMemberFactory(rule=rule, capacity=capacity)
    return rule


def test_leads_at_once_do_not_pass_the_capacity_of_a_member(pool: Pool) -> None:
    rule = _rule(pool, "LEAST_LOADED", 2)
    taker, actor = rule.members.get().user, UserFactory()

    results = at_once(
        *[lambda: create_lead(name="王先生", actor=actor, at=timezone.now())] * 4,
    )

    assert failures(results) == {}
    assert Counter(Lead.objects.values_list("owner", flat=True)) == {taker.pk: 2, actor.pk: 2}
    assert Counter(AssignmentLog.objects.values_list("outcome", flat=True)) == {"ASSIGNED": 2, "STAYED": 2}


def test_leads_at_once_take_turns_without_repeating(pool: Pool) -> None:
    rule = _rule(pool, "ROUND_ROBIN", None, None, None)
    leads, actor = [LeadFactory(company=pool.company) for _n in range(3)], UserFactory()

    results = at_once(
        *(lambda lead=lead: assign_leads_by_rule(leads=[lead], actor=actor, at=timezone.now()) for lead in leads)
    )

    assert results == [1, 1, 1]
    assert set(Lead.objects.values_list("owner", flat=True)) == set(rule.members.values_list("user", flat=True))
