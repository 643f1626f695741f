"""What contracts answer: to payroll what customers paid, to the pipeline whether there is an offer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from crm.contracts.choices import QuotationStatus, ReceiptStatus
from crm.contracts.models import Quotation, Receipt
from crm.pipeline.choices import ConditionKind
from crm.pipeline.conditions import Question, fact
from hrm.payroll.hooks import CommissionClaim, commission_claims
from suite.masters.decimals import round_exact
from suite.masters.models import Company

CENTS = 2


@commission_claims.provide
def receipts_for_commission(company: Company, first: date, last: date) -> Sequence[CommissionClaim]:
    """
    Return the receipts of a period that are confirmed, for those responsible for their contracts, and the void ones.

    Each receipt counts in the base currency, rounded to 0.01.
    """
    counting = Q(status=ReceiptStatus.CONFIRMED, contract__owner__employee__isnull=False)
    receipts = Receipt.objects.filter(
        counting | Q(status=ReceiptStatus.VOID), company=company, received_on__range=(first, last)
    ).order_by("received_on", "pk")
    rows = receipts.values_list(
        "pk", "number", "contract__owner__employee", "received_on", "amount", "contract__exchange_rate", "status"
    )
    return [
        CommissionClaim(
            source=f"crm.receipt/{pk}",
            number=number,
            employee_pk=employee_pk,
            received_on=received_on,
            base=round_exact(amount * exchange_rate, CENTS),
            is_void=status == ReceiptStatus.VOID,
        )
        for pk, number, employee_pk, received_on, amount, exchange_rate, status in rows
    ]


@fact(ConditionKind.QUOTATION)
def has_quotation(asked: Question) -> bool:
    """Whether the customer has an offer for the opportunity."""
    offered = (QuotationStatus.SENT, QuotationStatus.ACCEPTED)
    return Quotation.objects.filter(opportunity=asked.opportunity.pk, status__in=offered).exists()
