"""Line grids of documents: a formset for the page and for JSON, validated by the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models

from suite.pages.forms import UserFormMixin, form_field

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Advice:
    """
    What is suggested for one line while it is being entered.

    :param values: field → value, filled in unless the person entered something there.
    :param note: a short text below the first field.
    :param tone: colour of the note, one of suite.documents.choices.TONES.
    """

    values: Values = field(default_factory=dict)
    note: Any = ""
    tone: str = ""


@dataclass(frozen=True)
class Lines:
    """
    The lines of a document in its form.

    :param model: model of the lines.
    :param related: name of the relation from the document, e.g. ``lines``.
    :param fields: editable fields in order.
    :param form: a declared form, instead of the derived one.
    :param fills: fields that a chosen item fills in; None: all that it knows.
    :param advise: function of (user, what is entered in the form, the same for each line) that suggests something for
        each line; what is wrong or missing yet is left out of what is entered.
    """

    model: type[models.Model]
    related: str
    fields: Sequence[str]
    title: Any = ""
    form: type[forms.ModelForm[Any]] | None = None
    minimum: int = 1
    has_totals: bool = True
    fills: Sequence[str] | None = None
    advise: Callable[[Any, Values, Sequence[Values]], Sequence[Advice]] | None = None

    @property
    def has_advice(self) -> bool:
        """Whether something is suggested while lines are entered."""
        return self.advise is not None

    def formset(self, *, user: Any, data: Any = None, rows: Any = None, initial: Any = None) -> Any:
        """Return the formset, bound when ``data`` is given."""

        def callback(db_field: models.Field[Any, Any], **kwargs: Any) -> forms.Field | None:
            return form_field(db_field, user=user, **kwargs)

        base = self.form or _LineForm
        form = forms.modelform_factory(self.model, form=base, fields=list(self.fields), formfield_callback=callback)
        factory = forms.modelformset_factory(
            self.model,
            form=form,
            extra=len(initial or ()) if initial else (0 if rows is not None and len(rows) else self.minimum),
            can_delete=True,
            min_num=self.minimum,
            validate_min=True,
            max_num=1000,
            absolute_max=1000,
        )
        if initial or not (rows is not None and len(rows)):
            factory.min_num = 0
            factory.validate_min = False
        formset: Any = factory(
            data=data,
            queryset=rows if rows is not None else self.model._default_manager.none(),
            initial=initial,
            prefix=self.related,
            form_kwargs={"user": user},
        )
        formset.minimum = self.minimum
        return formset

    def cleaned(self, formset: Any) -> list[dict[str, Any]]:
        """The rows as the service takes them: field values, with ``id`` of rows that exist."""
        rows = []
        for form in formset.forms:
            if form in formset.deleted_forms or (not form.has_changed() and not form.instance.pk):
                continue
            rows.append({"id": form.instance.pk, **{name: form.cleaned_data.get(name) for name in self.fields}})
        return rows

    def form_data(self, rows: Sequence[Mapping[str, Any]], existing: int = 0) -> dict[str, Any]:
        """Form data of rows that came as JSON."""
        data: dict[str, Any] = {
            f"{self.related}-TOTAL_FORMS": len(rows),
            f"{self.related}-INITIAL_FORMS": existing,
        }
        for index, row in enumerate(rows):
            for name, value in row.items():
                data[f"{self.related}-{index}-{name}"] = value
        return data


class _LineForm(UserFormMixin, forms.ModelForm):  # type: ignore[type-arg]
    pass
