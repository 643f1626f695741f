"""Leaving: everything somebody is responsible for gets a new owner, in every system that is on, or nothing does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.models import Customer, FollowUp, OwnerChange
from crm.pipeline.models import Opportunity
from hrm.handover.choices import HandoverStatus
from hrm.handover.models import Handover
from hrm.handover.selectors import held_by
from hrm.handover.services import (
    StaysBehind,
    cancel_handover,
    end_handed_over,
    hand_over,
    open_handover,
    recount_handover,
    request_handover,
    update_handover,
)
from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.errors import StillInUse
from hrm.org.models import Employee
from hrm.org.services import end_employment, hire_employee
from hrm.people.checklists import complete_task
from hrm.people.models import Assignment
from suite.access.models import User
from suite.access.ownership import change_owner, holdings
from suite.access.scopes import ScopePaths
from suite.activity.models import Reminder
from suite.activity.services import set_reminder
from suite.core.errors import InvalidInput, WrongState
from suite.jobs.models import Job
from suite.masters.models import Company
from suite.modules import state
from suite.modules.services import disable_module, enable_module
from tests.factories.crm import (
    ContractFactory,
    CustomerFactory,
    FollowUpFactory,
    LeadFactory,
    OpportunityFactory,
    QuotationFactory,
)
from tests.factories.erp_purchasing import PurchaseOrderFactory
from tests.factories.erp_sales import SalesOrderFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_people import StaffTaskFactory
from tests.factories.hrm_recruiting import InterviewFactory
from tests.factories.hrm_talent import TrainingSessionFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def systems() -> None:
    """Every system that people own something in is on."""
    CompanyFactory(is_default=True)
    for code in ("crm", "hrm", "erp"):
        enable_module(code=code, actor=None, at=timezone.now())


@pytest.fixture
def officer(systems: None) -> User:
    """Who hands over."""
    user = UserFactory()
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["hr"])
    return user


@pytest.fixture
def people(systems: None) -> tuple[Employee, Employee, Employee]:
    """The leaver, the successor and a third colleague, all with accounts."""
    department = DepartmentFactory(company=Company.objects.get())
    leaver, successor, third = (EmployeeFactory(department=department, user=UserFactory()) for _n in range(3))
    return leaver, successor, third


def belongings(leaver: Employee) -> Customer:
    """Something of every system, and a colleague to manage."""
    user = leaver.user
    customer = CustomerFactory(owner=user, company=leaver.company)
    opportunity = OpportunityFactory(customer=customer, owner=user, company=leaver.company)
    LeadFactory(owner=user, company=leaver.company)
    QuotationFactory(customer=customer, owner=user)
    ContractFactory(customer=customer, owner=user)
    FollowUpFactory(customer=customer, opportunity=opportunity, owner=user, body="他要先看样品")
    SalesOrderFactory(owner=user)
    PurchaseOrderFactory(owner=user)
    DepartmentFactory(head=leaver)
    EmployeeFactory(manager=leaver)
    return customer


def go_on(handover: Handover, officer: User) -> Handover:
    """Hand over as the job does, within the test."""
    request_handover(handover=handover, actor=officer, at=timezone.now())
    return hand_over(handover=handover, actor=officer, at=timezone.now())


def test_everything_moves_and_the_counts_reconcile(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    customer = belongings(leaver)
    before = {each.holding.code: each.number for each in held_by(leaver.user)}
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())

    go_on(handover, officer)

    lines = {line.code: (line.found, line.given, line.left) for line in handover.lines.all()}
    assert set(before) >= {
        "hrm.Department", "hrm.Employee", "crm.Customer", "crm.Opportunity", "crm.Lead", "crm.Quotation",
        "crm.Contract", "erp.SalesOrder", "erp.PurchaseOrder",
    }  # fmt: skip
    assert lines == {code: (number, number, 0) for code, number in before.items()}
    assert held_by(leaver.user) == []
    after = {each.holding.code: each.number for each in held_by(successor.user)}
    assert after == before
    change = OwnerChange.objects.filter(customer=customer).latest("at")
    assert (change.to_owner, change.trigger) == (successor.user, OwnerChangeTrigger.HANDOVER)
    assert Handover.objects.get().status == HandoverStatus.DONE


def test_kinds_can_go_to_different_people(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, third = people
    belongings(leaver)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())

    update_handover(handover=handover, successors={"crm.Lead": third}, actor=officer, at=timezone.now())
    go_on(handover, officer)

    given = {each.holding.code for each in held_by(third.user)}
    assert given == {"crm.Lead"}
    assert "crm.Lead" not in {each.holding.code for each in held_by(successor.user)}


def test_opportunities_chosen_for_somebody_do_not_go_along_with_their_customers(
    people: tuple[Employee, ...], officer: User
) -> None:
    leaver, successor, third = people
    customer = CustomerFactory(owner=leaver.user, company=leaver.company)
    OpportunityFactory(customer=customer, owner=leaver.user, company=leaver.company)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())

    update_handover(handover=handover, successors={"crm.Opportunity": third}, actor=officer, at=timezone.now())
    go_on(handover, officer)

    assert (Customer.objects.get().owner, Opportunity.objects.get().owner) == (successor.user, third.user)
    assert set(handover.lines.values_list("code", "found", "given", "left")) == {
        ("crm.Customer", 1, 1, 0),
        ("crm.Opportunity", 1, 1, 0),
    }


def test_a_count_that_does_not_reconcile_takes_everything_back(
    people: tuple[Employee, ...], officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, successor, _third = people
    LeadFactory(owner=leaver.user, company=leaver.company)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())
    request_handover(handover=handover, actor=officer, at=timezone.now())

    def says_nothing(rows: QuerySet[Any], **more: Any) -> int:
        change_owner(rows, **more)
        return 0

    (leads,) = (each for each in holdings() if each.code == "crm.Lead")
    broken = type(leads)(leads.code, leads.model, leads.held, says_nothing)
    monkeypatch.setattr("hrm.handover.services.holdings", lambda: iter([broken]))

    with pytest.raises(StaysBehind, match="线索 1"):
        hand_over(handover=handover, actor=officer, at=timezone.now())

    assert [each.number for each in held_by(leaver.user)] == [1]


def test_tasks_interviews_and_trainings_go_to_a_colleague(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    for_other, own = StaffTaskFactory(assignee=leaver.user), StaffTaskFactory(assignee=leaver.user, employee=leaver)
    interview, session = InterviewFactory(interviewer=leaver.user), TrainingSessionFactory(trainer=leaver)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())

    go_on(handover, officer)

    for row in (for_other, own, interview, session):
        row.refresh_from_db()
    assert (for_other.assignee, interview.interviewer, session.trainer) == (successor.user, successor.user, successor)
    assert own.assignee == leaver.user


def test_what_is_done_stays_with_who_did_it(people: tuple[Employee, ...], officer: User) -> None:
    leaver, _successor, _third = people
    task = StaffTaskFactory(assignee=leaver.user)
    InterviewFactory(interviewer=leaver.user, verdict="PASS")
    complete_task(task=task, actor=officer, at=timezone.now())

    assert held_by(leaver.user) == []


def test_people_who_get_another_manager_are_told_from_whom(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    below = hire_employee(
        company=leaver.company,
        number="E-9",
        name="王芳",
        hire_date=date(2020, 1, 6),
        manager=leaver,
        actor=officer,
        at=timezone.now(),
    )

    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())

    with override("en"):
        go_on(handover, officer)

    place = Assignment.objects.get(employee=below, valid_to=None)
    assert (place.manager, place.reason) == (successor, f"Taken over from {leaver}")


def test_the_successor_reads_the_old_timeline(people: tuple[Employee, ...], officer: User, client: Client) -> None:
    leaver, successor, _third = people
    customer = belongings(leaver)
    assert successor.user is not None
    successor.user.groups.add(create_default_roles(actor=None, at=timezone.now())["salesperson"])
    client.force_login(successor.user)
    url = customer.get_absolute_url()
    assert client.get(url).status_code == 404

    go_on(
        open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now()), officer
    )

    page = client.get(url)
    assert page.status_code == 200
    assert "他要先看样品" in page.content.decode()
    assert FollowUp.objects.get().owner == leaver.user


def test_reminders_go_along_and_none_is_doubled(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    customer = CustomerFactory(company=leaver.company)
    for each in (leaver.user, successor.user):
        assert each is not None
        each.groups.add(create_default_roles(actor=None, at=timezone.now())["boss"])
    due, later = timezone.now() + timedelta(days=3), timezone.now() + timedelta(days=4)
    now = timezone.now()
    for user, moment in ((leaver.user, due), (successor.user, due), (leaver.user, later)):
        assert user is not None
        set_reminder(obj=customer, due_at=moment, note="回访", actor=user, at=now)

    go_on(open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=now), officer)

    open_ones = Reminder.objects.filter(done_at__isnull=True)
    assert list(open_ones.order_by("due_at").values_list("owner", "due_at")) == [
        (successor.user_id, due),
        (successor.user_id, later),
    ]


def test_nobody_leaves_while_responsible_for_something(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    CustomerFactory(owner=leaver.user, company=leaver.company)

    with pytest.raises(StillInUse, match="客户 1"):
        end_employment(employee=leaver, leave_date=TODAY, successor=successor, actor=officer, at=timezone.now())

    leaver.refresh_from_db()
    assert (leaver.status, leaver.leave_date) == (EmployeeStatus.REGULAR, None)
    assert User.objects.get(pk=leaver.user_id).is_active


def test_with_personnel_off_nothing_blocks(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    CustomerFactory(owner=leaver.user, company=leaver.company)
    disable_module(code="hrm", actor=None, at=timezone.now(), reason="暂停")

    end_employment(employee=leaver, leave_date=TODAY, successor=successor, actor=officer, at=timezone.now())

    assert Employee.objects.get(pk=leaver.pk).status == EmployeeStatus.LEFT


def test_signing_in_ends_last(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, _third = people
    belongings(leaver)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())
    with pytest.raises(WrongState):
        end_handed_over(handover=handover, actor=officer, at=timezone.now())
    go_on(handover, officer)
    assert User.objects.get(pk=leaver.user_id).is_active

    # Something came to the leaver since.
    late = LeadFactory(owner=leaver.user, company=leaver.company)
    with pytest.raises(StillInUse, match="线索 1"):
        end_handed_over(handover=handover, actor=officer, at=timezone.now())
    late.delete()
    end_handed_over(handover=handover, actor=officer, at=timezone.now())

    leaver.refresh_from_db()
    assert (leaver.status, leaver.leave_date) == (EmployeeStatus.LEFT, TODAY)
    assert not User.objects.get(pk=leaver.user_id).is_active


def test_what_would_stay_behind_takes_everything_back(
    people: tuple[Employee, ...], officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaver, successor, _third = people
    belongings(leaver)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())
    before = {each.holding.code: each.number for each in held_by(leaver.user)}
    request_handover(handover=handover, actor=officer, at=timezone.now())

    def give_nothing(rows: QuerySet[Any], **_more: Any) -> int:
        return 0

    kept = [each for each in holdings() if each.code != "erp.SalesOrder"]
    (orders,) = (each for each in holdings() if each.code == "erp.SalesOrder")
    broken = [*kept, type(orders)(orders.code, orders.model, orders.held, give_nothing)]
    monkeypatch.setattr("hrm.handover.services.holdings", lambda: iter(broken))

    with pytest.raises(StaysBehind, match="销售订单 1"):
        hand_over(handover=handover, actor=officer, at=timezone.now())

    assert {each.holding.code: each.number for each in held_by(leaver.user)} == before
    assert held_by(successor.user) == []


def test_refusals_change_nothing(people: tuple[Employee, ...], officer: User) -> None:
    leaver, successor, third = people
    now = timezone.now()
    without_account = EmployeeFactory(company=leaver.company)
    gone = EmployeeFactory(company=leaver.company, status=EmployeeStatus.LEAVING, user=UserFactory())
    end_employment(employee=gone, leave_date=TODAY, actor=None, at=now)

    for wrong in (leaver, without_account, gone):
        with pytest.raises(InvalidInput):
            open_handover(employee=leaver, successor=wrong, leave_on=TODAY, actor=officer, at=now)
    with pytest.raises(InvalidInput):
        open_handover(employee=leaver, successor=successor, leave_on=date(2000, 1, 1), actor=officer, at=now)
    with pytest.raises(WrongState):
        open_handover(employee=gone, successor=successor, leave_on=TODAY, actor=officer, at=now)
    assert Handover.objects.count() == 0

    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=now)
    with pytest.raises(WrongState):
        open_handover(employee=leaver, successor=third, leave_on=TODAY, actor=officer, at=now)
    with pytest.raises(WrongState):
        hand_over(handover=handover, actor=officer, at=now)
    cancel_handover(handover=handover, reason="留任", actor=officer, at=now)
    with pytest.raises(WrongState):
        recount_handover(handover=handover, actor=officer, at=now)
    assert Handover.objects.get().status == HandoverStatus.CANCELLED


def test_the_database_keeps_one_open_handover_for_each_person(people: tuple[Employee, ...]) -> None:
    leaver, successor, third = people
    Handover.objects.create(employee=leaver, successor=successor, leave_on=TODAY)

    with pytest.raises(IntegrityError, match="handover_one_open"):
        Handover.objects.create(employee=leaver, successor=third, leave_on=TODAY)


@pytest.mark.parametrize("number", [3, 40])
def test_the_number_of_statements_does_not_grow(
    people: tuple[Employee, ...], officer: User, number: int, record_property: Any
) -> None:
    leaver, successor, _third = people
    customers = [CustomerFactory(owner=leaver.user, company=leaver.company) for _n in range(number)]
    for customer in customers:
        OpportunityFactory(customer=customer, owner=leaver.user, company=leaver.company)
        FollowUpFactory(customer=customer, owner=leaver.user)
    handover = open_handover(employee=leaver, successor=successor, leave_on=TODAY, actor=officer, at=timezone.now())
    request_handover(handover=handover, actor=officer, at=timezone.now())

    with CaptureQueriesContext(
        connection,
    ) as asked:
        hand_over(handover=handover, actor=officer, at=timezone.now())

    assert len(asked) < 180
    assert Customer.objects.filter(owner=successor.user).count() == number
    assert Opportunity.objects.filter(owner=successor.user).count() == number
    record_property("statements", len(asked))


def test_through_the_pages(people: tuple[Employee, ...], officer: User, client: Client) -> None:
    leaver, successor, third = people
    belongings(leaver)
    client.force_login(officer)

    client.post(
        f"{leaver.get_absolute_url()}actions/hand-over/", {"successor": successor.pk, "leave_on": TODAY.isoformat()}
    )
    handover = Handover.objects.get()
    url = handover.get_absolute_url()
    line = handover.lines.get(code="crm.Lead")
    page = client.get(url).content.decode()
    assert "销售订单" in page
    chosen = {"successor": successor.pk, "leave_on": TODAY.isoformat(), f"line_{line.pk}": third.pk}
    client.post(f"{url}actions/successors/", chosen)
    assert handover.lines.get(code="crm.Lead").successor == third
    client.post(f"{url}actions/hand-over/")
    handover.refresh_from_db()
    assert handover.status == HandoverStatus.RUNNING
    assert handover.job == Job.objects.get()


def test_who_may_not_hand_over_is_not_offered_it(people: tuple[Employee, ...], officer: User, client: Client) -> None:
    leaver, successor, _third = people
    seller = UserFactory()
    seller.groups.add(create_default_roles(actor=None, at=timezone.now())["salesperson"])
    handover = Handover.objects.create(employee=leaver, successor=successor, leave_on=TODAY)
    client.force_login(seller)

    assert client.get(handover.get_absolute_url()).status_code == 403
    refused = client.post(
        f"{leaver.get_absolute_url()}actions/hand-over/", {"successor": successor.pk, "leave_on": TODAY.isoformat()}
    )
    assert refused.status_code == 403
    assert Handover.objects.count() == 1


def test_every_owner_column_is_handed_over_or_said_to_stay(systems: None) -> None:
    known = {each.model for each in holdings()}

    owned = {
        model
        for model in apps.get_models()
        if isinstance(paths := getattr(model, "scope", None), ScopePaths)
        and paths.owner == "owner"
        and state.owner_is_enabled(model.__module__)
    }

    assert owned - known == {FollowUp, Job}
