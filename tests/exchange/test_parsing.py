"""Cells as people type them."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from suite.masters.choices import ItemKind
from suite.pages.exchange.countries import parse_country
from suite.pages.exchange.parsing import (
    choice_parser,
    parse_boolean,
    parse_date,
    parse_datetime,
    parse_integer,
    parse_number,
    parse_text,
    parse_time,
    short_dates,
)

# As spreadsheets hold them: without a zone.
MORNING = datetime.fromisoformat("2024-01-05T09:30")


@pytest.mark.parametrize(
    "cell",
    ["2024-01-05", "2024/1/5", "2024.1.5", "2024年1月5日", "２０２４－１－５", "20240105", 45296, "45296", 45296.7,
     date(2024, 1, 5), MORNING, "2024-01-05 09:30", "2024-01-05T09:30:00.000"],
)  # fmt: skip
def test_a_date_is_understood(cell: Any) -> None:
    assert parse_date(cell) == date(2024, 1, 5)


@pytest.mark.parametrize("cell", ["2024-02-30", "5/1/2024", "01-05", "soon", "2024-01-05 late", 0, 9_999_999, True])
def test_no_date_is_guessed(cell: Any) -> None:
    with pytest.raises(ValidationError, match="date"):
        parse_date(cell)


def test_a_moment_is_understood() -> None:
    assert parse_datetime("2024/1/5 9:30") == MORNING
    assert parse_datetime(45296.5) == MORNING.replace(hour=12, minute=0)
    assert parse_datetime(date(2024, 1, 5)) == MORNING.replace(hour=0, minute=0)
    assert parse_time("9:05") == time(9, 5)
    assert parse_time(0.5) == time(12)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("1,234.50", "1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("¥ 1,234.50", "1234.50"),
        ("￥12", "12"),
        ("12元", "12"),
        ("(12.5)", "-12.5"),
        ("−3", "-3"),
        ("13%", "13"),
        (".5", "0.5"),
        (0.1 + 0.2, "0.3"),
        (1e-05, "0.00001"),
        (7, "7"),
        ("1e3", "1000"),
    ],
)
def test_a_number_is_understood(cell: Any, number: str) -> None:
    assert parse_number(cell) == Decimal(number)


@pytest.mark.parametrize("cell", ["12,5", "1.234,50", "twelve", "12 pcs", "1-2", "", "-", True])
def test_no_number_is_guessed(cell: Any) -> None:
    with pytest.raises(ValidationError, match="number"):
        parse_number(cell)


def test_a_whole_number_stays_whole() -> None:
    assert parse_integer("12.0") == 12
    with pytest.raises(ValidationError, match="whole"):
        parse_integer(12.5)


@pytest.mark.parametrize("cell", [True, 1, "是", "Y", "yes", "√", "TRUE", "１"])
def test_yes(cell: Any) -> None:
    assert parse_boolean(cell) is True


@pytest.mark.parametrize("cell", [False, 0, "否", "n", "No", "×"])
def test_no(cell: Any) -> None:
    assert parse_boolean(cell) is False


def test_neither_yes_nor_no() -> None:
    with pytest.raises(ValidationError, match="maybe"):
        parse_boolean("maybe")


@pytest.mark.parametrize("cell", ["MON", "mon", "Monday", "星期一", " MON ", "ＭＯＮ"])
def test_a_choice_is_known_by_code_and_label_in_either_language(cell: str) -> None:
    parse = choice_parser(forms.ChoiceField(choices=[("MON", _("Monday")), ("TUE", _("Tuesday"))]))

    assert parse(cell) == "MON"


def test_an_unknown_choice_names_the_known_ones() -> None:
    parse = choice_parser(forms.ChoiceField(choices=ItemKind.choices))

    with pytest.raises(ValidationError, match="“Gold” is not among: Raw material, "):
        parse("Gold")


def test_text_keeps_the_digits_of_a_number() -> None:
    assert parse_text(7550001) == "7550001"
    assert parse_text(date(2024, 1, 5)) == "2024-01-05"


def test_a_number_that_excel_has_rounded_is_refused() -> None:
    with pytest.raises(ValidationError, match="Format the column as text"):
        parse_text(6217_0000_0000_0000_123)


@pytest.mark.parametrize(
    ("cell", "code"),
    [("CN", "CN"), ("cn", "CN"), ("中国", "CN"), ("China", "CN"), ("Germany", "DE"), ("德国", "DE"), ("USA", "US"),
     ("UK", "GB"), ("香港", "HK"), (" Venezuela ", "VE")],
)  # fmt: skip
def test_a_country_is_known_by_code_and_name(cell: str, code: str) -> None:
    assert parse_country(cell) == code


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ValidationError, match="Atlantis"):
        parse_country("Atlantis")


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (("1/8/19", "2/15/19", ""), {"1/8/19": "2019-1-8", "2/15/19": "2019-2-15"}),
        (("31.01.2025", "1.2.2025"), {"31.01.2025": "2025-01-31", "1.2.2025": "2025-2-1"}),
        (("1/8/19", "2/5/19"), {}),
        (("31/1/2025", "1/31/2025"), {}),
        ((20190108, "2019-01-08", None), {}),
    ],
)
def test_the_whole_column_tells_day_from_month(cells: tuple[Any, ...], read: dict[str, str]) -> None:
    assert short_dates(cells) == read
