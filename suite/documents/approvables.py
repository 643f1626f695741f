"""
Which documents are approved, and how: what an approval system needs to know to decide in the place of a button.

A slice declares its documents here; without an approval system the declarations mean nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from suite.documents.approval import OpenDecision, open_decision
from suite.hooks import Hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.db.models import Model

    from suite.access.models import User

Service = Callable[..., Any]
_declared: dict[type[Model], Approvable] = {}
# The document about which an approval system is deciding right now.
_deciding: ContextVar[tuple[type[Model], int] | None] = ContextVar("deciding", default=None)


@dataclass(frozen=True)
class Approvable:
    """
    One object type whose rows are approved.

    :ivar approve: service that approves: ``approve(**{argument: row}, actor=…, at=…)``; ``reject`` takes a ``reason``.
    :ivar waiting: the state of a row about which is being decided.
    :ivar outcomes: states that only a decision leads to.
    :ivar amount: column with what it is about in money, ``""`` without.
    :ivar facts: sensitive columns that conditions may ask about all the same; nobody is shown their values by that.
    """

    model: type[Model]
    approve: Service
    reject: Service
    argument: str
    waiting: str
    outcomes: frozenset[str]
    amount: str = ""
    facts: frozenset[str] = frozenset()

    def decide(self, row: Any, *, is_approved: bool, actor: User, at: datetime, reason: str = "") -> None:
        """Approve or reject a row; nobody else may change its state meanwhile."""
        with decided_by_flow(row):
            if is_approved:
                self.approve(**{self.argument: row}, actor=actor, at=at)
            else:
                self.reject(**{self.argument: row}, actor=actor, at=at, reason=reason)


@contextmanager
def decided_by_flow(row: Any) -> Iterator[None]:
    """Carry out what an approval system decided about a row; it has looked already who may decide."""
    token = _deciding.set((type(row), row.pk))
    try:
        yield
    finally:
        _deciding.reset(token)


def is_decided_by_flow(row: Any) -> bool:
    """Whether what happens to a row carries out the decision of an approval system."""
    return _deciding.get() == (type(row), row.pk)


def declare_approvable(
    model: type[Model],
    *,
    approve: Service,
    reject: Service,
    waiting: str,
    outcomes: Collection[str],
    argument: str = "",
    amount: str = "",
    facts: Collection[str] = (),
) -> None:
    """
    Declare that rows of an object type are approved.

    :param argument: name under which the services take the row; the model's name when left out.
    :param facts: sensitive columns that conditions may ask about.
    :raises RuntimeError: when it was declared already.
    """
    if model in _declared:
        raise RuntimeError(f"{model._meta.label} is declared twice")
    name = argument or str(model._meta.model_name)
    _declared[model] = Approvable(
        model, approve, reject, name, str(waiting), frozenset(map(str, outcomes)), amount, frozenset(facts)
    )


def approvable(model: type[Model]) -> Approvable | None:
    """Return how rows of an object type are approved, None when they are not."""
    return _declared.get(model)


def decision_about(row: Any, user: User) -> OpenDecision | None:
    """Return the decision that an approval system waits for; None for a row that waits for none."""
    found = _declared.get(type(row))
    return open_decision(row, user=user) if found is not None and row.status == found.waiting else None


def is_decision(service: Service, row: Any) -> bool:
    """Whether a service is one by which rows like this are approved or rejected."""
    found = _declared.get(type(row))
    return found is not None and service in (found.approve, found.reject)


def approvables() -> list[Approvable]:
    """Return everything that is approved, in the order of declaration."""
    return list(_declared.values())


@Hook
def before_change(rows: Collection[Any], status: str, *, is_outcome: bool, actor: User | None, at: datetime) -> None:
    """
    Be told that rows about which is being decided change their state by other means than the decision.

    :param is_outcome: whether only a decision leads to the new state. A provider may refuse by raising a DomainError.
    """


def watch(rows: Collection[Any], status: str, *, actor: User | None, at: datetime) -> None:
    """Tell the approval system that rows change their state, unless it does it itself or they do not wait for it."""
    found = _declared.get(type(next(iter(rows))))
    if found is None:
        return
    waiting = [row for row in rows if row.status == found.waiting and not is_decided_by_flow(row)]
    if waiting:
        before_change(waiting, status, is_outcome=status in found.outcomes, actor=actor, at=at)
