"""
The order book of Northwind Traders, the sample database of Microsoft's SQL Server.

Prices are US dollars without tax. Freight is charged to the customer, so each order has it as a line of its own. An
order counts as paid in full on the day it was shipped, since the database knows no payments; one that was not shipped
is still to be paid by the required date.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from crm.customers.models import Customer
from crm.exchange.books import OrderBook
from crm.exchange.orders import Order, OrderLine
from crm.exchange.tables import Record, Table, read_records
from suite.masters.models import Item, ItemCategory

# Yearly averages in yuan, China Statistical Yearbook, "Reference exchange rate of renminbi".
RATES = {date(1996, 1, 1): "8.3142", date(1997, 1, 1): "8.2898", date(1998, 1, 1): "8.2791"}


def read_northwind(folder: Path) -> OrderBook:
    """
    Read Customers, Categories, Products, Orders and OrderDetails.

    :raises InvalidInput: when one of the files is missing.
    """
    details: dict[str, list[Record]] = defaultdict(list)
    for detail in read_records(folder, "OrderDetails.csv"):
        details[detail["OrderID"]].append(detail)
    orders = read_records(folder, "Orders.csv")
    return OrderBook(
        tables=(_customers(folder), _categories(folder), _items(folder)),
        orders=tuple(_order(order, details[order["OrderID"]]) for order in orders),
        currency="USD",
        rates={day: Decimal(rate) for day, rate in RATES.items()},
    )


def _customers(folder: Path) -> Table:
    columns = ("code", "name", "phone", "country", "region", "city", "contact_name", "contact_title", "note")
    rows = [
        (
            row["CustomerID"],
            row["CompanyName"],
            row["Phone"],
            row["Country"],
            row["Region"],
            row["City"],
            row["ContactName"],
            row["ContactTitle"],
            " ".join(filter(None, (row["Address"], row["PostalCode"]))),
        )
        for row in read_records(folder, "Customers.csv")
    ]
    return Table(Customer, columns, rows)


def _categories(folder: Path) -> Table:
    rows = [(f"NW-{row['CategoryID']}", row["CategoryName"]) for row in read_records(folder, "Categories.csv")]
    return Table(ItemCategory, ("code", "name"), rows)


def _items(folder: Path) -> Table:
    columns = ("code", "name", "spec", "category", "base_unit", "list_price", "is_active")
    rows = [
        (
            _item_code(row["ProductID"]),
            row["ProductName"],
            row["QuantityPerUnit"],
            f"NW-{row['CategoryID']}",
            "EA",
            row["UnitPrice"],
            "0" if row["Discontinued"] == "1" else "1",
        )
        for row in read_records(folder, "Products.csv")
    ]
    return Table(Item, columns, rows)


def _item_code(product: str) -> str:
    return f"NW-{int(product):03}"


def _order(order: Record, details: list[Record]) -> Order:
    lines = [
        OrderLine(
            item=_item_code(row["ProductID"]),
            quantity=Decimal(row["Quantity"]),
            unit_price=Decimal(row["UnitPrice"]),
            discount_percent=Decimal(row["Discount"]) * 100,
        )
        for row in details
    ]
    freight = Decimal(order["Freight"])
    if freight:
        lines.append(OrderLine(item="", description=_("Freight"), quantity=Decimal(1), unit_price=freight))
    shipped = date.fromisoformat(order["ShippedDate"]) if order["ShippedDate"] else None
    return Order(
        key=f"northwind:{order['OrderID']}",
        customer=order["CustomerID"],
        ordered_on=date.fromisoformat(order["OrderDate"]),
        lines=tuple(lines),
        reference=order["OrderID"],
        due_on=date.fromisoformat(order["RequiredDate"]),
        delivered_on=shipped,
        paid_on=shipped,
    )
