"""
What the Labour Contract Law 劳动合同法 says of terms, probation and notice: pure functions of dates and amounts.

Articles 10, 14, 19, 20 and 37 of the law (in force since 2008-01-01, amended 2013-07-01), 97 for the count of fixed
terms. A period of months ends on the day before the same day of a later month, or on the last of the month where it
has no such day (民法典 202): one month from 1 March ends on 31 March, from 31 January on 28 February.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

# Fixed terms agreed on before the law came into force do not count; 劳动合同法 97.
COUNTED_SINCE = date(2008, 1, 1)
PROBATION_SHARE = Decimal("0.80")
CENT = Decimal("0.01")
OPEN_ENDED_YEARS = 10
OPEN_ENDED_TERMS = 2
NOTICE_DAYS = 30
NOTICE_DAYS_IN_PROBATION = 3
# From so many months of a term on, so many months of probation; 劳动合同法 19.
PROBATION_STEPS = ((36, 6), (12, 2), (3, 1))


class Term(StrEnum):
    """The kinds of terms of 劳动合同法 12."""

    FIXED = "FIXED"
    OPEN = "OPEN"
    TASK = "TASK"


class OpenEnded(StrEnum):
    """Why an open-ended contract is due; 劳动合同法 14."""

    TEN_YEARS = "TEN_YEARS"
    TWO_FIXED_TERMS = "TWO_FIXED_TERMS"
    UNWRITTEN_YEAR = "UNWRITTEN_YEAR"


def add_months(day: date, months: int) -> date:
    """The same day so many months later, the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(starts_on: date, months: int) -> date:
    """The last day of a period of whole months."""
    same_day = add_months(starts_on, months)
    return same_day if same_day.day != starts_on.day else same_day - timedelta(days=1)


def reaches(starts_on: date, ends_on: date, months: int) -> bool:
    """Whether a period, both days included, is at least so many months long."""
    return ends_on >= last_day(starts_on, months)


def probation_months(term: Term, starts_on: date, ends_on: date | None) -> int:
    """
    Months of probation that a contract may have at most.

    劳动合同法 19: none under three months or until a task is done, one from three months, two from one year, six from
    three years or open-ended.

    :param ends_on: last day of a fixed term.
    :raises ValueError: for a fixed term without an end.
    """
    if term == Term.OPEN:
        return PROBATION_STEPS[0][1]
    if term == Term.TASK:
        return 0
    if ends_on is None:
        raise ValueError("A fixed term has an end")
    return next((allowed for months, allowed in PROBATION_STEPS if reaches(starts_on, ends_on, months)), 0)


def latest_probation_end(term: Term, starts_on: date, ends_on: date | None) -> date | None:
    """The last day that probation may end on; None: no probation is allowed."""
    months = probation_months(term, starts_on, ends_on)
    return last_day(starts_on, months) if months else None


def lowest_probation_wage(agreed: Decimal, minimum: Decimal | None = None) -> Decimal:
    """
    The least monthly wage during probation: 80 % of the agreed one, and not below the local minimum; 劳动合同法 20.

    :param agreed: wage of a month after probation.
    :param minimum: the local minimum wage of a month, where it is known.
    """
    share = (agreed * PROBATION_SHARE).quantize(CENT, ROUND_HALF_UP)
    return share if minimum is None else max(share, minimum)


def written_by(hired_on: date) -> date:
    """The last day to sign: within one month from the first day of work; 劳动合同法 10. Then double pay runs (82)."""
    return last_day(hired_on, 1)


def open_ended_reason(*, hired_on: date, on: date, fixed_terms: int, has_contract: bool = True) -> OpenEnded | None:
    """
    Why the contract made on a day has to be open-ended unless the employee asks for a fixed term; None: it need not.

    劳动合同法 14: after ten years with the employer without a break, after two fixed terms one after the other, and, as
    if agreed, after a year without a written contract.

    :param fixed_terms: fixed terms since 2008 (97) one after the other that precede the contract.
    :param has_contract: whether a written contract was ever concluded.
    """
    if not has_contract and on >= add_months(hired_on, 12):
        return OpenEnded.UNWRITTEN_YEAR
    if on >= add_months(hired_on, 12 * OPEN_ENDED_YEARS):
        return OpenEnded.TEN_YEARS
    if fixed_terms >= OPEN_ENDED_TERMS:
        return OpenEnded.TWO_FIXED_TERMS
    return None


def notice_days(*, in_probation: bool) -> int:
    """Days of notice that somebody who resigns gives; 劳动合同法 37."""
    return NOTICE_DAYS_IN_PROBATION if in_probation else NOTICE_DAYS


def earliest_last_day(given_on: date, *, in_probation: bool) -> date:
    """The first day that somebody who resigns may leave after without the employer's consent."""
    return given_on + timedelta(days=notice_days(in_probation=in_probation))
