"""Forms of insights and tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.customers.forms import colleagues
from crm.insights.models import Tag
from suite.access.models import User
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, DateTimeInput


class TaskForm(ActionForm):
    """Asks when to see to a customer, and what to do."""

    due_at = forms.DateTimeField(label=_("Due"), widget=DateTimeInput())
    note = forms.CharField(
        label=_("What to do"), required=False, max_length=200, help_text=_("Empty: why the customer is warned of.")
    )


class WinBackForm(ActionForm):
    """Asks who is to win customers back."""

    owner = forms.ModelChoiceField(
        label=_("Assign to"),
        queryset=User.objects.none(),
        widget=AsyncSelect(User),
        required=False,
        help_text=_("Empty: the owner of the customer."),
    )
    due_on = forms.DateField(label=_("Result expected by"), widget=DateInput(), required=False)
    reason = forms.CharField(
        label=_("Why it was lost, what to try"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_fields["owner"].queryset = colleagues()  # type: ignore[attr-defined]
        super().__init__(*args, **kwargs)


class MergeForm(ActionForm):
    """Asks for the tag that takes the place of this one."""

    into = forms.ModelChoiceField(label=_("Merge into"), queryset=Tag.objects.all())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            into: Any = self.fields["into"]
            into.queryset = into.queryset.exclude(pk=self.row.pk)


class TagsForm(ActionForm):
    """Asks for tags."""

    tags = forms.ModelMultipleChoiceField(label=_("Tags"), queryset=Tag.objects.filter(is_active=True))


class RemoveTagsForm(ActionForm):
    """Asks for the tags to be taken off."""

    tags = forms.ModelMultipleChoiceField(label=_("Tags"), queryset=Tag.objects.all())
