"""The least SQL that does the same business as trade: psycopg without ORM, one transaction for each document."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg

STOCK = Decimal(1_000_000)
TABLES = """
    CREATE TABLE floor_counter (kind text PRIMARY KEY, last bigint);
    CREATE TABLE floor_order
        (id bigserial PRIMARY KEY, number text UNIQUE, kind text, party bigint, status text, total numeric,
         confirmed_at timestamptz);
    CREATE TABLE floor_line
        (id bigserial PRIMARY KEY, document bigint, item bigint, quantity numeric, price numeric, amount numeric,
         done numeric DEFAULT 0);
    CREATE INDEX ON floor_line (document);
    CREATE TABLE floor_history (id bigserial PRIMARY KEY, document bigint, data jsonb);
    CREATE TABLE floor_status (id bigserial PRIMARY KEY, document bigint, before text, after text, at timestamptz);
    CREATE TABLE floor_quant
        (item bigint PRIMARY KEY, on_hand numeric, reserved numeric, CHECK (on_hand >= reserved AND reserved >= 0));
    CREATE TABLE floor_value (item bigint PRIMARY KEY, quantity numeric, amount numeric, CHECK (quantity >= 0));
    CREATE TABLE floor_kept (line bigint PRIMARY KEY, item bigint, quantity numeric);
    CREATE TABLE floor_move
        (id bigserial PRIMARY KEY, item bigint, quantity numeric, key text UNIQUE, at timestamptz);
    CREATE TABLE floor_entry (id bigserial PRIMARY KEY, move bigint, quantity numeric, amount numeric);
    CREATE TABLE floor_paper (id bigserial PRIMARY KEY, number text UNIQUE, document bigint);
    CREATE TABLE floor_paper_line (id bigserial PRIMARY KEY, paper bigint, line bigint, quantity numeric, move bigint);
    CREATE TABLE floor_link (source bigint, target bigint, PRIMARY KEY (source, target));
    INSERT INTO floor_counter VALUES ('SO', 0), ('PO', 0), ('DN', 0), ('GR', 0);
"""
NUMBER = "UPDATE floor_counter SET last = last + 1 WHERE kind = %s RETURNING kind || last"
ORDER = """
    INSERT INTO floor_order (number, kind, party, status, total, confirmed_at)
    VALUES (%s, %s, 1, 'CONFIRMED', 100, now()) RETURNING id
"""
LINES = """
    INSERT INTO floor_line (document, item, quantity, price, amount)
    SELECT %s, i, 2, 10, 20 FROM unnest(%s::bigint[]) i RETURNING id, item
"""
STATUS = """
    INSERT INTO floor_status (document, before, after, at)
    SELECT %s, b, a, now() FROM unnest(%s::text[], %s::text[]) AS t (b, a)
"""
HISTORY = "INSERT INTO floor_history (document, data) SELECT id, to_jsonb(o) FROM floor_order o WHERE id = %s"
FREE = "SELECT item FROM floor_quant WHERE item = ANY(%s) AND on_hand - reserved >= 2 ORDER BY item FOR UPDATE"
KEEP = "UPDATE floor_quant SET reserved = reserved + 2 WHERE item = ANY(%s)"
KEPT = "INSERT INTO floor_kept SELECT l, i, 2 FROM unnest(%s::bigint[], %s::bigint[]) AS t (l, i)"
LOCKED = "SELECT id, status FROM floor_order WHERE id = %s FOR UPDATE"
LOCKED_LINES = "SELECT id, item FROM floor_line WHERE document = %s ORDER BY item FOR UPDATE"
QUANTS = "SELECT item FROM floor_quant WHERE item = ANY(%s) ORDER BY item FOR UPDATE"
VALUES = "SELECT item, amount / quantity FROM floor_value WHERE item = ANY(%s) ORDER BY item FOR UPDATE"
PAPER = "INSERT INTO floor_paper (number, document) VALUES (%s, %s) RETURNING id"
MOVES = """
    INSERT INTO floor_move (item, quantity, key, at)
    SELECT i, 2, k, now() FROM unnest(%s::bigint[], %s::text[]) AS t (i, k) RETURNING id, item
"""
ENTRIES = """
    INSERT INTO floor_entry (move, quantity, amount) SELECT * FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[])
"""
CHANGE = """
    UPDATE floor_quant SET on_hand = on_hand + %s::numeric, reserved = reserved + %s::numeric WHERE item = ANY(%s)
"""
VALUE = """
    UPDATE floor_value v SET quantity = v.quantity + c.quantity, amount = v.amount + c.amount
    FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS c (item, quantity, amount) WHERE v.item = c.item
"""
PAPER_LINES = """
    INSERT INTO floor_paper_line (paper, line, quantity, move)
    SELECT %s, l, 2, m FROM unnest(%s::bigint[], %s::bigint[]) AS t (l, m)
"""
NO_LONGER_KEPT = "DELETE FROM floor_kept WHERE line = ANY(%s)"
DONE = "UPDATE floor_line SET done = quantity WHERE document = %s"
BECOME = "UPDATE floor_order SET status = %s WHERE id = %s"
LINK = "INSERT INTO floor_link VALUES (%s, %s)"


class Floor:
    """
    The same business by plain SQL, in narrow tables of its own without any index that it does not need.

    It writes a row wherever trade writes one: order and lines, what is kept, moves, value entries, papers with their
    lines, changes of status, history, and the link between documents; and it checks stock under row locks.
    """

    def __init__(self, items: list[int]) -> None:
        from django.db import connection

        known = connection.get_connection_params()
        names = ("dbname", "user", "password", "host", "port")
        self.connection = psycopg.connect(**{name: known[name] for name in names if name in known}, autocommit=True)
        self.connection.execute(TABLES)
        self.connection.execute("INSERT INTO floor_quant SELECT i, %s, 0 FROM unnest(%s::bigint[]) i", [STOCK, items])
        self.connection.execute(
            "INSERT INTO floor_value SELECT i, %s, %s FROM unnest(%s::bigint[]) i", [STOCK, STOCK * 10, items]
        )
        self.statements = 0
        self.sold: dict[int, int] = {}
        self.bought: dict[int, int] = {}

    def close(self) -> None:
        """Leave the tables to the end of the database."""
        self.connection.close()

    def order(self, number: int, items: list[int]) -> None:
        """Create and confirm a sales order."""
        with self.connection.transaction():
            pk, lines = self._order("SO", items)
            if len(self._ask(FREE, [items])) != len(items):
                raise RuntimeError("short")
            self._do(KEEP, [items])
            self._do(KEPT, [[line for line, _item in lines], [item for _line, item in lines]])
            self._do(STATUS, [pk, ["DRAFT", "APPROVING"], ["APPROVING", "CONFIRMED"]])
            self._do(HISTORY, [pk])
        self.sold[number] = pk

    def buy(self, number: int, items: list[int]) -> None:
        """Create and release a purchase order."""
        with self.connection.transaction():
            self.bought[number], _lines = self._order("PO", items)

    def ship(self, number: int) -> None:
        """Ship all of an order."""
        self._post(self.sold[number], "DN", Decimal(-2), "DELIVERED")

    def receive(self, number: int) -> None:
        """Receive all of an order."""
        self._post(self.bought[number], "GR", Decimal(2), "RECEIVED")

    def _order(self, kind: str, items: list[int]) -> tuple[int, list[tuple[Any, ...]]]:
        ((number,),) = self._ask(NUMBER, [kind])
        ((pk,),) = self._ask(ORDER, [number, kind])
        return pk, self._ask(LINES, [pk, items])

    def _post(self, order: int, kind: str, quantity: Decimal, status: str) -> None:
        """Move all of an order, out for what it costs, or in for what was agreed."""
        is_issue = quantity < 0
        with self.connection.transaction():
            self._ask(LOCKED, [order])
            lines = {item: line for line, item in self._ask(LOCKED_LINES, [order])}
            items = list(lines)
            ((number,),) = self._ask(NUMBER, [kind])
            ((paper,),) = self._ask(PAPER, [number, order])
            self._ask(QUANTS, [items])
            moves = {item: move for move, item in self._ask(MOVES, [items, [f"{number}:{item}" for item in items]])}
            self._do(CHANGE, [quantity, quantity if is_issue else 0, items])
            costs = dict(self._ask(VALUES, [items]))
            amounts = [quantity * (costs[item] if is_issue else Decimal(9)) for item in items]
            self._do(ENTRIES, [[moves[item] for item in items], [quantity for _item in items], amounts])
            self._do(VALUE, [items, [quantity for _item in items], amounts])
            if is_issue:
                self._do(NO_LONGER_KEPT, [list(lines.values())])
            self._do(PAPER_LINES, [paper, list(lines.values()), [moves[item] for item in items]])
            self._do(DONE, [order])
            self._do(BECOME, [status, order])
            self._do(STATUS, [order, ["CONFIRMED"], [status]])
            self._do(HISTORY, [order])
            self._do(LINK, [order, paper])

    def _do(self, statement: str, values: list[Any]) -> None:
        self.statements += 1
        self.connection.execute(statement, values)

    def _ask(self, statement: str, values: list[Any]) -> list[tuple[Any, ...]]:
        self.statements += 1
        return self.connection.execute(statement, values).fetchall()
