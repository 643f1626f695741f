"""Forms of the page "Me"."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from suite.access.models import User
from suite.activity.choices import NotificationKind

LIFETIMES: dict[str, timedelta | None] = {
    "30": timedelta(days=30),
    "90": timedelta(days=90),
    "365": timedelta(days=365),
    "": None,
}


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, phone and language."""

    class Meta:
        model = User
        fields = ("full_name", "phone", "language")
        labels = {"full_name": _("Full name")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "language" else "form-control"


class MailForm(forms.Form):
    """Which notifications come by mail as well."""

    kinds = forms.MultipleChoiceField(
        label=_("By mail as well"),
        choices=NotificationKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )


class TokenForm(forms.Form):
    """How long a new API token lives."""

    days = forms.ChoiceField(
        label=_("Valid for"),
        required=False,
        choices=(
            ("30", _("30 days")),
            ("90", _("90 days")),
            ("365", _("One year")),
            ("", _("Until it is revoked")),
        ),
        initial="90",
        widget=forms.Select(attrs={"class": "form-select"}),
    )

    @property
    def lifetime(self) -> timedelta | None:
        """The chosen time."""
        return LIFETIMES[self.cleaned_data["days"]]
