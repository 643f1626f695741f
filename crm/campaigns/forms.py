"""Forms of campaigns."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.campaigns.choices import CampaignStatus, Response
from crm.campaigns.models import Campaign
from suite.pages.forms import ActionForm, AsyncSelect


class JoinForm(ActionForm):
    """Asks for the campaign that leads, customers or contacts become members of."""

    campaign = forms.ModelChoiceField(
        label=_("Campaign"),
        queryset=Campaign.objects.exclude(status=CampaignStatus.CANCELLED),
        widget=AsyncSelect(Campaign),
    )
    response = forms.ChoiceField(label=_("Response"), choices=Response)


class ResponseForm(ActionForm):
    """Asks how a member reacted."""

    response = forms.ChoiceField(label=_("Response"), choices=Response)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs.get("row")
        if row is not None:
            kwargs.setdefault("initial", {"response": row.response})
        super().__init__(*args, **kwargs)
