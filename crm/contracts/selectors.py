"""Questions about payment plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import DecimalField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import LessThan

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import PaymentPlan, Receipt

MONEY = DecimalField(max_digits=18, decimal_places=2)


def confirmed(**of: Any) -> Coalesce:
    """Expression: the sum of the confirmed receipts with these outer references."""
    sums = (
        Receipt.objects.filter(status=ReceiptStatus.CONFIRMED, **of)
        .order_by()
        .values(next(iter(of)))
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return Coalesce(Subquery(sums), Value(0), output_field=MONEY)


def with_paid(plans: QuerySet[PaymentPlan]) -> QuerySet[PaymentPlan]:
    """Payment plans with ``paid``: what was received on each."""
    return plans.annotate(paid=confirmed(plan=OuterRef("pk")))


def live_plans(plans: QuerySet[PaymentPlan]) -> QuerySet[PaymentPlan]:
    """Parts of contracts that are not void."""
    return plans.exclude(contract__status=ContractStatus.VOID)


def open_plans(plans: QuerySet[PaymentPlan]) -> QuerySet[PaymentPlan]:
    """Parts of signed contracts that are not paid in full, with ``paid``."""
    signed = plans.filter(contract__status__in=(ContractStatus.EXECUTING, ContractStatus.CLOSED))
    return with_paid(signed).filter(LessThan(F("paid"), F("amount")))


def overdue_plans(plans: QuerySet[PaymentPlan], *, on: date) -> QuerySet[PaymentPlan]:
    """Parts of signed contracts that were due before a day and are not paid in full, with ``paid``."""
    return open_plans(plans.filter(due_date__lt=on))
