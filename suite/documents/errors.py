"""What documents refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suite.core.errors import InvalidInput


class LineErrors(InvalidInput):
    """
    Lines that cannot be saved.

    :param rows: for each wrong row, counted from 0, the message for each column.
    """

    code = "invalid-lines"

    def __init__(self, message: Any, rows: Mapping[int, Mapping[str, str]]) -> None:
        super().__init__(message, rows={str(index): dict(errors) for index, errors in rows.items()})
        self.rows = rows
