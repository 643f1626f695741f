"""Tags on customers, changed on all of them together; tiers suggested by what customers buy."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.customers.models import Customer
from crm.insights import tags
from crm.insights.computing import compute_insights
from crm.insights.models import Tag, TierSuggestion
from crm.insights.services import accept_tier, accept_tiers, dismiss_tier
from suite.core.errors import InvalidInput, WrongState
from suite.pages.registry import pageset_of
from tests.factories.crm import CustomerFactory
from tests.factories.crm_insights import InsightRuleFactory, TagFactory, TierSuggestionFactory
from tests.factories.hrm import UserFactory
from tests.kit.crm_insights import crm_on, in_english, page_of, reader, signed
from tests.kit.objects import give

__all__ = ["crm_on", "in_english"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]

AT = datetime(2026, 11, 2, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = date(2026, 11, 2)
D = Decimal


def carried() -> list[list[str]]:
    return list(Customer.objects.order_by("pk").values_list("tags", flat=True))


# -- tags --------------------------------------------------------------------------------------


def test_a_new_name_is_written_on_all_customers_that_carry_it() -> None:
    tag = TagFactory(name="年框")
    for names in (["出口", "年框"], [], ["年框"]):
        CustomerFactory(tags=names)
    before = list(Customer.objects.order_by("pk").values_list("version", flat=True))

    tags.update_tag(tag=tag, name="年度框架", color="go", actor=UserFactory(), at=AT)

    assert carried() == [["出口", "年度框架"], [], ["年度框架"]]
    assert list(Customer.objects.order_by("pk").values_list("version", flat=True)) == [
        before[0] + 1,
        before[1],
        before[2] + 1,
    ]
    assert Tag.objects.get() == tag


def test_a_name_that_is_taken_is_refused_and_changes_nothing() -> None:
    tag = TagFactory(name="年框")
    TagFactory(name="出口")
    CustomerFactory(tags=["年框"])

    with pytest.raises(ValidationError):
        tags.update_tag(tag=tag, name="出口", actor=UserFactory(), at=AT)

    assert carried() == [["年框"]]


def test_merging_leaves_one_of_both_in_its_place() -> None:
    old, new = TagFactory(name="OEM"), TagFactory(name="贴牌")
    for names in (["OEM", "出口", "贴牌"], ["出口", "OEM"], ["贴牌"], ["出口"]):
        CustomerFactory(tags=names)

    kept = tags.merge_tag(tag=old, into=new, actor=UserFactory(), at=AT)

    assert carried() == [["贴牌", "出口"], ["出口", "贴牌"], ["贴牌"], ["出口"]]
    assert list(Tag.objects.all()) == [kept] == [new]


def test_a_tag_is_not_merged_into_itself() -> None:
    tag = TagFactory(name="OEM")

    with pytest.raises(InvalidInput, match="another"):
        tags.merge_tag(tag=tag, into=tag, actor=UserFactory(), at=AT)

    assert Tag.objects.count() == 1


def test_deleting_takes_it_off_all_customers() -> None:
    tag = TagFactory(name="OEM")
    for names in (["OEM"], ["出口", "OEM"], []):
        CustomerFactory(tags=names)

    tags.delete_tag(tag=tag, actor=UserFactory(), at=AT)

    assert carried() == [[], ["出口"], []]
    assert not Tag.objects.exists()


def test_tags_are_added_to_and_taken_off_chosen_customers_in_a_fixed_number_of_statements() -> None:
    first, second = TagFactory(name="a"), TagFactory(name="b")
    customers = [CustomerFactory(tags=names) for names in (["b"], [], ["a", "b"])]
    CustomerFactory(tags=[])
    actor = UserFactory()

    with CaptureQueriesContext(connection) as captured:
        added = tags.add_tags(customers=customers, tags=[first, second], actor=actor, at=AT)
    assert (added, carried()) == (2, [["b", "a"], ["a", "b"], ["a", "b"], []])
    removed = tags.remove_tags(customers=customers[:2], tags=[first], actor=actor, at=AT)

    assert (removed, carried()) == (2, [["b"], ["b"], ["a", "b"], []])
    assert len([each for each in captured if "SAVEPOINT" not in each["sql"]]) == 3


def test_what_customers_carry_already_becomes_known() -> None:
    CustomerFactory(tags=["年框", "出口"])
    TagFactory(name="出口", color="late")

    made = [tags.adopt_tags(), tags.adopt_tags()]

    assert made == [1, 0]
    assert dict(Tag.objects.values_list("name", "color")) == {"出口": "late", "年框": ""}


def test_the_customer_list_is_filtered_by_tag(crm_on: None) -> None:
    exporting, other = CustomerFactory(tags=["出口"]), CustomerFactory(tags=["年框"])
    tag = TagFactory(name="出口")
    user = reader("ALL", model=Customer)
    give(user, pageset_of(Tag), ("view",))  # type: ignore[arg-type]

    page = page_of(user).get(reverse("crm:customer-list"), {"tags": tag.pk})
    rows = page_of(user).get("/api/crm/customers/", {"tags": tag.pk}).json()["results"]

    assert exporting.party.name in page.content.decode()
    assert other.party.name not in page.content.decode()
    assert [row["id"] for row in rows] == [exporting.pk]


def test_a_customer_gets_known_tags_only_and_keeps_those_not_offered_any_more(crm_on: None) -> None:
    TagFactory(name="出口")
    TagFactory(name="旧", is_active=False)
    customer = CustomerFactory(tags=["旧"])
    user = reader("ALL", "change", model=Customer)
    url = f"/api/crm/customers/{customer.pk}/"

    def patch(names: list[str]) -> int:
        answer = page_of(user).patch(url, {"tags": names}, content_type="application/json")
        return int(answer.status_code)

    refused = patch(["没有的"])
    assert carried() == [["旧"]]
    accepted = patch(["旧", "出口"])

    assert (refused, accepted) == (400, 200)
    assert carried() == [["旧", "出口"]]


def test_selected_customers_are_tagged_from_the_list(crm_on: None) -> None:
    customers = [CustomerFactory() for _number in range(2)]
    tag = TagFactory(name="出口")
    user = reader("ALL", "change", model=Customer)
    give(user, pageset_of(Tag), ("view",))  # type: ignore[arg-type]

    answer = page_of(user).post(
        reverse("crm:customer-bulk"),
        {"bulk": "add-tags", "pk": [each.pk for each in customers], "tags": [tag.pk], "confirmed": "1"},
    )

    assert answer.status_code in {200, 302}
    assert carried() == [["出口"], ["出口"]]


def test_merging_needs_the_permission_to_change_tags(crm_on: None) -> None:
    old, new = TagFactory(name="OEM"), TagFactory(name="贴牌")
    url = f"/api/crm/tags/{old.pk}/merge/"

    refused = page_of(reader("ALL", model=Tag)).post(url, {"into": new.pk}, content_type="application/json")
    assert Tag.objects.count() == 2
    done = page_of(reader("ALL", "change", model=Tag)).post(url, {"into": new.pk}, content_type="application/json")

    assert (refused.status_code, done.status_code) == (403, 200)
    assert list(Tag.objects.all()) == [new]


def test_the_tag_list_counts_the_customers_one_may_see(crm_on: None) -> None:
    TagFactory(name="出口")
    mine = CustomerFactory(tags=["出口"])
    CustomerFactory(tags=["出口"])
    user = reader("ALL", user=mine.owner, model=Tag)
    give(user, pageset_of(Customer), ("view",), "OWN")  # type: ignore[arg-type]

    page = page_of(user).get(reverse("crm:tag-list"))

    assert [row.customers for row in pageset_of(Tag).listed(user)] == [1]  # type: ignore[union-attr]
    assert page.status_code == 200


# -- tiers -------------------------------------------------------------------------------------


def test_tiers_follow_what_was_bought_in_the_last_year() -> None:
    rule = InsightRuleFactory(tier_a_amount=D(1000), tier_b_amount=D(500), tier_c_amount=D(100))
    bought = {"A": D(1000), "B": D("999.99"), "C": D(100), "D": D("99.99")}
    rows = {}
    for tier, amount in bought.items():
        rows[tier] = CustomerFactory(company=rule.company, tier="C")
        signed(rows[tier], TODAY - timedelta(364), amount)
    # An amount of more than a year ago does not count, and who never ordered is left alone.
    signed(rows["D"], TODAY - timedelta(365), D(5000))
    CustomerFactory(company=rule.company, tier="A")

    compute_insights(at=AT)

    found = {each.customer_id: each for each in TierSuggestion.objects.all()}
    assert {pk: (each.current, each.suggested, each.border_amount) for pk, each in found.items()} == {
        rows["A"].pk: ("C", "A", D(1000)),
        rows["B"].pk: ("C", "B", D(500)),
        rows["D"].pk: ("C", "D", D(100)),
    }
    assert "begins at" in found[rows["A"].pk].reason


def test_accepting_in_bulk_writes_the_tiers_in_a_fixed_number_of_statements() -> None:
    actor = UserFactory()

    def statements(number: int) -> int:
        rows = [TierSuggestionFactory(suggested="AB"[each % 2]) for each in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert accept_tiers(suggestions=rows, actor=actor, at=AT) == number
        return len(captured)

    assert statements(2) == statements(10)
    assert sorted(Customer.objects.values_list("tier", flat=True)) == ["A"] * 6 + ["B"] * 6
    assert set(TierSuggestion.objects.values_list("decision", "decided_by", "decided_at")) == {
        ("ACCEPTED", actor.pk, AT)
    }


def test_a_suggestion_that_is_out_of_date_is_refused_and_changes_nothing() -> None:
    suggestion = TierSuggestionFactory()
    Customer.objects.update(tier="A")

    with pytest.raises(WrongState, match="out of date"):
        accept_tier(tiersuggestion=suggestion, actor=UserFactory(), at=AT)

    assert Customer.objects.get().tier == "A"
    assert TierSuggestion.objects.get().decision == "OPEN"


def test_a_dismissed_suggestion_comes_up_again_only_with_another_tier() -> None:
    rule = InsightRuleFactory(tier_a_amount=D(1000), tier_b_amount=D(500), tier_c_amount=D(100))
    customer = CustomerFactory(company=rule.company, tier="C")
    signed(customer, TODAY, D(600))
    compute_insights(at=AT)
    dismiss_tier(tiersuggestion=TierSuggestion.objects.get(), actor=UserFactory(), at=AT)

    compute_insights(at=AT)
    assert (TierSuggestion.objects.get().suggested, TierSuggestion.objects.get().decision) == ("B", "DISMISSED")
    signed(customer, TODAY, D(600))
    compute_insights(at=AT)

    again = TierSuggestion.objects.get()
    assert (again.suggested, again.decision, again.decided_by) == ("A", "OPEN", None)


def test_a_suggestion_goes_when_the_tier_fits() -> None:
    customer = CustomerFactory(tier="C")
    signed(customer, TODAY, D(200_000))
    compute_insights(at=AT)
    assert TierSuggestion.objects.get().suggested == "B"
    Customer.objects.update(tier="B")

    compute_insights(at=AT)

    assert not TierSuggestion.objects.exists()


def test_one_click_accepts_within_reach_and_with_permission(crm_on: None) -> None:
    mine, theirs = TierSuggestionFactory(), TierSuggestionFactory()
    user = reader("OWN", "decide", user=mine.customer.owner, model=TierSuggestion)

    def accept(suggestion: TierSuggestion) -> int:
        url = reverse("crm:tiersuggestion-action", args=[suggestion.pk, "accept"])
        return int(page_of(user).post(url).status_code)

    assert (accept(mine), accept(theirs)) == (302, 404)
    assert dict(Customer.objects.values_list("pk", "tier")) == {mine.customer_id: "B", theirs.customer_id: "C"}
    answer = page_of(reader("ALL", model=TierSuggestion)).post(
        f"/api/crm/tier-suggestions/{theirs.pk}/accept/", {}, content_type="application/json"
    )
    assert answer.status_code == 403
