"""Who of a rule's members can take one more, and how much each has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count
from django.utils import timezone

from crm.assignment.choices import AssignmentTarget, CandidateState
from crm.assignment.engine import Candidate
from crm.assignment.models import AssignmentMember
from crm.customers.choices import LeadStatus
from crm.customers.models import Customer, Lead
from crm.pool.models import Capacity
from crm.pool.selectors import rooms_of
from hrm.leave.selectors import approved_intervals
from hrm.org.choices import ACTIVE_STATUSES
from hrm.org.models import Employee
from suite.access.models import User

WORKABLE = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED)


@dataclass
class Team:
    """
    The members of one rule while it decides.

    :param away: why members cannot take anything today, by user.
    """

    members: Sequence[AssignmentMember]
    people: Mapping[int, User]
    away: Mapping[int, CandidateState]
    candidates: Mapping[int, Candidate]

    def able(self, loads: Mapping[int, int]) -> list[Candidate]:
        """Those who are here and on duty, with what they have by now."""
        found = []
        for member in self.members:
            candidate = self.candidates[member.user_id]
            candidate.load = loads.get(member.user_id, 0)
            if self.state(member) in {CandidateState.FREE, CandidateState.FULL}:
                found.append(candidate)
        return found

    def state(self, member: AssignmentMember) -> CandidateState:
        """Whether a member can take one more."""
        if member.user_id in self.away:
            return self.away[member.user_id]
        if not member.is_on_duty:
            return CandidateState.OFF_DUTY
        return CandidateState.FULL if self.candidates[member.user_id].is_full else CandidateState.FREE

    def protocol(self) -> list[dict[str, object]]:
        """What the log keeps of the members."""
        return [
            {
                "user": member.user_id,
                "name": str(self.people[member.user_id]),
                "load": self.candidates[member.user_id].load,
                "capacity": self.candidates[member.user_id].capacity,
                "weight": member.weight,
                "state": self.state(member).value,
            }
            for member in self.members
        ]


def absent(people: Iterable[User], at: datetime) -> dict[int, CandidateState]:
    """Return who cannot take anything today, and why, by two queries: closed accounts, who left, approved leave."""
    known = {person.pk: person for person in people}
    found = {pk: CandidateState.INACTIVE for pk, person in known.items() if not person.is_active or person.is_portal}
    employees = dict(Employee.objects.filter(user__in=known).order_by().values_list("pk", "user"))
    gone = Employee.objects.filter(pk__in=employees).exclude(status__in=ACTIVE_STATUSES).order_by()
    found |= {user: CandidateState.INACTIVE for user in gone.values_list("user", flat=True) if user is not None}
    today = timezone.localdate(at)
    for employee in approved_intervals(list(employees), today, today):
        found.setdefault(employees[employee] or 0, CandidateState.ON_LEAVE)
    return found


def loads_of(target: str, users: Iterable[int]) -> dict[int, int]:
    """Return how many open leads, or customers, people have, by one query."""
    pks = list(users)
    rows = (
        Lead.objects.filter(owner__in=pks, status__in=WORKABLE)
        if target == AssignmentTarget.LEAD
        else Customer.objects.filter(owner__in=pks)
    )
    return dict(rows.order_by().values_list("owner").annotate(Count("pk")))


def limits_of(target: str, people: Iterable[User], company: int, loads: Mapping[int, int]) -> dict[int, int]:
    """Return the most customers that people may have under the company's capacities 库容; leads have none."""
    if target == AssignmentTarget.LEAD or not Capacity.objects.filter(company=company).exists():
        return {}
    found = {}
    for person in people:
        room = rooms_of(person, [company]).get(company)
        if room is not None:
            found[person.pk] = loads.get(person.pk, 0) + room[1]
    return found
