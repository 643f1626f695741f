"""
Names and numbers as they are compared: pure functions, stored beside the original.

Two spellings of one company get the same normalised name; what tells companies apart (a city in brackets) stays.
"""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

# Longest first; stripped again and again from the end.
CHINESE_SUFFIXES = (
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "總公司",
    "总公司",
    "集团",
    "集團",
    "股份",
    "公司",
)
WESTERN_SUFFIXES = frozenset(
    "ab ag as bv co coltd company corp corporation gmbh group holding holdings inc incorporated kg kk limited llc llp "
    "ltd ltda nv oy plc pte pty pvt sa sarl sas sl spa srl".split()
)
PINYIN_LENGTH = 100

_NOT_WORD = re.compile(r"[\W_]+")
_SILENT = re.compile(r"[.'\u2019`·・]")
_END_OF_NUMBER = re.compile(r"[/;,、转#x]|ext")
_COUNTRY_CODE = re.compile(r"^\+86(?=\d{7})|^86(?=1\d{10}$)")
# Mobile numbers and the nation-wide 400 and 800 numbers are dialled without a leading zero.
_NO_AREA_CODE = re.compile(r"1[3-9]\d{9}$|[48]00\d{7}$")


def fold(text: str) -> str:
    """Return the text half-width (NFKC) and case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def normalize_name(name: str) -> str:
    """
    Return the company name for comparison.

    Half width, lower case, without brackets, punctuation and blanks, without the words for the legal form at its end
    (有限公司, 股份, 集团, Co., Ltd., GmbH …). A name that is nothing else keeps its first such word. Idempotent.
    """
    words = [word for word in _NOT_WORD.split(_SILENT.sub("", fold(name))) if word]
    while len(words) > 1 and words[-1] in WESTERN_SUFFIXES:
        words.pop()
    text = "".join(words)
    while suffix := next((end for end in CHINESE_SUFFIXES if text.endswith(end) and text != end), None):
        text = text.removesuffix(suffix)
    return text


def normalize_phone(phone: str) -> str:
    """
    Return the digits of a telephone number for comparison, as dialled within China.

    Another country's number keeps its ``+``. Of several numbers the first counts, an extension does not.
    """
    first = _END_OF_NUMBER.split(fold(phone).strip(), maxsplit=1)[0]
    digits = re.sub(r"^00", "+", re.sub(r"(?!^)\+|[^\d+]", "", first))
    local = _COUNTRY_CODE.sub("", digits)
    if local == digits or _NO_AREA_CODE.match(local):
        return local
    return f"0{local.removeprefix('0')}"


def normalize_email(email: str) -> str:
    """Return the address half-width, in lower case, without blanks around it."""
    return fold(email).strip()


def pinyin_initials(text: str) -> str:
    """Return the pinyin initials of Chinese and the letters and digits of the rest: 深圳 Lantuo 3C → ``szlantuo3c``."""
    syllables = lazy_pinyin(fold(text), style=Style.FIRST_LETTER)
    return re.sub(r"[^0-9a-z]", "", "".join(syllables))[:PINYIN_LENGTH]
