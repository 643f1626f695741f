"""
Errors that a person can act on.

Everything a service refuses is a :class:`DomainError`. Pages show its message beside the form or as a
message, the API answers a problem+json with its ``code``, imports name it with the row.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """
    A refusal that the caller can explain to a person.

    :param message: translated text that says what to do.
    :param field: name of the form field it belongs to, or None.
    :param details: machine-readable facts for the API.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: Any = "", *, field: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.details = details

    def __str__(self) -> str:
        return str(self.message)


class WrongState(DomainError):
    """The row is not in a state from which this can be done."""

    code = "wrong-state"


class VersionConflict(DomainError):
    """Somebody else changed the row since it was read."""

    code = "version-conflict"

    def __init__(self, message: Any = "", **details: Any) -> None:
        super().__init__(
            message or _("Somebody changed this in the meantime. Reload the page and enter your change again."),
            **details,
        )


class NotAllowed(DomainError):
    """The actor may not do this."""

    code = "not-allowed"
    status = 403


class InvalidInput(DomainError):
    """The input is wrong."""

    code = "invalid-input"
    status = 400


def messages_of(error: Exception) -> list[str]:
    """Return the readable messages of a DomainError or a ValidationError."""
    if isinstance(error, ValidationError):
        return [str(message) for message in error.messages]
    return [str(error)]
