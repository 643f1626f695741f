"""Who loses which customer when and why: what the preview says is what the night takes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.customers.models import Customer
from crm.pool.models import Pool, RecycleRule
from crm.pool.preview import next_night, preview
from crm.pool.recycling import active_rules, reason_of, recycle_customers
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory, PoolFactory
from tests.factories.crm_pool import RecycleRuleFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crm_on")]
CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 10, 9, 0, tzinfo=CHINA)
NIGHT = datetime(2026, 11, 11, 2, 30, tzinfo=CHINA)


@pytest.fixture
def crm_on() -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def pool() -> Pool:
    return PoolFactory(company=CompanyFactory())


def allowed(level: str, *, rules: tuple[str, ...] = ()) -> User:
    user = UserFactory()
    grants: dict[Any, Any] = {Customer: (("view",), level)}
    if rules:
        grants[RecycleRule] = (rules, ScopeLevel.ALL)
    user.groups.add(define_role(name=f"角色{user.pk}", grants=grants, actor=None, at=NOW))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def silent(pool: Pool) -> Callable[..., Customer]:
    """A customer that was contacted so many days before the next night."""

    def make(owner: User, days: float, **values: Any) -> Customer:
        return CustomerFactory(
            **{
                "company": pool.company,
                "owner": owner,
                "owner_since": NIGHT - timedelta(days=400),
                "last_contact_at": NIGHT - timedelta(days=days),
                **values,
            }
        )

    return make


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_the_next_night_is_tonight_or_tomorrow() -> None:
    assert next_night(NOW) == NIGHT
    assert next_night(datetime(2026, 11, 10, 1, 0, tzinfo=CHINA)) == NIGHT - timedelta(days=1)


def test_the_preview_names_customer_owner_rule_cause_and_night(pool: Pool, silent: Callable[..., Customer]) -> None:
    boss, seller = allowed(ScopeLevel.ALL), UserFactory()
    rule = RecycleRuleFactory(pool=pool, contact_days=30)
    tomorrow, later = silent(seller, 31), silent(seller, 27)
    silent(seller, 5)

    one, week = (preview(user=boss, now=NOW, days=days, rules=active_rules()) for days in (1, 7))

    assert [(row.customer, row.rule, row.cause, row.taken_at) for row in one.rows] == [
        (tomorrow, rule, "CONTACT", NIGHT)
    ]
    assert [(row.customer, row.taken_at) for row in week.rows] == [
        (tomorrow, NIGHT),
        (later, NIGHT + timedelta(days=3)),
    ]
    assert (week.total, week.by_owner, week.by_cause) == (2, [(seller, 2)], [("CONTACT", 2)])


def test_the_night_takes_exactly_what_the_preview_said(pool: Pool, silent: Callable[..., Customer]) -> None:
    boss, sellers = allowed(ScopeLevel.ALL), [UserFactory() for _n in range(3)]
    RecycleRuleFactory(pool=pool, position=1, contact_days=60, deal_days=500)
    RecycleRuleFactory(pool=pool, position=2, contact_days=20, excluded_tiers=["A"])
    for number in range(24):
        silent(sellers[number % 3], 5 * number, tier="ABCD"[number % 4], is_locked=number % 7 == 0)
    rows = preview(user=boss, now=NOW, rules=active_rules()).rows
    said = {(row.customer.pk, reason_of(row.rule, row.cause)) for row in rows}

    recycle_customers(at=NIGHT)

    taken = Customer.objects.filter(owner=None).prefetch_related("owner_changes")
    done = {(customer.pk, customer.owner_changes.all()[0].reason) for customer in taken}
    assert said
    assert done == said


def test_a_salesperson_sees_own_endangered_customers_only(pool: Pool, silent: Callable[..., Customer]) -> None:
    seller, colleague = allowed(ScopeLevel.OWN), UserFactory()
    RecycleRuleFactory(pool=pool, contact_days=30)
    mine = silent(seller, 1, last_contact_at=timezone.now() - timedelta(days=90))
    theirs = silent(colleague, 1, last_contact_at=timezone.now() - timedelta(days=90))
    Customer.objects.update(owner_since=timezone.now() - timedelta(days=400))
    client = signed_in(seller)

    page = client.get(reverse("crm:recycling")).content.decode()
    route = client.get(f"/api/crm/recycling/?owner={colleague.pk}").json()
    own = client.get("/api/crm/recycling/").json()

    assert mine.party.name in page
    assert theirs.party.name not in page
    assert str(colleague) not in page
    assert (route["total"], route["results"]) == (0, [])
    assert [(row["customer"], row["owner"], row["cause"]) for row in own["results"]] == [
        (mine.pk, seller.pk, "CONTACT")
    ]


def test_a_rule_that_is_off_is_previewed_by_who_may_see_rules(pool: Pool, silent: Callable[..., Customer]) -> None:
    manager, other = allowed(ScopeLevel.ALL, rules=("view", "change")), allowed(ScopeLevel.ALL)
    rule = RecycleRuleFactory(pool=pool, contact_days=30, is_active=False)
    customer = silent(UserFactory(), 1, last_contact_at=None)
    Customer.objects.update(owner_since=timezone.now() - timedelta(days=400))
    url = f"{reverse('crm:recycling')}?rule={rule.pk}"

    seen, hidden, usual = (
        signed_in(user).get(address).content.decode()
        for user, address in ((manager, url), (other, url), (manager, reverse("crm:recycling")))
    )
    panel = signed_in(manager).get(rule.get_absolute_url()).content.decode()

    assert customer.party.name in seen
    assert customer.party.name in panel
    assert customer.party.name not in hidden
    assert customer.party.name not in usual
    assert Customer.objects.filter(owner=None).count() == 0


def test_filter_by_owner_keeps_the_counts_of_all(pool: Pool, silent: Callable[..., Customer]) -> None:
    boss, first, second = allowed(ScopeLevel.ALL), UserFactory(), UserFactory()
    RecycleRuleFactory(pool=pool, contact_days=30)
    own = [silent(first, 40), silent(first, 50)]
    silent(second, 45)

    found = preview(user=boss, now=NOW, rules=active_rules(), owner=first.pk)

    assert [row.customer for row in found.rows] == [own[1], own[0]]
    assert (found.total, found.by_owner) == (2, [(first, 2), (second, 1)])


def test_pages_of_a_long_preview(pool: Pool, silent: Callable[..., Customer]) -> None:
    boss, seller = allowed(ScopeLevel.ALL), UserFactory()
    RecycleRuleFactory(pool=pool, contact_days=30)
    customers = [silent(seller, 60 - number) for number in range(5)]

    pages = [preview(user=boss, now=NOW, rules=active_rules(), page=n, size=2) for n in (1, 2, 3)]

    assert [row.customer for page in pages for row in page.rows] == customers
    assert {page.total for page in pages} == {5}


def test_without_permission_there_is_no_preview() -> None:
    client = signed_in(UserFactory())

    assert client.get(reverse("crm:recycling")).status_code == 403
    assert client.get("/api/crm/recycling/").status_code == 403
    assert Client().get(reverse("crm:recycling")).status_code == 302


def test_a_rule_is_written_with_the_days_of_its_tiers(pool: Pool) -> None:
    manager = allowed(ScopeLevel.ALL, rules=("view", "add", "change"))
    role = define_role(name="池", grants={Pool: (("view",), ScopeLevel.ALL)}, actor=None, at=NOW)
    manager.groups.add(role)
    client = signed_in(User.objects.get(pk=manager.pk))
    values = {
        "name": "长期未联系",
        "pool": pool.pk,
        "position": 1,
        "notify_days": 7,
        "contact_days": 30,
        "spares_open_opportunities": True,
        "excluded_tiers": ["D"],
    }

    made = client.post(
        "/api/crm/recycle-rules/",
        {**values, "lines": [{"tier": "A", "contact_days": 90}]},
        content_type="application/json",
    )
    refused = client.post(
        "/api/crm/recycle-rules/",
        {**values, "contact_days": None, "lines": []},
        content_type="application/json",
    )
    switched = client.post(f"/api/crm/recycle-rules/{made.json()['id']}/switch/")

    rule = RecycleRule.objects.get()
    assert (made.status_code, refused.status_code, switched.status_code) == (201, 400, 200)
    assert (rule.excluded_tiers, rule.is_active) == (["D"], True)
    assert list(rule.tiers.values_list("tier", "contact_days", "deal_days")) == [("A", 90, None)]
