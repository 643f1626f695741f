"""
The text that search looks into, and what a query asks of it: pure functions.

PostgreSQL's trigram index answers ``LIKE`` on three characters or more. Two Chinese characters are a usual query, so
the index text holds, beside every word, each Chinese character and each pair of neighbours as words of their own,
all between blanks: ``深圳市`` becomes `` 深圳市 深圳 圳市 深 圳 市 shenzhenshi szs ``. Each kind of query then has a
pattern that the index serves and that finds neither more nor less than it should:

==============================  ==================  =========================
query                           pattern             finds
==============================  ==================  =========================
three characters or more        ``%深圳市%``         the substring
two Chinese characters          ``% 深圳 %``         the substring
one Chinese character           ``% 深 %``           the character
one or two letters or digits    ``% ab%``           words beginning with them
==============================  ==================  =========================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from typing import Any

from pypinyin import Style, lazy_pinyin

from suite.masters.normalize import fold

# Scripts written without blanks: Chinese, kana, hangul.
_WIDE = "\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{_WIDE}]+|[^\\W_{_WIDE}]+")
_IS_WIDE = re.compile(f"[{_WIDE}]")
_SEPARATED = re.compile(r"[0-9a-z]+(?:[\s./()+_-]+[0-9a-z]+)+")
_COUNTRY_CODE = re.compile(r"^\s*(?:\+|00)86[\s-]*(?=\d)")
# A longer query is somebody's pasted page, not a search.
MAX_TOKENS = 12
MIN_DIGITS = 4


def index_text(values: Iterable[Any]) -> str:
    """
    Return the search text of a row from the values of its columns; empty when they are.

    Words are half-width and lower case. A number written with separators (telephone, document number) is there without
    them as well; Chinese is there in pinyin, in full and by initials.
    """
    words: dict[str, None] = {}
    for value in values:
        if value not in (None, ""):
            words.update(dict.fromkeys(_words_of(str(value))))
    return f" {' '.join(words)} " if words else ""


def query_tokens(q: str) -> list[str]:
    """
    Return the substrings that the search text must all contain for the query to match.

    :return: empty when the query holds no letter, digit or Chinese character.
    """
    tokens: dict[str, None] = {}
    for run in _RUN.findall(_COUNTRY_CODE.sub("", fold(q))):
        if len(run) > 2:
            tokens[run] = None
        elif _IS_WIDE.match(run):
            tokens[f" {run} "] = None
        else:
            tokens[f" {run}"] = None
    return list(tokens)[:MAX_TOKENS]


@lru_cache(maxsize=4_000)
def _words_of(value: str) -> tuple[str, ...]:
    """The words of one value; rows are saved again and again, and share the names of what they belong to."""
    return tuple(_words(fold(value)))


def _words(text: str) -> Iterator[str]:
    syllables: list[tuple[str, ...]] = []
    for run in _RUN.findall(text):
        yield run
        if _IS_WIDE.match(run):
            yield from (run[i : i + 2] for i in range(len(run) - 1))
            yield from run
            syllables.append(_pinyin(run))
            yield from _spelled(syllables[-1])
    if len(syllables) > 1:
        # A name with brackets or letters in the middle is spelled through as well.
        yield from _spelled(tuple(chain.from_iterable(syllables)))
    for number in _SEPARATED.findall(text):
        joined = re.sub(r"[^0-9a-z]", "", number)
        if sum(map(str.isdigit, joined)) >= MIN_DIGITS:
            yield joined


def _spelled(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """Full pinyin and initials; nothing for what has no pinyin."""
    return ("".join(syllables), "".join(syllable[0] for syllable in syllables)) if syllables else ()


@lru_cache(maxsize=20_000)
def _pinyin(run: str) -> tuple[str, ...]:
    """Syllables of a Chinese run without tones (``ü`` as ``v``), by the reading that the whole words ask for."""
    return tuple(lazy_pinyin(run, style=Style.NORMAL, errors="ignore"))
