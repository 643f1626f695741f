"""
What the law sets, as dated data: tax tables, deductions, multiples, limits, each with its source.

``data/statutes.json`` is the delivered state; a table of the same rows may extend it. A date without a row in force is
an error, never a guess: a rule that expired, or was not made yet, does not apply.
"""

from __future__ import annotations

import datetime
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from hrm.payroll.errors import InvalidStatute, NoStatute

DELIVERED = Path(__file__).with_name("data") / "statutes.json"


class Code(StrEnum):
    """What a row is about; the values it has are named in brackets."""

    IIT_WITHHOLDING = "IIT_WITHHOLDING"  # brackets: upper limit, rate, quick deduction
    IIT_ANNUAL = "IIT_ANNUAL"  # brackets: upper limit, rate, quick deduction
    IIT_MONTHLY = "IIT_MONTHLY"  # brackets: upper limit, rate, quick deduction
    BASIC_DEDUCTION = "BASIC_DEDUCTION"  # monthly
    FIRST_INCOME = "FIRST_INCOME"  # (none: the rule applies while it is in force)
    LOW_INCOME = "LOW_INCOME"  # limit, months, amount
    BONUS_SEPARATE = "BONUS_SEPARATE"  # (none)
    SPECIAL_INFANT = "SPECIAL_INFANT"  # monthly
    SPECIAL_EDUCATION = "SPECIAL_EDUCATION"  # monthly
    SPECIAL_ELDERLY = "SPECIAL_ELDERLY"  # monthly, shared_limit
    SPECIAL_INTEREST = "SPECIAL_INTEREST"  # monthly, months
    SPECIAL_RENT = "SPECIAL_RENT"  # A, B, C
    SPECIAL_STUDY = "SPECIAL_STUDY"  # monthly, months
    SPECIAL_CERTIFICATE = "SPECIAL_CERTIFICATE"  # amount
    SPECIAL_ILLNESS = "SPECIAL_ILLNESS"  # above, limit
    WORKING_TIME = "WORKING_TIME"  # pay_days, work_days_month, work_days_year, hours_day
    OVERTIME = "OVERTIME"  # extended, rest, statutory, daily_hours, monthly_hours
    STATUTORY_HOLIDAYS = "STATUTORY_HOLIDAYS"  # total, days
    ANNUAL_LEAVE = "ANNUAL_LEAVE"  # bands: years from, years below, days, months of sick leave; and more
    PROBATION = "PROBATION"  # bands: months of the contract below, months of probation; pay_share
    CONTRACT = "CONTRACT"  # written_months, open_ended_years, fixed_terms
    NOTICE = "NOTICE"  # days, probation_days
    EXIT = "EXIT"  # transfer_days
    SEVERANCE = "SEVERANCE"  # half_below_months, cap_multiple, cap_years
    SEVERANCE_TAX = "SEVERANCE_TAX"  # exempt_multiple
    INSURANCE_BASE = "INSURANCE_BASE"  # floor_share, cap_multiple
    INSURANCE_REGISTRATION = "INSURANCE_REGISTRATION"  # days
    FUND = "FUND"  # lowest_rate, highest_rate
    WAGE_DEDUCTION = "WAGE_DEDUCTION"  # damage_share
    MATERNITY = "MATERNITY"  # days, difficult_days, extra_child_days, early_miscarriage_days, late_miscarriage_days


@dataclass(frozen=True)
class Statute:
    """
    One row: the values of a code from one date to another.

    :param valid_to: last day; None while no end is known.
    :param values: as read from JSON, figures as text.
    :param article: the source.
    """

    code: Code
    valid_from: datetime.date
    valid_to: datetime.date | None
    values: Mapping[str, Any]
    article: str

    def covers(self, on: datetime.date) -> bool:
        """Return whether it is in force on a date."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def number(self, name: str) -> Decimal:
        """
        Return a value.

        :raises InvalidStatute: when there is none, or it is no number.
        """
        return self._number(self._value(name), name)

    def whole(self, name: str) -> int:
        """
        Return a value that is a whole number.

        :raises InvalidStatute: when it is none.
        """
        value = self.number(name)
        if value != int(value):
            raise InvalidStatute(
                self.code, _("%(name)s is %(value)s, not a whole number") % {"name": name, "value": value}
            )
        return int(value)

    def table(self, name: str) -> tuple[tuple[Decimal | None, ...], ...]:
        """
        Return a table of numbers, None where a row is open.

        :raises InvalidStatute: when it is no such table.
        """
        rows = self._value(name)
        if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
            raise InvalidStatute(self.code, _("%(name)s is not a table") % {"name": name})
        return tuple(tuple(None if cell is None else self._number(cell, name) for cell in row) for row in rows)

    def _value(self, name: str) -> Any:
        if name not in self.values:
            raise InvalidStatute(self.code, _("%(name)s is missing") % {"name": name})
        return self.values[name]

    def _number(self, value: object, name: str) -> Decimal:
        try:
            is_figure = isinstance(value, str | int) and not isinstance(value, bool)
            number = Decimal(str(value)) if is_figure else Decimal("NaN")
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite():
            raise InvalidStatute(self.code, _("%(name)s is %(value)s, not a number") % {"name": name, "value": value})
        return number


def parse_statutes(text: str) -> tuple[Statute, ...]:
    """
    Read rows from JSON: a list of objects with ``code, valid_from, valid_to, article, values``.

    :raises InvalidStatute: for a row that lacks something, has an unknown code or dates that cannot be, or overlaps.
    """
    return checked(_statute(row) for row in json.loads(text))


@cache
def delivered_statutes() -> tuple[Statute, ...]:
    """Return the rows that come with the suite."""
    return parse_statutes(DELIVERED.read_text(encoding="utf-8"))


def checked(statutes: Iterable[Statute]) -> tuple[Statute, ...]:
    """
    Return the rows by code and date.

    :raises InvalidStatute: for rows of one code that overlap, end before they begin, or have no source.
    """
    rows = tuple(sorted(statutes, key=lambda row: (row.code, row.valid_from)))
    by_code: dict[Code, list[Statute]] = defaultdict(list)
    for row in rows:
        if not row.article.strip():
            raise InvalidStatute(row.code, _("no source is named"))
        if row.valid_to is not None and row.valid_to < row.valid_from:
            raise InvalidStatute(row.code, _("it ends before it begins"))
        by_code[row.code].append(row)
    for code, series in by_code.items():
        for earlier, later in pairwise(series):
            if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
                raise InvalidStatute(
                    code,
                    _("the rows of %(earlier)s and %(later)s overlap")
                    % {"earlier": earlier.valid_from.isoformat(), "later": later.valid_from.isoformat()},
                )
    return rows


def find(statutes: Sequence[Statute], code: Code, on: datetime.date) -> Statute | None:
    """Return the row in force on a date; None when the rule does not exist then."""
    return next((row for row in statutes if row.code is code and row.covers(on)), None)


def in_force(statutes: Sequence[Statute], code: Code, on: datetime.date) -> Statute:
    """
    Return the row in force on a date.

    :raises NoStatute: when there is none.
    """
    row = find(statutes, code, on)
    if row is None:
        raise NoStatute(code, on)
    return row


def _statute(row: Mapping[str, Any]) -> Statute:
    code = str(row.get("code", ""))
    try:
        return Statute(
            Code(code),
            datetime.date.fromisoformat(row["valid_from"]),
            datetime.date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            dict(row["values"]),
            str(row["article"]),
        )
    except KeyError as missing:
        raise InvalidStatute(code, _("%(name)s is missing") % {"name": missing.args[0]}) from None
    except (ValueError, TypeError) as wrong:
        raise InvalidStatute(code, str(wrong)) from None
