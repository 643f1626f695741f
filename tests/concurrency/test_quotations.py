"""Two people at one quotation or opportunity at once: nothing goes out that was not approved, no stage twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction

from crm.contracts.choices import QuotationStatus
from crm.contracts.models import Quotation
from crm.contracts.quotations import create_quotation, send_quotation, update_quotation
from crm.customers.models import Customer
from crm.customers.ownership import transfer_customers
from crm.pipeline.models import StageChange
from crm.pipeline.services import invalidate_opportunity, lose_opportunity, reopen_opportunity, win_opportunity
from tests.concurrency.test_crm import at_once, winners
from tests.factories.crm import CustomerFactory, LostReasonFactory, OpportunityFactory
from tests.factories.crm_pipeline import QuotationLimitFactory
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


def test_an_approved_quotation_is_sent_or_changed_but_never_sent_changed() -> None:
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(10))
    seller = UserFactory()
    rows = [{"description": "65W", "unit_price": Decimal(100), "discount_percent": Decimal(20)}]
    quotation = create_quotation(customer=CustomerFactory(owner=seller), lines=rows, actor=seller, at=AT)
    with transaction.atomic():
        quotation.become(QuotationStatus.APPROVING, actor=seller, at=AT)
        quotation.become(QuotationStatus.APPROVED, actor=seller, at=AT)
    more = [{"id": quotation.lines.get().pk, "discount_percent": Decimal(90)}]

    results = at_once(
        lambda: send_quotation(quotation=Quotation.objects.get(), actor=seller, at=AT),
        lambda: update_quotation(quotation=Quotation.objects.get(), lines=more, actor=seller, at=AT),
    )

    row = Quotation.objects.get()
    assert len(winners(results)) == 1
    assert (row.status, row.lines.get().discount_percent) in {
        (QuotationStatus.SENT, Decimal(20)),
        (QuotationStatus.DRAFT, Decimal(90)),
    }


def test_an_opportunity_ends_once() -> None:
    opportunity, reason = OpportunityFactory(), LostReasonFactory()
    actor = opportunity.owner

    results = at_once(
        lambda: win_opportunity(opportunity=opportunity, reason="价格", actor=actor, at=AT),
        lambda: lose_opportunity(opportunity=opportunity, lost_reason=reason, actor=actor, at=AT),
    )

    assert len(winners(results)) == 1
    assert not StageChange.objects.exists()


def test_opportunities_change_while_their_customer_goes_to_a_colleague() -> None:
    former, to = UserFactory(), UserFactory()
    for _n in range(8):
        customer = CustomerFactory(owner=former)
        won, ended = (OpportunityFactory(customer=customer, owner=former) for _each in range(2))
        ended = invalidate_opportunity(opportunity=ended, reason="重复", actor=former, at=AT)

        results = at_once(
            lambda o=won: win_opportunity(opportunity=o, reason="价格合适", actor=former, at=AT),
            lambda c=customer: transfer_customers(customers=[c], owner=to, actor=former, at=AT),
            lambda o=ended: reopen_opportunity(opportunity=o, reason="又有需求", actor=former, at=AT),
        )

        assert len(winners(results)) == 3, results
        assert Customer.objects.get(pk=customer.pk).owner == to
