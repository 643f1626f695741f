"""The fields that a file can fill, and which column of the file fills which."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from suite.core.text import listed
from suite.pages.exchange.children import ChildField, child_field
from suite.pages.exchange.parsing import fold
from suite.pages.exchange.reading import Sheet
from suite.pages.forms import form_field as form_field_of
from suite.pages.forms import model_form, restrict_choices
from suite.pages.panels import hidden_fields

if TYPE_CHECKING:
    from suite.pages.pageset import PageSet

# Other headings under which the usual fields come, in Chinese and English.
USUAL_HEADINGS: dict[str, tuple[str, ...]] = {
    "code": ("编码", "编号", "代码", "code", "no", "number"),
    "number": ("编号", "单号", "编码", "no", "number", "code"),
    "name": ("名称", "全称", "姓名", "name", "full name"),
    "short_name": ("简称", "short name", "abbreviation"),
    "spec": ("规格", "规格型号", "型号", "spec", "specification", "model"),
    "phone": ("电话", "联系电话", "座机", "phone", "tel", "telephone"),
    "mobile": ("手机", "手机号", "手机号码", "mobile", "cell phone"),
    "email": ("邮箱", "电子邮箱", "电子邮件", "email", "e-mail", "email address"),
    "website": ("网址", "网站", "官网", "website", "home page"),
    "uscc": ("统一社会信用代码", "税号", "纳税人识别号", "uscc"),
    "country": ("国家", "国家地区", "country"),
    "region": ("省", "省份", "province", "state", "region"),
    "city": ("市", "城市", "city"),
    "note": ("备注", "说明", "note", "notes", "remark", "remarks"),
    "owner": ("负责人", "业务员", "销售", "owner", "sales person"),
    "list_price": ("单价", "价格", "标准价", "list price", "price", "unit price"),
    "base_unit": ("单位", "计量单位", "unit", "uom"),
    "category": ("分类", "类别", "category"),
    "is_active": ("启用", "有效", "active", "enabled"),
    "barcode": ("条码", "条形码", "barcode", "ean"),
}
# The heading stands in one of the first rows; titles may stand above it.
HEADING_WITHIN = 10
# Marks a field that has the same value in all rows, in what a person assigned.
CONSTANT = "="
COUNTRY_CODE_LENGTH = 2

_SPLIT_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOISE = re.compile(r"[\s_*＊:：.#]+")
_BRACKETS = re.compile(r"[(\[【（].*?[)\]】）]")


@dataclass(frozen=True)
class ImportField:
    """
    One field that a file can fill.

    :param form_field: cleans the values; a relation's query set holds the rows the user may choose.
    :param model_field: the field of the model, None for one that only the form declares.
    :param path: lookup of its value on a row, "" when only the form knows it.
    :param headings: what its column may be called, normalised.
    :param child: set when it is a field of a row below, e.g. of one of the contacts.
    :param is_numbered: new rows get it by themselves when it is empty.
    :param key_default: what an empty cell of a part of a key of several fields means; None: it means nothing.
    :param is_filled: the service that imports fills it when it is empty.
    :param is_option: it says how to import and is kept nowhere.
    """

    name: str
    label: str
    form_field: forms.Field
    model_field: models.Field[Any, Any] | None
    path: str
    is_key: bool
    headings: frozenset[str] = field(repr=False)
    child: ChildField | None = None
    is_numbered: bool = False
    key_default: Any = None
    is_filled: bool = False
    is_option: bool = False

    @property
    def is_relation(self) -> bool:
        return isinstance(self.form_field, forms.ModelChoiceField)

    @property
    def is_multiple(self) -> bool:
        return isinstance(self.form_field, forms.ModelMultipleChoiceField)

    @property
    def is_country(self) -> bool:
        """Whether it holds the ISO code of a country."""
        own = self.model_field
        return own is not None and own.name == "country" and own.max_length == COUNTRY_CODE_LENGTH

    @property
    def has_default(self) -> bool:
        """Whether an empty cell leaves the value to the model, because the field cannot be empty."""
        if isinstance(self.form_field, forms.BooleanField):
            return True
        own = self.model_field
        # Whoever imports owns what nobody else is named for, as on the page for a new row.
        if own is not None and own.name == "owner":
            return True
        return own is not None and own.has_default() and not (own.null or own.blank)

    @property
    def is_required(self) -> bool:
        """Whether a new row must have a value."""
        comes_by_itself = self.has_default or self.is_numbered or self.is_filled or self.child is not None
        return bool(self.form_field.required) and not comes_by_itself


def normalize_heading(text: Any) -> str:
    """A heading as it is compared: without marks, brackets and blanks, ``UnitPrice`` like ``unit price``."""
    plain = _BRACKETS.sub("", _SPLIT_CAMEL.sub(" ", str(text)))
    return _NOISE.sub("", fold(plain) or fold(text))


def key_names(pageset: PageSet) -> tuple[str, ...]:
    """The fields that tell the rows of an object type apart; several are separated by blanks."""
    return tuple(pageset.import_key.split())


def import_fields(pageset: PageSet, user: Any) -> list[ImportField]:
    """
    The fields of an object type that a user may import, in the declared order.

    A name is a field of the model, one that the form declares, a field of the row that it extends one-to-one (see
    :class:`ExtensionForm`), or of one of the rows below: ``contact_name`` of its ``contacts``.

    :raises ImproperlyConfigured: when a declared name is none of these, or the natural key is not imported.
    """
    hidden = pageset.hidden_fields(user)
    keys = key_names(pageset)
    missing = set(keys) - set(pageset.import_fields)
    if missing:
        raise ImproperlyConfigured(f"{type(pageset).__name__}.import_key names {', '.join(missing)}: not imported")
    found = []
    for name, source in _sources(pageset, user).items():
        own = source.model_field
        if name in hidden or (own is not None and own.name in hidden_fields(own.model, user)):
            continue
        found.append(
            ImportField(
                name=name,
                label=_label(source),
                form_field=source.form_field,
                model_field=own,
                path=source.path,
                is_key=name in keys,
                headings=_headings(pageset, name, source),
                child=source.child,
                is_numbered=keys == (name,) and _numbers_itself(pageset),
                key_default=_key_default(own) if name in keys and len(keys) > 1 else None,
                is_filled=name in pageset.import_filled,
                is_option=name in pageset.import_options,
            )
        )
    return found


class _Source(NamedTuple):
    """Where the name of an imported field leads."""

    form_field: forms.Field
    model_field: models.Field[Any, Any] | None
    path: str
    child: ChildField | None = None


def _key_default(own: models.Field[Any, Any] | None) -> Any:
    """What a key of several fields takes for a part that is left out: a default, or no text where there may be none."""
    if own is None or own.is_relation or not (own.has_default() or (own.blank and own.empty_strings_allowed)):
        return None
    return own.get_default()


def _sources(pageset: PageSet, user: Any) -> dict[str, _Source]:
    model = pageset.model
    extended = getattr(pageset.form, "extended", "")
    base: Any = model._meta.get_field(extended).related_model if extended else None
    own = {name: each for name in pageset.import_fields if (each := _model_field(model, name)) is not None}
    declared = _declared_fields(pageset, user)
    derived = _model_fields(model, [n for n in own if n not in declared], user)
    sources: dict[str, _Source] = {}
    for name in pageset.import_fields:
        outer = _model_field(base, name) if base is not None else None
        outer_path = f"{extended}__{name}" if outer is not None else ""
        if name in pageset.import_options:
            sources[name] = _Source(_copy(pageset.import_options[name], user), None, "")
        elif name in derived:
            sources[name] = _Source(derived[name], own[name], name)
        elif name in declared:
            sources[name] = _Source(declared[name], own.get(name) or outer, name if name in own else outer_path)
        elif outer is not None and (made := form_field_of(outer, user=user)) is not None:
            sources[name] = _Source(made, outer, outer_path)
        else:
            sources[name] = _child_source(pageset, name, extended, user)
    return sources


def _declared_fields(pageset: PageSet, user: Any) -> dict[str, forms.Field]:
    """The fields of a declared form, offering what the form itself offers to the user, e.g. the own customers."""
    base: Any = pageset.form
    if not getattr(base, "base_fields", None):
        return {}
    names = [name for name in base.base_fields if name not in base.declared_fields]
    form: Any = model_form(pageset.model, names, user=user, base=base)
    return dict(form(user=user).fields)


def _child_source(pageset: PageSet, name: str, extended: str, user: Any) -> _Source:
    base: Any = pageset.model._meta.get_field(extended).related_model if extended else None
    child = child_field(pageset.model, name) or (child_field(base, name, extended) if base is not None else None)
    made = form_field_of(child.field, user=user) if child is not None else None
    if child is None or made is None or type(pageset).import_service is None:
        raise ImproperlyConfigured(f"{type(pageset).__name__}.import_fields names {name}, which cannot be imported")
    return _Source(made, child.field, "", child)


def _label(source: _Source) -> str:
    own = source.model_field
    label = str(source.form_field.label or (own.verbose_name if own is not None else ""))
    if source.child is None:
        return label
    whole = source.child.field.model._meta.verbose_name
    return capfirst(_("%(whole)s: %(part)s") % {"whole": whole, "part": label})


def _copy(declared: forms.Field, user: Any) -> forms.Field:
    kept = deepcopy(declared)
    restrict_choices(kept, user=user)
    return kept


def _model_fields(model: type[models.Model], names: Sequence[str], user: Any) -> dict[str, forms.Field]:
    form: Any = model_form(model, names, user=user)
    return dict(form(user=user).fields)


def _model_field(model: type[models.Model], name: str) -> models.Field[Any, Any] | None:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) and found.editable else None


def _headings(pageset: PageSet, name: str, source: _Source) -> frozenset[str]:
    texts = {name}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            texts |= _child_headings(source) if source.child is not None else _own_headings(pageset, name, source)
            texts |= {str(text) for text in pageset.import_headings.get(name, ())}
    return frozenset(normalize_heading(text) for text in texts)


def _own_headings(pageset: PageSet, name: str, source: _Source) -> set[str]:
    """Its labels, in the list too, and its usual headings; each also behind the name of the object type."""
    labels = [source.form_field.label, source.model_field.verbose_name if source.model_field is not None else None]
    labels += [column.label for column in pageset.every_column() if column.name in (name, source.path)]
    texts = {str(label) for label in filter(None, labels)} | set(USUAL_HEADINGS.get(name, ()))
    return texts | {f"{pageset.title}{text}" for text in texts}


def _child_headings(source: _Source) -> set[str]:
    """Its label and its usual headings behind the name of the rows below: “contact phone”, never “phone”."""
    own = source.model_field
    if own is None:
        return set()
    texts = {str(source.form_field.label), str(own.verbose_name), *USUAL_HEADINGS.get(own.name, ())}
    return {_label(source), *(f"{own.model._meta.verbose_name}{text}" for text in texts)}


@dataclass(frozen=True)
class Matching:
    """
    Which column of a file fills which field.

    :param head: index of the heading row.
    :param headings: the texts of the heading row.
    :param columns: index of the column → field.
    :param constants: values that all rows get, as columns behind those of the file.
    """

    head: int
    headings: list[str]
    columns: dict[int, ImportField]
    constants: list[str] = field(default_factory=list)
    width: int = 0

    def cells(self, row: Sequence[Any]) -> Sequence[Any]:
        """A row of the file with the constants behind it."""
        return [*row, *[""] * (self.width - len(row)), *self.constants] if self.constants else row

    def is_filled(self, row: Sequence[Any]) -> bool:
        """Whether a row of the file holds anything that is imported."""
        return any(row[index] != "" for index in self.columns if index < len(row))

    @property
    def ignored(self) -> list[str]:
        """Headings of columns that fill nothing."""
        return [text for index, text in enumerate(self.headings) if text and index not in self.columns]

    def missing(self, fields: Iterable[ImportField]) -> list[ImportField]:
        """
        Fields without a column that no row can do without.

        With its natural key a row can be found and changed, whatever else is missing; without it every row is new.
        """
        present = {each.name for each in self.columns.values()}
        keys = [each for each in fields if each.is_key and each.key_default is None]
        if keys and all(each.name in present for each in keys):
            return []
        wanted = [each for each in keys if not each.is_numbered] or [each for each in fields if each.is_required]
        return [each for each in wanted if each.name not in present]


def _numbers_itself(pageset: PageSet) -> bool:
    """Whether new rows of an object type get their natural key by a service."""
    cls = type(pageset)
    return cls.import_service is not None or cls.create_service is not None


def match_columns(sheet: Sheet, fields: Sequence[ImportField], mapping: Mapping[str, str] | None = None) -> Matching:
    """
    Find the heading row and the field of each column.

    :param mapping: what a person chose: index of the column (as text) → name of the field or "", and ``=name`` →
        the value of that field in all rows.
    """
    by_heading = _index(fields)
    head = max(
        range(min(HEADING_WITHIN, len(sheet.rows))),
        key=lambda row: (len(_match_row(sheet.rows[row], by_heading)), _is_filled(sheet.rows[row]), -row),
    )
    headings = [str(cell) for cell in sheet.rows[head]]
    if mapping is None:
        return Matching(head, headings, _match_row(sheet.rows[head], by_heading))
    known = {each.name: each for each in fields}
    columns: dict[int, ImportField] = {}
    for position, name in mapping.items():
        if name in known and position.isdecimal() and known[name] not in columns.values():
            columns[int(position)] = known[name]
    constants: list[str] = []
    for name, value in mapping.items():
        if name.startswith(CONSTANT) and (each := known.get(name[1:])) not in (None, *columns.values()) and value:
            columns[sheet.width + len(constants)] = each  # type: ignore[assignment]
            constants.append(value)
    return Matching(head, headings, columns, constants, sheet.width)


def _index(fields: Sequence[ImportField]) -> dict[str, ImportField]:
    index: dict[str, ImportField] = {}
    for each in fields:
        for heading in each.headings:
            index.setdefault(heading, each)
    # A field's own name and label come before another field's alias.
    for each in reversed(fields):
        index[normalize_heading(each.label)] = each
        index[normalize_heading(each.name)] = each
    return index


def _is_filled(row: Sequence[Any]) -> bool:
    return sum(1 for cell in row if cell != "") > 1


def _match_row(row: Sequence[Any], by_heading: Mapping[str, ImportField]) -> dict[int, ImportField]:
    columns: dict[int, ImportField] = {}
    for position, cell in enumerate(row):
        found = by_heading.get(normalize_heading(cell)) if isinstance(cell, str) and cell else None
        if found is not None and found not in columns.values():
            columns[position] = found
    return columns


def explain(each: ImportField) -> str:
    """What belongs into the column of a field, in one sentence."""
    form_field = each.form_field
    if each.is_relation:
        text = _("Code or name of an existing entry: %(what)s.") % {
            "what": form_field.queryset.model._meta.verbose_name  # type: ignore[attr-defined]
        }
    elif isinstance(form_field, forms.ChoiceField):
        text = _("One of: %(choices)s.") % {"choices": listed(choice_labels(form_field))}
    elif isinstance(form_field, forms.DateTimeField):
        text = _("Date and time, e.g. 2024-01-31 09:30.")
    elif isinstance(form_field, forms.DateField):
        text = _("Date, e.g. 2024-01-31.")
    elif isinstance(form_field, forms.BooleanField):
        text = _("Yes or no.")
    elif isinstance(form_field, forms.IntegerField):
        text = _("Number.")
    elif getattr(form_field, "max_length", None):
        text = _("Text, at most %(length)d characters.") % {"length": form_field.max_length}  # type: ignore[attr-defined]
    else:
        text = _("Text.")
    return " ".join(filter(None, [text, str(form_field.help_text or "")]))


def choice_labels(form_field: Any) -> list[str]:
    """The labels of a choice field."""
    labels = []
    for value, label in form_field.choices:
        inner = label if isinstance(label, list | tuple) else [(value, label)]
        labels += [str(text) for code, text in inner if code not in (None, "")]
    return labels
