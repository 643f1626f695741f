"""
Who gets a ticket: the first rule that fits and has somebody on duty, else the owner of the customer.

All active rules are locked while one decides, so that two tickets at once see each other's load and turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from crm.customers.models import Customer
from crm.service.choices import OPEN, AssignmentTrigger, DispatchMethod
from crm.service.models import DispatchRule, Ticket
from hrm.calendar.choices import RequestStatus
from hrm.leave.models import LeaveDay
from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.org.selectors import subtree
from suite.access.choices import UserKind
from suite.access.models import User


@dataclass(frozen=True)
class Decision:
    """
    Who gets a ticket and why.

    :param considered: open tickets of those on duty, by key.
    """

    owner: User | None
    trigger: AssignmentTrigger
    rule: DispatchRule | None = None
    considered: Mapping[int, int] = field(default_factory=dict)


def decide(*, ticket: Ticket, at: datetime) -> Decision:
    """Return who gets a ticket; within a transaction, in which the turn of the rule is kept."""
    customer = Customer.objects.select_related("party", "owner").get(pk=ticket.customer_id)
    rules = DispatchRule.objects.filter(is_active=True).select_for_update(of=("self",)).order_by("pk")
    for rule in sorted(rules, key=lambda each: (each.position, each.pk)):
        if not fits(rule, ticket, customer):
            continue
        loads = loads_of(on_duty(team_of(rule), timezone.localdate(at)), besides=ticket.pk)
        chosen = choose(rule.method, loads, most=rule.most_open, last=rule.last_person_id)
        if chosen is not None:
            rule.last_person_id = chosen
            rule.save(update_fields=["last_person"])
            return Decision(User.objects.get(pk=chosen), AssignmentTrigger.RULE, rule, loads)
    owner = customer.owner
    if owner is not None and owner.is_active:
        return Decision(owner, AssignmentTrigger.CUSTOMER_OWNER)
    return Decision(None, AssignmentTrigger.NOBODY)


def fits(rule: DispatchRule, ticket: Ticket, customer: Customer) -> bool:
    """Whether a rule is for a ticket; an empty condition fits every one."""
    return (
        rule.kind in {"", ticket.kind}
        and rule.complaint_type_id in {None, ticket.complaint_type_id}
        and rule.region in {"", customer.party.region}
        and rule.tier in {"", customer.tier}
    )


def choose(method: str, loads: Mapping[int, int], *, most: int | None = None, last: int | None = None) -> int | None:
    """
    Return the key of who is next, None when nobody is left.

    :param loads: open tickets by person.
    :param most: who has so many or more is passed over.
    :param last: whose turn it was before.
    """
    able = sorted(pk for pk, load in loads.items() if most is None or load < most)
    if not able:
        return None
    if method == DispatchMethod.ROUND_ROBIN:
        return next((pk for pk in able if last is None or pk > last), able[0])
    return min(able, key=lambda pk: (loads[pk], pk))


def team_of(rule: DispatchRule) -> QuerySet[User]:
    """The staff that a rule names, by itself or by its department."""
    named = Q(pk__in=rule.people.order_by().values("pk"))
    if rule.department_id is not None:
        below = subtree([rule.department_id]).values("pk")
        named |= Q(employee__department__in=below)
    return User.objects.filter(named, is_active=True, kind=UserKind.STAFF)


def on_duty(people: QuerySet[User], day: date) -> QuerySet[User]:
    """Those who have not left and are not on approved leave on a day."""
    away = LeaveDay.objects.filter(date=day, request__status=RequestStatus.APPROVED).values("employee__user")
    left = Employee.objects.filter(status=EmployeeStatus.LEFT, user__isnull=False).values("user")
    return people.exclude(pk__in=left).exclude(pk__in=away.filter(employee__user__isnull=False))


def loads_of(people: QuerySet[User], *, besides: int | None = None) -> dict[int, int]:
    """Open tickets of each person, by key, by one query."""
    is_open = Q(tickets__status__in=OPEN) & ~Q(tickets__pk=besides)
    rows = people.order_by("pk").annotate(load=Count("tickets", filter=is_open)).values_list("pk", "load")
    return dict(rows)
