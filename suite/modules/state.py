"""
``is_enabled``: the one question every door asks.

The answer is kept in the process and checked against a generation number in Redis, which every change
raises after its commit; a process that reads a new generation reads the table again. The
generation is read before the table, so a stale answer can never be stored under a new number.
"""

from __future__ import annotations

from contextvars import ContextVar
from uuid import uuid4

from django.core.cache import cache
from django.db import connection, transaction

from suite.modules.registry import Module, registry

GENERATION_KEY = "modules-generation"

_memo: ContextVar[frozenset[str] | None] = ContextVar("enabled_modules", default=None)
_kept: tuple[str, frozenset[str]] | None = None


def _read() -> frozenset[str]:
    from suite.modules.models import ModuleState

    on = set(ModuleState.objects.filter(is_enabled=True).values_list("code", flat=True))
    on |= {module.code for module in registry.modules.values() if module.is_always_on}
    return frozenset(on & registry.modules.keys())


def enabled_codes() -> frozenset[str]:
    """The codes of all modules that are on."""
    global _kept
    memo = _memo.get()
    if memo is not None:
        return memo
    if connection.in_atomic_block:
        # What this transaction sees may be rolled back: never keep it.
        return _read()
    number = str(cache.get_or_set(GENERATION_KEY, lambda: uuid4().hex, timeout=None))
    kept = _kept
    if kept is None or kept[0] != number:
        kept = _kept = (number, _read())
    return kept[1]


def is_enabled(module: str | Module) -> bool:
    """Return whether a module (or its code) is on."""
    return (module if isinstance(module, str) else module.code) in enabled_codes()


def owner_is_enabled(dotted: str) -> bool:
    """Return whether the module that owns a Python path is on."""
    return registry.owner(dotted).code in enabled_codes()


def start_request() -> object:
    """Fix the answer for the length of a request or task, so that all its doors agree."""
    _memo.set(None)
    return _memo.set(enabled_codes())


def end_request() -> None:
    """Forget what :func:`start_request` fixed."""
    _memo.set(None)


def generation() -> str | None:
    """
    The number that the answers of this request were read under; None in a transaction, which may see other answers.

    What else is kept in the process and follows from what only :func:`forget` changes can be kept under it.
    """
    return _kept[0] if _kept is not None and not connection.in_atomic_block else None


def forget() -> None:
    """Make every process read the table again: now, and once more when the transaction commits."""
    _drop()
    transaction.on_commit(_drop)


def _drop() -> None:
    global _kept
    _kept = None
    _memo.set(None)
    cache.set(GENERATION_KEY, uuid4().hex, timeout=None)
