"""Countries by the names people write, in English and Chinese, as ISO 3166 codes of two letters."""

from __future__ import annotations

from functools import cache
from typing import Any

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from suite.pages.exchange.parsing import fold, parse_text

OTHER_NAMES = {
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "england": "GB",
    "usa": "US",
    "u.s.a.": "US",
    "united states of america": "US",
    "holland": "NL",
    "czech republic": "CZ",
    "p.r. china": "CN",
    "pr china": "CN",
    "prc": "CN",
    "中国大陆": "CN",
    "香港": "HK",
    "中国香港": "HK",
    "hong kong": "HK",
    "澳门": "MO",
    "中国澳门": "MO",
    "macao": "MO",
    "macau": "MO",
    "台湾": "TW",
    "中国台湾": "TW",
    "南韩": "KR",
}


@cache
def _codes() -> dict[str, str]:
    codes = {}
    for language in ("en", "zh_Hans"):
        for code, name in Locale.parse(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes[fold(name)] = code
                codes[fold(code)] = code
    return codes | OTHER_NAMES


def parse_country(cell: Any) -> str:
    """The code of a country given by code or name."""
    found = _codes().get(fold(parse_text(cell)))
    if found is None:
        raise ValidationError(
            _("“%(value)s” is no country that is known. Write its code of two letters.") % {"value": cell}, "country"
        )
    return found
