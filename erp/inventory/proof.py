# ruff: noqa: S608 the queries are put together from the constants of this module only
"""The proof of the stock ledger: its caches equal the sums of what was posted."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection, transaction

# Every place with the sum of its moves, to be held against the quants.
_SUMS = """
    SELECT item_id, location_id, lot_id, status, sum(quantity) AS quantity, min(since) AS since FROM (
        SELECT m.item_id, m.to_location_id AS location_id, m.lot_id, m.to_status AS status, m.quantity,
               m.effective_at AS since
        FROM erp_stockmove m JOIN erp_location l ON l.id = m.to_location_id AND l.kind = ANY(%(kinds)s)
        UNION ALL
        SELECT m.item_id, m.from_location_id, m.lot_id, m.from_status, -m.quantity, m.effective_at
        FROM erp_stockmove m JOIN erp_location l ON l.id = m.from_location_id AND l.kind = ANY(%(kinds)s)
    ) part GROUP BY 1, 2, 3, 4
"""
_KEPT = "SELECT quant_id, sum(quantity) AS quantity FROM erp_reservation GROUP BY 1"
_WORTH = """
    SELECT company_id, item_id, sum(quantity) AS quantity, sum(amount) AS amount FROM erp_valuationentry GROUP BY 1, 2
"""
KINDS = ["STORE", "TRANSIT", "CONSIGNED"]


class Fault(NamedTuple):
    """One place where a cache and its sum differ."""

    what: str
    key: str
    kept: str
    summed: str


def faults() -> list[Fault]:
    """
    Return where the ledger does not prove: quants against moves and reservations, values against entries and quants.

    It asks four times, however large the ledger is.
    """
    queries = {
        "on-hand": f"""
            SELECT concat_ws('/', coalesce(q.item_id, s.item_id), coalesce(q.location_id, s.location_id),
                             coalesce(q.lot_id, s.lot_id), coalesce(q.status, s.status)),
                   coalesce(q.on_hand, 0), coalesce(s.quantity, 0)
            FROM erp_stockquant q FULL JOIN ({_SUMS}) s
              ON q.item_id = s.item_id AND q.location_id = s.location_id AND q.status = s.status
             AND coalesce(q.lot_id, 0) = coalesce(s.lot_id, 0)
            WHERE coalesce(q.on_hand, 0) <> coalesce(s.quantity, 0)""",
        "reserved": f"""
            SELECT q.id, q.reserved, coalesce(r.quantity, 0) FROM erp_stockquant q LEFT JOIN ({_KEPT}) r
              ON r.quant_id = q.id WHERE q.reserved <> coalesce(r.quantity, 0)""",
        "value": f"""
            SELECT concat_ws('/', coalesce(v.company_id, e.company_id), coalesce(v.item_id, e.item_id)),
                   concat_ws(' ', coalesce(v.quantity, 0), coalesce(v.amount, 0)),
                   concat_ws(' ', coalesce(e.quantity, 0), coalesce(e.amount, 0))
            FROM erp_stockvalue v FULL JOIN ({_WORTH}) e ON v.company_id = e.company_id AND v.item_id = e.item_id
            WHERE coalesce(v.quantity, 0) <> coalesce(e.quantity, 0) OR coalesce(v.amount, 0) <> coalesce(e.amount, 0)
            """,
        "valued": """
            SELECT concat_ws('/', coalesce(v.company_id, q.company_id), coalesce(v.item_id, q.item_id)),
                   coalesce(v.quantity, 0), coalesce(q.on_hand, 0)
            FROM erp_stockvalue v FULL JOIN (
                SELECT l.company_id, q.item_id, sum(q.on_hand) AS on_hand
                FROM erp_stockquant q JOIN erp_location l ON l.id = q.location_id GROUP BY 1, 2
            ) q ON v.company_id = q.company_id AND v.item_id = q.item_id
            WHERE coalesce(v.quantity, 0) <> coalesce(q.on_hand, 0)""",
    }
    found = []
    with connection.cursor() as cursor:
        for what, query in queries.items():
            cursor.execute(query, {"kinds": KINDS})
            found += [Fault(what, *map(str, row)) for row in cursor.fetchall()]
    return found


@transaction.atomic
def rebuild() -> None:
    """Compute the caches anew from what was posted; reservations that nothing is left for are given up."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE erp_stockquant, erp_stockvalue, erp_reservation IN EXCLUSIVE MODE")
        cursor.execute("UPDATE erp_stockquant SET on_hand = 0, reserved = 0")
        cursor.execute(
            f"""
            INSERT INTO erp_stockquant AS q (item_id, location_id, lot_id, status, on_hand, reserved, is_serial, since)
            SELECT s.item_id, s.location_id, s.lot_id, s.status, s.quantity, 0, coalesce(l.is_serial, false), s.since
            FROM ({_SUMS}) s LEFT JOIN erp_lot l ON l.id = s.lot_id
            ON CONFLICT (item_id, location_id, lot_id, status) DO UPDATE SET on_hand = EXCLUDED.on_hand
            """,
            {"kinds": KINDS},
        )
        cursor.execute(
            """
            DELETE FROM erp_reservation r USING (
                SELECT r.id, sum(r.quantity) OVER (PARTITION BY r.quant_id ORDER BY r.id) AS upto, q.on_hand
                FROM erp_reservation r JOIN erp_stockquant q ON q.id = r.quant_id
            ) s WHERE s.id = r.id AND s.upto > s.on_hand
            """
        )
        cursor.execute(f"UPDATE erp_stockquant q SET reserved = r.quantity FROM ({_KEPT}) r WHERE r.quant_id = q.id")
        cursor.execute(
            f"""
            UPDATE erp_stockvalue v SET quantity = e.quantity, amount = e.amount FROM ({_WORTH}) e
            WHERE v.company_id = e.company_id AND v.item_id = e.item_id
            """
        )
