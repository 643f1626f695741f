"""Pages of invoices, and what they add to those of contracts."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.invoicing.choices import InvoiceState, InvoiceStatus
from crm.invoicing.forms import InvoiceForm
from crm.invoicing.models import Invoice
from crm.invoicing.services import INVOICED, invoice_state, invoiced_total, record_invoice, void_invoice
from suite.access.restrict import restrict
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.registry import add_action, register, tab

VIEW = "crm.view_invoice"
TONES = {InvoiceState.PARTLY: "part", InvoiceState.FULLY: "done"}

add_action(
    Contract,
    Action(
        record_invoice,
        _("Record invoice"),
        "invoice",
        icon="receipt-tax",
        form=InvoiceForm,
        name="invoice",
        states=INVOICED,
    ),
)


@register
class InvoicePages(PageSet):
    """What was invoiced."""

    model = Invoice
    icon = "receipt-tax"
    description = _("Invoices issued on contracts; recorded on the contract.")
    columns = (
        "number",
        Column("customer", sort="", phone="p-full"),
        Column("contract__number", label=_("Contract")),
        "kind",
        "status",
        Column("issued_on", phone="p-start"),
        Column("amount", phone="p-end"),
    )
    optional_columns = ("note", "created_at")
    filters = ("status", "kind", "customer", "contract", "issued_on", "amount")
    ordering = "-issued_on"
    views = (View(_("Live"), "status=ISSUED"),)
    totals = ("amount",)
    summary = ("customer", "contract", "kind", "issued_on", "amount", "note")
    operations = frozenset()
    actions = (
        Action(
            void_invoice,
            _("Void"),
            "void",
            icon="ban",
            form=ReasonForm,
            states={InvoiceStatus.ISSUED},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("customer__party", "contract")

    def heading(self, obj: Invoice) -> tuple[Any, Any]:
        return obj.number, str(obj.customer)

    def amount(self, obj: Invoice) -> tuple[Any, Any]:
        return f"{obj.contract.currency.symbol}{obj.amount:,.2f}", obj.get_kind_display()

    def locked(self, queryset: Any) -> Any:
        # Services lock the contract before its invoices.
        return queryset


def _of_contract(contract: Contract, user: Any) -> Any:
    return restrict(Invoice.objects.filter(contract=contract), user=user)


def count_of_contract(contract: Contract, user: Any) -> int:
    """Return how many invoices were issued on a contract."""
    return int(_of_contract(contract, user).count())


@tab(Contract, title=_("Invoices"), permission=VIEW, code="invoices", count=count_of_contract)
def invoices_of_contract(request: HttpRequest, contract: Contract) -> tuple[str, dict[str, Any]]:
    """How far a contract is invoiced, and by which invoices."""
    invoiced = invoiced_total(contract)
    state = invoice_state(contract, invoiced)
    return "crm/_invoices.html", {
        "invoices": _of_contract(contract, request.user),
        "invoiced": invoiced,
        "room": contract.gross_total - invoiced,
        "state": state,
        "tone": TONES.get(state, ""),
    }
