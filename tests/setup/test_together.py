"""Migrating many tables at once."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations.operations import CreateModel
from django.db.migrations.state import ProjectState

from suite.core.migrations import Together


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.startswith("shop_")}


@pytest.mark.django_db(transaction=True)
def test_tables_that_refer_to_each_other_are_made_and_removed_together() -> None:
    key = ("id", models.BigAutoField(primary_key=True))
    basket = CreateModel("Basket", [key, ("last", models.ForeignKey("shop.Line", models.CASCADE, null=True))])
    line = CreateModel("Line", [key, ("basket", models.ForeignKey("shop.Basket", models.CASCADE))])
    together = Together([basket, line])
    before, after = ProjectState(), ProjectState()
    together.state_forwards("shop", after)

    with connection.schema_editor() as editor:
        together.database_forwards("shop", editor, before, after)
    made = tables()
    with connection.schema_editor() as editor:
        together.database_backwards("shop", editor, after, before)

    assert made == {"shop_basket", "shop_line"}
    assert tables() == set()
    assert set(after.models) == {("shop", "basket"), ("shop", "line")}
    assert together.reversible
    assert together.references_model("Line", "shop")
