"""Filters of lists: one FilterSet for the page and the API, derived from field names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.db import models
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from suite.core.text import listed
from suite.pages.columns import find_field, money, short_date
from suite.pages.forms import AsyncSelectMultiple, DateInput, restrict_choices

# Query parameters that steer the list and are no filters.
STEERING = frozenset({"q", "sort", "after", "before", "last", "size", "view", "columns", "format", "as", "tab"})


class DateRangeWidget(django_filters.widgets.DateRangeWidget):
    """Two date fields, from and to."""

    template_name = "generic/range.html"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        django_filters.widgets.SuffixedMultiWidget.__init__(self, [DateInput(), DateInput()], attrs)


class NumberRangeWidget(django_filters.widgets.RangeWidget):
    """Two number fields, from and to."""

    template_name = "generic/range.html"


class ChoiceFilter(django_filters.MultipleChoiceFilter):
    """Any of the chosen codes."""


class RowFilter(django_filters.ModelMultipleChoiceFilter):
    """Any of the chosen rows; ``me`` stands for the user, ``none`` for an empty field."""

    def __init__(self, *args: Any, is_user: bool = False, **kwargs: Any) -> None:
        self.is_user = is_user
        super().__init__(*args, **kwargs)


class BoolFilter(django_filters.BooleanFilter):
    """Yes, no, or all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget",
            forms.Select(
                choices=(("", gettext_lazy("All")), ("true", gettext_lazy("Yes")), ("false", gettext_lazy("No")))
            ),
        )
        super().__init__(*args, **kwargs)


class AmongFilter(BoolFilter):
    """
    Yes keeps the rows that a question finds, no all others.

    :param rows: function giving the rows that the question finds, asked when the filter is used.
    """

    def __init__(self, rows: Callable[[], models.QuerySet[Any]], **kwargs: Any) -> None:
        self._rows = rows
        super().__init__(**kwargs)

    def filter(self, qs: models.QuerySet[Any], value: bool | None) -> models.QuerySet[Any]:
        if value is None:
            return qs
        found = self._rows().order_by().values("pk")
        return qs.filter(pk__in=found) if value else qs.exclude(pk__in=found)


# Filters whose fields offer the same to everybody at any time.
FIXED_FILTERS = frozenset(
    {
        BoolFilter,
        AmongFilter,
        django_filters.DateFromToRangeFilter,
        django_filters.RangeFilter,
        django_filters.CharFilter,
    }
)


class BaseFilterSet(django_filters.FilterSet):
    """A FilterSet that knows the user: relation choices are restricted, ``me`` is understood."""

    def __init__(self, data: Any = None, queryset: Any = None, *, user: Any, **kwargs: Any) -> None:
        self.user = user
        if data is not None:
            data = data.copy() if hasattr(data, "copy") else data
            for name, each in self.base_filters.items():
                if isinstance(each, RowFilter) and isinstance(data, QueryDict) and "me" in data.getlist(name):
                    data.setlist(name, [str(user.pk) if v == "me" else v for v in data.getlist(name)])
        super().__init__(data, queryset=queryset, **kwargs)
        for name in [name for name, each in self.filters.items() if not _is_offered(each, user)]:
            del self.filters[name]

    def get_form_class(self) -> type[forms.Form]:
        base = super().get_form_class()
        user = self.user

        class Form(base):  # type: ignore[misc,valid-type]
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                for field in self.fields.values():
                    field.required = False
                    restrict_choices(field, user=user)

        return Form


def _is_offered(each: django_filters.Filter, user: Any) -> bool:
    """Whether the user could choose something: rows of an object type that is closed to them are not to be chosen."""
    from suite.pages.registry import pageset_of

    if user is None or not isinstance(each, RowFilter) or each.is_user:
        return True
    model = getattr(each.extra["queryset"], "model", None)
    pageset = pageset_of(model) if model is not None else None
    return pageset is None or pageset.may(user, "view")


def offered_filters(kind: type[django_filters.FilterSet], user: Any) -> tuple[str, ...]:
    """Names of the filters that the user is offered."""
    return tuple(name for name, each in kind.base_filters.items() if _is_offered(each, user))


def shows_no_rows(kind: type[django_filters.FilterSet]) -> bool:
    """Whether the form of the filters, while nothing is chosen, is the same whatever the tables hold."""
    return all(_shows_no_rows(each) for each in kind.base_filters.values())


def _shows_no_rows(each: django_filters.Filter) -> bool:
    if isinstance(each, RowFilter):
        from suite.pages.registry import pageset_of

        queryset = each.extra["queryset"]
        return (
            isinstance(each.extra.get("widget"), AsyncSelectMultiple)
            and isinstance(queryset, models.QuerySet)
            and pageset_of(queryset.model) is not None
        )
    if isinstance(each, ChoiceFilter):
        return isinstance(each.extra.get("choices"), list | tuple)
    return type(each) in FIXED_FILTERS


def derive_filter(model: type[models.Model], name: str) -> django_filters.Filter:
    """The filter of one field, by its type."""
    field = find_field(model, name)
    if field is None:
        raise LookupError(f"{model.__name__} has no field {name} to filter by")
    label = field.verbose_name
    if field.choices:
        return ChoiceFilter(field_name=name, label=label, choices=field.flatchoices)
    if field.is_relation:
        related: Any = field.related_model
        return RowFilter(
            field_name=name,
            label=label,
            queryset=related._default_manager.all(),
            widget=AsyncSelectMultiple(related),
            is_user=related._meta.label == "suite.User",
        )
    if isinstance(field, models.BooleanField):
        return BoolFilter(field_name=name, label=label)
    if isinstance(field, models.DateField):
        return django_filters.DateFromToRangeFilter(field_name=name, label=label, widget=DateRangeWidget())
    if isinstance(field, models.DecimalField | models.IntegerField):
        return django_filters.RangeFilter(field_name=name, label=label, widget=NumberRangeWidget())
    return django_filters.CharFilter(field_name=name, label=label, lookup_expr="icontains")


def derive_filterset(model: type[models.Model], names: Sequence[str]) -> type[BaseFilterSet]:
    """A FilterSet over the named fields."""
    filters: dict[str, Any] = {name: derive_filter(model, name) for name in names}
    meta = type("Meta", (), {"model": model, "fields": []})
    return type(f"{model.__name__}FilterSet", (BaseFilterSet,), {**filters, "Meta": meta})


@dataclass(frozen=True)
class Chip:
    """One active filter as the list shows it."""

    label: str
    text: str
    remove_query: str


def chips(filterset: Any, params: QueryDict) -> list[Chip]:
    """The active filters with the query that removes each."""
    if not filterset.form.is_valid():
        return []
    found = []
    for name, each in filterset.filters.items():
        value = filterset.form.cleaned_data.get(name)
        text = _describe(each, value)
        if text:
            found.append(Chip(str(each.label or name), text, _without(params, name)))
    if params.get("q"):
        found.append(Chip(_("Search"), str(params["q"]), _without(params, "q")))
    return found


def _describe(each: Any, value: Any) -> str:
    if value is None or value == "" or (hasattr(value, "__len__") and not len(value)):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, slice):
        return _range_text(value)
    if isinstance(value, models.QuerySet):
        return listed(value[:4])
    if isinstance(value, list | tuple):
        labels = dict(each.field.choices)
        return listed(labels.get(v, v) for v in value)
    return str(value)


def _range_text(value: slice) -> str:
    def show(end: Any) -> str:
        if end is None:
            return ""
        return short_date(end) if hasattr(end, "year") else money(end).removesuffix(".00")

    return f"{show(value.start)} – {show(value.stop)}".strip() if value.start or value.stop else ""


def _without(params: QueryDict, name: str) -> str:
    kept = [
        (key, v)
        for key, values in params.lists()
        for v in values
        if key not in {name, f"{name}_after", f"{name}_before", f"{name}_min", f"{name}_max", "after", "before", "last"}
    ]
    return urlencode(kept)
