"""Forms of attendance."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.attendance.choices import Resolution
from hrm.attendance.models import (
    Outing,
    OvertimeRequest,
    Punch,
    PunchCorrection,
    RosterDay,
    ScheduleMember,
    Shift,
)
from hrm.attendance.selectors import effective_punches
from hrm.calendar.forms import PersonForm
from hrm.calendar.people import people_within
from hrm.org.forms import Checks
from hrm.org.models import Department, Employee
from suite.access.restrict import restrict
from suite.masters.models import Company
from suite.pages.forms import ActionForm, AsyncSelectMultiple, DateInput, UserFormMixin

WEEKDAYS = (
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
)
CLEARED = "clear"
OFF = "off"


class CorrectionForm(PersonForm):
    """A punch that is missing, or wrong."""

    class Meta:
        model = PunchCorrection
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("replaces")
        if not isinstance(field, forms.ModelChoiceField):
            return
        punches = effective_punches()
        if self.user is not None:
            punches = punches.filter(employee__in=people_within(self.user, PunchCorrection, "add").values("pk"))
        field.queryset = punches | Punch.objects.filter(pk=self.instance.replaces_id or 0)
        field.widget.choices = field.choices
        self.fields["reason"].required = True


class OutingForm(PersonForm):
    """Work elsewhere."""

    class Meta:
        model = Outing
        fields = ()


class OvertimeForm(PersonForm):
    """Work beyond the plan."""

    class Meta:
        model = OvertimeRequest
        fields = ()


class PunchForm(PersonForm):
    """A punch that a machine reports, perhaps again: the service knows it by its key."""

    class Meta:
        model = Punch
        fields = ()

    def validate_unique(self) -> None:
        """A known key is no mistake."""


class RosterDayForm(PersonForm):
    """A planned day."""

    class Meta:
        model = RosterDay
        fields = ()

    def validate_unique(self) -> None:
        """A day that is planned already is planned anew."""

    def validate_constraints(self) -> None:
        """As :meth:`validate_unique`."""


class MemberForm(PersonForm):
    """Who works by which schedule; the period before ends by itself."""

    class Meta:
        model = ScheduleMember
        fields = ()

    def validate_constraints(self) -> None:
        """The service ends the period before."""


class ApproveOvertimeForm(ActionForm):
    """How much of the overtime is approved."""

    approved_minutes = forms.IntegerField(label=_("Approved minutes"), min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field = self.fields["approved_minutes"]
            field.required, field.initial = False, self.row.planned_minutes


class ResolveForm(ActionForm):
    """What a day with exceptions came to."""

    resolution = forms.ChoiceField(label=_("Decision"), choices=Resolution.choices)
    note = forms.CharField(label=_("Reason"), max_length=200)


class VoidForm(ActionForm):
    """Why a punch is taken away."""

    reason = forms.CharField(label=_("Reason"), max_length=200)


class EndMembershipForm(ActionForm):
    """The last day by a schedule."""

    valid_to = forms.DateField(label=_("Until the day"), widget=DateInput(), initial=timezone.localdate)


class PeriodForm(UserFormMixin, forms.Form):
    """Which days of which company are computed."""

    company = forms.ModelChoiceField(Company.objects.all(), label=_("Company"), empty_label=None)
    first = forms.DateField(label=_("First day"), widget=DateInput())
    last = forms.DateField(label=_("Until the day"), widget=DateInput())


class RosterForm(UserFormMixin, forms.Form):
    """Many days for many people at once."""

    employees = forms.ModelMultipleChoiceField(
        Employee.objects.all(), label=_("People"), widget=AsyncSelectMultiple(Employee), required=False
    )
    department = forms.ModelChoiceField(
        Department.objects.filter(is_active=True),
        label=_("Department"),
        required=False,
        help_text=_("All its people, instead of naming them."),
    )
    first = forms.DateField(label=_("First day"), widget=DateInput())
    last = forms.DateField(label=_("Until the day"), widget=DateInput())
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Weekdays"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=Checks(),
        help_text=_("None: all days."),
    )
    what = forms.ChoiceField(label=_("Shift"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_within(self.user, RosterDay, "change")
        self.fields["employees"].queryset = people  # type: ignore[attr-defined]
        self.fields["what"].choices = shift_choices(self.user)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Say who is meant, and which shift."""
        cleaned = super().clean() or self.cleaned_data
        people = list(cleaned.get("employees") or ())
        department = cleaned.get("department")
        if not people and department is not None:
            reachable = people_within(self.user, RosterDay, "change")
            people = list(reachable.filter(department__path__contains=[department.pk], leave_date__isnull=True))
        if not people:
            self.add_error("employees", _("Choose people or a department."))
        cleaned["people"] = people
        return cleaned


class CellForm(UserFormMixin, forms.Form):
    """One day of one person in the grid."""

    employee = forms.ModelChoiceField(Employee.objects.all())
    date = forms.DateField()
    what = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["employee"].queryset = people_within(self.user, RosterDay, "change")  # type: ignore[attr-defined]
        self.fields["what"].choices = shift_choices(self.user)  # type: ignore[attr-defined]


class PeopleFilterForm(UserFormMixin, forms.Form):
    """Whose time a page shows."""

    department = forms.ModelChoiceField(
        Department.objects.filter(is_active=True), label=_("Department"), required=False
    )
    q = forms.CharField(label=_("Name or number"), required=False, max_length=40)


def shift_choices(user: Any) -> list[tuple[str, Any]]:
    """What can be planned: a shift, a day off, or what the schedule says."""
    active = Shift.objects.filter(is_active=True)
    shifts = restrict(active, user=user) if user is not None else active
    return [
        *((str(shift.pk), shift.name) for shift in shifts),
        (OFF, _("Day off")),
        (CLEARED, _("As the schedule says")),
    ]


def planned_by(what: str) -> dict[str, Any]:
    """What a choice of :func:`shift_choices` means to the service that plans."""
    if what in (OFF, CLEARED):
        return {"shift": None, "is_cleared": what == CLEARED}
    return {"shift": Shift.objects.get(pk=int(what)), "is_cleared": False}
