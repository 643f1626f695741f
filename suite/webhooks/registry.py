"""Which events other programs can be told of: each system offers its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from suite.events import Event, receiver
from suite.modules import state

E = TypeVar("E", bound=Event)
Payloads = Callable[[E], Sequence[Mapping[str, Any]]]
# After the systems themselves have done their part.
LAST = 900


@dataclass(frozen=True)
class Offer:
    """
    One kind of message.

    :param code: its name in messages, ``crm.lead.created``.
    :param payloads: from an event to what is told: JSON values with keys, numbers, amounts as text, times in ISO form.
    """

    code: str
    title: Any
    payloads: Callable[[Any], Sequence[Mapping[str, Any]]]


_offers: dict[str, Offer] = {}


def offers_webhook(event: type[E], *, code: str, title: Any) -> Callable[[Payloads[E]], Payloads[E]]:
    """
    Offer an event to other programs; the decorated function says what they are told.

    It is called in the transaction of the event, and only where somebody subscribed to it.

    :raises RuntimeError: when the code is taken.
    """

    def register(payloads: Payloads[E]) -> Payloads[E]:
        if code in _offers:
            raise RuntimeError(f"{code} is offered twice")
        offer = _offers[code] = Offer(code, title, payloads)

        @wraps(payloads)
        def keep(happened: Any) -> None:
            from suite.webhooks.services import keep_event

            keep_event(offer=offer, event=happened)

        receiver(event, order=LAST)(keep)
        return payloads

    return register


def all_offers() -> list[Offer]:
    """Return every kind of message, by code."""
    return [_offers[code] for code in sorted(_offers)]


def open_offers() -> list[Offer]:
    """Return the kinds of messages of systems that are on, by code."""
    return [each for each in all_offers() if state.owner_is_enabled(each.payloads.__module__)]
