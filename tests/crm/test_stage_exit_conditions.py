"""What an opportunity must have before it leaves a stage, on every way forward; going back is free."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.contracts.services import sign_contract
from crm.customers.models import Customer
from crm.pipeline.choices import ConditionKind, OpportunityStatus
from crm.pipeline.conditions import StageNotDone
from crm.pipeline.models import Opportunity, Stage, StageChange, StageCondition
from crm.pipeline.services import (
    change_stage,
    create_opportunity,
    move_opportunity,
    update_opportunity,
    win_opportunity,
)
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.pages.exchange.apply import Outcome, apply_import
from suite.pages.exchange.errors import RowErrors
from suite.pages.exchange.plan import plan_import
from tests.exchange.conftest import pages_of, sheet
from tests.factories.crm import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    FollowUpFactory,
    OpportunityFactory,
    PipelineFactory,
    QuotationFactory,
    StageFactory,
)
from tests.factories.crm_pipeline import OpportunityLineFactory, StageConditionFactory
from tests.factories.hrm import UserFactory
from tests.oa.kit import allow, browser

HEAD = ("customer", "name", "stage", "amount")
AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Refusals are compared in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def stages(crm_on: None) -> list[Stage]:
    pipeline = PipelineFactory(is_default=True)
    return [StageFactory(pipeline=pipeline, position=n, name=f"S{n}", win_percent=n * 20) for n in (1, 2, 3)]


@pytest.fixture
def seller(crm_on: None) -> User:
    actions = ["view", "add", "change", "import"]
    user = allow(UserFactory(language="en"), Opportunity, actions, ScopeLevel.OWN)
    user = allow(user, Customer, ["view"], ScopeLevel.OWN)
    return allow(allow(user, Stage, ["view"], ScopeLevel.ALL), User, ["view"], ScopeLevel.ALL)


@pytest.fixture
def opportunity(stages: list[Stage], seller: User) -> Opportunity:
    customer = CustomerFactory(owner=seller)
    return OpportunityFactory(customer=customer, stage=stages[0], amount=Decimal(0), stage_since=AT - timedelta(days=9))


def go(opportunity: Opportunity, stage: Stage) -> Opportunity:
    return change_stage(opportunity=opportunity, stage=stage, actor=opportunity.owner, at=AT)


def standing(opportunity: Opportunity) -> tuple[Any, ...]:
    """What a refused way must leave as it was."""
    row = Opportunity.objects.get(pk=opportunity.pk)
    return row.stage_id, row.status, row.stage_since, row.version, StageChange.objects.filter(opportunity=row).count()


def refusal(opportunity: Opportunity, stage: Stage) -> list[str]:
    before = standing(opportunity)
    with pytest.raises(StageNotDone) as caught:
        go(opportunity, stage)
    assert standing(opportunity) == before
    return list(caught.value.details["missing"])


# -- the conditions ----------------------------------------------------------------------------


def test_amount(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.AMOUNT, amount=Decimal(500))
    Opportunity.objects.update(amount=Decimal(500))

    assert refusal(opportunity, stages[1]) == ["an amount above 500.00"]

    Opportunity.objects.update(amount=Decimal("500.01"))
    assert go(opportunity, stages[1]).stage == stages[1]


def test_expected_close(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.CLOSE_DATE)
    today = timezone.localdate(AT)

    assert refusal(opportunity, stages[1]) == ["an expected close that is still to come"]
    Opportunity.objects.update(expected_close_date=today - timedelta(days=1))
    assert refusal(opportunity, stages[1]) == ["an expected close that is still to come"]

    Opportunity.objects.update(expected_close_date=today)
    assert go(opportunity, stages[1]).stage == stages[1]


def test_contact_and_decision_maker(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.CONTACT)
    StageConditionFactory(stage=stages[0], kind=ConditionKind.DECISION_MAKER)
    person = ContactFactory(customer=opportunity.customer)

    assert refusal(opportunity, stages[1]) == ["a contact person", "the decision maker"]

    Opportunity.objects.update(contact=person)
    assert refusal(opportunity, stages[1]) == ["the decision maker"]
    Opportunity.objects.update(decision_maker=person)
    assert go(opportunity, stages[1]).stage == stages[1]


def test_follow_up_in_this_stage_within_days(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.FOLLOW_UP, days=5)
    spoken = {"customer": opportunity.customer, "opportunity": opportunity}
    FollowUpFactory(happened_at=AT - timedelta(days=6), **spoken)
    missing = ["a follow-up in this stage within the last 5 days"]

    assert refusal(opportunity, stages[1]) == missing
    Opportunity.objects.update(stage_since=AT - timedelta(days=2))
    FollowUpFactory(happened_at=AT - timedelta(days=3), **spoken)
    assert refusal(opportunity, stages[1]) == missing

    FollowUpFactory(happened_at=AT - timedelta(days=1), **spoken)
    assert go(opportunity, stages[1]).stage == stages[1]


def test_products_and_quotation(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.LINES)
    StageConditionFactory(stage=stages[0], kind=ConditionKind.QUOTATION)
    quotation = QuotationFactory(customer=opportunity.customer, opportunity=opportunity)

    assert refusal(opportunity, stages[1]) == ["products", "a quotation that was sent"]

    OpportunityLineFactory(opportunity=opportunity)
    with transaction.atomic():
        quotation.become("SENT", actor=None, at=AT)
    assert go(opportunity, stages[1]).stage == stages[1]


def test_field_filled_in(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], kind=ConditionKind.FIELD, field="next_step")
    Opportunity.objects.update(next_step="  ")

    assert refusal(opportunity, stages[1]) == ["the field “next step”"]

    Opportunity.objects.update(next_step="寄样")
    assert go(opportunity, stages[1]).stage == stages[1]


def test_a_condition_that_is_not_active_is_not_asked(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0], is_active=False)

    assert go(opportunity, stages[1]).stage == stages[1]


def test_the_database_refuses_a_condition_without_its_field(stages: list[Stage]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StageCondition.objects.create(stage=stages[0], kind=ConditionKind.FIELD)

    assert not StageCondition.objects.exists()


# -- the ways ----------------------------------------------------------------------------------


def test_skipped_stages_are_asked_as_well(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[1])

    assert refusal(opportunity, stages[2]) == ["an amount above 0.00"]
    assert go(opportunity, stages[1]).stage == stages[1]


def test_going_back_is_free(opportunity: Opportunity, stages: list[Stage]) -> None:
    Opportunity.objects.update(stage=stages[2])
    for stage in stages:
        StageConditionFactory(stage=stage)

    assert go(opportunity, stages[0]).stage == stages[0]


def test_the_board_names_what_is_missing(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    before = standing(opportunity)

    answer = browser(seller).post("/crm/opportunities/move/", {"pk": opportunity.pk, "lane": str(stages[1].pk)})

    assert (answer.status_code, answer.json()["code"]) == (409, "stage-not-done")
    assert "S1" in answer.json()["detail"]
    assert "an amount above 0.00" in answer.json()["detail"]
    assert standing(opportunity) == before


def test_the_form_names_what_is_missing(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    before = standing(opportunity)
    data = {
        "name": opportunity.name,
        "customer": opportunity.customer_id,
        "stage": stages[1].pk,
        "amount": "0",
        "owner": seller.pk,
        "version": opportunity.version,
        "lines-TOTAL_FORMS": 0,
        "lines-INITIAL_FORMS": 0,
    }
    client = browser(seller)

    refused = client.post(f"/crm/opportunities/{opportunity.pk}/edit/", data)

    assert refused.status_code == 422
    assert "an amount above 0.00" in refused.content.decode()
    assert standing(opportunity) == before
    assert client.post(f"/crm/opportunities/{opportunity.pk}/edit/", {**data, "amount": "1"}).status_code == 302
    assert Opportunity.objects.get(pk=opportunity.pk).stage == stages[1]


def test_the_api_names_what_is_missing(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    before = standing(opportunity)
    client = browser(seller)
    url = f"/api/crm/opportunities/{opportunity.pk}/"

    changed = client.patch(url, {"stage": stages[1].pk}, content_type="application/json")
    acted = client.post(f"{url}stage/", {"stage": stages[1].pk}, content_type="application/json")
    won = client.post(f"{url}win/", {"reason": "价格"}, content_type="application/json")

    assert [(each.status_code, each.json()["code"]) for each in (changed, acted, won)] == [(409, "stage-not-done")] * 3
    assert changed.json()["missing"] == ["an amount above 0.00"]
    assert standing(opportunity) == before


def test_several_at_once_all_or_none(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    ready = OpportunityFactory(customer=opportunity.customer, stage=stages[0], amount=Decimal(5))
    data = {"bulk": "stage", "pk": [opportunity.pk, ready.pk], "stage": stages[1].pk, "confirmed": "1"}
    client = browser(seller)

    answer = client.post("/crm/opportunities/bulk/", data)

    assert "an amount above 0.00" in answer.content.decode()
    assert set(Opportunity.objects.values_list("stage", flat=True)) == {stages[0].pk}

    Opportunity.objects.update(amount=Decimal(5))
    client.post("/crm/opportunities/bulk/", data)
    assert set(Opportunity.objects.values_list("stage", flat=True)) == {stages[1].pk}


def test_an_import_names_the_row(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    customer = opportunity.customer.party.name
    before = standing(opportunity)
    bad = sheet(HEAD, (customer, opportunity.name, "S2", ""), (customer, "新商机", "S2", "0"))
    good = sheet(HEAD, (customer, opportunity.name, "S2", "10"), (customer, "新商机", "S1", "0"))

    with pytest.raises(RowErrors) as caught:
        apply_import(plan_import(pages_of("crm.Opportunity"), bad, user=seller), at=AT)

    assert sorted(caught.value.rows) == [2, 3]
    assert "an amount above 0.00" in caught.value.rows[2][0]
    assert standing(opportunity) == before
    assert Opportunity.objects.count() == 1
    assert apply_import(plan_import(pages_of("crm.Opportunity"), good, user=seller), at=AT) == Outcome(1, 1)
    assert Opportunity.objects.get(pk=opportunity.pk).stage == stages[1]


def test_winning_asks_this_stage_and_all_after_it(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[2], kind=ConditionKind.CONTACT)
    StageConditionFactory(stage=stages[0])
    before = standing(opportunity)

    with pytest.raises(StageNotDone) as caught:
        win_opportunity(opportunity=opportunity, reason="价格", actor=opportunity.owner, at=AT)

    assert caught.value.details["missing"] == ["an amount above 0.00", "a contact person"]
    assert standing(opportunity) == before


def test_a_new_one_in_a_later_stage_needs_what_the_earlier_ones_ask(stages: list[Stage], seller: User) -> None:
    StageConditionFactory(stage=stages[0])
    values = {"name": "新", "customer": CustomerFactory(owner=seller), "actor": seller, "at": AT}

    with pytest.raises(StageNotDone):
        create_opportunity(stage=stages[1], **values)

    assert not Opportunity.objects.exists()
    assert create_opportunity(stage=stages[0], **values).stage == stages[0]
    assert create_opportunity(stage=stages[1], amount=Decimal(1), **values).stage == stages[1]


def test_another_pipeline_is_entered_from_its_beginning(opportunity: Opportunity) -> None:
    other = PipelineFactory()
    first, second = (StageFactory(pipeline=other, position=n) for n in (1, 2))
    StageConditionFactory(stage=first)
    before = standing(opportunity)

    with pytest.raises(StageNotDone):
        update_opportunity(opportunity=opportunity, stage=second, actor=opportunity.owner, at=AT)

    assert standing(opportunity) == before
    moved = update_opportunity(opportunity=opportunity, stage=first, actor=opportunity.owner, at=AT)
    assert moved.stage == first


def test_the_board_service_asks_like_every_other(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0])

    with pytest.raises(StageNotDone):
        move_opportunity(opportunity=opportunity, lane=str(stages[1].pk), actor=opportunity.owner, at=AT)

    assert Opportunity.objects.get(pk=opportunity.pk).stage == stages[0]


def test_a_signed_contract_proves_more_than_conditions(opportunity: Opportunity, stages: list[Stage]) -> None:
    StageConditionFactory(stage=stages[0])
    contract = ContractFactory(customer=opportunity.customer, opportunity=opportunity)
    with transaction.atomic():
        contract.become(ContractStatus.APPROVING, actor=None, at=AT)
        contract.become(ContractStatus.APPROVED, actor=None, at=AT)

    sign_contract(contract=Contract.objects.get(), actor=contract.owner, at=AT)

    won = Opportunity.objects.get(pk=opportunity.pk)
    assert (won.status, won.end_reason) == (OpportunityStatus.WON, contract.number)


# -- an administrator declares them ------------------------------------------------------------


def test_conditions_are_declared_on_pages(stages: list[Stage]) -> None:
    admin = allow(UserFactory(language="en"), StageCondition, ["view", "add", "change", "delete"], ScopeLevel.ALL)
    admin = allow(admin, Stage, ["view"], ScopeLevel.ALL)
    client = browser(admin)
    data = {"stage": stages[0].pk, "kind": "FOLLOW_UP", "field": "", "amount": "0", "days": "7", "is_active": "on"}

    made = client.post("/crm/stage-conditions/new/", data)
    twice = client.post("/crm/stage-conditions/new/", data)
    shown = client.get(f"/crm/stages/{stages[0].pk}/").content.decode()

    assert (made.status_code, twice.status_code) == (302, 422)
    assert "The stage has this condition already." in twice.content.decode()
    assert list(StageCondition.objects.values_list("stage", "kind", "days")) == [(stages[0].pk, "FOLLOW_UP", 7)]
    assert "a follow-up in this stage within the last 7 days" in shown


def test_conditions_are_declared_by_the_api_with_permission_only(stages: list[Stage]) -> None:
    keeper = allow(UserFactory(), Stage, ["view"], ScopeLevel.ALL)
    admin = browser(allow(keeper, StageCondition, ["view", "add"], ScopeLevel.ALL))
    seller = browser(allow(UserFactory(), StageCondition, ["view"], ScopeLevel.ALL))
    data = {"stage": stages[0].pk, "kind": "CONTACT"}

    refused = seller.post("/api/crm/stage-conditions/", data, content_type="application/json")
    made = admin.post("/api/crm/stage-conditions/", data, content_type="application/json")

    assert (refused.status_code, made.status_code) == (403, 201)
    assert StageCondition.objects.get().kind == ConditionKind.CONTACT
