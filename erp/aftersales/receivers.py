"""What tickets do when goods come back."""

from __future__ import annotations

from erp.aftersales.services import close_for_return
from erp.events import CustomerReturned
from erp.sales.models import CustomerReturn
from suite.access.models import User
from suite.events import receiver


@receiver(CustomerReturned)
def close_what_waited(event: CustomerReturned) -> None:
    """A complaint that waited for its goods is over."""
    close_for_return(
        customer_return=CustomerReturn.objects.select_related("delivery").get(pk=event.return_pk),
        actor=User.objects.get(pk=event.actor_pk),
        at=event.at,
    )
