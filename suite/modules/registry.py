"""
The systems of the suite and what belongs to each.

A module is a Python package: everything whose ``__module__`` lies below that package belongs to it, and the
longest package wins (``hrm.org`` is a module of its own inside the app ``hrm``). That one rule answers
for pages, API routes, receivers, hook providers, tasks, tabs, metrics and readiness checks.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any

from django.apps import apps

# Modules of a slice that register something when imported.
REGISTERING = (
    "module",
    "receivers",
    "hooks",
    "approvals",
    "metrics",
    "readiness",
    "pages",
    "tasks",
    "owned",
    "following",
    "periodic",
)


@dataclass(frozen=True)
class MenuItem:
    """
    One entry of a system's menu.

    :param target: label of a model with a PageSet (``"crm.Lead"``) or name of a URL (``"crm:forecast"``).
    :param title: text; None: the plural name of the model.
    :param permission: full permission that the entry needs; a model always needs its view permission.
    :param group: heading under which entries that follow each other fold together; a long menu has several.
    """

    target: str
    title: Any = None
    permission: str | None = None
    icon: str = ""
    group: Any = ""


@dataclass(frozen=True)
class CheckValue:
    """
    What a readiness check measured.

    :param value: the measured figure in the check's unit, None when there is nothing to measure.
    :param numerator: rows that fulfil the condition.
    :param denominator: rows looked at.
    :param evidence_url: list of the rows that do not fulfil it.
    """

    value: Decimal | None
    numerator: int | None = None
    denominator: int | None = None
    evidence_url: str = ""
    note: Any = ""

    @classmethod
    def share(cls, fulfilled: int, total: int, evidence_url: str = "", note: Any = "") -> CheckValue:
        """Return what part of the rows fulfils a condition, in percent; without a value when there are none."""
        value = Decimal(100 * fulfilled) / total if total else None
        return cls(value, fulfilled, total, evidence_url, note)


@dataclass(frozen=True)
class Check:
    """
    One condition, measured on live data, for opening another module.

    :param opens: code of the module it is a condition for.
    :param measure: function of the moment of evaluation; gives a CheckValue.
    :param threshold: default limit, which an administrator can change.
    :param at_least: True: the value must reach the threshold; False: it must not exceed it.
    :param minimum_sample: fewer rows than this are "no data", which is not a pass.
    """

    code: str
    opens: str
    title: Any
    measure: Callable[[datetime], CheckValue]
    threshold: Decimal
    unit: Any = "%"
    is_hard: bool = True
    at_least: bool = True
    minimum_sample: int = 1
    source: str = ""


@dataclass(frozen=True)
class Module:
    """
    The manifest of a system.

    :param code: its Python package, e.g. ``crm``.
    :param stage: place in the order of adoption; None: beside or above it.
    :param needs: codes of modules that must be on before this one.
    :param backfill: carries the running business over when the module is turned on; idempotent.
    :param is_always_on: part of the foundation, cannot be turned off.
    :param has_content: False while the system has nothing to offer yet; it cannot be turned on.
    """

    code: str
    title: Any
    short: str = ""
    icon: str = "square"
    stage: int | None = None
    needs: tuple[str, ...] = ()
    menu: tuple[MenuItem, ...] = ()
    description: Any = ""
    backfill: Callable[..., dict[str, int]] | None = None
    is_always_on: bool = False
    has_content: bool = True
    home: str = ""

    def __str__(self) -> str:
        return str(self.title)


@dataclass
class Registry:
    """All modules and checks of this installation."""

    modules: dict[str, Module] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    periodic: list[tuple[str, Callable[[datetime], Any]]] = field(default_factory=list)

    def add(self, module: Module) -> Module:
        """Register the manifest of a module."""
        self.modules[module.code] = module
        return module

    def owner(self, dotted: str) -> Module:
        """
        Return the module that a Python module or object path belongs to.

        :raises LookupError: when no module claims it.
        """
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            found = self.modules.get(".".join(parts[:length]))
            if found:
                return found
        raise LookupError(f"{dotted} belongs to no module")

    def staged(self) -> list[Module]:
        """The modules of the adoption path, in order."""
        return sorted((m for m in self.modules.values() if m.stage), key=lambda m: m.stage or 0)

    def switchable(self) -> list[Module]:
        """Every module that can be on or off, in order of adoption, the ones beside it last."""
        return sorted((m for m in self.modules.values() if not m.is_always_on), key=lambda m: (m.stage or 99, m.code))

    def dependants(self, code: str) -> list[Module]:
        """Modules that need the given one."""
        return [m for m in self.modules.values() if code in m.needs]


registry = Registry()


def check(
    *,
    opens: str,
    title: Any,
    threshold: int | str,
    unit: Any = "%",
    is_hard: bool = True,
    at_least: bool = True,
    minimum_sample: int = 1,
    source: str = "",
) -> Callable[[Callable[[datetime], CheckValue]], Callable[[datetime], CheckValue]]:
    """Register the decorated function as a readiness check (see :class:`Check`)."""

    def register(measure: Callable[[datetime], CheckValue]) -> Callable[[datetime], CheckValue]:
        name = measure.__name__
        code = f"{opens}.{name}"
        registry.checks[code] = Check(
            code, opens, title, measure, Decimal(threshold), unit, is_hard, at_least, minimum_sample, source
        )
        return measure

    return register


def periodic(every: str) -> Callable[[Callable[[datetime], Any]], Callable[[datetime], Any]]:
    """
    Run the decorated function every ``minute``, ``hour`` or ``night``, while its module is on.

    The function takes the moment of the run.
    """

    def register(run: Callable[[datetime], Any]) -> Callable[[datetime], Any]:
        registry.periodic.append((every, run))
        return run

    return register


@cache
def packages(root: str) -> tuple[str, ...]:
    """Names of a package and the packages below it, parents first; looked for once."""
    below = (info.name for info in pkgutil.walk_packages(import_module(root).__path__, f"{root}.") if info.ispkg)
    return (root, *(name for name in below if ".migrations" not in name and ".management" not in name))


def load_modules() -> None:
    """Import every registering module of every app of the suite, in dependency order."""
    ours = [config.name for config in apps.get_app_configs() if _is_ours(config.path)]
    names = [name for app in ours for name in packages(app)]
    for kind in REGISTERING:
        for name in names:
            if _has_module(name, kind):
                import_module(f"{name}.{kind}")


def _is_ours(path: str) -> bool:
    from django.conf import settings

    return path.startswith(str(settings.BASE_DIR)) and "site-packages" not in path


def _has_module(package: str, name: str) -> bool:
    return any(info.name == name for info in pkgutil.iter_modules(import_module(package).__path__))
