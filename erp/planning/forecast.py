"""
Forecast of short series of demand: several methods are tried on the past, and the one that erred least is used.

A series is the demand of consecutive periods, oldest first, in the base unit. The back-test has a rolling origin: for
each of the last periods, what each method would have said from what was known before it. The naive forecast takes part
and comes first, so what is used is never worse in the test than naive.

An error is that of the demand of a *window* of periods, the mean interval between two demands. Item by item and period
by period, "nothing" would be the best forecast of rare demand; over a window it is not.

The methods calculate in floats, as statistics do; quantities go in and come out as decimals.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from suite.masters.decimals import round_exact

DECIMALS = 6
SEASON = 12
# A test needs some origins, and more than this tell nothing new of a short series.
TESTS = 12
FEWEST_PERIODS = 6
MOVING_PERIODS = (3, 6)
WEIGHTS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
TREND_WEIGHTS = (0.1, 0.3, 0.5)
DAMPING = 0.9
INTERMITTENT_WEIGHT = 0.1
# Errors that differ by less are the same, so that the noise of floats does not choose; the simpler method wins.
SAME = 1e-9

Path = Callable[[Sequence[float], int], list[float]]


class InvalidSeries(ValueError):
    """
    A series that cannot be forecast.

    :ivar position: of the value that is wrong, from 0; None when it is the whole series.
    """

    def __init__(self, text: str, position: int | None = None) -> None:
        super().__init__(text if position is None else f"Period {position}: {text}")
        self.position = position


@dataclass(frozen=True)
class Score:
    """
    How a method did in the back-test.

    :param mae: mean absolute error of the demand of a window, in the base unit.
    :param mase: ``mae`` by that of naive over the whole series (Hyndman and Koehler 2006); None if naive never erred.
    :param wape: sum of the absolute errors by the demand they are of; None if there was no demand.
    """

    method: str
    mae: Decimal
    mase: Decimal | None
    wape: Decimal | None


@dataclass(frozen=True)
class Backtest:
    """
    Which method is best for a series.

    :param scores: best first; empty if the series is too short to test, and then naive is the method.
    :param origins: how many forecasts each score is of.
    :param window: periods that a forecast of the test is for.
    """

    method: str
    scores: tuple[Score, ...]
    origins: int
    window: int


@dataclass(frozen=True)
class Forecast:
    """
    The demand expected in the next periods.

    :param values: one for each period, in the base unit, not negative.
    :param backtest: why this method was chosen.
    """

    method: str
    values: tuple[Decimal, ...]
    backtest: Backtest


@dataclass(frozen=True)
class _Method:
    """:param minimum: periods that it needs to say anything."""

    name: str
    minimum: int
    path: Path


def naive(history: Sequence[float], horizon: int) -> list[float]:
    """Say the last value again."""
    return [history[-1]] * horizon


def seasonal_naive(history: Sequence[float], horizon: int, *, season: int) -> list[float]:
    """Say the value of one season ago; ``history`` has one season at least."""
    return [history[len(history) - season + step % season] for step in range(horizon)]


def moving_average(history: Sequence[float], horizon: int, *, periods: int) -> list[float]:
    """Say the mean of the last periods."""
    last = history[-periods:]
    return [sum(last) / len(last)] * horizon


def exponential_smoothing(history: Sequence[float], horizon: int, *, weight: float | None = None) -> list[float]:
    """
    Say the exponentially smoothed level (SES, Brown 1956).

    :param weight: of the newest value (0–1); without it the one that erred least within the history.
    """
    weights = WEIGHTS if weight is None else (weight,)
    _, level = min((_smoothed(history, each) for each in weights), key=lambda found: found[0])
    return [level] * horizon


def holt(
    history: Sequence[float],
    horizon: int,
    *,
    weights: tuple[float, float] | None = None,
    damping: float = 1.0,
) -> list[float]:
    """
    Say level and trend, each smoothed (Holt 1957), and the trend damped if asked (Gardner and McKenzie 1985).

    Negative demand becomes none.

    :param history: two periods at least.
    :param weights: of the newest level and trend (0–1); without them those that erred least within the history.
    """
    pairs = [(a, b) for a in WEIGHTS for b in TREND_WEIGHTS] if weights is None else [weights]
    _, level, trend = min((_trended(history, *each, damping) for each in pairs), key=lambda found: found[0])
    values, reach = [], 0.0
    for step in range(1, horizon + 1):
        reach += damping**step
        values.append(max(level + reach * trend, 0.0))
    return values


def croston(
    history: Sequence[float], horizon: int, *, weight: float = INTERMITTENT_WEIGHT, is_corrected: bool = False
) -> list[float]:
    """
    Say smoothed size by smoothed interval of demands (Croston 1972); nothing if there never was a demand.

    :param weight: of the newest size and interval.
    :param is_corrected: for the bias of the quotient, by 1 - weight/2 (SBA, Syntetos and Boylan 2005).
    """
    size = interval = 0.0
    since = 1
    for value in history:
        if not value:
            since += 1
            continue
        if size:
            size += weight * (value - size)
            interval += weight * (since - interval)
        else:
            size, interval = value, float(since)
        since = 1
    rate = size / interval if size else 0.0
    return [rate * (1 - weight / 2 if is_corrected else 1.0)] * horizon


def tsb(history: Sequence[float], horizon: int, *, weight: float = INTERMITTENT_WEIGHT) -> list[float]:
    """
    Say smoothed size times smoothed probability of a demand (Teunter, Syntetos, Babai 2011).

    Other than Croston's it falls while nothing is asked for, as it should with items that go out of use.
    """
    demands = [value for value in history if value]
    if not demands:
        return [0.0] * horizon
    probability, size = len(demands) / len(history), demands[0]
    for value in history:
        probability += weight * ((1.0 if value else 0.0) - probability)
        if value:
            size += weight * (value - size)
    return [probability * size] * horizon


def backtest(series: Sequence[Decimal], *, season: int = SEASON) -> Backtest:
    """
    Try the methods on the past of a series.

    :param series: demand of consecutive periods, oldest first; a period without demand is a zero, never left out.
    :param season: periods after which demand repeats; 1 for none. It is tried from two seasons on, unless demand is
        rare.
    :raises InvalidSeries: for no period, or for one that is missing, no number or negative.
    :raises ValueError: for a season below one.
    """
    if season < 1:
        raise ValueError("A season has one period at least")
    values = _checked(series)
    window = _window(values)
    count = len(values)
    last_origin = count - window
    tests = min(TESTS, count // 3)
    if count < FEWEST_PERIODS:
        return Backtest("naive", (), 0, window)
    origins = range(last_origin - tests + 1, last_origin + 1)
    actuals = {origin: sum(values[origin : origin + window]) for origin in range(1, last_origin + 1)}
    scale = _mean(abs(actuals[origin] - window * values[origin - 1]) for origin in actuals)
    tested = sum(actuals[origin] for origin in origins)
    errors = {
        method.name: _mean(abs(actuals[origin] - sum(method.path(values[:origin], window))) for origin in origins)
        for method in _methods(values, season)
        if method.minimum <= origins[0]
    }
    scores = [
        Score(
            name,
            _decimal(error),
            _decimal(error / scale) if scale else None,
            _decimal(error * tests / tested) if tested else None,
        )
        for name, error in _ranked(errors)
    ]
    return Backtest(scores[0].method, tuple(scores), tests, window)


def forecast(series: Sequence[Decimal], horizon: int, *, season: int = SEASON) -> Forecast:
    """
    Say the demand of the next periods by the method that did best in the back-test.

    :param series, season: as in :func:`backtest`.
    :param horizon: periods to say, 1 or more.
    :raises InvalidSeries: as :func:`backtest` does.
    :raises ValueError: for a horizon or season below one.
    """
    if horizon < 1:
        raise ValueError("A horizon has one period at least")
    tested = backtest(series, season=season)
    values = _checked(series)
    path = next(method.path for method in _methods(values, season) if method.name == tested.method)
    return Forecast(tested.method, tuple(_decimal(value) for value in path(values, horizon)), tested)


def monthly(
    quantities: Iterable[tuple[datetime.date, Decimal]], first: datetime.date, last: datetime.date
) -> tuple[Decimal, ...]:
    """
    Return the series of the months from that of ``first`` to that of ``last``; those without a quantity are zero.

    :param quantities: dated, in any order; those of other months are left out.
    :raises InvalidSeries: when ``last`` is in an earlier month than ``first``.
    """
    start = first.year * 12 + first.month
    count = last.year * 12 + last.month - start + 1
    if count < 1:
        raise InvalidSeries("The last month comes before the first")
    sums = [Decimal(0)] * count
    for date, quantity in quantities:
        place = date.year * 12 + date.month - start
        if 0 <= place < count:
            sums[place] += quantity
    return tuple(sums)


def _methods(values: Sequence[float], season: int) -> Iterable[_Method]:
    """The methods worth trying, simplest first."""
    yield _Method("naive", 1, naive)
    for periods in MOVING_PERIODS:
        yield _Method(f"moving average {periods}", periods, partial(moving_average, periods=periods))
    # A few demands repeat after a season by chance.
    if season > 1 and len(values) >= 2 * season and _window(values) == 1:
        yield _Method("seasonal naive", season, partial(seasonal_naive, season=season))
    yield _Method("exponential smoothing", 2, exponential_smoothing)
    if not all(values):
        yield _Method("croston", 2, croston)
        yield _Method("sba", 2, partial(croston, is_corrected=True))
        yield _Method("tsb", 2, tsb)
    yield _Method("damped holt", 4, partial(holt, damping=DAMPING))
    yield _Method("holt", 4, holt)


def _ranked(errors: Mapping[str, float]) -> list[tuple[str, float]]:
    """Sort by error; of those that are the same as the best, the one tried first leads."""
    ranked = sorted(errors.items(), key=lambda each: each[1])
    lowest = ranked[0][1]
    leader = next(name for name, error in errors.items() if error <= lowest + SAME * max(lowest, 1.0))
    return sorted(ranked, key=lambda each: each[0] != leader)


def _window(values: Sequence[float]) -> int:
    """The mean interval between demands, at most a third of the series."""
    demands = sum(1 for value in values if value)
    interval = int(len(values) / demands + 0.5) if demands else 1
    return max(1, min(interval, len(values) // 3))


def _smoothed(history: Sequence[float], weight: float) -> tuple[float, float]:
    level, error = history[0], 0.0
    for value in history[1:]:
        error += (value - level) ** 2
        level += weight * (value - level)
    return error, level


def _trended(
    history: Sequence[float], weight: float, trend_weight: float, damping: float
) -> tuple[float, float, float]:
    level, trend, error = history[1], history[1] - history[0], 0.0
    for value in history[2:]:
        expected = level + damping * trend
        error += (value - expected) ** 2
        before = level
        level = expected + weight * (value - expected)
        trend = trend_weight * (level - before) + (1 - trend_weight) * damping * trend
    return error, level, trend


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)


def _checked(series: Sequence[Decimal]) -> list[float]:
    if not series:
        raise InvalidSeries("A series needs one period at least")
    for position, value in enumerate(series):
        if value is None:
            raise InvalidSeries("is missing; without demand it is a zero", position)
        if not isinstance(value, Decimal | int) or not Decimal(value).is_finite():
            raise InvalidSeries(f"{value!r} is no decimal number", position)
        if value < 0:
            raise InvalidSeries(f"demand {value} is negative", position)
    return [float(value) for value in series]


def _decimal(value: float) -> Decimal:
    return round_exact(Decimal(value), DECIMALS)
