"""Labels of lots and serial numbers."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from erp.inventory.models import Lot
from suite.core.gs1 import element_string
from suite.masters.labels import gtin_of
from suite.pages.prints import Label, Print


def lot_labels(lots: Sequence[Lot]) -> list[Label]:
    """One label for each lot or piece; the lots come with their items."""
    return [lot_label(lot) for lot in lots]


def lot_label(lot: Lot) -> Label:
    """The label of a lot: its QR code is the element string of GS1 where the item has a GTIN, else its number."""
    number = {"serial": lot.number} if lot.is_serial else {"lot": lot.number}
    return Label(
        title=lot.item.name,
        code=lot.number,
        small=lot.item.code,
        facts=(
            (_("Expires on"), lot.expires_on and f"{lot.expires_on:%Y-%m-%d}"),
            (_("Specification"), lot.item.spec),
            (_("Produced on"), lot.produced_on and f"{lot.produced_on:%Y-%m-%d}"),
            (_("Lot number of the supplier"), lot.supplier_lot),
        ),
        scan=element_string(gtin_of(lot.item), expires=lot.expires_on, **number),
    )


LOT_PRINTS = {"labels": Print(_("Lot labels"), labels=lot_labels, bulk=True)}
