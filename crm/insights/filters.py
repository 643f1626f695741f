"""Filters of customers by their tags."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.insights.models import Tag
from suite.pages.filters import RowFilter
from suite.pages.forms import AsyncSelectMultiple


def carrying(rows: QuerySet[Any], name: str, tags: QuerySet[Tag]) -> QuerySet[Any]:
    """Customers that carry any of the tags."""
    return rows.filter(tags__overlap=[tag.name for tag in tags]) if tags else rows


@lru_cache
def with_tags(kind: type[django_filters.FilterSet]) -> type[django_filters.FilterSet]:
    """Return the filters of customers with one more, by tag."""
    tag = RowFilter(
        field_name="tags", label=_("Tags"), queryset=Tag.objects.all(), widget=AsyncSelectMultiple(Tag), method=carrying
    )
    return type(kind.__name__, (kind,), {"tags": tag, "Meta": kind.Meta})  # type: ignore[attr-defined]
