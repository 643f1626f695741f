"""How rows from a form, the API or an import become lines of a document; used by the services."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from suite.core.bulk import add_rows
from suite.core.errors import InvalidInput
from suite.core.reading import read_where
from suite.documents.errors import LineErrors
from suite.documents.models import Document, LineBase
from suite.documents.totals import line_amounts
from suite.masters.decimals import round_exact
from suite.masters.models import Item, TaxCode
from suite.masters.selectors import UnitConverter, tax_rate_on, tax_rates_on

Row = Mapping[str, Any]
KEPT = frozenset({"id", "document", "version", "created_at", "updated_at"})


def lines_of(document: Document) -> models.QuerySet[LineBase]:
    """Return the lines of a document in their order."""
    lines: models.QuerySet[LineBase] = document.lines.order_by("position")
    return lines


def read_lines(document: Document) -> list[Any]:
    """Read the lines of a document in their order; they have the document at hand."""
    lines = read_where(line_model(document), "WHERE t.document_id = %s ORDER BY t.position", [document.pk])
    for line in lines:
        line.document = document
    return lines


def line_model(document: Document) -> Any:
    """Return the model of the lines of a document, which need not be saved; the line declares its document."""
    model: Any = document
    return model._meta.get_field("lines").related_model


def values_of(line: LineBase) -> tuple[Any, ...]:
    """Return what a save of lines may write, for comparison."""
    return tuple(getattr(line, field.attname) for field in _columns(type(line)))


def apply_rows(document: Document, old: Mapping[int, LineBase], rows: Sequence[Row]) -> list[LineBase]:
    """
    Return the lines as the rows want them, not saved yet.

    :raises InvalidInput: when a row names a line that is not among the old ones.
    """
    model = line_model(document)
    if {row["id"] for row in rows if row.get("id")} - old.keys():
        raise InvalidInput(_("Some lines do not belong to this document any more. Reload the page."))
    lines = []
    for position, row in enumerate(rows, start=1):
        line = old[row["id"]] if row.get("id") else model(document=document)
        for name, value in row.items():
            if name != "id":
                _refuse_other_columns(model, name)
                setattr(line, name, value)
        line.position = position
        lines.append(line)
    _fill_from_items(document, [(line, row) for line, row in zip(lines, rows, strict=True) if not row.get("id")])
    return lines


def compute_amounts(document: Document, lines: Iterable[LineBase]) -> None:
    """Give every line its amounts."""
    for line in lines:
        amounts = line_amounts(
            line.quantity,
            line.unit_price,
            line.discount_percent,
            line.tax_rate,
            decimals=document.currency.decimals,
            price_includes_tax=document.price_includes_tax,
        )
        line.net_amount, line.tax_amount, line.gross_amount = amounts.net, amounts.tax, amounts.gross


def refuse_wrong(lines: Sequence[LineBase]) -> None:
    """
    Look at every line.

    :raises LineErrors: with all that is wrong.
    """
    faults = {index: errors for index, line in enumerate(lines) if (errors := _faults(line))}
    if faults:
        numbers = ", ".join(str(index + 1) for index in faults)
        raise LineErrors(_("Check the lines %(lines)s.") % {"lines": numbers}, faults)


def write_lines(model: type[LineBase], before: Mapping[int, tuple[Any, ...]], lines: Sequence[LineBase]) -> None:
    """Remove, change and add lines by one statement each; a line that is as before is not written."""
    if gone := before.keys() - {line.pk for line in lines}:
        model._default_manager.filter(pk__in=gone).delete()
    changed = [line for line in lines if line.pk and values_of(line) != before[line.pk]]
    now = timezone.now()
    for line in changed:
        line.version += 1
        line.updated_at = now
    if changed:
        names = [field.name for field in _columns(model)]
        model._default_manager.bulk_update(changed, [*names, "version", "updated_at"])
    add_rows(line for line in lines if not line.pk)


def _columns(model: type[LineBase]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.name not in KEPT]


def _refuse_other_columns(model: type[LineBase], name: str) -> None:
    """Refuse what a row may not write: a column that is unknown, computed or of the kernel."""
    field = model._meta.get_field(name)
    if not getattr(field, "editable", False) or name in KEPT or name == "position":
        raise FieldDoesNotExist(f"{model._meta.label}.{name} is not written by rows")


def _fill_from_items(document: Document, new: Sequence[tuple[LineBase, Row]]) -> None:
    """Give new lines what their row leaves out and their item knows: description, unit, tax rate and price."""
    known = [(line, line.item, row) for line, row in new if line.item is not None]
    if not known:
        return
    models.prefetch_related_objects([item for _line, item, _row in known], "base_unit")
    rates = _tax_rates(document, [item for _line, item, row in known if "tax_rate" not in row])
    converter: UnitConverter | None = None
    for line, item, row in known:
        line.description = line.description or item.name
        if line.unit is None:
            line.unit = item.base_unit
        if "tax_rate" not in row and item.tax_code_id in rates:
            line.tax_rate = rates[item.tax_code_id]
        if "unit_price" not in row:
            factor = Fraction(1)
            if line.unit_id != item.base_unit_id:
                converter = converter or UnitConverter(each for _line, each, _row in known)
                factor = converter.factor(item, line.unit, item.base_unit)
            line.unit_price = list_price_in(document, item.list_price, factor, line.tax_rate)


def list_price_in(document: Document, list_price: Decimal, factor: Fraction, tax_rate: Decimal) -> Decimal:
    """Return the list price in the unit and currency of the line, with tax where the document's prices have it."""
    price = Fraction(list_price) * factor / Fraction(document.exchange_rate)
    if document.price_includes_tax:
        price *= (100 + Fraction(tax_rate)) / 100
    return round_exact(price, 6)


def _tax_rates(document: Document, items: Iterable[Item]) -> dict[int | None, Decimal]:
    """
    Return the rates of the items' taxes on the day of the document, by key of the tax.

    :raises NoTaxRate: when one of them has none that day.
    """
    keys = {item.tax_code_id for item in items if item.tax_code_id}
    if not keys:
        return {}
    codes = dict(TaxCode.objects.filter(pk__in=keys).values_list("pk", "code"))
    day = document.document_date
    rates = tax_rates_on(codes.values(), day)
    return {pk: rates[code] if code in rates else tax_rate_on(code, day) for pk, code in codes.items()}


def _faults(line: LineBase) -> dict[str, str]:
    errors: dict[str, str] = {}
    if line.item_id is None and not line.description.strip():
        errors["description"] = _("Choose an item or enter a description.")
    if line.quantity == 0:
        errors["quantity"] = _("Enter a quantity.")
    elif line.unit is not None and line.quantity != round(line.quantity, line.unit.decimals):
        errors["quantity"] = _("%(unit)s is counted with at most %(decimals)s decimals.") % {
            "unit": line.unit,
            "decimals": line.unit.decimals,
        }
    if line.unit_price < 0:
        errors["unit_price"] = _("Enter a price that is not negative.")
    for name in ("discount_percent", "tax_rate"):
        if not 0 <= getattr(line, name) <= 100:
            errors[name] = _("Enter a percentage from 0 to 100.")
    return errors
