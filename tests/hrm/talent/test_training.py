"""Training and skills: places, results, certificates, and who is qualified on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hrm.org.services import end_employment
from hrm.talent.training.choices import EnrolmentStatus, SessionStatus, SkillLevel
from hrm.talent.training.errors import NoPlaceLeft
from hrm.talent.training.expiry import warn_of_expiry
from hrm.talent.training.models import Skill, SkillHolding, TrainingEnrolment, TrainingSession
from hrm.talent.training.selectors import expiring, holders_of, qualified, skill_matrix
from hrm.talent.training.services import (
    Result,
    cancel_session,
    create_session,
    end_holding,
    enrol_people,
    grant_skill,
    join_session,
    last_day,
    record_results,
    update_session,
    withdraw_enrolment,
)
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_talent import CourseFactory, SkillFactory, SkillHoldingFactory
from tests.hrm.talent.conftest import Firm

START = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)
END = datetime(2026, 9, 21, 9, 0, tzinfo=UTC)
AFTER = datetime(2026, 9, 22, 1, 0, tzinfo=UTC)
BEFORE = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
DAY = date(2026, 9, 21)


@pytest.fixture
def welding(firm: Firm) -> Skill:
    """Valid for a year."""
    found: Skill = SkillFactory(code="WELD", name="焊接", validity_months=12)
    return found


def session_of(firm: Firm, skill: Skill | None, *, capacity: int = 3) -> TrainingSession:
    """A day in September."""
    return create_session(
        course=CourseFactory(name="焊工培训", skill=skill, level=SkillLevel.EXPERIENCED),
        starts_at=START,
        ends_at=END,
        capacity=capacity,
        trainer=firm.head,
        actor=firm.hr,
        at=BEFORE,
    )


def held(firm: Firm, skill: Skill | None) -> TrainingSession:
    """Ann passed with 92, Bob failed, Cat was absent."""
    session = session_of(firm, skill)
    enrol_people(session=session, employees=[firm.ann, firm.bob, firm.cat], actor=firm.hr, at=BEFORE)
    results = {
        firm.ann.pk: Result(EnrolmentStatus.PASSED, D(92)),
        firm.bob.pk: Result(EnrolmentStatus.FAILED, D(40)),
        firm.cat.pk: Result(EnrolmentStatus.ABSENT),
    }
    return record_results(session=session, results=results, actor=firm.hr, at=AFTER)


# -- places ------------------------------------------------------------------------------------


def test_there_are_never_more_people_than_places(firm: Firm, welding: Skill) -> None:
    session = session_of(firm, welding, capacity=2)
    assert enrol_people(session=session, employees=[firm.ann], actor=firm.hr, at=BEFORE) == 1

    with pytest.raises(NoPlaceLeft, match="1"):
        enrol_people(session=session, employees=[firm.bob, firm.cat], actor=firm.hr, at=BEFORE)
    assert list(session.enrolments.values_list("employee", flat=True)) == [firm.ann.pk]

    # Who is in already takes no further place.
    assert enrol_people(session=session, employees=[firm.ann, firm.bob], actor=firm.hr, at=BEFORE) == 1
    with pytest.raises(NoPlaceLeft):
        join_session(session=session, actor=firm.user(firm.cat), at=BEFORE)
    with pytest.raises(InvalidInput):
        update_session(trainingsession=session, capacity=1, actor=firm.hr, at=BEFORE)
    assert TrainingSession.objects.get().capacity == 2


def test_a_place_that_is_given_back_is_free_again(firm: Firm, welding: Skill) -> None:
    session = session_of(firm, welding, capacity=1)
    join_session(session=session, actor=firm.user(firm.ann), at=BEFORE)

    withdraw_enrolment(enrolment=TrainingEnrolment.objects.get(), actor=firm.user(firm.ann), at=BEFORE)
    join_session(session=session, actor=firm.user(firm.bob), at=BEFORE)

    places = list(session.enrolments.order_by("pk").values_list("employee", "status"))
    assert places == [(firm.ann.pk, EnrolmentStatus.WITHDRAWN), (firm.bob.pk, EnrolmentStatus.ENROLLED)]
    with pytest.raises(WrongState):
        withdraw_enrolment(
            enrolment=TrainingEnrolment.objects.get(employee=firm.ann), actor=firm.user(firm.ann), at=BEFORE
        )


def test_who_takes_part_is_told(firm: Firm, welding: Skill) -> None:
    session = session_of(firm, welding)
    enrol_people(session=session, employees=[firm.ann], actor=firm.hr, at=BEFORE)
    assert list(Notification.objects.values_list("recipient", flat=True)) == [firm.ann.user_id]

    update_session(trainingsession=session, starts_at=START + timedelta(hours=1), actor=firm.hr, at=BEFORE)
    update_session(trainingsession=session, place="二号车间", actor=firm.hr, at=BEFORE)
    cancel_session(session=session, reason="讲师生病", actor=firm.hr, at=BEFORE)

    assert Notification.objects.filter(recipient=firm.ann.user_id).count() == 3
    assert TrainingEnrolment.objects.get().status == EnrolmentStatus.WITHDRAWN


def test_who_left_or_is_nobody_takes_no_place(firm: Firm, welding: Skill) -> None:
    session = session_of(firm, welding)
    gone = EmployeeFactory(company=firm.company)
    end_employment(employee=gone, leave_date=date(2026, 8, 31), actor=None, at=BEFORE)
    gone.refresh_from_db()

    with pytest.raises(InvalidInput):
        enrol_people(session=session, employees=[gone], actor=firm.hr, at=BEFORE)
    with pytest.raises(NotAllowed):
        join_session(session=session, actor=UserFactory(), at=BEFORE)

    assert TrainingEnrolment.objects.count() == 0


# -- results and certificates ------------------------------------------------------------------


def test_who_passes_has_the_skill_from_the_last_day_on(firm: Firm, welding: Skill) -> None:
    session = held(firm, welding)

    assert session.status == SessionStatus.HELD
    found = {each.employee_id: (each.status, each.score) for each in TrainingEnrolment.objects.all()}
    assert found == {
        firm.ann.pk: (EnrolmentStatus.PASSED, D(92)),
        firm.bob.pk: (EnrolmentStatus.FAILED, D(40)),
        firm.cat.pk: (EnrolmentStatus.ABSENT, None),
    }
    holding = SkillHolding.objects.get()
    assert (holding.employee, holding.level, holding.session) == (firm.ann, SkillLevel.EXPERIENCED, session)
    assert (holding.valid_from, holding.valid_to) == (DAY, date(2027, 9, 20))
    assert holding.certificate == "CERT-2026-0001"
    with pytest.raises(WrongState):
        record_results(session=session, results={}, actor=firm.hr, at=AFTER)


def test_a_renewal_follows_what_was_there(firm: Firm, welding: Skill) -> None:
    SkillHoldingFactory(employee=firm.ann, skill=welding, valid_from=date(2025, 10, 1), valid_to=date(2026, 9, 30))

    held(firm, welding)

    periods = SkillHolding.objects.filter(employee=firm.ann).order_by("valid_from")
    assert list(periods.values_list("valid_from", "valid_to")) == [
        (date(2025, 10, 1), date(2026, 9, 20)),
        (DAY, date(2027, 9, 20)),
    ]


def test_a_course_without_a_skill_gives_none(firm: Firm) -> None:
    held(firm, None)

    assert SkillHolding.objects.count() == 0


def test_results_are_complete_or_refused(firm: Firm, welding: Skill) -> None:
    session = session_of(firm, welding)
    enrol_people(session=session, employees=[firm.ann, firm.bob], actor=firm.hr, at=BEFORE)
    passed, enrolled = Result(EnrolmentStatus.PASSED), Result(EnrolmentStatus.ENROLLED)
    wrong = [
        {firm.ann.pk: passed},
        {firm.ann.pk: passed, firm.bob.pk: passed, firm.cat.pk: passed},
        {firm.ann.pk: passed, firm.bob.pk: enrolled},
    ]

    for results in wrong:
        with pytest.raises(InvalidInput):
            record_results(session=session, results=results, actor=firm.hr, at=AFTER)
    with pytest.raises(WrongState):
        record_results(session=session, results={firm.ann.pk: passed, firm.bob.pk: passed}, actor=firm.hr, at=BEFORE)

    assert set(TrainingEnrolment.objects.values_list("status", flat=True)) == {EnrolmentStatus.ENROLLED}
    assert SkillHolding.objects.count() == 0


# -- who is qualified --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("months", "since", "expected"),
    [
        (12, date(2026, 9, 21), date(2027, 9, 20)),
        (1, date(2026, 1, 31), date(2026, 2, 27)),
        (24, date(2024, 2, 29), date(2026, 2, 27)),
        (None, date(2026, 9, 21), None),
    ],
)
def test_how_long_a_skill_is_valid(months: int | None, since: date, expected: date | None) -> None:
    assert last_day(Skill(validity_months=months), since) == expected


@pytest.mark.parametrize(
    ("on", "is_qualified"),
    [
        (date(2026, 8, 31), False),
        (date(2026, 9, 1), True),
        (date(2027, 8, 31), True),
        (date(2027, 9, 1), False),
    ],
)
def test_first_and_last_day_count(firm: Firm, welding: Skill, on: date, is_qualified: bool) -> None:
    grant_skill(employee=firm.ann, skill=welding, valid_from=date(2026, 9, 1), actor=firm.hr, at=AFTER)
    people = [firm.ann.pk, firm.bob.pk]

    expected = {firm.ann.pk} if is_qualified else set()
    assert qualified(people, welding, on) == expected
    assert qualified(people, "WELD", on) == expected
    assert set(holders_of(welding, on).values_list("pk", flat=True)) == expected


def test_a_level_can_be_asked_for(firm: Firm, welding: Skill) -> None:
    for employee, level in ((firm.ann, SkillLevel.LEARNING), (firm.bob, SkillLevel.TEACHING)):
        grant_skill(
            employee=employee, skill=welding, valid_from=DAY, level=level, valid_to=None, actor=firm.hr, at=AFTER
        )
    people = [firm.ann.pk, firm.bob.pk, firm.cat.pk]

    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert qualified(people, welding, DAY) == {firm.ann.pk, firm.bob.pk}
    assert len(asked) == 1
    assert qualified(people, welding, DAY, level=SkillLevel.INDEPENDENT) == {firm.bob.pk}
    assert list(holders_of("WELD", DAY, level=SkillLevel.TEACHING)) == [firm.bob]
    assert qualified([], welding, DAY) == set()
    assert qualified(people, "NONE", DAY) == set()


def test_who_left_holds_nothing_for_the_shop_floor(firm: Firm, welding: Skill) -> None:
    gone = EmployeeFactory(company=firm.company)
    grant_skill(employee=gone, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)
    end_employment(employee=gone, leave_date=date(2026, 9, 30), actor=None, at=AFTER)

    assert list(holders_of(welding, DAY)) == []


def test_periods_of_a_skill_never_overlap(firm: Firm, welding: Skill) -> None:
    first = grant_skill(employee=firm.ann, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)

    for since in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(InvalidInput):
            grant_skill(employee=firm.ann, skill=welding, valid_from=since, actor=firm.hr, at=AFTER)
    with pytest.raises(IntegrityError, match="skillholding_no_overlap"), transaction.atomic():
        SkillHoldingFactory(employee=firm.ann, skill=welding, valid_from=first.valid_to)
    assert SkillHolding.objects.count() == 1
    assert first.valid_to is not None
    SkillHoldingFactory(employee=firm.ann, skill=welding, valid_from=first.valid_to + timedelta(days=1))


def test_a_skill_can_end_early(firm: Firm, welding: Skill) -> None:
    holding = grant_skill(employee=firm.ann, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)
    for wrong in (DAY - timedelta(days=1), date(2027, 9, 21)):
        with pytest.raises(InvalidInput):
            end_holding(holding=holding, last_on=wrong, actor=firm.hr, at=AFTER)

    end_holding(holding=holding, last_on=date(2026, 12, 31), actor=firm.hr, at=AFTER)

    assert qualified([firm.ann.pk], welding, date(2026, 12, 31)) == {firm.ann.pk}
    assert qualified([firm.ann.pk], welding, date(2027, 1, 1)) == set()


# -- warnings ----------------------------------------------------------------------------------


def night(days_before: int, end: date = date(2027, 9, 20)) -> datetime:
    """A night so many days before the end, in Shanghai."""
    return datetime.combine(
        end - timedelta(days=days_before), datetime.min.time(), tzinfo=timezone.get_default_timezone()
    )


def test_people_are_told_90_and_30_days_before_and_once_each(firm: Firm, welding: Skill) -> None:
    grant_skill(employee=firm.ann, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)

    told = [warn_of_expiry(at=night(days)) for days in (91, 90, 89, 31, 30, 29, 0)]

    assert told == [0, 1, 0, 0, 1, 0, 0]
    readers = list(Notification.objects.values_list("recipient__full_name", flat=True))
    assert sorted(readers) == sorted(["安然", "韩主管", "胡人事"] * 2)
    assert {each.params["day"] for each in Notification.objects.all()} == {"2027-09-20"}


def test_missed_nights_are_made_up_for_by_the_closest_warning(firm: Firm, welding: Skill) -> None:
    grant_skill(employee=firm.ann, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)

    assert warn_of_expiry(at=night(10)) == 1
    assert warn_of_expiry(at=night(9)) == 0
    assert SkillHolding.objects.get().warned_days == 30


def test_who_renewed_or_left_is_not_warned_of(firm: Firm, welding: Skill) -> None:
    grant_skill(employee=firm.ann, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)
    SkillHoldingFactory(employee=firm.ann, skill=welding, valid_from=date(2027, 9, 21))
    gone = EmployeeFactory(company=firm.company)
    grant_skill(employee=gone, skill=welding, valid_from=DAY, actor=firm.hr, at=AFTER)
    end_employment(employee=gone, leave_date=date(2026, 9, 30), actor=None, at=AFTER)

    assert list(expiring(date(2027, 9, 1))) == []
    assert warn_of_expiry(at=night(30)) == 0
    assert Notification.objects.count() == 0


# -- the matrix --------------------------------------------------------------------------------


def test_the_matrix_tells_what_is_valid_soon_over_and_never_was(firm: Firm, welding: Skill) -> None:
    forklift = SkillFactory(code="FORK", name="叉车")
    on = date(2026, 9, 30)
    SkillHoldingFactory(employee=firm.ann, skill=welding, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 29))
    SkillHoldingFactory(employee=firm.bob, skill=welding, valid_from=date(2025, 1, 1), valid_to=date(2026, 9, 29))
    SkillHoldingFactory(employee=firm.cat, skill=welding, valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 30))
    SkillHoldingFactory(employee=firm.cat, skill=forklift, valid_from=date(2026, 10, 1))
    people = type(firm.ann).objects.filter(pk__in=[firm.ann.pk, firm.bob.pk, firm.cat.pk])

    matrix = skill_matrix(people, [welding, forklift], on)

    cells = {row.person.name: [_state(cell) for cell in row.cells] for team in matrix.teams for row in team.rows}
    assert cells == {"安然": ["soon", "never"], "鲍勃": ["over", "never"], "蔡茜": ["valid", "never"]}
    assert [team.department for team in matrix.teams] == [firm.sales, firm.works]
    assert matrix.counts == [2, 0]


def _state(cell: Any) -> str:
    if cell.holding is not None:
        return "soon" if cell.is_soon else "valid"
    return "over" if cell.lapsed_on else "never"


@pytest.mark.parametrize("number", [2, 30])
def test_the_matrix_takes_two_queries(firm: Firm, welding: Skill, number: int) -> None:
    for _each in range(number):
        SkillHoldingFactory(employee=EmployeeFactory(department=firm.works), skill=welding)
    people = type(firm.ann).objects.filter(department=firm.works)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        matrix = skill_matrix(people, [welding], DAY)

    assert len(asked) == 2
    assert matrix.counts == [number]
