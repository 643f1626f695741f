"""What is wrong with a line of goods."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from suite.documents.rows import Faults
from suite.masters.models import Item


def quantity_fault(item: Item, quantity: Decimal) -> Faults:
    """Return what is wrong with a quantity in the base unit of an item, by the name of its column."""
    unit = item.base_unit
    if quantity <= 0:
        return {"quantity": _("Enter a quantity.")}
    if quantity != round(quantity, unit.decimals):
        return {
            "quantity": _("%(unit)s is counted with at most %(decimals)s decimals.")
            % {"unit": unit, "decimals": unit.decimals}
        }
    return {}
