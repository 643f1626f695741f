"""Everything that a system kept of its sales: customers, items and the orders between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.customers.models import Source
from crm.exchange.orders import Order, OrderImport, import_orders
from crm.exchange.tables import Table, TableImport, import_table
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters.models import Currency, ExchangeRate

Progress = Callable[..., Any]
Reader = Callable[[Path], "OrderBook"]


@dataclass(frozen=True)
class OrderBook:
    """
    The sales of another system.

    :param tables: what orders refer to, in the order in which it is imported.
    :param currency: ISO code of all prices.
    :param rates: exchange rates to add where the currency has none for that day.
    :param notes: what could not be carried over as it was, for a person.
    """

    tables: tuple[Table, ...]
    orders: tuple[Order, ...]
    currency: str = "CNY"
    rates: Mapping[date, Decimal] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BookImport:
    """What an import of an order book did."""

    tables: tuple[TableImport, ...]
    orders: OrderImport


@transaction.atomic
def import_book(*, book: OrderBook, actor: User, at: datetime, progress: Progress | None = None) -> BookImport:
    """
    Import customers and items by their ordinary importers, then the orders; what is known is passed over.

    :param progress: called with the number of orders done and of all.
    :raises InvalidInput: when the currency is unknown, or a row that an order needs was refused.
    """
    currency = Currency.objects.filter(code=book.currency).first()
    if currency is None:
        raise InvalidInput(_("There is no currency %(code)s.") % {"code": book.currency})
    ExchangeRate.objects.bulk_create(
        (ExchangeRate(currency=currency, rate_date=day, rate=rate) for day, rate in book.rates.items()),
        ignore_conflicts=True,
    )
    tables = tuple(import_table(table, actor=actor, at=at) for table in book.tables)
    orders = import_orders(
        orders=book.orders,
        currency=currency,
        source=Source.objects.filter(code="IMPORT").first(),
        actor=actor,
        at=at,
        progress=progress,
    )
    return BookImport(tables, orders)
