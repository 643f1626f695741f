"""The figures of a board as a file."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _

from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.metrics.boards import Board, Chart
from suite.metrics.choices import Trust
from suite.metrics.format import round_half_up
from suite.metrics.present import readings_of
from suite.metrics.registry import MetricContext
from suite.metrics.values import Change, Reading
from suite.pages.exchange.writing import FORMATS, write

PLACES = 2


def export_response(request: HttpRequest, board: Board, context: MetricContext) -> FileResponse:
    """Return the file and record in the security audit who took it."""
    wanted = request.GET.get("format", "")
    file_format = wanted if wanted in FORMATS else "xlsx"
    file = TemporaryFile()  # closed by the response
    count = write(file, lines(board, context), file_format=file_format, sheet=str(board.title))
    details = {"format": file_format, "rows": count, "from": str(context.period.start), "to": str(context.period.end)}
    record(
        AuditKind.EXPORT,
        actor=context.user,
        at=context.at,
        subject=f"board {board.code}",
        request=request,
        details=details,
    )
    file.seek(0)
    name = f"{board.title} {context.period.start:%Y-%m-%d} {context.period.end:%Y-%m-%d}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[file_format])


def lines(board: Board, context: MetricContext) -> Iterator[list[Any]]:
    """Yield the heading, a line for each figure with its definition, and below them the tables of the charts."""
    yield [
        _("Figure"),
        _("Value"),
        _("Unit"),
        _("Earlier value"),
        _("Change on the earlier value"),
        _("Value last year"),
        _("Change on last year"),
        _("Target"),
        _("Target reached (%)"),
        _("From"),
        _("To"),
        _("Computed"),
        _("Trust"),
        _("Definition"),
        _("Source"),
    ]
    for reading in readings_of(board, context):
        yield _line(reading)
    for item in board.items_for(context.user):
        if isinstance(item, Chart):
            yield []
            yield [item.name]
            for row in item.source(context).table():
                yield ["" if cell is None else cell for cell in row]


def _line(reading: Reading) -> list[Any]:
    metric, period = reading.metric, reading.context.period
    cells: list[Any] = [str(metric.title), _plain(reading.value.value), metric.unit_text]
    for code in ("previous", "last_year"):
        each = reading.comparison(code)
        cells += [_plain(each.value), _change(each.change)] if each is not None else ["", ""]
    goal = reading.goal
    cells += [_plain(goal.value), _plain(goal.reached)] if goal is not None else ["", ""]
    moment = reading.computed_at.astimezone(reading.context.zone).replace(tzinfo=None, microsecond=0)
    doubt = f": {reading.doubt}" if reading.doubt else ""
    cells += [period.start, period.end, moment, f"{Trust(reading.trust).label}{doubt}", str(metric.formula)]
    return [*cells, "、".join(str(model._meta.verbose_name_plural) for model in metric.source)]


def _plain(value: Any) -> Any:
    return "" if value is None else round_half_up(value, PLACES)


def _change(found: Change | None) -> str:
    if found is None:
        return _("n/a")
    number = f"{round_half_up(found.amount, 1):+f}"
    return _("%(number)s points") % {"number": number} if found.is_points else f"{number}%"
