"""Rows that search finds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.translation import gettext_lazy as _

from suite.core.commit import after_commit
from suite.core.models import Model
from suite.search.text import index_text

# Behind every other column: those that derive their value when a row is saved have it by then.
LAST_COLUMN = 10**9


if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class SearchField(TextField):
    """The search text of a row, computed from ``search_fields`` whenever it is written, with its trigram index."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(editable=False, default="", blank=True)
        super().__init__(*args, **kwargs)
        self.creation_counter = LAST_COLUMN

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        # The rule belongs to the code, not to the history of the table.
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", list(args), dict(kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            index = GinIndex(
                fields=[name],
                opclasses=["gin_trgm_ops"],
                name=f"{cls._meta.app_label}_{cls._meta.model_name}_s",
            )
            # Here and not in an abstract Meta, which a model with a Meta of its own would lose.
            cls._meta.indexes = [*cls._meta.indexes, index]
            cls._meta.original_attrs["indexes"] = cls._meta.indexes

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text = search_text_of(model_instance)
        setattr(model_instance, self.attname, text)
        return text


class Searchable(Model):
    """
    A row that lists, selects and the search box find by any of its ``search_fields``.

    ``save()`` and ``bulk_create()`` keep the search text. Before ``bulk_update()`` call :func:`prepare_search` and
    write ``search_text`` too. When the text of a row changes, that of rows reaching it by a path follows.
    """

    # Own columns, or paths over foreign keys (``customer__name``), that search looks into.
    search_fields: ClassVar[tuple[str, ...]] = ()

    search_text = SearchField(_("search text"))

    class Meta:
        abstract = True
        # The trigram index comes with the field.
        indexes: ClassVar[tuple[models.Index, ...]] = ()

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        """Report search fields that do not exist."""
        return [*super().check(**kwargs), *_missing_fields(cls)]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the search text; rows that show this one in theirs follow after the commit."""
        names = kwargs.get("update_fields")
        if names is not None and {path.split("__")[0] for path in self.search_fields} & _plain(self, names):
            kwargs["update_fields"] = {*names, "search_text"}
        before = None if self._state.adding else self.__dict__.get("search_text")
        super().save(*args, **kwargs)
        if before is not None and before != self.search_text and has_dependants(type(self)):
            from suite.search.tasks import reindex_dependants

            label, pk = self._meta.label, self.pk
            after_commit(reindex_dependants.delay, label, pk)


def search_text_of(row: models.Model) -> str:
    """Return the search text of a row from its present values."""
    return index_text(_values(row, row.search_fields))  # type: ignore[attr-defined]


def prepare_search(objs: Iterable[Searchable]) -> None:
    """
    Set the search text of many rows, reading what paths lead to in one query for each foreign key.

    For ``bulk_create()`` it only saves queries; before ``bulk_update()`` it is needed.
    """
    rows = list(objs)
    if not rows:
        return
    paths = foreign_paths(type(rows[0]))
    if paths:
        models.prefetch_related_objects(rows, *paths)
    for row in rows:
        row.search_text = search_text_of(row)


def foreign_paths(model: type[models.Model]) -> list[str]:
    """Return the foreign keys that the search fields of a model pass: ``customer``, ``customer__party``."""
    fields: Sequence[str] = getattr(model, "search_fields", ())
    return sorted({path.rpartition("__")[0] for path in fields if "__" in path})


def searchable_models() -> list[type[Searchable]]:
    """Return every model with a search text."""
    from django.apps import apps

    return [m for m in apps.get_models() if issubclass(m, Searchable) and not m._meta.proxy]


def dependants(model: type[models.Model]) -> Iterator[tuple[type[Searchable], str]]:
    """Yield the models whose search text shows columns of ``model``, each with the path that leads there."""
    for other in searchable_models():
        for path in foreign_paths(other):
            parts = path.split("__")
            for length in range(1, len(parts) + 1):
                prefix = "__".join(parts[:length])
                if _model_at(other, prefix) is model._meta.concrete_model:
                    yield other, prefix


def has_dependants(model: type[models.Model]) -> bool:
    """Return whether some model shows columns of ``model`` in its search text."""
    return next(dependants(model), None) is not None


def _values(row: Any, paths: Iterable[str]) -> Iterator[Any]:
    for path in paths:
        value = row
        for name in path.split("__"):
            value = getattr(value, name) if value is not None else None
        yield value


def _plain(row: models.Model, names: Iterable[str]) -> set[str]:
    """Names of fields, where foreign keys may be given by their column (``party_id``)."""
    columns = {field.attname: field.name for field in row._meta.concrete_fields}
    return {columns.get(name, name) for name in names}


def _model_at(model: type[models.Model], path: str) -> Any:
    found: Any = model
    for name in path.split("__"):
        found = found._meta.get_field(name).related_model
    return found


def _missing_fields(model: type[Searchable]) -> list[checks.CheckMessage]:
    errors: list[checks.CheckMessage] = []
    for path in model.search_fields:
        way, _dot, name = path.rpartition("__")
        try:
            (_model_at(model, way) if way else model)._meta.get_field(name)
        except (FieldDoesNotExist, AttributeError):
            errors.append(checks.Error(f"search_fields names {path}, which is no column.", obj=model, id="suite.E020"))
    return errors
