"""Operations on warehouses and locations."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location, Warehouse
from suite.access.models import User
from suite.core.errors import WrongState
from suite.masters.models import Company, Party

# Codes of the locations that every company has once.
COMMON = {
    LocationKind.SUPPLIER: "SUPPLIERS",
    LocationKind.CUSTOMER: "CUSTOMERS",
    LocationKind.PRODUCTION: "PRODUCTION",
    LocationKind.LOSS: "LOSS",
    LocationKind.TRANSIT: "TRANSIT",
}


@transaction.atomic
def create_warehouse(
    *, company: Company, code: str, name: str, actor: User | None, at: datetime, **details: Any
) -> Warehouse:
    """Open a warehouse with its one location; without bins all its stock lies there."""
    warehouse = Warehouse(company=company, code=code.strip(), name=name.strip(), created_at=at, **details)
    if not Warehouse.objects.filter(company=company, is_default=True).exists():
        warehouse.is_default = True
    warehouse.full_clean()
    warehouse.save()
    Location.objects.create(company=company, kind=LocationKind.STORE, warehouse=warehouse, code=warehouse.code)
    return warehouse


@transaction.atomic
def update_warehouse(*, warehouse: Warehouse, actor: User, at: datetime, **changes: Any) -> Warehouse:
    """
    Change a warehouse.

    :raises WrongState: when it is closed while stock lies there.
    """
    warehouse = Warehouse.objects.lock(warehouse)
    place = store_of(warehouse)
    for name, value in changes.items():
        setattr(warehouse, name, value)
    warehouse.full_clean()
    if place.code != warehouse.code:
        # Its one location is found by the code.
        place.code = warehouse.code
        place.save(update_fields=["code"])
    if not warehouse.is_active and warehouse.locations.filter(quants__on_hand__gt=0).exists():
        raise WrongState(_("There is still stock in %(warehouse)s.") % {"warehouse": warehouse})
    warehouse.save()
    return warehouse


def default_warehouse(company: Company) -> Warehouse:
    """Return the warehouse that a company uses unless another is named; a company without any gets its first."""
    found = Warehouse.objects.filter(company=company, is_active=True).order_by("-is_default", "pk").first()
    if found is not None:
        return found
    return create_warehouse(
        company=company, code=f"{company.code}-1", name=_("Main warehouse"), actor=None, at=timezone.now()
    )


def store_of(warehouse: Warehouse) -> Location:
    """Return the location where the stock of a warehouse without bins lies."""
    return Location.objects.select_related("company").get(warehouse=warehouse, code=warehouse.code)


def common_location(company: Company, kind: LocationKind) -> Location:
    """Return the location of a company where stock comes from or goes to, made when first asked for."""
    location, _made = Location.objects.get_or_create(company=company, code=COMMON[kind], defaults={"kind": kind})
    return location


def store_and_common(warehouse: Warehouse, kind: LocationKind) -> tuple[Location, Location]:
    """Return where the stock of a warehouse lies and a place of its company outside, by one question."""
    # Asked for each posting, and twice as quick as the same question built from a queryset.
    rows = Location.objects.raw(
        "SELECT * FROM erp_location WHERE company_id = %s AND code = ANY(%s)",
        [warehouse.company_id, [warehouse.code, COMMON[kind]]],
    )
    found = {each.code: each for each in rows}
    outside = found.get(COMMON[kind]) or common_location(warehouse.company, kind)
    return found[warehouse.code], outside


def consigned_location(company: Company, party: Party) -> Location:
    """Return where stock of a company lies at a supplier, made when first asked for."""
    location, _made = Location.objects.get_or_create(
        company=company, code=f"AT-{party.pk}", defaults={"kind": LocationKind.CONSIGNED, "party": party}
    )
    return location
