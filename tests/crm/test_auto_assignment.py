"""Leads and pool customers given out by rules: which rule, whom, why, and what is logged."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse

from crm.assignment.engine import Candidate, least_loaded, next_in_turn
from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from crm.assignment.services import assign_customers_by_rule, assign_leads_by_rule
from crm.customers.importing import import_leads
from crm.customers.models import Customer, Lead, OwnerChange, Source
from crm.customers.services import create_lead
from crm.pool.models import PoolCustomer
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Notification
from suite.core.errors import WrongState
from suite.masters.models import Company, ItemCategory
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory, LeadFactory, PoolFactory, SourceFactory
from tests.factories.crm_assignment import AssignmentLogFactory, AssignmentMemberFactory, AssignmentRuleFactory
from tests.factories.crm_pool import CapacityFactory
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveDayFactory, LeaveRequestFactory
from tests.factories.masters import CompanyFactory, PartyFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("crm_on")]
NOW = datetime(2026, 11, 10, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def crm_on() -> None:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def company() -> Company:
    return CompanyFactory(is_default=True)


@pytest.fixture
def actor() -> User:
    return UserFactory(full_name="录入员")


@pytest.fixture
def rule(company: Company) -> AssignmentRule:
    return AssignmentRuleFactory(company=company, name="新线索")


def members(rule: AssignmentRule, number: int, **values: Any) -> list[User]:
    return [AssignmentMemberFactory(rule=rule, **values).user for _n in range(number)]


@pytest.fixture
def new_lead(company: Company, actor: User) -> Callable[..., Lead]:
    def make(**values: Any) -> Lead:
        return create_lead(**{"name": "王先生", "actor": actor, "at": NOW, **values})

    return make


def category(code: str, parent: ItemCategory | None = None) -> ItemCategory:
    return ItemCategory.objects.create(code=code, name=code, parent=parent)


# -- the engine ----------------------------------------------------------------------------------


def test_who_has_least_for_their_weight_is_chosen() -> None:
    team = [Candidate(1, load=4, weight=2), Candidate(2, load=3), Candidate(3, load=0, capacity=0)]

    assert least_loaded(team) is team[0]


def test_turns_follow_the_weights_and_are_well_mixed() -> None:
    team = [Candidate(1, weight=3), Candidate(2, weight=1)]

    turns = [getattr(next_in_turn(team), "user", None) for _n in range(8)]

    assert turns == [1, 1, 2, 1, 1, 1, 2, 1]


def test_nobody_can_when_all_are_full() -> None:
    team = [Candidate(1, load=5, capacity=5)]

    assert (least_loaded(team), next_in_turn(team)) == (None, None)
    assert team[0].credit == 0


# -- new leads -----------------------------------------------------------------------------------


def test_a_lead_without_owner_goes_to_who_has_least(
    rule: AssignmentRule, actor: User, new_lead: Callable[..., Lead]
) -> None:
    busy, free = members(rule, 2)
    LeadFactory(owner=busy)

    lead = new_lead()

    entry = AssignmentLog.objects.get()
    assert lead.owner == free
    assert (entry.lead, entry.rule, entry.chosen, entry.outcome, entry.actor) == (lead, rule, free, "ASSIGNED", actor)
    assert [(each["user"], each["load"], each["state"]) for each in entry.candidates] == [
        (busy.pk, 1, "FREE"),
        (free.pk, 0, "FREE"),
    ]
    assert entry.reason
    assert Notification.objects.get().recipient == free


def test_a_named_owner_is_not_changed(rule: AssignmentRule, actor: User, new_lead: Callable[..., Lead]) -> None:
    members(rule, 2)

    assert new_lead(owner=actor).owner == actor
    assert AssignmentLog.objects.count() == 0


def test_without_rules_the_lead_is_the_actors(actor: User, new_lead: Callable[..., Lead]) -> None:
    assert new_lead().owner == actor
    assert AssignmentLog.objects.count() == 0


def test_turns_go_on_from_one_lead_to_the_next(rule: AssignmentRule, new_lead: Callable[..., Lead]) -> None:
    rule.strategy = "ROUND_ROBIN"
    rule.save()
    first, second, third = members(rule, 3)

    owners = [new_lead().owner for _n in range(6)]

    assert owners == [first, second, third, first, second, third]


def test_conditions_choose_the_rule(company: Company, new_lead: Callable[..., Lead]) -> None:
    fair, chargers = SourceFactory(), category("充电")
    by_source, by_region, by_interest, rest = (
        AssignmentRuleFactory(company=company, position=place, **values)
        for place, values in enumerate(({}, {"regions": ["广东", "福建"]}, {"tags": ["OEM"]}, {}), start=1)
    )
    by_source.sources.add(fair)
    by_interest.categories.add(chargers)
    other = AssignmentRuleFactory(company=CompanyFactory(), position=0)
    takers = {each.pk: members(each, 1)[0] for each in (by_source, by_region, by_interest, rest, other)}

    owners = [
        new_lead(source=fair, region="广东省").owner,
        new_lead(region="广东省").owner,
        new_lead(interest=category("快充", chargers)).owner,
        new_lead(tags=["OEM"]).owner,
        new_lead(region="江苏").owner,
    ]

    assert owners == [takers[each.pk] for each in (by_source, by_region, by_interest, by_interest, rest)]


def test_who_is_away_or_full_is_passed_over(rule: AssignmentRule, new_lead: Callable[..., Lead]) -> None:
    off = AssignmentMemberFactory(rule=rule, is_on_duty=False).user
    closed = AssignmentMemberFactory(rule=rule, user=UserFactory(is_active=False)).user
    person = EmployeeFactory(user=UserFactory())
    AssignmentMemberFactory(rule=rule, user=person.user)
    LeaveDayFactory(request=LeaveRequestFactory(employee=person, status="APPROVED"), date=NOW.date())
    full = AssignmentMemberFactory(rule=rule, capacity=1).user
    LeadFactory(owner=full)
    taker = AssignmentMemberFactory(rule=rule, capacity=2).user
    LeadFactory(owner=taker)

    owner = new_lead().owner

    states = {each["user"]: each["state"] for each in AssignmentLog.objects.get().candidates}
    assert owner == taker
    assert states == {
        off.pk: "OFF_DUTY",
        closed.pk: "INACTIVE",
        person.user_id: "ON_LEAVE",
        full.pk: "FULL",
        taker.pk: "FREE",
    }


def test_leave_that_is_only_asked_for_or_on_another_day_does_not_count(
    rule: AssignmentRule, new_lead: Callable[..., Lead]
) -> None:
    person = EmployeeFactory(user=UserFactory())
    AssignmentMemberFactory(rule=rule, user=person.user)
    LeaveDayFactory(request=LeaveRequestFactory(employee=person, status="APPROVED"), date=NOW.date().replace(day=11))
    LeaveDayFactory(request=LeaveRequestFactory(employee=person), date=NOW.date())

    assert new_lead().owner == person.user


def test_when_nobody_can_the_fallback_gets_it_else_it_stays(
    rule: AssignmentRule, actor: User, new_lead: Callable[..., Lead]
) -> None:
    members(rule, 1, capacity=0)
    stayed = new_lead()
    rule.fallback = UserFactory()
    rule.save()

    given = new_lead()

    assert (stayed.owner, given.owner) == (actor, rule.fallback)
    assert list(AssignmentLog.objects.order_by("pk").values_list("outcome", "chosen")) == [
        ("STAYED", None),
        ("FALLBACK", rule.fallback.pk),
    ]


def test_imported_rows_without_owner_are_given_out(rule: AssignmentRule, actor: User) -> None:
    first, second = members(rule, 2)
    rows = [
        {"_row": 2, "_existing": None, "name": "甲"},
        {"_row": 3, "_existing": None, "name": "乙"},
        {"_row": 4, "_existing": None, "name": "丙", "owner": actor},
    ]

    import_leads(rows=rows, actor=User.objects.get(pk=actor.pk), at=NOW)

    assert dict(Lead.objects.values_list("name", "owner")) == {"甲": first.pk, "乙": second.pk, "丙": actor.pk}
    assert AssignmentLog.objects.count() == 2


def test_leads_of_the_web_form_are_given_out(rule: AssignmentRule, settings: Any, client: Client) -> None:
    (taker,) = members(rule, 1)
    settings.WEB_LEAD_KEY, settings.WEB_LEAD_OWNER = "k", UserFactory().username
    Source.objects.get_or_create(code="WEB", defaults={"name": "网站"})

    answer = client.post(
        "/api/crm/web-leads/",
        {"name": "李先生", "mobile": "13900001111"},
        content_type="application/json",
        headers={"X-Lead-Key": "k"},
    )

    assert answer.status_code == 201
    assert Lead.objects.get().owner == taker


def test_statements_do_not_grow_with_leads(
    rule: AssignmentRule, actor: User, company: Company, django_assert_max_num_queries: Any
) -> None:
    people = members(rule, 3)
    leads = [LeadFactory(owner=actor, company=company) for _n in range(30)]

    with django_assert_max_num_queries(40):
        number = assign_leads_by_rule(leads=leads, actor=actor, at=NOW)

    assert number == 30
    assert [Lead.objects.filter(owner=person).count() for person in people] == [10, 10, 10]


# -- by hand, and customers ----------------------------------------------------------------------


def manager(company: Company) -> User:
    user = UserFactory()
    role = define_role(
        name="主管",
        grants={
            Lead: (("view", "assign"), ScopeLevel.ALL),
            PoolCustomer: (("view", "transfer"), ScopeLevel.ALL),
            AssignmentLog: (("view",), ScopeLevel.ALL),
            AssignmentRule: (("view", "add"), ScopeLevel.ALL),
            Company: (("view",), ScopeLevel.ALL),
            User: (("view",), ScopeLevel.ALL),
        },
        actor=None,
        at=NOW,
    )
    user.groups.add(role)
    return User.objects.get(pk=user.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_selected_leads_are_assigned_by_page_and_route(company: Company, rule: AssignmentRule) -> None:
    (taker,) = members(rule, 1)
    leads = [LeadFactory(company=company) for _n in range(3)]
    client = signed_in(manager(company))

    bulk = client.post(reverse("crm:lead-bulk"), {"bulk": "assign-by-rule", "pk": [leads[0].pk, leads[1].pk]})
    route = client.post(f"/api/crm/leads/{leads[2].pk}/assign-by-rule/")
    log = client.get("/api/crm/assignment-logs/").json()["results"]

    assert (bulk.status_code, route.status_code) == (302, 200)
    assert set(Lead.objects.values_list("owner", flat=True)) == {taker.pk}
    assert {row["lead"] for row in log} == {lead.pk for lead in leads}


def test_who_may_not_assign_is_refused(company: Company, rule: AssignmentRule) -> None:
    members(rule, 1)
    user = UserFactory()
    user.groups.add(define_role(name="看", grants={Lead: (("view",), ScopeLevel.ALL)}, actor=None, at=NOW))
    lead = LeadFactory(company=company)
    client = signed_in(User.objects.get(pk=user.pk))

    statuses = [
        client.post(reverse("crm:lead-action", args=[lead.pk, "assign-by-rule"])).status_code,
        client.post(f"/api/crm/leads/{lead.pk}/assign-by-rule/").status_code,
        client.get(reverse("crm:assignmentlog-list")).status_code,
        client.get(reverse("crm:assignmentrule-list")).status_code,
    ]

    assert statuses == [403] * 4
    assert Lead.objects.get(pk=lead.pk).owner == lead.owner
    assert AssignmentLog.objects.count() == 0


def test_pool_customers_are_given_out_with_history(company: Company, actor: User) -> None:
    rule = AssignmentRuleFactory(company=company, target="CUSTOMER", name="华南回流", regions=["广东"])
    (taker,) = members(rule, 1)
    pool = PoolFactory(company=company)
    near, far = (
        CustomerFactory(owner=None, pool=pool, company=company, party=PartyFactory(region=region, is_customer=True))
        for region in ("广东省", "江苏省")
    )

    number = assign_customers_by_rule(customers=[near, far], actor=actor, at=NOW)

    change = OwnerChange.objects.get()
    assert number == 1
    assert [Customer.objects.get(pk=each.pk).owner for each in (near, far)] == [taker, None]
    assert (change.customer, change.to_owner, change.trigger, change.reason) == (near, taker, "RULE", "华南回流")
    assert dict(AssignmentLog.objects.values_list("customer", "outcome")) == {near.pk: "ASSIGNED", far.pk: "STAYED"}


def test_capacities_hold_for_rules_too(company: Company, actor: User) -> None:
    rule = AssignmentRuleFactory(company=company, target="CUSTOMER")
    first, second = members(rule, 2)
    CapacityFactory(company=company, maximum=1)
    CapacityFactory(company=company, applies_to="PERSON", person=second, maximum=2)
    pool = PoolFactory(company=company)
    customers = [CustomerFactory(owner=None, pool=pool, company=company) for _n in range(5)]

    number = assign_customers_by_rule(customers=customers, actor=actor, at=NOW)

    assert number == 3
    assert [Customer.objects.filter(owner=person).count() for person in (first, second)] == [1, 2]
    assert Customer.objects.filter(owner=None, pool=pool).count() == 2


def test_a_customer_with_owner_is_not_given_away(company: Company, actor: User) -> None:
    members(AssignmentRuleFactory(company=company, target="CUSTOMER"), 1)
    customer = CustomerFactory(company=company)

    with pytest.raises(WrongState):
        assign_customers_by_rule(customers=[customer], actor=actor, at=NOW)

    assert Customer.objects.get(pk=customer.pk).owner == customer.owner
    assert AssignmentLog.objects.count() == 0


def test_a_rule_is_written_with_its_members(company: Company) -> None:
    people = [UserFactory(), UserFactory()]
    client = signed_in(manager(company))

    made = client.post(
        "/api/crm/assignment-rules/",
        {
            "name": "展会线索",
            "company": company.pk,
            "target": "LEAD",
            "strategy": "ROUND_ROBIN",
            "position": 1,
            "is_active": True,
            "lines": [{"user": person.pk, "weight": 2, "is_on_duty": True} for person in people],
        },
        content_type="application/json",
    )

    assert made.status_code == 201, made.content
    assert list(AssignmentMember.objects.values_list("user", "weight")) == [(person.pk, 2) for person in people]


def test_decisions_are_never_edited() -> None:
    entry = AssignmentLogFactory()

    with pytest.raises(Exception, match="Cannot update"):
        AssignmentLog.objects.filter(pk=entry.pk).update(reason="改")
