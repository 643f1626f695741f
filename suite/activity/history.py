"""
Who changed which field of an object, from the history rows that triggers write (django-pghistory).

A history row is the whole object after a change; what changed is the difference to the row before. Sensitive
fields are left out for users who may not see them, and so are columns that only the program uses.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.activity.choices import StreamTab
from suite.activity.stream import Change, StreamEntry, StreamSource
from suite.core.text import listed
from suite.documents.status import StatusModel
from suite.masters.fields import DerivedField
from suite.pages.columns import quantity
from suite.pages.panels import hidden_fields

# Columns that only the program uses.
TECHNICAL = frozenset({"id", "version", "created_at", "updated_at", "search_text"})
TEXT_LENGTH = 160


def tracked_events(model: type[models.Model]) -> Any:
    """The table of history rows of a model, None when it keeps none."""
    found = set(getattr(model, "pgh_event_models", {}).values())
    return max(found, key=lambda events: len(events._meta.fields)) if found else None


def field_changes(obj: models.Model, user: User) -> StreamSource | None:
    """The changes of an object's fields as a source of its stream."""
    events = tracked_events(type(obj))
    if events is None:
        return None
    fields = visible_fields(type(obj), events, user)
    history = events.objects.filter(pgh_obj=obj.pk)
    # What a request writes to the object that it just made, as totals of its lines, is part of making it.
    made_with = history.filter(
        pgh_label="insert", pgh_context=OuterRef("pgh_context"), pgh_created_at=OuterRef("pgh_created_at")
    )
    # Names that no column has.
    rows = history.exclude(Exists(made_with), pgh_label="update").annotate(
        # When the work is about another moment than now (imports, demo data), its context or the new row says so.
        change_at=Coalesce(
            Cast(KeyTextTransform("at", "pgh_context__metadata"), DateTimeField()),
            Case(When(pgh_label="insert", then=F("created_at"))),
            F("pgh_created_at"),
        ),
        change_by=Cast(KeyTextTransform("user", "pgh_context__metadata"), models.BigIntegerField()),
        change_before=Subquery(history.filter(pgh_id__lt=OuterRef("pgh_id")).order_by("-pgh_id").values("pgh_id")[:1]),
    )

    def render(page: Sequence[Any]) -> list[StreamEntry | None]:
        return _entries(page, events, fields)

    return StreamSource("change", rows, render, at="change_at", tab=StreamTab.CHANGES)


def creation(obj: models.Model) -> StreamSource | None:
    """Who made an object that keeps no history, as a source of its stream; None when it does not say."""
    model = type(obj)
    if tracked_events(model) is not None or not hasattr(model, "created_by"):
        return None
    rows = model._base_manager.filter(pk=obj.pk).select_related("created_by")

    def render(page: Sequence[Any]) -> list[StreamEntry | None]:
        return [_made(row.created_by, row.created_at) for row in page]

    return StreamSource("change", rows, render, tab=StreamTab.CHANGES)


def _made(actor: User | None, at: datetime) -> StreamEntry:
    return StreamEntry(text=_("created this"), icon="plus", actor=actor, at=at, kind="change")


def visible_fields(model: type[models.Model], events: Any, user: Any) -> list[models.Field[Any, Any]]:
    """The fields of a model whose changes the user may see and understands."""
    hidden = hidden_fields(model, user) | TECHNICAL
    if issubclass(model, StatusModel):
        hidden |= {"status"}
    found = []
    for event_field in events._meta.fields:
        try:
            field = model._meta.get_field(event_field.name)
        except FieldDoesNotExist:
            continue
        if isinstance(field, models.Field) and field.name not in hidden and not isinstance(field, DerivedField):
            found.append(field)
    return found


def _entries(page: Sequence[Any], events: Any, fields: list[models.Field[Any, Any]]) -> list[StreamEntry | None]:
    before = events.objects.in_bulk([row.change_before for row in page if row.change_before is not None])
    for row in page:
        if row.change_by is None and row.pgh_label == "insert":
            row.change_by = getattr(row, "created_by_id", None)
    users = User.objects.in_bulk({row.change_by for row in page if row.change_by is not None})
    pairs = [(before.get(row.change_before), row) for row in page]
    changed = [
        [field for field in fields if old is not None and getattr(old, field.attname) != getattr(new, field.attname)]
        for old, new in pairs
    ]
    names = _related_names(pairs, changed)
    entries: list[StreamEntry | None] = []
    for (old, new), different in zip(pairs, changed, strict=True):
        common: dict[str, Any] = {"at": new.change_at, "actor": users.get(new.change_by), "kind": "change"}
        if old is None and new.pgh_label == "insert":
            entries.append(_made(common["actor"], common["at"]))
        elif different:
            changes = tuple(
                Change(_label(field), _shown(field, old, names), _shown(field, new, names)) for field in different
            )
            entries.append(StreamEntry(text=_("made changes"), icon="pencil", changes=changes, **common))
        else:
            entries.append(None)
    return entries


def _related_names(pairs: Sequence[tuple[Any, Any]], changed: Sequence[list[Any]]) -> dict[tuple[Any, Any], str]:
    """The names of all rows that changed fields point to, read with one query for each table."""
    wanted: dict[Any, set[Any]] = defaultdict(set)
    for (old, new), different in zip(pairs, changed, strict=True):
        for field in different:
            if field.remote_field is not None:
                wanted[field.related_model] |= {getattr(old, field.attname), getattr(new, field.attname)} - {None}
    return {
        (model, pk): str(row) for model, pks in wanted.items() for pk, row in model._base_manager.in_bulk(pks).items()
    }


def _label(field: models.Field[Any, Any]) -> str:
    return capfirst(str(field.verbose_name))


def _shown(field: Any, row: Any, names: dict[tuple[Any, Any], str]) -> str:
    value = getattr(row, field.attname)
    if value is None or value == "":
        return ""
    if field.remote_field is not None:
        return names.get((field.related_model, value), f"#{value}")
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list) and getattr(field, "base_field", None) is not None:
        labels = dict(field.base_field.flatchoices)
        return listed(labels.get(each, each) for each in value)
    return _plain(value)


def _plain(value: Any) -> str:
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case Decimal():
            return quantity(value)
        case datetime():
            return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
        case date():
            return f"{value:%Y-%m-%d}"
        case dict() | list():
            text = json.dumps(value, ensure_ascii=False, cls=DjangoJSONEncoder)
        case _:
            text = str(value)
    return Truncator(text).chars(TEXT_LENGTH)
