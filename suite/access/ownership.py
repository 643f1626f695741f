"""
What people are responsible for, and how it is given to somebody else when they leave.

Every object type whose data scope begins at a column ``owner`` is handed over: by the service that its app declares
with :func:`hands_over`, else by changing that column. What belongs to its author for good, such as a note or a finished
export, says so with :func:`stays_with_author`. Things that are owned by another column are declared with
:func:`hands_over` too. So nothing that a new app owns can be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import F, Model, QuerySet
from django.utils.text import capfirst

from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.modules import state
from suite.modules.registry import registry

# Gives rows of a leaver to a colleague and returns how many, within a transaction: give(rows, leaver=…, to=…, actor=…,
# at=…).
Give = Callable[..., int]
Held = Callable[[User], QuerySet[Any]]

_declared: dict[type[Model], tuple[Give, Held | None]] = {}
_personal: set[type[Model]] = set()


@dataclass(frozen=True)
class Holding:
    """
    One object type that somebody is responsible for.

    :param code: label of the object type, ``crm.Customer``.
    :param held: from a person to the rows they are responsible for.
    :param give: gives such rows to a colleague.
    """

    code: str
    model: type[Model]
    held: Held
    give: Give

    @property
    def title(self) -> str:
        """What the things are called."""
        return str(capfirst(self.model._meta.verbose_name_plural))


def hands_over(model: type[Model], *, held: Held | None = None) -> Callable[[Give], Give]:
    """
    Declare the decorated function as the way in which rows of an object type are given to somebody else.

    :param held: from a person to their rows; None: those whose ``owner`` they are.
    :raises RuntimeError: when another function was declared.
    """

    def register(give: Give) -> Give:
        if model in _declared:
            raise RuntimeError(f"{model._meta.label} is handed over in two ways")
        _declared[model] = give, held
        return give

    return register


def stays_with_author(*models: type[Model]) -> None:
    """Declare that rows of object types belong to whoever wrote them, also after they left."""
    _personal.update(models)


def holdings() -> Iterator[Holding]:
    """Yield every object type of the systems that are on that somebody can be responsible for, lower systems first."""
    on = state.enabled_codes()
    for model in apps.get_models():
        give, held = _declared.get(model, (None, None))
        is_held = give is not None or (_has_owner(model) and model not in _personal)
        if not is_held or registry.owner(model.__module__).code not in on:
            continue
        yield Holding(model._meta.label, model, held or _owned(model), give or change_owner)


def change_owner(
    rows: QuerySet[Any], *, leaver: User, to: Any, actor: User | None, at: datetime, column: str = "owner"
) -> int:
    """
    Give rows to a colleague, locked in the order of their keys.

    :param to: what the column refers to: the colleague's account, or who they are as an employee.
    """
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    fresh = rows.model._default_manager.filter(pk__in=keys)
    changed: int = fresh.update(**{column: to}, version=F("version") + 1, updated_at=at)
    return changed


def _owned(model: type[Model]) -> Held:
    return lambda user: model._default_manager.filter(owner=user)


def _has_owner(model: type[Model]) -> bool:
    paths: ScopePaths | None = getattr(model, "scope", None)
    return paths is not None and paths.owner == "owner"
