"""Service tickets: the clock in working hours, who gets them, what is said, the satisfaction, and who sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.backfill import prepare_crm
from crm.customers.models import Customer
from crm.customers.ownership import transfer_customers
from crm.pool.services import claim_customer, return_customer
from crm.service.choices import AssignmentTrigger, DispatchMethod, Priority, TicketKind, TicketStatus
from crm.service.clock import times_of
from crm.service.dispatch import choose
from crm.service.models import DispatchRule, SlaPolicy, Ticket, TicketAssignment, TicketPause, TicketRating, TicketReply
from crm.service.periodic import tidy_tickets
from crm.service.rating import rate_by_link, rate_ticket, rating_token
from crm.service.services import (
    ask_customer,
    assign_ticket,
    close_ticket,
    create_ticket,
    dispatch_ticket,
    hear_ticket,
    move_ticket,
    prioritise_ticket,
    reopen_ticket,
    reply_ticket,
    resume_ticket,
    solve_ticket,
    take_ticket,
    update_ticket,
)
from crm.service.watching import watch_tickets
from hrm.calendar.engine import DayKind
from hrm.calendar.hours import working_time_between
from hrm.calendar.models import HolidayDay
from hrm.calendar.services import seed_year
from hrm.org.default_roles import create_default_roles
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.activity.models import Notification
from suite.activity.selectors import stream
from suite.core.errors import InvalidInput, VersionConflict, WrongState
from suite.masters.models import Company
from suite.metrics.registry import metric_of, this_month
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.crm import ContactFactory, ContractFactory, CustomerFactory, PoolFactory
from tests.factories.crm_service import ComplaintTypeFactory, DispatchRuleFactory, SlaPolicyFactory, TicketFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveDayFactory
from tests.factories.masters import CompanyFactory
from tests.kit.metrics import assert_drill_matches
from tests.kit.objects import give

pytestmark = pytest.mark.django_db
D = Decimal
ZONE = timezone.get_default_timezone()


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    """A moment by the clock on the wall, in 2026; the 2nd of March is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def by_wall(moment: datetime | None) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}" if moment is not None else ""


@pytest.fixture
def company() -> Company:
    """CRM is on, and the calendar of 2026 is entered."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    seed_year(year=2026, actor=None, at=at(1, 9))
    return CompanyFactory(is_default=True)


@pytest.fixture
def seller(company: Company) -> User:
    return UserFactory(full_name="周敏")


@pytest.fixture
def customer(company: Company, seller: User) -> Customer:
    return CustomerFactory(company=company, owner=seller, tier="A", party__region="广东")


@pytest.fixture
def usual(company: Company) -> SlaPolicy:
    return SlaPolicyFactory(kind="", priority="", tier="", response_hours=D(4), resolution_hours=D(16))


def asked(customer: Customer, moment: datetime, **details: Any) -> Ticket:
    """A ticket recorded by the owner of the customer."""
    values = {"subject": "充电器不工作", "actor": customer.owner, **details}
    return create_ticket(customer=customer, at=moment, **values)


# -- the clock ---------------------------------------------------------------------------------


def weekdays(day: date) -> DayKind:
    return DayKind.WORKDAY if day.weekday() < 5 else DayKind.REST


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ((2, 9), (2, 18), 8),  # noon does not count
        ((2, 8), (2, 10), 1),
        ((2, 12, 30), (2, 13, 30), 0.5),
        ((6, 17), (9, 10), 2),  # over a weekend
        ((7, 9), (8, 18), 0),
        ((3, 10), (3, 10), 0),
        ((3, 11), (3, 10), 0),
    ],
)
def test_working_time_between_two_moments(start: tuple[int, ...], end: tuple[int, ...], hours: float) -> None:
    found = working_time_between(at(*start), at(*end), weekdays)

    assert found == timedelta(hours=hours)


def test_pauses_move_the_solution_and_not_the_response() -> None:
    found = times_of(
        started_at=at(2, 9),
        response_hours=D(4),
        resolution_hours=D(8),
        warn_hours=D(1),
        pauses=[(at(2, 14), at(3, 10))],  # four hours on Monday, one on Tuesday
        kind_of=weekdays,
    )

    assert (by_wall(found.response_due_at), by_wall(found.response_warn_at)) == ("03-02 14:00", "03-02 12:00")
    assert (by_wall(found.resolution_due_at), by_wall(found.resolution_warn_at)) == ("03-03 15:00", "03-03 14:00")


def test_due_in_working_hours_over_a_holiday(customer: Customer, usual: SlaPolicy) -> None:
    # The 30th of April 2026 is a Thursday; from the 1st to the 5th of May is a holiday.
    ticket = asked(customer, at(30, 15, month=4))

    assert ticket.policy == usual
    assert (by_wall(ticket.response_due_at), by_wall(ticket.resolution_due_at)) == ("05-06 10:00", "05-07 15:00")


def test_a_year_that_is_not_entered_is_shown_and_never_guessed(
    customer: Customer, usual: SlaPolicy, client: Client
) -> None:
    ticket = asked(customer, datetime(2027, 1, 4, 9, tzinfo=ZONE))
    client.force_login(UserFactory(is_superuser=True))

    page = client.get(ticket.get_absolute_url(), headers={"accept-language": "en"}).content.decode()

    assert (ticket.response_due_at, ticket.resolution_due_at, ticket.unknown_year) == (None, None, 2027)
    assert "Calendar of 2027 is missing" in page


def test_once_the_year_is_entered_the_night_computes_the_times(customer: Customer, usual: SlaPolicy) -> None:
    ticket = asked(customer, datetime(2027, 1, 4, 9, tzinfo=ZONE))
    days = (date(2027, 1, 1) + timedelta(days=n) for n in range(31))
    HolidayDay.objects.bulk_create(HolidayDay(date=d, kind=weekdays(d).value) for d in days)

    done = tidy_tickets(datetime(2027, 1, 5, 2, tzinfo=ZONE))

    ticket.refresh_from_db()
    assert done == 1
    assert ticket.unknown_year is None
    assert timezone.localtime(ticket.resolution_due_at) == datetime(2027, 1, 5, 18, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("conditions", "name"),
    [
        ({}, "all"),
        ({"kind": "COMPLAINT"}, "complaint"),
        ({"priority": "URGENT"}, "urgent"),
        ({"kind": "COMPLAINT", "priority": "URGENT"}, "urgent"),
        ({"tier": "A", "kind": "COMPLAINT"}, "complaint of A"),
    ],
)
def test_the_closest_policy_counts(company: Company, conditions: dict[str, str], name: str) -> None:
    policies = {"kind": "", "priority": "", "tier": ""}
    for title, more in {
        "all": {},
        "complaint": {"kind": "COMPLAINT"},
        "urgent": {"priority": "URGENT"},
        "complaint of A": {"kind": "COMPLAINT", "tier": "A"},
    }.items():
        SlaPolicyFactory(name=title, **{**policies, **more})
    tier = conditions.pop("tier", "C")
    owner = CustomerFactory(company=company, tier=tier)

    ticket = asked(owner, at(2, 9), **conditions)

    assert ticket.policy is not None
    assert ticket.policy.name == name


def test_the_clock_stands_still_while_the_customer_has_to_answer(customer: Customer, usual: SlaPolicy) -> None:
    ticket = asked(customer, at(2, 9))
    before = ticket.resolution_due_at
    ticket = ask_customer(ticket=ticket, body="请发照片", actor=ticket.owner, at=at(2, 10))

    ticket = hear_ticket(ticket=ticket, body="照片在附件", actor=ticket.owner, at=at(3, 10))

    assert by_wall(before) == "03-03 18:00"
    assert by_wall(ticket.resolution_due_at) == "03-04 18:00"
    assert (ticket.status, ticket.first_response_at) == (TicketStatus.IN_PROGRESS, at(2, 10))
    assert list(TicketReply.objects.order_by("at").values_list("direction", "body")) == [
        ("OUT", "请发照片"),
        ("IN", "照片在附件"),
    ]
    assert list(TicketPause.objects.values_list("started_at", "ended_at")) == [(at(2, 10), at(3, 10))]


def test_what_waits_for_its_customer_is_never_late(customer: Customer, usual: SlaPolicy) -> None:
    ticket = asked(customer, at(2, 9))
    ticket = ask_customer(ticket=ticket, body="请发照片", actor=ticket.owner, at=at(2, 10))

    marked = watch_tickets(at=at(20, 9))

    ticket.refresh_from_db()
    assert marked == 0
    assert (ticket.resolution_breached_at, ticket.resolution_warned_at) == (None, None)


def test_another_priority_computes_the_times_from_the_beginning(customer: Customer, usual: SlaPolicy) -> None:
    SlaPolicyFactory(kind="", priority="URGENT", tier="", response_hours=D(1), resolution_hours=D(8))
    ticket = asked(customer, at(2, 9))
    ask_customer(ticket=ticket, body="请发照片", actor=ticket.owner, at=at(2, 10))
    resume_ticket(ticket=ticket, actor=ticket.owner, at=at(2, 12))

    ticket = prioritise_ticket(ticket=ticket, priority=Priority.URGENT, actor=ticket.owner, at=at(2, 16))

    # Eight hours from Monday at nine, and two of waiting.
    assert (by_wall(ticket.response_due_at), by_wall(ticket.resolution_due_at)) == ("03-02 10:00", "03-03 11:00")


def test_a_mark_is_taken_back_when_the_new_time_is_still_to_come(customer: Customer, usual: SlaPolicy) -> None:
    SlaPolicyFactory(kind="", priority="LOW", tier="", response_hours=D(40), resolution_hours=D(80))
    ticket = asked(customer, at(2, 9))
    watch_tickets(at=at(3, 19))

    ticket = prioritise_ticket(ticket=ticket, priority=Priority.LOW, actor=ticket.owner, at=at(4, 9))

    assert (ticket.response_breached_at, ticket.resolution_breached_at, ticket.resolution_warned_at) == (None,) * 3
    assert watch_tickets(at=at(4, 9, 1)) == 0


# -- what becomes late -------------------------------------------------------------------------


def told(user: User) -> list[str]:
    return list(
        Notification.objects.filter(recipient=user, kind="ALERT").order_by("pk").values_list("message", flat=True)
    )


@pytest.fixture
def manager(company: Company, seller: User) -> User:
    """Whom the seller reports to, who sees the tickets of the department and below."""
    department = DepartmentFactory(company=company)
    above = EmployeeFactory(department=department, user=UserFactory(full_name="王总"))
    EmployeeFactory(department=department, user=seller, manager=above)
    pageset = pageset_of(Ticket)
    assert pageset is not None
    return give(above.user, pageset, ["view"], ScopeLevel.DEPARTMENT_TREE)


def test_the_owner_is_told_before_and_the_manager_after(customer: Customer, usual: SlaPolicy, manager: User) -> None:
    ticket = asked(customer, at(2, 9))
    owner = ticket.owner
    assert owner is not None

    early = watch_tickets(at=at(2, 11, 59))
    soon = watch_tickets(at=at(2, 12))
    nobody_told = told(manager)
    late = watch_tickets(at=at(2, 14))
    again = watch_tickets(at=at(2, 14, 1))

    ticket.refresh_from_db()
    assert (early, soon, late, again, nobody_told) == (0, 1, 1, 0, [])
    assert told(owner) == [
        "Ticket %(number)s is to be answered soon: %(subject)s",
        "Ticket %(number)s was not answered in time: %(subject)s",
    ]
    assert told(manager) == ["Ticket %(number)s was not answered in time: %(subject)s"]
    assert (ticket.response_warned_at, ticket.response_breached_at) == (at(2, 12), at(2, 14))


def test_who_leads_sales_hears_of_a_late_ticket_that_nobody_has(company: Company, usual: SlaPolicy) -> None:
    lead = UserFactory()
    role = create_default_roles(actor=None, at=at(1, 9))["boss"]
    lead.groups.add(role, create_default_roles(actor=None, at=at(1, 9))["sales_manager"])
    pooled = CustomerFactory(company=company, owner=None, pool=PoolFactory(company=company))
    create_ticket(customer=pooled, subject="谁来处理", actor=UserFactory(), at=at(2, 9))

    watch_tickets(at=at(9, 9))

    assert len(told(lead)) == 2


def test_an_answer_in_time_is_not_marked(customer: Customer, usual: SlaPolicy) -> None:
    ticket = asked(customer, at(2, 9))
    reply_ticket(ticket=ticket, body="已收到", actor=ticket.owner, at=at(2, 13, 59))

    marked = watch_tickets(at=at(2, 15))

    ticket.refresh_from_db()
    assert marked == 0
    assert (ticket.status, ticket.response_breached_at) == (TicketStatus.IN_PROGRESS, None)


def test_watching_costs_the_same_for_few_and_many(customer: Customer, usual: SlaPolicy, manager: User) -> None:
    def queries(number: int) -> int:
        for _n in range(number):
            asked(customer, at(2, 9))
        with CaptureQueriesContext(connection) as captured:
            watch_tickets(at=at(9, 9))
        return len(captured)

    few, many = queries(3), queries(30)

    assert many <= few
    assert Ticket.objects.filter(resolution_breached_at=at(9, 9)).count() == 33


# -- who gets it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "loads", "most", "last", "expected"),
    [
        ("LEAST_LOADED", {1: 3, 2: 1, 3: 2}, None, None, 2),
        ("LEAST_LOADED", {1: 1, 2: 1}, None, 1, 1),
        ("LEAST_LOADED", {1: 5, 2: 5}, 5, None, None),
        ("ROUND_ROBIN", {1: 9, 2: 0, 3: 0}, None, None, 1),
        ("ROUND_ROBIN", {1: 9, 2: 0, 3: 0}, None, 2, 3),
        ("ROUND_ROBIN", {1: 9, 2: 0, 3: 0}, None, 3, 1),
        ("ROUND_ROBIN", {1: 9, 2: 0, 3: 0}, 9, 3, 2),
        ("ROUND_ROBIN", {}, None, None, None),
    ],
)
def test_who_is_next(
    method: str, loads: dict[int, int], most: int | None, last: int | None, expected: int | None
) -> None:
    assert choose(method, loads, most=most, last=last) == expected


def team(company: Company, number: int = 3) -> list[User]:
    return [EmployeeFactory(company=company, user=UserFactory()).user for _n in range(number)]


def test_the_least_loaded_of_those_on_duty_gets_it_and_the_log_says_why(customer: Customer, seller: User) -> None:
    first, second, away = team(customer.company)
    LeaveDayFactory(
        request__employee=away.employee, employee=away.employee, date=date(2026, 3, 2), request__status="APPROVED"
    )
    rule = DispatchRuleFactory(name="售后组")
    rule.people.set([first, second, away])
    TicketFactory(owner=first)

    ticket = asked(customer, at(2, 9))

    log = TicketAssignment.objects.get(ticket=ticket)
    assert (ticket.owner, ticket.status) == (second, TicketStatus.ASSIGNED)
    assert (log.trigger, log.rule, log.rule_name, log.considered) == (
        AssignmentTrigger.RULE,
        rule,
        "售后组",
        [[first.pk, 1], [second.pk, 0]],
    )
    assert Notification.objects.filter(recipient=second, kind="ASSIGNMENT").count() == 1


def test_turns_go_round(customer: Customer) -> None:
    people = team(customer.company)
    DispatchRuleFactory(method=DispatchMethod.ROUND_ROBIN).people.set(people)

    owners = [asked(customer, at(2, 9)).owner for _n in range(4)]

    assert owners == [*people, people[0]]


def test_rules_fit_by_kind_type_region_and_tier(customer: Customer) -> None:
    quality = ComplaintTypeFactory()
    people = team(customer.company, 5)
    conditions: list[dict[str, Any]] = [
        {"kind": "REPAIR"},
        {"complaint_type": quality},
        {"region": "广东", "kind": "DELIVERY"},
        {"tier": "A", "kind": "INVOICE"},
        {"tier": "B"},
    ]
    for position, (person, more) in enumerate(zip(people, conditions, strict=True)):
        DispatchRuleFactory(position=position, **more).people.set([person])
    wanted = [
        {"kind": "REPAIR", "complaint_type": quality},
        {"kind": "COMPLAINT", "complaint_type": quality},
        {"kind": "DELIVERY"},
        {"kind": "INVOICE"},
        {"kind": "OTHER"},
    ]

    owners = [asked(customer, at(2, 9), **more).owner for more in wanted]

    # The first that fits decides; where none does, the owner of the customer.
    assert owners == [*people[:4], customer.owner]
    assert TicketAssignment.objects.latest("pk").trigger == AssignmentTrigger.CUSTOMER_OWNER


def test_everybody_in_a_department_and_below_is_its_team(customer: Customer) -> None:
    above = DepartmentFactory(company=customer.company)
    below = DepartmentFactory(parent=above)
    worker = EmployeeFactory(department=below, user=UserFactory())
    EmployeeFactory(department=above, user=UserFactory(is_active=False))
    DispatchRuleFactory(department=above)

    ticket = asked(customer, at(2, 9))

    assert (ticket.owner, ticket.department) == (worker.user, below)


def test_without_anybody_it_stays_new_and_is_seen_as_such(company: Company, client: Client) -> None:
    pooled = CustomerFactory(company=company, owner=None, pool=PoolFactory(company=company))
    clerk = UserFactory(is_superuser=True)

    ticket = create_ticket(customer=pooled, subject="谁来处理", actor=clerk, at=at(2, 9))
    client.force_login(clerk)
    found = client.get("/api/crm/tickets/?is_unassigned=true&is_open=true").json()["results"]
    taken = take_ticket(ticket=ticket, actor=clerk, at=at(2, 10))

    assert (ticket.owner, ticket.status) == (None, TicketStatus.NEW)
    assert [each["id"] for each in found] == [ticket.pk]
    assert (taken.owner, taken.status) == (clerk, TicketStatus.ASSIGNED)
    assert list(TicketAssignment.objects.order_by("pk").values_list("trigger", flat=True)) == ["NOBODY", "TAKEN"]


def test_taking_what_somebody_has_is_refused(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))

    with pytest.raises(WrongState, match="周敏"):
        take_ticket(ticket=ticket, actor=UserFactory(), at=at(2, 10))

    assert Ticket.objects.get().owner == customer.owner


def test_dispatching_again_does_not_count_the_ticket_itself(customer: Customer) -> None:
    first, second = team(customer.company, 2)
    ticket = asked(customer, at(2, 9), owner=first)
    DispatchRuleFactory().people.set([first, second])

    ticket = dispatch_ticket(ticket=ticket, actor=customer.owner, at=at(2, 10))

    assert ticket.owner == first
    assert TicketAssignment.objects.latest("pk").considered == [[first.pk, 0], [second.pk, 0]]


def test_somebody_who_left_gets_nothing(customer: Customer) -> None:
    ticket, gone = asked(customer, at(2, 9)), UserFactory(is_active=False)

    with pytest.raises(InvalidInput):
        assign_ticket(ticket=ticket, owner=gone, actor=customer.owner, at=at(2, 10))

    assert Ticket.objects.get().owner == customer.owner
    assert TicketAssignment.objects.count() == 1


def test_the_log_cannot_be_edited(customer: Customer) -> None:
    asked(customer, at(2, 9))

    for write in (
        lambda: TicketAssignment.objects.update(to_owner=UserFactory()),
        lambda: TicketAssignment.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()

    assert TicketAssignment.objects.get().to_owner == customer.owner


# -- its life ----------------------------------------------------------------------------------


def test_from_new_to_closed_and_again(customer: Customer, usual: SlaPolicy) -> None:
    owner: Any = customer.owner
    ticket = asked(customer, at(2, 9))
    reply_ticket(ticket=ticket, body="我们来看看", actor=owner, at=at(2, 10))
    ticket = solve_ticket(ticket=ticket, solution="换了新的", actor=owner, at=at(2, 15))
    solved = (ticket.status, ticket.solved_at, ticket.solution)
    ticket = close_ticket(ticket=ticket, actor=owner, at=at(2, 16))

    ticket = reopen_ticket(ticket=ticket, reason="又坏了", actor=owner, at=at(3, 15))

    assert solved == (TicketStatus.SOLVED, at(2, 15), "换了新的")
    assert (ticket.status, ticket.reopened, ticket.solved_at, ticket.closed_at) == ("IN_PROGRESS", 1, None, None)
    # Sixteen hours from Monday at nine, and the eight in which it was solved.
    assert by_wall(ticket.resolution_due_at) == "03-04 18:00"
    assert "又坏了" in [each.body for each in stream(ticket, user=owner)]


def test_number_and_first_response(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))
    solved = solve_ticket(ticket=ticket, solution="电话里解决", actor=customer.owner, at=at(2, 9, 30))

    assert (ticket.number, solved.first_response_at) == ("GD2026030001", at(2, 9, 30))


def test_what_is_solved_is_not_changed(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))
    solve_ticket(ticket=ticket, solution="好了", actor=customer.owner, at=at(2, 10))

    for refused in (
        lambda: update_ticket(ticket=ticket, subject="别的", actor=customer.owner, at=at(2, 11)),
        lambda: reply_ticket(ticket=ticket, body="还有", actor=customer.owner, at=at(2, 11)),
        lambda: solve_ticket(ticket=ticket, solution="又好了", actor=customer.owner, at=at(2, 11)),
        lambda: assign_ticket(ticket=ticket, owner=UserFactory(), actor=customer.owner, at=at(2, 11)),
    ):
        with pytest.raises(WrongState):
            refused()

    fresh = Ticket.objects.get()
    assert (fresh.subject, fresh.solution, fresh.owner) == ("充电器不工作", "好了", customer.owner)
    assert TicketReply.objects.count() == 0


def test_only_what_is_over_is_reopened_or_rated(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))

    with pytest.raises(WrongState):
        reopen_ticket(ticket=ticket, reason="为什么", actor=customer.owner, at=at(2, 10))
    with pytest.raises(WrongState):
        rate_ticket(ticket=ticket, score=5, actor=customer.owner, at=at(2, 10))

    assert (TicketPause.objects.count(), TicketRating.objects.count()) == (0, 0)


def test_contact_and_contract_of_another_customer_are_refused(customer: Customer) -> None:
    for more in ({"contact": ContactFactory()}, {"contract": ContractFactory()}):
        with pytest.raises(InvalidInput):
            asked(customer, at(2, 9), **more)
    assert Ticket.objects.count() == 0

    with pytest.raises(IntegrityError), transaction.atomic():
        TicketFactory(customer=customer, contact=ContactFactory())


def test_a_change_from_an_old_version_is_refused(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))

    with pytest.raises(VersionConflict):
        update_ticket(ticket=ticket, subject="别的", expected_version=0, actor=customer.owner, at=at(2, 10))

    assert Ticket.objects.get().subject == "充电器不工作"


def test_on_the_board(customer: Customer) -> None:
    ticket = asked(customer, at(2, 9))

    started = move_ticket(ticket=ticket, lane="IN_PROGRESS", actor=customer.owner, at=at(2, 10))
    with pytest.raises(WrongState):
        move_ticket(ticket=ticket, lane="NEW", actor=customer.owner, at=at(2, 11))

    assert started.status == TicketStatus.IN_PROGRESS
    assert Ticket.objects.get().status == TicketStatus.IN_PROGRESS


def test_what_stays_solved_for_a_week_is_closed(customer: Customer) -> None:
    old, fresh = asked(customer, at(2, 9)), asked(customer, at(2, 9))
    solve_ticket(ticket=old, solution="好了", actor=customer.owner, at=at(2, 10))
    solve_ticket(ticket=fresh, solution="好了", actor=customer.owner, at=at(3, 10))

    closed = tidy_tickets(at(10, 2))

    assert closed == 1
    assert [Ticket.objects.get(pk=each.pk).status for each in (old, fresh)] == ["CLOSED", "SOLVED"]


# -- with the customer -------------------------------------------------------------------------


def test_open_tickets_of_the_former_owner_follow_the_customer(customer: Customer, seller: User) -> None:
    service, to = UserFactory(), UserFactory()
    theirs = asked(customer, at(2, 9))
    done = asked(customer, at(2, 9))
    solve_ticket(ticket=done, solution="好了", actor=seller, at=at(2, 10))
    others = asked(customer, at(2, 9), owner=service)
    elsewhere = asked(CustomerFactory(company=customer.company, owner=seller), at(2, 9))

    transfer_customers(customers=[customer], owner=to, actor=seller, at=at(3, 9))

    owners = {each.pk: each.owner for each in Ticket.objects.all()}
    assert owners == {theirs.pk: to, done.pk: seller, others.pk: service, elsewhere.pk: seller}
    log = TicketAssignment.objects.filter(trigger="TRANSFER")
    assert list(log.values_list("ticket", "from_owner", "to_owner")) == [(theirs.pk, seller.pk, to.pk)]


def test_who_claims_a_customer_gets_the_tickets_that_its_last_owner_left(customer: Customer, seller: User) -> None:
    PoolFactory(company=customer.company)
    ticket = asked(customer, at(2, 9))
    to = UserFactory()
    return_customer(customer=customer, reason="不联系了", actor=seller, at=at(3, 9))
    in_pool = Ticket.objects.get().owner

    claim_customer(customer=customer, actor=to, at=at(4, 9))

    assert in_pool == seller
    assert Ticket.objects.get(pk=ticket.pk).owner == to


def test_what_was_said_stands_in_the_timeline_of_the_customer(customer: Customer, seller: User) -> None:
    pageset = pageset_of(Ticket)
    assert pageset is not None
    ticket = asked(customer, at(2, 9))
    reply_ticket(ticket=ticket, body="明天到货", actor=seller, at=at(2, 10))
    reader = give(seller, pageset, ["view"], ScopeLevel.OWN)

    entries = list(stream(customer, user=reader))
    without = list(stream(customer, user=UserFactory()))

    assert [(each.body, each.note) for each in entries if each.icon in {"phone", "headset"}] == [
        ("明天到货", f"{ticket.number} · 充电器不工作"),
        ("", f"{ticket.number} · 充电器不工作"),
    ]
    assert [each for each in without if each.body == "明天到货"] == []


# -- satisfaction ------------------------------------------------------------------------------


@pytest.fixture
def solved(customer: Customer) -> Ticket:
    ticket = asked(customer, timezone.now() - timedelta(hours=2))
    return solve_ticket(
        ticket=ticket, solution="换了新的", actor=customer.owner, at=timezone.now() - timedelta(hours=1)
    )


def test_the_customer_rates_by_a_link_without_signing_in_and_once(solved: Ticket, client: Client) -> None:
    url = reverse("crm:rate", args=[rating_token(solved)])

    asks = client.get(url)
    empty = client.post(url, {"comment": "好"})
    given = client.post(url, {"score": "4", "comment": "很快"})
    again = client.post(url, {"score": "1"})

    rating = TicketRating.objects.get()
    assert [each.status_code for each in (asks, empty, given, again)] == [200, 422, 200, 410]
    assert (rating.score, rating.comment, rating.source, rating.person) == (4, "很快", "CUSTOMER", solved.owner)
    assert asks["Referrer-Policy"] == "no-referrer"
    assert solved.customer.party.name not in asks.content.decode()


def test_a_wrong_or_old_link_says_nothing(solved: Ticket, client: Client) -> None:
    url = reverse("crm:rate", args=[rating_token(solved)])
    forged = reverse("crm:rate", args=[f"{solved.pk}-0:AAAA"])
    Ticket.objects.update(solved_at=timezone.now() - timedelta(days=15))

    answers = [
        client.get(forged),
        client.post(forged, {"score": "5"}),
        client.get(url),
        client.post(url, {"score": "5"}),
    ]

    assert [each.status_code for each in answers] == [410] * 4
    assert not any(solved.subject in each.content.decode() for each in answers)
    assert TicketRating.objects.count() == 0


def test_another_solution_is_rated_anew_and_the_old_link_is_dead(solved: Ticket, client: Client) -> None:
    owner: Any = solved.owner
    token = rating_token(solved)
    rate_ticket(ticket=solved, score=1, actor=owner, at=timezone.now())
    reopen_ticket(ticket=solved, reason="又坏了", actor=owner, at=timezone.now())
    ticket = solve_ticket(ticket=solved, solution="换了型号", actor=owner, at=timezone.now())

    with pytest.raises(WrongState):
        rate_by_link(token=token, score=5, at=timezone.now())
    rate_by_link(token=rating_token(ticket), score=5, at=timezone.now())

    assert list(TicketRating.objects.order_by("round").values_list("round", "score")) == [(0, 1), (1, 5)]


@pytest.mark.parametrize("score", [0, 6])
def test_a_score_beyond_the_scale_is_refused(solved: Ticket, score: int) -> None:
    with pytest.raises(InvalidInput):
        rate_ticket(ticket=solved, score=score, actor=solved.owner, at=timezone.now())

    assert TicketRating.objects.count() == 0


def test_the_link_stands_on_the_page_until_it_is_used(solved: Ticket, client: Client) -> None:
    client.force_login(UserFactory(is_superuser=True))
    url = f"{solved.get_absolute_url()}?tab=rating"

    before = client.get(url).content.decode()
    rate_ticket(ticket=solved, score=5, comment="很快", actor=solved.owner, at=timezone.now())
    after = client.get(url).content.decode()

    assert reverse("crm:rate", args=[rating_token(solved)]) in before
    assert ("很快" in after, "/crm/rate/" in after) == (True, False)


# -- figures -----------------------------------------------------------------------------------


def test_the_figures(company: Company, usual: SlaPolicy) -> None:
    boss = UserFactory(is_superuser=True)
    first, second = CustomerFactory(company=company), CustomerFactory(company=company)
    now = at(20, 12)
    quick, slow, ignored, running = (asked(each, at(2, 9)) for each in (first, first, second, second))
    reply_ticket(ticket=quick, body="好", actor=first.owner, at=at(2, 10))
    solve_ticket(ticket=quick, solution="好", actor=first.owner, at=at(2, 11))
    reply_ticket(ticket=slow, body="好", actor=first.owner, at=at(5, 10))
    solve_ticket(ticket=slow, solution="好", actor=first.owner, at=at(5, 11))
    rate_ticket(ticket=quick, score=5, actor=boss, at=at(6, 9))
    Ticket.objects.filter(pk=running.pk).update(
        created_at=at(20, 9), response_due_at=at(20, 15), resolution_due_at=None
    )
    context = this_month(boss, now, company)

    def value(code: str) -> Any:
        found = metric_of(code)
        assert found is not None
        return found(context).value

    assert [value(f"crm.{code}") for code in ("tickets_open", "tickets_late", "satisfaction", "rated_share")] == [
        D(2),
        D(1),
        D("5.00"),
        D(50),
    ]
    # One in time, one late, one overdue; the fourth may still be answered.
    assert round(value("crm.first_response_rate"), 2) == D("33.33")
    assert ignored.first_response_at is None


def test_the_rows_behind_the_figures_are_those_of_the_lists(company: Company, usual: SlaPolicy) -> None:
    boss = UserFactory(is_superuser=True)
    customer = CustomerFactory(company=company)
    now = timezone.now()
    for moment in (now - timedelta(days=400), now - timedelta(minutes=1)):
        ticket = asked(customer, moment)
    solved = solve_ticket(ticket=ticket, solution="好", actor=customer.owner, at=now)
    rate_ticket(ticket=solved, score=3, actor=boss, at=now)
    context = this_month(boss, now)

    for code in ("tickets_open", "tickets_late", "first_response_rate", "rated_share", "satisfaction"):
        found = metric_of(f"crm.{code}")
        assert found is not None
        if code == "satisfaction":
            assert found(context).denominator == D(1)
        assert_drill_matches(found, context)


def test_the_board_of_customer_service(company: Company, usual: SlaPolicy, client: Client) -> None:
    customer = CustomerFactory(company=company)
    asked(customer, timezone.now(), kind=TicketKind.COMPLAINT, complaint_type=ComplaintTypeFactory(name="质量"))
    client.force_login(UserFactory(is_superuser=True))

    page = client.get("/dashboards/service/", headers={"accept-language": "en"})

    text = page.content.decode()
    assert page.status_code == 200
    assert all(words in text for words in ("Late tickets", "What complaints are about", "质量", "充电器不工作"))


# -- pages, API, permissions -------------------------------------------------------------------


@pytest.fixture
def roles(company: Company) -> dict[str, Any]:
    return create_default_roles(actor=None, at=timezone.now())


@pytest.fixture
def clerk(roles: dict[str, Any]) -> User:
    """Who answers the telephone."""
    user = UserFactory(full_name="客服小李")
    user.groups.add(roles["customer_service"])
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_from_the_page_of_the_customer_to_a_solved_ticket(customer: Customer, clerk: User, usual: SlaPolicy) -> None:
    client = signed_in(clerk)
    page = client.get(customer.get_absolute_url(), headers={"accept-language": "en"}).content.decode()
    url = reverse("crm:ticket-create")

    form = client.get(f"{url}?customer={customer.pk}")
    data = {
        "customer": customer.pk,
        "channel": "PHONE",
        "kind": "COMPLAINT",
        "priority": "HIGH",
        "subject": "少了两箱",
        "description": "发货单 DN1",
        "form_token": "one",
    }
    made = client.post(url, data)
    ticket = Ticket.objects.get()
    steps = [
        client.post(reverse("crm:ticket-action", args=[ticket.pk, slug]), body).status_code
        for slug, body in (
            ("reply", {"body": "查一下", "channel": "PHONE"}),
            ("ask", {"body": "请发签收单", "channel": "WECHAT"}),
            ("heard", {"body": "已发", "channel": "WECHAT"}),
            ("solve", {"solution": "已补发"}),
            ("rate", {"score": "5", "comment": "快"}),
            ("close", {}),
        )
    ]

    assert f"{url}?customer={customer.pk}" in page
    assert f'value="{customer.pk}" selected' in form.content.decode()
    assert (made.status_code, ticket.owner, ticket.created_by) == (302, customer.owner, clerk)
    assert steps == [302] * 6
    ticket.refresh_from_db()
    assert (ticket.status, ticket.solution, ticket.ratings.get().score) == ("CLOSED", "已补发", 5)


def test_by_api(customer: Customer, clerk: User) -> None:
    client = signed_in(clerk)
    body = {"customer": customer.pk, "subject": "何时到货", "kind": "DELIVERY"}

    made = client.post("/api/crm/tickets/", body, content_type="application/json")
    pk = made.json()["id"]
    replied = client.post(
        f"/api/crm/tickets/{pk}/reply/", {"body": "周三", "channel": "EMAIL"}, content_type="application/json"
    )
    changed = client.patch(
        f"/api/crm/tickets/{pk}/",
        {"priority": "URGENT", "version": replied.json()["version"]},
        content_type="application/json",
    )
    stale = client.patch(f"/api/crm/tickets/{pk}/", {"priority": "LOW", "version": 1}, content_type="application/json")
    refused = client.post(f"/api/crm/tickets/{pk}/close/", content_type="application/json")

    assert [each.status_code for each in (made, replied, changed, stale, refused)] == [201, 200, 200, 409, 409]
    assert changed.json()["priority"] == "URGENT"
    assert refused["Content-Type"] == "application/problem+json"
    assert Ticket.objects.get().status == TicketStatus.IN_PROGRESS


def test_list_board_and_late(customer: Customer, clerk: User, usual: SlaPolicy) -> None:
    late = asked(customer, at(2, 9))
    client = signed_in(clerk)

    pages = {
        query: client.get(f"{reverse('crm:ticket-list')}?{query}", headers={"accept-language": "en"}).content.decode()
        for query in ("", "as=board", "is_late=true", "is_late=false", "is_unassigned=true&is_open=true")
    }

    assert [late.subject in pages[query] for query in pages] == [True, True, True, False, False]
    assert "late</span>" in pages["is_late=true"]


def test_who_sees_what(customer: Customer, seller: User, clerk: User, roles: dict[str, Any]) -> None:
    seller.groups.add(roles["salesperson"])
    stranger = UserFactory()
    stranger.groups.add(roles["salesperson"])
    ticket = create_ticket(customer=customer, subject="工单", owner=clerk, actor=clerk, at=timezone.now())
    url, action = ticket.get_absolute_url(), reverse("crm:ticket-action", args=[ticket.pk, "solve"])
    people = {"clerk": clerk, "seller": seller, "stranger": stranger, "nobody": UserFactory()}

    seen = {name: signed_in(user).get(url).status_code for name, user in people.items()}
    done = {
        name: signed_in(user).post(action, {"solution": "好了"}).status_code
        for name, user in people.items()
        if name != "clerk"
    }

    # Who looks after the customer reads it; who works on it is another.
    assert seen == {"clerk": 200, "seller": 200, "stranger": 404, "nobody": 403}
    assert done == {"seller": 403, "stranger": 404, "nobody": 403}
    assert Ticket.objects.get().status == TicketStatus.ASSIGNED


def test_settings_are_kept_by_who_leads(roles: dict[str, Any], clerk: User) -> None:
    lead = UserFactory()
    lead.groups.add(roles["sales_manager"])
    rule = {"position": "1", "name": "售后", "method": "ROUND_ROBIN", "is_active": "on"}
    url = reverse("crm:dispatchrule-create")

    refused = signed_in(clerk).post(url, {**rule, "people": [clerk.pk]})
    empty = signed_in(lead).post(url, rule)
    made = signed_in(lead).post(url, {**rule, "people": [clerk.pk]})

    assert [each.status_code for each in (refused, empty, made)] == [403, 422, 302]
    assert list(DispatchRule.objects.get().people.all()) == [clerk]


def test_a_new_installation_has_types_and_levels(company: Company) -> None:
    first = prepare_crm(actor=None, at=at(1, 9))
    again = prepare_crm(actor=None, at=at(1, 9))

    assert (first["crm.complainttype"], first["crm.slapolicy"]) == (6, 3)
    assert again == {}


def test_numbers_grow(customer: Customer) -> None:
    numbers = [asked(customer, at(2, 9)).number for _n in range(2)]

    assert numbers == [f"GD202603{n:04}" for n, _each in zip(count(1), numbers, strict=False)]


def test_times_are_kept_in_utc(customer: Customer, usual: SlaPolicy) -> None:
    ticket = asked(customer, at(2, 9))

    ticket.refresh_from_db()
    assert ticket.response_due_at == datetime(2026, 3, 2, 6, tzinfo=UTC)
