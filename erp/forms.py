"""What the forms of ERP's slices share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Customer
from erp.masterdata.headings import ITEM_HEADINGS
from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.masters.models import Party
from suite.pages.forms import ActionForm, AsyncSelect

# How open orders are read out of files: what says that an order is not confirmed at once, and what columns are called.
LEFT_AS_DRAFT = forms.BooleanField(
    label=_("Leave as draft"), required=False, help_text=_("Otherwise the order counts at once.")
)
ORDER_HEADINGS = {
    "external_key": (
        "订单号",
        "系统订单号",
        "原订单号",
        "原系统单号",
        "单号",
        "order number",
        "order ID",
        "cust order ID",
        "sales order ID",
        "purchase order ID",
    ),
    "currency": ("币种", "币别", "currency", "currency code"),
    "owner": ("销售员", "业务员", "采购员", "销售", "sales name", "salesperson", "buyer"),
    "document_date": ("下单日期", "订单日期", "order date"),
    "price_includes_tax": ("含税", "是否含税", "tax included"),
    "line_item": ITEM_HEADINGS,
    "line_quantity": (
        "未交数量",
        "未清数量",
        "未到数量",
        "要求交货数量",
        "数量",
        "open quantity",
        "quantity",
        "qty",
        "req qty",
    ),
    "line_unit": ("单位", "计量单位", "unit", "uom"),
    "line_unit_price": ("单价", "价格", "unit price", "price"),
    "line_discount_percent": ("折扣", "折扣率", "discount", "discount %"),
}


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
