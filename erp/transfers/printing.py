"""What the printed slip of a transfer shows."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.inventory.ledger import reservations_of
from erp.slips import SlipRow
from erp.transfers.models import TransferOrder
from suite.pages.prints import Print


def transferred(order: TransferOrder) -> dict[str, Any]:
    """What is to go and what was sent, by line: with the lots sent and, of what still lies there, those kept for it."""
    lines = list(order.lines.select_related("item__base_unit", "lot").order_by("position"))
    lots: dict[int, dict[Any, Any]] = defaultdict(lambda: defaultdict(int))
    for part in order.parts.filter(lot__isnull=False).select_related("lot"):
        lots[part.line_id][part.lot] += part.shipped
    for kept in reservations_of(lines).filter(quant__lot__isnull=False).select_related("quant__lot").order_by("pk"):
        lots[kept.demand_id][kept.quant.lot] += kept.quantity
    rows = [
        SlipRow(line.item, line.item.name, line.shipped, list(lots[line.pk].items()), planned=line.quantity)
        for line in lines
    ]
    return {"rows": rows}


TRANSFER_PRINTS = {"slip": Print(_("Transfer slip"), "erp/transfers/print_slip.html", transferred)}
