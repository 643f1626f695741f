"""What invoices do when contracts change."""

from __future__ import annotations

from django.utils.translation import gettext as _

from crm.events import ContractVoided
from crm.invoicing.choices import InvoiceStatus
from crm.invoicing.models import Invoice
from suite.core.errors import WrongState
from suite.events import receiver


@receiver(ContractVoided)
def refuse_while_invoiced(event: ContractVoided) -> None:
    """A contract with live invoices is not voided."""
    if Invoice.objects.filter(contract=event.contract_pk, status=InvoiceStatus.ISSUED).exists():
        raise WrongState(_("Invoices were issued on this contract; void them first."))
