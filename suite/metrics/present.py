"""Items of a board as the templates show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from suite.core.reading import with_related
from suite.core.text import listed
from suite.metrics.boards import AlertList, Board, Card, Chart, Item, ListCard, Panel
from suite.metrics.choices import SEVERITY_TONES, Trust
from suite.metrics.format import Shown, change_text, figure, spark
from suite.metrics.kept import Kept
from suite.metrics.readings import read
from suite.metrics.registry import MetricContext, metric_of
from suite.metrics.selectors import open_alerts
from suite.metrics.values import Comparison, Fact, Reading
from suite.pages.columns import Column, derive, relations, renderer
from suite.pages.panels import hidden_fields
from suite.pages.registry import pageset_of

ALERTS_SHOWN = 5


@dataclass(frozen=True)
class Shelf:
    """One item on the page."""

    template: str
    css: str
    context: dict[str, Any]


def present(board: Board, context: MetricContext) -> tuple[list[Shelf], list[dict[str, Any]]]:
    """Return the items of a board as they are shown, and the pinned figures for a phone."""
    shelves: list[Shelf] = []
    readings: dict[str, dict[str, Any]] = {}
    items = board.items_for(context.user)
    kept = _kept(items, context)
    for item in items:
        shown = _present(item, context, kept)
        if shown is None:
            continue
        shelves.append(shown)
        if isinstance(item, Card):
            readings[shown.context["card"]["code"]] = shown.context["card"]
    return shelves, [readings[code] for code in board.pinned if code in readings]


def readings_of(board: Board, context: MetricContext) -> list[Reading]:
    """Return the figures of a board, in order."""
    items = board.items_for(context.user)
    kept = _kept(items, context)
    return [_read(item, context, kept) for item in items if isinstance(item, Card)]


def _kept(items: Sequence[Item], context: MetricContext) -> Kept:
    return Kept([each.definition for each in items if isinstance(each, Card) and each.definition], context)


def card_of(reading: Reading) -> dict[str, Any]:
    """Return what the template of a card shows."""
    metric = reading.metric
    trusted = reading.trust == Trust.COMPLETE
    as_of = reading.value.as_of or reading.computed_at
    local = as_of.astimezone(reading.context.zone)
    return {
        "code": metric.code,
        "title": metric.title,
        "figure": figure(reading.value.value, metric.unit, metric.counter),
        "url": reading.url,
        "spark": spark(reading.series),
        "facts": [*_goal_facts(reading), *_comparison_facts(reading), *(_fact(each) for each in reading.value.facts)],
        "formula": metric.formula,
        "source": listed(model._meta.verbose_name_plural for model in metric.source) or metric.module.title,
        "module": metric.module.title,
        "owner": metric.owner,
        "fresh": f"{local:%Y-%m-%d %H:%M}",
        "is_trusted": trusted,
        "trust": _("Reliable") if trusted else reading.doubt,
        "trust_grade": Trust(reading.trust).label,
        "time": time_format(local.time(), "H:i") if local.date() == reading.context.today else f"{local:%m-%d}",
    }


def _present(item: Item, context: MetricContext, kept: Kept) -> Shelf | None:
    if isinstance(item, Card):
        return Shelf(item.template, f"col-6 col-lg-{item.width} kpi-col", {"card": card_of(_read(item, context, kept))})
    css = f"col-12 col-lg-{item.width} d-flex" if item.width < 12 else "col-12"
    if isinstance(item, Chart):
        data = item.source(context)
        return Shelf(item.template, css, {"chart": item, "data": data, "id": f"c-{item.code}"})
    if isinstance(item, ListCard):
        return Shelf(item.template, css, {"list": list_of(item, context)})
    if isinstance(item, AlertList):
        return Shelf(item.template, css, {"alerts": alerts_of(context)})
    if isinstance(item, Panel):
        rendered = item.source(context)
        return Shelf(rendered[0], css, rendered[1]) if rendered is not None else None
    raise TypeError(f"No way to show {item!r}")


def _read(item: Card, context: MetricContext, kept: Kept) -> Reading:
    metric = item.definition
    if metric is None:
        raise LookupError(f"Nobody defines {item.metric}")
    return read(metric, context, subject=context.user if item.is_own else None, kept=kept)


def list_of(item: ListCard, context: MetricContext) -> dict[str, Any]:
    """Return the rows of a list card: cells as HTML, the first linked to the row's page."""
    drill = item.source(context)
    model = drill.queryset.model
    hidden = hidden_fields(model, context.user)
    columns = _on_a_phone(
        [column for each in item.columns if (column := derive(model, each)).name.split("__")[0] not in hidden]
    )
    paths = relations(model, columns)
    queryset = with_related(drill.queryset, paths)
    rows = list(queryset[: item.limit + 1])
    renderers = [(column, renderer(column, model)) for column in columns]
    return {
        "title": item.title,
        "note": item.note,
        "empty": item.empty,
        "url": drill.url(context.user),
        "columns": columns,
        "rows": [
            {"url": _page_of(row, context.user), "cells": [(column, render(row)) for column, render in renderers]}
            for row in rows[: item.limit]
        ],
        "has_more": len(rows) > item.limit,
    }


def _on_a_phone(columns: list[Column]) -> list[Column]:
    """Two lines on a phone, unless declared otherwise: what it is and of whom on the left, the last figure right."""
    if len(columns) < 2 or any(column.phone != "p-no" for column in columns[1:]):
        return columns
    last = replace(columns[-1], phone="p-end")
    between = [replace(column, phone="p-start") for column in columns[1:2]] if len(columns) > 2 else []
    return [columns[0], *between, *columns[2:-1], last]


def alerts_of(context: MetricContext) -> dict[str, Any]:
    """Return the open alerts that the user may see."""
    found = open_alerts(context.user)
    entries = []
    for alert in found[:ALERTS_SHOWN]:
        metric = metric_of(alert.metric)
        if metric is None:
            continue
        limit = figure(alert.threshold, metric.unit, metric.counter)
        value = figure(alert.last_value, metric.unit, metric.counter)
        entries.append(
            {
                "title": alert.rule.name,
                "url": _page_of(alert, context.user),
                "text": _("%(metric)s is %(value)s, limit %(limit)s")
                % {"metric": metric.title, "value": value, "limit": limit},
                "badge": metric.module.title,
                "tone": SEVERITY_TONES[alert.severity],
            }
        )
    return {"count": len(found), "entries": entries}


def _goal_facts(reading: Reading) -> list[dict[str, Any]]:
    if reading.goal is None:
        return []
    metric = reading.metric
    goal = figure(reading.goal.value, metric.unit, metric.counter)
    reached = Shown("—") if reading.goal.reached is None else figure(reading.goal.reached, "%")
    return [{"label": _("Target"), "plain": _without_unit(goal, reading), "figure": reached, "css": ""}]


def _without_unit(goal: Shown, reading: Reading) -> str:
    """The unit once is enough, unless the target is counted in another one."""
    own = figure(reading.value.value, reading.metric.unit, reading.metric.counter)
    return goal.text if goal.unit == own.unit else str(goal)


def _comparison_facts(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label,
            "plain": "",
            "figure": change_text(each.change),
            "css": _tone(reading, each),
            "is_change": True,
        }
        for each in reading.comparisons
    ]


def _tone(reading: Reading, each: Comparison) -> str:
    good = each.change.is_good(reading.metric.direction) if each.change is not None else None
    return {True: "t-done", False: "t-late", None: ""}[good]


def _fact(fact: Fact) -> dict[str, Any]:
    shown = figure(fact.value, fact.unit, fact.counter)
    return {"label": fact.label, "figure": shown, "css": f"t-{fact.tone}" if fact.tone else ""}


def _page_of(row: Any, user: Any) -> str:
    pageset = pageset_of(type(row))
    return pageset.url("detail", row.pk) if pageset is not None and pageset.is_available(user) else ""


def periods_shown(context: MetricContext, kinds: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Return the choices of the period, the present one marked."""
    return [
        {
            "kind": kind,
            "title": title,
            "is_current": context.period.kind == kind and context.period.contains(context.today),
        }
        for kind, title in kinds
    ]
