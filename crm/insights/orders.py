"""
What counts as an order of a customer.

CRM alone knows signed contracts. A higher system that keeps orders answers for them, see :data:`order_sources`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import DecimalField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Round

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from suite.hooks import Hook

MONEY = DecimalField(max_digits=18, decimal_places=2)
SIGNED = (ContractStatus.EXECUTING, ContractStatus.CLOSED)
NET = Round(ExpressionWrapper(F("net_total") * F("exchange_rate"), output_field=MONEY), 2)
OF_CUSTOMER = """
    SELECT ordered_on, amount FROM ({orders}) AS o
    WHERE customer_id = %s AND ordered_on <= %s AND amount > 0 ORDER BY ordered_on, amount
"""
SOURCE = "SELECT * FROM ({source}) AS source_{number} (customer_id, company_id, ordered_on, amount)"


@dataclass(frozen=True)
class Ordered:
    """One order of a customer, in the base currency of the company that sold."""

    ordered_on: date
    amount: Decimal


def contract_orders() -> QuerySet[Any]:
    """Signed contracts as orders: customer, company, day of signing, amount without tax in the base currency."""
    rows = Contract.objects.filter(status__in=SIGNED, signed_on__isnull=False).order_by()
    return rows.values_list("customer_id", "company_id", "signed_on", NET)


@Hook
def order_sources() -> Sequence[QuerySet[Any]]:
    """
    Return the orders of all customers, as query sets whose rows are put together.

    Each gives four columns: key of the customer, key of the company that sold, day, and amount without tax in that
    company's base currency. What came back is taken off the order, or is a row of its own with a negative amount; an
    order that came back whole is none. Nothing may be counted twice.
    """
    return [contract_orders()]


def orders_sql() -> tuple[str, list[Any]]:
    """Return one statement over all orders, ``customer_id, company_id, ordered_on, amount``, and its parameters."""
    parts: list[str] = []
    values: list[Any] = []
    for number, rows in enumerate(order_sources()):
        text, params = rows.query.sql_with_params()
        parts.append(SOURCE.format(source=text, number=number))
        values += params
    return " UNION ALL ".join(parts), values


def orders_of(customer_pk: int, *, until: date) -> list[Ordered]:
    """Return the orders of one customer up to a day, oldest first, returns left out."""
    text, values = orders_sql()
    with connection.cursor() as cursor:
        cursor.execute(OF_CUSTOMER.format(orders=text), [*values, customer_pk, until])
        return [Ordered(day, amount) for day, amount in cursor.fetchall()]
