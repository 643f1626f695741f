"""Forms of what people do about their tasks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from hrm.org.selectors import active_employees
from oa.flows.choices import EventKind, Resubmit, Sign
from suite.pages.forms import style

PEOPLE = frozenset({EventKind.TRANSFER, EventKind.DELEGATE, EventKind.ADD_SIGN})


class PersonField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """People of the company who can sign in."""

    def __init__(self, **options: Any) -> None:
        people = active_employees().filter(user__is_active=True).select_related("department", "user")
        super().__init__(people.order_by("name", "pk"), label=_("People"), **options)

    def label_from_instance(self, obj: Any) -> str:
        """Name and department."""
        return f"{obj.name} · {obj.department}" if obj.department else str(obj.name)

    def clean(self, value: Any) -> Any:
        """Return the keys of their users."""
        return tuple(person.user_id for person in super().clean(value) if isinstance(person, Employee))


class ActForm(forms.Form):
    """What goes with an act: why, to whom, back to where."""

    comment = forms.CharField(
        label=pgettext_lazy("approval", "Comment"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, kind: EventKind, back_to: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind in PEOPLE:
            self.fields["people"] = PersonField()
        if kind == EventKind.ADD_SIGN:
            self.fields["sign"] = forms.ChoiceField(label=_("They sign"), choices=Sign, widget=forms.RadioSelect)
            self.initial["sign"] = Sign.BEFORE
        if kind == EventKind.RETURN:
            self.fields["to"] = forms.ChoiceField(label=_("Back to"), choices=back_to)
            self.fields["resubmit"] = forms.ChoiceField(
                label=pgettext_lazy("handed in again", "Then"),
                choices=Resubmit,
                initial=Resubmit.REWALK,
                widget=forms.RadioSelect,
            )
            self.initial["resubmit"] = Resubmit.REWALK
        if kind in (EventKind.RETURN, EventKind.REJECT):
            self.fields["comment"].required = True
            self.fields["comment"].label = _("Why")
        self.order_fields(["people", "to", "sign", "resubmit", "comment"])
        style(self)

    def values(self) -> dict[str, Any]:
        """What the event takes beside the comment."""
        return {name: value for name, value in self.cleaned_data.items() if name != "comment"}
