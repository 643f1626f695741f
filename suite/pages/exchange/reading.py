"""Files into tables of plain cells: xlsx, xls and ods by calamine, csv with its encoding and delimiter found out."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from suite.pages.exchange.errors import Unreadable
from suite.pages.exchange.writing import FORMULA_STARTS

SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods")
TEXTS = (".csv", ".txt", ".tsv")
MAX_BYTES = 20 * 1024 * 1024
# What a file of that size may unpack to; a file made to fill the memory unpacks to far more.
MAX_UNPACKED = 400 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 300
DELIMITERS = ",;\t|"
SAMPLE_LINES = 30


@dataclass(frozen=True)
class Sheet:
    """The cells of a file; ``rows[0]`` is the file's first row, empty cells are ``""``."""

    rows: list[list[Any]]

    @property
    def width(self) -> int:
        return max((len(row) for row in self.rows), default=0)


def is_readable_name(name: str) -> bool:
    """Whether the ending of a file name is one that can be read."""
    return _ending(name) in (*SPREADSHEETS, *TEXTS)


def read_sheet(file: IO[bytes], name: str) -> Sheet:
    """
    Read the first visible sheet of a file.

    :raises Unreadable: when the file is too large, damaged or of another kind.
    """
    if not is_readable_name(name):
        raise Unreadable(_("Choose a file of the kind .xlsx, .xls, .ods or .csv."))
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unreadable(_("The file is larger than %(size)d MB. Split it.") % {"size": MAX_BYTES // 1024**2})
    if name.lower().endswith(".gz"):
        data = _unpack(data)
    rows = _read_spreadsheet(data) if _ending(name) in SPREADSHEETS else _read_text(data)
    while rows and not any(cell != "" for cell in rows[-1]):
        rows.pop()
    if not rows:
        raise Unreadable(_("The file holds no rows."))
    if len(rows) > MAX_ROWS:
        raise Unreadable(_("The file has more than %(limit)d rows. Split it.") % {"limit": MAX_ROWS})
    sheet = Sheet(rows)
    if sheet.width > MAX_COLUMNS:
        sheet = Sheet([row[:MAX_COLUMNS] for row in rows])
    return sheet


def _ending(name: str) -> str:
    return PurePath(name.lower().removesuffix(".gz")).suffix


def _unpack(data: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as packed:
            unpacked = packed.read(MAX_UNPACKED + 1)
    except (OSError, EOFError) as error:
        raise Unreadable(_("The file is damaged or is not what its name says.")) from error
    if len(unpacked) > MAX_UNPACKED:
        raise Unreadable(_("The file unpacks to more than can be read. Split it."))
    return unpacked


def _read_spreadsheet(data: bytes) -> list[list[Any]]:
    _check_unpacked_size(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet and meta.visible == SheetVisibleEnum.Visible
        ]
        if not sheets:
            return []
        page = book.get_sheet_by_name(sheets[0])
        if page.total_height > MAX_ROWS * 4:
            raise Unreadable(_("The file has more than %(limit)d rows. Split it.") % {"limit": MAX_ROWS})
        rows = page.to_python(skip_empty_area=False)
    except (CalamineError, ValueError, OSError) as error:
        raise Unreadable(_("The file is damaged or is not what its name says.")) from error
    return [[_tidy(cell) for cell in row] for row in rows]


def _check_unpacked_size(data: bytes) -> None:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            size = sum(info.file_size for info in packed.infolist())
    except zipfile.BadZipFile as error:
        raise Unreadable(_("The file is damaged or is not what its name says.")) from error
    if size > MAX_UNPACKED:
        raise Unreadable(_("The file unpacks to more than can be read. Split it."))


def _tidy(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell.strip().strip("\u200b\ufeff\xa0")
    # Spreadsheets know no integers.
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _read_text(data: bytes) -> list[list[Any]]:
    text = decode(data)
    if "\0" in text:
        raise Unreadable(_("The file is damaged or is not what its name says."))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(text))
    rows: list[list[Any]] = []
    try:
        for row in reader:
            rows.append([_csv_text(cell) for cell in row])
            if len(rows) > MAX_ROWS:
                break
    except csv.Error as error:
        raise Unreadable(_("The file is damaged or is not what its name says.")) from error
    return rows


def _csv_text(cell: str) -> str:
    cell = _tidy(cell)
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        # Written so that a spreadsheet program keeps leading zeros.
        return cell[2:-1]
    if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS):
        # Disarmed by an export.
        return cell[1:]
    return cell


def decode(data: bytes) -> str:
    """
    Decode the bytes of a text file: by its byte order mark, else UTF-8, else GB 18030 as Excel in China writes it.

    :raises Unreadable: when it is none of these.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("The text of the file cannot be read. Save it as “CSV UTF-8” or as xlsx."))


def delimiter_of(text: str) -> str:
    """The delimiter that splits the first lines into the most columns on which they agree."""
    sample = io.StringIO("\n".join(text.splitlines()[:SAMPLE_LINES]))

    def agreement(delimiter: str) -> tuple[int, int]:
        sample.seek(0)
        widths = [len(row) for row in csv.reader(sample, delimiter=delimiter) if row]
        if not widths:
            return 0, 0
        common = max(set(widths), key=widths.count)
        return (widths.count(common), common) if common > 1 else (0, 0)

    return max(DELIMITERS, key=agreement)
