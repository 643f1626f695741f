"""Two tables of their own for the tests of search: a firm, and its papers, which show the firm's name."""

from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connection, models
from django.test.utils import isolate_apps

from suite.core.models import Model
from suite.management.commands import reindex_search
from suite.search import models as models_of_search
from suite.search import tasks
from suite.search.models import Searchable


@pytest.fixture
def tables(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """Models Firm (name, phone), Paper (number, firm) and Plain (code, name; no search text), made for one test."""
    # A model that is imported for the first time while apps are isolated would be registered in the wrong place.
    import_module(settings.ROOT_URLCONF)
    with isolate_apps("suite") as registry:

        class Firm(Searchable):
            search_fields = ("name", "phone")
            name = models.CharField(max_length=200)
            phone = models.CharField(max_length=40, blank=True)

            class Meta:
                app_label = "suite"

        class Paper(Searchable):
            search_fields = ("number", "firm__name")
            number = models.CharField(max_length=40)
            firm = models.ForeignKey(Firm, models.CASCADE, null=True)
            note = models.CharField(max_length=40, blank=True)

            class Meta:
                app_label = "suite"

        class Plain(Model):
            code = models.CharField(max_length=40)
            name = models.CharField(max_length=40)

            class Meta:
                app_label = "suite"

        made = [Firm, Paper, Plain]
        with connection.schema_editor() as editor:
            for model in made:
                editor.create_model(model)
        for user in (models_of_search, reindex_search):
            monkeypatch.setattr(user, "searchable_models", lambda: made[:2])
        monkeypatch.setattr(tasks, "apps", registry)
        yield SimpleNamespace(Firm=Firm, Paper=Paper, Plain=Plain)
