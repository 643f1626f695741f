"""Files as they come: encodings, delimiters, titles, formulas, damage."""

import gzip
import io
import zipfile
from datetime import date

import pytest

from suite.pages.exchange import reading
from suite.pages.exchange.errors import Unreadable
from tests.exchange.conftest import csv_bytes, read, xlsx_bytes


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_is_read_in_every_usual_encoding(encoding: str) -> None:
    content = csv_bytes("编码,名称", "A-1,氮化镓充电器", encoding=encoding)

    sheet = read(content, "items.csv")

    assert sheet.rows == [["编码", "名称"], ["A-1", "氮化镓充电器"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    content = csv_bytes(delimiter.join(["code", "name", "note"]), delimiter.join(["A-1", '"x, y; z"', ""]))

    sheet = read(content, "items.csv")

    assert sheet.rows == [["code", "name", "note"], ["A-1", "x, y; z", ""]]


def test_a_quoted_cell_may_hold_line_breaks() -> None:
    sheet = read(b'code,note\r\nA-1,"first\nsecond"\r\n', "items.csv")

    assert sheet.rows == [["code", "note"], ["A-1", "first\nsecond"]]


def test_what_an_export_disarmed_is_read_as_it_was() -> None:
    sheet = read(csv_bytes("code,phone", '"=""007""",\'+86 755', "'tis,-5"), "items.csv")

    assert sheet.rows[1:] == [["007", "+86 755"], ["'tis", "-5"]]


def test_numbers_dates_and_values_of_formulas_come_out_of_a_spreadsheet() -> None:
    content = xlsx_bytes(
        ["code", "price", "day", "sum"],
        [1001, 12.5, date(2024, 1, 5), None],
        [" A-2 ", None, None, None],
        formulas={"D2": ("=1+2", 3), "D3": ("=NA()", "#N/A")},
    )

    sheet = read(content, "items.xlsx")

    assert sheet.rows == [
        ["code", "price", "day", "sum"],
        [1001, 12.5, date(2024, 1, 5), 3],
        ["A-2", "", "", ""],
    ]


def test_a_packed_csv_is_read() -> None:
    sheet = read(gzip.compress(b"code\nA-1\n"), "items.csv.gz")

    assert sheet.rows == [["code"], ["A-1"]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("items.pdf", b"%PDF-1.7"),
        ("items.xlsx", b"no spreadsheet at all"),
        ("items.xls", b"\xd0\xcf\x11\xe0 broken"),
        ("items.csv", b""),
        ("items.csv", b"\n\n,,\n"),
        ("items.csv", b"code\n\x00\x01\x02"),
        ("items.csv", b"\xff\xff\xff"),
        ("items.csv.gz", b"not packed"),
    ],
)
def test_what_is_no_table_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Unreadable):
        read(content, name)


def test_a_file_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 3)

    with pytest.raises(Unreadable, match="more than 3 rows"):
        read(csv_bytes("code", "1", "2", "3"), "items.csv")


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 8)

    with pytest.raises(Unreadable, match="larger"):
        read(b"code\nA-1\nA-2\n", "items.csv")


def test_a_file_made_to_fill_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 1000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 5000)

    with pytest.raises(Unreadable, match="unpacks"):
        read(bomb.getvalue(), "items.xlsx")
    with pytest.raises(Unreadable, match="unpacks"):
        read(gzip.compress(b"0" * 5000), "items.csv.gz")
