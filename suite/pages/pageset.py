"""
One declaration for each object type.

A PageSet says which columns, filters, panels and actions an object type has; the views of this
package compose its pages and its API from that. Whatever is not declared is derived from the model.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.text import capfirst, slugify

from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.core.reading import with_related
from suite.modules import state
from suite.modules.registry import Module, registry
from suite.pages.actions import Action
from suite.pages.columns import Column, derive, relations
from suite.pages.filters import derive_filterset
from suite.pages.forms import flat_names, model_form
from suite.pages.lines import Lines
from suite.pages.panels import Attributes, Panel, hidden_fields, sensitive_actions
from suite.pages.prints import Print
from suite.pages.registry import added_actions

Text = str | Promise


@dataclass(frozen=True)
class View:
    """A built-in view of a list: a tab with filters, e.g. ``View(_("Mine"), "owner=me")``."""

    title: Text
    query: str
    is_hot: bool = False


@dataclass(frozen=True)
class Kanban:
    """
    A board: one lane for each stage, a card for each row.

    :param lanes: function of the user giving (key, title, tone, percent or None) in order.
    :param lane_of: lookup of the lane key on a row.
    :param move: service ``move(<row>=…, lane=key, actor=…, at=…)``.
    :param card: template of a card, gets ``row``.
    :param amount: field summed up in the head of a lane.
    :param needs: function of (row, lane key) giving the action slug that must ask first, or "".
    """

    lanes: Callable[[Any], Sequence[Any]]
    lane_of: str
    move: Callable[..., Any]
    card: str
    amount: str = ""
    permission: str = "change"
    needs: Callable[[Any, str], str] | None = None
    limit: int = 50
    summary: Callable[[Any, Any], dict[str, Any]] | None = None


@dataclass(frozen=True)
class Tree:
    """A tree of rows by their parent."""

    parent: str = "parent"
    label: Callable[[Any], Any] | None = None


class PageSet:
    """
    The pages and API of one object type.

    Nothing here says who may see rows: that is the model's ``scope``.
    """

    model: ClassVar[Any]
    icon: ClassVar[str] = "file"
    slug: ClassVar[str] = ""
    description: ClassVar[Text] = ""
    columns: ClassVar[Sequence[str | Column]] = ()
    optional_columns: ClassVar[Sequence[str | Column]] = ()
    filters: ClassVar[Sequence[str]] = ()
    filterset: ClassVar[type[django_filters.FilterSet] | None] = None
    ordering: ClassVar[str] = "-pk"
    views: ClassVar[Sequence[View]] = ()
    panels: ClassVar[Sequence[Panel]] = ()
    summary: ClassVar[Sequence[str | Column]] = ()
    actions: ClassVar[Sequence[Action]] = ()
    fields: ClassVar[Sequence[Any]] = ()
    form: ClassVar[type[forms.ModelForm[Any]] | None] = None
    # A template above the fields of the form, for what is said while it is filled in.
    form_notice: ClassVar[str] = ""
    lines: ClassVar[Lines | None] = None
    bulk_fields: ClassVar[Sequence[str]] = ()
    totals: ClassVar[Sequence[str]] = ()
    currency_note: ClassVar[Text] = ""
    kanban: ClassVar[Kanban | None] = None
    tree: ClassVar[Tree | None] = None
    starts_as: ClassVar[str] = "list"
    create_service: ClassVar[Callable[..., Any] | None] = None
    update_service: ClassVar[Callable[..., Any] | None] = None
    delete_service: ClassVar[Callable[..., Any] | None] = None
    operations: ClassVar[frozenset[str]] = frozenset({"add", "change", "delete"})
    editable_states: ClassVar[frozenset[str] | set[str] | None] = None
    import_fields: ClassVar[Sequence[str]] = ()
    import_key: ClassVar[str] = ""
    import_service: ClassVar[Callable[..., Any] | None] = None
    # The object type whose import brings rows of this one, e.g. opening stock for stock on hand.
    imported_as: ClassVar[str] = ""
    # Columns that say how to import and are kept nowhere: how their values are read.
    import_options: ClassVar[Mapping[str, forms.Field]] = {}
    # Fields that the import service fills where a row leaves them empty.
    import_filled: ClassVar[Collection[str]] = ()
    # What columns are also called in the files of others, by imported name.
    import_headings: ClassVar[Mapping[str, Sequence[str]]] = {}
    # The paper at …/print/, and further papers and labels by their name in URLs.
    print_template: ClassVar[str] = ""
    prints: ClassVar[Mapping[str, Print]] = {}
    # Permissions beside those of the operations and actions: code → what it allows, for the role page.
    permissions: ClassVar[Mapping[str, Any]] = {}
    is_searchable: ClassVar[bool] = False
    is_small: ClassVar[bool] = False
    has_activity: ClassVar[bool] = True
    phone_columns: ClassVar[Sequence[str]] = ()
    list_select: ClassVar[Sequence[str]] = ()

    # -- names ---------------------------------------------------------------------------------

    @cached_property
    def module(self) -> Module:
        """The module whose folder the declaration stands in."""
        return registry.owner(type(self).__module__)

    @property
    def title(self) -> str:
        return str(self.model._meta.verbose_name)

    @property
    def title_plural(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @cached_property
    def app_label(self) -> str:
        return str(self.model._meta.app_label)

    @cached_property
    def name(self) -> str:
        return str(self.model._meta.model_name)

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows, locked to be acted on; overridden where services lock in an order of their own."""
        return queryset.select_for_update(of=("self",))

    @cached_property
    def path(self) -> str:
        """The object type's segment in URLs, e.g. ``sales-orders``."""
        if self.slug:
            return self.slug
        words = "".join(f" {c}" if c.isupper() else c for c in self.model.__name__)
        base = slugify(words)
        if base.endswith("y") and base[-2] not in "aeiou":
            return f"{base[:-1]}ies"
        return base + ("es" if base.endswith(("s", "x", "ch")) else "s")

    def url(self, view: str, *args: Any) -> str:
        """Address of one of its pages: list, create, detail, edit, …"""
        return reverse(f"{self.app_label}:{self.name}-{view}", args=args)

    # -- permission ----------------------------------------------------------------------------

    def permission(self, action: str) -> str:
        return model_permission(self.model, action)

    def may(self, user: Any, action: str) -> bool:
        """Whether the user may do this at all (on rows: ``queryset(user, action)``)."""
        operation = {"add": "add", "change": "change", "delete": "delete"}.get(action)
        if operation and operation not in self.operations:
            return False
        return bool(user.has_perm(self.permission(action)))

    def is_available(self, user: Any) -> bool:
        """Whether the pages exist for the user now."""
        return state.is_enabled(self.module) and self.may(user, "view")

    def hidden_fields(self, user: Any) -> frozenset[str]:
        return hidden_fields(self.model, user)

    def all_actions(self) -> list[Action]:
        """Its own actions and those other systems added."""
        return [*self.actions, *added_actions(self.model)]

    def actions_for(self, user: Any) -> list[Action]:
        return [a for a in self.all_actions() if a.is_offered(self.model, user)]

    def action_named(self, slug: str) -> Action | None:
        return next((a for a in self.all_actions() if a.slug == slug), None)

    def permission_actions(self) -> list[str]:
        """Every action part of a permission that this object type knows."""
        standard = ["view", *sorted(self.operations), "export"]
        if self.is_importable:
            standard.append("import")
        standard += sorted(set(sensitive_actions(self.model).values()))
        own = [*(a.permission for a in self.all_actions()), *self.permissions]
        return list(dict.fromkeys([*standard, *own]))

    @property
    def is_importable(self) -> bool:
        return bool(self.import_fields or self.import_service)

    def all_prints(self) -> dict[str, Print]:
        """Its papers and labels by name; that of ``print_template`` has none."""
        main = {"": Print(capfirst(self.title), self.print_template)} if self.print_template else {}
        return {**main, **self.prints}

    # -- rows ----------------------------------------------------------------------------------

    def queryset(self, user: Any, action: str = "view") -> QuerySet[Any]:
        """Rows on which the user may do ``action``."""
        return restrict(self.model._default_manager.all(), user=user, action=action)

    @property
    def is_plain(self) -> bool:
        """Whether its rows are those that the user reaches, with nothing added."""
        return type(self).queryset is PageSet.queryset and type(self).annotate is PageSet.annotate

    def choices(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Rows a user may choose in forms and filters."""
        return queryset if user is None else restrict(queryset, user=user)

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add what columns, cards and detail need beyond the fields."""
        return queryset

    def listed(self, user: Any, action: str = "view") -> QuerySet[Any]:
        """Rows as the list shows them."""
        columns = self.list_columns(user)
        paths = {*relations(self.model, columns), *self.list_select}
        queryset = self.annotate(self.queryset(user, action))
        return with_related(queryset, paths)

    def list_columns(self, user: Any, chosen: Sequence[str] = ()) -> list[Column]:
        """Columns of the list in the user's order, without sensitive ones they may not see."""
        hidden = self.hidden_fields(user)
        known = {c.name: c for c in self.every_column() if c.name.split("__")[0] not in hidden and c.name not in hidden}
        first = next(iter(known), None)
        names = [n for n in chosen if n in known] or [n for n, c in known.items() if not c.is_optional]
        if first is not None and first not in names:
            names.insert(0, first)
        return [known[name] for name in names]

    def every_column(self) -> list[Column]:
        """All columns, the optional ones last."""
        return self._every_column

    @cached_property
    def _every_column(self) -> list[Column]:
        from dataclasses import replace

        shown = [derive(self.model, c) for c in (self.columns or ("pk",))]
        more = [replace(derive(self.model, c), is_optional=True) for c in self.optional_columns]
        return [*shown, *more]

    def filterset_class(self) -> type[django_filters.FilterSet]:
        return self._filterset_class

    @cached_property
    def _filterset_class(self) -> type[django_filters.FilterSet]:
        return self.filterset or derive_filterset(self.model, self.filters)

    def list_top(self, user: Any) -> tuple[str, dict[str, Any]] | None:
        """(template, context) of what stands above the list, None for nothing."""
        return None

    def subtitle(self, obj: Any) -> Any:
        """Small second line below the first column."""
        return ""

    def heading(self, obj: Any) -> tuple[Any, Any]:
        """(small line, title) of the detail page."""
        number = getattr(obj, "number", "") or getattr(obj, "code", "")
        return (number, str(obj)) if str(number) != str(obj) else ("", number)

    def amount(self, obj: Any) -> tuple[Any, Any] | None:
        """(amount, what it is) beside the title of the detail page."""
        return None

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        """(title, sub, badge) in search results and async selects."""
        small, title = self.heading(obj)
        return title, small, ""

    def lookup_data(self, obj: Any) -> dict[str, Any]:
        """What a chosen row fills into other fields of a line grid."""
        return {}

    def badges(self, obj: Any) -> list[Any]:
        """Further badges beside the status."""
        return []

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        """Rows as the detail page needs them."""
        declared = [name for panel in self.panels if isinstance(panel, Attributes) for name in panel.names]
        columns = [derive(self.model, c) for c in (*declared, *self.summary)]
        paths = relations(self.model, columns)
        queryset = self.annotate(self.queryset(user))
        return with_related(queryset, paths)

    # -- forms ---------------------------------------------------------------------------------

    def form_fields(self) -> list[str]:
        return flat_names(self.fields)

    def fieldsets(self) -> list[tuple[Text, list[str]]]:
        """Groups of the form: (title, field names)."""
        groups: list[tuple[Text, list[str]]] = []
        for each in self.fields:
            if isinstance(each, str):
                if not groups or groups[-1][0] != "":
                    groups.append(("", []))
                groups[-1][1].append(each)
            else:
                groups.append((each[0], list(each[1])))
        return groups

    def form_class(self, user: Any) -> type[Any]:
        hidden = self.hidden_fields(user)
        names = [n for n in self.form_fields() if n not in hidden]
        declared = set(self.form.declared_fields) if self.form else set()
        model_names = [n for n in names if n not in declared]
        base = {"base": self.form} if self.form else {}
        return model_form(self.model, model_names, user=user, **base)

    def initial(self, request: Any) -> dict[str, Any]:
        """Defaults of the create form."""
        return {}

    def line_initial(self, request: Any) -> list[dict[str, Any]]:
        """Lines that a new document starts with."""
        return []

    def why_not_editable(self, obj: Any, user: Any) -> str:
        """Why the row cannot be edited now, empty when it can."""
        if self.editable_states is not None and obj.status not in self.editable_states:
            from django.utils.translation import gettext as _

            return _("Not possible in the state “%(state)s”.") % {"state": obj.get_status_display()}
        return ""

    def create(self, form: Any, *, lines: Any, actor: Any, at: datetime) -> Any:
        """Create a row: by the declared service, else by the form."""
        service = type(self).create_service
        if service is not None:
            return _call(service, form.cleaned_data, lines, actor=actor, at=at)
        obj = form.save(commit=False)
        self._own(obj, form, actor)
        obj.save()
        form.save_m2m()
        return obj

    def update(self, obj: Any, form: Any, *, lines: Any, actor: Any, at: datetime) -> Any:
        """Change a row: by the declared service, else by the form."""
        service = type(self).update_service
        if service is not None:
            fresh = self.model._default_manager.get(pk=obj.pk)
            more = {"expected_version": obj.version} if _checks_version(service) else {}
            return _call(service, form.cleaned_data, lines, actor=actor, at=at, **{self.name: fresh}, **more)
        return form.save()

    def delete(self, obj: Any, *, actor: Any, at: datetime) -> None:
        """Delete a row."""
        service = type(self).delete_service
        if service is not None:
            service(**{self.name: obj}, actor=actor, at=at)
        else:
            obj.delete()

    def _own(self, obj: Any, form: Any, actor: Any) -> None:
        for name in ("owner", "created_by"):
            if name not in form.cleaned_data and hasattr(type(obj), name) and getattr(obj, f"{name}_id") is None:
                setattr(obj, name, actor)


def _checks_version(service: Callable[..., Any]) -> bool:
    """Whether a service refuses rows that changed since they were read, as where it locks in an order of its own."""
    return "expected_version" in inspect.signature(service).parameters


def _call(service: Callable[..., Any], cleaned: dict[str, Any], lines: Any, **more: Any) -> Any:
    arguments = dict(cleaned)
    if lines is not None:
        arguments["lines"] = lines
    return service(**arguments, **more)
