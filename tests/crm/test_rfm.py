"""RFM: the engine on cases one can work out by hand, the SQL that does the same, the matrix page."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from crm.contracts.models import Contract
from crm.customers.models import Customer
from crm.insights.choices import ChurnState, RfmMethod, Segment
from crm.insights.computing import compute_insights
from crm.insights.engine import Purchase, Rfm, churn_state, rfm_scores
from crm.insights.models import CustomerInsight, InsightRule
from crm.insights.orders import contract_orders
from suite.masters.services import load_reference_data
from suite.modules.services import enable_module
from tests.factories.crm import CustomerFactory
from tests.factories.crm_insights import CustomerInsightFactory, InsightRuleFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory
from tests.kit.crm_insights import crm_on, page_of, reader, signed

__all__ = ["crm_on"]

TODAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
D = Decimal


def bought(*orders: tuple[int, int]) -> list[Purchase]:
    """Purchases, each so many days before today and of so much."""
    return [Purchase(TODAY - timedelta(days), D(amount)) for days, amount in orders]


# -- the engine --------------------------------------------------------------------------------


def test_eight_customers_are_scored_by_quartiles() -> None:
    customers = {n: bought(*((10 * n, 100 * (9 - n)) for _order in range(9 - n))) for n in range(1, 9)}

    found = rfm_scores(customers, today=TODAY)

    assert {n: (each.r, each.f, each.m) for n, each in found.items()} == {
        1: (4, 4, 4),
        2: (4, 4, 4),
        3: (3, 3, 3),
        4: (3, 3, 3),
        5: (2, 2, 2),
        6: (2, 2, 2),
        7: (1, 1, 1),
        8: (1, 1, 1),
    }
    assert found[1] == Rfm(10, 8, D(6400), 4, 4, 4, Segment.IMPORTANT_VALUE)
    assert found[8].segment == Segment.GENERAL_RESCUE


def test_recency_frequency_and_money_make_eight_classes() -> None:
    few, many = 1, 4
    near, far = 5, 200
    customers = {
        "IMPORTANT_VALUE": bought((near, 9000), *[(near, 1)] * (many - 1)),
        "IMPORTANT_DEVELOP": bought((near, 9001)),
        "IMPORTANT_KEEP": bought((far, 9002), *[(far, 1)] * (many - 1)),
        "IMPORTANT_RESCUE": bought((far, 9003)),
        "GENERAL_VALUE": bought(*[(near, 2)] * many),
        "GENERAL_DEVELOP": bought((near, 10)),
        "GENERAL_KEEP": bought(*[(far, 2)] * many),
        "GENERAL_RESCUE": bought((far, 10 * few)),
    }

    for method in RfmMethod.values:
        found = rfm_scores(customers, today=TODAY, method=method)

        assert {name: each.segment.value for name, each in found.items()} == {name: name for name in customers}


def test_by_the_mean_only_what_exceeds_it_is_high() -> None:
    customers = {"a": bought((10, 100)), "b": bought((20, 200)), "c": bought((30, 300), (40, 0))}

    found = rfm_scores(customers, today=TODAY, method=RfmMethod.MEAN)

    assert {name: (each.r, each.f, each.m) for name, each in found.items()} == {
        "a": (2, 1, 1),
        "b": (2, 1, 1),
        "c": (1, 1, 2),
    }


def test_returns_are_no_orders_and_lessen_the_money() -> None:
    customers = {
        "returned later": bought((100, 500), (3, -200)),
        "only returns": bought((5, -10)),
        "free sample": bought((5, 0)),
        "still to come": bought((-1, 100)),
        "nobody": [],
    }

    found = rfm_scores(customers, today=TODAY)

    assert found == {"returned later": Rfm(100, 1, D(300), 4, 1, 1, Segment.GENERAL_DEVELOP)}


@pytest.mark.parametrize(
    ("figures", "scores"),
    [
        ([7], [(4, 1, 1)]),
        ([7, 9], [(4, 1, 1), (2, 3, 3)]),
        ([7, 8, 9], [(4, 1, 1), (3, 2, 2), (2, 3, 3)]),
        ([7, 7, 7, 7, 7], [(4, 1, 1)] * 5),
        ([1, 1, 1, 1, 1, 1, 1, 5], [(4, 1, 1)] * 7 + [(1, 4, 4)]),
    ],
)
def test_few_customers_and_equal_figures(figures: list[int], scores: list[tuple[int, int, int]]) -> None:
    # So many days ago, so often, in all so much.
    customers = {n: bought(*[(each, 1)] * each) for n, each in enumerate(figures)}

    found = rfm_scores(customers, today=TODAY)

    assert [(found[n].r, found[n].f, found[n].m) for n in range(len(figures))] == scores


purchases = st.lists(st.tuples(st.integers(-30, 700), st.integers(-300, 3000)), max_size=4)
many_customers = st.lists(purchases, max_size=9).map(
    lambda found: {number: bought(*orders) for number, orders in enumerate(found)}
)
methods = st.sampled_from(RfmMethod.values)


@given(many_customers, methods)
def test_the_order_of_customers_and_purchases_does_not_matter(
    customers: dict[int, list[Purchase]], method: str
) -> None:
    turned = {key: found[::-1] for key, found in reversed(customers.items())}

    assert rfm_scores(turned, today=TODAY, method=method) == rfm_scores(customers, today=TODAY, method=method)


@given(many_customers, methods)
def test_better_figures_never_score_lower_and_equal_ones_the_same(
    customers: dict[int, list[Purchase]], method: str
) -> None:
    found = list(rfm_scores(customers, today=TODAY, method=method).values())
    top = 2 if method == RfmMethod.MEAN else 4

    for one in found:
        assert {one.r, one.f, one.m} <= set(range(1, top + 1))
        for other in found:
            assert (one.recency <= other.recency) <= (one.r >= other.r)
            assert (one.frequency >= other.frequency) <= (one.f >= other.f)
            assert (one.monetary >= other.monetary) <= (one.m >= other.m)


@given(many_customers)
def test_at_most_a_quarter_has_the_best_frequency_and_money(customers: dict[int, list[Purchase]]) -> None:
    found = rfm_scores(customers, today=TODAY).values()

    assert 4 * sum(each.f == 4 for each in found) <= len(found)
    assert 4 * sum(each.m == 4 for each in found) <= len(found)


# -- the computation over all customers --------------------------------------------------------


def engine_says(rule: InsightRule | None = None) -> dict[int, tuple[Any, ...]]:
    """What the engine makes of the orders of all customers, company by company."""
    orders: dict[int, list[Purchase]] = defaultdict(list)
    for customer, _company, day, amount in contract_orders():
        orders[customer].append(Purchase(day, amount))
    said: dict[int, tuple[Any, ...]] = {}
    rules = {each.company_id: each for each in InsightRule.objects.all()}
    customers = list(Customer.objects.all())
    for company_pk, each in rules.items():
        mine = [row for row in customers if row.company_id == company_pk]
        scores = rfm_scores({row.pk: orders[row.pk] for row in mine}, today=TODAY, method=each.rfm_method)
        for row in mine:
            churn = churn_state(
                [order.ordered_on for order in orders[row.pk] if order.amount > 0],
                TODAY,
                each.tier_days(row.tier),
                warn_factor=each.warn_factor,
                critical_factor=each.critical_factor,
                fewest_orders=each.fewest_orders,
            )
            rfm = scores.get(row.pk)
            said[row.pk] = (
                *((rfm.recency, rfm.frequency, rfm.monetary, rfm.r, rfm.f, rfm.m, rfm.segment.value) if rfm else NEVER),
                churn.state.value,
                churn.order_days,
                churn.interval_days,
                churn.warn_after,
                churn.critical_after,
                churn.last_order_on,
                churn.expected_on,
            )
    return said


NEVER = (None, 0, D(0), None, None, None, "")
COLUMNS = (
    "recency",
    "frequency",
    "monetary",
    "r_score",
    "f_score",
    "m_score",
    "segment",
    "churn_state",
    "order_days",
    "interval_days",
    "warn_after",
    "critical_after",
    "last_order_on",
    "expected_on",
)


def stored() -> dict[int, tuple[Any, ...]]:
    rows = CustomerInsight.objects.values_list("customer_id", *COLUMNS)
    return {customer: tuple(values) for customer, *values in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_sql_says_what_the_engine_says_on_random_orders(seed: int) -> None:
    dice = random.Random(seed)
    for method in RfmMethod.values:
        company = CompanyFactory()
        InsightRuleFactory(company=company, rfm_method=method, warn_factor=D("1.25"), fewest_orders=2 + seed)
        seller = UserFactory()
        for _customer in range(12):
            customer = CustomerFactory(company=company, owner=seller, tier=dice.choice("ABCD"))
            for _order in range(dice.choice([0, 1, 1, 2, 3, 5])):
                amount = D(dice.choice([0, 100, 100, 250, 999]))
                signed(customer, TODAY - timedelta(dice.randrange(-5, 700)), amount)
        signed(customer, TODAY - timedelta(9), D(5), status="VOID")

    compute_insights(at=AT)

    assert stored() == engine_says()
    assert CustomerInsight.objects.count() == 24


@pytest.mark.django_db
def test_the_sql_says_what_the_engine_says_on_real_orders(trial_data: Path) -> None:
    load_reference_data()
    CompanyFactory()
    user = UserFactory(username="admin", is_superuser=True)
    enable_module(code="crm", actor=user, at=AT)
    call_command("import_orders", "northwind", str(trial_data / "northwind"), stdout=StringIO())
    InsightRule.objects.all().delete()

    compute_insights(at=AT)

    found = stored()
    assert len(found) == Customer.objects.count() == 91
    assert found == engine_says()
    assert Contract.objects.count() == 830
    # All of them ordered long ago: measured by their own interval nearly everybody is lost.
    assert {values[7] for values in found.values()} <= set(ChurnState.values)


@pytest.mark.django_db
def test_statements_do_not_grow_with_customers_and_what_was_computed_is_replaced() -> None:
    customer = CustomerFactory()
    signed(customer, TODAY - timedelta(40), D(100))
    compute_insights(at=AT)

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            compute_insights(at=AT)
        return len(captured)

    few = statements()
    for _number in range(10):
        signed(CustomerFactory(company=customer.company), TODAY - timedelta(3), D(70))
    signed(customer, TODAY, D(11))

    assert statements() == few
    insight = CustomerInsight.objects.get(customer=customer)
    assert (insight.frequency, insight.monetary, insight.recency, insight.computed_at) == (2, D("111.00"), 0, AT)


@pytest.mark.django_db
def test_amounts_in_another_currency_are_left_out_but_the_order_counts() -> None:
    customer = CustomerFactory()
    abroad = CompanyFactory(base_currency__code="HKX")
    signed(customer, TODAY - timedelta(50), D(100))
    signed(customer, TODAY - timedelta(20), D(900), company=abroad, currency=abroad.base_currency)

    compute_insights(at=AT)

    insight = CustomerInsight.objects.get()
    assert (insight.company, insight.frequency, insight.monetary, insight.recency) == (customer.company, 2, D(100), 20)


@pytest.mark.django_db
def test_what_is_at_stake_is_the_year_up_to_the_last_order() -> None:
    customer = CustomerFactory()
    signed(customer, date(2024, 1, 10), D(7))
    signed(customer, date(2024, 6, 1), D(100))
    signed(customer, date(2025, 5, 31), D(30))

    compute_insights(at=AT)

    insight = CustomerInsight.objects.get()
    assert (insight.monetary, insight.stake_amount, insight.year_amount) == (D(137), D(130), D(0))


# -- page, file, permission --------------------------------------------------------------------


@pytest.fixture
def classed(crm_on: None) -> tuple[CustomerInsight, CustomerInsight]:
    """A customer of a seller at risk, and one of somebody else who is not."""
    mine = CustomerInsightFactory(monetary=D(1000), year_amount=D(400))
    theirs = CustomerInsightFactory(
        company=mine.company,
        customer__company=mine.company,
        segment="GENERAL_VALUE",
        churn_state="ACTIVE",
        r_score=3,
        f_score=3,
        m_score=1,
        monetary=D(70),
        year_amount=D(70),
    )
    return mine, theirs


@pytest.mark.django_db
def test_the_matrix_counts_what_one_may_see(classed: tuple[CustomerInsight, CustomerInsight]) -> None:
    mine, _theirs = classed
    boss, seller = reader("ALL", "export"), mine.customer.owner

    everything = page_of(boss).get(reverse("crm:rfm")).context
    own = page_of(reader("OWN", user=seller)).get(reverse("crm:rfm")).context

    assert {
        row.segment.value: (row.customers, row.monetary, row.at_risk) for row in everything["rows"] if row.customers
    } == {
        "IMPORTANT_KEEP": (1, D(1000), 1),
        "GENERAL_VALUE": (1, D(70), 0),
    }
    assert (everything["total"], everything["year_amount"]) == (2, D(470))
    assert (own["total"], own["monetary"]) == (1, D(1000))
    assert [(score, [cell.customers for cell in cells]) for score, cells in own["grid"]] == [
        (4, [0, 0, 0, 0]),
        (3, [0, 0, 0, 0]),
        (2, [0, 0, 0, 0]),
        (1, [0, 0, 0, 1]),
    ]


@pytest.mark.django_db
def test_a_class_drills_down_to_its_customers(classed: tuple[CustomerInsight, CustomerInsight]) -> None:
    mine, theirs = classed
    client = page_of(reader("ALL"))
    row = next(each for each in client.get(reverse("crm:rfm")).context["rows"] if each.segment == "IMPORTANT_KEEP")

    shown = client.get(row.url).content.decode()

    assert mine.customer.party.name in shown
    assert theirs.customer.party.name not in shown


@pytest.mark.django_db
def test_the_matrix_is_exported_by_who_may(classed: tuple[CustomerInsight, CustomerInsight]) -> None:
    may, may_not = page_of(reader("ALL", "export")), page_of(reader("ALL"))

    file = may.get(reverse("crm:rfm"), {"format": "csv"})

    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 9
    assert lines[3].split(",")[1:4] == ["1", "50.0", "1000.00"]
    assert may_not.get(reverse("crm:rfm"), {"format": "csv"}).status_code == 403


@pytest.mark.django_db
def test_the_matrix_is_closed_without_permission_and_says_what_it_is_for_when_empty(crm_on: None) -> None:
    empty = page_of(reader("ALL")).get(reverse("crm:rfm"))

    assert (empty.status_code, empty.context["total"]) == (200, 0)
    assert page_of(UserFactory()).get(reverse("crm:rfm")).status_code == 403
    assert Client().get(reverse("crm:rfm")).status_code == 302


@pytest.mark.django_db
def test_the_api_gives_scores_of_rows_within_reach(classed: tuple[CustomerInsight, CustomerInsight]) -> None:
    mine, theirs = classed
    client = page_of(reader("OWN", user=mine.customer.owner))

    rows = client.get("/api/crm/customer-insights/").json()["results"]

    assert [(row["customer"], row["segment"], row["r_score"], row["f_score"], row["m_score"]) for row in rows] == [
        (mine.customer_id, "IMPORTANT_KEEP", 1, 4, 4)
    ]
    assert client.get(f"/api/crm/customer-insights/{theirs.pk}/").status_code == 404
