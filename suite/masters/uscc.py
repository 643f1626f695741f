"""
Unified social credit code 统一社会信用代码 of GB 32100-2015 "Coding rule of the unified social credit identifier".

18 characters: registering department (1), category (1), administrative division (6 digits), organisation code (9),
check character (1), out of 31 characters (digits and capital letters without I, O, S, V, Z). The check character is
that of ISO 7064 MOD 31-3: with weights 3^(i-1) mod 31 for the first 17, the weighted sum and the check value add up
to a multiple of 31.
"""

from __future__ import annotations

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Also a check constraint of the tables; POSIX and Python read it alike.
PATTERN = "^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$"

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))


def check_character(first17: str) -> str:
    """
    Return the check character of the first 17 characters.

    :raises ValueError: unless there are 17 characters of the standard's alphabet.
    """
    if len(first17) != 17 or any(character not in _VALUES for character in first17):
        raise ValueError("17 characters of the alphabet of GB 32100-2015 are needed")
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Return whether the code has the standard's form and the right check character."""
    return re.fullmatch(PATTERN, code) is not None and check_character(code[:17]) == code[17]


def tidy(code: str) -> str:
    """Return the code as it is stored: half-width capitals without blanks and hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code)).upper()


def validate(code: str) -> None:
    """
    Refuse a code that is not valid.

    :raises ValidationError: with what is wrong.
    """
    if re.fullmatch(PATTERN, code) is None:
        raise ValidationError(
            _("A unified social credit code has 18 digits and capital letters (without I, O, S, V, Z)."), "uscc-form"
        )
    if not is_valid(code):
        raise ValidationError(
            _("The check character of this unified social credit code is wrong. Compare it with the business licence."),
            "uscc-check",
        )
