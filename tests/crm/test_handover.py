"""Leaving sales: whatever somebody looked after has a new owner, and nothing is left behind."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.contracts.models import Contract, PaymentPlan
from crm.customers.models import Contact, Customer, OwnerChange
from crm.customers.services import record_follow_up
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from crm.pipeline.services import invalidate_opportunity
from crm.service.models import Ticket, TicketAssignment
from crm.service.services import create_ticket, reply_ticket, solve_ticket
from hrm.handover.models import Handover
from hrm.handover.selectors import held_by
from hrm.handover.services import end_handed_over, hand_over, open_handover, request_handover
from hrm.org.default_roles import create_default_roles
from hrm.org.errors import StillInUse
from hrm.org.models import Employee
from suite.access.models import User
from suite.activity.models import Reminder
from suite.masters.models import Company
from suite.modules.services import enable_module
from tests.factories.crm import (
    ContactFactory,
    ContractFactory,
    CustomerFactory,
    LeadFactory,
    OpportunityFactory,
    PaymentPlanFactory,
    QuotationFactory,
    ReceiptFactory,
)
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> tuple[Employee, Employee, User]:
    """Who leaves and who takes over, both selling, and who hands over."""
    now = timezone.now()
    CompanyFactory(is_default=True)
    for code in ("crm", "hrm"):
        enable_module(code=code, actor=None, at=now)
    roles = create_default_roles(actor=None, at=now)
    department = DepartmentFactory(company=Company.objects.get())
    leaver, successor = (EmployeeFactory(department=department, user=UserFactory()) for _n in range(2))
    for each in (leaver, successor):
        each.user.groups.add(roles["salesperson"])
    officer = UserFactory()
    officer.groups.add(roles["hr"])
    return leaver, successor, officer


@pytest.fixture
def desk(people: tuple[Employee, Employee, User]) -> dict[str, Any]:
    """Everything that lies on the desk of who leaves."""
    leaver, _successor, _officer = people
    user: Any = leaver.user
    now = timezone.now()
    customer = CustomerFactory(owner=user, company=leaver.company)
    contact = ContactFactory(customer=customer)
    open_one = OpportunityFactory(customer=customer, owner=user, contact=contact)
    ended = OpportunityFactory(customer=customer, owner=user)
    invalidate_opportunity(opportunity=ended, reason="重复", actor=user, at=now)
    contract = ContractFactory(customer=customer, owner=user, contact=contact)
    plan = PaymentPlanFactory(contract=contract, amount=Decimal(500))
    receipt = ReceiptFactory(contract=contract, plan=plan)
    record_follow_up(
        customer=customer,
        contact=contact,
        body="他要先看样品",
        next_contact_at=now + timedelta(days=3),
        actor=user,
        at=now,
    )
    ticket = create_ticket(customer=customer, subject="少了一箱", actor=user, at=now)
    reply_ticket(ticket=ticket, body="明天补发", actor=user, at=now)
    solved = create_ticket(customer=customer, subject="发票抬头", actor=user, at=now)
    solve_ticket(ticket=solved, solution="已重开", actor=user, at=now)
    # For a customer of a colleague.
    elsewhere = create_ticket(customer=CustomerFactory(), subject="代班", owner=user, actor=user, at=now)
    return {
        "customer": customer,
        "contact": contact,
        "open": open_one,
        "ended": ended,
        "contract": contract,
        "plan": plan,
        "receipt": receipt,
        "lead": LeadFactory(owner=user, company=leaver.company),
        "quotation": QuotationFactory(customer=customer, owner=user),
        "ticket": ticket,
        "solved": solved,
        "elsewhere": elsewhere,
    }


def prepared(people: tuple[Employee, Employee, User]) -> Handover:
    leaver, successor, officer = people
    today = timezone.localdate()
    return open_handover(employee=leaver, successor=successor, leave_on=today, actor=officer, at=timezone.now())


def handed_over(people: tuple[Employee, Employee, User]) -> Handover:
    _leaver, _successor, officer = people
    handover = prepared(people)
    request_handover(handover=handover, actor=officer, at=timezone.now())
    return hand_over(handover=handover, actor=officer, at=timezone.now())


def test_the_counts_before_and_after_agree(people: tuple[Employee, Employee, User], desk: dict[str, Any]) -> None:
    leaver, successor, _officer = people
    before = {each.holding.code: each.number for each in held_by(leaver.user)}

    handover = handed_over(people)

    assert before == {
        "suite.Reminder": 1,
        "crm.Customer": 1,
        "crm.Lead": 1,
        "crm.Opportunity": 2,
        "crm.Quotation": 1,
        "crm.Contract": 1,
        "crm.Ticket": 2,
    }
    assert {line.code: (line.found, line.given, line.left) for line in handover.lines.all()} == {
        code: (number, number, 0) for code, number in before.items()
    }
    assert held_by(leaver.user) == []
    assert {each.holding.code: each.number for each in held_by(successor.user)} == before


def test_each_of_them_has_the_new_owner(people: tuple[Employee, Employee, User], desk: dict[str, Any]) -> None:
    leaver, successor, _officer = people
    to = successor.user

    handed_over(people)

    assert Customer.objects.get(pk=desk["customer"].pk).owner == to
    assert Contact.objects.get(pk=desk["contact"].pk).customer.owner == to
    assert set(Opportunity.objects.values_list("owner", "status")) == {
        (to.pk, OpportunityStatus.OPEN),
        (to.pk, OpportunityStatus.INVALID),
    }
    assert Contract.objects.get().owner == to
    assert PaymentPlan.objects.get().contract.owner == to
    assert Reminder.objects.get(done_at__isnull=True).owner == to
    assert dict(Ticket.objects.values_list("subject", "owner")) == {
        "少了一箱": to.pk,
        "代班": to.pk,
        # Who solved it solved it.
        "发票抬头": leaver.user_id,
    }
    assert OwnerChange.objects.filter(customer=desk["customer"]).latest("pk").trigger == "HANDOVER"
    log = TicketAssignment.objects.filter(to_owner=to)
    assert set(log.values_list("ticket__subject", "trigger")) == {("少了一箱", "TRANSFER"), ("代班", "HANDOVER")}


def test_the_new_owner_opens_everything_and_reads_what_was_said(
    people: tuple[Employee, Employee, User], desk: dict[str, Any]
) -> None:
    _leaver, successor, _officer = people
    client = Client()
    client.force_login(successor.user)
    rows = [row for name, row in desk.items() if name not in {"solved"}]
    before = [client.get(row.get_absolute_url()).status_code for row in rows]

    handed_over(people)

    after = {row._meta.label: client.get(row.get_absolute_url()).status_code for row in rows}
    timeline = client.get(desk["customer"].get_absolute_url()).content.decode()
    by_api = client.get("/api/crm/tickets/?owner=me&is_open=true").json()["results"]
    assert set(before) == {404}
    assert set(after.values()) == {200}
    assert all(words in timeline for words in ("他要先看样品", "明天补发"))
    assert {each["id"] for each in by_api} == {desk["ticket"].pk, desk["elsewhere"].pk}
    # The solved one is readable as well: it is a ticket of the own customer.
    assert client.get(desk["solved"].get_absolute_url()).status_code == 200


def test_nobody_leaves_with_an_open_ticket(people: tuple[Employee, Employee, User], desk: dict[str, Any]) -> None:
    leaver, _successor, officer = people
    handover = handed_over(people)
    late = create_ticket(
        customer=CustomerFactory(), subject="新来的", owner=leaver.user, actor=officer, at=timezone.now()
    )

    with pytest.raises(StillInUse, match="1"):
        end_handed_over(handover=handover, actor=officer, at=timezone.now())

    assert User.objects.get(pk=leaver.user_id).is_active
    solve_ticket(ticket=late, solution="好了", actor=leaver.user, at=timezone.now())
    end_handed_over(handover=handover, actor=officer, at=timezone.now())
    assert not User.objects.get(pk=leaver.user_id).is_active


def test_who_may_not_hand_over_does_not(people: tuple[Employee, Employee, User], desk: dict[str, Any]) -> None:
    leaver, successor, _officer = people
    client = Client()
    client.force_login(successor.user)
    handover = prepared(people)

    page = client.get(handover.get_absolute_url())
    route = client.get(f"/api/hrm/handovers/{handover.pk}/")

    assert (page.status_code, route.status_code) == (403, 403)
    assert Customer.objects.get(pk=desk["customer"].pk).owner == leaver.user
