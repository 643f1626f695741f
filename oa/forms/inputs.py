"""Forms as pages show them: controls for every field, and what was entered in them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.forms.formsets import ManagementForm
from django.forms.utils import ErrorDict, ErrorList
from django.utils.html import conditional_escape
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oa.forms.choices import FieldKind
from oa.forms.filling import Errors, visible
from oa.forms.references import MODELS
from oa.forms.schema import Column, FormField, Schema
from suite.activity.models import Attachment
from suite.pages.forms import DateInput, DateTimeInput, DecimalField, restrict_choices, style

FIELD, TABLE = "f", "t"
MOST_LINES = 1000


@dataclass(frozen=True)
class Control:
    """
    One field on the page.

    :ivar what: ``input``, ``output``, ``heading``, ``note`` or ``files``.
    """

    what: str
    field: FormField
    inputs: tuple[Any, ...] = ()
    name: str = ""
    value: Any = ""
    files: Sequence[Attachment] = ()
    error: str = ""
    is_shown: bool = True


class Shown(forms.Form):
    """Controls with values, and what was found wrong with them; it judges nothing itself."""

    def __init__(
        self, controls: Mapping[str, forms.Field], values: Mapping[str, Any], *, prefix: str, wrong: Errors
    ) -> None:
        super().__init__(initial=dict(values), prefix=prefix)
        self.fields.update(controls)
        first = next(iter(self.fields))
        self.wrong = {key if key in self.fields else first: ErrorList([text]) for key, text in wrong.items()}
        style(self)
        for key in self.wrong:
            attrs = self.fields[key].widget.attrs
            attrs.update({"class": f"{attrs.get('class', '')} is-invalid".strip(), "aria-invalid": "true"})

    @property
    def errors(self) -> ErrorDict:
        return ErrorDict(self.wrong)


@dataclass(frozen=True)
class Grid:
    """The lines of a table, as the line grid shows them."""

    prefix: str
    minimum: int
    forms: list[Shown]
    empty_form: Shown
    management_form: ManagementForm
    non_form_errors: list[str]


@dataclass(frozen=True)
class LineSpec:
    """What the line grid asks about its lines."""

    title: str
    has_totals: bool = False
    fills: None = None
    has_advice: bool = False


@dataclass(frozen=True)
class Block:
    """A card of the page: controls, or one table."""

    title: str
    controls: list[Control] = field(default_factory=list)
    lines: Grid | None = None
    line_spec: LineSpec | None = None
    key: str = ""
    is_shown: bool = True


@dataclass(frozen=True)
class Entered:
    """
    What was entered.

    :ivar data: as it came, by key.
    :ivar files: new files by key.
    :ivar places: for each table the numbers of its lines on the page.
    """

    data: dict[str, Any]
    files: dict[str, list[Any]]
    places: dict[str, list[int]]


def read_entered(schema: Schema, post: Any, files: Any, *, only: Collection[str] | None = None) -> Entered:
    """
    Return what was entered on the page of a form.

    :param only: keys of the fields on the page; all when left out.
    """
    found = Entered({}, {}, {})
    for key, each in schema.fields.items():
        if only is not None and key not in only:
            continue
        name = f"{FIELD}-{key}"
        if each.kind == FieldKind.TABLE:
            rows = list(_read_rows(each, post))
            found.data[key], found.places[key] = [row for _place, row in rows], [place for place, _row in rows]
        elif each.kind == FieldKind.DATE_RANGE:
            found.data[key] = {part: post.get(f"{name}-{part}", "") for part in ("from", "to")}
        elif each.kind in (FieldKind.CHOICES, FieldKind.ATTACHMENT):
            found.data[key] = post.getlist(name)
            found.files[key] = files.getlist(f"{name}-new")
        elif each.kind not in (FieldKind.FORMULA, FieldKind.HEADING, FieldKind.NOTE):
            found.data[key] = post.get(name, "")
    given = {key: each for key, each in found.files.items() if each}
    return Entered(found.data, given, found.places)


def answer_to(
    schema: Schema, clean: Mapping[str, Any], entered: Entered, *, only: Collection[str] | None = None
) -> dict[str, Any]:
    """
    Return what a page shows after something was entered: values by name of the control, and the fields there.

    :param only: keys of the fields on the page; all when left out.
    """
    there = schema.fields if only is None else only
    values = {f"{FIELD}-{key}": clean.get(key) or "" for key in schema.formulas if key in there}
    for key, places in entered.places.items():
        for place, row in zip(places, clean.get(key) or (), strict=False):
            values |= {f"{TABLE}-{key}-{place}-{name}": row[name] or "" for name in schema.column_formulas[key]}
    return {"values": values, "shown": [key for key in visible(schema, clean) if key in there]}


def _read_rows(table: FormField, post: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    prefix = f"{TABLE}-{table.key}"
    total = post.get(f"{prefix}-TOTAL_FORMS", "")
    for place in range(min(int(total), MOST_LINES) if total.isdecimal() else 0):
        if f"{prefix}-{place}-DELETE" not in post:
            columns = (column for column in table.columns if column.kind != FieldKind.FORMULA)
            row = {column.key: post.get(f"{prefix}-{place}-{column.key}", "") for column in columns}
            if any(row.values()):
                yield place, row


def blocks_of(
    schema: Schema,
    data: Mapping[str, Any],
    *,
    user: Any,
    errors: Errors | None = None,
    shown: Mapping[str, Any] | None = None,
    only: Collection[str] | None = None,
) -> list[Block]:
    """
    Return the cards of a form's page.

    :param data: what stands in the fields: as entered, or clean.
    :param shown: clean data that say which fields are there; ``data`` when left out.
    :param only: keys of the fields on the page; all when left out.
    """
    wrong = errors or {}
    there = set(visible(schema, data if shown is None else shown))
    files = _files(schema, data)
    found: list[Block] = []
    for section in schema.sections:
        block = Block(section.title)
        for each in section.fields:
            if only is not None and each.key not in only:
                continue
            if each.kind == FieldKind.TABLE:
                found += [block] if block.controls else []
                grid = _grid(each, data.get(each.key) or [], wrong, user)
                spec = LineSpec(each.label)
                found.append(Block("", lines=grid, line_spec=spec, key=each.key, is_shown=each.key in there))
                block = Block("")
            else:
                block.controls.append(_control(each, data, wrong, user, there, files))
        found += [block] if block.controls else []
    return found


def _files(schema: Schema, data: Mapping[str, Any]) -> dict[int, Attachment]:
    keys = [key for key, each in schema.fields.items() if each.kind == FieldKind.ATTACHMENT]
    wanted = [int(pk) for key in keys for pk in data.get(key) or () if str(pk).isdecimal() and len(str(pk)) < 19]
    return Attachment.objects.in_bulk(wanted) if wanted else {}


def _control(
    each: FormField,
    data: Mapping[str, Any],
    errors: Errors,
    user: Any,
    there: set[str],
    files: Mapping[int, Attachment],
) -> Control:
    is_shown, name, value = each.key in there, f"{FIELD}-{each.key}", data.get(each.key)
    if each.kind == FieldKind.HEADING:
        return Control("heading", each, is_shown=is_shown)
    if each.kind == FieldKind.NOTE:
        return Control("note", each, is_shown=is_shown)
    if each.kind == FieldKind.FORMULA:
        return Control("output", each, name=name, value=value or "", error=errors.get(each.key, ""), is_shown=is_shown)
    if each.kind == FieldKind.ATTACHMENT:
        kept = [files[int(pk)] for pk in value or () if str(pk).isdecimal() and int(pk) in files]
        return Control("files", each, name=name, files=kept, error=errors.get(each.key, ""), is_shown=is_shown)
    wrong = {each.key: errors[each.key]} if each.key in errors else {}
    form = Shown(dict(_fields(each, user)), _initial(each, value), prefix=FIELD, wrong=wrong)
    return Control("input", each, inputs=tuple(form), is_shown=is_shown)


def _initial(each: FormField, value: Any) -> dict[str, Any]:
    if each.kind == FieldKind.DATE_RANGE:
        parts = value or {}
        return {f"{each.key}-{part}": parts.get(part, "") for part in ("from", "to")}
    return {each.key: value}


def _fields(each: FormField, user: Any) -> Iterator[tuple[str, forms.Field]]:
    if each.kind == FieldKind.DATE_RANGE:
        parts = {"from": pgettext("form", "from"), "to": pgettext("form", "to")}
        for part, word in parts.items():
            yield f"{each.key}-{part}", _field(each, user, label=f"{each.label} · {word}")
    else:
        yield each.key, _field(each, user, label=each.label)


def _field(each: Column, user: Any, *, label: str) -> forms.Field:
    """The control of a field; what is entered is judged by the form, never by it."""
    common: dict[str, Any] = {"label": label, "required": each.required, "help_text": _safe(each.help)}
    if each.kind in MODELS:
        chosen = forms.ModelChoiceField(MODELS[each.kind]._default_manager.all(), **common)
        restrict_choices(chosen, user=user)
        return chosen
    if each.kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        options = [(choice, choice) for choice in each.choices]
        if each.kind == FieldKind.CHOICE:
            return forms.ChoiceField(choices=[("", ""), *options], **common)
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple(), **common)
    if each.kind == FieldKind.YES_NO:
        return forms.BooleanField(**common)
    if each.is_figure:
        return _figure(each, common)
    return forms.CharField(widget=_widget(each.kind), **common)


def _figure(each: Column, common: dict[str, Any]) -> forms.Field:
    found = DecimalField(**common)
    if each.kind == FieldKind.FORMULA:
        found.widget.attrs.update(readonly=True, tabindex="-1")
    return found


def _widget(kind: FieldKind) -> forms.Widget:
    if kind in (FieldKind.DATE, FieldKind.DATE_RANGE):
        return DateInput()
    if kind == FieldKind.DATETIME:
        return DateTimeInput()
    if kind == FieldKind.TIME:
        return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    if kind == FieldKind.LONG_TEXT:
        return forms.Textarea(attrs={"rows": 3})
    return forms.TextInput(attrs={"maxlength": 200})


def _safe(text: str) -> str:
    """Help as the field's template shows it, which takes it for markup."""
    return str(conditional_escape(text))


def _grid(table: FormField, rows: Sequence[Any], errors: Errors, user: Any) -> Grid:
    prefix = f"{TABLE}-{table.key}"
    least = max(table.least_rows, 1)
    lines = [row if isinstance(row, Mapping) else {} for row in rows][:MOST_LINES]
    lines += [{}] * (least - len(lines))
    found = [_line(table, f"{prefix}-{place}", row, _errors_at(errors, table.key, place), user)
             for place, row in enumerate(lines)]  # fmt: skip
    counts = {"TOTAL_FORMS": len(found), "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": MOST_LINES}
    return Grid(
        prefix=prefix,
        minimum=least,
        forms=found,
        empty_form=_line(table, f"{prefix}-__prefix__", {}, {}, user),
        management_form=ManagementForm(auto_id="id_%s", prefix=prefix, initial=counts),
        non_form_errors=[errors[table.key]] if table.key in errors else [],
    )


def _errors_at(errors: Errors, key: str, place: int) -> Errors:
    start = f"{key}.{place}."
    return {path.removeprefix(start): text for path, text in errors.items() if path.startswith(start)}


def _line(table: FormField, prefix: str, row: Mapping[str, Any], errors: Errors, user: Any) -> Shown:
    fields = {column.key: _field(column, user, label=column.label) for column in table.columns}
    form = Shown(fields, row, prefix=prefix, wrong=errors)
    form.fields["DELETE"] = forms.BooleanField(label=_("Delete"), required=False)
    return form
