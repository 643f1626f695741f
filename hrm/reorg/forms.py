"""Forms of reorganisations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from hrm.reorg.models import Reorganisation
from suite.masters.models import Company
from suite.pages.forms import ModelForm


class ReorganisationForm(ModelForm):
    """What, where and from when."""

    class Meta:
        model = Reorganisation
        fields = ("company", "title", "effective_on", "owner", "reason")
        widgets = {"reason": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].required = False
        if not self.instance.pk:
            self.fields["effective_on"].initial = timezone.localdate()
            self.fields["company"].initial = Company.objects.filter(is_default=True).first()
