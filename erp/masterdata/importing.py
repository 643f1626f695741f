"""How items are stocked, out of files: a fixed number of statements, however many rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from erp.importing import Entry, Progress, Rows, raise_errors, report
from erp.masterdata.forms import FIXED_WITH_STOCK
from erp.masterdata.models import StockItem
from suite.access.models import User
from suite.core.bulk import copy_rows, update_rows
from suite.masters.models import Item


@transaction.atomic
def import_stock_items(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Say how items are stocked; blank cells leave values alone, or at their default for an item without an entry.

    :param rows: cleaned columns of :class:`StockItem`, with ``_row`` and perhaps ``_existing``.
    :returns: ``created`` and ``updated``.
    :raises RowErrors: for another tracking or valuation while the item is in stock; nothing is written.
    """
    entries = [Entry.of(row) for row in rows]
    items = sorted({entry.values["item"].pk for entry in entries})
    # Who puts stock of these items away, or says how they are stocked, meanwhile waits.
    known = {
        row.item_id: row
        for row in StockItem.objects.select_for_update(of=("self",)).filter(item__in=items).order_by("pk")
    }
    stocked = set(Item.objects.filter(pk__in=items, quants__on_hand__gt=0).values_list("pk", flat=True))
    new: list[StockItem] = []
    changed: list[StockItem] = []
    names = {"version", "updated_at"}
    for entry in entries:
        item = entry.values["item"]
        row = known.get(item.pk) or StockItem(item=item, created_at=at)
        values = {name: value for name, value in entry.values.items() if getattr(row, name) != value}
        if item.pk in stocked:
            for name in values.keys() & set(FIXED_WITH_STOCK):
                entry.refuse(name, _("This can change only while nothing of the item is in stock."))
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = at
        if row.pk is None:
            new.append(row)
        elif values:
            row.version += 1
            names |= values.keys()
            changed.append(row)
    raise_errors(entries)
    copy_rows(new)
    update_rows(changed, names)
    report(progress, len(entries), len(entries))
    return {"created": len(new), "updated": len(changed)}
