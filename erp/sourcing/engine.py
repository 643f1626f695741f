"""
Comparing quotes: pure functions, exact on the way.

Every price is without tax, in the company's base currency, for one base unit of the item, so that prices of different
suppliers can be set beside each other. What a supplier wants for a quantity is the highest tier that it reaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction


@dataclass(frozen=True)
class Ask:
    """One line that is asked for: so many base units, on a day or whenever."""

    key: int
    quantity: Fraction
    needed_on: date | None = None


@dataclass(frozen=True)
class Offer:
    """
    What a supplier wants for one base unit of a line from a minimum quantity on.

    :param minimum: in base units.
    :param lead_time_days: None: the supplier says nothing.
    """

    key: int
    ask: int
    supplier: int
    price: Fraction
    minimum: Fraction = Fraction(0)
    lead_time_days: int | None = None


@dataclass(frozen=True)
class Cell:
    """
    What one supplier offers for one line.

    :param is_reached: the quantity is at least the minimum.
    :param is_in_time: ordered today it comes by the day it is needed, or one of them is not known.
    """

    offer: Offer
    is_reached: bool
    is_in_time: bool


@dataclass(frozen=True)
class Total:
    """What lines come to together, and how many lines that are."""

    amount: Fraction
    lines: int


@dataclass(frozen=True)
class Comparison:
    """
    The offers side by side.

    :param cells: by line and supplier; a supplier that does not offer a line has none.
    :param lowest: the lowest price that can be had, by line.
    :param best: the cheapest in time, or the cheapest at all where none is in time, by line.
    :param totals: of what each supplier offers and the quantity reaches.
    :param split: of the best offers, each line from its best supplier.
    """

    cells: Mapping[tuple[int, int], Cell]
    lowest: Mapping[int, Fraction]
    best: Mapping[int, Cell]
    totals: Mapping[int, Total]
    split: Total


def net_price(
    price: Decimal, *, tax_percent: Decimal, includes_tax: bool, rate: Decimal, base_units: Fraction
) -> Fraction:
    """
    Return a price without tax, in base currency, for one base unit.

    :param rate: what one unit of the currency of the price is worth in base currency.
    :param base_units: how many base units the price is for.
    """
    amount = Fraction(price) * Fraction(rate) / base_units
    return amount * 100 / (100 + Fraction(tax_percent)) if includes_tax else amount


def compare(asks: Sequence[Ask], offers: Iterable[Offer], *, today: date) -> Comparison:
    """Set offers side by side; among equal prices the shorter lead time is the better, then the lower supplier key."""
    by_place: dict[tuple[int, int], list[Offer]] = defaultdict(list)
    for offer in offers:
        by_place[offer.ask, offer.supplier].append(offer)
    suppliers = sorted({supplier for _ask, supplier in by_place})
    cells = {
        (ask.key, supplier): _cell(ask, by_place[ask.key, supplier], today)
        for ask in asks
        for supplier in suppliers
        if (ask.key, supplier) in by_place
    }
    lowest: dict[int, Fraction] = {}
    best: dict[int, Cell] = {}
    for ask in asks:
        usable = [cells[ask.key, each] for each in suppliers if (ask.key, each) in cells]
        usable = [cell for cell in usable if cell.is_reached]
        if usable:
            lowest[ask.key] = min(cell.offer.price for cell in usable)
            best[ask.key] = min(usable, key=_preference)
    amounts = {ask.key: ask.quantity for ask in asks}
    totals = {
        supplier: _total((cell for (_ask, own), cell in cells.items() if own == supplier and cell.is_reached), amounts)
        for supplier in suppliers
    }
    return Comparison(cells, lowest, best, totals, _total(best.values(), amounts))


def needs_reason(comparison: Comparison, ask: int, supplier: int) -> bool:
    """Whether choosing a supplier for a line has to be explained: it is dearer or later than the best."""
    chosen, best = comparison.cells[ask, supplier], comparison.best[ask]
    return chosen.offer.price > best.offer.price or (best.is_in_time and not chosen.is_in_time)


def _cell(ask: Ask, tiers: Sequence[Offer], today: date) -> Cell:
    reached = [tier for tier in tiers if tier.minimum <= ask.quantity]
    offer = max(reached, key=lambda tier: tier.minimum) if reached else min(tiers, key=lambda tier: tier.minimum)
    is_known = ask.needed_on is not None and offer.lead_time_days is not None
    is_late = is_known and today + timedelta(days=offer.lead_time_days or 0) > (ask.needed_on or today)
    return Cell(offer, is_reached=bool(reached), is_in_time=not is_late)


def _preference(cell: Cell) -> tuple[bool, Fraction, bool, int, int]:
    days = cell.offer.lead_time_days
    return (not cell.is_in_time, cell.offer.price, days is None, days or 0, cell.offer.supplier)


def _total(cells: Iterable[Cell], quantities: Mapping[int, Fraction]) -> Total:
    amounts = [cell.offer.price * quantities[cell.offer.ask] for cell in cells]
    return Total(sum(amounts, Fraction(0)), len(amounts))
