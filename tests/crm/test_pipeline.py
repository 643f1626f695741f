"""The sales pipeline: stages, win rates, products, ends with a reason, taking up again, the board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction
from django.utils import translation

from crm.customers.models import Customer
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import LostReason, Opportunity, OpportunityLine, Pipeline, Stage, StageChange
from crm.pipeline.services import (
    change_stage,
    create_opportunity,
    invalidate_opportunity,
    lose_opportunity,
    move_opportunity,
    reopen_opportunity,
    update_opportunity,
    win_opportunity,
)
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.errors import LineErrors
from suite.documents.models import StatusChange
from suite.masters.models import Item
from tests.factories.crm import (
    ContactFactory,
    CustomerFactory,
    LostReasonFactory,
    OpportunityFactory,
    PipelineFactory,
    StageFactory,
)
from tests.factories.crm_pipeline import OpportunityLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory
from tests.oa.kit import allow, browser

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
    user = allow(UserFactory(language="en"), Opportunity, ["view", "add", "change"], ScopeLevel.OWN)
    user = allow(allow(user, Customer, ["view"], ScopeLevel.OWN), Item, ["view"], ScopeLevel.ALL)
    user = allow(allow(user, Stage, ["view"], ScopeLevel.ALL), LostReason, ["view"], ScopeLevel.ALL)
    return allow(user, User, ["view"], ScopeLevel.ALL)


@pytest.fixture
def opportunity(stages: list[Stage], seller: User) -> Opportunity:
    return OpportunityFactory(customer=CustomerFactory(owner=seller), stage=stages[0], amount=Decimal(1000))


def changes(opportunity: Opportunity) -> list[tuple[str, str, str]]:
    kind = ContentType.objects.get_for_model(Opportunity)
    rows = StatusChange.objects.filter(content_type=kind, object_id=opportunity.pk).order_by("pk")
    return list(rows.values_list("from_status", "to_status", "reason"))


# -- stages and win rates ----------------------------------------------------------------------


def test_every_move_is_recorded(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    change_stage(opportunity=opportunity, stage=stages[2], actor=seller, at=AT)
    change_stage(opportunity=opportunity, stage=stages[1], actor=seller, at=AT)

    found = list(StageChange.objects.order_by("pk").values_list("from_stage__name", "to_stage__name", "actor", "at"))
    assert found == [("S1", "S3", seller.pk, AT), ("S3", "S2", seller.pk, AT)]
    assert Opportunity.objects.get().stage_since == AT


def test_a_stage_of_another_pipeline_is_refused(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    other, unused = StageFactory(), StageFactory(pipeline=stages[0].pipeline, is_active=False)

    for wrong in (other, unused, None):
        with pytest.raises(InvalidInput):
            change_stage(opportunity=opportunity, stage=wrong, actor=seller, at=AT)

    assert Opportunity.objects.get().stage == stages[0]
    assert not StageChange.objects.exists()


def test_the_database_keeps_win_rates_within_a_hundred(stages: list[Stage]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Stage.objects.filter(pk=stages[0].pk).update(win_percent=101)

    assert Stage.objects.get(pk=stages[0].pk).win_percent == 20


def test_stages_are_edited_on_pages_and_by_the_api(stages: list[Stage]) -> None:
    keeper = allow(UserFactory(language="en"), Stage, ["view", "add", "change"], ScopeLevel.ALL)
    client = browser(allow(keeper, Pipeline, ["view"], ScopeLevel.ALL))
    values = {
        "pipeline": stages[0].pipeline_id,
        "position": 1,
        "name": "初步接触",
        "win_percent": 15,
        "is_active": "on",
    }

    page = client.post(f"/crm/stages/{stages[0].pk}/edit/", {**values, "version": stages[0].version})
    route = client.patch(f"/api/crm/stages/{stages[1].pk}/", {"win_percent": 45}, content_type="application/json")

    assert (page.status_code, route.status_code) == (302, 200)
    assert list(Stage.objects.order_by("position").values_list("name", "win_percent")) == [
        ("初步接触", 15),
        ("S2", 45),
        ("S3", 60),
    ]


# -- the board ---------------------------------------------------------------------------------


def test_the_board_shows_lanes_with_weighted_amounts(opportunity: Opportunity, seller: User) -> None:
    OpportunityFactory(stage=opportunity.stage, amount=Decimal(90000))

    html = browser(seller).get("/crm/opportunities/?as=board").content.decode()

    assert "1 open, together 1.0k, weighted 0.2k" in html
    assert html.count("data-card=") == 1


def test_a_card_is_dropped_on_a_stage(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    answer = browser(seller).post("/crm/opportunities/move/", {"pk": opportunity.pk, "lane": str(stages[1].pk)})

    assert (answer.status_code, answer.json()["lane"]) == (200, str(stages[1].pk))
    assert Opportunity.objects.get().stage == stages[1]


def test_a_card_dropped_on_won_asks_why_first(opportunity: Opportunity, seller: User) -> None:
    answer = browser(seller).post("/crm/opportunities/move/", {"pk": opportunity.pk, "lane": "WON"})

    assert answer.json() == {"needs": f"/crm/opportunities/{opportunity.pk}/actions/win/"}
    with pytest.raises(InvalidInput):
        move_opportunity(opportunity=opportunity, lane="WON", actor=seller, at=AT)
    assert Opportunity.objects.get().status == OpportunityStatus.OPEN


def test_cards_of_others_do_not_move(opportunity: Opportunity, stages: list[Stage]) -> None:
    other = browser(allow(UserFactory(), Opportunity, ["view", "change"], ScopeLevel.OWN))

    answer = other.post("/crm/opportunities/move/", {"pk": opportunity.pk, "lane": str(stages[1].pk)})

    assert answer.status_code == 404
    assert Opportunity.objects.get().stage == stages[0]


# -- the end has a reason ----------------------------------------------------------------------


def test_won_with_a_reason(opportunity: Opportunity, seller: User) -> None:
    win_opportunity(opportunity=opportunity, reason="交期最短", actor=seller, at=AT)

    row = Opportunity.objects.get()
    assert (row.status, row.end_reason, row.ended_at) == (OpportunityStatus.WON, "交期最短", AT)


def test_lost_with_a_lost_reason(opportunity: Opportunity, seller: User) -> None:
    reason = LostReasonFactory(name="价格太高")

    lose_opportunity(opportunity=opportunity, lost_reason=reason, actor=seller, at=AT)

    row = Opportunity.objects.get()
    assert (row.status, row.lost_reason, row.end_reason) == (OpportunityStatus.LOST, reason, "价格太高")


@pytest.mark.parametrize("end", [win_opportunity, invalidate_opportunity])
def test_without_a_reason_nothing_ends(end: Any, opportunity: Opportunity, seller: User) -> None:
    with pytest.raises(InvalidInput, match="why"):
        end(opportunity=opportunity, reason="  ", actor=seller, at=AT)

    assert Opportunity.objects.get().status == OpportunityStatus.OPEN
    assert changes(opportunity) == []


def test_the_pages_ask_for_the_reason(opportunity: Opportunity, seller: User) -> None:
    client = browser(seller)
    page = f"/crm/opportunities/{opportunity.pk}/actions"
    api = f"/api/crm/opportunities/{opportunity.pk}"

    asked = [client.post(f"{page}/{verb}/").status_code for verb in ("win", "lose", "invalidate")]
    routes = [client.post(f"{api}/{verb}/", {}, content_type="application/json") for verb in ("win", "lose")]

    assert asked == [422, 422, 422]
    assert [each.status_code for each in routes] == [400, 400]
    assert Opportunity.objects.get().status == OpportunityStatus.OPEN
    assert client.post(f"{page}/win/", {"reason": "价格"}).status_code == 302
    assert Opportunity.objects.get().status == OpportunityStatus.WON


def test_taking_up_again_is_logged(opportunity: Opportunity, seller: User) -> None:
    lose_opportunity(opportunity=opportunity, lost_reason=LostReasonFactory(name="价格"), actor=seller, at=AT)

    reopen_opportunity(opportunity=opportunity, reason="客户又来询价", actor=seller, at=AT)

    row = Opportunity.objects.get()
    assert (row.status, row.end_reason, row.lost_reason, row.ended_at) == (OpportunityStatus.OPEN, "", None, None)
    assert changes(opportunity) == [("OPEN", "LOST", "价格"), ("LOST", "OPEN", "客户又来询价")]


def test_what_has_ended_is_not_changed(opportunity: Opportunity, stages: list[Stage], seller: User) -> None:
    win_opportunity(opportunity=opportunity, reason="价格", actor=seller, at=AT)

    with pytest.raises(WrongState):
        change_stage(opportunity=opportunity, stage=stages[1], actor=seller, at=AT)
    with pytest.raises(WrongState):
        update_opportunity(opportunity=opportunity, amount=Decimal(1), actor=seller, at=AT)

    assert Opportunity.objects.get().amount == Decimal(1000)


# -- people ------------------------------------------------------------------------------------


def test_the_decision_maker_belongs_to_the_customer(opportunity: Opportunity, seller: User) -> None:
    stranger, own = ContactFactory(), ContactFactory(customer=opportunity.customer)

    with pytest.raises(InvalidInput) as caught:
        update_opportunity(opportunity=opportunity, decision_maker=stranger, actor=seller, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Opportunity.objects.update(decision_maker=stranger)

    assert caught.value.field == "decision_maker"
    assert Opportunity.objects.get().decision_maker is None
    update_opportunity(opportunity=opportunity, decision_maker=own, actor=seller, at=AT)
    assert Opportunity.objects.get().decision_maker == own


# -- products ----------------------------------------------------------------------------------


def test_products_take_from_the_item_what_is_left_out(stages: list[Stage], seller: User) -> None:
    item = ItemFactory(name="65W 充电器", list_price=Decimal(62))
    rows = [{"item": item, "quantity": Decimal(10), "discount_percent": Decimal(5)}, {"description": "运费"}]

    made = create_opportunity(
        name="充电器", customer=CustomerFactory(owner=seller), amount=Decimal(7), lines=rows, actor=seller, at=AT
    )

    found = made.lines.values_list("position", "description", "unit", "unit_price", "amount")
    assert list(found) == [
        (1, "65W 充电器", item.base_unit_id, Decimal(62), Decimal("589.00")),
        (2, "运费", None, Decimal(0), Decimal("0.00")),
    ]
    assert Opportunity.objects.get().amount == Decimal(7)


def test_the_amount_is_the_sum_of_the_products_when_chosen(opportunity: Opportunity, seller: User) -> None:
    rows = [{"description": "A", "quantity": Decimal(3), "unit_price": Decimal("33.335")}, {"description": "B"}]

    update_opportunity(opportunity=opportunity, lines=rows, amount_from_lines=True, actor=seller, at=AT)
    summed = Opportunity.objects.get().amount
    update_opportunity(opportunity=opportunity, amount=Decimal(50), actor=seller, at=AT)
    still = Opportunity.objects.get().amount
    update_opportunity(opportunity=opportunity, amount=Decimal(50), amount_from_lines=False, actor=seller, at=AT)

    assert (summed, still, Opportunity.objects.get().amount) == (Decimal("100.01"), Decimal("100.01"), Decimal(50))


def test_wrong_products_change_nothing(opportunity: Opportunity, seller: User) -> None:
    OpportunityLineFactory(opportunity=opportunity, description="A")
    foreign = OpportunityLineFactory()
    wrong = [{"description": ""}, {"description": "B", "quantity": Decimal(0)}, {"discount_percent": Decimal(101)}]

    with pytest.raises(LineErrors) as caught:
        update_opportunity(opportunity=opportunity, lines=wrong, actor=seller, at=AT)
    with pytest.raises(InvalidInput):
        update_opportunity(opportunity=opportunity, lines=[{"id": foreign.pk}], actor=seller, at=AT)

    assert sorted(caught.value.rows) == [0, 1, 2]
    assert [line.description for line in opportunity.lines.all()] == ["A"]
    assert OpportunityLine.objects.count() == 2


def test_products_on_the_form_and_in_the_api(opportunity: Opportunity, seller: User) -> None:
    item = ItemFactory(list_price=Decimal(20))
    line = {"item": item.pk, "quantity": "2", "unit_price": "20", "discount_percent": "0"}
    form = {
        "name": opportunity.name,
        "customer": opportunity.customer_id,
        "stage": opportunity.stage_id,
        "amount": "0",
        "amount_from_lines": "on",
        "owner": seller.pk,
        "version": opportunity.version,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        **{f"lines-0-{name}": value for name, value in line.items()},
    }
    client = browser(seller)

    posted = client.post(f"/crm/opportunities/{opportunity.pk}/edit/", form)
    shown = client.get(f"/crm/opportunities/{opportunity.pk}/").content.decode()
    read = client.get(f"/api/crm/opportunities/{opportunity.pk}/").json()

    assert posted.status_code == 302
    assert Opportunity.objects.get().amount == Decimal("40.00")
    assert item.code in shown
    assert [(row["item"], row["amount"]) for row in read["lines"]] == [(item.pk, "40.00")]
    changed = client.patch(
        f"/api/crm/opportunities/{opportunity.pk}/",
        {"lines": [{**line, "id": read["lines"][0]["id"], "quantity": "3"}]},
        content_type="application/json",
    )
    assert (changed.status_code, changed.json()["amount"]) == (200, "60.00")
