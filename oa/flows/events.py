"""What flows tell other parts."""

from __future__ import annotations

from dataclasses import dataclass

from suite.events import Event


@dataclass(frozen=True)
class RunApproved(Event):
    """A run that belongs to no other ended well; what it decided about is approved in the same transaction."""

    run_pk: int
