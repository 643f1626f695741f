"""What the Labour Contract Law says of terms, probation, wages and notice, at its boundaries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from hrm.people import contract_rules as rules
from hrm.people.contract_rules import OpenEnded, Term

D = Decimal


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "months"),
    [
        # Two months and 30 days: under three months.
        (date(2026, 1, 1), date(2026, 3, 30), 0),
        (date(2026, 1, 1), date(2026, 3, 31), 1),
        (date(2026, 1, 1), date(2026, 12, 30), 1),
        (date(2026, 1, 1), date(2026, 12, 31), 2),
        (date(2026, 1, 1), date(2028, 12, 30), 2),
        (date(2026, 1, 1), date(2028, 12, 31), 6),
        (date(2024, 2, 29), date(2025, 2, 27), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 2),
    ],
)
def test_probation_follows_the_term(starts_on: date, ends_on: date, months: int) -> None:
    """劳动合同法 19: none under three months, 1 from three months, 2 from one year, 6 from three years."""
    assert rules.probation_months(Term.FIXED, starts_on, ends_on) == months


def test_probation_of_other_terms() -> None:
    """劳动合同法 19: six months when open-ended, none until a task is done."""
    assert rules.probation_months(Term.OPEN, date(2026, 1, 1), None) == 6
    assert rules.probation_months(Term.TASK, date(2026, 1, 1), None) == 0
    assert rules.latest_probation_end(Term.OPEN, date(2026, 1, 1), None) == date(2026, 6, 30)
    assert rules.latest_probation_end(Term.TASK, date(2026, 1, 1), None) is None
    with pytest.raises(ValueError, match="end"):
        rules.probation_months(Term.FIXED, date(2026, 1, 1), None)


def test_months_end_on_the_day_before_or_the_last_of_the_month() -> None:
    """民法典 202: a period of months ends on the day of the last month, or on its last day where it has no such day."""
    assert rules.last_day(date(2026, 3, 1), 1) == date(2026, 3, 31)
    assert rules.last_day(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert rules.last_day(date(2026, 1, 15), 6) == date(2026, 7, 14)
    assert rules.add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("agreed", "minimum", "lowest"),
    [
        ("8000.00", None, "6400.00"),
        ("8000.00", "2690.00", "6400.00"),
        ("3000.00", "2690.00", "2690.00"),
        ("3362.50", "2690.00", "2690.00"),
        ("3362.52", "2690.00", "2690.02"),
    ],
)
def test_probation_wage_is_four_fifths_and_not_below_the_minimum(agreed: str, minimum: str | None, lowest: str) -> None:
    """劳动合同法 20: 80 % of the agreed wage, and not below the local minimum (Shanghai from 2023-07: 2,690)."""
    assert rules.lowest_probation_wage(D(agreed), D(minimum) if minimum else None) == D(lowest)


def test_contract_is_written_within_a_month() -> None:
    """劳动合同法 10, 82: double pay runs from the day after one full month, here from 1 April."""
    assert rules.written_by(date(2026, 3, 1)) == date(2026, 3, 31)


@pytest.mark.parametrize(
    ("hired_on", "on", "terms", "reason"),
    [
        (date(2016, 3, 2), date(2026, 3, 1), 0, None),
        (date(2016, 3, 1), date(2026, 3, 1), 0, OpenEnded.TEN_YEARS),
        (date(2022, 3, 1), date(2026, 3, 1), 1, None),
        (date(2022, 3, 1), date(2026, 3, 1), 2, OpenEnded.TWO_FIXED_TERMS),
    ],
)
def test_open_ended_contract_is_due(hired_on: date, on: date, terms: int, reason: OpenEnded | None) -> None:
    """劳动合同法 14: after ten years with the employer, or two fixed terms one after the other."""
    assert rules.open_ended_reason(hired_on=hired_on, on=on, fixed_terms=terms) == reason


def test_a_year_without_writing_counts_as_open_ended() -> None:
    """劳动合同法 14: without a written contract for a full year, an open-ended one counts as agreed."""
    hired_on = date(2025, 3, 1)

    day_before = rules.open_ended_reason(hired_on=hired_on, on=date(2026, 2, 28), fixed_terms=0, has_contract=False)
    after = rules.open_ended_reason(hired_on=hired_on, on=date(2026, 3, 1), fixed_terms=0, has_contract=False)

    assert (day_before, after) == (None, OpenEnded.UNWRITTEN_YEAR)


def test_notice_of_somebody_who_resigns() -> None:
    """劳动合同法 37: thirty days in writing, three days in probation."""
    assert rules.earliest_last_day(date(2026, 3, 2), in_probation=False) == date(2026, 4, 1)
    assert rules.earliest_last_day(date(2026, 3, 2), in_probation=True) == date(2026, 3, 5)
