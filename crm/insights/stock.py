"""
What stock says to those who sell: which items not to promote now, and what can be promised of the lines of an offer.

CRM knows nothing of stock. Whoever keeps it answers, see the two hooks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from suite.hooks import Hook
from suite.masters.models import Company, Item
from suite.pages.lines import Advice

Values = Mapping[str, Any]


@Hook
def promotion_warnings(items: Iterable[Item | int], company: Company, at: datetime) -> dict[int, str]:
    """
    Return why items should not be promoted any more now, by key of the item; those that may be are left out.

    :param items: rows or keys.
    """
    return {}


@Hook
def selling_advice(user: Any, entered: Values, lines: Sequence[Values]) -> Sequence[Advice]:
    """
    Return what is said about each line of an offer while it is entered; see :class:`suite.pages.lines.Lines`.

    :param entered: what is entered in the form of the offer and makes sense by itself; ``lines`` the same for lines.
    """
    return [Advice() for _line in lines]


def advise_offer(user: Any, entered: Values, lines: Sequence[Values]) -> Sequence[Advice]:
    """Ask for the advice of whoever keeps stock: what grids of lines name as their adviser."""
    return selling_advice(user, entered, lines)
