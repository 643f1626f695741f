"""From a query string to the question to a report, and back: page, rows, export and API ask alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from suite.metrics.asking import ask
from suite.metrics.periods import parse_period, period_params
from suite.metrics.reports import Asked, Report


def ask_report(report: Report, user: Any, params: Mapping[str, Any]) -> Asked:
    """
    Return the question: the period and company of :func:`~suite.metrics.asking.ask`, ``by`` and the filters.

    What cannot be read, or may not be chosen, counts as not given.
    """
    context = ask(user, params)
    if not params.get("period"):
        given = {name: str(params.get(name) or "") for name in ("on", "from", "to")}
        context = context.over(parse_period(given, context.today, report.period))
    chosen = {}
    for each in report.filters:
        row = each.read(user, str(params.get(each.name) or ""))
        if row is not None:
            chosen[each.name] = row
    offered = [code for code, _title in report.by]
    by = str(params.get("by") or "")
    return Asked(context, chosen, by if by in offered else (offered[0] if offered else ""))


def params_of(report: Report, asked: Asked, **changes: Any) -> dict[str, str]:
    """Return the parameters that :func:`ask_report` reads the question from, with some of them changed."""
    context = asked.context
    found: dict[str, str] = period_params(context.period, context.today) if report.has_period else {}
    if context.company is not None:
        found["company"] = str(context.company.pk)
    if report.by:
        found["by"] = asked.by
    found |= {name: chosen_text(asked, name) for name in asked.chosen}
    found |= {name: str(value) for name, value in changes.items()}
    return {name: value for name, value in found.items() if value}


def chosen_text(asked: Asked, name: str) -> str:
    """Return what is chosen in a filter as it stands in addresses, empty for nothing."""
    row = asked.chosen.get(name, "")
    return str(getattr(row, "pk", row))


def query_of(report: Report, asked: Asked, **changes: Any) -> str:
    """Return the same as a query string."""
    return urlencode(params_of(report, asked, **changes))


def over(asked: Asked, period: Any) -> Asked:
    """The same question about another period."""
    return replace(asked, context=asked.context.over(period))
