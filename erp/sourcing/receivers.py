"""What sourcing does when others tell it something."""

from __future__ import annotations

from erp.events import PurchaseOrderCancelled
from erp.purchasing.models import PurchaseOrder
from erp.sourcing.blankets import give_back
from suite.events import receiver


@receiver(PurchaseOrderCancelled)
def give_call_off_back(event: PurchaseOrderCancelled) -> None:
    """Let what a cancelled order called off of a blanket order be called off again."""
    order = PurchaseOrder.objects.get(pk=event.order_pk)
    # Nothing was written to the order since it was cancelled.
    give_back(order=order, at=order.updated_at)
