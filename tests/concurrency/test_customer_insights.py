"""Win-backs, tiers and tags by two people at once: one wins, and no tag is left that nobody knows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.customers.models import Customer
from crm.insights.computing import compute_insights
from crm.insights.models import CustomerInsight, Tag, TierSuggestion, WinBack
from crm.insights.services import accept_tier, dismiss_tier, start_win_back
from crm.insights.tags import add_tags, update_tag
from suite.core.errors import WrongState
from tests.concurrency.test_crm import at_once, winners
from tests.factories.crm import CustomerFactory
from tests.factories.crm_insights import CustomerInsightFactory, TagFactory, TierSuggestionFactory
from tests.factories.hrm import UserFactory
from tests.kit.crm_insights import signed

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_who_try_to_win_a_customer_back_are_one() -> None:
    insight, now = CustomerInsightFactory(), timezone.now()
    people = [UserFactory() for _number in range(2)]

    results = at_once(*(lambda p=p: start_win_back(insight=insight, owner=p, actor=p, at=now) for p in people))

    assert len(winners(results)) == 1
    assert [type(each) for each in results if each not in winners(results)] == [WrongState]
    assert WinBack.objects.count() == 1


def test_a_tier_is_accepted_or_dismissed_but_not_both() -> None:
    suggestion, actor, now = TierSuggestionFactory(), UserFactory(), timezone.now()

    results = at_once(
        lambda: accept_tier(tiersuggestion=suggestion, actor=actor, at=now),
        lambda: dismiss_tier(tiersuggestion=suggestion, actor=actor, at=now),
    )

    assert len(winners(results)) == 1
    decided = TierSuggestion.objects.get().decision
    assert (decided, Customer.objects.get().tier) in {("ACCEPTED", "B"), ("DISMISSED", "C")}


def test_a_tag_that_is_renamed_while_it_is_added_leaves_no_old_name() -> None:
    tag, actor, now = TagFactory(name="OEM"), UserFactory(), timezone.now()
    customers = [CustomerFactory() for _number in range(5)]

    results = at_once(
        lambda: update_tag(tag=tag, name="贴牌", actor=actor, at=now),
        lambda: add_tags(customers=customers, tags=[tag], actor=actor, at=now),
    )

    assert len(winners(results)) == 2
    assert Tag.objects.get().name == "贴牌"
    assert [each.tags for each in Customer.objects.all()] == [["贴牌"]] * 5


def test_two_computations_at_once_leave_one_row_for_each_customer() -> None:
    now = timezone.now()
    customer = CustomerFactory()
    signed(customer, date(2026, 1, 5), Decimal(100))

    results = at_once(lambda: compute_insights(at=now), lambda: compute_insights(at=now))

    assert results == [1, 1]
    assert CustomerInsight.objects.get().monetary == Decimal(100)
