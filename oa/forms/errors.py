"""What forms refuse."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput, NotAllowed, WrongState


class InvalidData(InvalidInput):
    """
    What was filled in does not fit the form.

    :ivar errors: message by path of the field: ``reason``, ``lines.0.amount``.
    """

    code = "invalid-data"

    def __init__(self, errors: dict[str, str], labels: Mapping[str, str] | None = None) -> None:
        """:param labels: what the fields are called, by key."""
        named = {path: (labels or {}).get(path.partition(".")[0], path) for path in errors}
        told = dict.fromkeys(f"{named[path]}: {text}" for path, text in errors.items())
        super().__init__(" ".join((_("Some fields are wrong."), *told)), errors=errors)
        self.errors = errors


class InvalidSchema(InvalidInput):
    """
    The form itself is not sound.

    :ivar faults: what is wrong, in words.
    """

    code = "invalid-schema"

    def __init__(self, faults: list[str]) -> None:
        super().__init__(" ".join(faults), field="schema", faults=faults)
        self.faults = faults


class NotForYou(NotAllowed):
    """The form is not meant for this person, or not in use."""

    code = "not-for-you"


class HandledElsewhere(WrongState):
    """Another system has documents of its own for that."""

    code = "handled-elsewhere"
