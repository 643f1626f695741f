"""Forms of pay."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.payroll.choices import LOCKED_STATES, ItemKind, ItemSource, LeavingReason, Taxation
from hrm.payroll.models import PayInput, PayItem, PayRun, SalaryArchive
from hrm.payroll.service_days import month_of
from suite.access.restrict import restrict
from suite.pages.forms import ActionForm, DateInput, DecimalField, ModelForm

AMOUNT = "amount_"


class PayRunForm(ModelForm):
    """The group and the month are those it was opened for."""

    class Meta:
        model = PayRun
        fields = ("pay_group", "month", "pay_date", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in ("pay_group", "month"):
                if name in self.fields:
                    self.fields[name].disabled = True


class PayInputForm(ModelForm):
    """Entries of a month that is settled belong into the next one."""

    class Meta:
        model = PayInput
        fields = ("employee", "item", "month", "source", "amount", "note")

    def clean(self) -> dict[str, Any]:
        """Refuse a month in which the person's pay is locked."""
        cleaned = super().clean() or {}
        employee, month = cleaned.get("employee"), cleaned.get("month")
        if employee is not None and month is not None:
            archives = SalaryArchive.objects.filter(employee=employee, valid_from__lte=month_of(month)[1])
            group = archives.order_by("-valid_from").values("pay_group")[:1]
            settled = PayRun.objects.filter(month=month, status__in=LOCKED_STATES, payslips__employee=employee)
            if settled.filter(pay_group=group).exists():
                self.add_error("month", _t("The pay of this month is locked. Enter it for the next one."))
        return cleaned


class SalaryArchiveForm(ModelForm):
    """The service ends the archive before a new one, and checks the periods after that."""

    class Meta:
        model = SalaryArchive
        fields = (
            "employee",
            "pay_group",
            "valid_from",
            "valid_to",
            "reason",
            "agreed_pay",
            "first_income_year",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.is_proposed = not self.instance.pk


class AcceptForm(ActionForm):
    """Why a fault is right as it is."""

    reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500)


class AdjustForm(ActionForm):
    """The new amounts of a salary, and from when on they count."""

    valid_from = forms.DateField(label=_("Valid from"), widget=DateInput(), initial=timezone.localdate)
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            return
        present = dict(self.row.amounts.values_list("item", "amount"))
        for item in self.row.pay_group.items.filter(source=ItemSource.ARCHIVE, is_active=True):
            self.fields[f"{AMOUNT}{item.pk}"] = DecimalField(
                label=item.name,
                max_digits=18,
                decimal_places=2,
                required=False,
                initial=present.get(item.pk),
                validators=[MinValueValidator(Decimal(0))],
            )

    def clean(self) -> dict[str, Any]:
        """Gather the amounts by the key of the item."""
        cleaned = super().clean() or {}
        named = {name: cleaned.pop(name) for name in [*cleaned] if name.startswith(AMOUNT)}
        cleaned["amounts"] = {
            int(name.removeprefix(AMOUNT)): amount for name, amount in named.items() if amount is not None
        }
        return cleaned


class LeavingForm(ActionForm):
    """When and why somebody leaves, and the items that pay it."""

    leave_date = forms.DateField(label=_("Last day"), widget=DateInput())
    reason = forms.ChoiceField(label=_("Reason"), choices=LeavingReason.choices)
    notice_days = forms.IntegerField(label=_("Days of notice"), min_value=0, initial=0)
    item = forms.ModelChoiceField(
        PayItem.objects.filter(
            kind=ItemKind.EARNING, taxation=Taxation.EXEMPT, source=ItemSource.INPUT, is_active=True
        ),
        label=_("Paid as"),
    )
    tax_item = forms.ModelChoiceField(
        PayItem.objects.filter(
            kind=ItemKind.DEDUCTION, taxation=Taxation.NONE, source=ItemSource.INPUT, is_active=True
        ),
        label=_("Tax taken as"),
        required=False,
    )


class SeveranceForm(LeavingForm):
    """Whose severance is computed, from which archive."""

    salaryarchive = forms.ModelChoiceField(
        SalaryArchive.objects.filter(valid_to=None).select_related("employee"), label=_("Employee")
    )
    field_order = ("salaryarchive",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].required = False
        archives = self.fields["salaryarchive"]
        if isinstance(archives, forms.ModelChoiceField) and archives.queryset is not None:
            archives.queryset = restrict(archives.queryset, user=self.user, action="change")


class TrialForm(forms.Form):
    """The date whose statutes are tried."""

    on = forms.DateField(label=_("With the statutes of"), widget=DateInput(), required=False)
