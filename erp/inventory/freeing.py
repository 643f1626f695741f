"""
Taking stock that was kept for demands, because it is not there: the newest reservations give way first.

Whoever changes what is kept for a line has the line in hand. Here the stock is in hand first, so lines that are in
somebody else's hands are passed over: nobody waits for them, and no two wait for each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.transaction import TransactionManagementError

from erp.events import ReservationsLost
from erp.inventory.ledger import release_parts
from erp.inventory.models import Reservation, StockQuant
from suite import events
from suite.access.models import User
from suite.masters.models import Company

ZERO = Decimal(0)


@dataclass(frozen=True)
class Freed:
    """
    What became of stock that is wanted.

    :param lost: what was given up of each reservation.
    :param missing: by key of the quant how much is still not free.
    """

    lost: tuple[tuple[Reservation, Decimal], ...]
    missing: Mapping[int, Decimal]


def free_stock(wanted: Mapping[int, Decimal]) -> Freed:
    """
    Lock quants and free so much of each, giving up what was reserved last first.

    :param wanted: by key of the quant how much will be taken from it.
    :raises TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("free_stock() needs a transaction")
    quants = StockQuant.objects.select_for_update(of=("self",)).filter(pk__in=list(wanted)).order_by("pk")
    missing = {quant.pk: wanted[quant.pk] - (quant.on_hand - quant.reserved) for quant in quants}
    missing = {pk: quantity for pk, quantity in missing.items() if quantity > 0}
    lost = []
    for each in _in_hand(missing):
        part = min(each.quantity, missing[each.quant_id])
        if part:
            missing[each.quant_id] -= part
            lost.append((each, part))
    release_parts(lost)
    return Freed(tuple(lost), {pk: quantity for pk, quantity in missing.items() if quantity})


def tell_who_lost(freed: Freed, *, company: Company, actor: User, at: datetime) -> None:
    """Tell those whose reservations were given up, once what took their place is posted."""
    by_type: dict[int, dict[tuple[int, int], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each, quantity in freed.lost:
        by_type[each.demand_type_id][each.demand_id, each.quant.item_id] += quantity
    for line_type, lines in sorted(by_type.items()):
        events.publish(
            ReservationsLost(
                company_pk=company.pk,
                line_type_pk=line_type,
                lines=tuple((line, item, str(quantity)) for (line, item), quantity in lines.items()),
                at=at,
                actor_pk=actor.pk,
            )
        )


def _in_hand(quants: Collection[int]) -> list[Reservation]:
    """Return the reservations of quants whose lines nobody else is at, locked by their lines, the newest first."""
    if not quants:
        return []
    kept = Reservation.objects.filter(quant__in=list(quants)).order_by("-reserved_at", "-pk")
    by_type: dict[int, set[int]] = defaultdict(set)
    for line_type, line in kept.values_list("demand_type", "demand_id"):
        by_type[line_type].add(line)
    free: set[tuple[int, int]] = set()
    for line_type, lines in sorted(by_type.items()):
        model = ContentType.objects.get_for_id(line_type).model_class()
        if model is None:
            continue
        rows = model._base_manager.select_for_update(of=("self",), skip_locked=True).filter(pk__in=lines)
        free |= {(line_type, row.pk) for row in rows.order_by("pk").only("pk")}
    # Read again: until a line was in hand, what is kept for it could change.
    return [each for each in kept.select_related("quant") if (each.demand_type_id, each.demand_id) in free]
