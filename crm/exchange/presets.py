"""The systems whose sales and leads can be read as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from crm.exchange.adventureworks import read_prospective_buyers
from crm.exchange.books import OrderBook
from crm.exchange.northwind import read_northwind
from crm.exchange.superstore import read_superstore
from crm.exchange.tables import Table

ORDER_BOOKS: dict[str, Callable[[Path], OrderBook]] = {"northwind": read_northwind, "superstore": read_superstore}
LEADS: dict[str, Callable[[Path], Table]] = {"adventureworks": read_prospective_buyers}
