"""What the printed papers of purchasing show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.inventory.labels import lot_label
from erp.purchasing.models import GoodsReceipt, GoodsReceiptLine, SupplierReturn
from erp.slips import Part, slip_rows
from suite.masters.labels import item_labels
from suite.pages.prints import Label, Print


def received(receipt: GoodsReceipt) -> dict[str, Any]:
    """What came, by line of the order and by the status that it came into stock with."""
    lines = receipt.lines.select_related("order_line__item__base_unit", "lot").order_by("position")
    parts = [
        Part(
            (each.order_line_id, each.status),
            each.order_line.goods,
            each.quantity,
            each.lot,
            each.order_line.description,
            each.get_status_display(),
        )
        for each in lines
    ]
    return {"rows": slip_rows(parts)}


def sent_back(paper: SupplierReturn) -> dict[str, Any]:
    """What went back: one received line, or a part of it."""
    line = GoodsReceiptLine.objects.select_related(
        "order_line__item__base_unit", "lot", "receipt__order__supplier", "receipt__warehouse"
    ).get(pk=paper.receipt_line_id)
    part = Part(line.pk, line.order_line.goods, paper.quantity, line.lot, line.order_line.description)
    return {"rows": slip_rows([part]), "receipt": line.receipt}


def arrival_labels(receipts: Sequence[GoodsReceipt]) -> list[Label]:
    """One label for each lot or piece that came, and one for each line without."""
    lines = GoodsReceiptLine.objects.filter(receipt__in=receipts).select_related(
        "order_line__item__base_unit", "lot__item__base_unit"
    )
    return [
        lot_label(line.lot) if line.lot is not None else item_labels([line.order_line.goods])[0]
        for line in lines.order_by("receipt", "position")
    ]


RECEIPT_PRINTS = {
    "slip": Print(_("Goods receipt slip"), "erp/purchasing/print_receipt.html", received),
    "labels": Print(_("Labels of what came"), labels=arrival_labels, bulk=True),
}
RETURN_PRINTS = {"slip": Print(_("Return slip"), "erp/purchasing/print_return.html", sent_back)}
