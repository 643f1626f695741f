"""Recruiting from the request for people to the first day."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.people.models import Assignment, LaborContract, StaffTask
from hrm.recruiting import candidates, offers, requisitions
from hrm.recruiting.choices import CandidateStatus, OfferStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Offer, Requisition
from hrm.recruiting.selectors import next_number, room_of, with_filled
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import MinimumWageFactory, TaskTemplateFactory
from tests.factories.hrm_recruiting import (
    CandidateFactory,
    InterviewFactory,
    OfferFactory,
    RequisitionFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AT.date()
D = Decimal


@pytest.fixture
def boss() -> User:
    """Somebody who may approve."""
    return UserFactory(is_superuser=True)


@pytest.fixture
def clerk() -> User:
    """Somebody who may not approve."""
    return UserFactory()


def ask(actor: User, **fields: Any) -> Requisition:
    position = fields.pop("position", None) or PositionFactory(planned_headcount=2)
    values = {"department": DepartmentFactory(), "wanted": 1, "due_on": date(2026, 6, 30), "reason": "业务增长"}
    return requisitions.create_requisition(position=position, actor=actor, at=AT, **{**values, **fields})


def accepted(boss: User, **fields: Any) -> Offer:
    offer = OfferFactory(**fields)
    offers.submit_offer(offer=offer, actor=boss, at=AT)
    offers.send_offer(offer=offer, actor=boss, at=AT)
    return offers.accept_offer(offer=offer, actor=boss, at=AT)


# Requests for people


def test_request_waits_for_approval(boss: User, clerk: User) -> None:
    row = ask(clerk)

    waiting = requisitions.submit_requisition(requisition=row, actor=clerk, at=AT)
    assert (row.number, waiting.status) == ("HR-2026-0001", RequisitionStatus.SUBMITTED)
    approved = requisitions.approve_requisition(requisition=row, actor=boss, at=AT)

    assert approved.status == RequisitionStatus.APPROVED


def test_request_beyond_the_plan_says_why(boss: User) -> None:
    position = PositionFactory(planned_headcount=3)
    EmployeeFactory(position=position)
    RequisitionFactory(position=position, wanted=1)
    assert room_of(position).left == 1
    row = ask(boss, position=position, wanted=2)

    with pytest.raises(InvalidInput) as refused:
        requisitions.submit_requisition(requisition=row, actor=boss, at=AT)
    assert (refused.value.field, Requisition.objects.get(pk=row.pk).status) == ("over_plan_reason", "DRAFT")
    requisitions.update_requisition(requisition=row, over_plan_reason="新产线", actor=boss, at=AT)
    requisitions.submit_requisition(requisition=row, actor=boss, at=AT)

    assert Requisition.objects.get(pk=row.pk).status == RequisitionStatus.APPROVED
    assert room_of(position).left == 0


def test_the_last_place_of_the_plan_needs_no_reason(boss: User) -> None:
    row = ask(boss, position=PositionFactory(planned_headcount=2), wanted=2)

    assert requisitions.submit_requisition(requisition=row, actor=boss, at=AT).status == RequisitionStatus.APPROVED


def test_position_of_another_department_and_a_closed_one_are_refused(clerk: User) -> None:
    department = DepartmentFactory()

    with pytest.raises(InvalidInput) as foreign:
        ask(clerk, department=department, position=PositionFactory(department=DepartmentFactory()))
    with pytest.raises(InvalidInput) as closed:
        ask(clerk, department=DepartmentFactory(is_active=False))

    assert (foreign.value.field, closed.value.field) == ("position", "department")
    assert not Requisition.objects.exists()


def test_request_is_refused_taken_up_again_and_closed(boss: User, clerk: User) -> None:
    row = ask(clerk)
    requisitions.submit_requisition(requisition=row, actor=clerk, at=AT)
    requisitions.reject_requisition(requisition=row, reason="缓招", actor=boss, at=AT)
    assert requisitions.reopen_requisition(requisition=row, actor=clerk, at=AT).status == RequisitionStatus.DRAFT
    requisitions.submit_requisition(requisition=row, actor=boss, at=AT)

    closed = requisitions.close_requisition(requisition=row, reason="冻结", actor=boss, at=AT)
    assert closed.status == RequisitionStatus.CLOSED
    again = requisitions.reopen_requisition(requisition=row, actor=boss, at=AT)
    draft = requisitions.close_requisition(requisition=ask(clerk), reason="x", actor=clerk, at=AT)

    assert (again.status, draft.status) == (RequisitionStatus.APPROVED, RequisitionStatus.CANCELLED)


def test_closed_request_is_handed_in_anew(boss: User, clerk: User) -> None:
    position = PositionFactory(planned_headcount=1)
    row = ask(boss, position=position)
    requisitions.submit_requisition(requisition=row, actor=boss, at=AT)
    requisitions.close_requisition(requisition=row, reason="冻结", actor=boss, at=AT)
    other = RequisitionFactory(position=position, wanted=1)

    with pytest.raises(InvalidInput) as refused:
        requisitions.reopen_requisition(requisition=row, actor=clerk, at=AT)
    assert (refused.value.field, Requisition.objects.get(pk=row.pk).status) == ("over_plan_reason", "CLOSED")
    with transaction.atomic():
        other.become(RequisitionStatus.CLOSED, actor=boss, at=AT)
    again = requisitions.reopen_requisition(requisition=row, actor=clerk, at=AT)

    assert again.status == RequisitionStatus.SUBMITTED


def test_closed_request_beyond_the_plan_is_taken_up_with_a_reason(boss: User) -> None:
    row = RequisitionFactory(position=PositionFactory(planned_headcount=0))
    requisitions.close_requisition(requisition=row, reason="冻结", actor=boss, at=AT)

    again = requisitions.reopen_requisition(requisition=row, over_plan_reason="新产线", actor=boss, at=AT)

    assert (again.status, again.over_plan_reason) == (RequisitionStatus.APPROVED, "新产线")


def test_who_is_about_to_join_takes_a_place_of_the_plan(boss: User) -> None:
    position = PositionFactory(planned_headcount=2)
    offer = accepted(boss, candidate__requisition=RequisitionFactory(position=position, wanted=1))

    offers.hire_candidate(candidate=offer.candidate, number="E1", actor=boss, at=AT)

    room = room_of(position)
    assert (room.actual, room.asked_for, room.left) == (1, 0, 1)


# Candidates


def test_a_phone_number_applies_once_for_a_place(clerk: User) -> None:
    row = RequisitionFactory()
    candidates.create_candidate(name="王芳", requisition=row, phone="13900000000", actor=clerk, at=AT)

    with pytest.raises(ValidationError):
        candidates.create_candidate(name="王 芳", requisition=row, phone="13900000000", actor=clerk, at=AT)
    candidates.create_candidate(name="王芳", requisition=RequisitionFactory(), phone="13900000000", actor=clerk, at=AT)
    candidates.create_candidate(name="无号", requisition=row, actor=clerk, at=AT)
    candidates.create_candidate(name="无号", requisition=row, actor=clerk, at=AT)

    assert Candidate.objects.count() == 4


def test_board_moves_between_the_stages_before_an_offer(clerk: User) -> None:
    row = CandidateFactory()

    candidates.move_candidate(candidate=row, lane="SCREENED", actor=clerk, at=AT)
    moved = candidates.move_candidate(candidate=row, lane="INTERVIEW", actor=clerk, at=AT)
    with pytest.raises(WrongState):
        candidates.move_candidate(candidate=row, lane="NEW", actor=clerk, at=AT)
    for lane in ("OFFER", "HIRED", "nonsense"):
        with pytest.raises(InvalidInput):
            candidates.move_candidate(candidate=row, lane=lane, actor=clerk, at=AT)

    assert moved.status == CandidateStatus.INTERVIEW
    assert Candidate.objects.get(pk=row.pk).status == CandidateStatus.INTERVIEW


def test_candidate_with_an_offer_is_neither_moved_nor_refused_nor_given_another_place(clerk: User) -> None:
    row = OfferFactory().candidate

    with pytest.raises(WrongState):
        candidates.move_candidate(candidate=row, lane="INTERVIEW", actor=clerk, at=AT)
    with pytest.raises(WrongState):
        candidates.reject_candidate(candidate=row, reject_reason="OTHER", actor=clerk, at=AT)
    with pytest.raises(WrongState):
        candidates.update_candidate(candidate=row, requisition=RequisitionFactory(), actor=clerk, at=AT)

    fresh = Candidate.objects.get(pk=row.pk)
    assert (fresh.status, fresh.requisition) == (CandidateStatus.OFFER, row.requisition)


def test_refused_candidate_is_taken_up_for_another_place(clerk: User) -> None:
    row, other = CandidateFactory(), RequisitionFactory()
    candidates.reject_candidate(candidate=row, reject_reason="WAGE", reject_note="期望 2 万", actor=clerk, at=AT)
    assert Candidate.objects.get(pk=row.pk).reject_reason == "WAGE"

    candidates.reopen_candidate(candidate=row, requisition=other, actor=clerk, at=AT)

    fresh = Candidate.objects.get(pk=row.pk)
    assert (fresh.status, fresh.requisition, fresh.reject_reason) == (CandidateStatus.NEW, other, "")


def test_interviews_are_counted_told_and_judged(clerk: User) -> None:
    row, talker = CandidateFactory(), UserFactory()
    plan = {"interviewer": talker, "held_at": AT, "actor": clerk, "at": AT}

    first = candidates.schedule_interview(candidate=row, **plan)
    second = candidates.schedule_interview(candidate=row, **plan)
    judged = candidates.record_interview(interview=first, verdict="PASSED", score=4, notes="稳重", actor=talker, at=AT)

    assert (first.round, second.round, judged.score) == (1, 2, 4)
    assert Candidate.objects.get(pk=row.pk).status == CandidateStatus.INTERVIEW
    assert Notification.objects.filter(recipient=talker).count() == 2
    with pytest.raises(WrongState):
        candidates.delete_interview(interview=first, actor=clerk, at=AT)
    with pytest.raises(WrongState):
        candidates.update_interview(interview=first, place="x", actor=clerk, at=AT)
    with pytest.raises(InvalidInput):
        candidates.record_interview(interview=second, verdict="OPEN", score=None, actor=talker, at=AT)
    with pytest.raises(ValidationError):
        candidates.record_interview(interview=second, verdict="FAILED", score=6, actor=talker, at=AT)
    candidates.delete_interview(interview=second, actor=clerk, at=AT)
    assert list(row.interviews.values_list("round", "verdict")) == [(1, "PASSED")]


def test_interview_is_not_judged_any_more_once_an_offer_is_made(clerk: User) -> None:
    interview = InterviewFactory(candidate=OfferFactory().candidate)

    with pytest.raises(WrongState):
        candidates.record_interview(interview=interview, verdict="FAILED", score=1, actor=clerk, at=AT)
    with pytest.raises(WrongState):
        candidates.schedule_interview(candidate=_refused(clerk), interviewer=clerk, held_at=AT, actor=clerk, at=AT)

    interview.refresh_from_db()
    assert interview.verdict == "OPEN"


def _refused(clerk: User) -> Candidate:
    return candidates.reject_candidate(candidate=CandidateFactory(), reject_reason="OTHER", actor=clerk, at=AT)


# Offers


def offer_to(candidate: Candidate, actor: User, **fields: Any) -> Offer:
    values = {"starts_on": date(2026, 4, 1), "contract_months": 36, "probation_months": 6, "monthly_wage": D("9000")}
    return offers.create_offer(candidate=candidate, actor=actor, at=AT, **{**values, **fields})


def test_offer_brings_the_candidate_to_its_stage(clerk: User) -> None:
    row = CandidateFactory(status=CandidateStatus.INTERVIEW)

    offer = offer_to(row, clerk, probation_wage=D("7200"))

    assert (offer.number, offer.ends_on, offer.probation_ends_on) == (
        "OF-2026-0001",
        date(2029, 3, 31),
        date(2026, 9, 30),
    )
    assert Candidate.objects.get(pk=row.pk).status == CandidateStatus.OFFER
    with pytest.raises(WrongState):
        offer_to(row, clerk)
    with pytest.raises(IntegrityError, match="offer_one_live"), transaction.atomic():
        OfferFactory(candidate=row)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"contract_months": 35}, "probation_months"),
        ({"contract_kind": "TASK", "contract_months": None, "probation_months": 1}, "probation_months"),
        ({"probation_wage": D("7199.99")}, "probation_wage"),
        ({"monthly_wage": D("2489.99")}, "monthly_wage"),
    ],
)
def test_offer_the_law_does_not_allow_is_refused(clerk: User, fields: dict[str, Any], field: str) -> None:
    """劳动合同法 19: two months under three years; 20: 80 % of 9,000 is 7,200, and the minimum wage of the example."""
    row = CandidateFactory(status=CandidateStatus.INTERVIEW)
    assert row.requisition is not None
    MinimumWageFactory(company=row.requisition.company)

    with pytest.raises(InvalidInput) as refused:
        offer_to(row, clerk, **fields)

    assert refused.value.field == field
    assert not Offer.objects.exists()
    assert Candidate.objects.get(pk=row.pk).status == CandidateStatus.INTERVIEW


def test_no_offer_before_the_interview_without_a_place_or_for_a_closed_one(clerk: User) -> None:
    closed = RequisitionFactory(status=RequisitionStatus.SUBMITTED)

    for row in (
        CandidateFactory(),
        CandidateFactory(requisition=None, status=CandidateStatus.INTERVIEW),
        CandidateFactory(requisition=closed, status=CandidateStatus.INTERVIEW),
    ):
        with pytest.raises(WrongState):
            offer_to(row, clerk)

    assert not Offer.objects.exists()


def test_offer_needs_approval_is_sent_back_changed_and_sent(boss: User, clerk: User) -> None:
    offer = OfferFactory()

    assert offers.submit_offer(offer=offer, actor=clerk, at=AT).status == OfferStatus.SUBMITTED
    offers.reject_offer(offer=offer, reason="偏高", actor=boss, at=AT)
    offers.update_offer(offer=offer, monthly_wage=D("8500"), actor=clerk, at=AT)
    offers.submit_offer(offer=offer, actor=clerk, at=AT)
    offers.approve_offer(offer=offer, actor=boss, at=AT)
    with pytest.raises(WrongState):
        offers.update_offer(offer=offer, monthly_wage=D("9500"), actor=clerk, at=AT)
    offers.send_offer(offer=offer, actor=clerk, at=AT)

    fresh = Offer.objects.get(pk=offer.pk)
    assert (fresh.status, fresh.monthly_wage) == (OfferStatus.SENT, D("8500.00"))


def test_offer_without_a_wage_is_not_submitted(clerk: User) -> None:
    offer = OfferFactory(monthly_wage=None)

    with pytest.raises(InvalidInput):
        offers.submit_offer(offer=offer, actor=clerk, at=AT)

    assert Offer.objects.get(pk=offer.pk).status == OfferStatus.DRAFT


def test_withdrawn_offer_leads_back_to_the_interviews_and_declined_one_ends_it(boss: User) -> None:
    withdrawn, declined = OfferFactory(), accepted(boss)

    offers.cancel_offer(offer=withdrawn, reason="条件变化", actor=boss, at=AT)
    offers.decline_offer(offer=declined, reason="另有去处", actor=boss, at=AT)

    assert Candidate.objects.get(pk=withdrawn.candidate_id).status == CandidateStatus.INTERVIEW
    ended = Candidate.objects.get(pk=declined.candidate_id)
    assert (ended.status, ended.reject_reason) == (CandidateStatus.REJECTED, "DECLINED")
    with pytest.raises(WrongState):
        offers.cancel_offer(offer=accepted(boss), reason="x", actor=boss, at=AT)


# Hiring


def test_hiring_makes_employee_place_contract_and_tasks(boss: User) -> None:
    TaskTemplateFactory(title="发工牌")
    department = DepartmentFactory()
    head = EmployeeFactory(department=department)
    department.head = head
    department.save()
    position = PositionFactory(planned_headcount=1, name="装配工")
    requisition = RequisitionFactory(department=department, position=position)
    row = CandidateFactory(requisition=requisition, name="王芳", status=CandidateStatus.OFFER)
    accepted(boss, candidate=row, probation_wage=D("7200.00"))

    person = offers.hire_candidate(candidate=row, number="E100", actor=boss, at=AT)

    assert (person.name, person.number, person.status) == ("王芳", "E100", EmployeeStatus.PENDING)
    assert (person.department, person.position, person.manager) == (department, position, head)
    assert (person.hire_date, person.phone) == (date(2026, 4, 1), row.phone)
    assert Assignment.objects.get(employee=person).valid_from == date(2026, 4, 1)
    contract = LaborContract.objects.get(employee=person)
    assert (contract.starts_on, contract.ends_on) == (date(2026, 4, 1), date(2029, 3, 31))
    assert (contract.probation_ends_on, contract.probation_wage) == (date(2026, 9, 30), D("7200.00"))
    assert (contract.signed_on, contract.job_title) == (None, "装配工")
    assert StaffTask.objects.get(employee=person).title == "发工牌"
    row.refresh_from_db()
    assert (row.status, row.employee) == (CandidateStatus.HIRED, person)
    assert Requisition.objects.get(pk=requisition.pk).status == RequisitionStatus.FILLED


def test_request_stays_open_until_the_last_place_is_filled(boss: User) -> None:
    requisition = RequisitionFactory(wanted=2)
    for number in ("E1", "E2"):
        assert Requisition.objects.get(pk=requisition.pk).status == RequisitionStatus.APPROVED
        row = CandidateFactory(requisition=requisition, status=CandidateStatus.OFFER)
        accepted(boss, candidate=row)
        offers.hire_candidate(candidate=row, number=number, actor=boss, at=AT)
    late = CandidateFactory(requisition=requisition, status=CandidateStatus.OFFER)
    accepted(boss, candidate=late)

    with pytest.raises(WrongState):
        offers.hire_candidate(candidate=late, number="E3", actor=boss, at=AT)

    fresh = with_filled(Requisition.objects.all()).get()
    assert (fresh.status, fresh.filled) == (RequisitionStatus.FILLED, 2)
    assert not Employee.objects.filter(number="E3").exists()


def test_nobody_is_hired_without_an_accepted_offer_or_twice(boss: User) -> None:
    offer = OfferFactory()
    with pytest.raises(WrongState):
        offers.hire_candidate(candidate=offer.candidate, number="E1", actor=boss, at=AT)
    assert not Employee.objects.exists()
    row = accepted(boss, candidate__requisition__wanted=2).candidate
    offers.hire_candidate(candidate=row, number="E1", actor=boss, at=AT)

    with pytest.raises(WrongState):
        offers.hire_candidate(candidate=row, number="E2", actor=boss, at=AT)

    assert Employee.objects.count() == 1


def test_a_number_that_is_taken_hires_nobody(boss: User) -> None:
    offer = accepted(boss)
    EmployeeFactory(company=offer.company, number="E1")

    with pytest.raises(InvalidInput) as refused:
        offers.hire_candidate(candidate=offer.candidate, number="E1", actor=boss, at=AT)

    assert refused.value.field == "number"
    assert Candidate.objects.get(pk=offer.candidate_id).status == CandidateStatus.OFFER
    assert not LaborContract.objects.exists()


@pytest.mark.parametrize(
    ("numbers", "suggested"),
    [((), ""), (("Boss",), ""), (("E0009", "E0010"), "E0011"), (("E9", "E10"), "E11"), (("007",), "008")],
)
def test_next_employee_number_is_suggested(numbers: tuple[str, ...], suggested: str) -> None:
    company = DepartmentFactory().company
    for number in numbers:
        EmployeeFactory(company=company, number=number)

    assert next_number(company.pk) == suggested


def test_room_is_asked_by_three_queries() -> None:
    position = PositionFactory(planned_headcount=9)
    for _n in range(3):
        RequisitionFactory(position=position)

    with CaptureQueriesContext(connection) as captured:
        room = room_of(position)

    assert (room.planned, room.asked_for, room.left, len(captured)) == (9, 3, 6, 3)


def test_wage_of_probation_without_probation_is_refused_at_the_offer(boss: User) -> None:
    offer = OfferFactory(probation_months=0)

    with pytest.raises(InvalidInput) as refused:
        offers.update_offer(offer=offer, probation_wage=D("8000"), actor=boss, at=AT)

    assert refused.value.field == "probation_wage"
    assert Offer.objects.get(pk=offer.pk).probation_wage is None


@pytest.mark.parametrize(("valid_until", "status"), [(date(2026, 3, 1), "SENT"), (date(2026, 3, 2), "ACCEPTED")])
def test_offer_is_accepted_as_long_as_it_is_valid(boss: User, valid_until: date, status: str) -> None:
    offer = OfferFactory(valid_until=valid_until)
    offers.submit_offer(offer=offer, actor=boss, at=AT)
    offers.send_offer(offer=offer, actor=boss, at=AT)

    with nullcontext() if status == "ACCEPTED" else pytest.raises(WrongState):
        offers.accept_offer(offer=offer, actor=boss, at=AT)

    assert Offer.objects.get(pk=offer.pk).status == status
