"""Colleagues who may see parties and their own orders, one who sees nothing, and something to talk about."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import translation
from pghistory.models import Context

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.core.triggers import authored
from suite.masters.models import Party
from suite.modules.registry import Module, registry
from tests.factories.activity import AT, ColleagueFactory
from tests.factories.masters import PartyFactory


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="package")
def sample(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Return the module of the sample order, with its tables and triggers as long as this package is tested."""
    module = import_module("tests.activity.sample")
    registry.add(Module("tests.activity", "Tests", is_always_on=True))
    # The package may be entered more than once: the order of the tests mixes packages.
    apps.all_models["suite"].update({model._meta.model_name: model for model in module.MODELS})
    apps.clear_cache()
    with django_db_blocker.unblock():
        Context.install_pgh_attach_context_func()
        with connection.schema_editor() as editor:
            for model in module.MODELS:
                editor.create_model(model)
        for trigger in module.SampleOrder._meta.triggers:
            trigger.install(module.SampleOrder)
        # Made outside of the tests: a type made in a test would be cached after its rollback.
        ContentType.objects.get_for_models(*module.MODELS)
        create_permissions(apps.get_app_config("suite"), verbosity=0)
        yield module
        with connection.schema_editor() as editor:
            for model in reversed(module.MODELS):
                editor.delete_model(model)
        ContentType.objects.filter(model__startswith="sample").delete()
    del registry.modules["tests.activity"]
    for model in module.MODELS:
        del apps.all_models["suite"][model._meta.model_name]
    apps.clear_cache()
    ContentType.objects.clear_cache()


@pytest.fixture
def viewer_role(db: None) -> Group:
    """A role that sees all parties and may not change them."""
    return define_role(name="Viewer", grants={Party: (["view"], ScopeLevel.ALL)}, actor=None, at=AT)


@pytest.fixture
def colleague(viewer_role: Group) -> Callable[..., User]:
    """Make colleagues who see parties."""

    def make(**fields: Any) -> User:
        user = ColleagueFactory(**fields)
        user.groups.add(viewer_role)
        return user

    return make


@pytest.fixture
def author(colleague: Callable[..., User]) -> User:
    """A colleague who writes."""
    return colleague(username="chen", full_name="陈嘉豪", language="en")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who sees no party."""
    return ColleagueFactory(username="stranger", full_name="陌生人", language="en")


@pytest.fixture
def party(db: None) -> Party:
    """A party to talk about."""
    return PartyFactory(name="启岳数码")


@pytest.fixture
def order(sample: Any, author: User) -> Any:
    """The author's order, entered a day before."""
    author.groups.add(
        define_role(name="Sales", grants={sample.SampleOrder: (["view"], ScopeLevel.OWN)}, actor=None, at=AT)
    )
    with authored(at=AT - timedelta(days=1)):
        return sample.SampleOrder.objects.create(title="First", owner=author)
