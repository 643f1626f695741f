"""Conditions of triggers."""

from __future__ import annotations

from functools import reduce
from operator import or_

import pgtrigger


def changes(*names: str) -> pgtrigger.Q:
    """Whether an update writes another value into one of the columns."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in names))
