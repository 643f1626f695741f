"""Customers that go back to the pool by themselves: every condition, every exception, the reminders, the history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.customers.models import Customer, OwnerChange
from crm.pipeline.models import Opportunity
from crm.pipeline.services import invalidate_opportunity
from crm.pool.models import Pool, RecycleNotice, RecycleRule
from crm.pool.recycling import recycle_customers, remind_owners
from suite.access.models import User
from suite.activity.models import Notification, Reminder
from suite.activity.services import set_reminder
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    OpportunityFactory,
    PoolFactory,
    SourceFactory,
)
from tests.factories.crm_pool import RecycleRuleFactory, RecycleTierFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crm_on")]
NOW = datetime(2026, 11, 10, 2, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
LONG_AGO = NOW - timedelta(days=400)


@pytest.fixture
def crm_on() -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def pool() -> Pool:
    return PoolFactory(name="公海", company=CompanyFactory())


@pytest.fixture
def seller() -> User:
    return UserFactory(full_name="周敏")


@pytest.fixture
def owned(pool: Pool, seller: User) -> Callable[..., Customer]:
    def make(**values: Any) -> Customer:
        return CustomerFactory(**{"company": pool.company, "owner": seller, "owner_since": LONG_AGO, **values})

    return make


def contract(customer: Customer, *statuses: str, **values: Any) -> Contract:
    """A contract that went through these states."""
    made = ContractFactory(customer=customer, **values)
    with transaction.atomic():
        for status in statuses:
            if status == ContractStatus.EXECUTING:
                made.signed_on = date(2025, 10, 1)
                made.save()
            made.become(status, actor=made.owner, at=LONG_AGO)
    return made


def taken(at: datetime = NOW) -> set[int]:
    recycle_customers(at=at)
    return set(Customer.objects.filter(owner=None).values_list("pk", flat=True))


APPROVED = (ContractStatus.APPROVING, ContractStatus.APPROVED)
RUNNING = (*APPROVED, ContractStatus.EXECUTING)


def test_long_silence_takes_a_customer_with_history_and_word_to_the_owner(
    pool: Pool, seller: User, owned: Callable[..., Customer]
) -> None:
    RecycleRuleFactory(pool=pool, name="三十天未联系", contact_days=30)
    silent, lively = owned(last_contact_at=NOW - timedelta(days=31)), owned(last_contact_at=NOW - timedelta(days=5))

    number = recycle_customers(at=NOW)

    silent.refresh_from_db()
    lively.refresh_from_db()
    change = OwnerChange.objects.get(customer=silent)
    assert number == 1
    assert (silent.owner, silent.pool, silent.entered_pool_at, silent.owner_since) == (None, pool, NOW, None)
    assert (lively.owner, lively.pool) == (seller, None)
    assert (change.from_owner, change.to_owner, change.trigger, change.actor) == (seller, None, "RECYCLE", None)
    assert change.reason.startswith("三十天未联系")
    assert [(n.recipient, n.params["number"], n.url) for n in Notification.objects.all()] == [
        (seller, 1, "/crm/recycling/")
    ]


def test_never_contacted_counts_from_when_it_was_taken_over(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30)
    old, fresh = owned(), owned(owner_since=NOW - timedelta(days=3))

    assert taken() == {old.pk}
    assert Customer.objects.get(pk=fresh.pk).owner is not None


def test_on_the_last_day_itself_nothing_is_taken(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=None, deal_days=60)
    owned(owner_since=NOW - timedelta(days=60))
    late = owned(owner_since=NOW - timedelta(days=60, microseconds=1))

    assert taken() == {late.pk}


def test_locked_and_dealt_customers_stay(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, deal_days=60)
    owned(is_locked=True)
    owned(first_deal_on=date(2025, 1, 1))

    assert taken() == set()
    assert OwnerChange.objects.count() == 0


def test_an_old_follow_up_alone_takes_nobody_with_business_under_way(
    pool: Pool, owned: Callable[..., Customer]
) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, deal_days=60, undealt_months=6)
    silent = {"last_contact_at": NOW - timedelta(days=200)}
    contract(owned(**silent), *RUNNING)
    contract(owned(**silent), *APPROVED)
    contract(owned(**silent), ContractStatus.APPROVING)
    OpportunityFactory(customer=owned(**silent))
    owned(**silent, first_deal_on=NOW.date() - timedelta(days=20))
    idle = owned(**silent)

    assert taken() == {idle.pk}


def test_open_opportunities_go_along_when_a_rule_does_not_spare_them(
    pool: Pool, owned: Callable[..., Customer], seller: User
) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, spares_open_opportunities=False)
    customer = owned()
    deal, ended = OpportunityFactory(customer=customer), OpportunityFactory(customer=customer)
    invalidate_opportunity(opportunity=ended, reason="重复", actor=seller, at=LONG_AGO)
    contact = ContactFactory(customer=customer)
    reminders = [
        set_reminder(obj=each, due_at=NOW + timedelta(days=9), note="回访", actor=_seeing(seller), at=NOW)
        for each in (customer, deal, contact)
    ]

    recycle_customers(at=NOW)

    assert Opportunity.objects.get(pk=deal.pk).owner is None
    assert Opportunity.objects.get(pk=ended.pk).owner == seller
    assert set(Reminder.objects.filter(pk__in=[r.pk for r in reminders]).values_list("done_at", flat=True)) == {NOW}


def _seeing(user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return User.objects.get(pk=user.pk)


def test_days_by_tier_and_tiers_that_are_spared(pool: Pool, owned: Callable[..., Customer]) -> None:
    rule = RecycleRuleFactory(pool=pool, contact_days=30, excluded_tiers=["B"])
    RecycleTierFactory(rule=rule, tier="A", contact_days=90)
    silent = {"last_contact_at": NOW - timedelta(days=60)}
    owned(tier="A", **silent)
    owned(tier="B", **silent)
    ordinary = owned(tier="C", **silent)

    assert taken() == {ordinary.pk}


def test_sources_and_tags_that_are_spared(pool: Pool, owned: Callable[..., Customer]) -> None:
    spared = SourceFactory()
    rule = RecycleRuleFactory(pool=pool, contact_days=30, excluded_tags=["战略"])
    rule.excluded_sources.add(spared)
    owned(source=spared)
    owned(tags=["战略", "华东"])
    other = owned(source=SourceFactory(), tags=["华东"])

    assert taken() == {other.pk}


def test_departments_of_the_pool_and_departments_that_are_spared(pool: Pool) -> None:
    sales = DepartmentFactory(company=pool.company)
    branch, spared = DepartmentFactory(parent=sales), DepartmentFactory(parent=sales)
    people = [EmployeeFactory(department=d, user=UserFactory()) for d in (branch, spared)]
    elsewhere = EmployeeFactory(department=DepartmentFactory(company=pool.company), user=UserFactory())
    rule = RecycleRuleFactory(pool=pool, contact_days=30)
    pool.departments.add(sales)
    rule.excluded_departments.add(spared)
    mine = [CustomerFactory(company=pool.company, owner=p.user, owner_since=LONG_AGO) for p in (*people, elsewhere)]

    assert taken() == {mine[0].pk}


def test_other_companies_and_rules_that_are_off_take_nothing(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, is_active=False)
    RecycleRuleFactory(pool=PoolFactory(company=CompanyFactory()), contact_days=30)
    RecycleRuleFactory(pool=PoolFactory(company=pool.company, is_active=False), contact_days=30)
    owned()

    assert recycle_customers(at=NOW) == 0
    assert OwnerChange.objects.count() == 0


def test_days_after_the_last_contract_has_ended(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=None, contract_days=90)
    dealt = {"first_deal_on": date(2025, 1, 1)}
    over, renewed, endless, new_owner = owned(**dealt), owned(**dealt), owned(**dealt), owned(**dealt)
    Customer.objects.filter(pk=new_owner.pk).update(owner_since=NOW - timedelta(days=10))
    for each in (over, renewed, new_owner):
        contract(each, *RUNNING, ContractStatus.CLOSED, ends_on=date(2026, 8, 10))
    contract(renewed, *RUNNING, ends_on=date(2027, 1, 1))
    contract(endless, *RUNNING)
    day_91_begins = datetime(2026, 11, 9, 0, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert taken(day_91_begins) == set()
    assert taken(day_91_begins + timedelta(seconds=1)) == {over.pk}


def test_months_without_a_first_order(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=None, undealt_months=6)
    lively = {"last_contact_at": NOW - timedelta(days=1)}
    old = owned(owner_since=datetime(2026, 5, 10, 2, 29, tzinfo=NOW.tzinfo), **lively)
    owned(owner_since=datetime(2026, 5, 10, 2, 31, tzinfo=NOW.tzinfo), **lively)

    assert taken() == {old.pk}


def test_the_first_rule_names_pool_and_reason(pool: Pool, owned: Callable[..., Customer]) -> None:
    second = PoolFactory(company=pool.company)
    RecycleRuleFactory(pool=second, name="次要", position=2, contact_days=10)
    RecycleRuleFactory(pool=pool, name="首要", position=1, contact_days=30)
    customer = owned()

    recycle_customers(at=NOW)

    customer.refresh_from_db()
    assert customer.pool == pool
    assert OwnerChange.objects.get().reason.startswith("首要")


def test_owners_are_told_once_before(pool: Pool, seller: User, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, notify_days=7)
    soon = owned(last_contact_at=NOW - timedelta(days=25))
    owned(last_contact_at=NOW - timedelta(days=20))

    first, second = remind_owners(at=NOW), remind_owners(at=NOW + timedelta(days=1))

    notice = RecycleNotice.objects.get(customer=soon)
    assert (first, second) == (1, 0)
    assert (notice.owner, notice.cause, notice.due_at) == (seller, "CONTACT", NOW + timedelta(days=5))
    assert Notification.objects.filter(recipient=seller).count() == 1


def test_who_makes_contact_after_the_reminder_keeps_the_customer(
    pool: Pool, seller: User, owned: Callable[..., Customer]
) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, notify_days=7)
    customer = owned(last_contact_at=NOW - timedelta(days=25))
    remind_owners(at=NOW)
    Customer.objects.filter(pk=customer.pk).update(last_contact_at=NOW + timedelta(days=1))

    assert taken(NOW + timedelta(days=6)) == set()


def test_statements_do_not_grow_with_customers(pool: Pool, owned: Callable[..., Customer]) -> None:
    RecycleRuleFactory(pool=pool, contact_days=30, spares_open_opportunities=False)

    def statements(number: int) -> tuple[int, int]:
        for _n in range(number):
            OpportunityFactory(customer=owned())
        with CaptureQueriesContext(connection) as captured:
            done = recycle_customers(at=NOW)
        return done, len(captured)

    assert statements(2)[0] == 2
    (few, least), (many, most) = statements(3), statements(40)

    assert (few, many) == (3, 40)
    assert most <= least


def test_a_rule_must_say_when(pool: Pool) -> None:
    rule = RecycleRule(pool=pool, name="空")

    with pytest.raises(ValidationError) as refused:
        rule.full_clean()

    assert refused.value.messages == [gettext("Say after how long customers are recycled.")]
