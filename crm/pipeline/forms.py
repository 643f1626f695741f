"""Forms of opportunities."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Contact
from crm.pipeline.models import LostReason, Opportunity, Stage
from suite.pages.forms import ActionForm, AsyncSelect, ModelForm


class OpportunityForm(ModelForm):
    """An opportunity; the contacts offered are those of its customer."""

    class Meta:
        model = Opportunity
        fields = ("contact", "decision_maker")
        widgets = {
            "contact": AsyncSelect(Contact, depends={"customer": "customer"}),
            "decision_maker": AsyncSelect(Contact, depends={"customer": "customer"}),
        }


class WinForm(ActionForm):
    """Asks why it was won."""

    reason = forms.CharField(label=_("Why did we win?"), max_length=300)


class StageForm(ActionForm):
    """Asks for the stage to go to."""

    stage = forms.ModelChoiceField(
        label=_("Stage"), queryset=Stage.objects.filter(is_active=True).select_related("pipeline")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            stages = Stage.objects.filter(is_active=True, pipeline=self.row.stage.pipeline_id)
            self.fields["stage"].queryset = stages.exclude(pk=self.row.stage_id)  # type: ignore[attr-defined]


class LoseForm(ActionForm):
    """Asks why the opportunity was lost."""

    lost_reason = forms.ModelChoiceField(label=_("Lost reason"), queryset=LostReason.objects.filter(is_active=True))
    reason = forms.CharField(
        label=_("Details"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
