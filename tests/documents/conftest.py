"""Tables for the sample documents, while this package is tested."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.utils import translation

from suite.access.models import User
from suite.modules.registry import Module, registry
from tests.factories import masters as make

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="package")
def sample(django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """Return the module of the sample models, registered and with tables as long as this package is tested."""
    module = import_module("tests.documents.sample")
    registry.add(Module("tests", "Tests", is_always_on=True))
    # The package may be entered more than once: the order of the tests mixes packages.
    apps.all_models["suite"].update({model._meta.model_name: model for model in module.MODELS})
    apps.clear_cache()
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            for model in module.MODELS:
                editor.create_model(model)
        # Made outside of the tests: a type made in a test would be cached after its rollback.
        ContentType.objects.get_for_models(*module.MODELS)
        yield module
        with connection.schema_editor() as editor:
            for model in reversed(module.MODELS):
                editor.delete_model(model)
        ContentType.objects.filter(model__startswith="sample").delete()
    del registry.modules["tests"]
    for model in module.MODELS:
        del apps.all_models["suite"][model._meta.model_name]
    apps.clear_cache()
    ContentType.objects.clear_cache()


@pytest.fixture
def actor(db: None) -> User:
    return User.objects.create_superuser("min", "min@example.com", full_name="周敏")


@pytest.fixture
def make_offer(sample: Any, actor: User) -> Callable[..., Any]:
    """Return a function that makes offers of one company."""
    company = make.CompanyFactory()

    def build(**values: Any) -> Any:
        return sample.SampleOffer.objects.create(
            **{
                "company": company,
                "currency": company.base_currency,
                "owner": actor,
                "created_by": actor,
                **values,
            }
        )

    return build
