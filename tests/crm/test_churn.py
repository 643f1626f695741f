"""Churn by each customer's own interval: the engine, reminders, the warning list and what is done from it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.models import Customer, FollowUp
from crm.insights import metrics
from crm.insights.choices import ChurnState
from crm.insights.computing import compute_insights, remind_of_silence
from crm.insights.engine import Churn, churn_state, median
from crm.insights.models import CustomerInsight, InsightRule
from crm.insights.periodic import compute_customer_insights
from crm.insights.presenting import insight_context
from suite.access.models import User
from suite.activity.models import Notification, Reminder
from suite.masters.models import Company
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext
from suite.pages.registry import pageset_of
from tests.factories.crm import CustomerFactory, PoolFactory
from tests.factories.crm_insights import CustomerInsightFactory, InsightRuleFactory
from tests.factories.hrm import UserFactory
from tests.kit.crm_insights import crm_on, page_of, reader, signed
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted
from tests.kit.objects import give

__all__ = ["crm_on"]

TODAY = date(2026, 11, 2)
AT = datetime(2026, 11, 2, 3, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
D = Decimal


def days_ago(*days: int) -> list[date]:
    return [TODAY - timedelta(each) for each in days]


# -- the engine --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "state"),
    [
        (0, ChurnState.ACTIVE),
        (45, ChurnState.ACTIVE),
        (46, ChurnState.WARNING),
        (75, ChurnState.WARNING),
        (76, ChurnState.CRITICAL),
    ],
)
def test_three_orders_every_30_days_warn_after_45_and_are_critical_after_75(since: int, state: str) -> None:
    found = churn_state(days_ago(since, since + 30, since + 60), TODAY, 365)

    assert (found.state, found.interval_days, found.warn_after, found.critical_after) == (state, D(30), D(45), D(75))
    assert (found.days_since, found.gaps, found.is_own) == (since, (30, 30), True)
    assert found.expected_on == TODAY - timedelta(since) + timedelta(30)


def test_the_interval_is_the_median_so_one_long_pause_does_not_count() -> None:
    found = churn_state(days_ago(16, 26, 36, 236), TODAY, 365)

    assert (found.gaps, found.interval_days, found.state) == ((200, 10, 10), D(10), ChurnState.WARNING)


def test_between_two_middle_gaps_the_median_is_half_a_day() -> None:
    found = churn_state(days_ago(1, 11, 22, 42, 72), TODAY, 365)

    assert (sorted(found.gaps), found.interval_days, found.warn_after) == ([10, 11, 20, 30], D("15.5"), D("23.25"))
    assert found.expected_on == TODAY - timedelta(1) + timedelta(16)


@pytest.mark.parametrize(
    ("since", "state"),
    [
        (365, ChurnState.ACTIVE),
        (366, ChurnState.WARNING),
        (608, ChurnState.WARNING),
        (609, ChurnState.CRITICAL),
    ],
)
def test_with_two_orders_the_days_of_the_tier_count(since: int, state: str) -> None:
    found = churn_state(days_ago(since, since + 5), TODAY, 365)

    assert (found.state, found.interval_days, found.warn_after, found.is_own) == (state, None, D(365), False)
    assert found.critical_after == D("608.333")


def test_orders_of_one_day_count_once_and_those_to_come_not_at_all() -> None:
    found = churn_state([*days_ago(50, 50, 50), TODAY + timedelta(3)], TODAY, 40)

    assert (found.order_days, found.interval_days, found.state) == (1, None, ChurnState.WARNING)


def test_without_an_order_there_is_nothing_to_say() -> None:
    assert churn_state([], TODAY, 365) == Churn(ChurnState.NONE, None, None, None, None, 0, (), None, None)


def test_the_median_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        median([])


RANK = list(ChurnState.values)


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=12), st.integers(1, 800), st.integers(0, 400))
def test_waiting_never_makes_it_better_and_the_order_of_days_is_nothing(
    days: list[int], tier_days: int, later: int
) -> None:
    dates = days_ago(*days)

    found = churn_state(dates, TODAY, tier_days)

    assert churn_state(dates[::-1] + dates, TODAY, tier_days) == found
    after = churn_state(dates, TODAY + timedelta(later), tier_days)
    assert RANK.index(after.state) >= RANK.index(found.state)
    assert (after.interval_days, after.days_since) == (found.interval_days, (found.days_since or 0) + later)


@given(st.lists(st.integers(0, 1500), min_size=3, max_size=12, unique=True), st.integers(1, 800))
def test_half_of_the_gaps_are_no_longer_and_half_no_shorter_than_the_interval(days: list[int], tier_days: int) -> None:
    found = churn_state(days_ago(*days), TODAY, tier_days)

    assert found.interval_days is not None
    assert 2 * sum(gap <= found.interval_days for gap in found.gaps) >= len(found.gaps)
    assert 2 * sum(gap >= found.interval_days for gap in found.gaps) >= len(found.gaps)


# -- computation and reminders -----------------------------------------------------------------


@pytest.mark.django_db
def test_the_settings_of_the_company_and_the_tier_decide() -> None:
    strict = InsightRuleFactory(tier_a_days=60, tier_c_days=90)
    customers = {
        tier: CustomerFactory(company=company, tier=tier)
        for tier, company in (("A", strict.company), ("C", strict.company))
    }
    elsewhere = CustomerFactory(tier="A")
    for customer in (*customers.values(), elsewhere):
        signed(customer, TODAY - timedelta(80), D(10))

    compute_insights(at=AT)

    states = dict(CustomerInsight.objects.values_list("customer", "churn_state"))
    assert states == {customers["A"].pk: "WARNING", customers["C"].pk: "ACTIVE", elsewhere.pk: "ACTIVE"}
    assert InsightRule.objects.get(company=elsewhere.company).tier_a_days == 180


@pytest.mark.django_db
def test_owners_are_told_once_for_each_last_order_in_two_statements_more_or_less() -> None:
    owner = UserFactory()
    first, second = (CustomerFactory(owner=owner) for _number in range(2))
    in_pool = CustomerFactory(owner=None, pool=PoolFactory())
    recent = CustomerFactory(owner=owner)
    for customer, days in ((first, 330), (second, 400), (in_pool, 400), (recent, 329)):
        signed(customer, TODAY - timedelta(days), D(10), owner=owner)
    compute_insights(at=AT)

    told = [remind_of_silence(at=AT), remind_of_silence(at=AT), remind_of_silence(at=AT + timedelta(days=1))]

    assert told == [2, 0, 1]
    notes = list(Notification.objects.filter(recipient=owner).order_by("pk"))
    assert [note.params["more"] for note in notes] == [1, 0]
    assert dict(CustomerInsight.objects.values_list("customer", "reminded_on")) == {
        first.pk: TODAY,
        second.pk: TODAY,
        in_pool.pk: None,
        recent.pk: TODAY + timedelta(1),
    }


@pytest.mark.django_db
def test_a_new_silence_is_told_again() -> None:
    customer = CustomerFactory()
    signed(customer, TODAY - timedelta(800), D(10))
    compute_customer_insights(AT)
    signed(customer, TODAY - timedelta(340), D(10))

    compute_customer_insights(AT)
    compute_customer_insights(AT)

    assert Notification.objects.filter(recipient=customer.owner).count() == 2
    assert CustomerInsight.objects.get().reminded_order_on == TODAY - timedelta(340)


@pytest.mark.django_db
def test_reminding_costs_the_same_for_one_customer_and_for_twenty() -> None:
    owner = UserFactory()

    def statements(number: int) -> int:
        for _each in range(number):
            signed(CustomerFactory(owner=owner), TODAY - timedelta(340), D(10))
        compute_insights(at=AT)
        with CaptureQueriesContext(connection) as captured:
            assert remind_of_silence(at=AT) == number
        return len(captured)

    assert statements(1) == statements(20)


# -- pages -------------------------------------------------------------------------------------


@pytest.fixture
def at_risk(crm_on: None) -> CustomerInsight:
    found: CustomerInsight = CustomerInsightFactory()
    CustomerInsightFactory(company=found.company, customer__company=found.company, churn_state="ACTIVE")
    return found


@pytest.mark.django_db
def test_the_warning_list_filters_and_adds_up_what_is_at_stake(at_risk: CustomerInsight) -> None:
    asked = {"churn_state": "CRITICAL", "segment": "IMPORTANT_KEEP", "customer__tier": "C", "customer__owner": "me"}
    user = reader("ALL", user=at_risk.customer.owner)
    give(user, pageset_of(User), ("view",))  # type: ignore[arg-type]

    page = page_of(user).get(reverse("crm:customerinsight-list"), asked)

    text = page.content.decode()
    assert at_risk.customer.party.name in text
    assert "4,000.00" in text
    assert "8,000.00" not in text


@pytest.mark.django_db
def test_why_a_customer_is_warned_of_is_said_and_drawn(crm_on: None) -> None:
    customer = CustomerFactory()
    today = timezone.localdate()
    for days in (100, 130, 160):
        signed(customer, today - timedelta(days), D(10))
    compute_insights(at=timezone.now())
    insight = CustomerInsight.objects.get()
    user = reader("ALL")
    give(user, pageset_of(Customer), ("view",))  # type: ignore[arg-type]

    page = page_of(user).get(reverse("crm:customer-detail", args=[customer.pk]), {"tab": "insight"})

    gaps = insight_context(insight, customer.pk)["gaps"]
    assert [(gap.days, gap.width, gap.is_late) for gap in gaps] == [(30, 60, False), (30, 60, False), (100, 200, True)]
    assert "30" in insight.explanation
    assert insight.explanation in page.content.decode().replace("&#x27;", "'")


@pytest.mark.django_db
def test_the_tab_is_not_there_without_permission(at_risk: CustomerInsight) -> None:
    user = give(UserFactory(), pageset_of(Customer), ("view",))  # type: ignore[arg-type]

    answer = page_of(user).get(reverse("crm:customer-detail", args=[at_risk.customer_id]), {"tab": "insight"})

    assert answer.status_code == 404


@pytest.mark.django_db
def test_a_follow_up_is_recorded_from_the_warning(at_risk: CustomerInsight) -> None:
    user = reader("ALL", "follow_up")
    data = {"kind": "CALL", "body": "聊了年框"}

    answer = page_of(user).post(reverse("crm:customerinsight-action", args=[at_risk.pk, "follow-up"]), data)

    assert answer.status_code == 302
    row = FollowUp.objects.get()
    assert (row.customer, row.body, row.owner) == (at_risk.customer, "聊了年框", user)


@pytest.mark.django_db
def test_a_task_is_made_from_the_warning_and_refused_without_permission(at_risk: CustomerInsight) -> None:
    user = reader("ALL", "follow_up")
    give(user, pageset_of(Customer), ("view",))  # type: ignore[arg-type]
    due_at = timezone.now() + timedelta(days=2)
    url = f"/api/crm/customer-insights/{at_risk.pk}/task/"

    done = page_of(user).post(url, {"due_at": due_at.isoformat()}, content_type="application/json")
    refused = page_of(reader("ALL")).post(url, {"due_at": due_at.isoformat()}, content_type="application/json")

    assert (done.status_code, refused.status_code) == (200, 403)
    reminder = Reminder.objects.get()
    assert (reminder.owner, reminder.object_id) == (user, at_risk.customer_id)
    assert reminder.note == at_risk.explanation[:200]


NUMBERS = (
    "fewest_orders",
    "warn_factor",
    "critical_factor",
    *(f"tier_{tier}_days" for tier in "abcd"),
    "remind_days",
    *(f"tier_{tier}_amount" for tier in "abc"),
)


@pytest.mark.django_db
def test_settings_are_edited_by_who_may_and_wrong_ones_refused(crm_on: None) -> None:
    rule = InsightRuleFactory()
    manager = reader("ALL", "change", "refresh", model=InsightRule)
    admin = page_of(give(manager, pageset_of(Company), ("view",)))  # type: ignore[arg-type]
    values = {
        **{name: getattr(rule, name) for name in NUMBERS},
        "rfm_method": rule.rfm_method,
        "company": rule.company_id,
    }
    url = reverse("crm:insightrule-edit", args=[rule.pk])
    version = {"version": rule.version}

    assert admin.get(url).status_code == 200
    wrong = admin.post(url, {**values, **version, "warn_factor": "3", "critical_factor": "2"})
    right = admin.post(url, {**values, **version, "warn_factor": "2", "critical_factor": "3"})
    other = page_of(reader("ALL", model=InsightRule)).post(url, {**values, **version, "warn_factor": "9"})

    rule.refresh_from_db()
    assert (wrong.status_code, right.status_code, other.status_code) == (422, 302, 403)
    assert (rule.warn_factor, rule.critical_factor) == (D(2), D(3))


@pytest.mark.django_db
def test_computing_now_is_an_action_of_the_settings(crm_on: None) -> None:
    rule = InsightRuleFactory()
    customer = CustomerFactory(company=rule.company)
    admin = page_of(reader("ALL", "change", "refresh", model=InsightRule))

    answer = admin.post(f"/api/crm/insight-rules/{rule.pk}/compute/", {}, content_type="application/json")

    assert answer.status_code == 200
    assert CustomerInsight.objects.get().customer == customer


# -- figures -----------------------------------------------------------------------------------


def asked(user: Any) -> MetricContext:
    return MetricContext(user, period_of("month", TODAY), AT)


@pytest.mark.django_db
def test_customers_at_risk_churn_rate_and_repeat_rate(crm_on: None) -> None:
    first = CustomerInsightFactory()
    for state, frequency in (("WARNING", 1), ("ACTIVE", 2), ("ACTIVE", 1)):
        CustomerInsightFactory(customer__company=first.company, churn_state=state, frequency=frequency)
    CustomerInsightFactory(
        customer__company=first.company, churn_state="NONE", segment="", last_order_on=None, frequency=0
    )
    boss, stranger = reader("ALL"), reader("OWN")

    risk = metrics.customers_at_risk(asked(boss))

    assert (risk.value, [fact.value for fact in risk.facts]) == (D(2), [D("8000.00"), D(1)])
    assert metrics.churn_rate(asked(boss)).value == D(25)
    assert metrics.repeat_rate(asked(boss)).value == D(50)
    for each in (metrics.customers_at_risk, metrics.churn_rate, metrics.repeat_rate):
        assert_drill_matches(each, asked(boss))
        assert_shows_nothing_unpermitted(each, asked(stranger))
