"""Questions about places to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee, Position
from hrm.recruiting.choices import COUNTED_REQUISITIONS, CandidateStatus
from hrm.recruiting.models import Candidate, Requisition

T = TypeVar("T", bound=QuerySet[Any])


@dataclass(frozen=True)
class Room:
    """
    What the headcount plan of a position leaves.

    :param actual: who is there or about to join.
    :param asked_for: places of other requests that are in approval or not filled yet.
    """

    planned: int
    actual: int
    asked_for: int

    @property
    def left(self) -> int:
        """How many more people the plan allows; never below 0."""
        return max(0, self.planned - self.actual - self.asked_for)


def with_filled(requisitions: T) -> T:
    """Add ``filled`` to requests: how many candidates were hired for each."""
    hired = Candidate.objects.filter(requisition=OuterRef("pk"), status=CandidateStatus.HIRED).order_by()
    counted = hired.values("requisition").annotate(number=Count("pk")).values("number")
    annotated: T = requisitions.annotate(filled=Coalesce(Subquery(counted), 0))
    return annotated


def room_of(position: Position, *, besides: int | None = None) -> Room:
    """
    Return what the headcount plan of a position leaves, by three queries.

    :param besides: key of a request that does not count, being the one asked about.
    """
    open_ones = Requisition.objects.filter(position=position, status__in=COUNTED_REQUISITIONS).exclude(pk=besides or 0)
    wanted = open_ones.aggregate(found=Sum("wanted"))["found"] or 0
    filled = Candidate.objects.filter(requisition__in=open_ones.order_by(), status=CandidateStatus.HIRED).count()
    people = Employee.objects.filter(position=position).exclude(status=EmployeeStatus.LEFT)
    return Room(position.planned_headcount, people.count(), wanted - filled)


def next_number(company_pk: int) -> str:
    """Suggest an employee number: the one after the longest and highest that ends in digits, empty without any."""
    numbers = Employee.objects.filter(company=company_pk, number__regex=r"\d+$").values_list("number", flat=True)
    highest = max(numbers, key=lambda text: (len(text), text), default="")
    head = highest.rstrip("0123456789")
    digits = highest[len(head) :]
    return f"{head}{int(digits) + 1:0{len(digits)}}" if digits else ""
