"""What counts come to: the differences, what they are worth, and which of them are too large."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from erp.counting.models import CountLine, CountSheet
from erp.counting.tolerance import is_beyond
from erp.inventory.models import StockValue
from suite.masters.decimals import round_exact
from suite.masters.models import Company

ZERO = Decimal(0)
# Of each item (quantity, amount) in stock.
Worth = dict[int, tuple[Decimal, Decimal]]
JUDGED = ["difference", "difference_value", "is_beyond"]


def judge_lines(sheet: CountSheet) -> list[CountLine]:
    """Compute difference, value and verdict of every counted line of a sheet, save and return them."""
    lines = list(
        sheet.lines.filter(counted_at__isnull=False).select_related("item__base_unit", "lot", "location__warehouse")
    )
    worth = worth_of(sheet.company, (line.item_id for line in lines))
    for line in lines:
        counted, book = line.final_quantity or ZERO, line.final_book_quantity or ZERO
        line.difference = counted - book
        line.difference_value = value_of(line, worth)
        line.is_beyond = is_beyond(
            line.difference,
            book,
            line.difference_value,
            percent=sheet.tolerance_percent,
            amount=sheet.tolerance_amount,
        )
    CountLine.objects.bulk_update(lines, JUDGED, batch_size=1000)
    return lines


def worth_of(company: Company, items: Iterable[int]) -> Worth:
    """Return what there is of items, and what it is worth, by key of the item; only of those there is something."""
    rows = StockValue.objects.filter(company=company, item__in=set(items), quantity__gt=0)
    return {item: (quantity, amount) for item, quantity, amount in rows.values_list("item", "quantity", "amount")}


def value_of(line: CountLine, worth: Worth) -> Decimal | None:
    """
    Return what the difference of a line is worth, in the base currency.

    What was found costs what the line says, else the present average, as what is missing does. None: nothing says.
    """
    decimals: int = line.sheet.company.base_currency.decimals
    difference = line.difference or ZERO
    if not difference:
        return round_exact(ZERO, decimals)
    if difference > 0 and line.unit_cost is not None:
        return round_exact(difference * line.unit_cost, decimals)
    if line.item_id not in worth:
        return None
    quantity, amount = worth[line.item_id]
    return round_exact(difference * amount / quantity, decimals)
