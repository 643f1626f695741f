"""Labels of items."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from suite.core.gs1 import element_string, is_gtin
from suite.masters.models import Item
from suite.pages.prints import Label, Print

EAN_13 = 13


def gtin_of(item: Item) -> str:
    """The GTIN of an item: its barcode, or its code when that is an EAN-13; empty without one."""
    if is_gtin(item.barcode):
        return item.barcode
    return item.code if len(item.code) == EAN_13 and is_gtin(item.code) else ""


def bar_text(item: Item) -> str:
    """What the bar code of an item says: its GTIN or barcode, else its code."""
    return item.barcode or item.code


def item_labels(items: Sequence[Item]) -> list[Label]:
    """One label for each item."""
    return [
        Label(
            title=item.name,
            code=bar_text(item),
            small=item.code,
            facts=((_("Specification"), item.spec), (_("Unit"), item.base_unit)),
            scan=element_string(gtin_of(item)),
        )
        for item in items
    ]


ITEM_PRINTS = {"labels": Print(_("Item labels"), labels=item_labels, bulk=True)}
