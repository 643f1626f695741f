"""Everything that is registered: services, events, receivers, hooks, periodic work, figures, tabs."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
from datetime import datetime
from typing import Any

import pytest
from babel.messages.pofile import read_po
from django.contrib.auth.models import AbstractUser, Group
from django.utils import translation

from suite import events, hooks
from suite.access.models import User
from suite.metrics.boards import all_boards
from suite.metrics.registry import all_metrics, metric_of
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import packages, registry
from suite.pages.registry import all_tabs, pagesets
from tests.kit.layers import RANK
from tests.structure.test_models import ROOT

APPS = tuple(RANK)


def modules_named(name: str) -> list[Any]:
    found = []
    for app in APPS:
        for package in packages(app):
            path = ROOT.joinpath(*package.split("."), f"{name}.py")
            if path.exists():
                found.append(importlib.import_module(f"{package}.{name}"))
    return found


SERVICES = [
    function
    for module in modules_named("services")
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__
    and not name.startswith("_")
    and "actor" in inspect.signature(function).parameters
]


@pytest.mark.parametrize("service", SERVICES, ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_service_takes_keywords_with_types(service: Any) -> None:
    parameters = inspect.signature(service).parameters.values()

    assert all(p.kind in {p.KEYWORD_ONLY, p.VAR_KEYWORD} for p in parameters)
    assert all(p.annotation is not p.empty for p in parameters)
    assert service.__doc__


def test_there_are_services() -> None:
    assert len(SERVICES) > 30


def test_events_are_frozen() -> None:
    kinds = [k for k in events.Event.__subclasses__() if k.__module__.split(".")[0] in RANK]

    assert kinds
    assert all(dataclasses.is_dataclass(k) and k.__dataclass_params__.frozen for k in kinds)  # type: ignore[attr-defined]


def test_every_registered_thing_belongs_to_a_module() -> None:
    registered = [
        *(r.handle.__module__ for found in events.receivers.values() for r in found),
        *(p.__module__ for hook in hooks.hooks.values() for p in hook.providers),
        *(run.__module__ for _every, run in registry.periodic),
        *(check.measure.__module__ for check in registry.checks.values()),
        *(tab.render.__module__ for _model, tab in all_tabs()),
        *(action.service.__module__ for p in pagesets(enabled_only=False) for action in p.all_actions()),
        *(each.compute.__module__ for each in all_metrics()),
    ]

    assert registered
    assert all(registry.owner(dotted) for dotted in registered)


@pytest.mark.usefixtures("all_on")
def test_figures_of_a_system_that_is_off_are_gone() -> None:
    user = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    switched = [m for m in all_metrics() if not m.module.is_always_on]
    boards = [b for b in all_boards() if not b.module.is_always_on]
    assert switched
    assert all(m.is_available(user) for m in switched)

    ModuleState.objects.update(is_enabled=False)
    state.forget()

    assert [m.code for m in switched if m.is_available(user) or metric_of(m.code)] == []
    assert [b.code for b in boards if b.is_available(user)] == []


@dataclasses.dataclass(frozen=True)
class Knocked(events.Event):
    """For the tests."""


@pytest.mark.usefixtures("all_on")
def test_receiver_and_hook_of_a_system_that_is_off_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def answer() -> str:
        return "crm"

    def listen(event: Knocked) -> None:
        heard.append("crm")

    for function in (answer, listen):
        function.__module__ = "crm.receivers"
    monkeypatch.setitem(events.receivers, Knocked, [events.Receiver(listen, 1, False)])
    asked: hooks.Hook[[], str] = hooks.Hook(lambda: "default")
    asked.provide(answer)
    monkeypatch.delitem(hooks.hooks, asked.name)

    events.publish(Knocked())
    while_on = asked()
    ModuleState.objects.filter(code="crm").update(is_enabled=False)
    state.forget()
    events.publish(Knocked())

    assert heard == ["crm"]
    assert (while_on, asked()) == ("crm", "default")


@pytest.mark.usefixtures("all_on")
def test_periodic_work_of_a_system_that_is_off_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from suite.modules.tasks import run_periodic

    ran: list[datetime] = []

    def work(at: datetime) -> None:
        ran.append(at)

    work.__module__ = "crm.periodic"
    monkeypatch.setattr(registry, "periodic", [("night", work)])

    run_periodic("night")
    ModuleState.objects.filter(code="crm").update(is_enabled=False)
    state.forget()
    run_periodic("night")

    assert len(ran) == 1


def test_every_label_is_translated() -> None:
    with (ROOT / "locale/zh_Hans/LC_MESSAGES/django.po").open("rb") as file:
        known = {m.id if isinstance(m.id, str) else m.id[0] for m in read_po(file) if m.string and m.id}
    # Django translates the labels of its own account tables.
    with translation.override(None):
        known |= {str(f.verbose_name) for f in (*AbstractUser._meta.fields, *Group._meta.fields)}
    with translation.override(None):
        labels = {
            str(text)
            for p in pagesets(enabled_only=False)
            for text in (
                p.model._meta.verbose_name,
                p.model._meta.verbose_name_plural,
                p.description,
                *(f.verbose_name for f in p.model._meta.fields if f.name not in {"id"}),
                *(a.label for a in p.all_actions()),
                *(v.title for v in p.views),
            )
            if text and str(text).isascii()
        }

    untranslated = sorted(
        text for text in labels if text not in known and not text.isupper() and len(text) > 1 and " " in text
    )

    assert untranslated == []
