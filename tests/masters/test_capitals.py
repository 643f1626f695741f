"""Amounts in Chinese capitals, by the examples of the rule itself."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suite.masters.capitals import DIGITS, in_capitals


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # The examples of annex 1, section 4.
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        # Places between, at the ends, and none.
        ("0", "零元整"),
        ("0.50", "伍角"),
        ("0.05", "伍分"),
        ("0.15", "壹角伍分"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("300.00", "叁佰元整"),
        ("10000", "壹万元整"),
        ("10001", "壹万零壹元整"),
        ("100010", "壹拾万零壹拾元整"),
        ("10100000", "壹仟零壹拾万元整"),
        ("20001000", "贰仟万壹仟元整"),
        ("100000000", "壹亿元整"),
        ("100000001", "壹亿零壹元整"),
        ("100010000", "壹亿零壹万元整"),
        ("1000100010001", "壹万零壹亿零壹万零壹元整"),
        ("1000000000000", "壹万亿元整"),
        ("1000000000001.10", "壹万亿零壹元壹角"),
        ("1234567890123456.78", "壹仟贰佰叁拾肆万伍仟陆佰柒拾捌亿玖仟零壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
        ("-62.50", "负陆拾贰元伍角"),
        ("-60.50", "负陆拾元零伍角"),
    ],
)
def test_amounts_in_capitals(amount: str, words: str) -> None:
    assert in_capitals(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["1.001", "10000000000000000", "-10000000000000000"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        in_capitals(Decimal(amount))


def value_of(words: str) -> Decimal:
    """Read capitals back, by another way than they are written."""
    places = {"拾": 10, "佰": 100, "仟": 1000}
    total = group = digit = Decimal(0)
    for word in words:
        if word in DIGITS:
            digit = Decimal(DIGITS.index(word))
        elif word in places:
            group += digit * places[word]
            digit = Decimal(0)
        elif word in "万亿":
            big = Decimal(10**4 if word == "万" else 10**8)
            group += digit
            total, group, digit = (total + group) * big if word == "亿" else total + group * big, Decimal(0), Decimal(0)
        elif word == "元":
            total, group, digit = total + group + digit, Decimal(0), Decimal(0)
        elif word in "角分":
            total += digit * Decimal("0.1" if word == "角" else "0.01")
            digit = Decimal(0)
    return total


@given(st.decimals(min_value=0, max_value=Decimal("9999999999999999.99"), places=2))
def test_capitals_say_the_amount(amount: Decimal) -> None:
    words = in_capitals(amount)

    assert value_of(words) == amount
    assert "零零" not in words
