"""Encrypt every encrypted column anew by the first of FIELD_KEYS, so that the others can be dropped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import models, transaction

from suite.core.bulk import set_columns
from suite.core.encryption import EncryptedField, Stored, fingerprint, is_current
from suite.core.triggers import ignoring_triggers
from suite.masters.fields import DerivedField

BATCH = 1_000


class Command(BaseCommand):
    help = "Encrypt every encrypted column anew by the first of FIELD_KEYS, history included."

    def handle(self, *args: Any, **options: Any) -> None:
        for model in apps.get_models():
            fields = [field for field in model._meta.concrete_fields if isinstance(field, EncryptedField)]
            if fields:
                self.stdout.write(f"{model._meta.label}: {rotate(model, fields)} rows")


@transaction.atomic
def rotate(model: type[models.Model], fields: list[EncryptedField]) -> int:
    """
    Encrypt the rows of a model that an older key encrypted, with their fingerprints, and return how many.

    Nobody changed anything: no history is written, and no version counted.
    """
    prints = [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, DerivedField) and field.derive is fingerprint
    ]
    names = [field.name for field in (*fields, *prints)]
    changed = 0
    rows = model._base_manager.select_for_update().order_by("pk").only("pk", *names, *_sources(prints))
    with ignoring_triggers():
        for batch in _batches(rows.iterator(BATCH)):
            old = [row for row in batch if not all(_is_current(getattr(row, field.attname)) for field in fields)]
            for row in old:
                for field in prints:
                    field.pre_save(row, False)
            changed += set_columns(old, names)
    return changed


def _batches(rows: Iterator[models.Model]) -> Iterator[list[models.Model]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _sources(prints: Iterable[DerivedField]) -> set[str]:
    return {name for field in prints for name in field.source}


def _is_current(value: str | None) -> bool:
    return not isinstance(value, Stored) or is_current(value.token)
