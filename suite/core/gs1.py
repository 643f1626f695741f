"""
Numbers and element strings of GS1, by the GS1 General Specifications: pure functions.

A GTIN is the number below the bars of what is sold everywhere; an element string says, by application identifiers in
brackets, which item, lot, expiry day or serial number something is.
"""

from __future__ import annotations

import re
from datetime import date

GTIN_LENGTHS = frozenset({8, 12, 13, 14})
# What application identifiers 10 and 21 may hold: GS1 character set 82, at most 20 of it.
_NUMBER = re.compile(r"[!\"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}")
_ELEMENT = re.compile(r"\((\d{2})\)")
GTIN, LOT, EXPIRY, SERIAL = "01", "10", "17", "21"


def check_digit(digits: str) -> int:
    """Return the check digit of the digits before it: weights 3, 1, 3 … from the right, up to the next ten."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def is_gtin(code: str) -> bool:
    """Whether a code is a GTIN of 8, 12, 13 or 14 digits with the right check digit."""
    is_number = code.isascii() and code.isdigit() and len(code) in GTIN_LENGTHS
    return is_number and int(code) > 0 and check_digit(code[:-1]) == int(code[-1])


def element_string(gtin: str, *, lot: str = "", serial: str = "", expires: date | None = None) -> str:
    """
    Return the element string of an item with its lot or serial number, empty where GS1 cannot say it.

    Those of a fixed length come first. The brackets are written out, since a plain QR code holds the string as text.
    """
    if not is_gtin(gtin) or any(number and not _NUMBER.fullmatch(number) for number in (lot, serial)):
        return ""
    parts = [(GTIN, gtin.zfill(14)), (EXPIRY, f"{expires:%y%m%d}" if expires else ""), (LOT, lot), (SERIAL, serial)]
    return "".join(f"({identifier}){value}" for identifier, value in parts if value)


def elements(text: str) -> dict[str, str]:
    """Return the values of an element string in brackets by application identifier; empty for any other text."""
    if not _ELEMENT.match(text):
        return {}
    found = _ELEMENT.split(text)[1:]
    return dict(zip(found[::2], found[1::2], strict=True))


def searched(text: str) -> str:
    """
    Return what to search for when a scanner typed an element string: its number, else its GTIN; other text unchanged.

    A GTIN is searched without leading zeros, because an item may have it in any length.
    """
    found = elements(text.strip())
    number = found.get(SERIAL) or found.get(LOT)
    return number or found.get(GTIN, "").lstrip("0") or text
