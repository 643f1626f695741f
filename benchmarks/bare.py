"""A bare WSGI page: one statement, fifty orders as a plain table."""

from __future__ import annotations

import os
from collections.abc import Callable
from html import escape
from typing import Any

import django

ORDERS = """
    SELECT o.number, p.name, o.status, o.document_date, o.requested_on, w.name, o.gross_total, u.full_name
    FROM erp_salesorder o JOIN suite_party p ON p.id = o.party_id JOIN erp_warehouse w ON w.id = o.warehouse_id
    JOIN suite_user u ON u.id = o.owner_id ORDER BY o.created_at DESC, o.id DESC LIMIT 50
"""

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
django.setup()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answer whatever is asked."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(ORDERS)
        rows = cursor.fetchall()
    cells = "".join(f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row)}</tr>" for row in rows)
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [f"<!doctype html><title>orders</title><table>{cells}</table>".encode()]
