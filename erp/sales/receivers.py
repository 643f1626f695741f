"""What sales does when others tell something."""

from __future__ import annotations

from django.contrib.contenttypes.models import ContentType
from django.utils.translation import gettext as _

from crm.contracts.models import Contract
from crm.events import ContractSigned, ContractVoided
from erp.events import ReservationsLost, StockArrived
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder, SalesOrderLine
from erp.sales.services import cancel_order, create_order_from_contract, serve_again, serve_waiting
from suite.access.models import User
from suite.events import receiver
from suite.masters.models import Company


@receiver(ContractSigned)
def order_what_was_signed(event: ContractSigned) -> None:
    """A signed contract becomes an order."""
    contract = Contract.objects.select_related("owner").get(pk=event.contract_pk)
    create_order_from_contract(contract=contract, actor=contract.owner, at=event.at)


@receiver(ContractVoided)
def cancel_what_was_voided(event: ContractVoided) -> None:
    """The order of a voided contract is cancelled; one that goods went out on keeps the contract from being voided."""
    orders = SalesOrder.objects.filter(contract=event.contract_pk).exclude(status=OrderStatus.CANCELLED)
    for order in orders.select_related("owner"):
        reason = _("The contract was voided.")
        cancel_order(salesorder=order, reason=reason, actor=order.owner, at=event.at)


@receiver(StockArrived)
def serve_who_waits(event: StockArrived) -> None:
    """Stock that arrives is kept for the orders that wait for it."""
    serve_waiting(company=event.company_pk, items=event.item_pks, at=event.at)


@receiver(ReservationsLost)
def serve_who_lost(event: ReservationsLost) -> None:
    """Orders whose stock turned out not to be there get other stock, or it is asked for."""
    if event.line_type_pk != ContentType.objects.get_for_model(SalesOrderLine).pk:
        return
    serve_again(
        company=Company.objects.get(pk=event.company_pk),
        lines=[line for line, _item, _quantity in event.lines],
        items=sorted({item for _line, item, _quantity in event.lines}),
        actor=User.objects.get(pk=event.actor_pk),
        at=event.at,
    )
