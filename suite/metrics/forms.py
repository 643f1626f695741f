"""Forms of targets and alert rules."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.access.choices import UserKind
from suite.access.models import User
from suite.metrics.models import AlertRule, Target
from suite.metrics.registry import all_metrics
from suite.pages.forms import ModelForm


def metric_choices() -> list[tuple[str, str]]:
    """Return the figures of the systems that are on, by system and name."""
    known = [metric for metric in all_metrics() if metric.exists()]
    known.sort(key=lambda metric: (str(metric.module.title), str(metric.title)))
    return [("", "—"), *((metric.code, f"{metric.module.title} · {metric.title}") for metric in known)]


class TargetForm(ModelForm):
    """A target of the business, or of one person."""

    metric = forms.ChoiceField(label=_("Figure"), choices=metric_choices)
    person = forms.ModelChoiceField(
        label=_("Person"),
        queryset=User.objects.filter(is_active=True, kind=UserKind.STAFF),
        required=False,
        help_text=_("Empty: the whole business."),
    )
    year = forms.IntegerField(label=_("Year"), min_value=2000, max_value=2100)
    month = forms.IntegerField(label=_("Month"), min_value=1, max_value=12)

    class Meta:
        model = Target
        fields = ("metric", "person", "year", "month", "value")

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


class AlertRuleForm(ModelForm):
    """A limit of a figure."""

    metric = forms.ChoiceField(label=_("Figure"), choices=metric_choices)

    class Meta:
        model = AlertRule
        fields = ("name", "metric", "comparison", "threshold", "severity", "role", "is_active")
