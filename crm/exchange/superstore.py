"""
The order book of the Chinese sample superstore 示例超市.

An order number stands for up to several orders: an order is told by number, customer and day. Product numbers are
given twice as well, so an item is told by number and name. Amounts are after discount and count as without tax; the
price before it follows from amount, quantity and discount. A loss on a line is no error: what the item cost is kept as
its reference cost. An order counts as paid in full when it is sent. Returns name only the order number: where that is
one order, its contract and receipt are void; where it is several, nobody can tell which, and a note says so.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from django.utils.translation import gettext as _

from crm.customers.models import Customer
from crm.exchange.books import OrderBook
from crm.exchange.orders import Order, OrderLine
from crm.exchange.tables import Record, Table, read_records
from suite.masters.decimals import round_exact
from suite.masters.models import Item, ItemCategory

ItemKey = tuple[str, str]
OrderKey = tuple[str, str, str]


def read_superstore(folder: Path) -> OrderBook:
    """
    Read orders and returns.

    :raises InvalidInput: when one of the files is missing.
    """
    lines = read_records(folder, "orders.csv.gz")
    returned = {row["订单 ID"] for row in read_records(folder, "returns.csv")}
    codes = _item_codes(lines)
    orders: dict[OrderKey, list[Record]] = defaultdict(list)
    for line in lines:
        orders[line["订单 ID"], line["客户 ID"], line["订单日期"]].append(line)
    by_number: dict[str, int] = defaultdict(int)
    for number, _customer, _day in orders:
        by_number[number] += 1
    unclear = {number for number in returned if by_number[number] > 1}
    notes = [
        _("Return of order number %(number)s: it stands for %(count)d orders, nothing was voided.")
        % {"number": number, "count": by_number[number]}
        for number in sorted(unclear)
    ]
    return OrderBook(
        tables=(_customers(lines), _categories(lines), _items(lines, codes)),
        orders=tuple(_order(key, rows, codes, returned, unclear) for key, rows in orders.items()),
        notes=tuple(notes),
    )


def _by_day(lines: list[Record]) -> list[Record]:
    return sorted(lines, key=lambda line: (line["订单日期"], int(line["行 ID"])))


def _customers(lines: list[Record]) -> Table:
    """Customers with the place that they ordered from last."""
    last = {line["客户 ID"]: line for line in _by_day(lines)}
    rows = [(code, row["客户名称"], row["细分"], row["省/自治区"], row["城市"]) for code, row in sorted(last.items())]
    return Table(Customer, ("code", "name", "industry", "region", "city"), rows)


def _categories(lines: list[Record]) -> Table:
    pairs = sorted({(line["类别"], line["子类别"]) for line in lines})
    top = [(name, name, "") for name in dict.fromkeys(above for above, _name in pairs)]
    return Table(ItemCategory, ("code", "name", "parent"), [*top, *((f"{a}-{n}", n, a) for a, n in pairs)])


def _item_codes(lines: list[Record]) -> dict[ItemKey, str]:
    """Return a code for each item: its number, with a running number behind that of a second item."""
    codes: dict[ItemKey, str] = {}
    used: dict[str, int] = defaultdict(int)
    for line in lines:
        key = line["产品 ID"], line["产品名称"]
        if key not in codes:
            used[key[0]] += 1
            codes[key] = key[0] if used[key[0]] == 1 else f"{key[0]}-{used[key[0]]}"
    return codes


def _items(lines: list[Record], codes: dict[ItemKey, str]) -> Table:
    """Items with their last price before discount and their last cost."""
    columns = ("code", "name", "category", "base_unit", "list_price", "reference_cost")
    last = {codes[line["产品 ID"], line["产品名称"]]: line for line in _by_day(lines)}
    rows = [
        (code, row["产品名称"], f"{row['类别']}-{row['子类别']}", "EA", str(_price(row)), str(_cost(row)))
        for code, row in sorted(last.items())
    ]
    return Table(Item, columns, rows)


def _price(line: Record) -> Decimal:
    return round_exact(Fraction(line["销售额"]) / (1 - Fraction(line["折扣"])) / int(line["数量"]), 6)


def _cost(line: Record) -> Decimal:
    return round_exact((Fraction(line["销售额"]) - Fraction(line["利润"])) / int(line["数量"]), 6)


def _order(
    key: OrderKey, rows: list[Record], codes: dict[ItemKey, str], returned: set[str], unclear: set[str]
) -> Order:
    number, customer, day = key
    first = rows[0]
    sent = date.fromisoformat(first["发货日期"])
    remarks = _("Deliver to: %(place)s. Sent: %(how)s.") % {
        "place": f"{first['省/自治区']} {first['城市']}",
        "how": first["邮寄方式"],
    }
    if number in unclear:
        remarks += " " + _("Perhaps returned: the return names an order number that several orders have.")
    return Order(
        key=f"superstore:{number}:{customer}:{day}",
        customer=customer,
        ordered_on=date.fromisoformat(day),
        lines=tuple(_line(row, codes) for row in rows),
        reference=number,
        due_on=sent,
        delivered_on=sent,
        paid_on=sent,
        returned=_("Returned") if number in returned - unclear else "",
        remarks=remarks,
    )


def _line(row: Record, codes: dict[ItemKey, str]) -> OrderLine:
    return OrderLine(
        item=codes[row["产品 ID"], row["产品名称"]],
        quantity=Decimal(row["数量"]),
        unit_price=_price(row),
        discount_percent=Decimal(row["折扣"]) * 100,
    )
