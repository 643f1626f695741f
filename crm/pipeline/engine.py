"""
The forecast of the sales pipeline, and what history says about its win rates: pure functions, exact on the way.

The weighted forecast is Σ amount × win rate over open opportunities. Taking each as won or lost as a whole and
independent of the others, its variance is Σ amount² × p × (1 − p); the band shown is the forecast ± z times its root.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction

from suite.masters.decimals import round_exact

# Keys of the buckets beside the periods.
OVERDUE, UNDATED = "late", "none"
# Two-sided: 80 % of forecasts should fall within the band, 95 % of true shares within the interval.
BAND_Z, INTERVAL_Z = Decimal("1.2816"), Decimal("1.96")
ZERO, ONE = Fraction(0), Fraction(1)
MONTHS_OF = {"month": 1, "quarter": 3}
# Digits for roots; what is shown is rounded once.
ROOT_DIGITS = 60


@dataclass(frozen=True)
class Deal:
    """
    One opportunity as the forecast sees it.

    :param amount: not negative.
    :param percent: chance of winning, 0 to 100.
    """

    amount: Decimal
    percent: Decimal | int
    expected_close: date | None = None
    owner: Hashable = None
    stage: Hashable = None
    is_open: bool = True

    @property
    def chance(self) -> Fraction:
        """The chance of winning, 0 to 1."""
        return Fraction(self.percent) / 100


@dataclass(frozen=True)
class Bucket:
    """
    A part of the forecast.

    :param key: first day of the period, the owner or the stage; ``OVERDUE`` and ``UNDATED`` beside the periods.
    :param expected: Σ amount × chance, exact.
    :param spread: variance, exact.
    """

    key: Hashable
    count: int = 0
    amount: Decimal = Decimal(0)
    expected: Fraction = ZERO
    spread: Fraction = ZERO

    @property
    def weighted(self) -> Decimal:
        """The weighted amount to 0.01."""
        return round_exact(self.expected, 2)

    @property
    def variance(self) -> Decimal:
        """Σ amount² × p × (1 − p), to 0.0001."""
        return round_exact(self.spread, 4)

    @property
    def deviation(self) -> Decimal:
        """The standard deviation to 0.01."""
        return round_exact(_root(self.spread), 2)

    def band(self, z: Decimal = BAND_Z) -> tuple[Decimal, Decimal]:
        """Lower and upper limit of what will likely come, between nothing and the whole amount."""
        reach = Fraction(z) * _root(self.spread)
        low, high = self.expected - reach, self.expected + reach
        return round_exact(max(low, ZERO), 2), round_exact(min(high, Fraction(self.amount)), 2)

    def with_deal(self, deal: Deal) -> Bucket:
        """Return the bucket with one more opportunity."""
        amount, chance = Fraction(deal.amount), deal.chance
        return Bucket(
            self.key,
            self.count + 1,
            self.amount + deal.amount,
            self.expected + amount * chance,
            self.spread + amount * amount * chance * (1 - chance),
        )


def weighted_forecast(opportunities: Iterable[Deal], by: str = "month", *, today: date) -> list[Bucket]:
    """
    Return the weighted forecast of the open opportunities.

    By ``month`` or ``quarter`` of the expected close, what should have closed before today stands in ``OVERDUE`` first,
    and what has no date in ``UNDATED`` last; only buckets with opportunities are returned. By ``owner`` or ``stage``
    the buckets come in the order in which the opportunities do.

    :raises ValueError: for another grouping, a negative amount, or a chance outside 0 to 100.
    """
    key_of = _grouping(by, today)
    buckets: dict[Hashable, Bucket] = {}
    for deal in opportunities:
        if not deal.is_open:
            continue
        if deal.amount < 0 or not 0 <= deal.percent <= 100:
            raise ValueError("An opportunity has an amount that is not negative and a chance from 0 to 100")
        key = key_of(deal)
        buckets[key] = buckets.get(key, Bucket(key)).with_deal(deal)
    if by not in MONTHS_OF:
        return list(buckets.values())
    return sorted(buckets.values(), key=_in_time)


def total_of(buckets: Iterable[Bucket]) -> Bucket:
    """Return several buckets as one; its band is narrower than theirs together, since not all will miss at once."""
    whole = Bucket("total")
    for each in buckets:
        whole = Bucket(
            "total",
            whole.count + each.count,
            whole.amount + each.amount,
            whole.expected + each.expected,
            whole.spread + each.spread,
        )
    return whole


def period_start(day: date, by: str) -> date:
    """Return the first day of the month or quarter of a day."""
    months = MONTHS_OF[by]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _grouping(by: str, today: date) -> Callable[[Deal], Hashable]:
    if by in MONTHS_OF:
        return lambda deal: _period_key(deal.expected_close, by, today)
    if by == "owner":
        return lambda deal: deal.owner
    if by == "stage":
        return lambda deal: deal.stage
    raise ValueError(f"Nobody forecasts by {by}")


def _period_key(close: date | None, by: str, today: date) -> Hashable:
    if close is None:
        return UNDATED
    return OVERDUE if close < today else period_start(close, by)


def _in_time(bucket: Bucket) -> tuple[int, date]:
    if isinstance(bucket.key, date):
        return 1, bucket.key
    return (0 if bucket.key == OVERDUE else 2), date.min


def _root(value: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = ROOT_DIGITS
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


# -- what history says -------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """
    What happened to one opportunity.

    :param reached: moments at which it came to stages, in any order.
    :param outcomes: moments with what it became: True won, False lost, None open again or no opportunity at all.
    """

    key: Hashable
    created_at: datetime
    reached: Sequence[tuple[datetime, Hashable]] = ()
    outcomes: Sequence[tuple[datetime, bool | None]] = ()

    def result_at(self, at: datetime) -> bool | None:
        """Whether it was won or lost by then; None while it was open, or when it never was an opportunity."""
        known = [(moment, number) for number, (moment, _won) in enumerate(self.outcomes) if moment <= at]
        return self.outcomes[max(known)[1]][1] if known else None

    def stages_until(self, at: datetime) -> set[Hashable]:
        """The stages it had come to by then."""
        return {stage for moment, stage in self.reached if moment <= at}


@dataclass(frozen=True)
class Rate:
    """How many of the opportunities that came to a stage and ended were won."""

    won: int
    total: int

    @property
    def percent(self) -> Decimal | None:
        """The share in percent to 0.1; None when none has ended."""
        return round_exact(Fraction(100 * self.won, self.total), 1) if self.total else None

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """Limits between which the true share likely lies, in percent to 0.1 (Wilson's score interval, 95 %)."""
        if not self.total:
            return None
        low, high = wilson_interval(self.won, self.total)
        return round_exact(low * 100, 1), round_exact(high * 100, 1)


def wilson_interval(won: int, total: int, z: Decimal = INTERVAL_Z) -> tuple[Fraction, Fraction]:
    """
    Return the score interval of a share.

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, JASA 22 (1927).

    :raises ValueError: unless 0 ≤ won ≤ total and total > 0.
    """
    if not 0 <= won <= total or total <= 0:
        raise ValueError("A share is of something, and not more than all of it")
    share, square = Fraction(won, total), Fraction(z) ** 2
    middle = share + square / (2 * total)
    reach = Fraction(z) * _root(share * (1 - share) / total + square / (4 * total * total))
    whole = 1 + square / total
    # The root is rounded: of nothing, or of all, the limit is the share itself.
    low, high = (middle - reach) / whole, (middle + reach) / whole
    return max(min(low, share), ZERO), min(max(high, share), ONE)


def stage_probabilities(histories: Iterable[History], *, as_of: datetime) -> dict[Hashable, Rate]:
    """
    Return for each stage what share of the opportunities that came to it was won.

    Only what had ended by ``as_of`` counts, with what had happened by then: nothing later is looked at.
    """
    counts: dict[Hashable, list[int]] = {}
    for each in histories:
        result = each.result_at(as_of)
        if result is None:
            continue
        for stage in each.stages_until(as_of):
            won_total = counts.setdefault(stage, [0, 0])
            won_total[0] += int(result)
            won_total[1] += 1
    return {stage: Rate(won, total) for stage, (won, total) in counts.items()}


@dataclass(frozen=True)
class Snapshot:
    """An opportunity as it stood at the start of a month, with the chances that were known then."""

    key: Hashable
    amount: Decimal
    expected_close: date | None
    configured: Decimal | int
    learned: Decimal | None = None

    def percent(self, *, learned: bool) -> Decimal | int:
        """The chance by one of the two ways; without enough history the configured one."""
        return self.learned if learned and self.learned is not None else self.configured


@dataclass(frozen=True)
class Comparison:
    """What was forecast for a month at its start, both ways, and what was won in it."""

    month: date
    configured: Bucket
    learned: Bucket
    came: Decimal
    came_as_expected: Decimal = Decimal(0)


def compare_month(snapshots: Iterable[Snapshot], won: Mapping[Hashable, Decimal], *, month: date) -> Comparison:
    """
    Compare the forecast of a month, made at its start, with what came.

    :param snapshots: what was open at the start of the month; only what should close in the month was forecast.
    :param won: what was won in the month, by key of the opportunity.
    """
    due = [each for each in snapshots if each.expected_close and period_start(each.expected_close, "month") == month]
    buckets = []
    for learned in (False, True):
        bucket = Bucket(month)
        for each in due:
            bucket = bucket.with_deal(Deal(each.amount, each.percent(learned=learned), each.expected_close))
        buckets.append(bucket)
    expected = sum((won.get(each.key, Decimal(0)) for each in due), Decimal(0))
    return Comparison(month, buckets[0], buckets[1], sum(won.values(), Decimal(0)), expected)


@dataclass(frozen=True)
class Bin:
    """
    Forecasts of similar chances beside what share of them was won.

    :param low: smallest chance in percent; ``high`` is excluded, but for 100.
    :param forecast: mean chance, ``came`` share won, both in percent to 0.1.
    """

    low: int
    high: int
    count: int
    forecast: Decimal | None
    came: Decimal | None


@dataclass(frozen=True)
class Calibration:
    """
    How well chances foretold outcomes.

    :param brier: mean squared distance, 0 perfect, 0.25 a coin, to 0.0001; None without outcomes.
    """

    count: int
    brier: Decimal | None
    bins: tuple[Bin, ...] = field(default=())


def calibrate(forecasts: Iterable[tuple[Decimal | int, bool]], *, width: int = 20) -> Calibration:
    """
    Return how well chances in percent foretold whether opportunities were won.

    Source of the score: G. W. Brier, Verification of Forecasts Expressed in Terms of Probability (1950).

    :param width: of the bins in percentage points; divides 100.
    """
    pairs = [(Fraction(percent), won) for percent, won in forecasts]
    if not pairs:
        return Calibration(0, None, tuple(Bin(low, low + width, 0, None, None) for low in range(0, 100, width)))
    squares = sum(((percent / 100 - int(won)) ** 2 for percent, won in pairs), ZERO)
    bins = []
    for low in range(0, 100, width):
        high = low + width
        within = [pair for pair in pairs if low <= pair[0] < high or (high == 100 == pair[0])]
        count = len(within)
        mean = round_exact(sum((p for p, _won in within), ZERO) / count, 1) if count else None
        share = round_exact(Fraction(100 * sum(won for _p, won in within), count), 1) if count else None
        bins.append(Bin(low, high, count, mean, share))
    return Calibration(len(pairs), round_exact(squares / len(pairs), 4), tuple(bins))
