"""Whatever refers to what is merged follows it, or says why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pgtrigger
import pytest
from django.apps import apps
from django.db import models
from django.db.models import UniqueConstraint
from django.test.utils import isolate_apps

from crm.customers.models import Customer, Lead
from suite.masters.merging import Reference, declared_names, references
from suite.masters.models import Party

MERGED = (Customer, Lead, Party)


def every() -> dict[str, Reference]:
    return {each.name.lower(): each for target in MERGED for each in references(target)}


def hindrances(reference: Reference) -> Iterator[str]:
    """What keeps rows from simply following: something that is unique by the column, or a trigger that guards it."""
    meta = reference.model._meta
    column: Any = meta.get_field(reference.column)
    if column.unique:
        yield "unique"
    for constraint in meta.constraints:
        if isinstance(constraint, UniqueConstraint) and reference.column in constraint.fields:
            yield constraint.name
    for together in meta.unique_together:
        if reference.column in together:
            yield f"unique together {together}"
    for model, trigger in pgtrigger.registered():
        is_guard = isinstance(trigger, pgtrigger.Protect) and "UPDATE" in str(trigger.operation)
        if model is reference.model and is_guard:
            yield trigger.name


def test_every_reference_follows_or_is_declared() -> None:
    undeclared = {
        name: sorted(found)
        for name, reference in every().items()
        if name not in declared_names() and (found := list(hindrances(reference)))
    }

    # Declare these in the `following.py` of their app: how they follow, or why they stay.
    assert undeclared == {}


def test_every_declaration_is_of_a_reference() -> None:
    assert declared_names() - every().keys() == set()


def test_every_foreign_key_is_among_the_references() -> None:
    keys = {
        f"{model._meta.label}.{column.name}".lower()
        for model in apps.get_models(include_auto_created=True)
        for column in model._meta.concrete_fields
        if column.is_relation and column.related_model in MERGED and not hasattr(model, "pgh_tracked_model")
        # A proxy is the table of its model.
        if not model._meta.proxy
    }

    assert keys <= every().keys()
    assert "crm.contract.customer" in keys
    assert "erp.salesorder.party" in keys


@pytest.mark.parametrize(
    "name",
    ["suite.comment.object_id", "suite.attachment.object_id", "suite.reminder.object_id", "oa.flowrun.subject_id"],
)
def test_what_belongs_to_any_object_is_among_them(name: str) -> None:
    assert name in every()


@isolate_apps("crm")
def test_a_planted_hindrance_is_found() -> None:
    meta = type("Meta", (), {"app_label": "crm", "unique_together": (("customer", "year"),)})
    planted = type(
        "Planted",
        (models.Model,),
        {
            "__module__": __name__,
            "Meta": meta,
            "customer": models.ForeignKey(Customer, models.CASCADE, related_name="+"),
            "year": models.IntegerField(),
        },
    )

    assert list(hindrances(Reference(planted, "customer"))) == ["unique together ('customer', 'year')"]
