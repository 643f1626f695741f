"""
Who gets a ticket: the first rule that fits and has somebody on duty, else the owner of the customer.

All active rules are locked while one decides, so that two tickets at once see each other's load and turn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from crm.assignment.engine import Candidate, least_loaded
from crm.assignment.members import absent
from crm.customers.models import Customer
from crm.service.choices import OPEN, AssignmentTrigger, DispatchMethod
from crm.service.models import DispatchRule, Ticket
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
        loads = loads_of(on_duty(team_of(rule), at), besides=ticket.pk)
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
    team = [Candidate(pk, load, capacity=most) for pk, load in sorted(loads.items())]
    if method == DispatchMethod.LEAST_LOADED:
        least = least_loaded(team)
        return least.user if least is not None else None
    able = [each.user for each in team if not each.is_full]
    return next((pk for pk in able if last is None or pk > last), able[0] if able else None)


def team_of(rule: DispatchRule) -> QuerySet[User]:
    """The staff that a rule names, by itself or by its department."""
    named = Q(pk__in=rule.people.order_by().values("pk"))
    if rule.department_id is not None:
        below = subtree([rule.department_id]).values("pk")
        named |= Q(employee__department__in=below)
    return User.objects.filter(named, is_active=True, kind=UserKind.STAFF)


def on_duty(people: QuerySet[User], at: datetime) -> list[int]:
    """Return the keys of those who can take something today."""
    found = list(people)
    away = absent(found, at)
    return [person.pk for person in found if person.pk not in away]


def loads_of(people: Sequence[int], *, besides: int | None = None) -> dict[int, int]:
    """Open tickets of each person, by key, by one query."""
    is_open = Q(tickets__status__in=OPEN) & ~Q(tickets__pk=besides)
    found = User.objects.filter(pk__in=people).order_by("pk").annotate(load=Count("tickets", filter=is_open))
    return dict(found.values_list("pk", "load"))
