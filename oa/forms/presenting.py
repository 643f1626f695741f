"""Requests as they are read: every field with what was filled in, without what a step of the flow hides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from oa.flows.choices import TaskStatus
from oa.flows.definition import Step
from oa.flows.models import FlowTask
from oa.forms.choices import FieldKind
from oa.forms.filling import visible
from oa.forms.models import FormRequest
from oa.forms.references import Labels, labels_of
from oa.forms.schema import SHOWN, Column, FormField
from suite.pages.columns import money
from suite.pages.links import link_of
from suite.pages.panels import Panel

NOTHING = "—"


@dataclass(frozen=True)
class Card:
    """A part of what was filled in: facts, or the lines of a table with the sums of its figures."""

    title: str
    facts: list[tuple[str, Any, str]]
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    sums: tuple[str, ...] = ()


def hidden_keys(request: FormRequest, user: Any) -> frozenset[str]:
    """Return the fields that the steps at which a user has to decide do not show them; of the own request all show."""
    if request.initiator_id == user.pk:
        return frozenset()
    tasks = FlowTask.objects.filter(
        run__subject_type=ContentType.objects.get_for_model(FormRequest),
        run__subject_id=request.pk,
        person=user.pk,
        status=TaskStatus.PENDING,
    ).select_related("run__flow_version")
    places = [(task.run.flow_version.flow.places, task.node) for task in tasks]
    steps = [found[node].node for found, node in places if node in found]
    return frozenset(key for step in steps if isinstance(step, Step) for key in step.hidden)


def cards_of(request: FormRequest, user: Any) -> list[Card]:
    """Return what was filled in and a user is shown of it, section by section; a table is a card of its own."""
    form, data = request.form_version.form, request.data
    labels = labels_of(form, data)
    there = set(visible(form, data)) - hidden_keys(request, user)
    found: list[Card] = []
    for section in form.sections:
        card = Card(section.title, [])
        for field in section.fields:
            if field.key not in there or field.kind in SHOWN:
                continue
            if field.kind == FieldKind.TABLE:
                found += [card] if card.facts else []
                found.append(_table(field, data.get(field.key) or [], labels, user))
                card = Card("", [])
            else:
                card.facts.append((field.label, *_shown(field, data.get(field.key), labels, user)))
        found += [card] if card.facts else []
    return found


def _table(field: FormField, rows: list[Mapping[str, Any]], labels: Labels, user: Any) -> Card:
    cells = tuple(tuple(_shown(each, row.get(each.key), labels, user)[0] for each in field.columns) for row in rows)
    return Card(field.label, [], field.columns, cells, tuple(_sums(field, rows)) if len(rows) > 1 else ())


def _sums(field: FormField, rows: list[Mapping[str, Any]]) -> Iterator[str]:
    for each in field.columns:
        if each.kind in (FieldKind.MONEY, FieldKind.FORMULA):
            yield money(sum((Decimal(row.get(each.key) or 0) for row in rows), Decimal(0)), each.places)
        else:
            yield ""


def _shown(field: Column, value: Any, labels: Labels, user: Any) -> tuple[Any, str]:
    """The value as it is read, and the address of the page behind it."""
    if field.kind == FieldKind.YES_NO:
        return (_("Yes") if value else _("No")), ""
    if value in (None, "", []):
        return NOTHING, ""
    if field.kind == FieldKind.ATTACHMENT:
        return _files([labels.get((field.kind, pk)) for pk in value]), ""
    if isinstance(value, int):
        row = labels.get((field.kind, value))
        return conditional_escape(row or NOTHING), link_of(row, user)
    return conditional_escape(_text(field, value)), ""


def _text(field: Column, value: Any) -> Any:
    if field.is_figure:
        return money(Decimal(value), field.places)
    if field.kind == FieldKind.DATE:
        return date_format(date.fromisoformat(value), "Y-m-d")
    if field.kind == FieldKind.DATE_RANGE:
        return f"{value['from']} → {value['to']}"
    if field.kind == FieldKind.DATETIME:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M}"
    if field.kind == FieldKind.CHOICES:
        return " · ".join(value)
    if field.kind == FieldKind.LONG_TEXT:
        return format_html('<span class="text-prewrap">{}</span>', value)
    return value


def _files(found: list[Any]) -> SafeString:
    there = [file for file in found if file is not None and file.removed_at is None]
    links = ((reverse("activity:download", args=(file.pk,)), file.name) for file in there)
    return format_html_join(" ", '<a href="{}" target="_blank" rel="noopener">{}</a>', links) or SafeString(NOTHING)


class FilledIn(Panel):
    """Everything that was filled in; whoever has to decide sees it on their screen as well."""

    template = "oa/forms/_filled_in.html"
    is_for_decision = True

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        cards = cards_of(obj, user)
        return {"title": obj.template.name, "cards": cards} if cards else None
