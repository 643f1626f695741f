"""What the forms of ERP's slices share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q

from crm.customers.models import Customer
from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.masters.models import Party
from suite.pages.forms import ActionForm, AsyncSelect


class OnceForm(ActionForm):
    """An action that is carried out once for each form that was shown, and for each request that a program names."""

    request = forms.UUIDField(widget=forms.HiddenInput(), required=False, initial=uuid4)

    def clean_request(self) -> Any:
        return self.cleaned_data["request"] or uuid4()


def offer_customers(form: Any, name: str, widget: type[AsyncSelect], chosen: Q) -> None:
    """
    Let a form choose parties among the customers that its user sees, and not everybody whom the company deals with.

    :param chosen: what may stay chosen, whoever looks.
    """
    customers: Any = Customer.objects.all()
    if form.user is not None:
        customers = restrict(customers, user=form.user)
    if form.user is None or form.user.has_perm(model_permission(Party, "view")):
        chosen |= Q(is_customer=True)
    field = form.fields[name]
    field.queryset = Party.objects.filter(Q(pk__in=customers.values("party")) | chosen, is_active=True)
    field.widget = widget(Customer, value="party")
    field.widget.is_required = field.required
    field.widget.choices = field.choices
