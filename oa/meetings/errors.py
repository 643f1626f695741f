"""What meetings refuse."""

from suite.core.errors import DomainError


class RoomTaken(DomainError):
    """Another meeting has the room at this time."""

    code = "room-taken"


class PeopleBusy(DomainError):
    """Somebody is in another meeting at this time."""

    code = "people-busy"
