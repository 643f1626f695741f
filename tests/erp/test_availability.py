import datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.inventory.availability import Availability, Dated, InvalidQuantity, available_to_promise

D = Decimal
START = datetime.date(2026, 1, 5)


def day(number: int) -> datetime.date:
    """Day 0 is the start."""
    return START + datetime.timedelta(number)


def dated(*pairs: tuple[int, int]) -> list[Dated]:
    return [Dated(day(number), D(quantity)) for number, quantity in pairs]


def promisable(
    on_hand: int, receipts: list[Dated], demands: list[Dated], overdue_date: datetime.date | None = None
) -> Availability:
    return available_to_promise(D(on_hand), receipts, demands, start=START, overdue_date=overdue_date)


def test_discrete_figures_of_the_textbook() -> None:
    # Each receipt less the demand until the next one: 55 - 30 = 25, 80 - 40 - 25 = 15, 80 - 30 - 10 = 40.
    found = promisable(55, dated((1, 80), (3, 80)), dated((0, 30), (1, 40), (2, 25), (3, 30), (4, 10)))

    assert [point.projected for point in found.points] == [D(25), D(65), D(40), D(90), D(80)]
    assert [point.discrete for point in found.points] == [D(25), D(15), D(0), D(40), D(0)]
    assert [point.cumulative for point in found.points] == [D(25), D(40), D(40), D(80), D(80)]


def test_looks_ahead_to_demand_that_its_receipt_does_not_cover() -> None:
    # Day 4 gets 10 but needs 25: 15 of the 20 on hand are already promised.
    found = promisable(20, dated((4, 10)), dated((4, 25)))

    assert [point.discrete for point in found.points] == [D(5), D(0)]
    assert found.on(day(0)) == D(5)


def test_look_ahead_reaches_back_over_several_receipts() -> None:
    found = promisable(10, dated((2, 10), (4, 10)), dated((6, 25)))

    # 30 - 25 = 5 in all, and they can be had at once.
    assert [(point.date, point.cumulative) for point in found.points] == [
        (day(number), D(5)) for number in (0, 2, 4, 6)
    ]


def test_uncovered_demand_leaves_nothing() -> None:
    found = promisable(10, dated((5, 100)), dated((2, 15)))

    assert [point.projected for point in found.points] == [D(10), D(-5), D(95)]
    assert (found.on(day(0)), found.on(day(4)), found.on(day(5))) == (D(0), D(0), D(95))


def test_receipt_serves_demand_of_its_date() -> None:
    assert promisable(0, dated((3, 10)), dated((3, 10))).on(day(9)) == D(0)


def test_nothing_before_the_start_and_the_last_figure_for_ever() -> None:
    found = promisable(7, [], [])

    assert (found.on(day(-1)), found.on(day(0)), found.on(day(9999))) == (D(0), D(7), D(7))


def test_overdue_demand_counts_at_once() -> None:
    assert promisable(10, [], dated((-3, 4))).on(day(0)) == D(6)


@pytest.mark.parametrize(
    ("overdue", "figures"), [(None, [D(1), D(1)]), (day(2), [D(1), D(6)]), (day(-9), [D(6), D(6)])]
)
def test_overdue_receipt_comes_when_expected(overdue: datetime.date | None, figures: list[Decimal]) -> None:
    found = promisable(1, dated((-1, 5)), [], overdue)

    assert [found.on(day(0)), found.on(day(2))] == figures


def test_line_that_can_be_had_at_once() -> None:
    answer = promisable(10, [], []).promise(D(10), day(3))

    assert (answer.on_wanted_date, answer.full_date, answer.splits) == (D(10), day(3), tuple(dated((3, 10))))


def test_line_that_comes_in_parts() -> None:
    answer = promisable(10, dated((3, 5), (7, 20)), dated((3, 2))).promise(D(30), day(1))

    # By day: 10, 13, 33.
    assert (answer.on_wanted_date, answer.full_date) == (D(10), day(7))
    assert answer.splits == tuple(dated((1, 10), (3, 3), (7, 17)))


def test_line_that_never_comes_in_full() -> None:
    answer = promisable(10, dated((3, 5)), []).promise(D(30), day(1))

    assert (answer.on_wanted_date, answer.full_date) == (D(10), None)
    assert answer.splits == tuple(dated((1, 10), (3, 5)))


def test_line_wanted_in_the_past_gets_the_start() -> None:
    answer = promisable(10, [], []).promise(D(4), day(-5))

    assert (answer.on_wanted_date, answer.full_date, answer.splits) == (D(0), day(0), tuple(dated((0, 4))))


def test_second_line_does_not_get_what_the_first_did() -> None:
    left = promisable(10, dated((5, 10)), []).less(D(8), day(2))

    assert (left.on(day(0)), left.on(day(5))) == (D(2), D(12))
    assert left.promise(D(8), day(2)).full_date == day(5)


def test_less_equals_a_demand() -> None:
    receipts, demands = dated((2, 5), (6, 9)), dated((4, 3))

    for number in (-1, 0, 3, 4, 9):
        taken = promisable(10, receipts, demands).less(D(4), day(number))
        asked = promisable(10, receipts, [*demands, *dated((number, 4))])
        assert [taken.on(day(each)) for each in range(12)] == [asked.on(day(each)) for each in range(12)]


@pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity"])
def test_improper_quantities_are_refused(quantity: str) -> None:
    wrong = [Dated(day(1), D(quantity))]

    for call in (
        lambda: promisable(1, wrong, []),
        lambda: promisable(1, [], wrong),
        lambda: promisable(1, [], []).promise(D(quantity), day(1)),
        lambda: promisable(1, [], []).less(D(quantity), day(1)),
    ):
        with pytest.raises(InvalidQuantity):
            call()


def test_line_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidQuantity):
        promisable(1, [], []).promise(D(0), day(0))


def test_stock_that_is_no_number_is_refused() -> None:
    with pytest.raises(InvalidQuantity):
        available_to_promise(D("NaN"), [], [], start=START)


events = st.lists(st.tuples(st.integers(-5, 30), st.integers(0, 50)), max_size=25)


@given(st.integers(-20, 100), events, events)
def test_is_the_lowest_balance_that_follows(
    on_hand: int, receipts: list[tuple[int, int]], demands: list[tuple[int, int]]
) -> None:
    found = promisable(on_hand, dated(*receipts), dated(*demands))

    for number in range(35):
        balances = [
            on_hand
            + sum(quantity for each, quantity in receipts if 0 <= each <= later)
            - sum(quantity for each, quantity in demands if each <= later)
            for later in range(number, 35)
        ]
        assert found.on(day(number)) == max(0, min(balances))


@given(st.integers(-20, 100), events, events, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 40)), max_size=10))
def test_never_promises_more_than_there_is(
    on_hand: int, receipts: list[tuple[int, int]], demands: list[tuple[int, int]], lines: list[tuple[int, int]]
) -> None:
    """Whatever is promised, line after line, no date gets less than it did before."""
    found = promisable(on_hand, dated(*receipts), dated(*demands))
    before = {point.date: min(point.projected, D(0)) for point in found.points}
    lowest = min(before.values())

    for number, quantity in lines:
        for part in found.promise(D(quantity), day(number)).splits:
            found = found.less(part.quantity, part.date)

    assert min(point.projected for point in found.points) >= min(lowest, D(0))
    for point in found.points:
        if point.date in before:
            assert point.projected >= before[point.date]


@given(st.integers(0, 100), events, events, st.integers(0, 30), st.integers(1, 200))
def test_answer_agrees_with_the_figures(
    on_hand: int, receipts: list[tuple[int, int]], demands: list[tuple[int, int]], number: int, quantity: int
) -> None:
    found = promisable(on_hand, dated(*receipts), dated(*demands))
    answer = found.promise(D(quantity), day(number))

    assert answer.on_wanted_date == min(D(quantity), found.on(day(number)))
    if answer.full_date is None:
        assert found.on(day(99)) < quantity
    else:
        assert found.on(answer.full_date) >= quantity
        assert answer.full_date == day(number) or found.on(answer.full_date - datetime.timedelta(1)) < quantity
    assert sum(part.quantity for part in answer.splits) == min(D(quantity), found.on(day(99)))
    assert all(before.cumulative <= after.cumulative for before, after in pairwise(found.points))
