"""
Events: what lower systems tell higher ones.

An event is a frozen dataclass named in the past tense. Receivers run in the publisher's transaction, in the
order of (``order``, name); one that raises rolls the publisher back. Receivers with
``after_commit=True`` are for mail, tasks and web hooks. Receivers of a module that is off do not run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from suite.modules import state


@dataclass(frozen=True)
class Event:
    """Base of all events; holds primary keys and plain values, never model instances."""


E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Receiver:
    """A registered receiver of one event type."""

    handle: Callable[[Any], None]
    order: int
    after_commit: bool

    @property
    def name(self) -> str:
        return f"{self.handle.__module__}.{getattr(self.handle, '__name__', '')}"


receivers: dict[type[Event], list[Receiver]] = defaultdict(list)


def receiver(
    event: type[E], *, order: int = 100, after_commit: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register the decorated function for an event type."""

    def register(handle: Callable[[E], None]) -> Callable[[E], None]:
        receivers[event].append(Receiver(handle, order, after_commit))
        receivers[event].sort(key=lambda r: (r.order, r.name))
        return handle

    return register


def publish(event: Event) -> None:
    """
    Run the receivers of an event.

    :raises TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("publish() needs a transaction")
    for each in receivers[type(event)]:
        if not state.owner_is_enabled(each.handle.__module__):
            continue
        if each.after_commit:
            transaction.on_commit(partial(each.handle, event))
        else:
            each.handle(event)
