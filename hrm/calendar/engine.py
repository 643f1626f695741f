"""
What kind of day a day is: working day, rest day 休息日, or statutory holiday 法定休假日.

Only the rows of the holiday calendar count, one for each day: a weekday says nothing, since days of rest are swapped
with weekends 调休 each year anew. Work on a rest day is paid with 200 %, also on one that a swap has made; work on a
statutory holiday with 300 %, always on its original date, even if that is a weekend. A weekend worked in exchange is
an ordinary working day.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

import chinese_calendar
from django.utils.translation import gettext_lazy as _

from suite.core.errors import DomainError

DATA = Path(__file__).parent / "data" / "statutory.json"
ONE_DAY = datetime.timedelta(days=1)


class DayKind(StrEnum):
    """How work on the day is paid: as agreed, with 200 % or with 300 %."""

    WORKDAY = "WORKDAY"
    REST = "REST"
    STATUTORY = "STATUTORY"


class UnknownYear(DomainError):
    """
    The calendar does not know the day, and does not guess.

    :ivar year: that has to be entered or completed.
    """

    code = "unknown-year"

    def __init__(self, year: int, day: datetime.date | None = None) -> None:
        super().__init__(
            _("The holiday calendar of %(year)s is missing or incomplete. Enter the year before you go on.")
            % {"year": year},
            year=year,
            day=day.isoformat() if day else None,
        )
        self.year = year


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """
    One day of the holiday calendar.

    :param kind: WORKDAY or REST; what people do on that day.
    :param statutory: a statutory holiday on its original date; only a day of rest can be one.
    :param name: of the holiday it is, or to which the rest or the weekend worked in exchange belongs.
    :raises ValueError: for a kind and flag that contradict each other.
    """

    date: datetime.date
    kind: DayKind
    statutory: bool = False
    name: str = ""

    def __post_init__(self) -> None:
        if self.kind is DayKind.STATUTORY or (self.statutory and self.kind is not DayKind.REST):
            raise ValueError(f"{self.date} is a working day or a day of rest, and a statutory holiday only if of rest")


def classify(day: datetime.date, rows: Mapping[datetime.date, CalendarRow]) -> DayKind:
    """
    Return the kind of a day.

    :raises UnknownYear: without a row for the day.
    """
    row = rows.get(day)
    if row is None:
        raise UnknownYear(day.year, day)
    return DayKind.STATUTORY if row.statutory else row.kind


def days_between(first: datetime.date, last: datetime.date) -> int:
    """Return the number of calendar days from the first to the last, both included; zero when none are."""
    return max(0, (last - first).days + 1)


def dates_between(first: datetime.date, last: datetime.date) -> Iterator[datetime.date]:
    """Yield the days from the first to the last, both included."""
    for offset in range(days_between(first, last)):
        yield first + datetime.timedelta(days=offset)


def statutory_days(year: int) -> dict[datetime.date, str]:
    """
    Return the statutory holidays of a year with their names, by their original dates.

    13 from 2025 (国务院令795), 11 from 2014 (644) and from 2008 (513), 10 before (270); one fewer in a year in which
    two fall on one date, such as mid-autumn on 2020-10-01.

    :raises UnknownYear: before the first decree, or without lunar dates of the year.
    """
    data = _data()
    rules = [rule for rule in data["rules"] if datetime.date.fromisoformat(rule["from"]).year <= year]
    lunar = data["lunar"]["dates"].get(str(year))
    if not rules or lunar is None:
        raise UnknownYear(year)
    festivals = {name: datetime.date.fromisoformat(text) for name, text in lunar.items()}
    festivals["QINGMING"] = _qingming(year)
    latest = max(rules, key=lambda rule: rule["from"])
    result: dict[datetime.date, str] = {}
    for entry in latest["days"]:
        day = _date_of(entry, year, festivals)
        result[day] = "、".join(filter(None, (result.get(day), entry["name"])))
    return dict(sorted(result.items()))


@lru_cache(maxsize=20)
def seed(year: int) -> tuple[CalendarRow, ...]:
    """
    Return the rows of a whole year, 365 or 366, as the State Council has announced it.

    Working days and rest come from the library, which learns each year's announcement with a new release; statutory
    holidays from the decrees.

    :raises UnknownYear: for a year that the library does not know yet.
    """
    statutory = statutory_days(year)
    try:
        days = dates_between(datetime.date(year, 1, 1), datetime.date(year, 12, 31))
        return tuple([_row(day, statutory) for day in days])
    except NotImplementedError as error:
        raise UnknownYear(year) from error


def _row(day: datetime.date, statutory: Mapping[datetime.date, str]) -> CalendarRow:
    kind = DayKind.WORKDAY if chinese_calendar.is_workday(day) else DayKind.REST
    if day in statutory:
        return CalendarRow(day, kind, statutory=True, name=statutory[day])
    _rest, holiday = chinese_calendar.get_holiday_detail(day)
    return CalendarRow(day, kind, name=chinese_calendar.Holiday(holiday).chinese if holiday else "")


def _date_of(entry: Mapping[str, Any], year: int, festivals: Mapping[str, datetime.date]) -> datetime.date:
    if "festival" in entry:
        return festivals[entry["festival"]] + int(entry["offset"]) * ONE_DAY
    return datetime.date(year, entry["month"], entry["day"])


def _qingming(year: int) -> datetime.date:
    terms: list[tuple[datetime.date, str]] = chinese_calendar.get_solar_terms(
        datetime.date(year, 4, 1), datetime.date(year, 4, 10)
    )
    return next(day for day, name in terms if name == "清明")


@lru_cache
def _data() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return loaded
