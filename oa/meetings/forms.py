"""Forms of meetings."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.meetings.models import Meeting, Room
from oa.people_form import PeopleForm, colleagues
from suite.access.models import User
from suite.access.restrict import restrict
from suite.pages.forms import ActionForm, AsyncSelect, AsyncSelectMultiple, DateInput, UserFormMixin


class MeetingForm(PeopleForm):
    """A meeting and who is invited."""

    participants = forms.ModelMultipleChoiceField(
        label=pgettext_lazy("meeting", "Participants"),
        queryset=User.objects.none(),
        required=False,
        widget=AsyncSelectMultiple(User),
    )
    repeat_until = forms.DateField(
        label=_("Every week until"), required=False, widget=DateInput(), help_text=_("Empty: once.")
    )
    invite_busy = forms.BooleanField(label=_("Invite also who is in another meeting then"), required=False)

    class Meta:
        model = Meeting
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = self.fields["participants"]
        if isinstance(people, forms.ModelMultipleChoiceField):
            people.queryset = restrict(colleagues(), user=self.user) if self.user is not None else colleagues()
            people.widget.choices = people.choices
            people.help_text = format_html(
                '<a href="{}">{}</a>', reverse("oa:free-busy"), _t("Find a time when everybody is free")
            )
        room = self.fields.get("room")
        if isinstance(room, forms.ModelChoiceField) and room.queryset is not None:
            room.queryset = room.queryset.filter(is_active=True)
        if self.instance.pk:
            self.initial["participants"] = list(self.instance.participants.values_list("user", flat=True))
            self.fields["repeat_until"].widget = forms.HiddenInput()

    def _get_validation_exclusions(self) -> set[str]:
        # Whether the room is free, the service says, which knows the state and names who has it.
        return {*super()._get_validation_exclusions(), "room"}  # type: ignore[misc]


class CancelForm(ActionForm):
    """Why, and whether all that follow are cancelled too."""

    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    with_following = forms.BooleanField(label=_("Also all that follow in this weekly booking"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None and self.row.series is None:
            del self.fields["with_following"]


class CalendarForm(UserFormMixin, forms.Form):
    """Whose calendar is shown."""

    person = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.none(), required=False, widget=AsyncSelect(User)
    )
    room = forms.ModelChoiceField(label=_("Meeting room"), queryset=Room.objects.all(), required=False, empty_label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_people(self.fields["person"], self.user)


class FreeBusyForm(UserFormMixin, forms.Form):
    """Who is to meet on which day, and where."""

    day = forms.DateField(label=_("Date"), widget=DateInput(), required=False)
    people = forms.ModelMultipleChoiceField(
        label=_("People"), queryset=User.objects.none(), required=False, widget=AsyncSelectMultiple(User)
    )
    room = forms.ModelChoiceField(label=_("Meeting room"), queryset=Room.objects.all(), required=False, empty_label="")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_people(self.fields["people"], self.user)

    def clean_day(self) -> Any:
        """Today without another day."""
        return self.cleaned_data["day"] or timezone.localdate()


def offer_people(field: Any, user: Any) -> None:
    """Let a field offer the colleagues that somebody may see."""
    field.queryset = restrict(colleagues(), user=user)
    field.widget.choices = field.choices
