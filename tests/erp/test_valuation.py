import datetime
import random
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erp.inventory.valuation import (
    Change,
    Entry,
    InsufficientStock,
    InvalidMove,
    Kind,
    Layer,
    Ledger,
    Method,
    Move,
    ReturnExceedsOrigin,
    UnknownCost,
    UnknownOrigin,
    changes,
    merge,
    replay,
)

D = Decimal
BOTH = pytest.mark.parametrize("method", list(Method))
seeds = st.integers(0, 2**32)


def day(number: int) -> datetime.date:
    return datetime.date(2026, 1, 1) + datetime.timedelta(number - 1)


def move(kind: Kind, sequence: int, quantity: str | int = 0, amount: str | int | None = None, **given: Any) -> Move:
    """A move that is dated in the order of posting and keyed by it, in scope “A”, unless said otherwise."""
    return Move(
        key=given.pop("key", sequence),
        kind=kind,
        date=day(given.pop("on", sequence)),
        sequence=sequence,
        scope=given.pop("scope", "A"),
        quantity=D(quantity),
        amount=None if amount is None else D(amount),
        **given,
    )


def receipt(sequence: int, quantity: str | int, amount: str | int | None, **given: Any) -> Move:
    return move(Kind.RECEIPT, sequence, quantity, amount, **given)


def issue(sequence: int, quantity: str | int, **given: Any) -> Move:
    return move(Kind.ISSUE, sequence, quantity, **given)


def returned(sequence: int, quantity: str | int, origin: int, **given: Any) -> Move:
    return move(Kind.RETURN, sequence, quantity, origin=origin, **given)


def transfer(sequence: int, quantity: str | int, to_scope: str, **given: Any) -> Move:
    return move(Kind.TRANSFER, sequence, quantity, to_scope=to_scope, **given)


def adjustment(sequence: int, amount: str | int, origin: int, **given: Any) -> Move:
    return move(Kind.ADJUSTMENT, sequence, 0, amount, origin=origin, **given)


def amounts(entries: Iterable[Entry]) -> list[Decimal]:
    return [entry.amount for entry in entries]


def final(entries: Iterable[Entry], scope: str = "A") -> tuple[Decimal, Decimal]:
    last = [entry for entry in entries if entry.scope == scope][-1]
    return last.balance_quantity, last.balance_amount


def test_moving_average_of_the_textbook() -> None:
    # 10 at 10.00 and 20 at 13.00: 360.00 for 30, 12.00 each.
    entries = replay([receipt(1, 10, 100), receipt(2, 20, 260), issue(3, 15), receipt(4, 15, 240)], Method.AVERAGE)

    assert amounts(entries) == [D(100), D(260), D(-180), D(240)]
    assert [entry.quantity for entry in entries] == [D(10), D(20), D(-15), D(15)]
    # 180 + 240 = 420 for 30, 14.00 each.
    assert final(entries) == (D(30), D(420))


def test_first_in_first_out_of_the_textbook() -> None:
    # 15 = 10 at 10.00 and 5 at 13.00; then 15 left at 13.00 and 5 at 16.00.
    entries = replay(
        [receipt(1, 10, 100), receipt(2, 20, 260), issue(3, 15), receipt(4, 15, 240), issue(5, 20)], Method.FIFO
    )

    assert amounts(entries) == [D(100), D(260), D(-165), D(240), D(-275)]
    assert final(entries) == (D(10), D(160))


@BOTH
def test_last_issue_takes_the_cents(method: Method) -> None:
    entries = replay([receipt(1, 3, 10), issue(2, 1), issue(3, 1), issue(4, 1)], method)

    # 3.333 → 3.33, then 6.67 / 2 = 3.335 → 3.34, then what is left.
    assert amounts(entries) == [D(10), D("-3.33"), D("-3.34"), D("-3.33")]
    assert final(entries) == (D(0), D(0))


@BOTH
def test_quantity_may_outlive_its_value(method: Method) -> None:
    entries = replay([receipt(1, 3, "0.01"), issue(2, 2), issue(3, 1)], method)

    assert amounts(entries) == [D("0.01"), D("-0.01"), D(0)]


def test_customer_return_comes_in_at_the_cost_of_its_issue() -> None:
    moves = [receipt(1, 10, 100), issue(2, 4), receipt(3, 4, 100), returned(4, 1, 2), returned(5, 3, 2)]

    entries = replay(moves, Method.AVERAGE)

    # The average is 16.00 by then, the returned ones are 10.00 each as they left.
    assert amounts(entries) == [D(100), D(-40), D(100), D(10), D(30)]
    assert final(entries) == (D(14), D(200))


@BOTH
def test_returns_in_parts_bring_back_the_whole_cost(method: Method) -> None:
    moves = [receipt(1, 3, 10), issue(2, 3), *(returned(2 + number, 1, 2) for number in (1, 2, 3))]

    assert amounts(replay(moves, method))[2:] == [D("3.33"), D("3.34"), D("3.33")]


def test_customer_return_into_another_scope() -> None:
    entries = replay([receipt(1, 10, 100), issue(2, 4), returned(3, 4, 2, scope="B")], Method.FIFO)

    assert final(entries, "B") == (D(4), D(40))


@BOTH
def test_cancelled_receipt_leaves_what_was_there_before(method: Method) -> None:
    entries = replay([receipt(1, 10, 100), receipt(2, 10, 200), returned(3, 10, 2)], method)

    assert (entries[-1].amount, entries[-1].expense) == (D(-200), D(0))
    assert final(entries) == (D(10), D(100))


def test_supplier_return_takes_no_more_value_than_there_is() -> None:
    # 20 at 15.00, 10 issued; the last 10 are worth 150.00 and the supplier credits 200.00: a gain of 50.00.
    entries = replay([receipt(1, 10, 100), receipt(2, 10, 200), issue(3, 10), returned(4, 10, 2)], Method.AVERAGE)

    assert (entries[-1].amount, entries[-1].expense) == (D(-150), D(-50))
    assert final(entries) == (D(0), D(0))


def test_supplier_return_takes_its_own_layer_and_leaves_the_order() -> None:
    ledger = Ledger(Method.FIFO)
    for each in (receipt(1, 10, 100), receipt(2, 10, 200), receipt(3, 10, 300), returned(4, 4, 2)):
        ledger.post(each)

    assert [(layer.origin, layer.quantity, layer.amount) for layer in ledger.layers("A")] == [
        (1, D(10), D(100)),
        (2, D(6), D(120)),
        (3, D(10), D(300)),
    ]


def test_supplier_credits_another_amount() -> None:
    given = move(Kind.RETURN, 2, 4, 30, origin=1)

    entries = replay([receipt(1, 10, 100), given], Method.FIFO)

    # Stock falls by 40.00, the credit is 30.00: a loss of 10.00.
    assert (entries[-1].amount, entries[-1].expense) == (D(-40), D(10))


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        # Average: 100/10 → 5 cost 50.00; with the late 10 at 16.00: 260/20 → 65.00.
        (Method.AVERAGE, D(-50), D(-65)),
        # First in: the late one is dated first, so its 16.00 are used.
        (Method.FIFO, D(-50), D(-80)),
    ],
)
def test_back_dated_receipt_is_replayed_in_order_of_dates(method: Method, before: Decimal, after: Decimal) -> None:
    posted = [receipt(1, 10, 100, on=5), issue(2, 5, on=10)]
    late = receipt(3, 10, 160, on=2)

    first, second = replay(posted, method), replay([*posted, late], method)

    assert first[-1].amount == before
    assert [entry.key for entry in second] == [3, 1, 2]
    assert second[-1].amount == after
    assert changes(first, second) == (
        Change(3, day(2), "A", D(10), D(160), D(0)),
        Change(2, day(10), "A", D(0), after - before, D(0)),
    )


def test_back_dating_reaches_through_transfers() -> None:
    posted = [receipt(1, 10, 100, on=5), transfer(2, 4, "B", on=6), issue(3, 2, scope="B", on=7)]

    first = replay(posted, Method.AVERAGE)
    second = replay([*posted, receipt(4, 10, 200, on=4)], Method.AVERAGE)

    # 15.00 instead of 10.00 each: 4 moved on cost 60.00 instead of 40.00, 2 of them issued 30.00 instead of 20.00.
    assert changes(first, second)[1:] == (
        Change(2, day(6), "A", D(0), D(-20), D(0)),
        Change(2, day(6), "B", D(0), D(20), D(0)),
        Change(3, day(7), "B", D(0), D(-10), D(0)),
    )


def test_move_that_is_gone_is_taken_back() -> None:
    first = replay([receipt(1, 10, 100), issue(2, 4)], Method.AVERAGE)
    second = replay([receipt(1, 10, 100)], Method.AVERAGE)

    assert changes(first, second) == (Change(2, day(2), "A", D(4), D(40), D(0)),)


def test_back_dated_issue_that_later_moves_need_is_refused() -> None:
    posted = [receipt(1, 10, 100, on=1), issue(2, 8, on=5)]

    with pytest.raises(InsufficientStock) as refused:
        replay([*posted, issue(3, 3, on=2)], Method.AVERAGE)

    error = refused.value
    assert (error.key, error.scope, error.date, error.quantity, error.on_hand) == (2, "A", day(5), D(8), D(7))


@BOTH
def test_invoice_price_difference_after_a_part_was_shipped(method: Method) -> None:
    # 4 of 10 are left when the invoice is 50.00 higher: 20.00 into stock, 30.00 to cost of sales.
    entries = replay([receipt(1, 10, 100), issue(2, 6), adjustment(3, 50, 1)], method)

    assert (entries[-1].quantity, entries[-1].amount, entries[-1].expense) == (D(0), D(20), D(30))
    assert final(entries) == (D(4), D(60))


def test_surviving_share_of_a_mixed_stock() -> None:
    # 15 on hand right after the receipt, 9 now: 60 %.
    moves = [receipt(1, 5, 50), receipt(2, 10, 100), issue(3, 6), adjustment(4, 10, 2)]

    average, first_in = replay(moves, Method.AVERAGE), replay(moves, Method.FIFO)

    assert (average[-1].amount, average[-1].expense) == (D(6), D(4))
    # First in, first out, 5 + 1 were issued: 9 of the 10 are left.
    assert (first_in[-1].amount, first_in[-1].expense) == (D(9), D(1))


@BOTH
def test_later_receipt_does_not_revive_what_was_sold(method: Method) -> None:
    entries = replay([receipt(1, 10, 100), issue(2, 10), receipt(3, 10, 100), adjustment(4, 50, 1)], method)

    assert (entries[-1].amount, entries[-1].expense) == (D(0), D(50))


@BOTH
def test_landed_cost_after_all_is_sold_is_an_expense(method: Method) -> None:
    entries = replay([receipt(1, 10, 100), issue(2, 10), adjustment(3, 33, 1)], method)

    assert (entries[-1].amount, entries[-1].expense) == (D(0), D(33))
    assert final(entries) == (D(0), D(0))


@BOTH
def test_landed_cost_follows_transfers_and_returns(method: Method) -> None:
    moves = [
        receipt(1, 10, 100),
        transfer(2, 4, "B"),
        issue(3, 3),
        returned(4, 1, 3),
        issue(5, 1, scope="B"),
        adjustment(6, 100, 1),
    ]

    entries = [entry for entry in replay(moves, method) if entry.key == 6]

    # Of 10, 3 + 1 are left in A and 3 in B; 3 are sold.
    assert {entry.scope: (entry.amount, entry.expense) for entry in entries} == {
        "A": (D(40), D(30)),
        "B": (D(30), D(0)),
    }


@BOTH
def test_adjustment_of_the_day_of_the_receipt_reaches_its_issues(method: Method) -> None:
    moves = [receipt(1, 10, 100, on=1), issue(2, 6, on=1), adjustment(3, 50, 1, on=1)]

    entries = replay(moves, method)

    assert [(entry.key, entry.amount) for entry in entries] == [(1, D(100)), (3, D(50)), (2, D(-90))]


@BOTH
def test_lower_price_takes_no_more_than_the_stock_is_worth(method: Method) -> None:
    entries = replay([receipt(1, 10, 100), issue(2, 6), adjustment(3, -200, 1)], method)

    assert (entries[-1].amount, entries[-1].expense) == (D(-40), D(-160))
    assert final(entries) == (D(4), D(0))


@BOTH
def test_transfer_with_transit_carries_cost(method: Method) -> None:
    moves = [receipt(1, 3, 10), transfer(2, 2, "transit"), transfer(3, 2, "B", scope="transit"), issue(4, 2, scope="B")]

    entries = replay(moves, method)

    assert [(entry.scope, entry.amount) for entry in entries[1:]] == [
        ("A", D("-6.67")),
        ("transit", D("6.67")),
        ("transit", D("-6.67")),
        ("B", D("6.67")),
        ("B", D("-6.67")),
    ]


def test_transfer_keeps_layers() -> None:
    moves = [receipt(1, 5, 50), receipt(2, 5, 100), transfer(3, 7, "B"), issue(4, 6, scope="B")]

    entries = replay(moves, Method.FIFO)

    assert entries[-1].amount == D(-70)
    assert final(entries) == (D(3), D(60))


def test_gain_of_a_count_costs_what_is_there() -> None:
    average = replay([receipt(1, 10, 100), receipt(2, 10, 200), receipt(3, 2, None)], Method.AVERAGE)
    newest = replay([receipt(1, 10, 100), receipt(2, 10, 200), receipt(3, 2, None)], Method.FIFO)

    assert (average[-1].amount, newest[-1].amount) == (D(30), D(40))


@BOTH
def test_gain_into_empty_stock_costs_what_the_last_one_did(method: Method) -> None:
    assert replay([receipt(1, 10, 100), issue(2, 10), receipt(3, 2, None)], method)[-1].amount == D(20)


@BOTH
def test_gain_without_any_cost_is_refused(method: Method) -> None:
    with pytest.raises(UnknownCost) as refused:
        replay([receipt(1, 2, None)], method)

    assert refused.value.key == 1


@BOTH
@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (issue(9, 5), InsufficientStock),
        (issue(9, 1, scope="B"), InsufficientStock),
        (transfer(9, 5, "B"), InsufficientStock),
        (returned(9, 5, 1), InsufficientStock),
        (returned(9, 7, 2), ReturnExceedsOrigin),
        (returned(9, 11, 1), ReturnExceedsOrigin),
        (returned(9, 1, 77), UnknownOrigin),
        (adjustment(9, 1, 2), UnknownOrigin),
        (issue(9, 1, key=2), InvalidMove),
        (move(Kind.RETURN, 9, 1, 5, origin=2), InvalidMove),
    ],
)
def test_refused_move_changes_nothing(method: Method, wrong: Move, error: type[Exception]) -> None:
    ledger = Ledger(method)
    for each in (receipt(1, 10, 100), issue(2, 6)):
        ledger.post(each)
    before = ledger.layers("A"), ledger.balance("A"), ledger.balance("B")

    with pytest.raises(error):
        ledger.post(wrong)

    assert (ledger.layers("A"), ledger.balance("A"), ledger.balance("B")) == before
    assert ledger.post(returned(10, 6, 2))[0].amount == D(60)


@pytest.mark.parametrize(
    "wrong",
    [
        issue(1, 0),
        issue(1, -1),
        issue(1, "NaN"),
        receipt(1, 1, "1.005"),
        receipt(1, 1, -1),
        receipt(1, 1, "Infinity"),
        move(Kind.RETURN, 1, 1),
        move(Kind.ADJUSTMENT, 1, 0, 5),
        move(Kind.ADJUSTMENT, 1, 0, None, origin=1),
        move(Kind.ADJUSTMENT, 1, 1, 5, origin=1),
        move(Kind.TRANSFER, 1, 1),
        transfer(1, 1, "A"),
        move(Kind.ISSUE, 1, 1, 5),
        move(Kind.TRANSFER, 1, 1, 5, to_scope="B"),
    ],
)
def test_move_that_lacks_something_is_refused(wrong: Move) -> None:
    with pytest.raises(InvalidMove):
        replay([wrong], Method.AVERAGE)


def test_two_moves_of_one_sequence_are_refused() -> None:
    with pytest.raises(InvalidMove) as refused:
        replay([receipt(1, 1, 1, key="a"), receipt(1, 1, 2, key="b")], Method.AVERAGE)

    assert refused.value.key == "b"


def test_receipts_of_a_day_come_first_and_the_rest_as_posted() -> None:
    moves = [
        issue(1, 1, on=1),
        receipt(2, 5, 50, on=1),
        returned(3, 1, 1, on=1),
        issue(4, 5, on=1),
    ]

    assert [entry.key for entry in replay(moves, Method.AVERAGE)] == [2, 1, 3, 4]


def test_ledger_goes_on_from_what_there_was() -> None:
    whole = [
        receipt(1, 10, 100),
        receipt(2, 10, 200),
        issue(3, 6),
        issue(4, 8),
        returned(5, 2, 3),
        adjustment(6, 30, 2),
    ]
    begun = Ledger(Method.FIFO, traced={2})
    for each in whole[:3]:
        begun.post(each)

    later = Ledger(
        Method.FIFO,
        layers={"A": begun.layers("A")},
        issued={3: Layer(D(6), D(60), 1)},
        received={2: Layer(D(10), D(200), 2)},
        traced={2},
    )
    entries = [entry for each in whole[3:] for entry in later.post(each)]

    assert tuple(entries) == replay(whole, Method.FIFO)[3:]


def test_merge_adds_shares() -> None:
    both = merge([Layer(D(1), D(10), 1, {1: D("0.5")}), Layer(D(2), D(30), 2, {1: D("0.25"), 2: D(1)})])

    assert both == Layer(D(3), D(40), None, {1: D("0.75"), 2: D(1)})


@pytest.mark.parametrize("decimals", [0, 2, 3])
def test_rounds_to_the_currency(decimals: int) -> None:
    entries = replay([receipt(1, 3, 10), issue(2, 1)], Method.AVERAGE, decimals=decimals)

    assert entries[-1].amount == -round(D(10) / 3, decimals)


def any_moves(seed: int, count: int = 40, kinds: Iterable[Kind] = tuple(Kind)) -> list[Move]:
    """Moves that can be posted in turn, in two scopes, several on a day, quantities in halves."""
    chance = random.Random(seed)
    on_hand = {"A": 0, "B": 0}
    left: dict[int, int] = {}
    receipts: list[int] = []
    moves: list[Move] = []
    for sequence in range(1, count + 1):
        on = 1 + sequence // 4
        scope = chance.choice("AB")
        kind = chance.choice([kind for kind in kinds if kind is not Kind.ISSUE or on_hand[scope]])
        quantity = chance.randint(1, max(on_hand[scope], 1))
        half = D(quantity) / 2
        if kind is Kind.ISSUE:
            on_hand[scope] -= quantity
            left[sequence] = quantity
            moves.append(move(kind, sequence, str(half), on=on, scope=scope))
        elif kind is Kind.TRANSFER and on_hand[scope]:
            other = "B" if scope == "A" else "A"
            on_hand[scope] -= quantity
            on_hand[other] += quantity
            moves.append(move(kind, sequence, str(half), on=on, scope=scope, to_scope=other))
        elif kind is Kind.RETURN and any(left.values()):
            origin = chance.choice([key for key, rest in left.items() if rest])
            quantity = chance.randint(1, left[origin])
            left[origin] -= quantity
            on_hand[scope] += quantity
            moves.append(move(kind, sequence, str(D(quantity) / 2), on=on, scope=scope, origin=origin))
        elif kind is Kind.ADJUSTMENT and receipts:
            amount = D(chance.randint(-500, 2000)) / 100
            moves.append(move(kind, sequence, 0, str(amount), on=on, scope=scope, origin=chance.choice(receipts)))
        else:
            quantity = chance.randint(1, 20)
            on_hand[scope] += quantity
            receipts.append(sequence)
            amount = D(chance.randint(0, 100_000)) / 100
            moves.append(move(Kind.RECEIPT, sequence, str(D(quantity) / 2), str(amount), on=on, scope=scope))
    return moves


@given(seeds, st.sampled_from(Method))
def test_value_is_the_sum_of_the_entries(seed: int, method: Method) -> None:
    moves = any_moves(seed)

    entries = replay(moves, method)

    sums: dict[Any, list[Decimal]] = {}
    for entry in entries:
        total = sums.setdefault(entry.scope, [D(0), D(0)])
        total[0] += entry.quantity
        total[1] += entry.amount
        assert [entry.balance_quantity, entry.balance_amount] == total
        assert entry.balance_quantity >= 0
        assert entry.balance_amount >= 0
        assert entry.balance_quantity or not entry.balance_amount


@given(seeds, st.sampled_from(Method))
def test_each_document_is_in_stock_or_expense_to_the_cent(seed: int, method: Method) -> None:
    moves = any_moves(seed)

    found: dict[Any, Decimal] = {}
    for entry in replay(moves, method):
        found[entry.key] = found.get(entry.key, D(0)) + entry.amount + entry.expense

    for each in moves:
        if each.kind in (Kind.RECEIPT, Kind.ADJUSTMENT):
            assert found[each.key] == each.amount
        elif each.kind is Kind.TRANSFER:
            assert found[each.key] == 0


@given(seeds, st.sampled_from(Method), st.randoms(use_true_random=False))
def test_order_of_the_input_does_not_matter(seed: int, method: Method, chance: random.Random) -> None:
    moves = any_moves(seed)
    mixed = list(moves)
    chance.shuffle(mixed)

    assert replay(mixed, method) == replay(moves, method)


@given(seeds, st.sampled_from(Method))
def test_empty_scopes_return_everything(seed: int, method: Method) -> None:
    """What went in comes out: receipts and adjustments equal issues, less returns, and expenses."""
    moves = any_moves(seed)
    balances = {entry.scope: entry.balance_quantity for entry in replay(moves, method)}
    emptied = moves + [
        move(Kind.ISSUE, 1000 + place, str(quantity), scope=scope)
        for place, (scope, quantity) in enumerate(sorted(balances.items()))
        if quantity
    ]

    entries = replay(emptied, method)

    ins = sum(each.amount for each in emptied if each.amount is not None)
    kinds = {each.key: each.kind for each in emptied}
    outs = -sum(entry.amount for entry in entries if kinds[entry.key] in (Kind.ISSUE, Kind.RETURN))
    assert ins == outs + sum(entry.expense for entry in entries)


@given(seeds)
def test_first_in_first_out_equals_a_queue_of_single_halves(seed: int) -> None:
    chance = random.Random(seed)
    queue: list[Decimal] = []
    moves, costs = [], []
    for sequence in range(1, 60):
        if queue and chance.random() < 0.5:
            count = chance.randint(1, len(queue))
            costs.append(-sum(queue[:count], D(0)))
            del queue[:count]
            moves.append(issue(sequence, str(D(count) / 2)))
        else:
            count, price = chance.randint(1, 9), D(chance.randint(0, 999)) / 100
            queue += [price] * count
            costs.append(price * count)
            moves.append(receipt(sequence, str(D(count) / 2), str(price * count)))

    assert amounts(replay(moves, Method.FIFO)) == costs


@given(seeds)
def test_average_stays_within_cents_of_exact_arithmetic(seed: int) -> None:
    moves = any_moves(seed, kinds=(Kind.RECEIPT, Kind.ISSUE, Kind.TRANSFER))
    exact = {scope: [Fraction(0), Fraction(0)] for scope in "AB"}
    for each in sorted(moves, key=lambda each: each.order):
        stock = exact[str(each.scope)]
        quantity = Fraction(each.quantity)
        if each.kind is Kind.RECEIPT:
            change = [quantity, Fraction(each.amount or 0)]
        else:
            change = [-quantity, -stock[1] * quantity / stock[0]]
        exact[str(each.scope)] = [stock[0] + change[0], stock[1] + change[1]]
        if each.kind is Kind.TRANSFER:
            target = exact[str(each.to_scope)]
            exact[str(each.to_scope)] = [target[0] - change[0], target[1] - change[1]]

    entries = replay(moves, Method.AVERAGE)

    for scope in {entry.scope for entry in entries}:
        quantity, amount = final(entries, str(scope))
        assert quantity == exact[str(scope)][0]
        assert abs(Fraction(amount) - exact[str(scope)][1]) <= Fraction(len(moves), 100)


@given(seeds)
def test_surviving_share_equals_a_shadow_replay(seed: int) -> None:
    """What a late million adds to the stock is what it would have added had it been known with the receipt."""
    moves = any_moves(seed, kinds=(Kind.RECEIPT, Kind.ISSUE, Kind.TRANSFER, Kind.RETURN))
    origin = next(each for each in moves if each.kind is Kind.RECEIPT)
    million = D(1_000_000)
    late = adjustment(1000, str(million), int(str(origin.key)), on=1000)
    dearer = [
        Move(**{**each.__dict__, "amount": (each.amount or D(0)) + million}) if each is origin else each
        for each in moves
    ]

    added = sum(entry.amount for entry in replay([*moves, late], Method.AVERAGE) if entry.key == 1000)
    plain, shadow = replay(moves, Method.AVERAGE), replay(dearer, Method.AVERAGE)

    scopes = {str(entry.scope) for entry in plain}
    difference = sum(final(shadow, scope)[1] - final(plain, scope)[1] for scope in scopes)
    assert abs(added - difference) <= D(2 * len(moves)) / 100
