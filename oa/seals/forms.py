"""Forms of seals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from oa.people_form import PeopleForm
from oa.seals.models import Seal, SealUse
from suite.activity.targets import find_by_label
from suite.pages.forms import ActionForm, DateTimeInput, ModelForm


class SealForm(PeopleForm):
    """A seal; its keeper is a colleague who can sign in."""

    class Meta:
        model = Seal
        fields = ()


class SealUseForm(ModelForm):
    """
    A request for a seal.

    ``source`` names the row whose paper is stamped, e.g. ``crm.contract:12``; pages that lead here fill it in.
    """

    source = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput())

    class Meta:
        model = SealUse
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seal = self.fields.get("seal")
        if isinstance(seal, forms.ModelChoiceField) and seal.queryset is not None:
            seal.queryset = seal.queryset.filter(is_active=True)

    def clean_source(self) -> Any:
        """The row itself, None without one."""
        label, _sign, key = self.cleaned_data["source"].partition(":")
        if not label:
            return None
        found = find_by_label(label, int(key), user=self.user) if key.isdigit() else None
        if found is None:
            raise forms.ValidationError(_t("You cannot see what this seal is for."))
        return found


class StampForm(ActionForm):
    """How many copies were stamped, and when."""

    copies_used = forms.IntegerField(label=_("Copies stamped"), min_value=1)
    used_at = forms.DateTimeField(label=_("Stamped at"), required=False, widget=DateTimeInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.fields["copies_used"].initial = self.row.copies
            self.fields["used_at"].initial = timezone.localtime()
