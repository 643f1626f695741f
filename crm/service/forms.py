"""Forms of tickets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.customers.forms import colleagues
from crm.customers.models import Contact
from crm.service.choices import Channel, Priority
from crm.service.models import HIGHEST, LOWEST, DispatchRule, Ticket
from suite.access.models import User
from suite.pages.forms import ActionForm, AsyncSelect, AsyncSelectMultiple, ModelForm

SCORES = [(score, str(score)) for score in range(HIGHEST, LOWEST - 1, -1)]


class TicketForm(ModelForm):
    """A ticket; the contacts and contracts offered are those of its customer. Customer and owner are chosen once."""

    owner = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=colleagues(),
        widget=AsyncSelect(User),
        required=False,
        help_text=_("Empty: by the dispatch rules."),
    )

    class Meta:
        model = Ticket
        fields = ("contact", "contract")
        widgets = {
            "contact": AsyncSelect(Contact, depends={"customer": "customer"}),
            "contract": AsyncSelect(Contract, depends={"customer": "customer"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        if instance is not None and instance.pk:
            kwargs["initial"] = {"owner": instance.owner_id, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("customer", "owner"):
                self.fields[name].disabled = True


class RuleForm(ModelForm):
    """A dispatch rule; it needs somebody to choose from."""

    class Meta:
        model = DispatchRule
        fields = ("people",)
        widgets = {"people": AsyncSelectMultiple(User)}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("department") and not cleaned.get("people"):
            self.add_error("people", _("Name a team, or people."))
        return cleaned


class WordsForm(ActionForm):
    """Asks what was said, and how."""

    body = forms.CharField(label=_("What was said"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)
    channel = forms.ChoiceField(label=_("Channel"), choices=Channel)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row: Ticket | None = kwargs.get("row")
        if row is not None:
            kwargs["initial"] = {"channel": row.channel, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class SolveForm(ActionForm):
    """Asks how it was solved."""

    solution = forms.CharField(label=_("Solution"), widget=forms.Textarea(attrs={"rows": 4}), max_length=4000)


class PriorityForm(ActionForm):
    """Asks how urgent it is."""

    priority = forms.ChoiceField(label=_("Priority"), choices=Priority)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row: Ticket | None = kwargs.get("row")
        if row is not None:
            kwargs["initial"] = {"priority": row.priority, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)


class RatingForm(ActionForm):
    """Asks how content the customer is."""

    score = forms.TypedChoiceField(
        label=_("How content is the customer?"),
        choices=SCORES,
        coerce=int,
        help_text=_("5 is the best, 1 the worst."),
    )
    comment = forms.CharField(
        label=_("Comment"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class PublicRatingForm(forms.Form):
    """What a customer enters who follows the link of a ticket."""

    score = forms.TypedChoiceField(
        label=_("How content are you with the solution?"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    comment = forms.CharField(
        label=_("What should we do better?"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
