"""What sales does by itself from time to time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.sales.selectors import waiting_lines
from erp.sales.services import ask_again, serve_waiting
from suite.masters.models import Company
from suite.modules.registry import periodic


@periodic("minute")
def serve_who_still_waits(at: datetime) -> None:
    """Serve lines and stock that were in somebody's hands when the stock arrived."""
    free = StockQuant.objects.filter(status=StockStatus.GOOD, on_hand__gt=F("reserved"))
    for company in Company.objects.order_by("pk"):
        items = free.filter(location__company=company).values_list("item_id", flat=True)
        wanted = set(waiting_lines(company, items).values_list("item_id", flat=True))
        if wanted:
            serve_waiting(company=company.pk, items=sorted(filter(None, wanted)), at=at)


@periodic("night")
def ask_for_what_is_still_short(at: datetime) -> None:
    """See to it that something covers every open order: what came for it may have been rejected."""
    for company in Company.objects.order_by("pk"):
        with transaction.atomic():
            ask_again(company=company, at=at)
