import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.planning.forecast import (
    InvalidSeries,
    backtest,
    croston,
    exponential_smoothing,
    forecast,
    holt,
    monthly,
    moving_average,
    naive,
    seasonal_naive,
    tsb,
)

D = Decimal
demands = st.lists(st.one_of(st.just(0), st.integers(0, 500)), min_size=1, max_size=40)


def series(*values: int | str) -> list[Decimal]:
    return [D(value) for value in values]


def test_naive() -> None:
    assert naive([1, 2, 7], 2) == [7, 7]


def test_seasonal_naive() -> None:
    assert seasonal_naive([9, 1, 2, 3], 5, season=3) == [1, 2, 3, 1, 2]


def test_moving_average() -> None:
    assert moving_average([100, 3, 4, 8], 2, periods=3) == [5, 5]


def test_exponential_smoothing_of_the_textbook() -> None:
    # 10; 10 + 0.5 · (20 - 10) = 15; 15 + 0.5 · (10 - 15) = 12.5.
    assert exponential_smoothing([10, 20, 10], 2, weight=0.5) == [12.5, 12.5]


def test_exponential_smoothing_takes_the_best_weight() -> None:
    # A step is followed best by the highest weight: 10 + 0.9 · 90 = 91, then 99.1, then 99.91.
    assert exponential_smoothing([10, 10, 10, 100, 100, 100], 1) == [pytest.approx(99.91)]


def test_holt_of_the_textbook() -> None:
    # Starts with level 12 and trend 2. Period 3 is 15, expected 14: level 14.5, trend 0.5 · 2.5 + 0.5 · 2 = 2.25.
    assert holt([10, 12, 15], 2, weights=(0.5, 0.5)) == [16.75, 19.0]


def test_damped_holt() -> None:
    # Level 12 and trend 2: 12 + 0.5 · 2, then 12 + (0.5 + 0.25) · 2.
    assert holt([10, 12], 2, weights=(0.5, 0.5), damping=0.5) == [13.0, 13.5]


def test_falling_trend_ends_at_nothing() -> None:
    assert holt([9, 6, 3], 3) == [pytest.approx(0), 0, 0]


def test_croston_of_the_textbook() -> None:
    # Sizes 6, then 6 + 0.5 · (10 - 6) = 8; intervals 2, then 2 + 0.5 · (4 - 2) = 3.
    history = [0, 6, 0, 0, 0, 10, 0]

    assert croston(history, 2, weight=0.5) == [pytest.approx(8 / 3)] * 2
    assert croston(history, 1, weight=0.5, is_corrected=True) == [pytest.approx(8 / 3 * 0.75)]


def test_tsb_of_the_textbook() -> None:
    # Probability 1/2; after 0: 1/4; after 8: 5/8. Size 8.
    assert tsb([0, 8], 1, weight=0.5) == [pytest.approx(5.0)]


def test_tsb_falls_while_nothing_is_asked_for() -> None:
    assert tsb([8, 8, 0, 0, 0, 0], 1, weight=0.5)[0] < tsb([8, 8, 0, 0], 1, weight=0.5)[0]


@pytest.mark.parametrize("method", [croston, tsb])
def test_rare_demand_that_never_came(method: Any) -> None:
    assert method([0, 0, 0], 2) == [0, 0]


def test_backtest_by_hand() -> None:
    # 9 periods: 3 tests, of periods 7, 8, 9 from what was before. Naive errs by 2 each time. The mean of the last six
    # says 11 each time and errs by 1. Naive over the whole series errs by 2 each time as well.
    found = backtest(series(10, 12, 10, 12, 10, 12, 10, 12, 10), season=1)
    scores = {score.method: score for score in found.scores}

    assert (found.origins, found.window) == (3, 1)
    assert (scores["naive"].mae, scores["naive"].mase) == (D(2), D(1))
    assert (scores["moving average 6"].mae, scores["moving average 6"].mase) == (D(1), D("0.5"))
    # 3 of 10 + 12 + 10.
    assert scores["moving average 6"].wape == D("0.09375")


def test_constant_demand_is_naive() -> None:
    found = forecast(series(*[7] * 24), 3)

    assert (found.method, found.values) == ("naive", (D(7), D(7), D(7)))
    assert (found.backtest.scores[0].mae, found.backtest.scores[0].mase) == (D(0), None)


def test_trend_is_followed() -> None:
    found = forecast(series(*range(10, 130, 5)), 3)

    assert found.method == "holt"
    assert found.values == (D(130), D(135), D(140))


def test_season_is_followed() -> None:
    year = [10, 12, 30, 80, 60, 20, 15, 11, 9, 40, 90, 100]

    found = forecast(series(*year * 3), 12)

    assert (found.method, found.values) == ("seasonal naive", tuple(D(value) for value in year))


def test_season_is_tried_from_two_on() -> None:
    tried = [{score.method for score in backtest(series(*range(count))).scores} for count in (23, 24)]

    assert ["seasonal naive" in each for each in tried] == [False, True]


def test_noise_is_smoothed() -> None:
    found = forecast(series(95, 107, 99, 104, 92, 108, 101, 96, 105, 94, 103, 97, 106, 98, 102, 93), 1)

    assert found.method in ("moving average 6", "moving average 3", "exponential smoothing")
    assert D(95) <= found.values[0] <= D(105)


def test_rare_demand_is_not_forecast_as_nothing() -> None:
    found = forecast(series(0, 0, 5, 0, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 5, 0, 0, 0, 0, 5, 0, 0, 0, 5, 0, 0, 0), 1)

    # 30 in 27 periods: about 1.1 in each.
    assert found.backtest.window == 5
    assert found.method in ("croston", "sba", "tsb", "moving average 6", "exponential smoothing")
    assert D("0.8") <= found.values[0] <= D("1.5")


def test_no_demand_is_none() -> None:
    found = forecast(series(*[0] * 12), 2)

    assert (found.method, found.values) == ("naive", (D(0), D(0)))
    assert (found.backtest.scores[0].mase, found.backtest.scores[0].wape) == (None, None)


@pytest.mark.parametrize("count", range(1, 6))
def test_short_series_is_naive_and_not_tested(count: int) -> None:
    found = forecast(series(*range(1, count + 1)), 2)

    assert (found.method, found.values) == ("naive", (D(count), D(count)))
    assert (found.backtest.scores, found.backtest.origins) == ((), 0)


@pytest.mark.parametrize(
    ("values", "position"),
    [
        ([], None),
        ([D(1), None, D(3)], 1),
        ([D(1), D("NaN")], 1),
        ([D("Infinity")], 0),
        ([D(1), D(2), D(-1)], 2),
        ([1.5], 0),
        (["3"], 0),
    ],
)
def test_bad_series_is_refused_with_the_position(values: list[Any], position: int | None) -> None:
    for call in (lambda: backtest(values), lambda: forecast(values, 1)):
        with pytest.raises(InvalidSeries) as refused:
            call()
        assert refused.value.position == position


def test_horizon_and_season_have_a_period() -> None:
    with pytest.raises(ValueError, match="horizon"):
        forecast(series(1), 0)
    with pytest.raises(ValueError, match="season"):
        backtest(series(1), season=0)


def test_monthly_fills_the_gaps() -> None:
    dated = [
        (datetime.date(2026, 2, 28), D(3)),
        (datetime.date(2025, 12, 1), D(5)),
        (datetime.date(2026, 2, 1), D(4)),
        (datetime.date(2026, 4, 1), D(99)),
    ]

    found = monthly(dated, datetime.date(2025, 11, 15), datetime.date(2026, 3, 1))

    assert found == (D(0), D(5), D(0), D(7), D(0))


def test_monthly_refuses_months_that_run_back() -> None:
    with pytest.raises(InvalidSeries):
        monthly([], datetime.date(2026, 2, 1), datetime.date(2026, 1, 31))


@given(demands, st.integers(1, 15), st.sampled_from([1, 4, 12]))
def test_any_series_has_a_forecast_that_is_never_negative(values: list[int], horizon: int, season: int) -> None:
    found = forecast(series(*values), horizon, season=season)

    assert len(found.values) == horizon
    assert all(value.is_finite() and value >= 0 for value in found.values)
    assert found == forecast(series(*values), horizon, season=season)


@given(demands)
def test_chosen_method_never_loses_to_naive(values: list[int]) -> None:
    found = backtest(series(*values))
    errors = {score.method: score.mae for score in found.scores}

    if errors:
        assert errors[found.method] == found.scores[0].mae <= errors["naive"]
        assert errors[found.method] <= min(errors.values()) + D("0.00001")
