"""The weighted forecast: engine, page, file and API route."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.pipeline.engine import OVERDUE, UNDATED, Bucket, Deal, total_of, weighted_forecast
from crm.pipeline.models import Opportunity
from suite.access.choices import ScopeLevel
from suite.metrics.models import Target
from tests.factories.crm import OpportunityFactory, StageFactory
from tests.factories.hrm import UserFactory
from tests.oa.kit import allow, browser, queries

TODAY = date(2026, 11, 15)


def deal(amount: str, percent: int, close: date | None = None, **values: object) -> Deal:
    return Deal(Decimal(amount), percent, close, **values)  # type: ignore[arg-type]


# -- engine ------------------------------------------------------------------------------------


def test_by_month_overdue_stands_first_and_undated_last() -> None:
    deals = [
        deal("1000.00", 50, date(2026, 12, 31)),
        deal("200.00", 10, None),
        deal("400.00", 25, date(2026, 11, 14)),
        deal("600.00", 70, TODAY),
        deal("100.00", 90, date(2026, 12, 1)),
    ]

    found = weighted_forecast(deals, by="month", today=TODAY)

    assert [(each.key, each.count, each.amount, each.weighted) for each in found] == [
        (OVERDUE, 1, Decimal("400.00"), Decimal("100.00")),
        (date(2026, 11, 1), 1, Decimal("600.00"), Decimal("420.00")),
        (date(2026, 12, 1), 2, Decimal("1100.00"), Decimal("590.00")),
        (UNDATED, 1, Decimal("200.00"), Decimal("20.00")),
    ]


def test_variance_and_band_of_a_worked_example() -> None:
    deals = [deal("100000.00", 50, TODAY), deal("40000.00", 25, TODAY)]

    (found,) = weighted_forecast(deals, today=TODAY)

    # 100000² × 0.25 + 40000² × 0.1875 = 2.8 × 10⁹, root 52915.0262…; 60000 ± 1.2816 × root
    assert found.variance == Decimal("2800000000.0000")
    assert found.deviation == Decimal("52915.03")
    assert found.band() == (Decimal("0.00"), Decimal("127815.90"))


def test_the_band_stays_between_nothing_and_everything() -> None:
    (found,) = weighted_forecast([deal("100.00", 50, TODAY)], today=TODAY)

    assert found.band(Decimal(3)) == (Decimal("0.00"), Decimal("100.00"))


def test_by_quarter_owner_and_stage() -> None:
    deals = [
        deal("100.00", 50, date(2027, 1, 5), owner="zhou", stage=2),
        deal("300.00", 10, date(2027, 3, 31), owner="li", stage=1),
        deal("500.00", 20, date(2026, 10, 1), owner="zhou", stage=2),
    ]

    quarters = weighted_forecast(deals, by="quarter", today=TODAY)
    owners = weighted_forecast(deals, by="owner", today=TODAY)
    stages = weighted_forecast(deals, by="stage", today=TODAY)

    assert [(each.key, each.weighted) for each in quarters] == [
        (OVERDUE, Decimal("100.00")),
        (date(2027, 1, 1), Decimal("80.00")),
    ]
    assert [(each.key, each.weighted) for each in owners] == [("zhou", Decimal("150.00")), ("li", Decimal("30.00"))]
    assert [(each.key, each.count) for each in stages] == [(2, 2), (1, 1)]


def test_what_has_ended_does_not_count() -> None:
    assert weighted_forecast([deal("100.00", 50, TODAY, is_open=False)], today=TODAY) == []


@pytest.mark.parametrize("wrong", [deal("-1.00", 50), deal("1.00", 101), deal("1.00", -1)])
def test_impossible_opportunities_are_refused(wrong: Deal) -> None:
    with pytest.raises(ValueError, match="chance"):
        weighted_forecast([wrong], today=TODAY)


def test_an_unknown_grouping_is_refused() -> None:
    with pytest.raises(ValueError, match="week"):
        weighted_forecast([], by="week", today=TODAY)


deals_made = st.lists(
    st.builds(
        Deal,
        st.decimals(min_value=0, max_value=10**12, places=2),
        st.integers(0, 100),
        st.one_of(st.none(), st.dates(date(2026, 1, 1), date(2028, 12, 31))),
        owner=st.sampled_from(["a", "b", "c"]),
        stage=st.sampled_from([1, 2]),
    ),
    max_size=25,
)


@given(deals_made, st.sampled_from(["month", "quarter", "owner", "stage"]))
def test_buckets_add_up_however_they_are_grouped(deals: list[Deal], by: str) -> None:
    whole = total_of(weighted_forecast(deals, by=by, today=TODAY))

    assert whole.count == len(deals)
    assert whole.amount == sum((each.amount for each in deals), Decimal(0))
    assert whole.expected == sum((Fraction(each.amount) * each.chance for each in deals), Fraction(0))


@given(deals_made)
def test_the_band_surrounds_the_forecast(deals: list[Deal]) -> None:
    whole = total_of(weighted_forecast(deals, today=TODAY))
    low, high = whole.band()

    assert Decimal(0) <= low <= whole.weighted <= high <= whole.amount
    assert whole.spread >= 0


@given(deals_made)
def test_a_bucket_knows_nothing_of_the_order_of_its_opportunities(deals: list[Deal]) -> None:
    forward, backward = Bucket("all"), Bucket("all")
    for each in deals:
        forward = forward.with_deal(each)
    for each in reversed(deals):
        backward = backward.with_deal(each)

    assert forward == backward


# -- page, file and API ------------------------------------------------------------------------


@pytest.fixture
def seller(crm_on: None) -> Client:
    user = allow(UserFactory(full_name="周敏", language="en"), Opportunity, ["view", "export"], ScopeLevel.OWN)
    today = timezone.localdate()
    stage = StageFactory(name="Offer", win_percent=50, pipeline__is_default=True)
    mine = {"customer__owner": user, "stage": stage}
    OpportunityFactory(amount=Decimal("1000.00"), expected_close_date=today, **mine)
    OpportunityFactory(amount=Decimal("400.00"), expected_close_date=today - timedelta(days=1), **mine)
    OpportunityFactory(amount=Decimal("200.00"), **mine)
    OpportunityFactory(amount=Decimal("70000.00"), expected_close_date=today, stage=stage)
    client = browser(user)
    client.user = user  # type: ignore[attr-defined]
    return client


def test_the_route_answers_for_the_rows_of_the_user_only(seller: Client) -> None:
    answer = seller.get("/api/crm/forecast/?by=month")

    body = answer.json()
    assert answer.status_code == 200
    assert (body["by"], body["rates"]) == ("month", "configured")
    assert {name: body["total"][name] for name in ("count", "amount", "weighted")} == {
        "count": 3,
        "amount": "1600.00",
        "weighted": "800.00",
    }
    keys = [row["key"] for row in body["rows"] if row["count"]]
    assert keys == ["late", timezone.localdate().replace(day=1).isoformat(), "none"]


def test_each_row_leads_to_its_opportunities(seller: Client) -> None:
    rows = [row for row in seller.get("/api/crm/forecast/").json()["rows"] if row["count"]]

    amounts = []
    for row in rows:
        query = row["rows_url"].split("?", 1)[1]
        results = seller.get(f"/api/crm/opportunities/?{query}").json()["results"]
        amounts.append([result["amount"] for result in results])

    assert amounts == [["400.00"], ["1000.00"], ["200.00"]]


def test_the_page_shows_chart_and_table(seller: Client) -> None:
    html = seller.get("/crm/forecast/?by=stage").content.decode()

    assert 'data-chart="forecast"' in html
    assert "800.00" in html
    assert "70,000" not in html


def test_the_page_shows_the_target_of_the_user(seller: Client) -> None:
    today = timezone.localdate()
    values = {"metric": "crm.sales", "year": today.year, "month": today.month}
    Target.objects.create(value=Decimal(5000), subject=seller.user, **values)  # type: ignore[attr-defined]
    Target.objects.create(value=Decimal(900000), **values)

    rows = seller.get("/api/crm/forecast/").json()["rows"]

    assert [row["target"] for row in rows if row["target"]] == ["5000.0000"]
    assert "5,000.00" in seller.get("/crm/forecast/").content.decode()


def test_the_file_has_the_same_figures(seller: Client) -> None:
    answer = seller.get("/crm/forecast/export/?format=csv&by=stage")

    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("Stage,Opportunities,Amount,Weighted")
    assert lines[1].startswith("Offer,3,1600.00,800.00")
    assert lines[2].startswith("Total,3,1600.00,800.00")


@pytest.mark.usefixtures("crm_on")
def test_without_permission_nothing_is_shown() -> None:
    nobody = browser(UserFactory())
    only_sees = browser(allow(UserFactory(), Opportunity, ["view"]))

    statuses = [
        nobody.get(url).status_code for url in ("/crm/forecast/", "/crm/forecast/export/", "/api/crm/forecast/")
    ]

    assert statuses == [403, 403, 403]
    assert only_sees.get("/crm/forecast/").status_code == 200
    assert only_sees.get("/crm/forecast/export/").status_code == 403


@pytest.mark.usefixtures("crm_on")
def test_the_page_costs_the_same_for_few_and_many() -> None:
    stage = StageFactory()
    user = allow(UserFactory(), Opportunity, ["view"], ScopeLevel.ALL)
    client = browser(user)
    OpportunityFactory.create_batch(2, stage=stage, expected_close_date=timezone.localdate())
    client.get("/crm/forecast/")
    few = queries(client, "/crm/forecast/?rates=history")

    OpportunityFactory.create_batch(10, stage=stage, expected_close_date=timezone.localdate())

    assert queries(client, "/crm/forecast/?rates=history") <= few


@pytest.mark.usefixtures("crm_on")
def test_undated_opportunities_can_be_listed() -> None:
    dated = OpportunityFactory(expected_close_date=date(2026, 12, 1))
    undated = OpportunityFactory()
    client = browser(allow(UserFactory(), Opportunity, ["view"], ScopeLevel.ALL))

    without = client.get("/api/crm/opportunities/?is_undated=true").json()["results"]
    having = client.get("/api/crm/opportunities/?is_undated=false").json()["results"]

    assert [row["id"] for row in without] == [undated.pk]
    assert [row["id"] for row in having] == [dated.pk]
