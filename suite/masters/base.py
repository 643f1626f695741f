"""What the tables of master data have in common: derived columns, one default row, trees without circles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, TypeVar

import pgtrigger
from django.db import models, transaction
from django.db.models import F
from django.utils import timezone

from suite.core.models import Model, QuerySet
from suite.masters.fields import DerivedField
from suite.search.models import SearchField

M = TypeVar("M", bound="MasterModel")

# What the field history of a table leaves out.
TRACKED: dict[str, Any] = {"exclude": ["search_text", "version", "updated_at"]}


class MasterQuerySet(QuerySet[M]):
    """Query set that keeps derived columns in step with their source."""

    def update(self, **kwargs: Any) -> int:
        """
        Update the rows by one statement.

        :raises TypeError: when a column that others are derived from is written without them.
        """
        missing = derived_names(self.model, kwargs) - kwargs.keys()
        if missing:
            raise TypeError(f"update() would leave {', '.join(sorted(missing))} behind; use save() or bulk_update()")
        return super().update(**kwargs)

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update many rows, and their derived columns with them."""
        rows, names = list(objs), set(fields)
        follow = derived_names(self.model, names)
        for field in derived_fields(self.model):
            if field.name in follow:
                for row in rows:
                    field.pre_save(row, add=False)
        return super().bulk_update(rows, sorted(names | follow), batch_size=batch_size)


class MasterModel(Model):
    """Base of the master data."""

    # Columns that a search looks into; where the table grows large, it is Searchable too.
    search_fields: ClassVar[tuple[str, ...]] = ()
    # Name of a flag that one row among those with the same values of ``default_within`` carries.
    default_flag: ClassVar[str] = ""
    default_within: ClassVar[tuple[str, ...]] = ()

    objects = MasterQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a new default takes the flag from the row that had it."""
        names = kwargs.get("update_fields")
        if names is not None:
            kwargs["update_fields"] = {*names, *derived_names(type(self), names)}
        if not (self.default_flag and getattr(self, self.default_flag)):
            super().save(*args, **kwargs)
            return
        with transaction.atomic(using=kwargs.get("using")):
            self._other_defaults().update(
                **{self.default_flag: False}, version=F("version") + 1, updated_at=timezone.now()
            )
            super().save(*args, **kwargs)

    def _other_defaults(self) -> models.QuerySet[Any]:
        same = {name: getattr(self, name) for name in self.default_within}
        return type(self)._default_manager.filter(**same, **{self.default_flag: True}).exclude(pk=self.pk)


class OneDefault(models.UniqueConstraint):
    """At most one row carries the flag; forms need not ask, because saving a new default moves the flag."""

    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Leave it to the database."""


def derived_names(model: type[models.Model], written: Iterable[str]) -> set[str]:
    """Return the derived columns of a model that follow one of the written ones, directly or not."""
    names = set(written)
    follow: set[str] = set()
    for field in derived_fields(model):
        sources = getattr(model, "search_fields", ()) if isinstance(field, SearchField) else field.source
        if (names | follow).intersection(sources):
            follow.add(field.name)
    return follow


def derived_fields(model: type[models.Model]) -> list[DerivedField | SearchField]:
    """Return the derived columns of a model; the search text, which may follow the others, is the last."""
    return [field for field in model._meta.concrete_fields if isinstance(field, DerivedField | SearchField)]


def acyclic() -> pgtrigger.Trigger:
    """
    Return a trigger that refuses a row above itself in the tree that ``parent`` makes.

    Writers of parents wait for each other, so that two of them cannot close a circle together.
    """
    return pgtrigger.Trigger(
        name="acyclic",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
        func=pgtrigger.Func(
            """
            IF NEW.parent_id IS NOT NULL THEN
                PERFORM pg_advisory_xact_lock(hashtext('acyclic {meta.db_table}'));
                IF EXISTS (
                    WITH RECURSIVE above(id) AS (
                        SELECT NEW.parent_id
                        UNION
                        SELECT t.parent_id FROM {meta.db_table} t JOIN above ON t.id = above.id
                        WHERE t.parent_id IS NOT NULL
                    )
                    SELECT 1 FROM above WHERE id = NEW.id
                ) THEN
                    RAISE EXCEPTION 'circle in {meta.db_table}' USING ERRCODE = 'check_violation';
                END IF;
            END IF;
            RETURN NEW;
            """
        ),
    )
