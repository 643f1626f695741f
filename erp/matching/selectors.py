"""What came and is not billed yet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Round

from erp.matching.choices import MatchStatus
from erp.matching.models import InvoiceMatch
from erp.purchasing.models import GoodsReceiptLine
from suite.masters.fields import MoneyField, QuantityField

QUANTITY, MONEY = QuantityField(), MoneyField()
WIDE: DecimalField[Any, Any] = DecimalField(max_digits=38, decimal_places=12)
NOTHING = Value(Decimal(0))


def with_billed(lines: QuerySet[GoodsReceiptLine]) -> QuerySet[Any]:
    """
    Add to received lines what was billed, and what is still to be billed.

    ``kept``: received and not sent back; ``billed``, ``billed_amount``: on invoices that were not rejected;
    ``unbilled``: kept and not billed; ``accrued``: what the unbilled part was received for, without tax.
    """
    counted = InvoiceMatch.objects.filter(receipt_line=OuterRef("pk")).exclude(status=MatchStatus.REJECTED)
    sums = counted.order_by().values("receipt_line")
    quantity = sums.annotate(total=Sum("quantity")).values("total")
    amount = sums.annotate(total=Sum("amount")).values("total")
    unbilled = Greatest(F("kept") - F("billed"), NOTHING, output_field=QUANTITY)
    cost = Coalesce(F("move__amount"), NOTHING, output_field=WIDE)
    accrued = Case(
        When(unbilled__gt=0, then=cost * F("unbilled") / F("quantity")),
        default=NOTHING,
        output_field=WIDE,
    )
    return (
        lines.annotate(
            kept=F("quantity") - F("returned_quantity"),
            billed=Coalesce(Subquery(quantity), NOTHING, output_field=QUANTITY),
            billed_amount=Coalesce(Subquery(amount), NOTHING, output_field=MONEY),
        )
        .annotate(unbilled=unbilled)
        .annotate(accrued=Round(accrued, 2, output_field=MONEY))
    )
