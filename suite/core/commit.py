"""Work that follows a committed transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction


def after_commit(work: Callable[..., Any], *arguments: Any) -> None:
    """
    Do something once what happened is committed; at once outside a transaction.

    When it fails, because a broker is down, say, that is logged: what happened stays, and does not look failed.
    """

    # Django names what failed in its log, and a partial has no name.
    def do() -> None:
        work(*arguments)

    transaction.on_commit(do, robust=True)
