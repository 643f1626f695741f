"""The products of opportunities; used by the services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Sum, prefetch_related_objects
from django.utils.translation import gettext as _

from crm.pipeline.models import Opportunity, OpportunityLine
from suite.core.errors import InvalidInput
from suite.documents.rows import refuse_rows
from suite.documents.totals import line_amounts
from suite.masters.decimals import round_exact
from suite.masters.selectors import UnitConverter

WRITTEN = ("item", "description", "quantity", "unit", "unit_price", "discount_percent")
Row = Mapping[str, Any]


def write_products(opportunity: Opportunity, rows: Sequence[Row]) -> None:
    """
    Give an opportunity these products, in this order; those not named are removed.

    A new row takes description, unit and list price from its item where it names none.

    :raises LineErrors: with what is wrong, for each row.
    :raises InvalidInput: when a row belongs to another opportunity.
    """
    old = {line.pk: line for line in opportunity.lines.all()}
    if {row["id"] for row in rows if row.get("id")} - old.keys():
        raise InvalidInput(_("Some lines do not belong to this document any more. Reload the page."))
    lines = [_line(opportunity, old, row, position) for position, row in enumerate(rows, start=1)]
    prefetch_related_objects([line.item for line in lines if line.item is not None], "base_unit")
    _fill_from_items([(line, row) for line, row in zip(lines, rows, strict=True) if not line.pk])
    refuse_rows({place: faults for place, line in enumerate(lines) if (faults := _faults(line))})
    for line in lines:
        zero = Decimal(0)
        line.amount = line_amounts(line.quantity, line.unit_price, line.discount_percent, zero).net
    opportunity.lines.filter(pk__in=old.keys() - {line.pk for line in lines}).delete()
    OpportunityLine.objects.bulk_update([line for line in lines if line.pk], [*WRITTEN, "position", "amount"])
    OpportunityLine.objects.bulk_create([line for line in lines if not line.pk])


def sum_of_products(opportunity: Opportunity) -> Decimal:
    """Return what the products of an opportunity come to without tax."""
    total: Decimal | None = opportunity.lines.aggregate(total=Sum("amount"))["total"]
    return total or Decimal("0.00")


def _line(opportunity: Opportunity, old: Mapping[int, OpportunityLine], row: Row, position: int) -> OpportunityLine:
    line = old[row["id"]] if row.get("id") else OpportunityLine(opportunity=opportunity)
    for name in WRITTEN:
        if row.get(name) is not None or name in ("item", "unit"):
            setattr(line, name, row.get(name))
    line.position = position
    return line


def _fill_from_items(new: Sequence[tuple[OpportunityLine, Row]]) -> None:
    known = [(line, line.item, row) for line, row in new if line.item is not None]
    converter = UnitConverter(item for _line, item, _row in known)
    for line, item, row in known:
        line.description = line.description or item.name
        if line.unit is None:
            line.unit = item.base_unit
        if row.get("unit_price") is None:
            factor = converter.factor(item, line.unit, item.base_unit)
            line.unit_price = round_exact(Fraction(item.list_price) * factor, 6)


def _faults(line: OpportunityLine) -> dict[str, str]:
    errors: dict[str, str] = {}
    if line.item is None and not line.description.strip():
        errors["description"] = _("Choose an item or enter a description.")
    if line.quantity <= 0:
        errors["quantity"] = _("Enter a quantity.")
    elif line.unit is not None and line.quantity != round(line.quantity, line.unit.decimals):
        errors["quantity"] = _("%(unit)s is counted with at most %(decimals)s decimals.") % {
            "unit": line.unit,
            "decimals": line.unit.decimals,
        }
    if line.unit_price < 0:
        errors["unit_price"] = _("Enter a price that is not negative.")
    if not 0 <= line.discount_percent <= 100:
        errors["discount_percent"] = _("Enter a percentage from 0 to 100.")
    return errors
