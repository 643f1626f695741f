"""What the organisation tells the systems above it: who came, where people stand, who goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from suite.events import Event


@dataclass(frozen=True)
class EmployeeHired(Event):
    """Somebody was taken on; ``has_started``: they work already, as those do who are entered later."""

    employee_pk: int
    has_started: bool
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class EmployeesPlaced(Event):
    """
    Company, department, position or manager of people changed.

    :param kind: a :class:`~hrm.org.choices.PlaceChange`.
    :param on: the first day at the new place.
    """

    employee_pks: tuple[int, ...]
    kind: str
    on: date
    reason: str
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class HireDateChanged(Event):
    """Somebody begins, or began, on another day than was said."""

    employee_pk: int
    hire_date: date


@dataclass(frozen=True)
class EmployeeConfirmed(Event):
    """Somebody became a regular employee."""

    employee_pk: int
    on: date
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class NoticeGiven(Event):
    """Somebody is going to leave, after ``last_day`` where it is known."""

    employee_pk: int
    last_day: date | None
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class EmployeeKept(Event):
    """Somebody who was going to leave stays, as what they were before."""

    employee_pk: int
    actor_pk: int | None
    at: datetime


@dataclass(frozen=True)
class EmployeeLeft(Event):
    """Somebody left for good, after ``leave_date``; ``had_notice``: it was said before."""

    employee_pk: int
    leave_date: date
    had_notice: bool
    actor_pk: int | None
    at: datetime
