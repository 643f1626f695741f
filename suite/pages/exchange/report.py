"""What was planned or done, as plain values that can be kept, and the rejected rows as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from suite.pages.exchange.plan import ImportPlan, RowPlan
from suite.pages.exchange.reading import Sheet

ROWS_SHOWN = 100
ERRORS_SHOWN = 1000


def report_of(plan: ImportPlan) -> dict[str, Any]:
    """
    Sum up a plan.

    :returns: ``counts`` of rows by what happens; the first ``rows`` with their changes; all ``errors`` as
        [row, field, message] and ``warnings`` as [row, message]; the ``headings`` of the file, the fields that its
        ``columns`` fill, the ``ignored`` headings; a ``message`` when the file as a whole cannot be imported.
    """
    written = [row for row in plan.rows if row.is_written]
    return {
        "message": plan.message,
        "counts": plan.counts(),
        "headings": plan.matching.headings,
        "head": plan.matching.head,
        "columns": {str(index): each.name for index, each in plan.matching.columns.items()},
        "ignored": plan.matching.ignored,
        "needs_mapping": bool(plan.missing),
        "rows": [_row(plan, row) for row in written[:ROWS_SHOWN]],
        "errors": [[row.number, label, message] for row in plan.rows for label, message in row.errors],
        "warnings": [[row.number, text] for row in plan.rows if row.is_good for text in row.warnings],
    }


def _row(plan: ImportPlan, row: RowPlan) -> dict[str, Any]:
    cells = [str(row.cells[i]) for i in sorted(plan.matching.columns) if i < len(row.cells)]
    return {
        "number": row.number,
        "action": str(row.action),
        "title": str(row.existing) if row.existing is not None else " · ".join(filter(None, cells[:2])),
        "changes": [[change.label, change.old, change.new] for change in row.changes],
        "cells": [] if row.existing is not None else cells[2:],
    }


def rejected_lines(sheet: Sheet, report: dict[str, Any]) -> Iterator[Sequence[Any]]:
    """The heading and the rejected rows as they came, with the reasons in the last column."""
    reasons: dict[int, list[str]] = {}
    for number, label, message in report["errors"]:
        reasons.setdefault(number, []).append(f"{label}: {message}" if label else message)
    width = sheet.width
    head = [str(cell) for cell in sheet.rows[report["head"]]]
    yield [*_padded(head, width), _("Why not imported")]
    for number, messages in sorted(reasons.items()):
        yield [*_padded(sheet.rows[number - 1], width), "\n".join(messages)]


def _padded(row: Sequence[Any], width: int) -> list[Any]:
    return [*row, *[""] * (width - len(row))]


def examples(sheet: Sheet, report: dict[str, Any], limit: int = 3) -> list[list[str]]:
    """The first values below each heading, to recognise a column by."""
    below = sheet.rows[report["head"] + 1 :][:20]
    return [
        [str(row[i]) for row in below if i < len(row) and row[i] != ""][:limit] for i in range(len(report["headings"]))
    ]
