"""
Citizen identification numbers 公民身份号码 (GB 11643-1999): six digits of region, eight of birth date, three of
sequence, and a check character by ISO 7064 MOD 11-2. Pure functions.
"""

from __future__ import annotations

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"
_FORM = re.compile(r"[1-9]\d{16}[\dX]")


def check_character(first17: str) -> str:
    """Return the check character of the first seventeen digits."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    return CHECK_CHARACTERS[total % 11]


def birth_date_of(number: str) -> date | None:
    """Return the birth date in a citizen identification number, None when the number is wrong."""
    if not _FORM.fullmatch(number) or check_character(number[:17]) != number[17]:
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
