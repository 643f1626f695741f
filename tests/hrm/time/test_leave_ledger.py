import datetime
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.leave.ledger import Entry, InsufficientLeave, Part, balance, consume, expiries_due, remaining

D = Decimal
START = datetime.date(2026, 1, 1)


def on(number: int) -> datetime.date:
    return START + datetime.timedelta(days=number)


def entry(key: str, hours: int | str, day: int, *, until: int | None = None, of: str | None = None) -> Entry:
    return Entry(key, D(hours), on(day), expires_on=None if until is None else on(until), of=of)


ANNUAL = entry("annual", 40, 0, until=364)
COMP = entry("comp", 8, 10, until=100)
FOREVER = entry("extra", 16, 0)


def test_the_balance_counts_what_was_granted_until_the_day() -> None:
    ledger = [ANNUAL, COMP]

    assert [balance(ledger, on(day)) for day in (-1, 0, 9, 10)] == [0, 40, 40, 48]


def test_a_grant_counts_on_its_last_day_and_not_after_it() -> None:
    assert [balance([ANNUAL, COMP], on(day)) for day in (100, 101, 364, 365)] == [48, 40, 40, 0]


def test_what_expires_first_is_used_first() -> None:
    ledger = [FOREVER, ANNUAL, COMP]

    assert consume(ledger, D(10), on(20)) == [Part("comp", D(8), on(100)), Part("annual", D(2), on(364))]
    assert consume(ledger, D(50), on(101)) == [Part("annual", D(40), on(364)), Part("extra", D(10), None)]


def test_a_grant_of_the_day_can_be_used_on_it() -> None:
    assert consume([COMP], D(8), on(10)) == [Part("comp", D(8), on(100))]


def test_remaining_parts_in_the_order_of_use() -> None:
    ledger = [FOREVER, ANNUAL, COMP, entry("use", -10, 20)]

    assert remaining(ledger, on(20)) == [Part("annual", D(38), on(364)), Part("extra", D(16), None)]


def test_more_than_the_balance_is_refused() -> None:
    with pytest.raises(InsufficientLeave) as refused:
        consume([COMP], D("8.5"), on(20))

    assert (refused.value.missing, refused.value.details["date"]) == (D("0.5"), "2026-01-21")
    assert balance([COMP], on(20)) == 8


def test_an_expired_grant_is_no_balance() -> None:
    with pytest.raises(InsufficientLeave):
        consume([COMP], D(1), on(101))


def test_a_grant_of_tomorrow_is_no_balance() -> None:
    with pytest.raises(InsufficientLeave):
        consume([COMP], D(1), on(9))


def test_hours_may_be_used_ahead_as_far_as_permitted() -> None:
    assert consume([], D(8), on(0), permitted=D(8)) == []
    with pytest.raises(InsufficientLeave) as refused:
        consume([entry("use", -5, 0)], D(4), on(1), permitted=D(8))
    assert refused.value.missing == 1


def test_a_later_grant_makes_up_for_what_was_used_ahead() -> None:
    ledger = [entry("use", -6, 0), COMP]

    assert [balance(ledger, on(day)) for day in (0, 10)] == [-6, 2]
    assert remaining(ledger, on(10)) == [Part("comp", D(2), on(100))]


def test_an_earlier_permission_is_not_judged_anew() -> None:
    ledger = [entry("ahead", -6, 0), COMP]

    assert consume(ledger, D(2), on(20)) == [Part("comp", D(2), on(100))]


def test_a_back_dated_use_leaves_later_ones_what_they_took() -> None:
    ledger = [COMP, entry("use", -6, 50)]

    assert consume(ledger, D(2), on(20)) == [Part("comp", D(2), on(100))]
    with pytest.raises(InsufficientLeave) as refused:
        consume(ledger, D(3), on(20))
    assert refused.value.details["date"] == on(50).isoformat()


def test_what_is_left_after_the_last_day_has_to_be_written_off() -> None:
    ledger = [ANNUAL, COMP, entry("use", -3, 20)]

    assert expiries_due(ledger, on(100)) == []
    assert expiries_due(ledger, on(101)) == [Part("comp", D(5), on(100))]


def test_writing_off_changes_no_balance_and_is_due_once() -> None:
    ledger = [ANNUAL, COMP, entry("use", -3, 20)]
    written = [*ledger, entry("expiry", -5, 101, of="comp")]

    assert expiries_due(written, on(200)) == []
    assert balance(written, on(200)) == balance(ledger, on(200)) == 40


def test_no_more_is_written_off_than_is_left() -> None:
    with pytest.raises(InsufficientLeave):
        balance([COMP, entry("use", -3, 20), entry("expiry", -6, 101, of="comp")], on(200))


def test_a_use_before_the_write_off_of_the_same_hours_is_refused() -> None:
    with pytest.raises(InsufficientLeave):
        consume([COMP, entry("expiry", -8, 101, of="comp")], D(1), on(50))


def test_a_cancelled_leave_gives_back_where_it_took() -> None:
    ledger = [ANNUAL, COMP, entry("use", -10, 20), entry("back", 4, 30, of="use")]

    assert remaining(ledger, on(30)) == [Part("comp", D(2), on(100)), Part("annual", D(40), on(364))]
    assert balance([*ledger, entry("rest", 6, 31, of="use")], on(31)) == 48


def test_hours_given_back_to_an_expired_grant_stay_expired() -> None:
    ledger = [COMP, entry("use", -8, 20), entry("back", 8, 150, of="use")]

    assert balance(ledger, on(150)) == 0
    assert expiries_due(ledger, on(150)) == [Part("comp", D(8), on(100))]


def test_giving_back_what_was_used_ahead_lowers_the_debt() -> None:
    ledger = [entry("use", -6, 0), entry("back", 4, 1, of="use"), COMP]

    assert [balance(ledger, on(day)) for day in (0, 1, 10)] == [-6, -2, 6]


def test_giving_back_after_a_grant_has_made_up_for_it() -> None:
    ledger = [entry("use", -6, 0), COMP, entry("back", 6, 11, of="use")]

    assert remaining(ledger, on(11)) == [Part("comp", D(8), on(100))]


@pytest.mark.parametrize(
    "ledger",
    [
        [COMP, COMP],
        [entry("late", 8, 10, until=9)],
        [COMP, entry("use", -2, 20), entry("back", 3, 30, of="use")],
        [entry("back", 3, 30, of="use")],
        [entry("expiry", -3, 30, of="comp")],
    ],
)
def test_contradicting_entries_are_refused(ledger: list[Entry]) -> None:
    with pytest.raises(ValueError, match="Entry"):
        balance(ledger, on(400))


@pytest.mark.parametrize("hours", [D(0), D(-1), D("NaN"), D("Infinity")])
def test_a_use_has_hours(hours: Decimal) -> None:
    with pytest.raises(ValueError, match="positive hours"):
        consume([COMP], hours, on(20))


@pytest.mark.parametrize("hours", [D(0), D("NaN"), D("Infinity")])
def test_an_entry_has_hours(hours: Decimal) -> None:
    with pytest.raises(ValueError, match="no hours"):
        Entry("entry", hours, START)


grants = st.tuples(st.integers(1, 40), st.integers(0, 60), st.none() | st.integers(0, 60))
uses = st.tuples(st.integers(1, 30), st.integers(0, 120))


def naive(granted: Sequence[Entry], used: Sequence[Entry]) -> dict[object, int]:
    """Return the hours left of each grant, taken one by one from the one that expires first."""
    left = {grant.key: int(grant.hours) for grant in granted}
    for use in used:
        for _ in range(int(-use.hours)):
            usable = [
                grant
                for grant in granted
                if left[grant.key] and grant.on <= use.on and (grant.expires_on is None or use.on <= grant.expires_on)
            ]
            first = min(usable, key=lambda grant: (grant.expires_on or datetime.date.max, grant.on))
            left[first.key] -= 1
    return left


@given(st.lists(grants, max_size=6, unique_by=lambda grant: grant[1]), st.lists(uses, max_size=8))
def test_uses_are_taken_as_by_a_naive_model_and_the_balance_is_never_negative(
    given_hours: list[tuple[int, int, int | None]], wanted: list[tuple[int, int]]
) -> None:
    granted = [
        entry(f"grant {number}", hours, day, until=None if life is None else day + life)
        for number, (hours, day, life) in enumerate(given_hours)
    ]
    used: list[Entry] = []
    for number, (hours, day) in enumerate(sorted(wanted, key=lambda use: use[1])):
        try:
            parts = consume([*granted, *used], D(hours), on(day))
        except InsufficientLeave:
            assert balance([*granted, *used], on(day)) < hours
            continue
        assert sum(part.hours for part in parts) == hours
        used.append(entry(f"use {number}", -hours, day))

    left = naive(granted, used)
    for day in range(0, 130, 13):
        assert balance([*granted, *used], on(day)) >= 0
    open_parts = [*remaining([*granted, *used], on(130)), *expiries_due([*granted, *used], on(130))]
    assert {part.grant: part.hours for part in open_parts} == {key: hours for key, hours in left.items() if hours}


@given(st.lists(grants, max_size=5), st.lists(uses, max_size=6))
def test_what_was_granted_is_left_used_or_owed(
    given_hours: list[tuple[int, int, int | None]], wanted: list[tuple[int, int]]
) -> None:
    granted = [
        entry(f"grant {number}", hours, day, until=None if life is None else day + life)
        for number, (hours, day, life) in enumerate(given_hours)
    ]
    ledger = [*granted, *(entry(f"use {number}", -hours, day) for number, (hours, day) in enumerate(wanted))]
    end = on(200)

    expired = sum((part.hours for part in expiries_due(ledger, end)), D(0))
    assert balance(ledger, end) + expired == sum((item.hours for item in ledger), D(0))
    given_back = [entry(f"back {number}", hours, 150, of=f"use {number}") for number, (hours, _) in enumerate(wanted)]
    everything = [*ledger, *given_back]
    open_parts = [*remaining(everything, end), *expiries_due(everything, end)]
    assert {part.grant: part.hours for part in open_parts} == {grant.key: grant.hours for grant in granted}
