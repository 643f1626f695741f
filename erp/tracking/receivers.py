"""What is told to salespeople when others tell something."""

from __future__ import annotations

from erp.events import PurchaseDatesChanged
from erp.purchasing.models import PurchaseOrder
from erp.tracking.news import follow_purchase
from suite.access.models import User
from suite.events import receiver


@receiver(PurchaseDatesChanged)
def tell_who_waits(event: PurchaseDatesChanged) -> None:
    """Orders that wait for a purchase follow its days."""
    follow_purchase(
        order=PurchaseOrder.objects.get(pk=event.order_pk),
        actor=User.objects.get(pk=event.actor_pk),
        at=event.at,
    )
