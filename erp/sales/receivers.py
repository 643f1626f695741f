"""What sales does when others tell something."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contracts.models import Contract
from crm.events import ContractSigned, ContractVoided
from erp.events import StockArrived
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder
from erp.sales.services import cancel_order, create_order_from_contract, serve_waiting
from suite.events import receiver
from suite.masters.models import Company


@receiver(ContractSigned)
def order_what_was_signed(event: ContractSigned) -> None:
    """A signed contract becomes an order."""
    contract = Contract.objects.select_related("owner").get(pk=event.contract_pk)
    create_order_from_contract(contract=contract, actor=contract.owner, at=timezone.now())


@receiver(ContractVoided)
def cancel_what_was_voided(event: ContractVoided) -> None:
    """The order of a voided contract is cancelled; one that goods went out on keeps the contract from being voided."""
    orders = SalesOrder.objects.filter(contract=event.contract_pk).exclude(status=OrderStatus.CANCELLED)
    for order in orders.select_related("owner"):
        reason = _("The contract was voided.")
        cancel_order(salesorder=order, reason=reason, actor=order.owner, at=timezone.now())


@receiver(StockArrived)
def serve_who_waits(event: StockArrived) -> None:
    """Stock that arrives is kept for the orders that wait for it."""
    serve_waiting(company=Company.objects.get(pk=event.company_pk), items=event.item_pks, at=event.at)
