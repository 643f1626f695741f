"""Figures read from rows: restriction, comparison, targets, trust, module."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.metrics import readings, services
from suite.metrics.choices import Trust
from suite.metrics.readings import read, sees_all, system_reader, trust_of
from suite.metrics.registry import metric, metric_of, metrics_for
from suite.metrics.series import by_month
from suite.metrics.values import DrillDown, MetricValue
from tests.factories.masters import CompanyFactory
from tests.factories.metrics import MetricSnapshotFactory, TargetFactory
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted
from tests.metrics.conftest import AT, Trial, asked, turn_off

D = Decimal


def test_a_figure_counts_what_the_user_may_see(trial: Trial, boss: User, seller: User, stranger: User) -> None:
    trial.sale(100, "2026-11-01", seller)
    trial.sale(50, "2026-11-30")
    trial.sale(7, "2026-10-31", seller)
    trial.sale(3, "2026-12-01", seller)

    assert trial.metrics.sales(asked(boss)).value == D(150)
    assert trial.metrics.sales(asked(seller)).value == D(100)
    assert trial.metrics.sales(asked(stranger)).value == D(0)
    for each in vars(trial.metrics).values():
        assert_shows_nothing_unpermitted(each, asked(stranger))


def test_times_count_by_the_day_in_shanghai(trial: Trial, boss: User) -> None:
    for moment in (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), datetime(2026, 11, 30, 15, 59, tzinfo=UTC)):
        trial.Sale.objects.create(amount=1, sold_on=date(2026, 11, 1), sold_at=moment, company=trial.company)
    for moment in (datetime(2026, 10, 31, 15, 59, tzinfo=UTC), datetime(2026, 11, 30, 16, 0, tzinfo=UTC)):
        trial.Sale.objects.create(amount=1, sold_on=date(2026, 1, 1), sold_at=moment, company=trial.company)

    assert trial.metrics.win_rate(asked(boss)).denominator == D(2)


def test_a_company_narrows_the_figure(trial: Trial, boss: User) -> None:
    other = CompanyFactory()
    trial.sale(100, "2026-11-01")
    trial.sale(50, "2026-11-01", company=other)

    assert trial.metrics.sales(asked(boss, company=other)).value == D(50)
    assert trial.metrics.sales(asked(boss)).value == D(150)


def test_a_running_month_is_compared_with_the_same_days(trial: Trial, boss: User) -> None:
    trial.sale(120, "2026-11-20")
    trial.sale(100, "2026-10-20")
    trial.sale(900, "2026-10-21")
    trial.sale(80, "2025-11-01")
    trial.sale(900, "2025-11-21")

    reading = read(trial.metrics.sales, asked(boss))

    previous, last_year = reading.comparison("previous"), reading.comparison("last_year")
    assert previous is not None
    assert last_year is not None
    assert (previous.value, previous.change and previous.change.amount) == (D(100), D(20))
    assert (last_year.value, last_year.change and last_year.change.amount) == (D(80), D(50))
    assert previous.is_part


def test_a_closed_month_is_compared_with_the_whole_month(trial: Trial, boss: User) -> None:
    trial.sale(1000, "2026-10-31")
    trial.sale(500, "2026-09-30")

    (previous, last_year) = read(trial.metrics.sales, asked(boss, on=date(2026, 10, 1))).comparisons

    assert (previous.value, previous.change and previous.change.amount) == (D(500), D(100))
    assert not previous.is_part
    assert (last_year.value, last_year.change) == (D(0), None)


def test_a_rate_without_cases_is_missing(trial: Trial, boss: User) -> None:
    reading = read(trial.metrics.win_rate, asked(boss))

    assert (reading.value.value, reading.value.numerator, reading.value.denominator) == (None, D(0), D(0))
    assert reading.comparisons[0].change is None


def test_the_rows_behind_add_up_and_the_list_shows_them(trial: Trial, boss: User, seller: User) -> None:
    for number, day in enumerate(("2026-11-01", "2026-11-02", "2026-11-30", "2026-10-31", "2026-12-01")):
        trial.sale(10**number, day, seller if number % 2 else None)
    trial.sale(7, "2026-11-05", won=False)

    for user in (boss, seller):
        for each in (trial.metrics.sales, trial.metrics.win_rate):
            assert_drill_matches(each, asked(user))
    assert read(trial.metrics.sales, asked(boss)).url == (
        "/sales/list?is_won=true&sold_on_after=2026-11-01&sold_on_before=2026-11-30"
    )


def test_a_drill_down_that_does_not_add_up_is_found(trial: Trial, boss: User) -> None:
    trial.sale(10, "2026-11-01")
    trial.sale(5, "2026-11-02", won=False)
    honest = trial.metrics.sales.compute

    def other_rows(context: Any) -> MetricValue:
        value = honest(context)
        return replace(value, drill=DrillDown(context.rows(trial.Sale), "amount"))

    def other_filters(context: Any) -> MetricValue:
        value = honest(context)
        return replace(value, drill=replace(value.drill, filters=context.filters("sold_on")))

    def unknown_filters(context: Any) -> MetricValue:
        value = honest(context)
        return replace(
            value, drill=replace(value.drill, filters=[*value.drill.filters, ("paid_on_after", "2026-01-01")])
        )

    with pytest.raises(AssertionError, match="rows"):
        assert_drill_matches(replace(trial.metrics.sales, compute=other_rows), asked(boss))
    with pytest.raises(AssertionError, match="the list shows other rows"):
        assert_drill_matches(replace(trial.metrics.sales, compute=other_filters), asked(boss))
    with pytest.raises(AssertionError, match="no filter"):
        assert_drill_matches(replace(trial.metrics.sales, compute=unknown_filters), asked(boss))


def test_a_metric_that_reads_everything_is_found(trial: Trial, stranger: User) -> None:
    trial.sale(10, "2026-11-01")

    def everything(_context: Any) -> MetricValue:
        return MetricValue(DrillDown(trial.Sale.objects.all(), "amount").total())

    greedy = replace(trial.metrics.sales, compute=everything)

    with pytest.raises(AssertionError, match="without rows"):
        assert_shows_nothing_unpermitted(greedy, asked(stranger))


def test_the_figures_of_a_system_that_is_off_do_not_exist(trial: Trial, boss: User) -> None:
    assert [each.code for each in metrics_for(boss)] == ["trial.sales", "trial.win_rate", "trial.open"]

    turn_off()

    assert metrics_for(boss) == []
    assert metric_of("trial.sales") is None
    with pytest.raises(InvalidInput):
        services.set_target(metric="trial.sales", year=2026, month=1, value=D(1), actor=boss, at=AT)


def test_a_user_without_permission_has_no_figures(trial: Trial, stranger: User) -> None:
    assert metrics_for(stranger) == []


def test_a_target_stands_beside_the_figure(trial: Trial, boss: User) -> None:
    trial.sale(90, "2026-11-01")
    TargetFactory(value=D(120))

    goal = read(trial.metrics.sales, asked(boss)).goal

    assert goal is not None
    assert (goal.value, goal.reached) == (D(120), D(75))


def test_the_target_of_a_quarter_is_that_of_its_months_if_all_have_one(trial: Trial, boss: User) -> None:
    TargetFactory(month=10, value=D(100))
    TargetFactory(month=11, value=D(200))
    assert read(trial.metrics.sales, asked(boss, "quarter")).goal is None

    TargetFactory(month=12, value=D(300))

    goal = read(trial.metrics.sales, asked(boss, "quarter")).goal
    assert goal is not None
    assert goal.value == D(600)


def test_the_targets_of_a_rate_are_not_summed_up(trial: Trial, boss: User) -> None:
    for month in (10, 11, 12):
        TargetFactory(metric="trial.win_rate", month=month, value=D(30))

    assert read(trial.metrics.win_rate, asked(boss, "quarter")).goal is None
    month = read(trial.metrics.win_rate, asked(boss)).goal
    assert month is not None
    assert (month.value, month.reached) == (D(30), None)


def test_a_period_of_odd_days_has_no_target(trial: Trial, boss: User) -> None:
    TargetFactory()

    assert read(trial.metrics.sales, asked(boss, "90d")).goal is None


def test_persons_companies_and_the_business_have_their_own_targets(trial: Trial, boss: User, seller: User) -> None:
    TargetFactory(value=D(100))
    TargetFactory(value=D(10), subject=seller)
    TargetFactory(value=D(60), subject=trial.company)

    goals = [
        read(trial.metrics.sales, asked(boss)).goal,
        read(trial.metrics.sales, asked(seller), subject=seller).goal,
        read(trial.metrics.sales, asked(boss, company=trial.company)).goal,
        read(trial.metrics.sales, asked(boss), subject=boss).goal,
    ]

    assert [goal and goal.value for goal in goals] == [D(100), D(10), D(60), None]


def test_a_target_of_zero_is_never_reached_in_per_cent(trial: Trial, boss: User) -> None:
    TargetFactory(value=D(0))

    goal = read(trial.metrics.sales, asked(boss)).goal

    assert goal is not None
    assert (goal.value, goal.reached) == (D(0), None)


def test_setting_a_target_again_replaces_it(trial: Trial, boss: User, seller: User) -> None:
    first = services.set_target(metric="trial.sales", year=2026, month=3, value=D(1), actor=boss, at=AT)

    again = services.set_target(metric="trial.sales", year=2026, month=3, value=D(2), actor=boss, at=AT)
    own = services.set_target(metric="trial.sales", year=2026, month=3, value=D(3), subject=seller, actor=boss, at=AT)

    assert (again.pk, again.value) == (first.pk, D(2))
    assert own.pk != first.pk
    with pytest.raises(InvalidInput) as refusal:
        services.set_target(metric="trial.sales", year=2026, month=13, value=D(2), actor=boss, at=AT)
    assert refusal.value.field == "month"


def test_trust(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    sales = trial.metrics.sales
    hourly = replace(sales, max_age=timedelta(hours=1))
    doubtful = MetricValue(D(1), is_complete=False, doubt="Three receipts are not matched")

    assert trust_of(sales, MetricValue(D(1)), AT) == (Trust.COMPLETE, "")
    assert trust_of(sales, doubtful, AT) == (Trust.DOUBT, "Three receipts are not matched")
    assert trust_of(hourly, MetricValue(D(1), as_of=AT - timedelta(minutes=61)), AT)[0] == Trust.STALE
    assert trust_of(hourly, MetricValue(D(1), as_of=AT - timedelta(minutes=59)), AT)[0] == Trust.COMPLETE

    monkeypatch.setattr(readings, "doubt_about", lambda module: f"{module.title} is new")

    assert trust_of(sales, MetricValue(D(1)), AT) == (Trust.DOUBT, "Trial is new")


def test_a_figure_that_the_data_refuse_is_missing_and_says_why(trial: Trial, boss: User) -> None:
    def refused(_context: Any) -> MetricValue:
        raise InvalidInput("No rate of USD on 2026-11-20")

    reading = read(replace(trial.metrics.sales, compute=refused), asked(boss))

    assert reading.value.value is None
    assert (reading.trust, reading.doubt) == (Trust.DOUBT, "No rate of USD on 2026-11-20")


def test_earlier_states_come_from_snapshots_and_only_for_those_who_see_all(
    trial: Trial, boss: User, seller: User
) -> None:
    trial.sale(1, "2026-11-01", seller)
    MetricSnapshotFactory(metric="trial.open", value=D(4))
    MetricSnapshotFactory(metric="trial.open", value=D(5), revision=2, is_restatement=True)
    MetricSnapshotFactory(metric="trial.open", period_start=date(2026, 9, 1), period_end=date(2026, 9, 30), value=D(3))

    whole, own = read(trial.metrics.still_open, asked(boss)), read(trial.metrics.still_open, asked(seller))

    assert (whole.comparisons[0].value, list(whole.series)) == (D(5), [D(3), D(5), D(1)])
    assert (own.value.value, own.comparisons[0].value, list(own.series)) == (D(1), None, [])
    assert sees_all(trial.metrics.still_open, system_reader())
    assert not sees_all(trial.metrics.still_open, seller)


def test_sums_by_month_in_one_query(trial: Trial, boss: User, django_assert_num_queries: Any) -> None:
    trial.sale(5, "2026-11-30")
    trial.sale(7, "2026-11-01")
    trial.sale(9, "2026-01-31")
    trial.sale(11, "2025-11-30")
    trial.Sale.objects.create(
        amount=3, sold_on=date(2026, 9, 30), sold_at=datetime(2026, 9, 30, 16, 30, tzinfo=UTC), company=trial.company
    )
    context = asked(boss)
    rows = context.rows(trial.Sale)

    with django_assert_num_queries(2):
        by_day = by_month(context, rows, "sold_on", "amount")
        counts = by_month(context, rows, "sold_at")

    assert by_day == [0, 9, 0, 0, 0, 0, 0, 0, 0, 3, 0, 12]
    assert counts == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]


def test_wrong_declarations_are_refused_at_start(trial: Trial) -> None:
    def compute(_context: Any) -> MetricValue:
        return MetricValue(None)

    good: dict[str, Any] = {"title": "t", "unit": "CNY", "formula": "f", "permission": "suite.view_sale"}
    for wrong in (
        {"permission": "view_sale"},
        {"permission": ""},
        {"unit": "bananas"},
        {"direction": "sideways"},
        {"grain": "decade"},
    ):
        with pytest.raises(ValueError, match=r"."):
            metric("trial.new", **{**good, **wrong})(compute)
    with pytest.raises(ValueError, match="two metrics"):
        metric("trial.sales", **good)
