"""The public pool: who sees what, claiming with its limits, returning, and what goes along."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.customers.models import Contact, Customer, OwnerChange
from crm.customers.ownership import transfer_customers
from crm.pipeline.models import Opportunity
from crm.pipeline.services import (
    assign_opportunity,
    create_opportunity,
    invalidate_opportunity,
    reopen_opportunity,
    update_opportunity,
)
from crm.pool.choices import CapacityScope, HiddenField
from crm.pool.errors import CapacityReached, CoolingDown, QuotaReached, TooNew
from crm.pool.models import ParkedReminder, Pool, PoolCustomer, PoolPick
from crm.pool.reach import pools_of
from crm.pool.selectors import allowances
from crm.pool.services import claim_customer, claim_customers, return_customer, return_customers
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.restrict import can_reach, restrict
from suite.access.services import define_role
from suite.activity.models import Reminder
from suite.activity.services import set_reminder
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from suite.search.selectors import search_everything
from tests.factories.crm import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    FollowUpFactory,
    OpportunityFactory,
    OwnerChangeFactory,
    PoolFactory,
    StageFactory,
)
from tests.factories.crm_pool import CapacityFactory, PoolPickFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory, PartyContactFactory, PartyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crm_on")]
NOW = datetime(2026, 11, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PHONE, EMAIL = "0755-86001234", "buyer@hidden.example"


@pytest.fixture
def crm_on() -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def pool() -> Pool:
    return PoolFactory(name="华南公海", company=CompanyFactory())


def seller(**values: Any) -> User:
    """Somebody who works on own customers and claims from pools."""
    user = UserFactory(**values)
    role = define_role(
        name=f"销售{user.pk}",
        grants={
            Customer: (("view", "change", "export"), ScopeLevel.OWN),
            Contact: (("view",), ScopeLevel.OWN),
            Opportunity: (("view", "change"), ScopeLevel.OWN),
            Pool: (("view",), ScopeLevel.ALL),
            PoolCustomer: (("view", "claim", "export"), ScopeLevel.OWN),
        },
        actor=None,
        at=NOW,
    )
    user.groups.add(role)
    return User.objects.get(pk=user.pk)


def pooled(pool: Pool, **values: Any) -> Customer:
    """A customer that has been in the pool for a year."""
    return CustomerFactory(
        **{"owner": None, "pool": pool, "company": pool.company, "entered_pool_at": NOW - timedelta(days=365), **values}
    )


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def untouched(*customers: Customer) -> bool:
    """Whether nobody got the customers and nothing was written about them."""
    keys = [customer.pk for customer in customers]
    changes = OwnerChange.objects.filter(customer__in=keys, trigger="CLAIM")
    picks = PoolPick.objects.filter(customer__in=keys)
    return Customer.objects.filter(pk__in=keys, owner=None).count() == len(keys) and not changes and not picks


# -- whose pool ----------------------------------------------------------------------------------


def test_pools_are_their_departments_and_below_else_the_companys(pool: Pool) -> None:
    sales = DepartmentFactory(company=pool.company)
    branch = DepartmentFactory(parent=sales)
    inside, outside = (
        EmployeeFactory(department=d, user=UserFactory()).user
        for d in (branch, DepartmentFactory(company=pool.company))
    )
    elsewhere = EmployeeFactory(department=DepartmentFactory(), user=UserFactory()).user
    named, closed = PoolFactory(company=pool.company), PoolFactory(company=pool.company, is_active=False)
    named.departments.add(sales)
    closed.departments.add(sales)
    managed = PoolFactory(company=CompanyFactory())
    managed.administrators.add(outside)

    found = [set(pools_of(user)) for user in (inside, outside, elsewhere)]

    assert found == [{pool, named}, {pool, managed}, set()]


def test_a_customer_of_anothers_pool_is_hidden_and_cannot_be_claimed(pool: Pool) -> None:
    pool.departments.add(DepartmentFactory(company=pool.company))
    user, customer = seller(), pooled(pool)
    client = signed_in(user)

    answers = [
        client.get(reverse("crm:poolcustomer-detail", args=[customer.pk])).status_code,
        client.post(reverse("crm:poolcustomer-action", args=[customer.pk, "claim"])).status_code,
        client.get(f"/api/crm/pool-customers/{customer.pk}/").status_code,
        client.post(f"/api/crm/pool-customers/{customer.pk}/claim/").status_code,
    ]
    with pytest.raises(NotAllowed):
        claim_customer(customer=customer, actor=user, at=NOW)

    assert answers == [404, 404, 404, 404]
    assert untouched(customer)


# -- claiming ------------------------------------------------------------------------------------


def test_claiming_gives_the_customer_with_history_and_ledger(pool: Pool) -> None:
    user, customer = seller(), pooled(pool)

    claimed = claim_customer(customer=customer, actor=user, at=NOW)

    change, pick = OwnerChange.objects.get(customer=customer), PoolPick.objects.get()
    assert (claimed.owner, claimed.pool, claimed.owner_since, claimed.entered_pool_at) == (user, None, NOW, None)
    assert (change.from_owner, change.to_owner, change.trigger, change.at) == (None, user, "CLAIM", NOW)
    assert (pick.pool, pick.customer, pick.user, pick.at) == (pool, customer, user, NOW)


def test_claim_and_return_does_not_refund_the_quota(pool: Pool) -> None:
    Pool.objects.update(daily_limit=2)
    user, customers = seller(), [pooled(pool) for _n in range(3)]
    for customer in customers[:2]:
        claim_customer(customer=customer, actor=user, at=NOW)
        return_customer(customer=customer, reason="不合适", actor=user, at=NOW)

    with pytest.raises(QuotaReached) as refused:
        claim_customer(customer=customers[2], actor=user, at=NOW)

    assert " 0 " in str(refused.value)
    assert untouched(customers[2])
    assert PoolPick.objects.count() == 2


def test_the_quota_is_each_persons_each_pools_and_each_days(pool: Pool) -> None:
    Pool.objects.update(daily_limit=1)
    other = PoolFactory(company=pool.company, daily_limit=1)
    user = seller()
    claim_customer(customer=pooled(pool), actor=user, at=NOW)

    claim_customer(customer=pooled(other), actor=user, at=NOW)
    claim_customer(customer=pooled(pool), actor=seller(), at=NOW)
    claim_customer(customer=pooled(pool), actor=user, at=NOW + timedelta(days=1))

    assert PoolPick.objects.filter(user=user).count() == 3


def test_a_bulk_claim_over_the_quota_takes_none(pool: Pool) -> None:
    Pool.objects.update(daily_limit=2)
    user, customers = seller(), [pooled(pool) for _n in range(3)]

    with pytest.raises(QuotaReached):
        claim_customers(customers=customers, actor=user, at=NOW)

    assert untouched(*customers)


def test_new_data_waits_from_its_entry_whatever_was_edited(pool: Pool) -> None:
    Pool.objects.update(new_data_days=3)
    user = seller()
    waiting = pooled(pool, entered_pool_at=NOW - timedelta(days=3) + timedelta(seconds=1))
    edited = pooled(pool, entered_pool_at=NOW - timedelta(days=3))
    Customer.objects.filter(pk=edited.pk).update(updated_at=NOW, industry="照明")

    with pytest.raises(TooNew):
        claim_customer(customer=waiting, actor=user, at=NOW)
    claim_customer(customer=edited, actor=user, at=NOW)

    assert untouched(waiting)
    assert Customer.objects.get(pk=edited.pk).owner == user


def test_who_lost_a_customer_waits_even_after_a_colleague_had_it(pool: Pool) -> None:
    Pool.objects.update(cool_down_days=15)
    first, second = seller(), seller()
    customer = CustomerFactory(owner=first, company=pool.company)
    return_customer(customer=customer, reason="先放一放", actor=first, at=NOW)
    with pytest.raises(CoolingDown):
        claim_customer(customer=customer, actor=first, at=NOW + timedelta(days=15) - timedelta(seconds=1))
    claim_customer(customer=customer, actor=second, at=NOW)
    return_customer(customer=customer, reason="帮忙", actor=second, at=NOW)

    with pytest.raises(CoolingDown):
        claim_customer(customer=customer, actor=first, at=NOW + timedelta(days=1))
    claim_customer(customer=customer, actor=first, at=NOW + timedelta(days=15))

    assert Customer.objects.get(pk=customer.pk).owner == first


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        ({"capacity", "quota", "wait", "cool"}, CapacityReached),
        ({"quota", "wait", "cool"}, QuotaReached),
        ({"wait", "cool"}, TooNew),
        ({"cool"}, CoolingDown),
    ],
)
def test_checks_come_in_order(pool: Pool, broken: set[str], error: type[Exception]) -> None:
    user, customer = seller(), pooled(pool, entered_pool_at=NOW - timedelta(days=1))
    OwnerChangeFactory(customer=customer, from_owner=user, to_owner=None, trigger="RETURN", at=NOW - timedelta(days=1))
    CapacityFactory(company=pool.company, maximum=0 if "capacity" in broken else 9)
    Pool.objects.update(
        daily_limit=0 if "quota" in broken else 9,
        new_data_days=5 if "wait" in broken else 0,
        cool_down_days=5 if "cool" in broken else 0,
    )

    with pytest.raises(error):
        claim_customer(customer=customer, actor=user, at=NOW)

    assert untouched(customer)


def test_an_administrator_of_the_pool_is_asked_for_capacity_only(pool: Pool) -> None:
    user = seller()
    pool.administrators.add(user)
    Pool.objects.update(daily_limit=0, new_data_days=500, cool_down_days=500)
    customer, second = pooled(pool), pooled(pool)
    OwnerChangeFactory(customer=customer, from_owner=user, to_owner=None, trigger="RETURN", at=NOW)
    CapacityFactory(company=pool.company, maximum=1)

    claim_customer(customer=customer, actor=user, at=NOW)
    with pytest.raises(CapacityReached):
        claim_customer(customer=second, actor=user, at=NOW)

    assert Customer.objects.get(pk=customer.pk).owner == user
    assert untouched(second)


def test_the_nearest_capacity_holds(pool: Pool) -> None:
    sales = DepartmentFactory(company=pool.company)
    branch = DepartmentFactory(parent=sales)
    user = EmployeeFactory(department=branch, user=seller()).user
    CapacityFactory(company=CompanyFactory(), maximum=1)
    CapacityFactory(company=pool.company, maximum=10)

    def left() -> list[int | None]:
        return [each.capacity for each in allowances(user, NOW)]

    by_everybody = left()
    CapacityFactory(company=pool.company, applies_to=CapacityScope.ROLE, role_id=user.groups.get().pk, maximum=20)
    by_role = left()
    CapacityFactory(company=pool.company, applies_to=CapacityScope.DEPARTMENT, department=sales, maximum=30)
    CapacityFactory(company=pool.company, applies_to=CapacityScope.DEPARTMENT, department=branch, maximum=7)
    by_department = left()
    CapacityFactory(company=pool.company, applies_to=CapacityScope.PERSON, person=user, maximum=2)

    assert (by_everybody, by_role, by_department, left()) == ([10], [20], [7], [2])


def test_capacity_counts_what_is_owned_perhaps_without_who_ordered(pool: Pool) -> None:
    user = seller()
    CustomerFactory(owner=user, company=pool.company)
    CustomerFactory(owner=user, company=pool.company, first_deal_on=NOW.date())
    capacity = CapacityFactory(company=pool.company, maximum=3)
    with_orders = [each.capacity for each in allowances(user, NOW)]
    capacity.excludes_dealt = True
    capacity.save()

    claim_customers(customers=[pooled(pool), pooled(pool, first_deal_on=NOW.date())], actor=user, at=NOW)

    assert with_orders == [1]
    assert [each.capacity for each in allowances(user, NOW)] == [1]


def test_what_is_left_is_shown_on_the_page_and_told_to_programs(pool: Pool) -> None:
    Pool.objects.update(daily_limit=5)
    CapacityFactory(company=pool.company, maximum=40)
    user = seller()
    customer = pooled(pool)
    PoolPickFactory(pool=pool, user=user, at=timezone.now(), customer=CustomerFactory(company=pool.company))
    client = signed_in(user)

    page = client.get(reverse("crm:poolcustomer-list")).content.decode()
    answer = client.get("/api/crm/allowances/").json()

    assert customer.party.name in page
    assert f'formaction="/crm/pool-customers/{customer.pk}/actions/claim/"' in page
    assert answer == [{"pool": pool.pk, "pool_name": "华南公海", "quota_left": 4, "capacity_left": 40}]
    assert signed_in(UserFactory()).get("/api/crm/allowances/").status_code == 403


def test_one_click_and_bulk_claim_over_page_and_route(pool: Pool) -> None:
    user, customers = seller(), [pooled(pool) for _n in range(4)]
    client = signed_in(user)

    one = client.post(reverse("crm:poolcustomer-action", args=[customers[0].pk, "claim"]))
    route = client.post(f"/api/crm/pool-customers/{customers[1].pk}/claim/")
    bulk = client.post(reverse("crm:poolcustomer-bulk"), {"bulk": "claim", "pk": [customers[2].pk, customers[3].pk]})

    assert (one.status_code, one["Location"]) == (302, f"/crm/customers/{customers[0].pk}/")
    assert (route.status_code, bulk.status_code) == (200, 302)
    assert set(Customer.objects.filter(owner=user)) == set(customers)


def test_who_may_not_claim_is_refused(pool: Pool) -> None:
    user, customer = UserFactory(), pooled(pool)
    role = define_role(name="看客", grants={PoolCustomer: (("view",), ScopeLevel.OWN)}, actor=None, at=NOW)
    user.groups.add(role)
    client = signed_in(User.objects.get(pk=user.pk))

    page = client.get(reverse("crm:poolcustomer-list"))
    post = client.post(reverse("crm:poolcustomer-action", args=[customer.pk, "claim"]))

    assert (page.status_code, post.status_code) == (200, 403)
    assert "formaction" not in page.content.decode()
    assert untouched(customer)


# -- what is hidden ------------------------------------------------------------------------------


@pytest.fixture
def secret(pool: Pool) -> Customer:
    """A customer whose phone, mail address, contacts and follow-ups the pool hides."""
    pool.hidden_fields = [
        HiddenField.PHONE,
        HiddenField.EMAIL,
        HiddenField.CONTACTS,
        HiddenField.FOLLOW_UPS,
    ]
    pool.save()
    customer = pooled(pool, party=PartyFactory(name="东莞长安五金", phone=PHONE, email=EMAIL, is_customer=True))
    person = PartyContactFactory(party=customer.party, name="邓采购", mobile="13912345678", email="deng@hidden.example")
    ContactFactory(customer=customer, person=person)
    FollowUpFactory(customer=customer, body="报价单号八八八")
    return customer


SECRETS = (PHONE, EMAIL, "邓采购", "13912345678", "deng@hidden.example", "报价单号八八八")


def surfaces(client: Client, customer: Customer) -> str:
    """Everything that page, list, export, route, search and history show."""
    columns = {"columns": ["party__name", "party__phone", "party__email", "party__uscc"]}
    client.post(reverse("crm:poolcustomer-columns"), columns)
    answers = [
        client.get(reverse("crm:poolcustomer-detail", args=[customer.pk])),
        client.get(reverse("crm:poolcustomer-history", args=[customer.pk])),
        client.get(reverse("crm:poolcustomer-list")),
        client.get(f"{reverse('crm:poolcustomer-export')}?format=csv"),
        client.get(f"/api/crm/pool-customers/{customer.pk}/"),
        client.get("/api/crm/pool-customers/"),
        client.get("/search/?q=东莞长安"),
        client.get("/lookup/crm.poolcustomer/?q=东莞长安"),
    ]
    assert {answer.status_code for answer in answers} == {200}
    return "\n".join(
        (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode() for answer in answers
    )


def test_hidden_fields_are_nowhere_for_who_does_not_own_the_customer(secret: Customer) -> None:
    shown = surfaces(signed_in(seller()), secret)

    assert "东莞长安五金" in shown
    assert [each for each in SECRETS if each in shown] == []


def test_an_administrator_of_the_pool_sees_all_of_it(pool: Pool, secret: Customer) -> None:
    user = seller()
    pool.administrators.add(user)

    shown = surfaces(signed_in(user), secret)

    assert [each for each in SECRETS if each not in shown] == []


def test_hidden_numbers_find_nobody(secret: Customer) -> None:
    user = seller()

    by_name = search_everything(user=user, q="东莞长安")
    by_phone = search_everything(user=user, q=PHONE)
    listed = signed_in(user).get(f"{reverse('crm:poolcustomer-list')}?q=86001234").content.decode()

    assert [(group.title, [hit.title for hit in group.hits]) for group in by_name] == [
        (str(by_name[0].title), ["东莞长安五金"])
    ]
    assert by_phone == []
    assert "东莞长安五金" not in listed


def test_the_widest_scope_does_not_lead_around_the_mask(secret: Customer) -> None:
    role = define_role(
        name="全部",
        grants=dict.fromkeys((Customer, Contact), (("view", "export"), ScopeLevel.ALL)),
        actor=None,
        at=NOW,
    )
    user = UserFactory()
    user.groups.add(role)
    user = User.objects.get(pk=user.pk)
    owned = CustomerFactory(company=secret.company)
    client = signed_in(user)

    answers = [
        client.get(reverse("crm:customer-detail", args=[secret.pk])).status_code,
        client.get(reverse("crm:customer-history", args=[secret.pk])).status_code,
        client.get(f"/api/crm/customers/{secret.pk}/").status_code,
    ]

    assert answers == [404, 404, 404]
    assert list(restrict(Customer.objects.all(), user=user)) == [owned]
    assert not restrict(Contact.objects.all(), user=user).exists()
    assert search_everything(user=user, q="13912345678") == []


def test_who_may_see_what_pools_hide_sees_it(secret: Customer) -> None:
    role = define_role(
        name="总经理",
        grants={
            Customer: (("view",), ScopeLevel.ALL),
            PoolCustomer: (("view", "unmask"), ScopeLevel.ALL),
        },
        actor=None,
        at=NOW,
    )
    user = UserFactory()
    user.groups.add(role)
    user = User.objects.get(pk=user.pk)

    page = signed_in(user).get(reverse("crm:poolcustomer-detail", args=[secret.pk])).content.decode()

    assert PHONE in page
    assert can_reach(secret, user=user)


def test_after_claiming_everything_is_there(secret: Customer) -> None:
    user = seller()

    claim_customer(customer=secret, actor=user, at=NOW)

    page = signed_in(user).get(reverse("crm:customer-detail", args=[secret.pk])).content.decode()
    assert PHONE in page
    assert "邓采购" in page


# -- returning, and what goes along --------------------------------------------------------------


def _all_seeing(user: User) -> User:
    User.objects.filter(pk=user.pk).update(is_superuser=True)
    return User.objects.get(pk=user.pk)


def test_nothing_is_left_behind_on_return_claim_and_transfer(pool: Pool) -> None:
    first, second, third = (_all_seeing(seller()) for _n in range(3))
    customer = CustomerFactory(owner=first, company=pool.company)
    contact, deal = ContactFactory(customer=customer), OpportunityFactory(customer=customer)
    due = NOW + timedelta(days=5)
    mine = [set_reminder(obj=each, due_at=due, note="回访", actor=first, at=NOW) for each in (customer, contact, deal)]
    colleague = set_reminder(obj=customer, due_at=due, note="主管自己的", actor=third, at=NOW)
    keys = Q(pk__in=[each.pk for each in mine])

    return_customer(customer=customer, reason="不合适", actor=first, at=NOW)
    in_pool = (
        Opportunity.objects.get(pk=deal.pk).owner,
        set(Reminder.objects.filter(keys).values_list("done_at", flat=True)),
        ParkedReminder.objects.count(),
    )
    claim_customer(customer=customer, actor=second, at=NOW + timedelta(days=1))
    claimed = (
        Opportunity.objects.get(pk=deal.pk).owner,
        set(Reminder.objects.filter(keys).values_list("owner", "done_at")),
        ParkedReminder.objects.count(),
    )
    transfer_customers(customers=[customer], owner=third, actor=first, at=NOW + timedelta(days=2))

    assert in_pool == (None, {NOW}, 3)
    assert claimed == (second, {(second.pk, None)}, 0)
    assert Opportunity.objects.get(pk=deal.pk).owner == third
    assert Contact.objects.get(pk=contact.pk).customer.owner == third
    # The new owner had noted the same moment: one reminder of it stays open, not two.
    open_ones = Reminder.objects.filter(owner=third, done_at=None)
    assert open_ones.count() == 3
    assert set(open_ones.values_list("due_at", flat=True)) == {due}
    assert Reminder.objects.get(pk=colleague.pk).done_at is None
    assert not Reminder.objects.exclude(owner=third).filter(done_at=None).exists()


def test_an_open_opportunity_in_the_pool_waits_for_the_next_owner(pool: Pool) -> None:
    user = seller()
    customer = CustomerFactory(owner=user, company=pool.company)
    deal, ended = OpportunityFactory(customer=customer), OpportunityFactory(customer=customer)
    invalidate_opportunity(opportunity=ended, reason="重复", actor=user, at=NOW)
    return_customer(customer=customer, reason="不合适", actor=user, at=NOW)

    with pytest.raises(InvalidInput):
        create_opportunity(name="新商机", customer=customer, stage=StageFactory(), actor=user, at=NOW)
    with pytest.raises(WrongState):
        update_opportunity(opportunity=deal, name="改名", actor=user, at=NOW)
    with pytest.raises(WrongState):
        assign_opportunity(opportunity=deal, owner=user, actor=user, at=NOW)
    reopen_opportunity(opportunity=ended, reason="又来了", actor=user, at=NOW)
    closed = invalidate_opportunity(opportunity=deal, reason="不再需要", actor=user, at=NOW)

    assert Opportunity.objects.count() == 2
    assert Opportunity.objects.get(pk=ended.pk).owner is None
    assert (closed.owner, closed.name) == (user, deal.name)


def test_contracts_stay_with_who_signed_them(pool: Pool) -> None:
    user = seller()
    customer = CustomerFactory(owner=user, company=pool.company)
    contract = ContractFactory(customer=customer)

    return_customer(customer=customer, reason="不合适", actor=user, at=NOW)

    contract.refresh_from_db()
    assert contract.owner == user


def test_the_usual_pool_is_that_of_the_owners_department(pool: Pool) -> None:
    sales = DepartmentFactory(company=pool.company)
    own = PoolFactory(company=pool.company)
    own.departments.add(sales)
    user = EmployeeFactory(department=DepartmentFactory(parent=sales), user=UserFactory()).user
    customers = [
        CustomerFactory(owner=user, company=pool.company),
        CustomerFactory(company=pool.company),
    ]

    return_customers(customers=customers, reason="不合适", actor=user, at=NOW)

    assert [Customer.objects.get(pk=each.pk).pool for each in customers] == [own, pool]


def test_the_pool_can_be_chosen_on_return_over_page_and_route(pool: Pool) -> None:
    user, second = seller(), PoolFactory(company=pool.company)
    customers = [CustomerFactory(owner=user, company=pool.company) for _n in range(2)]
    client = signed_in(user)

    form = client.get(reverse("crm:customer-action", args=[customers[0].pk, "return"])).content.decode()
    page = client.post(
        reverse("crm:customer-action", args=[customers[0].pk, "return"]), {"reason": "转渠道", "pool": second.pk}
    )
    route = client.post(
        f"/api/crm/customers/{customers[1].pk}/return/",
        {"reason": "转渠道", "pool": second.pk},
        content_type="application/json",
    )

    assert (second.name in form, pool.name in form) == (True, True)
    assert (page.status_code, page["Location"], route.status_code) == (302, "/crm/customers/", 200)
    assert [Customer.objects.get(pk=each.pk).pool for each in customers] == [second, second]
    assert set(OwnerChange.objects.values_list("reason", "trigger")) == {("转渠道", "RETURN")}


def test_a_pool_of_another_company_is_refused(pool: Pool) -> None:
    customer = CustomerFactory(company=pool.company)
    other = PoolFactory(company=CompanyFactory())

    with pytest.raises(InvalidInput):
        return_customer(customer=customer, reason="不合适", pool=other, actor=customer.owner, at=NOW)

    assert Customer.objects.get(pk=customer.pk).owner == customer.owner


def test_the_ledger_is_never_edited(pool: Pool) -> None:
    pick = PoolPickFactory(pool=pool)

    with pytest.raises(Exception, match="Cannot update"):
        PoolPick.objects.filter(pk=pick.pk).update(at=NOW)
