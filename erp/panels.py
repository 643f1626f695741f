"""Cards that pages of ERP's slices share."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from suite.pages.columns import Column
from suite.pages.panels import Children

# How the promised days of an order's lines changed; see ``erp.promised``.
PROMISE_CHANGES = Children(
    "promise_changes",
    Column("line", phone="p-full"),
    Column("from_date", phone="p-start"),
    Column("to_date", phone="p-end"),
    Column("reason", phone="p-full"),
    "actor",
    "at",
    title=_("Promised dates"),
    hides_empty=True,
)
