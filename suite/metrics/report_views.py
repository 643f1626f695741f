"""Reports as pages: figures with their chart, the rows behind each figure, and both as files."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.core.reading import with_related
from suite.metrics.asking import companies_of
from suite.metrics.charts import ChartData, Series
from suite.metrics.choices import Unit
from suite.metrics.format import MISSING, figure, period_title, round_half_up
from suite.metrics.present import periods_shown
from suite.metrics.report_asking import ask_report, chosen_text, over, params_of, query_of
from suite.metrics.reports import VALUE, Answer, Asked, Figure, Filter, Line, Measure, Report, report_of, reports_for
from suite.metrics.values import DrillDown
from suite.modules import state
from suite.pages.columns import Column, derive, relations, renderer
from suite.pages.exchange.writing import FORMATS, table, write
from suite.pages.panels import hidden_fields
from suite.pages.registry import pageset_of

PERIODS = (
    ("month", gettext_lazy("Month")),
    ("quarter", gettext_lazy("Quarter")),
    ("year", gettext_lazy("Year")),
    ("90d", gettext_lazy("90 days")),
)
COLORS = ("c1", "c2", "c5", "c6", "c4", "c3")
ROWS_SHOWN = 50
# More lines than these stand in the export only.
LINES_SHOWN = 300
COLUMNS_SHOWN = 7
ALL = ""


@login_required
@require_safe
def report_index(request: HttpRequest) -> HttpResponse:
    """All reports that exist for the user, by system; without any there is no such page."""
    groups: dict[str, list[Report]] = {}
    for each in reports_for(request.user):
        groups.setdefault(str(each.module.title), []).append(each)
    if not groups:
        raise Http404
    context = {"page_title": _("Reports"), "groups": groups, "breadcrumbs": [(_("Reports"), None)]}
    return render(request, "reports/index.html", context)


@login_required
@require_safe
def show_report(request: HttpRequest, code: str) -> HttpResponseBase:
    """One report, or with ``format`` its file."""
    report = found_report(request, code)
    if isinstance(report, HttpResponse):
        return report
    asked = ask_report(report, request.user, request.GET)
    answer = report.answer(asked)
    if request.GET.get("format"):
        return _file(request, report, asked, lines_of(answer), str(report.title))
    return render(request, "reports/report.html", _page(report, asked, answer))


@login_required
@require_safe
def show_rows(request: HttpRequest, code: str) -> HttpResponseBase:
    """The rows behind one figure of a report, or with ``format`` their file."""
    report = found_report(request, code)
    if isinstance(report, HttpResponse):
        return report
    asked = ask_report(report, request.user, request.GET)
    answer = report.answer(asked)
    measure, line = behind(answer, request.GET.get("column", ""), request.GET.get("line", ALL))
    drill = measure.drill(line)
    columns = _columns(measure, drill, request.user)
    rows = listed(measure, drill, columns)
    title = f"{measure.title} · {line.label if line is not None else answer.table.total}"
    if request.GET.get("format"):
        if not may_export(measure, request.user):
            raise PermissionDenied
        return _file(request, report, asked, table(columns, rows.iterator(1000)), f"{report.title} {title}")
    page = Paginator(rows, ROWS_SHOWN).get_page(request.GET.get("page"))
    renderers = [(column, renderer(column, rows.model)) for column in columns]
    query = query_of(report, asked, column=measure.code, line=line.code if line is not None else ALL)
    context = {
        "page_title": title,
        "breadcrumbs": [*_crumbs(), (report.title, _report_url(report, query_of(report, asked))), (title, None)],
        "report": report,
        "period_title": period_title(asked.context.period) if report.has_period else "",
        "figure": cell_text(measure, measure.figure_of(drill)),
        "columns": columns,
        "rows": [{"url": _url(row, measure, request.user), "cells": _cells(renderers, row)} for row in page],
        "page": page,
        "query": query,
        "can_export": may_export(measure, request.user),
    }
    return render(request, "reports/rows.html", context)


def found_report(request: HttpRequest, code: str) -> Report | HttpResponse:
    """
    Return a report that exists for the user, or the page that says its system is off.

    :raises Http404: when there is none.
    :raises PermissionDenied: when the user may not see it.
    """
    report = report_of(code)
    if report is None:
        raise Http404
    if not state.is_enabled(report.module):
        return render(request, "404.html", {"module_off": report.module}, status=404)
    if not report.is_available(request.user):
        raise PermissionDenied
    return report


def behind(answer: Answer, code: str, line_code: str) -> tuple[Measure, Line | None]:
    """
    Return the column and the line of a figure; no line stands for the total.

    :raises Http404: when there is no such figure, or no rows stand behind it.
    """
    column = answer.column(code)
    line = answer.line(line_code) if line_code else None
    if not isinstance(column, Measure) or (line_code and line is None):
        raise Http404
    return column, line


def listed(measure: Measure, drill: DrillDown, columns: list[Column]) -> Any:
    """Return the rows behind a figure as a list shows them, with what each contributes."""
    rows = drill.queryset
    pageset = pageset_of(rows.model)
    if pageset is not None and not measure.shown:
        rows = pageset.annotate(rows)
    if measure.amount is not None and not isinstance(measure.amount, str):
        rows = rows.annotate(**{VALUE: measure.amount})
    paths = {*relations(rows.model, columns), *((measure.link,) if measure.link else ())}
    if pageset is not None and not measure.shown:
        paths |= set(pageset.list_select)
    rows = with_related(rows, paths)
    return rows if rows.ordered else rows.order_by("-pk")


def may_export(measure: Measure, user: Any) -> bool:
    """Whether the user may take the rows behind a figure away as a file, as from their list."""
    model = measure.rows.model
    if measure.link:
        model = model._meta.get_field(measure.link).related_model
    pageset = pageset_of(model)
    return pageset is not None and pageset.is_available(user) and pageset.may(user, "export")


def cell_text(column: Figure, value: Decimal | None) -> str:
    """Return a figure to the cent: what is listed behind it can be added up."""
    if value is None:
        return MISSING
    if column.unit == Unit.MONEY:
        return f"{round_half_up(value, 2):,f}"
    return str(figure(value, column.unit, column.counter))


def lines_of(answer: Answer) -> Iterator[list[Any]]:
    """Yield heading, lines and total as plain values: for export."""
    columns = answer.table.columns
    yield [str(answer.table.head), *(_heading(each) for each in columns)]
    for line in answer.lines:
        yield [str(line.label), *(_plain(answer.value(line, each.code)) for each in columns)]
    if answer.table.total:
        yield [str(answer.table.total), *(_plain(answer.totals.get(each.code)) for each in columns)]


def chart_of(report: Report, asked: Asked, answer: Answer) -> ChartData:
    """Return the chart of a report; a click on it leads to the rows of the first figure drawn."""
    drawing = answer.table.drawing
    lines = answer.lines[: drawing.limit]
    drawn = [column for code in drawing.codes if (column := answer.column(code)) is not None]
    first = next((each for each in drawn if isinstance(each, Measure)), None)
    series = [
        Series(
            each.title,
            [answer.value(line, each.code) for line in lines],
            type="" if each.code in drawing.dashed or drawing.kind == "line" else "bar",
            color=COLORS[at % len(COLORS)],
            options={"dash": True} if each.code in drawing.dashed else None,
        )
        for at, each in enumerate(drawn)
    ]
    return ChartData(
        kind=drawing.kind,
        unit=drawn[0].unit,
        counter=drawn[0].counter,
        head=answer.table.head,
        x=[str(line.label) for line in lines],
        series=series,
        links=[rows_url(report, asked, first, line) for line in lines] if first is not None else (),
        is_stacked=drawing.is_stacked,
    )


def rows_url(report: Report, asked: Asked, column: Figure, line: Line | None) -> str:
    """Return the page with the rows behind a figure, empty where none stand behind it."""
    if not isinstance(column, Measure):
        return ""
    query = query_of(report, asked, column=column.code, line=line.code if line is not None else ALL)
    return f"{reverse('metrics:report-rows', args=[report.code])}?{query}"


def _page(report: Report, asked: Asked, answer: Answer) -> dict[str, Any]:
    context = asked.context
    data = chart_of(report, asked, answer)
    earlier, later = context.period.previous(), context.period.next()
    return {
        "page_title": report.title,
        "breadcrumbs": [*_crumbs(), (report.title, None)],
        "report": report,
        "asked": asked,
        "table": answer.table,
        "columns": answer.table.columns,
        "heads": [_heading(each) for each in answer.table.columns],
        "lines": [(line, _line(report, asked, answer, line)) for line in answer.lines[:LINES_SHOWN]],
        "more_lines": max(len(answer.lines) - LINES_SHOWN, 0),
        "totals": _line(report, asked, answer, None) if answer.table.total and answer.lines else [],
        "shelf": {"chart": {"title": report.title}, "data": data, "id": "report-chart"},
        "period_title": period_title(context.period) if report.has_period else "",
        "periods": [
            {**each, "query": query_of(report, asked, period=each["kind"], on="", **{"from": "", "to": ""})}
            for each in periods_shown(context, PERIODS)
        ],
        "before": query_of(report, over(asked, earlier)),
        "after": query_of(report, over(asked, later)) if later.start <= context.today else "",
        "modes": [(title, query_of(report, asked, by=code), code == asked.by) for code, title in report.by],
        "filters": _filters(report, asked),
        "kept": _kept(report, asked),
        "companies": companies_of(asked.user),
        "query": query_of(report, asked),
    }


def _line(report: Report, asked: Asked, answer: Answer, line: Line | None) -> list[dict[str, Any]]:
    values = answer.totals if line is None else answer.values[line.code]
    return [
        {
            "column": column,
            "text": cell_text(column, values.get(column.code)),
            "url": rows_url(report, asked, column, line) if values.get(column.code) else "",
        }
        for column in answer.table.columns
    ]


def _filters(report: Report, asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "label": each.label,
            "options": each.options(asked.user),
            "chosen": chosen_text(asked, each.name),
            "is_optional": isinstance(each, Filter),
        }
        for each in report.filters
    ]


def _kept(report: Report, asked: Asked) -> list[tuple[str, str]]:
    """Parameters that the form of the filters passes on, as they are no fields of it."""
    shown = {"company", "from", "to", *(each.name for each in report.filters)}
    return [(name, value) for name, value in params_of(report, asked).items() if name not in shown]


def _heading(column: Figure) -> str:
    unit = {Unit.MONEY: "", Unit.PERCENT: "%"}.get(Unit(column.unit), "")
    return f"{column.title} ({unit})" if unit and unit not in str(column.title) else str(column.title)


def _plain(value: Decimal | None) -> Any:
    return "" if value is None else round_half_up(value, 2)


def _columns(measure: Measure, drill: DrillDown, user: Any) -> list[Column]:
    model = drill.queryset.model
    pageset = pageset_of(model)
    if measure.shown or pageset is None:
        hidden = hidden_fields(model, user)
        columns = [derive(model, each) for each in measure.shown or ("pk",)]
        columns = [each for each in columns if each.name.split("__")[0] not in hidden]
    else:
        columns = pageset.list_columns(user)[:COLUMNS_SHOWN]
    if measure.amount is not None and not isinstance(measure.amount, str):
        columns.append(Column(VALUE, label=measure.title, align="num", phone="p-end", render=_amount(measure)))
    return columns


def _amount(measure: Measure) -> Any:
    return lambda row: cell_text(measure, _number(getattr(row, VALUE)))


def _number(value: Any) -> Decimal | None:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))


def _cells(renderers: list[Any], row: Any) -> list[tuple[Column, str]]:
    return [(column, render(row)) for column, render in renderers]


def _url(row: Any, measure: Measure, user: Any) -> str:
    """The page of a listed row, where it has one for this user."""
    target = getattr(row, measure.link) if measure.link else row
    pageset = pageset_of(type(target)) if target is not None else None
    return target.get_absolute_url() if pageset is not None and pageset.is_available(user) else ""


def _file(request: HttpRequest, report: Report, asked: Asked, lines: Any, title: str) -> FileResponse:
    """Return the file and record in the security audit who took it."""
    wanted = request.GET.get("format", "")
    file_format = wanted if wanted in FORMATS else "xlsx"
    file = TemporaryFile()  # closed by the response
    count = write(file, lines, file_format=file_format, sheet=str(report.title))
    details = {"format": file_format, "rows": count, **params_of(report, asked)}
    subject = f"report {report.code}"
    record(AuditKind.EXPORT, actor=asked.user, at=asked.context.at, subject=subject, request=request, details=details)
    file.seek(0)
    days = f"{asked.context.period.start:%Y-%m-%d} {asked.context.period.end:%Y-%m-%d}"
    name = f"{title} {days if report.has_period else asked.context.today.isoformat()}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[file_format])


def _report_url(report: Report, query: str) -> str:
    return f"{reverse('metrics:report', args=[report.code])}?{query}"


def _crumbs() -> list[tuple[Any, str | None]]:
    return [(_("Reports"), reverse("metrics:reports"))]
