"""What imports refuse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from suite.core.errors import DomainError
from suite.core.text import listed


class Unreadable(DomainError):
    """The file is no table that can be read."""

    code = "unreadable-file"
    status = 400


class RowErrors(DomainError):
    """
    Rows that cannot be imported; nothing was written.

    :param rows: row number in the file → messages; a message is a text or a pair (name of the field, text).
    """

    code = "row-errors"
    status = 422

    def __init__(self, rows: Mapping[int, Sequence[Any]], **details: Any) -> None:
        self.rows = {number: list(messages) for number, messages in rows.items()}
        text = _("Rows cannot be imported: %(rows)s.") % {"rows": listed(sorted(self.rows)[:20])}
        super().__init__(text, **details)
