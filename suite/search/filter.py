"""Finding rows by what a person types."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Model, Q, QuerySet, TextField

from suite.core.gs1 import searched
from suite.search.models import Searchable
from suite.search.text import query_tokens

M = TypeVar("M", bound=Model)

# Columns looked into where a model declares none: small tables without a search text.
USUAL_COLUMNS = ("number", "code", "name", "title", "full_name", "username")


def search_filter(queryset: QuerySet[M], q: str) -> QuerySet[M]:
    """
    Return the rows that match every word of ``q``; none for a query without letters and digits.

    Signs that mean something to ``LIKE`` are no part of a word, and what is left is escaped.
    """
    tokens = query_tokens(searched(q))
    if not tokens:
        return queryset.none()
    # A proxy may show less than its row: it is found by the columns it names, not by the text of all of them.
    if issubclass(queryset.model, Searchable) and not queryset.model._meta.proxy:
        for token in tokens:
            queryset = queryset.filter(search_text__contains=token)
        return queryset
    columns = text_columns(queryset.model)
    if not columns:
        return queryset.none()
    for token in tokens:
        queryset = queryset.filter(reduce(or_, [Q(**{f"{name}__icontains": token.strip()}) for name in columns]))
    return queryset


def text_columns(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a model without search text that a search looks into."""
    declared: tuple[str, ...] = getattr(model, "search_fields", ())
    return declared or tuple(name for name in USUAL_COLUMNS if isinstance(_field(model, name), CharField | TextField))


def code_columns(model: type[Model]) -> tuple[str, ...]:
    """Return the columns by which a row is named exactly: document number, code."""
    return tuple(name for name in ("number", "code") if _field(model, name) is not None)


def _field(model: type[Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
