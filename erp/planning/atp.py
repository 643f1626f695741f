"""
Available to promise of items: what the ledger, purchase orders and sales orders say, put to the engine.

See :mod:`erp.inventory.availability` for how it is calculated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from erp.inventory.availability import Availability, Dated, available_to_promise
from erp.planning.supply import coming_lines, free_stock, totals, uncovered_lines
from erp.purchasing.choices import OPEN_ORDERS
from suite.masters.models import Company

ZERO = Decimal(0)


def availability_of(company: Company, item_pks: Collection[int], day: date) -> dict[int, Availability]:
    """
    Return what of each item can be promised from a day on, by key of the item, in three statements.

    Supply is free good stock of all warehouses and what released purchase orders still bring, on the day that the
    supplier promised, else expected, else needed. Demand is what confirmed sales orders wait for and no stock is kept
    for. A receipt that is overdue, or of which nobody knows the day, is not promised; demand that is overdue is taken
    off at once.

    :param day: the first day of the answer, usually today.
    """
    pks = set(item_pks)
    on_hand = totals(free_stock(company, pks, day))
    receipts = _dated(totals(coming_lines(company, pks, OPEN_ORDERS).filter(day__isnull=False), "item_id", "day"))
    demands = _dated(totals(uncovered_lines(company, pks), "item_id", "day"))
    return {pk: available_to_promise(on_hand.get(pk, ZERO), receipts[pk], demands[pk], start=day) for pk in sorted(pks)}


def _dated(sums: dict[tuple[int, date], Decimal]) -> defaultdict[int, list[Dated]]:
    found: defaultdict[int, list[Dated]] = defaultdict(list)
    for (pk, day), quantity in sums.items():
        found[pk].append(Dated(day, quantity))
    return found
