"""
The balance of a kind of leave, from entries that are only ever added: annual leave, comp time 调休 and the like.

Hours are granted, some until a date, and used: of what may be used on a day, first what expires first. What is left of
a grant after its last day counts no more, whether or not an entry writes it off yet. An entry is put right by another
one that names it.
"""

from __future__ import annotations

import datetime
from bisect import insort
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from suite.core.errors import DomainError

ZERO = Decimal(0)


class InsufficientLeave(DomainError):
    """
    More hours would be used than there are, on that day or by what was already used after it.

    :ivar missing: hours beyond what is permitted.
    """

    code = "insufficient-leave"

    def __init__(self, missing: Decimal, on: datetime.date) -> None:
        super().__init__(
            _("%(hours)s hours more than the balance on %(date)s permits.") % {"hours": missing, "date": on},
            missing=str(missing),
            date=on.isoformat(),
        )
        self.missing = missing


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One row of the ledger.

    - Positive: a grant; or with ``of``, hours of that use come back, to where they were taken, last first.
    - Negative: a use; or with ``of``, hours of that grant written off or taken back.

    :param key: unique.
    :param hours: not zero.
    :param on: date from which it counts.
    :param source: what it comes from, for people: a request, the year's grant, expiry.
    :param expires_on: last day on which a grant may be used; None for always.
    :param of: key of the entry that it puts right.
    :raises ValueError: without hours.
    """

    key: Hashable
    hours: Decimal
    on: datetime.date
    source: str = ""
    expires_on: datetime.date | None = None
    of: Hashable | None = None

    def __post_init__(self) -> None:
        if not self.hours.is_finite() or not self.hours:
            raise ValueError(f"Entry {self.key} has no hours")


@dataclass(frozen=True, slots=True)
class Part:
    """Hours of a grant."""

    grant: Hashable
    hours: Decimal
    expires_on: datetime.date | None


@dataclass(slots=True)
class _Lot:
    """A grant and what is left of it."""

    key: Hashable
    rank: tuple[datetime.date, datetime.date, int]
    expires_on: datetime.date | None
    left: Decimal

    def usable(self, on: datetime.date) -> bool:
        return self.expires_on is None or on <= self.expires_on


@dataclass(slots=True)
class _State:
    """Grants by expiry, what each use took from them, and what was used ahead of a grant."""

    permitted: Decimal
    checked_from: datetime.date
    lots: list[_Lot] = field(default_factory=list)
    by_key: dict[Hashable, _Lot] = field(default_factory=dict)
    uses: dict[Hashable, list[tuple[_Lot | None, Decimal]]] = field(default_factory=dict)
    overdrawn: Decimal = ZERO


def balance(entries: Iterable[Entry], on: datetime.date) -> Decimal:
    """
    Return the hours that may be used on a day; below zero by what was used ahead.

    :raises InsufficientLeave: for a write-off of more than a grant has left.
    :raises ValueError: for entries that contradict each other.
    """
    state = _replay(entries, on)
    return sum((lot.left for lot in state.lots if lot.usable(on)), ZERO) - state.overdrawn


def remaining(entries: Iterable[Entry], on: datetime.date) -> list[Part]:
    """
    Return what is left of each grant on a day and may still be used, in the order of use.

    :raises ValueError: for entries that contradict each other.
    """
    state = _replay(entries, on)
    return [Part(lot.key, lot.left, lot.expires_on) for lot in state.lots if lot.left and lot.usable(on)]


def expiries_due(entries: Iterable[Entry], on: datetime.date) -> list[Part]:
    """
    Return what has to be written off by a day: what is left of grants whose last day is before it.

    The entry of each is negative, on the day after the last one, ``of`` the grant.

    :raises ValueError: for entries that contradict each other.
    """
    state = _replay(entries, on)
    return [Part(lot.key, lot.left, lot.expires_on) for lot in state.lots if lot.left and not lot.usable(on)]


def consume(entries: Sequence[Entry], hours: Decimal, on: datetime.date, *, permitted: Decimal = ZERO) -> list[Part]:
    """
    Return from which grants a use would take its hours; what is used ahead of a grant is in none.

    A use on an earlier day than others must leave them what they took. What was permitted before that day is not
    judged anew.

    :param hours: positive.
    :param permitted: hours that may be used ahead of a grant.
    :raises InsufficientLeave: if more than that would be, on the day or later.
    :raises ValueError: for hours that are not positive, or entries that contradict each other.
    """
    if not hours.is_finite() or hours <= 0:
        raise ValueError(f"A use has positive hours, not {hours}")
    trial = Entry(key=object(), hours=-hours, on=on)
    state = _replay([*entries, trial], datetime.date.max, permitted=permitted, checked_from=on)
    return [Part(lot.key, taken, lot.expires_on) for lot, taken in state.uses[trial.key] if lot is not None]


def _replay(
    entries: Iterable[Entry],
    until: datetime.date,
    *,
    permitted: Decimal = ZERO,
    checked_from: datetime.date = datetime.date.max,
) -> _State:
    state = _State(permitted, checked_from)
    numbered = [(entry, number) for number, entry in enumerate(entries) if entry.on <= until]
    # On one day what is granted can be used.
    numbered.sort(key=lambda item: (item[0].on, item[0].hours < 0 or item[0].of is not None, item[1]))
    seen: set[Hashable] = set()
    for entry, number in numbered:
        if entry.key in seen:
            raise ValueError(f"Entry {entry.key} is there twice")
        seen.add(entry.key)
        if entry.hours > 0 and entry.of is None:
            _grant(state, entry, number)
        elif entry.hours > 0:
            _give_back(state, entry)
        elif entry.of is None:
            _use(state, entry)
        else:
            _write_off(state, entry)
    return state


def _grant(state: _State, entry: Entry, number: int) -> None:
    if entry.expires_on is not None and entry.expires_on < entry.on:
        raise ValueError(f"Entry {entry.key} expires before it is granted")
    rank = (entry.expires_on or datetime.date.max, entry.on, number)
    lot = _Lot(entry.key, rank, entry.expires_on, entry.hours)
    state.by_key[entry.key] = lot
    insort(state.lots, lot, key=lambda item: item.rank)
    _settle(state, lot)


def _settle(state: _State, lot: _Lot) -> None:
    """Let a grant make up for what was used ahead, the earliest first."""
    for taken in state.uses.values():
        if not state.overdrawn or not lot.left:
            return
        if taken and taken[-1][0] is None:
            _nobody, owed = taken.pop()
            part = min(owed, lot.left)
            taken.append((lot, part))
            if owed > part:
                taken.append((None, owed - part))
            lot.left -= part
            state.overdrawn -= part


def _use(state: _State, entry: Entry) -> None:
    wanted = -entry.hours
    taken: list[tuple[_Lot | None, Decimal]] = []
    for lot in state.lots:
        if not wanted:
            break
        if lot.left and lot.usable(entry.on):
            part = min(lot.left, wanted)
            lot.left -= part
            wanted -= part
            taken.append((lot, part))
    if wanted:
        state.overdrawn += wanted
        taken.append((None, wanted))
        if entry.on >= state.checked_from and state.overdrawn > state.permitted:
            raise InsufficientLeave(state.overdrawn - state.permitted, entry.on)
    state.uses[entry.key] = taken


def _give_back(state: _State, entry: Entry) -> None:
    """Return hours of a use to where they came from; those used ahead settle first, then what expires last."""
    taken, hours = state.uses.get(entry.of, []), entry.hours
    while hours and taken:
        lot, part = taken.pop()
        back = min(part, hours)
        hours -= back
        if part > back:
            taken.append((lot, part - back))
        if lot is None:
            state.overdrawn -= back
            continue
        lot.left += back
        if lot.usable(entry.on):
            _settle(state, lot)
    if hours:
        raise ValueError(f"Entry {entry.key} gives back more than {entry.of} used")


def _write_off(state: _State, entry: Entry) -> None:
    lot = state.by_key.get(entry.of)
    if lot is None:
        raise ValueError(f"Entry {entry.key} writes off {entry.of}, which was not granted before")
    if lot.left < -entry.hours:
        raise InsufficientLeave(-entry.hours - lot.left, entry.on)
    lot.left += entry.hours
