"""Tickets under two hands at once, with real threads and real commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.customers.models import Customer
from crm.customers.ownership import transfer_customers
from crm.service.choices import DispatchMethod
from crm.service.models import DispatchRule, Ticket, TicketAssignment, TicketRating
from crm.service.rating import rate_by_link, rating_token
from crm.service.services import create_ticket, reply_ticket, solve_ticket, take_ticket
from crm.service.watching import watch_tickets
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once, winners
from tests.factories.crm import CustomerFactory, PoolFactory
from tests.factories.crm_service import DispatchRuleFactory, TicketFactory
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 4


@pytest.fixture(autouse=True)
def crm_on() -> Iterator[None]:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


def record(customer: Customer, actor: User) -> Ticket:
    return create_ticket(customer=customer, subject="不工作", actor=actor, at=timezone.now())


def team(method: str, number: int = 4, **more: Any) -> tuple[DispatchRule, list[User]]:
    rule = DispatchRuleFactory(method=method, **more)
    people = [UserFactory() for _n in range(number)]
    rule.people.set(people)
    return rule, people


@pytest.mark.parametrize("method", DispatchMethod.values)
def test_tickets_at_once_are_spread_evenly(method: str) -> None:
    _rule, people = team(method)
    customers, actor = [CustomerFactory() for _n in range(4)], UserFactory()

    results = at_once(*(lambda c=c: [record(c, actor) for _n in range(ROUNDS)] for c in customers))

    assert len(winners(results)) == 4, results
    assert Counter(Ticket.objects.values_list("owner", flat=True)) == dict.fromkeys([p.pk for p in people], ROUNDS)
    assert TicketAssignment.objects.filter(trigger="RULE").count() == 4 * ROUNDS


def test_nobody_gets_more_than_the_rule_allows() -> None:
    _rule, (only,) = team(DispatchMethod.LEAST_LOADED, 1, most_open=2)
    customers, actor = [CustomerFactory() for _n in range(4)], UserFactory()

    results = at_once(*(lambda c=c: record(c, actor) for c in customers))

    assert len(winners(results)) == 4, results
    assert Ticket.objects.filter(owner=only).count() == 2
    assert TicketAssignment.objects.filter(trigger="CUSTOMER_OWNER").count() == 2


def test_two_who_take_one_ticket() -> None:
    customer = CustomerFactory(owner=None, pool=PoolFactory())
    people = [UserFactory(), UserFactory()]
    ticket = record(customer, UserFactory())

    results = at_once(*(lambda p=p: take_ticket(ticket=ticket, actor=p, at=timezone.now()) for p in people))

    assert len(winners(results)) == 1
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
    assert Ticket.objects.get().owner == winners(results)[0].owner


def test_a_link_used_twice_at_once_counts_once() -> None:
    customer, now = CustomerFactory(), timezone.now()
    ticket = solve_ticket(ticket=record(customer, customer.owner), solution="好", actor=customer.owner, at=now)
    token = rating_token(ticket)

    results = at_once(*(lambda s=s: rate_by_link(token=token, score=s, at=now) for s in (1, 5)))

    assert len(winners(results)) == 1
    assert [type(each) for each in results if isinstance(each, Exception)] == [WrongState]
    assert TicketRating.objects.count() == 1


def test_no_ticket_stays_behind_when_its_customer_goes_at_the_same_moment() -> None:
    former, to = UserFactory(), UserFactory()
    for _n in range(ROUNDS):
        customer = CustomerFactory(owner=former)
        old = record(customer, former)

        results = at_once(
            lambda c=customer: record(c, former),
            lambda c=customer: transfer_customers(customers=[c], owner=to, actor=former, at=timezone.now()),
            lambda t=old: reply_ticket(ticket=t, body="在查", actor=former, at=timezone.now()),
        )

        assert len(winners(results)) == 3, results
        assert set(Ticket.objects.filter(customer=customer).values_list("owner", flat=True)) == {to.pk}


def test_two_watches_tell_once() -> None:
    past = timezone.now() - timedelta(hours=1)
    owner = UserFactory()
    customer = CustomerFactory(owner=owner)
    TicketFactory.create_batch(
        20, customer=customer, response_due_at=past, resolution_due_at=timezone.now() + timedelta(days=9)
    )

    results = at_once(*[lambda: watch_tickets(at=timezone.now())] * 2)

    assert sum(winners(results)) == 20
    assert Notification.objects.filter(recipient=owner, kind="ALERT").count() == 20
    assert Ticket.objects.filter(response_breached_at__isnull=False).count() == 20
