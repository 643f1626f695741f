"""What stands on the left of a detail page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db import models
from django.utils.text import capfirst

from suite.core.reading import with_related
from suite.pages.columns import Column, derive, relations, renderer
from suite.pages.links import link_of


class Panel:
    """A card of the detail page."""

    template = ""
    title: Any = ""

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """Context of the template; None: the panel is left out."""
        raise NotImplementedError


@dataclass(init=False)
class Attributes(Panel):
    """Facts of the row, by field names or Columns."""

    template = "generic/panels/attributes.html"

    def __init__(self, *names: str | Column, title: Any = "") -> None:
        self.names = names
        self.title = title

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        hidden = pageset.hidden_fields(user)
        facts = []
        for declared in self.names:
            column = derive(type(obj), declared)
            if column.name.split("__")[0] in hidden:
                continue
            value = column.get(obj) if column.render is None else None
            facts.append((column.heading, renderer(column, type(obj))(obj), link_of(value, user)))
        return {"title": self.title, "facts": facts}


@dataclass(init=False)
class Children(Panel):
    """Rows that belong to the row: lines, contacts, addresses."""

    template = "generic/panels/children.html"

    def __init__(
        self,
        relation: str,
        *columns: str | Column,
        title: Any = "",
        note: Any = "",
        limit: int = 200,
        has_totals: bool = False,
        link: bool = False,
        create_label: Any = "",
        hides_empty: bool = False,
    ) -> None:
        self.relation, self.columns, self.title, self.note = relation, columns, title, note
        self.limit, self.has_totals, self.link, self.create_label = limit, has_totals, link, create_label
        self.hides_empty = hides_empty

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        from suite.access.restrict import restrict
        from suite.pages.registry import pageset_of

        manager = getattr(obj, self.relation)
        model = manager.model
        child = pageset_of(model)
        if child is not None and not child.is_available(user):
            return None
        hidden = child.hidden_fields(user) if child else hidden_fields(model, user)
        columns = [derive(model, c) for c in self.columns]
        columns = with_phone_roles([c for c in columns if c.name.split("__")[0] not in hidden])
        paths = set(relations(model, columns))
        if child is not None and any(c.render is not None for c in columns):
            # Code of the program looks at more of a row than its columns say.
            paths |= set(child.list_select)
        queryset = with_related(manager.all(), paths)
        if child is not None:
            queryset = child.annotate(restrict(queryset, user=user))
        rows = list(queryset[: self.limit + 1])
        if self.hides_empty and not rows:
            return None
        renderers = [(c, renderer(c, model)) for c in columns]
        return {
            "title": self.title or capfirst(str(model._meta.verbose_name_plural)),
            "note": self.note,
            "columns": columns,
            "rows": [
                {
                    "cells": [(c, render(row)) for c, render in renderers],
                    "url": row.get_absolute_url() if self.link else "",
                }
                for row in rows[: self.limit]
            ],
            "count": len(rows[: self.limit]),
            "is_cut": len(rows) > self.limit,
            "document": obj if self.has_totals else None,
            "create_url": self._create_url(obj, child, user),
            "create_label": self.create_label,
        }

    def _create_url(self, obj: Any, child: Any, user: Any) -> str:
        if child is None or not self.create_label or not child.may(user, "add"):
            return ""
        field = type(obj)._meta.get_field(self.relation)
        return f"{child.url('create')}?{field.field.name}={obj.pk}"


def with_phone_roles(columns: list[Column]) -> list[Column]:
    """Let a phone show the first column at the start and, unless another one stands there, the last one at the end."""
    roles = [column.phone for column in columns]
    if roles and roles[0] == "p-no":
        roles[0] = "p-start"
    if "p-end" not in roles and roles[-1:] == ["p-no"]:
        roles[-1] = "p-end"
    return [replace(column, phone=role) for column, role in zip(columns, roles, strict=True)]


def hidden_fields(model: type[models.Model], user: Any) -> frozenset[str]:
    """Sensitive fields of a model that the user may not see."""
    needed = sensitive_actions(model)
    if user is None:
        return frozenset()
    meta = model._meta
    held = {each for each in set(needed.values()) if user.has_perm(f"{meta.app_label}.{each}_{meta.model_name}")}
    return frozenset(name for name, action in needed.items() if action not in held)


def sensitive_actions(model: type[models.Model]) -> dict[str, str]:
    """The sensitive fields of a model with the action part of the permission that each needs."""
    own: Mapping[str, str] = getattr(model, "own_permissions", {})
    return {name: own.get(name, "view_sensitive") for name in getattr(model, "sensitive_fields", ())}
