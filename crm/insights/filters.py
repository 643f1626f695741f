"""Tags on the pages of customers: their colours, and the filter by them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import django_filters
from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, ExpressionWrapper, F, Func, JSONField, OuterRef, QuerySet, Subquery
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from crm.insights.models import Tag
from suite.pages.columns import badge
from suite.pages.filters import RowFilter
from suite.pages.forms import AsyncSelectMultiple


def carrying(rows: QuerySet[Any], name: str, tags: QuerySet[Tag]) -> QuerySet[Any]:
    """Customers that carry any of the tags."""
    return rows.filter(tags__overlap=[tag.name for tag in tags]) if tags else rows


def with_tag_tones(customers: QuerySet[Any]) -> QuerySet[Any]:
    """Return customers with ``tag_tones``: the colour of each of their tags, by name; None without any."""
    tones = Func(F("name"), F("color"), function="jsonb_object_agg", output_field=JSONField())
    carried = ExpressionWrapper(OuterRef("tags"), output_field=ArrayField(CharField()))
    tags: QuerySet[Any] = Tag.objects.annotate(carried=carried).order_by()
    condition: dict[str, Any] = {"carried__contains": [F("name")]}
    mine = tags.filter(**condition)
    coloured: QuerySet[Any] = customers.annotate(tag_tones=Subquery(mine.annotate(tones=tones).values("tones")))
    return coloured


def tag_badges(customer: Any) -> Any:
    """The tags of a customer in their colours; plain where the colours were not asked for."""
    tones = getattr(customer, "tag_tones", None) or {}
    return SafeString(" ".join(badge(name, tones.get(name, "")) for name in customer.tags))


@lru_cache
def with_tags(kind: type[django_filters.FilterSet]) -> type[django_filters.FilterSet]:
    """Return the filters of customers with one more, by tag."""
    tag = RowFilter(
        field_name="tags", label=_("Tags"), queryset=Tag.objects.all(), widget=AsyncSelectMultiple(Tag), method=carrying
    )
    base: Any = kind
    return type(kind.__name__, (kind,), {"tags": tag, "Meta": base.Meta})
