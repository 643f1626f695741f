"""Forms of the adoption path."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from rollout.choices import Frequency, MoneyLost, Pain, Severity
from rollout.models import CompanyProfile, GateOverride
from suite.modules.registry import Check
from suite.pages.forms import ActionForm, DateInput, DecimalField, form_field

EXCEPTION_DAYS = 30
# What weighs a pain: its heading, its choices, and what an empty answer means.
WEIGHTS: dict[str, tuple[Any, list[tuple[Any, Any]], int]] = {
    "severity": (_("How badly"), Severity.choices, Severity.NONE),
    "frequency": (_("How often"), Frequency.choices, Frequency.MONTHLY),
    "money": (_("What it costs"), MoneyLost.choices, MoneyLost.SOME),
}


def reason_field(*, required: bool = True) -> forms.CharField:
    """Return the field for why somebody does something."""
    return forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500, required=required
    )


class OpenForm(ActionForm):
    """Why a system is turned on, and by which exception if the checks do not pass."""

    reason = reason_field()
    override = forms.ModelChoiceField(
        GateOverride.objects.none(),
        label=_("Exception"),
        required=False,
        help_text=_("Sets the readiness checks aside until it expires."),
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        valid = GateOverride.objects.filter(
            code=code, signed_at__isnull=False, used_at__isnull=True, expires_at__gt=timezone.now()
        )
        if valid.exists():
            self.fields["override"].queryset = valid  # type: ignore[attr-defined]
        else:
            del self.fields["override"]


class CloseForm(ActionForm):
    """Why a system is turned off."""

    reason = reason_field()

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class AdvanceForm(ActionForm):
    """What there is to say about the next phase."""

    reason = reason_field(required=False)

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class PeopleForm(ActionForm):
    """Who leads the introduction of a system, and who answers for it."""

    owner = forms.ModelChoiceField(
        Employee.objects.all(),
        label=_("Business owner"),
        help_text=_("Somebody from the business who leads the introduction, not from IT."),
    )
    sponsor = forms.ModelChoiceField(
        Employee.objects.all(), label=_("Sponsor"), help_text=_("A manager who answers for it.")
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)


class ExceptionForm(ActionForm):
    """Why the readiness checks shall be set aside, and until when."""

    reason = reason_field()
    until = forms.DateField(label=_("Until"), widget=DateInput(), help_text=_("The last day of the exception."))

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate() + timedelta(days=EXCEPTION_DAYS)

    def clean(self) -> dict[str, Any]:
        """Turn the last day into the moment after it."""
        found = super().clean() or {}
        day = found.pop("until", None)
        if day is not None:
            found["expires_at"] = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
        return found


class ThresholdForm(ActionForm):
    """The limit of a readiness check, and why it is changed."""

    threshold = DecimalField(label=_("Threshold"), max_digits=12, decimal_places=2, min_value=Decimal(0))
    reason = reason_field()

    def __init__(self, *args: Any, check: Check, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["threshold"].label = f"{self.fields['threshold'].label} ({check.unit})"


class ProfileForm(ActionForm):
    """What is known of the company, and how much each pain hurts."""

    FACTS = ("staff", "revenue", "business_type", "purchase_ratio", "item_count")

    def __init__(self, *args: Any, profile: CompanyProfile | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.FACTS:
            field = form_field(CompanyProfile._meta.get_field(name))  # type: ignore[arg-type]
            if field is None:
                continue
            field.initial = getattr(profile, name, field.initial)
            self.fields[name] = field
        answers = {each.pain: each for each in profile.pains.all()} if profile else {}
        for pain in Pain:
            for kind, (label, choices, usual) in WEIGHTS.items():
                self.fields[f"{pain.value}-{kind}"] = forms.TypedChoiceField(
                    choices=choices,
                    coerce=int,
                    required=False,
                    empty_value=str(int(usual)),
                    initial=getattr(answers.get(pain.value), kind, usual),
                    label=f"{pain.label} · {label}",
                )

    @property
    def facts(self) -> list[forms.BoundField]:
        """The fields about the company."""
        return [self[name] for name in self.FACTS]

    @property
    def pains(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Each pain with its three fields."""
        return [(str(pain.label), [self[f"{pain.value}-{kind}"] for kind in WEIGHTS]) for pain in Pain]

    def answer(self) -> dict[str, Any]:
        """The arguments of the service: the facts, and the pains that hurt."""
        data = self.cleaned_data
        # An empty answer comes as text.
        answers = {pain: {kind: int(data[f"{pain}-{kind}"]) for kind in WEIGHTS} for pain in Pain.values}
        pains = {pain: answer for pain, answer in answers.items() if answer["severity"]}
        return {**{name: data[name] for name in self.FACTS}, "pains": pains}
