"""What somebody's own page shows: their record and what hangs on it, each kind by one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hrm.leave.selectors import Balance, balances
from hrm.org.models import Employee
from hrm.people.choices import CONTRACT_TONES, ContractState, TaskStatus
from hrm.people.models import AssetLoan, Certificate, LaborContract, StaffTask
from hrm.people.selectors import with_state
from hrm.talent.training.models import SkillHolding, TrainingEnrolment
from suite.access.models import User

# What is shown masked until its owner asks for it.
MASKED = {"id_number": _("ID card number"), "bank_account": _("bank account")}
SHOWN_END = 4
RECENT = 10
# From so many days before its end, a paper or a skill is told to end.
SOON = timedelta(days=60)


@dataclass(frozen=True)
class Expiring:
    """
    Something with an end.

    :param tone: of the badge of the end; empty while it is far away or there is none.
    """

    row: Any
    tone: str = ""


@dataclass(frozen=True)
class Profile:
    """The own record of an employee."""

    contracts: list[tuple[LaborContract, str, str]]
    certificates: list[Expiring]
    skills: list[Expiring]
    trainings: list[TrainingEnrolment]
    loans: list[AssetLoan]
    tasks: list[StaffTask]
    balances: list[Balance]


def own_record(user: Any) -> Employee | None:
    """Return the personnel record of a user with what it names, None without one."""
    people = Employee.objects.select_related("company", "department", "position", "manager")
    return people.filter(user=user.pk).first()


def masked(value: str) -> str:
    """Return a number of which only the end can be read, and not its length; a short one is hidden whole."""
    return f"••••{value[-SHOWN_END:] if len(value) > 2 * SHOWN_END else ''}"


def own_tasks(user: User) -> QuerySet[StaffTask]:
    """Return the tasks of joining and leaving that a user has to do, those due first on top."""
    tasks = StaffTask.objects.filter(assignee=user, status=TaskStatus.OPEN).select_related("employee")
    return tasks.order_by("due_on", "pk")


def profile_of(person: Employee, user: User, today: date) -> Profile:
    """Return what hangs on the record of an employee, and what they have to do, by a fixed number of queries."""
    certificates = Certificate.objects.filter(employee=person).order_by("valid_to", "pk")
    skills = SkillHolding.objects.filter(employee=person).select_related("skill").order_by("skill__name", "-valid_from")
    trainings = TrainingEnrolment.objects.filter(employee=person).select_related("session__course")
    return Profile(
        contracts=[
            (each, str(ContractState(each.state).label), CONTRACT_TONES.get(ContractState(each.state), ""))
            for each in with_state(LaborContract.objects.filter(employee=person), today).order_by("-starts_on")
        ],
        certificates=[_expiring(each, today) for each in certificates],
        skills=[_expiring(each, today) for each in skills],
        trainings=list(trainings.order_by("-session__starts_at", "-pk")[:RECENT]),
        loans=list(AssetLoan.objects.filter(employee=person, returned_on=None).order_by("-handed_out_on", "pk")),
        tasks=list(own_tasks(user)),
        balances=balances([person.pk], today)[person.pk],
    )


def _expiring(row: Any, today: date) -> Expiring:
    if row.valid_to is None or row.valid_to > today + SOON:
        return Expiring(row)
    return Expiring(row, "late" if row.valid_to < today else "wait")
