"""
Freezing stock while it is counted: nothing of an item comes to a place or leaves it.

A trigger on the moves refuses what is frozen. It takes a lock of the company that all who post share; who freezes takes
it alone, so that every move that began before is either done or refused.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from erp.inventory.models import StockFreeze
from suite.masters.models import Company


def wait_for_moves(company: Company) -> None:
    """Wait until all who post in a company are done, and keep others from posting to the end of the transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('erp_stockfreeze'), %s::integer)", [company.pk])


def freeze(pairs: Iterable[tuple[int, int]], *, company: Company, holder: str, passes: str) -> None:
    """
    Freeze items at locations.

    :param pairs: keys of item and location.
    :param holder: who freezes, as people know it.
    :param passes: moves whose key begins so go through.
    """
    wait_for_moves(company)
    StockFreeze.objects.bulk_create(
        [
            StockFreeze(item_id=item, location_id=location, holder=holder, passes=passes)
            for item, location in sorted(set(pairs))
        ],
        ignore_conflicts=True,
    )


def thaw(passes: str) -> None:
    """Let move again what was frozen with ``passes``."""
    StockFreeze.objects.filter(passes=passes).delete()
