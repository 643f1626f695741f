"""Forms of the public pool."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.pool.models import Pool
from suite.pages.forms import ActionForm


class ReturnForm(ActionForm):
    """Asks why a customer is returned, and into which pool."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    pool = forms.ModelChoiceField(
        label=_("Customer pool"),
        queryset=Pool.objects.filter(is_active=True),
        required=False,
        empty_label=_("The usual one"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["pool"]
            field.queryset = field.queryset.filter(company=self.row.company_id)
