"""Labels of the places that stock lies in."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location, Warehouse
from suite.pages.prints import Label, Print


def location_labels(locations: Sequence[Location]) -> list[Label]:
    """One label for each place; what customers and suppliers stand for in the ledger is no place to label."""
    return [
        Label(
            title=each.code, code=each.code, small=each.warehouse.name, facts=((_("Address"), each.warehouse.address),)
        )
        for each in locations
        if each.warehouse is not None
    ]


def warehouse_labels(warehouses: Sequence[Warehouse]) -> list[Label]:
    """One label for each place in the warehouses that is in use."""
    places = Location.objects.filter(warehouse__in=warehouses, kind=LocationKind.STORE, is_active=True)
    return location_labels(list(places.select_related("warehouse").order_by("warehouse__code", "code")))


LOCATION_PRINTS = {"labels": Print(_("Location labels"), labels=location_labels, bulk=True)}
WAREHOUSE_PRINTS = {"labels": Print(_("Location labels"), labels=warehouse_labels, bulk=True)}
