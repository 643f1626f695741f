"""What approval flows refuse."""

from __future__ import annotations

from suite.core.errors import DomainError, InvalidInput, NotAllowed, WrongState


class AlreadyDecided(WrongState):
    """The task is no longer to be decided: somebody was quicker, or it is not needed any more."""

    code = "already-decided"


class NotYours(NotAllowed):
    """The task is somebody else's."""

    code = "not-yours"


class NotPossible(WrongState):
    """The flow does not allow that, or not here."""

    code = "not-possible"


class NoWay(DomainError):
    """No arm of a branch fits the request, and none is gone otherwise."""

    code = "no-way"


class FaultyFlow(InvalidInput):
    """The nodes are no flow, or one that must not be published; ``details["faults"]`` names nodes with messages."""

    code = "faulty-flow"
