"""
``is_enabled``: the one question every door asks.

The answer is kept in the process and checked against a number in the database, which every change raises, after its
commit too; a process that reads a new number reads the table again. The number is read before the table, so a stale
answer can never be stored under a new number. A request reads it with its session.
"""

from __future__ import annotations

from contextvars import ContextVar

from django.db import connection, transaction

from suite.modules.registry import Module, registry

# A sequence: raising it waits for nobody and is not undone.
GENERATION = "(SELECT last_value FROM suite_module_generation)"
RAISE_GENERATION = "SELECT nextval('suite_module_generation')"

_memo: ContextVar[frozenset[str] | None] = ContextVar("enabled_modules", default=None)
_kept: tuple[int, frozenset[str]] | None = None


def _read() -> frozenset[str]:
    from suite.modules.models import ModuleState

    on = set(ModuleState.objects.filter(is_enabled=True).values_list("code", flat=True))
    on |= {module.code for module in registry.modules.values() if module.is_always_on}
    return frozenset(on & registry.modules.keys())


def _ask(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.fetchone()[0])


def enabled_codes() -> frozenset[str]:
    """The codes of all modules that are on."""
    memo = _memo.get()
    return _known(None) if memo is None else memo


def _known(number: int | None) -> frozenset[str]:
    global _kept
    if connection.in_atomic_block:
        # What this transaction sees may be rolled back: never keep it.
        return _read()
    if number is None:
        number = _ask(f"SELECT {GENERATION}")
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


def start_request(number: int | None = None) -> object:
    """
    Fix the answer for the length of a request or task, so that all its doors agree.

    :param number: the generation, where it was just read.
    """
    return _memo.set(_known(number))


def end_request() -> None:
    """Forget what :func:`start_request` fixed."""
    _memo.set(None)


def generation() -> int | None:
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
    _ask(RAISE_GENERATION)
