"""What is suggested while quotations and contracts are entered, which systems that know prices and stock answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from suite.hooks import Hook
from suite.pages.lines import Advice

Values = Mapping[str, Any]


@Hook
def line_advice(user: Any, entered: Values, lines: Sequence[Values]) -> Sequence[Advice]:
    """
    Suggest prices for lines, and say by when they can be promised 齐套; without stock nothing is suggested.

    :param entered: what the form holds that makes sense by itself.
    :param lines: the same for each line.
    """
    return [Advice() for _line in lines]
