"""Every PageSet, and what higher systems add to the pages of lower ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models

from suite.modules import state

if TYPE_CHECKING:
    from django.http import HttpRequest

    from suite.pages.actions import Action
    from suite.pages.pageset import PageSet

P = TypeVar("P", bound="type[PageSet]")

_pagesets: dict[str, PageSet] = {}


@dataclass(frozen=True)
class Tab:
    """
    A tab on the detail page of an object type.

    :param render: function of (request, object) giving (template name, context).
    :param permission: full permission without which the tab does not exist.
    """

    code: str
    title: Any
    render: Callable[[HttpRequest, Any], tuple[str, dict[str, Any]]]
    permission: str
    count: Callable[[Any, Any], int] | None = None
    place: int = 0


_tabs: dict[type[models.Model], list[Tab]] = defaultdict(list)
_actions: dict[type[models.Model], list[Action]] = defaultdict(list)


def register(cls: P) -> P:
    """Register a PageSet; a model has exactly one."""
    label = cls.model._meta.label
    if label in _pagesets:
        raise RuntimeError(f"{label} has two PageSets")
    _pagesets[label] = cls()
    return cls


def pagesets(*, enabled_only: bool = True) -> Iterable[PageSet]:
    """All PageSets, by default those of modules that are on."""
    return [p for p in _pagesets.values() if not enabled_only or state.is_enabled(p.module)]


def pageset_of(model: type[models.Model] | str) -> PageSet | None:
    """The PageSet of a model (or its label ``"crm.Lead"``), None without one."""
    return _pagesets.get(model if isinstance(model, str) else model._meta.label)


def tab(
    model: type[models.Model],
    *,
    title: Any,
    permission: str,
    code: str = "",
    count: Callable[[Any, Any], int] | None = None,
    place: int = 0,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add a tab to the detail page of a model of a lower or the same system; of two the lower place comes first."""

    def add(render: Callable[..., Any]) -> Callable[..., Any]:
        _tabs[model].append(Tab(code or render.__name__, title, render, permission, count, place))
        return render

    return add


def add_action(model: type[models.Model], action: Action) -> Action:
    """Add an action to the pages of a model of a lower or the same system."""
    _actions[model].append(action)
    return action


def tabs_of(model: type[models.Model], user: Any) -> list[Tab]:
    """The tabs that exist for a user now."""
    found = [t for t in _tabs[model] if state.owner_is_enabled(t.render.__module__) and user.has_perm(t.permission)]
    return sorted(found, key=lambda each: each.place)


def all_tabs() -> Iterable[tuple[type[models.Model], Tab]]:
    """Every registered tab."""
    return [(model, each) for model, tabs in _tabs.items() for each in tabs]


def added_actions(model: type[models.Model]) -> list[Action]:
    """Actions added by other systems, whether they are on or not."""
    return _actions[model]
