"""
Trade and its stock ledger, beside the least SQL that does the same business.

Orders of five lines are created and confirmed (stock is kept for them), then shipped; purchase orders of five lines are
received; what is on hand is asked of all items. The floor writes the same business rows (order, lines, reservations,
quants, moves, values, delivery) by plain statements, checks stock under row locks, and commits once for each document.

    python -m benchmarks.stock [documents]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import django

DOCUMENTS = 100
ITEMS = 200
LINES = 5
STOCK = Decimal(1_000_000)


def rate(count: int, work: Callable[[int], Any]) -> tuple[float, float]:
    """Documents a second, and statements for each."""
    from django.db import connection

    statements = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    work(0)
    start = time.perf_counter()
    with connection.execute_wrapper(counted):
        for number in range(1, count + 1):
            work(number)
    return count / (time.perf_counter() - start), statements / count


class Floor:
    """The same business by plain SQL, in tables of its own without any index that it does not need."""

    TABLES = """
        CREATE TABLE floor_order
            (id bigserial PRIMARY KEY, number text UNIQUE, party bigint, status text, total numeric);
        CREATE TABLE floor_line
            (id bigserial PRIMARY KEY, document bigint, item bigint, quantity numeric, price numeric, amount numeric,
             delivered numeric DEFAULT 0);
        CREATE TABLE floor_quant
            (item bigint PRIMARY KEY, on_hand numeric, reserved numeric, amount numeric,
             CHECK (on_hand >= reserved AND reserved >= 0));
        CREATE TABLE floor_kept (line bigint PRIMARY KEY, item bigint, quantity numeric);
        CREATE TABLE floor_move
            (id bigserial PRIMARY KEY, item bigint, quantity numeric, line bigint UNIQUE, at timestamptz);
        CREATE TABLE floor_entry (id bigserial PRIMARY KEY, move bigint, quantity numeric, amount numeric);
        CREATE TABLE floor_delivery (id bigserial PRIMARY KEY, number text UNIQUE, document bigint);
    """
    NAMES = ("order", "line", "quant", "kept", "move", "entry", "delivery")

    def __init__(self, items: list[int]) -> None:
        from django.db import connection

        self.connection = connection
        with connection.cursor() as cursor:
            cursor.execute(self.TABLES)
            cursor.execute(
                "INSERT INTO floor_quant SELECT i, %s, 0, %s FROM unnest(%s::bigint[]) i", [STOCK, STOCK * 10, items]
            )

    def drop(self) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {', '.join(f'floor_{name}' for name in self.NAMES)}")

    def order(self, number: int, items: list[int]) -> None:
        """Create and confirm."""
        from django.db import transaction

        with transaction.atomic(), self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO floor_order (number, party, status, total) VALUES (%s, 1, 'CONFIRMED', 100) RETURNING id",
                [f"F{number}"],
            )
            (pk,) = cursor.fetchone()
            cursor.execute(
                "INSERT INTO floor_line (document, item, quantity, price, amount) "
                "SELECT %s, i, 2, 10, 20 FROM unnest(%s::bigint[]) i RETURNING id, item",
                [pk, items],
            )
            lines = cursor.fetchall()
            cursor.execute(
                "SELECT item FROM floor_quant WHERE item = ANY(%s) AND on_hand - reserved >= 2 "
                "ORDER BY item FOR UPDATE",
                [items],
            )
            if len(cursor.fetchall()) != len(items):
                raise RuntimeError("short")
            cursor.execute("UPDATE floor_quant SET reserved = reserved + 2 WHERE item = ANY(%s)", [items])
            cursor.execute(
                "INSERT INTO floor_kept SELECT l, i, 2 FROM unnest(%s::bigint[], %s::bigint[]) AS t (l, i)",
                [[line for line, _item in lines], [item for _line, item in lines]],
            )

    def ship(self, number: int) -> None:
        """Ship all of an order."""
        from django.db import transaction

        with transaction.atomic(), self.connection.cursor() as cursor:
            cursor.execute("SELECT id FROM floor_order WHERE number = %s FOR UPDATE", [f"F{number}"])
            (pk,) = cursor.fetchone()
            cursor.execute("INSERT INTO floor_delivery (number, document) VALUES (%s, %s)", [f"D{number}", pk])
            cursor.execute(
                "SELECT q.item, q.amount / q.on_hand FROM floor_quant q WHERE q.item IN "
                "(SELECT item FROM floor_line WHERE document = %s) ORDER BY q.item FOR UPDATE",
                [pk],
            )
            costs = cursor.fetchall()
            cursor.execute(
                "INSERT INTO floor_move (item, quantity, line, at) "
                "SELECT item, quantity, id, now() FROM floor_line WHERE document = %s RETURNING id, item",
                [pk],
            )
            moves = {item: move for move, item in cursor.fetchall()}
            cursor.execute(
                "INSERT INTO floor_entry (move, quantity, amount) "
                "SELECT * FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[])",
                [[moves[i] for i, _c in costs], [-2 for _i in costs], [-2 * cost for _i, cost in costs]],
            )
            cursor.execute(
                "UPDATE floor_quant q SET on_hand = on_hand - 2, reserved = reserved - 2, amount = amount - 2 * c.cost "
                "FROM unnest(%s::bigint[], %s::numeric[]) AS c (item, cost) WHERE q.item = c.item",
                [[item for item, _cost in costs], [cost for _item, cost in costs]],
            )
            cursor.execute("DELETE FROM floor_kept WHERE line IN (SELECT id FROM floor_line WHERE document = %s)", [pk])
            cursor.execute("UPDATE floor_line SET delivered = quantity WHERE document = %s", [pk])
            cursor.execute("UPDATE floor_order SET status = 'DELIVERED' WHERE id = %s", [pk])


def main(documents: int = DOCUMENTS) -> None:
    """Print the figures."""
    from django.db import connection, transaction
    from django.utils import timezone

    from erp.inventory.choices import MoveKind
    from erp.inventory.ledger import Posting, post
    from erp.masterdata.choices import LocationKind
    from erp.masterdata.services import common_location, default_warehouse, store_of
    from erp.purchasing import services as purchasing
    from erp.purchasing.receipts import receive_goods
    from erp.sales.deliveries import ship_order
    from erp.sales.services import create_order, submit_order
    from suite.access.models import User
    from suite.masters.models import Company, Item, Party, Unit
    from suite.modules import state
    from suite.modules.models import ModuleState

    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    company = Company.objects.order_by("pk").first()
    if company is None:
        raise RuntimeError("no company")
    user = User.objects.create_superuser("bench-stock", "bench@example.com", full_name="基准")
    party = Party.objects.create(code="BENCH-P", name="基准客户", is_customer=True, is_supplier=True)
    unit = Unit.objects.get(code="PCS") if Unit.objects.filter(code="PCS").exists() else Unit.objects.first()
    items = Item.objects.bulk_create(
        Item(code=f"BENCH-{n:05}", name=f"基准物料{n}", base_unit=unit, list_price=Decimal(10), is_purchased=True)
        for n in range(ITEMS)
    )
    warehouse = default_warehouse(company)
    source, target = common_location(company, LocationKind.SUPPLIER), store_of(warehouse)
    with transaction.atomic():
        post(
            [Posting(f"bench:{i.pk}", MoveKind.RECEIPT, i.pk, STOCK, source, target, amount=STOCK * 10) for i in items],
            company=company,
            actor=user,
            at=timezone.now(),
        )
    floor = Floor([item.pk for item in items])

    def five(number: int) -> list[Item]:
        return [items[(number * LINES + n) % ITEMS] for n in range(LINES)]

    orders: dict[int, Any] = {}

    def sell(number: int) -> None:
        order = create_order(
            party=party,
            company=company,
            warehouse=warehouse,
            lines=[{"item": item, "quantity": Decimal(2)} for item in five(number)],
            actor=user,
            at=timezone.now(),
        )
        orders[number] = submit_order(salesorder=order, actor=user, at=timezone.now())

    def buy(number: int) -> None:
        order = purchasing.create_order(
            supplier=party,
            warehouse=warehouse,
            lines=[{"item": item, "quantity": Decimal(2), "unit_price": Decimal(9)} for item in five(number)],
            actor=user,
            at=timezone.now(),
        )
        bought[number] = purchasing.submit_order(order=order, actor=user, at=timezone.now())

    bought: dict[int, Any] = {}

    def receive(number: int) -> None:
        order = bought[number]
        lines = [(line, line.quantity) for line in order.lines.all()]
        receive_goods(order=order, lines=lines, request=uuid4(), actor=user, at=timezone.now())

    figures = {
        "create and confirm": (
            rate(documents, sell),
            rate(documents, lambda n: floor.order(n, [item.pk for item in five(n)])),
        ),
        "ship": (
            rate(documents, lambda n: ship_order(salesorder=orders[n], request=uuid4(), actor=user, at=timezone.now())),
            rate(documents, floor.ship),
        ),
    }
    for number in range(documents + 1):
        buy(number)
    received = rate(documents, receive)
    sys.stdout.write(f"trade: {documents} documents of {LINES} lines each\n")
    sys.stdout.write(f"  {'':<20}{'doc/s':>8}{'stmts':>8}{'floor/s':>10}{'stmts':>8}{'share':>9}\n")
    for name, ((own, own_count), (least, least_count)) in figures.items():
        share = f"1/{least / own:.1f}"
        sys.stdout.write(f"  {name:<20}{own:>8.1f}{own_count:>8.1f}{least:>10.1f}{least_count:>8.1f}{share:>9}\n")
    sys.stdout.write(f"  {'receive':<20}{received[0]:>8.1f}{received[1]:>8.1f}\n")
    floor.drop()
    with connection.cursor() as cursor:
        for name, query in {
            "on hand, kept": "SELECT item_id, sum(on_hand) FROM erp_stockquant GROUP BY 1",
            "on hand, summed": "SELECT item_id, sum(CASE WHEN to_location_id = %s THEN quantity ELSE -quantity END) "
            "FROM erp_stockmove GROUP BY 1",
        }.items():
            start = time.perf_counter()
            cursor.execute(query, [target.pk] if "%s" in query else None)
            rows = len(cursor.fetchall())
            sys.stdout.write(f"  {name:<20}{(time.perf_counter() - start) * 1000:>8.1f} ms for {rows} items\n")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_stock"):
        main(*(int(argument) for argument in sys.argv[1:]))
