"""Quotations under a flow: discount and margin decide who is asked; costs and price lists come from operations."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.utils import translation

from crm.contracts.approving import ApprovalNeeded, approve_quotation, submit_quotation
from crm.contracts.choices import QuotationStatus
from crm.contracts.models import Quotation
from crm.contracts.quotations import create_quotation, send_quotation
from oa.flows.acting import approve_task
from oa.flows.errors import NotPossible
from oa.flows.facts import fact_fields
from oa.flows.models import FlowTask
from suite.access.models import User
from suite.masters.models import Item
from tests.factories.crm import CustomerFactory
from tests.factories.crm_pipeline import QuotationLimitFactory
from tests.factories.erp import StockValueFactory
from tests.factories.erp_pricing import PriceListFactory, PriceListLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory
from tests.factories.oa_flows import FlowBindingFactory, asks, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 10, 2, 0, tzinfo=UTC)


@pytest.fixture
def manager() -> User:
    """Who decides about more than 10 % discount or less than 15 % margin."""
    user: User = UserFactory()
    within = [
        {"kind": "compare", "field": "max_discount_percent", "operator": "LE", "value": "10"},
        {"kind": "compare", "field": "margin_percent", "operator": "GE", "value": "15"},
    ]
    arms = [
        {"key": "within", "condition": {"kind": "all", "parts": within}},
        {"key": "beyond", "nodes": [asks("m", user)]},
    ]
    version = publish({"kind": "branch", "key": "b", "arms": arms})
    subject = ContentType.objects.get_for_model(Quotation)
    FlowBindingFactory(definition=version.definition, subject=subject)
    return user


def offer(discount: str, cost: str | None = "70", **values: Any) -> Quotation:
    item = ItemFactory(list_price=Decimal(100), reference_cost=None if cost is None else Decimal(cost))
    row = {"item": item, "discount_percent": Decimal(discount)}
    customer = CustomerFactory()
    return create_quotation(customer=customer, lines=[row], actor=customer.owner, at=AT, **values)


def submitted(quotation: Quotation) -> str:
    return submit_quotation(quotation=quotation, actor=quotation.owner, at=AT).status


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("discount", "cost", "expected"),
    [("10", "70", "APPROVED"), ("11", "70", "APPROVING"), ("0", "86", "APPROVING"), ("0", None, "APPROVING")],
)
def test_discount_and_margin_decide_who_is_asked(discount: str, cost: str | None, expected: str) -> None:
    assert submitted(offer(discount, cost)) == expected


def test_only_the_flow_approves(manager: User) -> None:
    quotation = offer("20")
    owner = quotation.owner
    with translation.override("en"), pytest.raises(ApprovalNeeded, match="approval flow"):
        send_quotation(quotation=quotation, actor=owner, at=AT)
    submit_quotation(quotation=quotation, actor=owner, at=AT)

    with pytest.raises(NotPossible):
        approve_quotation(quotation=quotation, actor=owner, at=AT)
    waiting = Quotation.objects.get().status
    approve_task(flowtask=FlowTask.objects.get(person=manager), actor=manager, at=AT, comment="同意")

    assert waiting == QuotationStatus.APPROVING
    assert Quotation.objects.get().status == QuotationStatus.APPROVED
    assert send_quotation(quotation=quotation, actor=owner, at=AT).status == QuotationStatus.SENT


@pytest.mark.usefixtures("manager")
def test_within_limits_the_flow_is_not_asked() -> None:
    QuotationLimitFactory(role=None, max_discount_percent=Decimal(50))
    quotation = offer("40")

    assert send_quotation(quotation=quotation, actor=quotation.owner, at=AT).status == QuotationStatus.SENT
    assert not FlowTask.objects.exists()


def test_conditions_may_ask_for_the_margin_but_not_for_the_cost() -> None:
    names = {each.name for each in fact_fields(Quotation)}

    assert {"max_discount_percent", "margin_percent"} <= names
    assert "cost_total" not in names


# -- what operations know ----------------------------------------------------------------------


def test_what_lies_in_stock_says_what_it_costs() -> None:
    value = StockValueFactory(quantity=10, cost=60)
    Item.objects.filter(pk=value.item_id).update(list_price=Decimal(100), reference_cost=Decimal(5))
    customer = CustomerFactory(company=value.company)
    row = {"item": Item.objects.get(pk=value.item_id), "unit_price": Decimal(80), "quantity": Decimal(2)}

    quotation = create_quotation(customer=customer, lines=[row], actor=customer.owner, at=AT)

    assert (quotation.cost_total, quotation.margin_percent) == (Decimal("120.00"), Decimal("25.00"))


def test_an_agreed_price_is_no_discount() -> None:
    customer = CustomerFactory()
    item = ItemFactory(list_price=Decimal(100))
    PriceListLineFactory(price_list=PriceListFactory(company=customer.company), item=item, unit_price=Decimal(60))

    def discount(price: str) -> Decimal:
        row = {"item": item, "unit_price": Decimal(price)}
        made = create_quotation(customer=customer, lines=[row], actor=customer.owner, at=AT)
        return made.max_discount_percent

    assert (discount("60"), discount("54"), discount("90")) == (Decimal(0), Decimal(10), Decimal(0))
