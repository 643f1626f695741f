"""The win-back list: lost customers, who tries, and what came of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.contracts.services import approve_contract, sign_contract, submit_contract
from crm.customers.models import Customer, CustomerShare
from crm.insights.models import WinBack
from crm.insights.owned import give_win_backs
from crm.insights.periodic import close_successful_win_backs
from crm.insights.services import (
    close_won_back,
    give_up_win_back,
    resume_win_back,
    start_win_back,
    start_win_backs,
)
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import StatusChange
from suite.pages.registry import pageset_of
from tests.factories.crm import ContractFactory, ContractLineFactory, CustomerFactory, PoolFactory
from tests.factories.crm_insights import CustomerInsightFactory, WinBackFactory
from tests.factories.hrm import UserFactory
from tests.kit.crm_insights import crm_on, in_english, page_of, reader, signed
from tests.kit.objects import give

__all__ = ["crm_on", "in_english"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

AT = datetime(2026, 11, 2, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = date(2026, 11, 2)
D = Decimal


def test_a_lost_customer_is_given_to_its_owner_with_what_is_at_stake() -> None:
    insight = CustomerInsightFactory(stake_amount=D(900))
    manager = UserFactory()

    row = start_win_back(insight=insight, reason="价格", due_on=TODAY, actor=manager, at=AT)

    assert (row.owner, row.status, row.started_on) == (insight.customer.owner, "OPEN", TODAY)
    assert (row.last_order_on, row.stake_amount, row.reason) == (date(2026, 7, 1), D(900), "价格")


def test_who_is_named_is_told_and_may_see_and_change_the_customers(crm_on: None) -> None:
    insights = [CustomerInsightFactory() for _number in range(2)]
    manager, helper = UserFactory(), UserFactory()
    helper = give(helper, pageset_of(Customer), ("view", "change"), "OWN")  # type: ignore[arg-type]

    start_win_backs(insights=insights, owner=helper, actor=manager, at=AT)

    for action in ("view", "change"):
        assert restrict(Customer.objects.all(), user=helper, action=action).count() == 2
    assert CustomerShare.objects.count() == 4
    assert Notification.objects.get(recipient=helper).params["number"] == 2


def test_many_are_put_on_the_list_in_as_many_statements_as_few() -> None:
    manager, helper = UserFactory(), UserFactory()

    def statements(number: int) -> int:
        insights = [CustomerInsightFactory() for _each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            start_win_backs(insights=insights, owner=helper, actor=manager, at=AT)
        return len(captured)

    statements(1)
    assert statements(10) <= statements(2)


def test_nobody_to_try_no_order_a_day_that_passed_and_a_second_attempt_are_refused() -> None:
    manager = UserFactory()
    in_pool = CustomerInsightFactory(customer=CustomerFactory(owner=None, pool=PoolFactory()))
    never = CustomerInsightFactory(churn_state="NONE", segment="", last_order_on=None)
    taken = CustomerInsightFactory()
    gone = UserFactory(is_active=False)
    start_win_back(insight=taken, actor=manager, at=AT)

    with pytest.raises(InvalidInput, match="Say who"):
        start_win_back(insight=in_pool, actor=manager, at=AT)
    with pytest.raises(InvalidInput, match="never ordered"):
        start_win_back(insight=never, actor=manager, at=AT)
    with pytest.raises(InvalidInput, match="active colleague"):
        start_win_back(insight=in_pool, owner=gone, actor=manager, at=AT)
    with pytest.raises(InvalidInput, match="still to come"):
        start_win_back(insight=in_pool, due_on=TODAY - timedelta(1), actor=manager, at=AT)
    with pytest.raises(WrongState, match="already"):
        start_win_backs(insights=[taken], actor=manager, at=AT)

    assert WinBack.objects.count() == 1


def test_an_order_ends_the_attempt_as_won_and_one_known_before_does_not() -> None:
    won, waiting = WinBackFactory(), WinBackFactory()
    signed(won.customer, date(2026, 10, 20), D(300))
    signed(won.customer, date(2026, 10, 30), D(50))
    signed(waiting.customer, waiting.last_order_on, D(999))
    signed(waiting.customer, TODAY + timedelta(1), D(999))

    closed = [close_successful_win_backs(AT), close_successful_win_backs(AT)]

    won.refresh_from_db()
    waiting.refresh_from_db()
    assert closed == [1, 0]
    assert (won.status, won.won_order_on, won.won_amount, won.ended_on) == (
        "WON_BACK",
        date(2026, 10, 20),
        D(350),
        TODAY,
    )
    assert (waiting.status, waiting.ended_on) == ("OPEN", None)
    assert StatusChange.objects.filter(object_id=won.pk, to_status="WON_BACK").count() == 1


def test_signing_a_contract_ends_it_at_once(crm_on: None) -> None:
    attempt = WinBackFactory()
    contract = ContractFactory(customer=attempt.customer)
    ContractLineFactory(
        document=contract, unit_price=D(1000), net_amount=D(1000), tax_amount=D(130), gross_amount=D(1130)
    )
    actor = contract.owner
    contract = submit_contract(contract=contract, actor=actor, at=AT)
    if contract.status == "APPROVING":
        contract = approve_contract(contract=contract, actor=actor, at=AT)

    sign_contract(contract=contract, actor=actor, at=AT)

    attempt.refresh_from_db()
    assert (attempt.status, attempt.won_order_on, attempt.won_amount) == ("WON_BACK", TODAY, D(1000))


def test_an_attempt_is_given_up_and_taken_up_again() -> None:
    attempt = WinBackFactory()
    CustomerInsightFactory(customer=attempt.customer, last_order_on=date(2026, 10, 1))
    actor = attempt.owner

    given_up = give_up_win_back(winback=attempt, reason="换了供应商", actor=actor, at=AT)
    assert (given_up.status, given_up.result, given_up.ended_on) == ("GIVEN_UP", "换了供应商", TODAY)
    again = resume_win_back(winback=given_up, actor=actor, at=AT)

    assert (again.status, again.result, again.ended_on, again.last_order_on) == ("OPEN", "", None, date(2026, 10, 1))


def test_it_is_not_taken_up_again_while_somebody_else_tries() -> None:
    attempt = WinBackFactory()
    given_up = give_up_win_back(winback=attempt, reason="x", actor=attempt.owner, at=AT)
    WinBackFactory(customer=attempt.customer)

    with pytest.raises(WrongState, match="Somebody else"):
        resume_win_back(winback=given_up, actor=attempt.owner, at=AT)

    given_up.refresh_from_db()
    assert given_up.status == "GIVEN_UP"


def test_who_leaves_hands_over_what_is_in_progress() -> None:
    attempt = WinBackFactory()
    successor = UserFactory()

    moved = give_win_backs(
        WinBack.objects.filter(owner=attempt.owner), leaver=attempt.owner, to=successor, actor=None, at=AT
    )

    attempt.refresh_from_db()
    assert (moved, attempt.owner) == (1, successor)


def test_looking_at_one_customer_leaves_the_others_alone() -> None:
    one, other = WinBackFactory(), WinBackFactory()
    for each in (one, other):
        signed(each.customer, TODAY, D(10))

    assert close_won_back(at=AT, customer_pk=one.customer_id) == 1

    other.refresh_from_db()
    assert other.status == "OPEN"


# -- pages and API -----------------------------------------------------------------------------


def test_selected_customers_are_put_on_the_list_from_the_warnings(crm_on: None) -> None:
    insights = [CustomerInsightFactory() for _number in range(2)]
    helper = UserFactory()
    user = reader("ALL", "win_back")
    client = page_of(give(user, pageset_of(User), ("view",)))  # type: ignore[arg-type]
    url = f"/api/crm/customer-insights/{insights[0].pk}/win-back/"

    page = client.post(
        reverse("crm:customerinsight-bulk"),
        {"bulk": "win-back", "pk": [each.pk for each in insights], "owner": helper.pk, "confirmed": "1"},
    )
    second = client.post(url, {}, content_type="application/json")
    refused = page_of(reader("ALL")).post(url, {}, content_type="application/json")

    assert page.status_code in {200, 302}
    assert list(WinBack.objects.values_list("owner", flat=True)) == [helper.pk] * 2
    assert (second.status_code, refused.status_code) == (409, 403)


def test_one_sees_the_attempts_within_reach(crm_on: None) -> None:
    mine, theirs = WinBackFactory(), WinBackFactory()
    client = page_of(reader("OWN", "change", user=mine.owner, model=WinBack))

    shown = client.get(reverse("crm:winback-list")).content.decode()
    rows = client.get("/api/crm/win-backs/").json()["results"]
    refused = client.post(reverse("crm:winback-action", args=[theirs.pk, "give-up"]), {"reason": "x"})

    assert mine.customer.party.name in shown
    assert theirs.customer.party.name not in shown
    assert [row["id"] for row in rows] == [mine.pk]
    assert refused.status_code == 404
    theirs.refresh_from_db()
    assert theirs.status == "OPEN"
