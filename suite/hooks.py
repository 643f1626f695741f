"""
Hooks: questions that a lower system asks and a higher one may answer.

A hook has a default, given where it is declared, and at most one provider for each module; the provider of the
highest module that is on answers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from suite.modules import state
from suite.modules.registry import registry

P = ParamSpec("P")
R = TypeVar("R")

hooks: dict[str, Hook[..., Any]] = {}


class Hook(Generic[P, R]):
    """A named question with a default answer."""

    def __init__(self, default: Callable[P, R]) -> None:
        self.name = f"{default.__module__}.{default.__name__}"
        self.default = default
        self.providers: list[Callable[P, R]] = []
        self.__doc__ = default.__doc__
        hooks[self.name] = self

    def provide(self, provider: Callable[P, R]) -> Callable[P, R]:
        """
        Register the decorated function as the answer of its module.

        :raises RuntimeError: when its module answers already.
        """
        owner = registry.owner(provider.__module__).code
        if any(registry.owner(p.__module__).code == owner for p in self.providers):
            raise RuntimeError(f"{owner} provides {self.name} twice")
        self.providers.append(provider)
        return provider

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        for provider in reversed(self.providers):
            if state.owner_is_enabled(provider.__module__):
                return provider(*args, **kwargs)
        return self.default(*args, **kwargs)


class Gather(Generic[P, R]):
    """A question that every module may contribute an answer to."""

    def __init__(self, question: Callable[P, R]) -> None:
        self.name = f"{question.__module__}.{question.__name__}"
        self.providers: list[Callable[P, R]] = []
        self.__doc__ = question.__doc__

    def provide(self, provider: Callable[P, R]) -> Callable[P, R]:
        """Register the decorated function as one of the answers."""
        self.providers.append(provider)
        return provider

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [p(*args, **kwargs) for p in self.providers if state.owner_is_enabled(p.__module__)]
