"""Forms of the organisation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Department, Employee, Position
from suite.access.models import Role, User
from suite.masters.models import Company
from suite.pages.forms import ActionForm, DateInput, ModelForm

STARTS_AS = (EmployeeStatus.PENDING, EmployeeStatus.PROBATION, EmployeeStatus.REGULAR)


class OneCompanyForm(ModelForm):
    """The company of a row is chosen once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "company" in self.fields:
            self.fields["company"].disabled = True


class DepartmentForm(OneCompanyForm):
    """A department."""

    class Meta:
        model = Department
        fields = ()


class EmployeeForm(OneCompanyForm):
    """The facts of an employee; a new one may have started already."""

    status = forms.ChoiceField(
        label=_("Starts as"),
        choices=[(each.value, each.label) for each in STARTS_AS],
        initial=EmployeeStatus.PENDING,
        required=False,
    )

    class Meta:
        model = Employee
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["status"]

    def clean_status(self) -> str:
        """Without an answer somebody is about to join."""
        return str(self.cleaned_data["status"] or EmployeeStatus.PENDING)


class MoveForm(ActionForm):
    """Where a department goes."""

    parent = forms.ModelChoiceField(
        Department.objects.filter(is_active=True),
        label=_("Belongs to"),
        required=False,
        help_text=_("Empty: the top of the company."),
    )


class HeadForm(ActionForm):
    """Who heads a department."""

    head = forms.ModelChoiceField(Employee.objects.all(), label=_("Head"), required=False)


class CloseForm(ActionForm):
    """The last day of a department."""

    valid_to = forms.DateField(label=_("Last day"), widget=DateInput(), initial=timezone.localdate)


class TransferForm(ActionForm):
    """Where somebody goes."""

    department = forms.ModelChoiceField(Department.objects.filter(is_active=True), label=_("Department"))
    position = forms.ModelChoiceField(Position.objects.filter(is_active=True), label=_("Position"), required=False)
    manager = forms.ModelChoiceField(
        Employee.objects.all(), label=_("Manager"), required=False, help_text=_("Empty: the head of the department.")
    )


class NoticeForm(ActionForm):
    """Why somebody leaves."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )


class EndForm(ActionForm):
    """The last day of somebody, and who takes over."""

    leave_date = forms.DateField(label=_("Leave date"), widget=DateInput(), initial=timezone.localdate)
    successor = forms.ModelChoiceField(
        Employee.objects.all(),
        label=_("Successor"),
        required=False,
        help_text=_("Takes over the departments they head and the people they manage."),
    )


class LinkForm(ActionForm):
    """Whose account it is."""

    user = forms.ModelChoiceField(
        User.objects.filter(employee__isnull=True, kind="STAFF"), label=_("User account"), required=False
    )


def password_field() -> forms.CharField:
    """Return the field for a first password, which may stay empty."""
    return forms.CharField(
        label=_("First password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        required=False,
        help_text=_("Empty: the person sets one by the link “Forgotten password”."),
    )


class Checks(forms.CheckboxSelectMultiple):
    """Check boxes side by side."""

    template_name = "hrm/org/checks.html"


class RolesField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Any of the roles, as check boxes; left out for whoever may not give roles."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            Group.objects.order_by("name"),
            label=_("Roles"),
            required=False,
            widget=Checks(),
            **kwargs,
        )


def may_give_roles(user: Any) -> bool:
    """Whether the user may say who has which role."""
    return user is not None and user.has_perm("suite.give_roles_user")


class OpenAccountForm(ActionForm):
    """An account for an employee."""

    username = forms.CharField(label=_("User name"), max_length=150)
    password = password_field()
    roles = RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_give_roles(self.user):
            del self.fields["roles"]


class AccountForm(ModelForm):
    """A new account of the staff."""

    password = password_field()
    companies = forms.ModelMultipleChoiceField(Company.objects.all(), label=_("Companies"), required=False)
    employee = forms.ModelChoiceField(Employee.objects.filter(user__isnull=True), label=_("Employee"), required=False)
    roles = RolesField()

    class Meta:
        model = User
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_give_roles(self.user):
            del self.fields["roles"]

    def clean_password(self) -> str | None:
        """:raises ValidationError: when it is too weak."""
        password = self.cleaned_data["password"] or None
        if password:
            validate_password(password)
        return password


class EditAccountForm(ActionForm):
    """Name and addresses of an account."""

    full_name = forms.CharField(label=_("Full name"), max_length=80)
    email = forms.EmailField(label=_("Email"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=30, required=False)
    companies = forms.ModelMultipleChoiceField(Company.objects.all(), label=_("Companies"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            for name in ("full_name", "email", "phone"):
                self.fields[name].initial = getattr(self.row, name)
            self.fields["companies"].initial = list(self.row.companies.all())


class RolesForm(ActionForm):
    """The roles of an account."""

    roles = RolesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.fields["roles"].initial = list(self.row.groups.all())


class PasswordForm(ActionForm):
    """A new password set by an administrator."""

    password = forms.CharField(
        label=_("New password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password(self) -> str:
        """:raises ValidationError: when it is too weak for this account."""
        password: str = self.cleaned_data["password"]
        validate_password(password, self.row)
        return password


class RoleForm(forms.Form):
    """The name of a role."""

    name = forms.CharField(label=_("Name"), max_length=150)

    def __init__(self, *args: Any, role: Role | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role = role

    def clean_name(self) -> str:
        """:raises ValidationError: when another role has this name."""
        name = str(self.cleaned_data["name"]).strip()
        others = Role.objects.filter(name=name)
        if (others.exclude(pk=self.role.pk) if self.role else others).exists():
            raise forms.ValidationError(_("There is a role with this name already."))
        return name
