"""Forms of the web hooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from suite.access.models import User
from suite.pages.forms import AsyncSelect, ModelForm
from suite.webhooks.registry import open_offers


def offered() -> list[tuple[str, Any]]:
    """The events that can be chosen."""
    return [(each.code, each.title) for each in open_offers()]


class SubscriptionForm(ModelForm):
    """Asks where to, and what of."""

    events = forms.MultipleChoiceField(label=_("Events"), choices=offered, widget=forms.CheckboxSelectMultiple)
    owner = forms.ModelChoiceField(
        label=_("Responsible"),
        queryset=User.objects.filter(is_active=True, kind="STAFF"),
        widget=AsyncSelect(User),
        help_text=_("Is told when it fails for long."),
    )
