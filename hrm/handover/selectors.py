"""What somebody is responsible for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from suite.access.models import User
from suite.access.ownership import Holding, holdings
from suite.core.text import listed


class Held(NamedTuple):
    """So many rows of one kind that somebody is responsible for."""

    holding: Holding
    number: int


def held_by(user: User | None) -> list[Held]:
    """Return the kinds of things that somebody is responsible for, lower systems first: one count for each kind."""
    if user is None:
        return []
    counted = (Held(each, each.held(user).order_by().count()) for each in holdings())
    return [each for each in counted if each.number]


def in_words(held: Iterable[Held]) -> str:
    """Say it in one line: “customers: 12, contracts: 3”."""
    return listed(f"{each.holding.title} {each.number}" for each in held)
