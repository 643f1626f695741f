"""The comparison of quotes as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from erp.sourcing.engine import Cell, Total
from erp.sourcing.models import RequestForQuotation, RequestLine, SupplierQuote, SupplierQuoteLine
from erp.sourcing.selectors import Reference, Sheet, compare_quotes, last_paid, lowest_agreed
from suite.masters.decimals import round_exact

PRICE_PLACES = 4


@dataclass(frozen=True)
class ShownReference:
    """A price to compare with, and where it comes from."""

    price: Decimal
    supplier: str
    source: str


@dataclass(frozen=True)
class ShownCell:
    """What a supplier offers for a line; without an offer there is no price."""

    quote: SupplierQuote
    price: Decimal | None = None
    offer: SupplierQuoteLine | None = None
    is_lowest: bool = False
    is_best: bool = False
    is_late: bool = False
    is_too_little: bool = False
    is_awarded: bool = False


@dataclass(frozen=True)
class ShownLine:
    """One line with what every supplier offers for it."""

    line: RequestLine
    cells: tuple[ShownCell, ...]
    last: ShownReference | None
    agreed: ShownReference | None


@dataclass(frozen=True)
class ShownSupplier:
    """What a supplier wants for all that it offers, and whether that is every line."""

    quote: SupplierQuote
    total: Decimal
    lines: int
    is_whole: bool
    is_expired: bool


def comparison_of(rfq: RequestForQuotation, today: date) -> dict[str, object]:
    """Return the context of the comparison of a request's quotes."""
    sheet = compare_quotes(rfq, today)
    items = {line.item_id for line in sheet.lines}
    last, agreed = last_paid(rfq.company, items), lowest_agreed(rfq.company, sheet.lines, today)
    split = sheet.comparison.split
    return {
        "suppliers": [_supplier(sheet, quote, today) for quote in sheet.quotes],
        "lines": [
            ShownLine(
                line,
                tuple(_cell(sheet, line, quote) for quote in sheet.quotes),
                _reference(last.get(line.item_id)),
                _reference(agreed.get(line.pk)),
            )
            for line in sheet.lines
        ],
        "split_total": _money(split),
        "split_is_whole": split.lines == len(sheet.lines),
        "base_currency": rfq.company.base_currency,
    }


def _supplier(sheet: Sheet, quote: SupplierQuote, today: date) -> ShownSupplier:
    total = sheet.comparison.totals.get(quote.supplier_id, Total(Fraction(0), 0))
    return ShownSupplier(
        quote, _money(total), total.lines, total.lines == len(sheet.lines), not quote.is_valid_on(today)
    )


def _cell(sheet: Sheet, line: RequestLine, quote: SupplierQuote) -> ShownCell:
    cell: Cell | None = sheet.comparison.cells.get((line.pk, quote.supplier_id))
    if cell is None:
        return ShownCell(quote)
    best = sheet.comparison.best.get(line.pk)
    return ShownCell(
        quote,
        price=round_exact(cell.offer.price, PRICE_PLACES),
        offer=sheet.offers[cell.offer.key],
        is_lowest=cell.is_reached and cell.offer.price == sheet.comparison.lowest[line.pk],
        is_best=best is not None and best.offer.key == cell.offer.key,
        is_late=not cell.is_in_time,
        is_too_little=not cell.is_reached,
        is_awarded=line.awarded_id == cell.offer.key,
    )


def _reference(found: Reference | None) -> ShownReference | None:
    return ShownReference(round_exact(found.price, PRICE_PLACES), found.supplier, found.source) if found else None


def _money(total: Total) -> Decimal:
    return round_exact(total.amount, 2)
