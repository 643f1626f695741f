"""The forecast and the back-test as pages, files and the API show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.pipeline.engine import (
    OVERDUE,
    UNDATED,
    Bucket,
    period_start,
    stage_probabilities,
    total_of,
    weighted_forecast,
)
from crm.pipeline.models import Opportunity, Pipeline, Stage
from crm.pipeline.selectors import BackTest, histories_of, learned_percents, open_deals, visible_opportunities
from suite.access.models import User
from suite.access.restrict import restrict
from suite.metrics.charts import ChartData, Series
from suite.metrics.choices import Unit
from suite.metrics.format import is_chinese
from suite.metrics.models import Target
from suite.metrics.periods import add_months

GROUPINGS = ("month", "quarter", "stage", "owner")
SALES = "crm.sales"
# At least so many months or quarters are drawn, so that an empty one shows as empty.
AHEAD = {"month": 6, "quarter": 4}


@dataclass(frozen=True)
class Row:
    """One line of the forecast, with the list of the opportunities behind it."""

    label: str
    bucket: Bucket
    target: Decimal | None = None
    url: str = ""

    @property
    def low(self) -> Decimal:
        """The lower limit of what will likely come."""
        return self.bucket.band()[0]

    @property
    def high(self) -> Decimal:
        """The upper limit of what will likely come."""
        return self.bucket.band()[1]


@dataclass(frozen=True)
class Forecast:
    """The forecast of what a user may see, by one grouping."""

    by: str
    is_learned: bool
    pipeline: Pipeline | None
    rows: list[Row]
    total: Bucket
    at: datetime

    @property
    def has_targets(self) -> bool:
        """Whether there is a target for one of the periods."""
        return any(row.target is not None for row in self.rows)


def forecast_of(
    user: User, *, at: datetime, by: str = "month", is_learned: bool = False, pipeline: Pipeline | None = None
) -> Forecast:
    """
    Return the weighted forecast of the open opportunities that a user may see.

    :param is_learned: with the win rates that history shows, where there is enough of it.
    :param pipeline: only of this sales process.
    """
    today = timezone.localdate(at)
    rows = visible_opportunities(user)
    if pipeline is not None:
        rows = rows.filter(stage__pipeline=pipeline)
    learned = learned_percents(stage_probabilities(histories_of(rows), as_of=at)) if is_learned else None
    buckets = weighted_forecast(open_deals(rows, learned=learned), by, today=today)
    total = total_of(buckets)
    if by in AHEAD:
        shown = _periods(user, _with_empty(buckets, by, today), by, today, pipeline)
    else:
        shown = _groups(buckets, by, pipeline)
    return Forecast(by, is_learned, pipeline, shown, total, at)


def _with_empty(buckets: Sequence[Bucket], by: str, today: date) -> list[Bucket]:
    """The buckets with the periods ahead that nothing falls into."""
    step = 1 if by == "month" else 3
    known = {bucket.key: bucket for bucket in buckets}
    ahead = [add_months(period_start(today, by), step * number) for number in range(AHEAD[by])]
    dates = sorted({*ahead, *(key for key in known if isinstance(key, date))})
    keys: list[Any] = [*([OVERDUE] if OVERDUE in known else []), *dates, *([UNDATED] if UNDATED in known else [])]
    return [known.get(key, Bucket(key)) for key in keys]


def _periods(user: User, buckets: Sequence[Bucket], by: str, today: date, pipeline: Pipeline | None) -> list[Row]:
    targets = _targets(user)
    shown = []
    for bucket in buckets:
        key = bucket.key
        if not isinstance(key, date):
            is_late = key == OVERDUE
            yesterday = (today - timedelta(days=1)).isoformat()
            filters = [("expected_close_date_before", yesterday)] if is_late else [("is_undated", "true")]
            shown.append(Row(_("Overdue") if is_late else _("No date"), bucket, url=_link(filters, pipeline)))
            continue
        months = [add_months(key, number) for number in range(1 if by == "month" else 3)]
        last = add_months(months[-1], 1) - timedelta(days=1)
        wanted = [targets.get((month.year, month.month)) for month in months]
        target = None if None in wanted else sum((each for each in wanted if each is not None), Decimal(0))
        filters = [
            ("expected_close_date_after", max(key, today).isoformat()),
            ("expected_close_date_before", last.isoformat()),
        ]
        shown.append(Row(period_name(key, by), bucket, target, _link(filters, pipeline)))
    return shown


def _groups(buckets: Sequence[Bucket], by: str, pipeline: Pipeline | None) -> list[Row]:
    model: Any = Stage if by == "stage" else User
    names = model._default_manager.in_bulk([bucket.key for bucket in buckets])
    if by == "owner":
        buckets = sorted(buckets, key=lambda bucket: -bucket.expected)
    return [Row(str(names[bucket.key]), bucket, url=_link([(by, bucket.key)], pipeline)) for bucket in buckets]


def _link(filters: Sequence[tuple[str, Any]], pipeline: Pipeline | None) -> str:
    """The list of the opportunities behind a row."""
    base: list[tuple[str, Any]] = [("as", "list"), ("status", "OPEN"), *filters]
    if pipeline is not None and not any(name == "stage" for name, _value in filters):
        base += [("stage", pk) for pk in pipeline.stages.order_by("position").values_list("pk", flat=True)]
    return f"{reverse('crm:opportunity-list')}?{urlencode(base)}"


def _targets(user: User) -> dict[tuple[int, int], Decimal]:
    """Sales targets by year and month: of the business for those who see all of it, else the user's own."""
    everything = Opportunity._default_manager.all()
    rows = Target.objects.filter(metric=SALES)
    if restrict(everything, user=user) is everything:
        rows = rows.filter(content_type__isnull=True)
    else:
        rows = rows.filter(content_type=ContentType.objects.get_for_model(User), object_id=user.pk)
    return {(year, month): value for year, month, value in rows.values_list("year", "month", "value")}


def period_name(start: date, by: str) -> str:
    """What a month or quarter is called."""
    if by == "quarter":
        return _("%(year)d Q%(quarter)d") % {"year": start.year, "quarter": (start.month + 2) // 3}
    if is_chinese():
        return f"{start.year}年{start.month}月" if start.month == 1 else f"{start.month}月"
    return date_format(start, "M Y" if start.month == 1 else "M")


def head_of(by: str) -> str:
    """What the first column of a grouping is called."""
    return {"month": _("Month"), "quarter": _("Quarter"), "stage": _("Stage"), "owner": _("Owner")}[by]


def chart_of(forecast: Forecast) -> ChartData:
    """The forecast as a chart: whole and weighted amounts, the band, and the target where there is one."""
    rows = forecast.rows
    series = [
        Series(_("Amount"), [row.bucket.amount for row in rows], type="bar", color="c3"),
        Series(_("Weighted"), [row.bucket.weighted for row in rows], type="bar", color="c1"),
    ]
    if forecast.by in AHEAD:
        thin = {"dash": True, "symbols": False}
        series += [
            Series(_("Likely at least"), [row.low for row in rows], color="c6", options=thin),
            Series(_("Likely at most"), [row.high for row in rows], color="c5", options=thin),
        ]
    if forecast.has_targets:
        series.append(Series(_("Target"), [row.target for row in rows], color="c2", options={"symbols": True}))
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=head_of(forecast.by),
        x=[row.label for row in rows],
        series=series,
        links=[row.url for row in rows],
    )


def forecast_table(forecast: Forecast) -> list[list[Any]]:
    """The forecast as lines of a file, in yuan."""
    head: list[Any] = [
        head_of(forecast.by),
        _("Opportunities"),
        _("Amount"),
        _("Weighted"),
        _("Likely at least"),
        _("Likely at most"),
        _("Target"),
    ]
    whole = Row(_("Total"), forecast.total)
    lines = [
        [
            row.label,
            row.bucket.count,
            row.bucket.amount,
            row.bucket.weighted,
            row.low,
            row.high,
            "" if row.target is None else row.target,
        ]
        for row in [*forecast.rows, whole]
    ]
    return [head, *lines]


def back_test_chart(found: BackTest) -> ChartData:
    """Forecasts at the starts of months beside what came."""
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=_("Month"),
        x=[period_name(each.month, "month") for each in found.months],
        series=[
            Series(_("Won in the month"), [each.came for each in found.months], type="bar", color="c3"),
            Series(
                _("of that expected then"), [each.came_as_expected for each in found.months], type="bar", color="c1"
            ),
            Series(_("Forecast, configured rates"), [each.configured.weighted for each in found.months], color="c2"),
            Series(_("Forecast, rates from history"), [each.learned.weighted for each in found.months], color="c5"),
        ],
    )


def calibration_rows(found: BackTest) -> list[dict[str, Any]]:
    """Chances in bins beside what share was won, both ways."""
    return [
        {"label": f"{one.low}–{one.high} %", "configured": one, "learned": other}
        for one, other in zip(found.configured.bins, found.learned.bins, strict=True)
    ]


def asked_forecast(user: User, given: Mapping[str, Any], *, at: datetime) -> Forecast:
    """Return the forecast that a query string asks for: ``by``, ``rates=history``, ``pipeline``."""
    by = str(given.get("by") or "")
    wanted = str(given.get("pipeline") or "")
    pipeline = Pipeline.objects.filter(pk=wanted, is_active=True).first() if wanted.isdecimal() else None
    return forecast_of(
        user,
        at=at,
        by=by if by in GROUPINGS else GROUPINGS[0],
        is_learned=given.get("rates") == "history",
        pipeline=pipeline,
    )
