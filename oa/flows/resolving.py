"""Finding the people of a node in the organisation."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from hrm.org.choices import ACTIVE_STATUSES
from hrm.org.models import Department, Employee
from oa.flows.assign import Surroundings, present, settle
from oa.flows.choices import ResolverKind, SelfPolicy
from oa.flows.conditions import number
from oa.flows.definition import Copy, Flow, Resolver, Step
from oa.flows.facts import AMOUNT
from oa.flows.models import Deputy, FlowDefinition
from oa.flows.state import Resolved, State
from suite.access.choices import UserKind
from suite.access.models import User

# Managers of managers are followed so far.
HIGHEST = 20


class People:
    """
    Answers who is asked at the nodes of one run, as the organisation is today.

    What it read once it does not read again: it is made for one event.
    """

    def __init__(self, definition: FlowDefinition, flow: Flow, on: date) -> None:
        self.definition, self.flow, self.on = definition, flow, on

    def __call__(self, node: Step | Copy, state: State) -> Resolved:
        """Say who is asked at a node."""
        found = list(dict.fromkeys(pk for each in node.resolvers for pk in self._candidates(each, node.key, state)))
        around = self._around(node, found, state)
        return settle(node, found, around) if isinstance(node, Step) else present(found, around)

    def _around(self, node: Step | Copy, found: list[int], state: State) -> Surroundings:
        amount = number(state.facts.get(AMOUNT))
        limit = self.flow.own_limit
        instead = {
            SelfPolicy.MANAGER: managers_of(state.initiator)[:1],
            SelfPolicy.HEAD: heads_of(department_of(state.initiator)),
        }
        stand_in = getattr(node, "stand_in", "")
        known = {*found, *(pk for keys in instead.values() for pk in keys), self.definition.admin_id}
        known |= {int(stand_in)} if stand_in.isdecimal() else set()
        deputies = self._deputies()
        return Surroundings(
            initiator=state.initiator,
            admin=self.definition.admin_id,
            active=active_among({*known, *deputies.values()}),
            deputies=deputies,
            instead=lambda policy: [pk for pk in instead.get(policy, []) if pk != state.initiator],
            is_money=amount is not None,
            is_beyond_own=limit is not None and amount is not None and amount >= limit,
        )

    def _deputies(self) -> dict[int, int]:
        rows = Deputy.objects.filter(first_day__lte=self.on, last_day__gte=self.on)
        chosen = rows.filter(definitions__isnull=True) | rows.filter(definitions=self.definition)
        # The latest word counts.
        return dict(chosen.order_by("pk").values_list("person", "deputy"))

    def _candidates(self, resolver: Resolver, node: str, state: State) -> Iterable[int]:
        values = [int(value) for value in resolver.values if value.isdecimal()]
        kind, level = resolver.kind, resolver.level
        if kind == ResolverKind.PERSON:
            return values
        if kind == ResolverKind.ROLE:
            return _keys(User.objects.filter(groups__in=values, kind=UserKind.STAFF))
        if kind == ResolverKind.POSITION:
            return _users(Employee.objects.filter(position__in=values, status__in=ACTIVE_STATUSES))
        if kind == ResolverKind.MANAGER:
            return managers_of(state.initiator)[level - 1 : level]
        if kind == ResolverKind.MANAGERS:
            return managers_of(state.initiator)[:level]
        if kind == ResolverKind.HEAD:
            return heads_of(department_of(state.initiator), level)
        if kind == ResolverKind.HEAD_OF:
            return [pk for value in values for pk in heads_of(value)]
        if kind == ResolverKind.INITIATOR:
            return [state.initiator]
        if kind == ResolverKind.CHOSEN:
            return state.chosen.get(node, ())
        return self._named(resolver.field, state)

    def _named(self, name: str, state: State) -> Iterable[int]:
        """The people in a field of the request, or the head of the department in it."""
        value: Any = state.facts.get(name)
        if isinstance(value, list):
            # A department stands there with those above it.
            return heads_of(int(value[-1])) if value and str(value[-1]).isdecimal() else []
        return [int(value)] if value and str(value).isdecimal() else []


def _keys(users: Any) -> list[int]:
    return list(users.order_by("pk").values_list("pk", flat=True).distinct())


def _users(people: Any) -> list[int]:
    return list(people.filter(user__isnull=False).order_by("pk").values_list("user", flat=True))


def active_among(users: Iterable[int]) -> set[int]:
    """Return those of some users who may sign in."""
    return set(User.objects.filter(pk__in=set(users), is_active=True).values_list("pk", flat=True))


def department_of(user: int) -> int | None:
    """Return the department that a user works in."""
    return Employee.objects.filter(user=user).values_list("department", flat=True).first()


def managers_of(user: int) -> list[int]:
    """Return the users of somebody's manager, the manager's manager and so on."""
    found: list[int] = []
    person = Employee.objects.filter(user=user).values("manager").first()
    while person and person["manager"] and len(found) < HIGHEST:
        above = Employee.objects.filter(pk=person["manager"]).values("manager", "user").first()
        if above and above["user"]:
            found.append(above["user"])
        person = above
    return found


def heads_of(department: int | None, level: int = 1) -> list[int]:
    """
    Return the head of a department; further levels are the heads of the departments above it.

    A department without a head is led by the head of the one above.
    """
    if department is None:
        return []
    path = Department.objects.filter(pk=department).values_list("path", flat=True).first() or []
    heads = dict(Department.objects.filter(pk__in=path, head__user__isnull=False).values_list("pk", "head__user"))
    chain = list(dict.fromkeys(heads[pk] for pk in reversed(path) if pk in heads))
    return chain[level - 1 : level]
