"""What purchasing does when others tell it something."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType

from erp.events import DemandGone, OrderShort
from erp.masterdata.models import Warehouse
from erp.purchasing.requests import cover_shortage, drop_demand, given_up
from suite.access.models import User
from suite.documents.models import LineBase
from suite.events import receiver


@receiver(OrderShort)
def raise_requisition(event: OrderShort) -> None:
    """Ask for what an order lacks."""
    line_type = ContentType.objects.get_for_id(event.line_type_pk)
    line_model = line_type.model_class()
    if line_model is None or not issubclass(line_model, LineBase):
        raise LookupError(f"{line_type} is no line of a document")
    shortages = [(line, item, Decimal(quantity)) for line, item, quantity in event.shortages]
    if event.is_repeated:
        decided = given_up(line_type, [line for line, _item, _quantity in shortages])
        shortages = [each for each in shortages if each[0] not in decided]
    order_model: Any = line_model._meta.get_field("document").related_model
    cover_shortage(
        order=order_model._default_manager.get(pk=event.order_pk),
        line_type=line_type,
        shortages=shortages,
        warehouse=Warehouse.objects.select_related("company").get(pk=event.warehouse_pk),
        needed_on=event.needed_on,
        actor=User.objects.get(pk=event.actor_pk),
        at=event.at,
    )


@receiver(DemandGone)
def withdraw_requisitions(event: DemandGone) -> None:
    """Do not buy what nobody waits for any more."""
    drop_demand(
        line_type=ContentType.objects.get_for_id(event.line_type_pk),
        line_pks=event.line_pks,
        actor=User.objects.get(pk=event.actor_pk),
        at=event.at,
    )
