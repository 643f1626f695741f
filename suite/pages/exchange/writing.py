"""Rows as a file: xlsx with real numbers and dates, csv that spreadsheet programs open as they should."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from html import unescape
from typing import IO, Any

import xlsxwriter
from django.db import models
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from suite.pages.columns import Column

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# What a spreadsheet program would take for a formula at the start of a cell of text.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Beyond this many digits a spreadsheet program would change a number.
EXACT_DIGITS = 15
FIRST_DAY = date(1900, 1, 1)
SHEET_NAME_LENGTH = 31

Reader = Callable[[Any], Any]


def reader(column: Column) -> Reader:
    """The function that turns a row into the plain value of this column's cell."""
    if column.render is None or column.value is not None or column.field is not None:
        return column.display
    render = column.render

    def read(row: Any) -> Any:
        try:
            return column.display(row)
        except AttributeError:
            # A column that exists as text on the page only.
            return unescape(strip_tags(str(render(row)))).strip()

    return read


def table(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The heading and then each row as plain values."""
    yield [column.heading for column in columns]
    readers = [reader(column) for column in columns]
    for row in rows:
        yield [plain(read(row)) for read in readers]


def plain(value: Any) -> Any:
    """A value that a cell can hold: text, number, date, yes or no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        return local.replace(tzinfo=None, microsecond=0)
    if isinstance(value, int | Decimal | float | date | time):
        return value
    if isinstance(value, models.Manager | models.QuerySet):
        return "、".join(str(each) for each in value.all())
    if isinstance(value, list | tuple):
        return "、".join(str(each) for each in value)
    return str(value)


def write_xlsx(target: IO[bytes], lines: Iterable[Sequence[Any]], *, sheet: str = "") -> int:
    """Write lines, the first as heading, row by row to disk; return the number of rows below the heading."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    number = -1
    with xlsxwriter.Workbook(target, options) as book:
        page = book.add_worksheet(sheet_name(sheet))
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#F0EEE9", "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "datetime": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            "time": book.add_format({"num_format": "hh:mm"}),
            "decimal": book.add_format({"num_format": "#,##0.00####"}),
            "text": book.add_format({"num_format": "@"}),
        }
        page.freeze_panes(1, 0)
        for number, line in enumerate(lines):
            if number == 0:
                page.set_column(0, max(len(line) - 1, 0), 16)
            for column, value in enumerate(line):
                _write_cell(page, number, column, value, formats)
    return max(number, 0)


def _write_cell(page: Any, row: int, column: int, value: Any, formats: dict[str, Any]) -> None:
    if row == 0:
        page.write_string(row, column, str(value), formats["head"])
    elif value == "":
        return
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value, formats["datetime"])
    elif isinstance(value, date):
        if value < FIRST_DAY:
            page.write_string(row, column, value.isoformat())
        else:
            page.write_datetime(row, column, value, formats["date"])
    elif isinstance(value, time):
        page.write_datetime(row, column, value, formats["time"])
    elif isinstance(value, Decimal):
        if len(value.normalize().as_tuple().digits) > EXACT_DIGITS:
            page.write_string(row, column, f"{value:f}", formats["text"])
        else:
            page.write_number(row, column, value, formats["decimal"])
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    else:
        page.write_string(row, column, value)


def write_csv(target: IO[bytes], lines: Iterable[Sequence[Any]]) -> int:
    """Write lines as UTF-8 with a byte order mark; return the number of rows below the heading."""
    text = io.TextIOWrapper(target, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    count = 0
    for line in lines:
        writer.writerow([csv_cell(value) for value in line])
        count += 1
    text.flush()
    text.detach()
    return max(count - 1, 0)


def csv_cell(value: Any) -> str:
    """The text of a csv cell; text that a spreadsheet program would run as a formula is disarmed by ``'``."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return str(value)


def write(target: IO[bytes], lines: Iterable[Sequence[Any]], *, file_format: str, sheet: str = "") -> int:
    """Write lines in one of FORMATS; return the number of rows below the heading."""
    if file_format == "csv":
        return write_csv(target, lines)
    return write_xlsx(target, lines, sheet=sheet)


def sheet_name(title: str) -> str:
    """A title as the name of a sheet, without the characters that Excel forbids there."""
    kept = "".join(c for c in title if c not in "[]:*?/\\'")
    return kept[:SHEET_NAME_LENGTH] or "Sheet1"
