"""What ERP carries over when it is turned on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.access.models import User


def carry_over(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Give every company a warehouse, and every contract that is being executed an order; idempotent.

    :returns: how many rows were added, by table.
    """
    from crm.contracts.choices import ContractStatus
    from crm.contracts.models import Contract
    from erp.masterdata.models import Warehouse
    from erp.masterdata.services import default_warehouse
    from erp.sales.choices import OrderStatus
    from erp.sales.models import SalesOrder
    from erp.sales.services import create_order_from_contract
    from suite.masters.models import Company

    before = {model: model._default_manager.count() for model in (Warehouse, SalesOrder)}
    for company in Company.objects.order_by("pk"):
        default_warehouse(company)
    ordered = SalesOrder.objects.exclude(status=OrderStatus.CANCELLED).filter(contract__isnull=False)
    waiting = Contract.objects.filter(status=ContractStatus.EXECUTING).exclude(pk__in=ordered.values("contract"))
    for contract in waiting.select_related("customer__party", "company", "currency", "owner").order_by(
        "signed_on", "pk"
    ):
        create_order_from_contract(contract=contract, actor=actor or contract.owner, at=at)
    return {m._meta.label_lower: n for m in before if (n := m._default_manager.count() - before[m])}
