"""Charts: figures of several periods or groups, drawn in the browser, with the same figures as a table behind."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from suite.metrics.choices import Unit
from suite.metrics.format import MISSING, figure, is_chinese, money_scale, round_half_up
from suite.metrics.periods import add_months
from suite.metrics.values import Fact, ratio

KINDS = frozenset({"combo", "bar", "ageing", "ranking", "funnel", "pie", "line", "heat"})
FULL = Decimal(100)
_SCRIPT_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}
PLACES = {Unit.MONEY: 1, Unit.PERCENT: 1, Unit.COUNT: 2, Unit.DAYS: 1, Unit.HOURS: 1, Unit.TIMES: 2}


def month_name(month: date) -> str:
    """Name a month on an axis; January says its year."""
    if is_chinese():
        return f"{month:%Y}年{month.month}月" if month.month == 1 else f"{month.month}月"
    return date_format(month, "M Y" if month.month == 1 else "M")


def day_filters(name: str, first: date, last: date) -> list[tuple[str, str]]:
    """Return the filters of a list page for a date between two days."""
    return [(f"{name}_after", first.isoformat()), (f"{name}_before", last.isoformat())]


def month_filters(name: str, month: date) -> list[tuple[str, str]]:
    """Return the filters of a list page for a date within a month."""
    return day_filters(name, month, add_months(month, 1) - timedelta(days=1))


def list_link(view: str, filters: Iterable[tuple[str, Any]]) -> str:
    """Return the address of a list page with filters."""
    return f"{reverse(view)}?{urlencode(list(filters))}"


@dataclass(frozen=True)
class Series:
    """
    One row of figures of a chart, in the chart's unit.

    :param type: ``bar`` within a combo chart; empty: a line.
    :param color: token of the look: ``c1`` this year, ``c2`` target, ``c3`` last year, ``c4`` to ``c6`` free.
    :param options: how it is drawn: dash, symbols, step, w, area, mark, point (see the script of charts).
    """

    name: Any
    data: Sequence[Decimal | int | None]
    type: str = ""
    color: str = ""
    options: dict[str, Any] | None = None


@dataclass(frozen=True)
class ChartData:
    """
    What a chart shows.

    :param x: categories; for ``heat`` the columns.
    :param y: for ``heat`` the rows; its single series then goes row by row.
    :param head: heading of the categories in the table.
    :param links: for each category the list page of the rows behind it, or "".
    :param partial: index of the category that is not over yet.
    :param facts: shown below the chart.
    :param url: list page of all rows behind the chart.
    :param note: small words beside the title.
    """

    kind: str
    unit: str
    x: Sequence[Any]
    series: Sequence[Series]
    head: Any = ""
    links: Sequence[str] = ()
    partial: int | None = None
    is_stacked: bool = False
    y: Sequence[Any] = ()
    facts: Sequence[Fact] = ()
    url: str = ""
    note: Any = ""
    counter: Any = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Unknown kind of chart {self.kind}")
        length = len(self.x) * len(self.y) if self.kind == "heat" else len(self.x)
        if any(len(each.data) != length for each in self.series):
            raise ValueError("A series of the chart has another length than its axis")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for each in self.series for value in each.data)

    @property
    def unit_text(self) -> str:
        """The unit as axis, tooltip and table name it."""
        if self.unit == Unit.MONEY:
            return money_scale()[1]
        return str(self.counter) if self.unit == Unit.COUNT else str(Unit(self.unit).label)

    def as_json(self) -> dict[str, Any]:
        """Return what the script of charts draws."""
        data: dict[str, Any] = {
            "kind": self.kind,
            "unit": self.unit_text,
            "x": [str(each) for each in self.x],
            "head": str(self.head),
            "series": [self._series(each) for each in self.series],
        }
        if self.kind == "heat":
            data["y"] = [str(each) for each in self.y]
        if self.partial is not None:
            data["partial"] = self.partial
        if self.is_stacked:
            data["stack"] = True
        if any(self.links):
            data["links"] = list(self.links)
        return data

    def table(self) -> list[list[Any]]:
        """Return heading and rows as plain values, in yuan and not scaled: for export."""
        if self.kind == "heat":
            (only,) = self.series
            cells = iter(only.data)
            rows = [[str(row), *(next(cells) for _column in self.x)] for row in self.y]
            return [[str(self.head), *map(str, self.x)], *rows]
        unit = str(self.counter) if self.unit == Unit.COUNT else str(Unit(self.unit).label)
        head = [str(self.head), *(f"{each.name} ({unit})" if unit else str(each.name) for each in self.series)]
        return [head, *([str(name), *(each.data[at] for each in self.series)] for at, name in enumerate(self.x))]

    @property
    def script(self) -> SafeString:
        """The same as JSON that cannot end the script element it stands in."""
        return SafeString(json.dumps(self.as_json(), ensure_ascii=False).translate(_SCRIPT_ESCAPES))

    def shown_head(self) -> list[str]:
        """Return the headings of the table behind the chart, with the unit."""
        if self.kind == "heat":
            return [str(self.head), *map(str, self.x)]
        unit = f" ({self.unit_text})" if self.unit_text else ""
        return [str(self.head), *(f"{each.name}{unit}" for each in self.series)]

    def shown_rows(self) -> list[dict[str, Any]]:
        """Return the table behind the chart: label, link and figures as texts."""
        if self.kind == "heat":
            return [{"label": row[0], "url": "", "cells": [*map(self._text, row[1:])]} for row in self.table()[1:]]
        return [
            {"label": str(name), "url": url, "cells": [self._text(each.data[at]) for each in self.series]}
            for at, (name, url) in enumerate(zip(self.x, self._links(), strict=True))
        ]

    def stages(self) -> list[dict[str, Any]]:
        """Return the steps of a funnel: label, figure, width of its bar, share that came from the step before."""
        (only,) = self.series
        top = max((Decimal(value or 0) for value in only.data), default=Decimal(0))
        steps: list[dict[str, Any]] = []
        before: Decimal | int | None = None
        for label, value, url in zip(self.x, only.data, self._links(), strict=True):
            share = ratio(value, before)
            width = ratio(value, top) or Decimal(0)
            steps.append(
                {
                    "label": str(label),
                    "figure": figure(value, self.unit),
                    "width": f"{round_half_up(width * 200, 1):f}",
                    "share": "" if share is None else f"{round_half_up(share * FULL, 0):f}%",
                    "url": url,
                }
            )
            before = value
        return steps

    def shown_facts(self) -> list[dict[str, Any]]:
        """Return the facts below the chart as texts."""
        return [
            {"label": each.label, "figure": figure(each.value, each.unit, each.counter), "tone": each.tone}
            for each in self.facts
        ]

    def _links(self) -> list[str]:
        return [*self.links, *[""] * (len(self.x) - len(self.links))]

    def _scaled(self, value: Decimal | int | None) -> Decimal | None:
        if value is None:
            return None
        divisor = money_scale()[0] if self.unit == Unit.MONEY else Decimal(1)
        return round_half_up(Decimal(value) / divisor, PLACES[Unit(self.unit)])

    def _text(self, value: Decimal | int | None) -> str:
        scaled = self._scaled(value)
        if scaled is None:
            return MISSING
        text = f"{scaled:,f}"
        return text.rstrip("0").rstrip(".") if self.unit == Unit.COUNT and "." in text else text

    def _series(self, each: Series) -> dict[str, Any]:
        data: dict[str, Any] = {"name": str(each.name), "data": [_number(self._scaled(value)) for value in each.data]}
        if self.kind == "heat":
            width = len(self.x)
            data["data"] = [[at % width, at // width, value] for at, value in enumerate(data["data"])]
        if each.type:
            data["type"] = each.type
        if each.color:
            data["c"] = each.color
        return {**data, **(each.options or {})}


def _number(value: Decimal | None) -> int | float | None:
    """For drawing only: what is counted with stays Decimal."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
