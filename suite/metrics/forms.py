"""Forms of targets and alert rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.access.choices import UserKind
from suite.access.models import User
from suite.metrics.registry import all_metrics
from suite.pages.forms import ModelForm


def metric_field() -> forms.ChoiceField:
    """Return the choice among the figures of the systems that are on, by system and name."""
    known = [metric for metric in all_metrics() if metric.exists()]
    known.sort(key=lambda metric: (str(metric.module.title), str(metric.title)))
    choices = [(metric.code, f"{metric.module.title} · {metric.title}") for metric in known]
    return forms.ChoiceField(label=_("Figure"), choices=[("", "—"), *choices])


class MetricForm(ModelForm):
    """A form whose column ``metric`` is chosen among the figures."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"] = metric_field()


class TargetForm(MetricForm):
    """A target of the business, or of one person."""

    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.filter(is_active=True, kind=UserKind.STAFF),
        required=False,
        help_text=_("Empty: the whole business."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        subject = instance.subject if instance is not None and instance.pk else None
        today = timezone.localdate()
        initial: dict[str, Any] = {"year": today.year, "month": today.month}
        if instance is not None and instance.pk:
            initial = {"person": subject.pk if isinstance(subject, User) else None}
        kwargs["initial"] = {**initial, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        if subject is not None and not isinstance(subject, User):
            # The target of a department or company keeps its subject.
            del self.fields["person"]

    def clean(self) -> dict[str, Any]:
        """Take the chosen person as the subject."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "person" in self.fields:
            self.instance.subject = cleaned.get("person")
        return cleaned
