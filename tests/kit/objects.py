"""Rows of every object type, and users who may do this and no more."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.db import models
from factory.django import DjangoModelFactory

import tests.factories
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import set_role_grant
from suite.pages.pageset import PageSet
from tests.factories.hrm import UserFactory


def factories() -> dict[type[models.Model], type[DjangoModelFactory[Any]]]:
    """The factory of each model."""
    found: dict[type[models.Model], type[DjangoModelFactory[Any]]] = {}
    for info in pkgutil.iter_modules(tests.factories.__path__):
        module = importlib.import_module(f"tests.factories.{info.name}")
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, DjangoModelFactory) and each._meta.model is not None:
                found.setdefault(each._meta.model, each)
    return found


# What rows of one model must differ in, where the factory always makes the usual one.
VARIED: dict[str, Callable[[int], dict[str, Any]]] = {
    "suite.ExchangeRate": lambda n: {"rate_date": date(2020, 1, 1) + timedelta(days=n)},
    "suite.UnitConversion": lambda n: {"from_unit__code": f"F{n}", "to_unit__code": f"T{n}"},
    "suite.BoardChoice": lambda n: {"user": UserFactory()},
    "suite.Currency": lambda n: {"code": f"{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}X"},
    "suite.Unit": lambda n: {"code": f"U{n}", "name": f"单位{n}"},
    "suite.Target": lambda n: {"year": 2030 + n % 60},
    "suite.TaxCode": lambda n: {"code": f"T{n}"},
    "suite.TaxRate": lambda n: {"tax_code__code": f"T{n}"},
}
_numbers = count(1)


def make(model: type[models.Model], number: int = 1, **values: Any) -> list[Any]:
    """Rows of a model by its factory."""
    factory, vary = factories()[model], VARIED.get(model._meta.label, lambda _n: {})
    return [factory(**{**vary(next(_numbers)), **values}) for _n in range(number)]


def give(user: User, pageset: PageSet, actions: Iterable[str], level: str = ScopeLevel.ALL) -> User:
    """Let the user do this with one object type; returns the user as a new request reads it."""
    from django.utils import timezone

    role, _created = Group.objects.get_or_create(name=f"{user.username}-{pageset.name}")
    set_role_grant(role=role, model=pageset.model, actions=actions, level=level, actor=None, at=timezone.now())
    user.groups.add(role)
    return User.objects.get(pk=user.pk)
