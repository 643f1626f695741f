"""
What stock is worth: a replay of the moves of one item, by moving average 移动加权平均 or first in, first out 先进先出.

Quantity and amount are kept, never a price; a unit cost is only derived. An amount is rounded once (halves away from
zero), and whoever takes the last of something takes the cents that are left, so no quantity never has a value.

Moves count in the order of their dates. A back-dated move is replayed by giving it among the others: compare the two
replays with :func:`changes`. A price that becomes known late is an adjustment of the receipt, dated in the open period;
its *surviving share*, the part of the receipt still in stock, raises the stock, the rest is an expense.
"""

from __future__ import annotations

import datetime
from collections import deque
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from suite.masters.decimals import round_exact, split_exact

ZERO = Decimal(0)
# Shares are ratios, not amounts: digits enough that only the rounding to the smallest unit of the currency shows.
SHARE_DIGITS = 50


class Method(StrEnum):
    """How the cost of an issue is found."""

    AVERAGE = "AVERAGE"
    FIFO = "FIFO"


class Kind(StrEnum):
    """What a move does to the stock of its scope."""

    RECEIPT = "RECEIPT"
    ISSUE = "ISSUE"
    RETURN = "RETURN"
    TRANSFER = "TRANSFER"
    ADJUSTMENT = "ADJUSTMENT"


class ValuationError(ValueError):
    """
    A move that cannot be valued.

    :ivar key: of the move.
    """

    def __init__(self, key: Hashable, text: str) -> None:
        super().__init__(f"Move {key}: {text}")
        self.key = key


class InvalidMove(ValuationError):
    """A move that lacks what its kind needs, or whose key was used before."""


class UnknownCost(ValuationError):
    """A receipt without an amount into stock that never had a cost."""


class InsufficientStock(ValuationError):
    """
    A move that takes more than there is on its date.

    :ivar scope, date, quantity: of the move.
    :ivar on_hand: what there is.
    """

    def __init__(self, move: Move, on_hand: Decimal) -> None:
        super().__init__(move.key, f"takes {move.quantity} of {on_hand} in {move.scope} on {move.date}")
        self.scope, self.date, self.quantity, self.on_hand = move.scope, move.date, move.quantity, on_hand


class UnknownOrigin(ValuationError):
    """
    A return or adjustment whose origin does not come before it.

    :ivar origin: key of the missing move.
    """

    def __init__(self, move: Move) -> None:
        super().__init__(move.key, f"no earlier move {move.origin} that it could refer to")
        self.origin = move.origin


class ReturnExceedsOrigin(ValuationError):
    """
    A return of more than was issued or received and not returned yet.

    :ivar origin: key of the issue or receipt.
    :ivar quantity: of the return.
    :ivar returnable: what is left to return.
    """

    def __init__(self, move: Move, returnable: Decimal) -> None:
        super().__init__(move.key, f"returns {move.quantity}, but only {returnable} of {move.origin} can be returned")
        self.origin, self.quantity, self.returnable = move.origin, move.quantity, returnable


@dataclass(frozen=True)
class Move:
    """
    One move of the item, or a late change of what a receipt cost.

    - RECEIPT: into the scope at ``amount``; without one at the cost of what is there (gain of a count).
    - ISSUE: out of the scope at the cost of the method.
    - RETURN: of the issue ``origin``, back in at the cost of that issue; or of the receipt ``origin``, out at the cost
      of that receipt, or at ``amount`` if the supplier credits another one. By moving average, what adjustments
      added stays in stock until they are taken back themselves.
    - TRANSFER: from ``scope`` to ``to_scope`` at the cost of the method.
    - ADJUSTMENT: ``amount`` more, or less if negative, for the receipt ``origin``: invoice price difference, landed
      cost. It has no quantity.

    :param key: names the move in its entries; unique.
    :param date: on which it takes effect 业务日期.
    :param sequence: order of posting, for moves of one date; unique among moves, and among adjustments.
    :param scope: where stock shares a cost, such as a warehouse, or the transit between two.
    :param quantity: of the base unit; positive whichever way it goes, zero for an adjustment.
    :param amount: of the base currency.
    """

    key: Hashable
    kind: Kind
    date: datetime.date
    sequence: int
    scope: Hashable
    quantity: Decimal = ZERO
    amount: Decimal | None = None
    origin: Hashable | None = None
    to_scope: Hashable | None = None

    @property
    def order(self) -> tuple[datetime.date, int, int, str]:
        """
        What moves are sorted by: date, rank, sequence.

        Receipts of a day come first, then adjustments, so that those of the day of the receipt reach its issues; all
        else comes as posted. What could be posted in turn can therefore be replayed, but for the adjustment of a
        receipt without an amount on its own day.
        """
        if self.kind is Kind.ADJUSTMENT:
            rank = 1
        else:
            rank = 0 if self.kind is Kind.RECEIPT and self.amount is not None else 2
        return self.date, rank, self.sequence, self.kind


@dataclass(frozen=True)
class Entry:
    """
    What one move changed in one scope.

    A transfer has two entries, an adjustment one for each scope that still has a part of the receipt and always one
    for its own scope.

    :param quantity: signed, in the base unit.
    :param amount: signed change of the value of the stock, in the base currency.
    :param expense: what belongs to the move but not into stock, for a variance or the cost of sales. Over the entries
        of an adjustment, amount and expense add up to its amount; in that of a return to the supplier, to minus his
        credit, so that a positive expense is a loss.
    :param balance_quantity, balance_amount: of the scope afterwards; the amount is zero when the quantity is.
    """

    key: Hashable
    date: datetime.date
    scope: Hashable
    quantity: Decimal
    amount: Decimal
    expense: Decimal
    balance_quantity: Decimal
    balance_amount: Decimal


@dataclass(frozen=True)
class Change:
    """How much more a second replay gives to a move in a scope than the first; to be posted as a difference."""

    key: Hashable
    date: datetime.date
    scope: Hashable
    quantity: Decimal
    amount: Decimal
    expense: Decimal


@dataclass(frozen=True)
class Layer:
    """
    A quantity that shares one cost: a receipt not yet used up, or by moving average the whole stock of a scope.

    :param origin: key of the receipt, if it is from one only.
    :param shares: what part (0–1) of each traced receipt is in here.
    """

    quantity: Decimal
    amount: Decimal
    origin: Hashable | None = None
    shares: Mapping[Hashable, Decimal] = field(default_factory=dict)

    def split(self, quantity: Decimal, decimals: int) -> tuple[Layer, Layer]:
        """Return the given part and the rest; nothing is left of the amount when nothing is left of the quantity."""
        if quantity == self.quantity:
            return self, replace(self, quantity=ZERO, amount=ZERO, shares={})
        amount = self.cost(quantity, decimals)
        with localcontext(prec=SHARE_DIGITS):
            part = quantity / self.quantity
            taken = {key: share * part for key, share in self.shares.items()}
            left = {key: share - taken[key] for key, share in self.shares.items()}
        return (
            replace(self, quantity=quantity, amount=amount, shares=taken),
            replace(self, quantity=self.quantity - quantity, amount=self.amount - amount, shares=left),
        )

    def cost(self, quantity: Decimal, decimals: int) -> Decimal:
        """Return what a quantity costs at the unit cost of this layer."""
        return round_exact(Fraction(self.amount) * Fraction(quantity) / Fraction(self.quantity), decimals)


def merge(layers: Iterable[Layer]) -> Layer:
    """Return the layers as one."""
    layers = list(layers)
    origins = {layer.origin for layer in layers}
    shares: dict[Hashable, Decimal] = {}
    with localcontext(prec=SHARE_DIGITS):
        for layer in layers:
            for key, share in layer.shares.items():
                shares[key] = shares.get(key, ZERO) + share
    return Layer(
        sum((layer.quantity for layer in layers), ZERO),
        sum((layer.amount for layer in layers), ZERO),
        origins.pop() if len(origins) == 1 else None,
        shares,
    )


class _Stock:
    """The layers of one scope, oldest first; by moving average there is one at most."""

    def __init__(self, method: Method, decimals: int) -> None:
        self.method = method
        self.decimals = decimals
        self.layers: deque[Layer] = deque()
        self.quantity = self.amount = ZERO
        self.latest: Layer | None = None

    def put(self, layer: Layer) -> None:
        self.quantity += layer.quantity
        self.amount += layer.amount
        if self.method is Method.AVERAGE and self.layers:
            layer = merge((self.layers.pop(), layer))
        self.layers.append(layer)

    def take(self, quantity: Decimal, first: Hashable | None = None) -> list[Layer]:
        """Take a quantity that is there, oldest layers first, but before them those of the receipt ``first``."""
        places: Iterable[int] = range(len(self.layers))
        if first is not None:
            places = sorted(places, key=lambda place: self.layers[place].origin != first)
        taken: list[Layer] = []
        wanted = quantity
        for place in places:
            if not wanted:
                break
            layer = self.layers[place]
            part, self.layers[place] = layer.split(min(wanted, layer.quantity), self.decimals)
            taken.append(part)
            wanted -= part.quantity
        self._drop_empty(len(taken) if first is None else len(self.layers))
        self.latest = taken[-1]
        self.quantity -= quantity
        self.amount -= sum((layer.amount for layer in taken), ZERO)
        return taken

    def _drop_empty(self, count: int) -> None:
        """Drop what is empty among the oldest ``count`` layers."""
        oldest = [self.layers.popleft() for _ in range(count)]
        self.layers.extendleft(layer for layer in reversed(oldest) if layer.quantity)

    def revalue(self, place: int, amount: Decimal) -> Decimal:
        """Change the amount of a layer, though not below nothing; return by how much it changed."""
        layer = self.layers[place]
        change = max(amount, -layer.amount)
        self.layers[place] = replace(layer, amount=layer.amount + change)
        self.amount += change
        return change

    def cost_of(self, quantity: Decimal) -> Decimal | None:
        """Return what a quantity costs by the newest cost that is known; None if there never was one."""
        basis = self.layers[-1] if self.layers else self.latest
        return basis.cost(quantity, self.decimals) if basis else None


class Ledger:
    """
    The value of the stock of one item in all its scopes, move by move.

    It can begin in the middle: give what there was then. Moves are posted in the order of :attr:`Move.order`.

    :param layers: by scope, oldest first; by moving average one for each scope.
    :param issued, received: by key of earlier issues and receipts what of them can still be returned, at their cost.
    :param traced: keys of the receipts that may be adjusted; tracing takes time with each move. A receipt from before
        the beginning is traced by the ``shares`` of the given layers.
    :param decimals: of the base currency.
    """

    def __init__(
        self,
        method: Method,
        *,
        layers: Mapping[Hashable, Iterable[Layer]] | None = None,
        issued: Mapping[Hashable, Layer] | None = None,
        received: Mapping[Hashable, Layer] | None = None,
        traced: Collection[Hashable] = (),
        decimals: int = 2,
    ) -> None:
        self.method = method
        self.decimals = decimals
        self._traced = frozenset(traced)
        self._issued = dict(issued or {})
        self._received = dict(received or {})
        self._keys: set[Hashable] = set()
        self._stocks: dict[Hashable, _Stock] = {}
        for scope, given in (layers or {}).items():
            for layer in given:
                self._stock(scope).put(layer)

    def layers(self, scope: Hashable) -> tuple[Layer, ...]:
        """Return what is in a scope, oldest first."""
        return tuple(self._stock(scope).layers)

    def balance(self, scope: Hashable) -> tuple[Decimal, Decimal]:
        """Return quantity and amount of a scope."""
        stock = self._stock(scope)
        return stock.quantity, stock.amount

    def post(self, move: Move) -> tuple[Entry, ...]:
        """
        Value a move; nothing is changed when it is refused.

        :raises InvalidMove: when it lacks what its kind needs, or its key was posted already.
        :raises InsufficientStock: when it takes more than there is.
        :raises UnknownCost: for a receipt without an amount where no cost is known.
        :raises UnknownOrigin, ReturnExceedsOrigin: for a return or adjustment that does not fit its origin.
        """
        check(move, self.decimals)
        if move.key in self._keys:
            raise InvalidMove(move.key, "posted already")
        entries = {
            Kind.RECEIPT: self._receive,
            Kind.ISSUE: self._issue,
            Kind.RETURN: self._return,
            Kind.TRANSFER: self._transfer,
            Kind.ADJUSTMENT: self._adjust,
        }[move.kind](move)
        self._keys.add(move.key)
        return tuple(entries)

    def _stock(self, scope: Hashable) -> _Stock:
        if scope not in self._stocks:
            self._stocks[scope] = _Stock(self.method, self.decimals)
        return self._stocks[scope]

    def _receive(self, move: Move) -> list[Entry]:
        stock = self._stock(move.scope)
        amount = stock.cost_of(move.quantity) if move.amount is None else move.amount
        if amount is None:
            raise UnknownCost(move.key, f"no cost is known in {move.scope}")
        shares = {move.key: Decimal(1)} if move.key in self._traced else {}
        layer = Layer(move.quantity, amount, move.key, shares)
        self._received[move.key] = replace(layer, shares={})
        stock.put(layer)
        return [self._entry(move, move.scope, move.quantity, amount)]

    def _issue(self, move: Move) -> list[Entry]:
        taken = merge(self._take(move))
        self._issued[move.key] = taken
        return [self._entry(move, move.scope, -taken.quantity, -taken.amount)]

    def _transfer(self, move: Move) -> list[Entry]:
        layers = self._take(move)
        for layer in layers:
            self._stock(move.to_scope).put(layer)
        amount = sum((layer.amount for layer in layers), ZERO)
        return [
            self._entry(move, move.scope, -move.quantity, -amount),
            self._entry(move, move.to_scope, move.quantity, amount),
        ]

    def _return(self, move: Move) -> list[Entry]:
        if move.origin in self._issued:
            if move.amount is not None:
                raise InvalidMove(move.key, "has the cost of its issue, not an amount of its own")
            layer, self._issued[move.origin] = self._returned(move, self._issued[move.origin])
            self._stock(move.scope).put(layer)
            return [self._entry(move, move.scope, layer.quantity, layer.amount)]
        if move.origin not in self._received:
            raise UnknownOrigin(move)
        layer, rest = self._returned(move, self._received[move.origin])
        credit = layer.amount if move.amount is None else move.amount
        amount = self._take_at(move, credit)
        self._received[move.origin] = rest
        return [self._entry(move, move.scope, -move.quantity, -amount, amount - credit)]

    def _returned(self, move: Move, origin: Layer) -> tuple[Layer, Layer]:
        if move.quantity > origin.quantity:
            raise ReturnExceedsOrigin(move, origin.quantity)
        return origin.split(move.quantity, self.decimals)

    def _take(self, move: Move, first: Hashable | None = None) -> list[Layer]:
        stock = self._stock(move.scope)
        if move.quantity > stock.quantity:
            raise InsufficientStock(move, stock.quantity)
        return stock.take(move.quantity, first)

    def _take_at(self, move: Move, cost: Decimal) -> Decimal:
        """Take a receipt back out of the average as if it had never gone in, so far as there is value; return that."""
        stock = self._stock(move.scope)
        amount = sum((layer.amount for layer in self._take(move, move.origin)), ZERO)
        if self.method is Method.AVERAGE and stock.layers:
            amount -= stock.revalue(0, amount - cost)
        return amount

    def _adjust(self, move: Move) -> list[Entry]:
        if move.origin not in self._received:
            raise UnknownOrigin(move)
        amount = move.amount or ZERO
        added: dict[Hashable, Decimal] = {move.scope: ZERO}
        for (scope, place), part in self._surviving(move.origin, amount).items():
            added[scope] = added.get(scope, ZERO) + self._stock(scope).revalue(place, part)
        expense = amount - sum(added.values())
        return [
            self._entry(move, scope, ZERO, change, expense if scope == move.scope else ZERO)
            for scope, change in added.items()
        ]

    def _surviving(self, origin: Hashable, amount: Decimal) -> dict[tuple[Hashable, int], Decimal]:
        """Split an amount over the layers that have a share of the receipt; what is not split has left the stock."""
        shares = {
            (scope, place): layer.shares[origin]
            for scope, stock in self._stocks.items()
            for place, layer in enumerate(stock.layers)
            if layer.shares.get(origin)
        }
        if not shares:
            return {}
        with localcontext(prec=SHARE_DIGITS):
            gone = max(1 - sum(shares.values(), ZERO), ZERO)
        parts = split_exact(amount, [*shares.values(), gone], self.decimals)
        return dict(zip(shares, parts, strict=False))

    def _entry(self, move: Move, scope: Hashable, quantity: Decimal, amount: Decimal, expense: Decimal = ZERO) -> Entry:
        return Entry(move.key, move.date, scope, quantity, amount, expense, *self.balance(scope))


def check(move: Move, decimals: int = 2) -> None:
    """
    Refuse a move that cannot be right whatever came before it.

    :raises InvalidMove: with the reason.
    """
    for is_wrong, reason in (
        (not move.quantity.is_finite() or move.quantity < 0, "has no proper quantity"),
        (bool(move.quantity) == (move.kind is Kind.ADJUSTMENT), "needs a quantity, unless it is an adjustment"),
        (move.kind is Kind.ADJUSTMENT and move.amount is None, "needs an amount"),
        (move.kind in (Kind.ISSUE, Kind.TRANSFER) and move.amount is not None, "has its cost from stock, no amount"),
        (move.kind in (Kind.RETURN, Kind.ADJUSTMENT) and move.origin is None, "needs an origin"),
        (move.kind is Kind.TRANSFER and move.to_scope in (None, move.scope), "needs another scope to go to"),
    ):
        if is_wrong:
            raise InvalidMove(move.key, reason)
    if move.amount is None:
        return
    if not move.amount.is_finite() or round_exact(move.amount, decimals) != move.amount:
        raise InvalidMove(move.key, f"needs an amount of {decimals} decimals")
    if move.amount < 0 and move.kind is not Kind.ADJUSTMENT:
        raise InvalidMove(move.key, "has a negative amount")


def replay(moves: Iterable[Move], method: Method, *, decimals: int = 2) -> tuple[Entry, ...]:
    """
    Value all moves of one item, from none in stock.

    :param moves: in any order; that of :attr:`Move.order` counts.
    :param decimals: of the base currency.
    :returns: the entries of all moves, in the order in which they count.
    :raises ValuationError: one of its subclasses, as :meth:`Ledger.post` does, for the first move that cannot be.
    """
    ordered = sorted(moves, key=lambda move: move.order)
    for earlier, later in pairwise(ordered):
        if earlier.order == later.order:
            raise InvalidMove(later.key, f"has the same date and sequence as {earlier.key}")
    traced = {move.origin for move in ordered if move.kind is Kind.ADJUSTMENT}
    ledger = Ledger(method, traced=traced, decimals=decimals)
    return tuple(entry for move in ordered for entry in ledger.post(move))


def changes(before: Iterable[Entry], after: Iterable[Entry]) -> tuple[Change, ...]:
    """
    Return what the second replay gives more than the first, by move and scope, in the order of the second.

    It is what has to be posted when a move was added in the past: the new move itself and the difference of each
    later one. A move that only the first replay has is taken back.
    """
    first, second = _by_move(before), _by_move(after)
    found = []
    for place in [*second, *(place for place in first if place not in second)]:
        nothing = Change(place[0], (second.get(place) or first[place]).date, place[1], ZERO, ZERO, ZERO)
        old, new = first.get(place, nothing), second.get(place, nothing)
        change = replace(
            new,
            quantity=new.quantity - old.quantity,
            amount=new.amount - old.amount,
            expense=new.expense - old.expense,
        )
        if change.quantity or change.amount or change.expense:
            found.append(change)
    return tuple(found)


def _by_move(entries: Iterable[Entry]) -> dict[tuple[Hashable, Hashable], Change]:
    return {
        (entry.key, entry.scope): Change(
            entry.key, entry.date, entry.scope, entry.quantity, entry.amount, entry.expense
        )
        for entry in entries
    }
