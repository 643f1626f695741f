"""Forms of flows, of what they decide about, and of deputies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.forms.widgets import Script
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.calendar.people import only_own
from oa.flows.models import Deputy, FlowBinding, FlowDefinition
from oa.flows.wording import CONDITION_TEXTS
from suite.access.models import User
from suite.documents.approvables import approvables
from suite.pages.forms import ModelForm


def subjects() -> Any:
    """The object types that are approved."""
    kinds = ContentType.objects.get_for_models(*(each.model for each in approvables())).values()
    return ContentType.objects.filter(pk__in=[kind.pk for kind in kinds]).order_by("app_label", "model")


class SubjectField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Which object type."""

    def label_from_instance(self, obj: Any) -> str:
        """The name of the object type in the reader's language."""
        model = obj.model_class()
        return str(model._meta.verbose_name) if model is not None else obj.model


class FlowForm(ModelForm):
    """A flow."""

    subject = SubjectField(
        queryset=ContentType.objects.none(),
        required=False,
        label=_("Decides about"),
        help_text=_("Empty: a form or another flow names it."),
    )

    class Meta:
        model = FlowDefinition
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "subject" in self.fields:
            self.fields["subject"].queryset = subjects()  # type: ignore[attr-defined]
        if "admin" in self.fields and self.user is not None:
            self.fields["admin"].queryset = User.objects.filter(is_active=True)  # type: ignore[attr-defined]
            self.initial.setdefault("admin", self.user.pk)


class ConditionWidget(forms.Textarea):
    """Rows of field, operator and value, which a script draws from the JSON in it."""

    template_name = "oa/flows/condition_widget.html"

    class Media:
        css = {"all": ("css/flow.css",)}
        js = (Script("js/flow-conditions.js", defer=True), Script("js/flow-binding.js", defer=True))

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        attrs = {
            **(attrs or {}),
            "hidden": True,
            "data-condition": reverse("oa:flow-fields"),
            "data-choose-subject": str(CONDITION_TEXTS["chooseSubject"]),
        }
        return super().get_context(name, value, attrs)


class BindingForm(ModelForm):
    """Which documents a flow decides about."""

    subject = SubjectField(queryset=ContentType.objects.none(), label=_("Object type"))
    condition = forms.JSONField(
        required=False,
        label=pgettext_lazy("of a flow", "Condition"),
        widget=ConditionWidget,
        help_text=_("Without a condition: all of them."),
    )

    class Meta:
        model = FlowBinding
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "subject" in self.fields:
            self.fields["subject"].queryset = subjects()  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["condition"] = self.instance.condition or None

    def clean_condition(self) -> dict[str, Any]:
        """Nothing where there is no condition."""
        return self.cleaned_data["condition"] or {}


class DeputyForm(ModelForm):
    """Who decides for somebody who is away."""

    class Meta:
        model = Deputy
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields.get("person")
        if isinstance(person, forms.ModelChoiceField) and self.user is not None:
            if only_own(self.user, Deputy):
                person.queryset = User.objects.filter(pk=self.user.pk)
                person.widget = forms.Select()
                person.empty_label = None
            person.widget.choices = person.choices
            self.initial.setdefault("person", self.user.pk)
        if "first_day" in self.fields:
            self.initial.setdefault("first_day", timezone.localdate())

    def clean(self) -> dict[str, Any]:
        """Somebody else, from the first to the last day."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("person") and cleaned.get("person") == cleaned.get("deputy"):
            self.add_error("deputy", _("Choose somebody else."))
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is before the first one."))
        return cleaned
