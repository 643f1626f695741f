"""Words in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import pgettext


def listed(values: Iterable[Any]) -> str:
    """Several names one after another, as the language separates them: ``a, b``, ``甲、乙``."""
    return pgettext("between names of a list", ", ").join(map(str, values))
