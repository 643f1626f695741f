"""
Trade and its stock ledger, beside the least SQL that does the same business.

Orders of five lines are created and confirmed (stock is kept for them), then shipped; purchase orders of five lines are
received; what can be promised of the items of fifty lines is asked; the list of orders is opened; what is on hand is
asked of all items after 100,000 and after a million moves. What each floor does is said where it stands.

    python -m benchmarks.stock [documents] [moves]
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from importlib import import_module
from typing import Any
from uuid import uuid4

import django

from benchmarks.floor import STOCK, Floor

DOCUMENTS = 100
ITEMS = 2_000
LINES = 5
PROMISED = 50
# Each of four threads of the server must have met the page, and its statements be prepared.
WARM = 30
ASKED = 60
MOVES = 1_000_000
FEW_MOVES = 100_000
SUMMED = """
    SELECT item_id, sum(CASE WHEN to_location_id = ANY(%(stores)s) THEN quantity ELSE 0 END)
                  - sum(CASE WHEN from_location_id = ANY(%(stores)s) THEN quantity ELSE 0 END)
    FROM erp_stockmove WHERE company_id = %(company)s GROUP BY item_id
"""
# Moves as years of trade leave them: half come, half go, and enough is there in the beginning.
ADD_MOVES = """
    INSERT INTO erp_stockmove
        (company_id, item_id, from_location_id, to_location_id, from_status, to_status, quantity, kind, key,
         effective_at, effective_on)
    SELECT %(company)s, (%(items)s::bigint[])[1 + n / 2 %% cardinality(%(items)s::bigint[])],
           CASE n %% 2 WHEN 0 THEN %(outside)s ELSE %(store)s END,
           CASE n %% 2 WHEN 0 THEN %(store)s ELSE %(outside)s END,
           'GOOD', 'GOOD', 1 + n %% 2 * -0.5, CASE n %% 2 WHEN 0 THEN 'RECEIPT' ELSE 'SHIPMENT' END, 'bulk:' || n,
           now() - n * interval '1 second', (now() - n * interval '1 second')::date
    FROM generate_series(%(first)s, %(last)s) n
"""
REFRESH_QUANTS = """
    UPDATE erp_stockquant q SET on_hand = s.on_hand
    FROM (SELECT item_id, sum(CASE to_location_id WHEN %(store)s THEN quantity ELSE 0 END)
                        - sum(CASE from_location_id WHEN %(store)s THEN quantity ELSE 0 END) AS on_hand
          FROM erp_stockmove GROUP BY item_id) s
    WHERE q.item_id = s.item_id AND q.location_id = %(store)s
"""
FREE = """
    SELECT item_id, sum(on_hand - reserved) FROM erp_stockquant
    WHERE item_id = ANY(%s) AND status = 'GOOD' AND on_hand > reserved GROUP BY item_id
"""
COMING = """
    SELECT l.item_id, coalesce(l.promised_on, o.expected_on, l.needed_on),
           sum(l.base_quantity - l.received_quantity + l.returned_quantity)
    FROM erp_purchaseorderline l JOIN erp_purchaseorder o ON o.id = l.document_id
    WHERE l.item_id = ANY(%s) AND o.status IN ('RELEASED', 'PARTIAL') GROUP BY 1, 2
"""
WAITING = """
    SELECT l.item_id, coalesce(l.promised_on, l.requested_on, o.requested_on),
           sum(l.base_quantity - l.delivered
               - coalesce((SELECT sum(r.quantity) FROM erp_reservation r
                           WHERE r.demand_type_id = %s AND r.demand_id = l.id), 0))
    FROM erp_salesorderline l JOIN erp_salesorder o ON o.id = l.document_id
    WHERE l.item_id = ANY(%s) AND o.status IN ('CONFIRMED', 'PARTIAL') GROUP BY 1, 2
"""


def rates(
    floor: Floor, count: int, work: Callable[[int], Any], least: Callable[[int], Any]
) -> tuple[float, float, float, float]:
    """
    Documents a second and statements for each, savepoints among them; and both of the floor.

    One of each is done in turn, so that both meet the same machine.
    """
    from django.db import connection

    statements = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    work(0)
    least(0)
    floor.statements = 0
    own = best = 0.0
    with connection.execute_wrapper(counted):
        for number in range(1, count + 1):
            own += once(partial(work, number))
            best += once(partial(least, number))
    return 1000 * count / own, statements / count, 1000 * count / best, floor.statements / count


def milliseconds(work: Callable[[], Any], repeat: int = 7) -> float:
    """Return the median of several runs, after one that is not counted."""
    work()
    return statistics.median([once(work) for _n in range(repeat)])


def once(work: Callable[[], Any]) -> float:
    """Return the milliseconds that something takes."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


class Trade:
    """A company with items in stock, and what is done in it."""

    def __init__(self) -> None:
        from erp.masterdata.choices import LocationKind
        from erp.masterdata.services import common_location, default_warehouse, store_of
        from suite.access.models import User
        from suite.masters.models import Company, Item, Party, Unit
        from suite.modules import state
        from suite.modules.models import ModuleState

        ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
        state.forget()
        # As for the length of a request.
        state.start_request()
        self.company = Company.objects.order_by("pk")[0]
        self.user = User.objects.create_superuser("bench-stock", "bench@example.com", full_name="基准")
        self.party = Party.objects.create(code="BENCH-P", name="基准客户", is_customer=True, is_supplier=True)
        unit = Unit.objects.get(code="PCS")
        self.items = Item.objects.bulk_create(
            Item(code=f"BENCH-{n:05}", name=f"基准物料{n}", base_unit=unit, list_price=Decimal(10), is_purchased=True)
            for n in range(ITEMS)
        )
        self.warehouse = default_warehouse(self.company)
        self.outside = common_location(self.company, LocationKind.SUPPLIER)
        self.store = store_of(self.warehouse)
        self.sold: dict[int, Any] = {}
        self.bought: dict[int, Any] = {}
        self._fill()

    def _fill(self) -> None:
        from django.db import transaction
        from django.utils import timezone

        from erp.inventory.choices import MoveKind
        from erp.inventory.ledger import Posting, post

        postings = [
            Posting(f"bench:{i.pk}", MoveKind.RECEIPT, i.pk, STOCK, self.outside, self.store, amount=STOCK * 10)
            for i in self.items
        ]
        with transaction.atomic():
            post(postings, company=self.company, actor=self.user, at=timezone.now())

    def five(self, number: int) -> list[Any]:
        """Return the items of one document."""
        return [self.items[(number * LINES + n) % ITEMS] for n in range(LINES)]

    def keys(self, number: int) -> list[int]:
        """Return the keys of the items of one document."""
        return [item.pk for item in self.five(number)]

    def sell(self, number: int, quantity: Decimal = Decimal(2)) -> None:
        """Create and confirm an order."""
        from django.utils import timezone

        from erp.sales.services import create_order, submit_order

        order = create_order(
            party=self.party,
            company=self.company,
            warehouse=self.warehouse,
            lines=[{"item": item, "quantity": quantity} for item in self.five(number)],
            actor=self.user,
            at=timezone.now(),
        )
        self.sold[number] = submit_order(salesorder=order, actor=self.user, at=timezone.now())

    def ship(self, number: int) -> None:
        """Ship all of an order."""
        from django.utils import timezone

        from erp.sales.deliveries import ship_order

        ship_order(salesorder=self.sold[number], request=uuid4(), actor=self.user, at=timezone.now())

    def buy(self, number: int) -> None:
        """Create and release a purchase order."""
        from django.utils import timezone

        from erp.purchasing.services import create_order, submit_order

        lines = [{"item": item, "quantity": Decimal(2), "unit_price": Decimal(9)} for item in self.five(number)]
        order = create_order(
            supplier=self.party, warehouse=self.warehouse, lines=lines, actor=self.user, at=timezone.now()
        )
        order = submit_order(order=order, actor=self.user, at=timezone.now())
        self.bought[number] = order, [(line, line.quantity) for line in order.lines.all()]

    def receive(self, number: int) -> None:
        """Receive all of a purchase order."""
        from django.utils import timezone

        from erp.purchasing.receipts import receive_goods

        order, lines = self.bought[number]
        receive_goods(order=order, lines=lines, request=uuid4(), actor=self.user, at=timezone.now())


def measure_documents(trade: Trade, documents: int) -> None:
    """Print documents a second, and of the floor."""
    floor = Floor([item.pk for item in trade.items])
    figures = [
        ("create and confirm", trade.sell, lambda n: floor.order(n, trade.keys(n))),
        ("ship", trade.ship, floor.ship),
        ("receive", trade.receive, floor.receive),
    ]
    sys.stdout.write(f"trade: {documents} documents of {LINES} lines each\n")
    sys.stdout.write(f"  {'':<20}{'doc/s':>8}{'stmts':>8}{'floor/s':>10}{'stmts':>8}{'share':>9}\n")
    for name, work, least in figures:
        if name == "receive":
            for number in range(documents + 1):
                trade.buy(number)
                floor.buy(number, trade.keys(number))
        own, count, best, best_count = rates(floor, documents, work, least)
        share = f"1/{best / own:.1f}"
        sys.stdout.write(f"  {name:<20}{own:>8.1f}{count:>8.1f}{best:>10.1f}{best_count:>8.1f}{share:>9}\n")
    floor.close()


def compare(name: str, own: float, least: float) -> None:
    """Print milliseconds beside those of the floor."""
    sys.stdout.write(f"  {name:<36}{own:>9.1f} ms   floor {least:>9.1f} ms   {own / least:>6.2f}×\n")


def measure_promises(trade: Trade) -> None:
    """What can be promised of 50 items with orders on both sides; the floor reads the same three sums."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection
    from django.utils import timezone

    from erp.planning.atp import availability_of
    from erp.sales.models import SalesOrderLine

    for number in range(PROMISED // LINES):
        # More than there is: what is missing waits for what was ordered.
        trade.sell(number, STOCK + 10)
        trade.buy(number)
        trade.buy(number)
    keys = sorted({key for number in range(PROMISED // LINES) for key in trade.keys(number)})
    today = timezone.localdate()
    kind = ContentType.objects.get_for_model(SalesOrderLine).pk

    asked: list[tuple[str, list[Any]]] = [(FREE, [keys]), (COMING, [keys]), (WAITING, [kind, keys])]

    def least() -> None:
        with connection.cursor() as cursor:
            for statement, values in asked:
                cursor.execute(statement, values)
                cursor.fetchall()

    own = milliseconds(lambda: availability_of(trade.company, keys, today))
    compare(f"available to promise of {len(keys)} items", own, milliseconds(least))


def measure_list(trade: Trade) -> None:
    """
    The list of orders over HTTP, beside a bare WSGI page that shows the same columns of the same rows.

    Who heads the sales department sees what its people sell, by the permissions and data scopes of a sales manager.
    """
    from benchmarks.serving import Asker, served

    suite_application, path = "suite.wsgi:application", "/erp/sales-orders/?size=50"
    with served(suite_application, _signed_in(trade.user)) as suite, served("benchmarks.bare:application", {}) as bare:
        manager = Asker(suite.port, _signed_in(_head_of_sales(trade)))
        asked = [partial(suite.ask, path), partial(manager.ask, path), partial(bare.ask, "/")]
        for _n in range(WARM):
            for ask in asked:
                ask()
        # In turn, so that all meet the same machine.
        own, scoped, least = zip(*[[once(ask) for ask in asked] for _n in range(ASKED)], strict=True)
    compare("list of 50 orders over HTTP", statistics.median(own), statistics.median(least))
    compare("the same as a sales manager", statistics.median(scoped), statistics.median(least))


def _signed_in(user: Any) -> dict[str, str]:
    from django.conf import settings
    from django.test import Client

    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def _head_of_sales(trade: Trade) -> Any:
    """Somebody who heads the department of who entered the orders, with the standard role for it."""
    from django.utils import timezone

    from hrm.org.default_roles import create_default_roles
    from hrm.org.services import create_department, hire_employee
    from suite.access.models import User

    now = timezone.now()
    user = User.objects.create_user("bench-head", "head@example.com", full_name="销售经理")
    user.groups.add(create_default_roles(actor=None, at=now)["sales_manager"])
    known: dict[str, Any] = {"company": trade.company, "actor": None, "at": now}
    sales = create_department(code="BENCH-S", name="销售部", **known)
    for number, each in (("BENCH-1", user), ("BENCH-2", trade.user)):
        hire_employee(number=number, name=each.full_name, user=each, department=sales, hire_date=now.date(), **known)
    return user


def measure_on_hand(trade: Trade, moves: int) -> None:
    """What is free of all items, beside the sum over all moves."""
    from django.db import connection
    from django.utils import timezone

    from erp.planning.supply import free_stock, totals

    def summed() -> None:
        with connection.cursor() as cursor:
            cursor.execute(SUMMED, {"stores": [trade.store.pk], "company": trade.company.pk})
            cursor.fetchall()

    done = 0
    for count in sorted({min(FEW_MOVES, moves), moves}):
        add_moves(trade, done + 1, count)
        done = count
        own = milliseconds(lambda: totals(free_stock(trade.company, None, timezone.localdate())))
        compare(f"on hand of {ITEMS:,} items, {count:,} moves", own, milliseconds(summed, 3))


def add_moves(trade: Trade, first: int, last: int) -> None:
    """Add moves, and make what is kept of their sums follow; triggers rest meanwhile."""
    from django.db import connection

    values: dict[str, Any] = {
        "company": trade.company.pk,
        "items": [item.pk for item in trade.items],
        "outside": trade.outside.pk,
        "store": trade.store.pk,
        "first": first,
        "last": last,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(ADD_MOVES, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute(REFRESH_QUANTS, values)
        cursor.execute("VACUUM ANALYZE erp_stockmove, erp_stockquant")


def main(documents: int = DOCUMENTS, moves: int = MOVES) -> None:
    """Print the figures."""
    # As the web server does when it is loaded.
    import_module("suite.wsgi")
    trade = Trade()
    measure_documents(trade, documents)
    measure_promises(trade)
    measure_list(trade)
    measure_on_hand(trade, moves)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_stock"):
        main(*(int(argument) for argument in sys.argv[1:]))
