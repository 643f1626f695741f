"""Choices of warehouses and of how items are stocked."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LocationKind(TextChoices):
    """What a location is: a place where stock of the company lies, or one that stock comes from and goes to."""

    STORE = "STORE", _("Storage")
    TRANSIT = "TRANSIT", _("In transit")
    CONSIGNED = "CONSIGNED", _("At a supplier")
    SUPPLIER = "SUPPLIER", _("Suppliers")
    CUSTOMER = "CUSTOMER", _("Customers")
    PRODUCTION = "PRODUCTION", _("Production")
    LOSS = "LOSS", _("Gains and losses")


# Stock there belongs to the company, is counted and has a value.
STOCK_KINDS = frozenset({LocationKind.STORE, LocationKind.TRANSIT, LocationKind.CONSIGNED})


class Tracking(TextChoices):
    """How the pieces of an item are told apart."""

    NONE = "NONE", _("Not at all")
    LOT = "LOT", _("By lot")
    SERIAL = "SERIAL", _("By serial number")


class ValuationMethod(TextChoices):
    """How the cost of what leaves the stock is found."""

    AVERAGE = "AVERAGE", _("Moving average")
    FIFO = "FIFO", _("First in, first out")
