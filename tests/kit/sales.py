"""What is always true of sales, whoever wrote them."""

from __future__ import annotations

from django.db.models import F, Q, Sum

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, Receipt
from crm.customers.models import Customer, OwnerChange
from crm.pipeline.models import Opportunity


def check_sales_invariants() -> None:
    """Amounts, plans, receipts, contacts and owners agree with each other."""
    sums = Contract.objects.annotate(lines_gross=Sum("lines__gross_amount"))
    assert not sums.exclude(gross_total=F("lines_gross") - F("discount_amount")).exists()
    live = Q(receipts__status__in=[ReceiptStatus.SUBMITTED, ReceiptStatus.CONFIRMED])
    received = Contract.objects.annotate(received=Sum("receipts__amount", filter=live))
    assert not received.filter(received__gt=F("gross_total")).exists()
    signed = Contract.objects.filter(status__in=[ContractStatus.EXECUTING, ContractStatus.CLOSED])
    planned = signed.annotate(planned=Sum("plans__amount"))
    assert not planned.exclude(planned=F("gross_total")).exists()
    closed = received.filter(status=ContractStatus.CLOSED)
    assert not closed.exclude(received=F("gross_total")).exists()
    assert not Receipt.objects.exclude(contract__customer=F("customer")).exists()
    for model in (Contract, Opportunity):
        with_contact = model._default_manager.filter(contact__isnull=False)
        assert not with_contact.exclude(contact__customer=F("customer")).exists()
    assert not Contract.objects.exclude(opportunity__customer=F("customer")).exists()
    assert not Customer.objects.filter(owner=None, pool=None).exists()
    assert not Customer.objects.filter(owner__isnull=False, pool__isnull=False).exists()
    with_history = OwnerChange.objects.filter(to_owner__isnull=False).values("customer")
    assert not Customer.objects.filter(owner__isnull=False).exclude(pk__in=with_history).exists()
