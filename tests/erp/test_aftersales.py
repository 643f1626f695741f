"""Tickets about orders: where the order is, and complaints that end with the goods coming back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.customers.models import Customer
from crm.service.models import Ticket
from crm.service.services import create_ticket, solve_ticket
from erp.aftersales.models import TicketOrder
from erp.aftersales.services import link_ticket
from erp.masterdata.models import Warehouse
from erp.sales.deliveries import receive_return, ship_order
from erp.sales.models import CustomerReturn, Delivery
from erp.sales.services import create_order, submit_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.crm_service import TicketFactory
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.erp_sales import SalesOrderFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


def turn(*codes: str) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": code in codes})
    state.forget()


@pytest.fixture
def boss(db: None) -> User:
    turn("crm", "erp")
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse(boss: User) -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item(boss: User) -> Item:
    return ItemFactory(list_price=62, tax_code=TaxRateFactory().tax_code)


@pytest.fixture
def customer(warehouse: Warehouse) -> Customer:
    return CustomerFactory(company=warehouse.company)


@pytest.fixture
def delivery(customer: Customer, warehouse: Warehouse, item: Item, boss: User) -> Delivery:
    """Ten pieces that went to the customer."""
    stock(warehouse, item, 10)
    now = timezone.now()
    order = create_order(
        party=customer.party, warehouse=warehouse, lines=[{"item": item, "quantity": 10}], actor=boss, at=now
    )
    order = submit_order(salesorder=order, actor=boss, at=now)
    return ship_order(salesorder=order, request=uuid4(), actor=boss, at=timezone.now())


def ticket_of(customer: Customer, boss: User, **details: Any) -> Ticket:
    return create_ticket(customer=customer, subject="外壳划伤", kind="RETURN", actor=boss, at=timezone.now(), **details)


def bring_back(delivery: Delivery, boss: User) -> CustomerReturn:
    return receive_return(
        delivery=delivery,
        quantities={delivery.lines.get().pk: 2},
        reason="外壳划伤",
        request=uuid4(),
        actor=boss,
        at=timezone.now(),
    )


def test_the_return_closes_the_complaint_that_waited_for_it(customer: Customer, delivery: Delivery, boss: User) -> None:
    ticket = ticket_of(customer, boss)
    link_ticket(ticket=ticket, order=None, delivery=delivery, expects_return=True, actor=boss, at=timezone.now())

    back = bring_back(delivery, boss)

    ticket.refresh_from_db()
    sold = TicketOrder.objects.get()
    assert (ticket.status, ticket.solution.endswith(f"{back.number}.") or back.number in ticket.solution) == (
        "CLOSED",
        True,
    )
    assert (sold.order, sold.delivery, sold.customer_return) == (delivery.order, delivery, back)
    assert ticket.owner == customer.owner


def test_only_one_that_waits_for_these_goods_closes(customer: Customer, delivery: Delivery, boss: User) -> None:
    now = timezone.now()
    by_order, by_delivery, asks_only, solved = (ticket_of(customer, boss) for _n in range(4))
    link_ticket(ticket=by_order, order=delivery.order, expects_return=True, actor=boss, at=now)
    link_ticket(ticket=by_delivery, order=None, delivery=delivery, expects_return=True, actor=boss, at=now)
    link_ticket(ticket=asks_only, order=None, delivery=delivery, actor=boss, at=now)
    link_ticket(ticket=solved, order=None, delivery=delivery, expects_return=True, actor=boss, at=now)
    solve_ticket(ticket=solved, solution="退款", actor=boss, at=now)

    bring_back(delivery, boss)
    first = dict(Ticket.objects.values_list("pk", "status"))
    bring_back(delivery, boss)
    second = dict(Ticket.objects.values_list("pk", "status"))

    assert first == {by_order.pk: "ASSIGNED", by_delivery.pk: "CLOSED", asks_only.pk: "ASSIGNED", solved.pk: "SOLVED"}
    assert second == {**first, by_order.pk: "CLOSED"}


def test_a_ticket_of_a_pooled_customer_is_closed_by_who_takes_the_goods_in(
    customer: Customer, delivery: Delivery, boss: User
) -> None:
    ticket = TicketFactory(customer=customer, owner=None)
    link_ticket(ticket=ticket, order=delivery.order, expects_return=True, actor=boss, at=timezone.now())

    bring_back(delivery, boss)

    ticket.refresh_from_db()
    assert (ticket.status, ticket.owner) == ("CLOSED", customer.owner)


def test_what_does_not_belong_together_is_refused(customer: Customer, delivery: Delivery, boss: User) -> None:
    ticket = ticket_of(customer, boss)
    other = SalesOrderFactory(company=customer.company, warehouse=delivery.warehouse)
    same_customer = SalesOrderFactory(company=customer.company, warehouse=delivery.warehouse, party=customer.party)

    for wrong in (
        {"order": None},
        {"order": other},
        {"order": same_customer, "delivery": delivery},
    ):
        with pytest.raises(InvalidInput):
            link_ticket(**{"ticket": ticket, "actor": boss, "at": timezone.now(), **wrong})

    assert TicketOrder.objects.count() == 0


def test_a_solved_ticket_and_one_whose_goods_are_back_keep_their_order(
    customer: Customer, delivery: Delivery, boss: User
) -> None:
    ticket = ticket_of(customer, boss)
    link_ticket(ticket=ticket, order=delivery.order, expects_return=True, actor=boss, at=timezone.now())
    bring_back(delivery, boss)

    with pytest.raises(WrongState):
        link_ticket(ticket=ticket, order=None, delivery=delivery, actor=boss, at=timezone.now())

    assert TicketOrder.objects.get().delivery is None


def test_any_ticket_answers_where_the_order_is(
    customer: Customer, delivery: Delivery, warehouse: Warehouse, item: Item, boss: User, client: Client
) -> None:
    ticket = ticket_of(customer, boss)
    late = create_order(
        party=customer.party, warehouse=warehouse, lines=[{"item": item, "quantity": 5}], actor=boss, at=timezone.now()
    )
    late = submit_order(salesorder=late, actor=boss, at=timezone.now())
    client.force_login(boss)
    url = f"{ticket.get_absolute_url()}?tab=order"

    open_ones = client.get(url).content.decode()
    link = client.post(reverse("crm:ticket-action", args=[ticket.pk, "order"]), {"order": "", "delivery": delivery.pk})
    about = client.get(url).content.decode()

    # While nobody said which order it is about, those that are still open.
    assert (late.number in open_ones, delivery.order.number in open_ones) == (True, False)
    assert link.status_code == 302
    assert (late.number in about, delivery.order.number in about, delivery.number in about) == (False, True, True)


def test_by_api_and_for_whom(customer: Customer, delivery: Delivery, boss: User) -> None:
    roles = create_default_roles(actor=None, at=timezone.now())
    clerk, stranger = UserFactory(), UserFactory()
    clerk.groups.add(roles["customer_service"])
    stranger.groups.add(roles["salesperson"])
    ticket = ticket_of(customer, boss)
    answers = {}
    for name, user in (("stranger", stranger), ("clerk", clerk)):
        client = Client()
        client.force_login(user)
        route = client.post(
            f"/api/crm/tickets/{ticket.pk}/order/", {"order": delivery.order_id}, content_type="application/json"
        )
        tab = client.get(f"{ticket.get_absolute_url()}?tab=order")
        answers[name] = (route.status_code, tab.status_code)

    assert answers == {"stranger": (404, 404), "clerk": (200, 200)}
    assert TicketOrder.objects.get().order == delivery.order


def test_without_operations_there_is_no_such_tab(customer: Customer, boss: User, client: Client) -> None:
    ticket = ticket_of(customer, boss)
    turn("crm")
    client.force_login(boss)

    page = client.get(ticket.get_absolute_url()).content.decode()

    assert "?tab=order" not in page
    assert client.get(f"{ticket.get_absolute_url()}?tab=order").status_code == 404
    assert client.post(reverse("crm:ticket-action", args=[ticket.pk, "order"]), {}).status_code == 403
