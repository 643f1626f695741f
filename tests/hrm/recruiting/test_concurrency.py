"""Two people recruit at the same moment: real threads, real commits."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from hrm.org.models import Employee
from hrm.people.models import Assignment, LaborContract
from hrm.recruiting import offers, requisitions
from hrm.recruiting.choices import CandidateStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Requisition
from suite.access.models import User
from suite.core.errors import DomainError
from tests.factories.hrm import DepartmentFactory, PositionFactory, UserFactory
from tests.factories.hrm_recruiting import CandidateFactory, OfferFactory, RequisitionFactory
from tests.hrm.test_concurrency import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def ready(requisition: Requisition, boss: User) -> Candidate:
    """A candidate who accepted an offer."""
    row = CandidateFactory(requisition=requisition, status=CandidateStatus.OFFER)
    offer = OfferFactory(candidate=row)
    offers.submit_offer(offer=offer, actor=boss, at=AT)
    offers.send_offer(offer=offer, actor=boss, at=AT)
    offers.accept_offer(offer=offer, actor=boss, at=AT)
    return Candidate.objects.get(pk=row.pk)


@pytest.mark.parametrize("attempt", range(3))
def test_a_candidate_is_never_hired_twice(attempt: int) -> None:
    boss = UserFactory(is_superuser=True)
    row = ready(RequisitionFactory(wanted=2), boss)

    results = at_once(
        lambda: offers.hire_candidate(candidate=row, number="E1", actor=boss, at=AT),
        lambda: offers.hire_candidate(candidate=row, number="E2", actor=boss, at=AT),
    )

    assert sum(isinstance(each, Employee) for each in results) == 1
    assert sum(isinstance(each, DomainError) for each in results) == 1
    assert (Employee.objects.count(), LaborContract.objects.count(), Assignment.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("attempt", range(3))
def test_the_last_place_is_never_filled_twice(attempt: int) -> None:
    boss = UserFactory(is_superuser=True)
    requisition = RequisitionFactory(wanted=1)
    one, two = ready(requisition, boss), ready(requisition, boss)

    results = at_once(
        lambda: offers.hire_candidate(candidate=one, number="E1", actor=boss, at=AT),
        lambda: offers.hire_candidate(candidate=two, number="E2", actor=boss, at=AT),
    )

    assert sum(isinstance(each, Employee) for each in results) == 1
    assert Requisition.objects.get(pk=requisition.pk).status == RequisitionStatus.FILLED
    assert Candidate.objects.filter(status=CandidateStatus.HIRED).count() == 1


@pytest.mark.parametrize("attempt", range(3))
def test_two_requests_never_share_the_last_place_of_the_plan(attempt: int) -> None:
    boss = UserFactory(is_superuser=True)
    position, department = PositionFactory(planned_headcount=1), DepartmentFactory()
    one, two = (
        requisitions.create_requisition(
            position=position,
            department=department,
            wanted=1,
            due_on=date(2026, 6, 30),
            reason="x",
            actor=boss,
            at=AT,
        )
        for _n in range(2)
    )

    results = at_once(
        lambda: requisitions.submit_requisition(requisition=one, actor=boss, at=AT),
        lambda: requisitions.submit_requisition(requisition=two, actor=boss, at=AT),
    )

    assert sum(isinstance(each, DomainError) for each in results) == 1
    assert Requisition.objects.filter(status=RequisitionStatus.APPROVED).count() == 1
