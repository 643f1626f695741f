"""Forms: rendered by the look's templates, relation choices restricted, numbers exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.db import models
from django.forms.renderers import TemplatesSetting
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from suite.access.restrict import restrict


class SuiteFormRenderer(TemplatesSetting):
    """Renders fields by ``templates/generic/field.html``."""

    field_template_name = "generic/field.html"


class AsyncSelect(forms.Select):
    """
    A select that holds only the chosen row and asks the server for others while the user types.

    :param model: the model to choose from.
    :param depends: form fields whose values narrow the choice, name of field → lookup.
    :param narrow: own fields of the model and the values that narrow the choice, whatever is entered.
    :param value: relation of the model that is the value of the field, instead of the row itself.
    """

    def __init__(
        self,
        model: type[models.Model],
        depends: Mapping[str, str] | None = None,
        *,
        narrow: Mapping[str, str] | None = None,
        value: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model = model
        self.depends = dict(depends or {})
        self.query = {**(narrow or {}), **({"value": value} if value else {})}

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        address = reverse("lookup", args=[self.model._meta.label_lower])
        address += f"?{urlencode(self.query)}" if self.query else ""
        attrs = {**(attrs or {}), "data-async": address}
        if self.depends:
            attrs["data-depends"] = ",".join(f"{field}:{lookup}" for field, lookup in self.depends.items())
        return super().get_context(name, value, attrs)

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> list[Any]:
        chosen = [v for v in value if v]
        queryset = self.choices.queryset if hasattr(self.choices, "queryset") else self.model._default_manager.none()
        rows = queryset.filter(pk__in=[v for v in chosen if str(v).isdecimal()]) if chosen else []
        options = [
            self.create_option(name, row.pk, str(row), True, index, attrs=attrs) for index, row in enumerate(rows, 1)
        ]
        if not self.allow_multiple_selected:
            options.insert(0, self.create_option(name, "", "", not chosen, 0, attrs=attrs))
        return [(None, options, 0)]


class AsyncSelectMultiple(AsyncSelect, forms.SelectMultiple):
    """Like :class:`AsyncSelect` for several rows."""

    allow_multiple_selected = True


class DateInput(forms.DateInput):
    """The browser's own date field; always ISO on the wire."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class DateTimeInput(forms.DateTimeInput):
    """The browser's own date and time field."""

    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class DecimalField(forms.DecimalField):
    """Takes ``1,234.50`` as well as ``1234.50``; shows no more digits than needed."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update(inputmode="decimal", autocomplete="off")
        self.widget.attrs["class"] = f"{self.widget.attrs.get('class', '')} num".strip()

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace(",", "").replace("，", "").strip()
        return super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        from decimal import Decimal

        if isinstance(value, Decimal):
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        return value

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {}


def form_field(db_field: models.Field[Any, Any], *, user: Any = None, **kwargs: Any) -> forms.Field | None:
    """The form field of a model field: dates and numbers by our widgets, relations restricted."""
    if isinstance(db_field, models.DecimalField):
        return db_field.formfield(form_class=DecimalField, **{**kwargs, "widget": forms.TextInput})
    if isinstance(db_field, models.DateTimeField):
        return db_field.formfield(widget=DateTimeInput(), **kwargs)
    if isinstance(db_field, models.DateField):
        return db_field.formfield(widget=DateInput(), **kwargs)
    if isinstance(db_field, models.TextField):
        return db_field.formfield(widget=forms.Textarea(attrs={"rows": 3}), **kwargs)
    field = db_field.formfield(**kwargs)
    if field is not None:
        restrict_choices(field, user=user)
    return field


def restrict_choices(field: forms.Field, *, user: Any) -> None:
    """Let a relation field offer only rows the user may see; large tables become an async select."""
    if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
        return
    from suite.pages.registry import pageset_of

    model = field.queryset.model
    pageset = pageset_of(model)
    if pageset is not None:
        field.queryset = pageset.choices(field.queryset, user)
        if isinstance(field.widget, AsyncSelect) or not pageset.is_small:
            if not isinstance(field.widget, AsyncSelect):
                multiple = isinstance(field, forms.ModelMultipleChoiceField)
                field.widget = (AsyncSelectMultiple if multiple else AsyncSelect)(model)
            field.widget.is_required = field.required
    elif isinstance(field.widget, AsyncSelect):
        # Nobody answers for rows of this kind, and there are few of them.
        field.widget = forms.SelectMultiple() if field.widget.allow_multiple_selected else forms.Select()
        field.widget.is_required = field.required
    field.widget.choices = field.choices


def style(form: forms.BaseForm) -> None:
    """Give every control the look's class."""
    for name, field in form.fields.items():
        widget = field.widget
        if isinstance(widget, forms.CheckboxInput):
            css = "form-check-input"
        elif isinstance(widget, forms.Select):
            css = "form-select"
        elif isinstance(widget, forms.CheckboxSelectMultiple | forms.RadioSelect | forms.HiddenInput):
            css = ""
        else:
            css = "form-control"
        have = widget.attrs.get("class", "")
        if css and css not in have.split():
            widget.attrs["class"] = f"{css} {have}".strip()
        if form.is_bound and name in form.errors:
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} is-invalid".strip()
            widget.attrs["aria-invalid"] = "true"


class UserFormMixin:
    """A form that knows who fills it in; its relation choices are restricted to what they may see."""

    def __init__(self, *args: Any, user: Any = None, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            restrict_choices(field, user=user)


class ActionForm(UserFormMixin, forms.Form):
    """Base of the forms of actions; ``self.row`` is the row (None for a bulk action)."""

    def __init__(self, *args: Any, row: Any = None, **kwargs: Any) -> None:
        self.row = row
        super().__init__(*args, **kwargs)


class ReasonForm(ActionForm):
    """Asks for a reason."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class ModelForm(UserFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    """Base of the forms of object types."""


class ExtensionForm(ModelForm):
    """
    A form over a row and the row it extends one-to-one, e.g. a customer and its party.

    :cvar extended: name of the relation to the extended row.
    :cvar extended_fields: the extended row's fields, declared on the form by :func:`fields_of`.
    """

    extended: ClassVar[str] = ""
    extended_fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            base = getattr(instance, self.extended)
            own = {name: getattr(base, name) for name in self.extended_fields}
            kwargs["initial"] = {**own, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


def fields_of(model: type[models.Model], names: Sequence[str]) -> type[forms.Form]:
    """A form class that declares the form fields of a model, to be a base of an :class:`ExtensionForm`."""
    columns: list[Any] = [model._meta.get_field(name) for name in names]
    declared = {column.name: form_field(column) for column in columns}
    fields: dict[str, Any] = {name: field for name, field in declared.items() if field is not None}
    return type(f"{model.__name__}Fields", (forms.Form,), fields)


def model_form(
    model: type[models.Model], fields: Sequence[str], *, user: Any, base: type[forms.ModelForm[Any]] = ModelForm
) -> type[forms.ModelForm[Any]]:
    """Derive the form of a model; a declared base keeps its own fields."""

    def callback(db_field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
        return form_field(db_field, user=user, **kwargs)

    return forms.modelform_factory(model, form=base, fields=list(fields), formfield_callback=callback)


def flat_names(fieldsets: Iterable[Any]) -> list[str]:
    """Field names of declared fieldsets: plain names or (title, names) pairs."""
    names: list[str] = []
    for each in fieldsets:
        names.extend([each] if isinstance(each, str) else each[1])
    return names


def visible_rows(queryset: models.QuerySet[Any], *, user: Any) -> models.QuerySet[Any]:
    """Rows a user may choose in a form: all for the shell, else restricted."""
    return queryset if user is None else restrict(queryset, user=user)
