"""Holding courses, and what people can do afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.talent.training.choices import TAKING_PLACE, EnrolmentStatus, SessionStatus, SkillLevel
from hrm.talent.training.errors import NoPlaceLeft
from hrm.talent.training.models import Course, Skill, SkillHolding, TrainingEnrolment, TrainingSession
from hrm.talent.training.selectors import free_places, people_of
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.core.text import listed
from suite.documents.numbering import next_number, next_numbers, register_kind
from suite.documents.status import become_all
from suite.masters.models import Company
from suite.masters.selectors import default_company
from suite.metrics.periods import add_months
from suite.search.models import prepare_search

SESSIONS = register_kind(
    "hrm.training_session", pattern="TRN-{yyyy}-{seq:03}", reset="YEAR", title=gettext_lazy("training session")
)
CERTIFICATES = register_kind(
    "hrm.certificate_of_completion",
    pattern="CERT-{yyyy}-{seq:04}",
    reset="YEAR",
    title=gettext_lazy("certificate of completion"),
)


@dataclass(frozen=True)
class Result:
    """
    How a session ended for one person.

    :param status: PASSED, FAILED or ABSENT.
    :param score: points, None where there were none.
    """

    status: str
    score: Decimal | None = None


@transaction.atomic
def create_session(
    *,
    course: Course,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    actor: User,
    at: datetime,
    company: Company | None = None,
    **more: Any,
) -> TrainingSession:
    """
    Plan a session of a course.

    :param more: ``place``, ``trainer``, ``outside_trainer``, ``cost``.
    """
    owner = company or default_company()
    session = TrainingSession(
        company=owner,
        course=course,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=capacity,
        created_at=at,
        **{name: value for name, value in more.items() if value is not None},
    )
    session.number = next_number(owner, SESSIONS, timezone.localdate(at))
    session.full_clean(exclude=["status"])
    session.save()
    return session


@transaction.atomic
def update_session(*, trainingsession: TrainingSession, actor: User, at: datetime, **changes: Any) -> TrainingSession:
    """
    Change a planned session; who takes part is told of another time.

    :raises WrongState: once it was held or cancelled.
    :raises InvalidInput: for fewer places than are taken.
    """
    locked = _planned(trainingsession)
    before = locked.starts_at
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.full_clean(exclude=["status"])
    if free_places(locked) < 0:
        raise InvalidInput(_("More people than that are enrolled."), field="capacity")
    locked.save()
    if locked.starts_at != before:
        _tell(locked, gettext_noop("Training at another time: %(course)s"), actor, at)
    return locked


@transaction.atomic
def enrol_people(*, session: TrainingSession, employees: Iterable[Employee], actor: User, at: datetime) -> int:
    """
    Give people a place in a session; who has one already keeps it.

    :returns: how many people are new.
    :raises WrongState: unless it is planned.
    :raises NoPlaceLeft: when there are not enough places; then nobody gets one.
    :raises InvalidInput: when somebody has left.
    """
    locked = _planned(session)
    people = {each.pk: each for each in employees}
    if gone := [each for each in people.values() if each.status == EmployeeStatus.LEFT]:
        raise InvalidInput(_("%(people)s left the company.") % {"people": listed(gone)}, field="employees")
    there = set(locked.enrolments.filter(status__in=TAKING_PLACE).values_list("employee", flat=True))
    new = [each for pk, each in people.items() if pk not in there]
    free = free_places(locked)
    if len(new) > free:
        raise NoPlaceLeft(_("Only %(free)d of %(places)d places are free.") % {"free": free, "places": locked.capacity})
    TrainingEnrolment.objects.bulk_create(
        TrainingEnrolment(session=locked, employee=each, created_at=at) for each in new
    )
    users = list(User.objects.filter(employee__in=new))
    notify(
        recipients=users,
        kind=NotificationKind.ASSIGNMENT,
        title=gettext_noop("You take part in: %(course)s"),
        params={"course": locked.course.name},
        actor=actor,
        obj=locked,
        at=at,
    )
    return len(new)


@transaction.atomic
def join_session(*, session: TrainingSession, actor: User, at: datetime) -> TrainingSession:
    """
    Take a place in a session oneself.

    :raises NotAllowed: without a personnel file.
    :raises WrongState: unless it is planned.
    :raises NoPlaceLeft: when all places are taken.
    """
    person = Employee.objects.filter(user=actor).first()
    if person is None:
        raise NotAllowed(_("Your account belongs to no employee."))
    enrol_people(session=session, employees=[person], actor=actor, at=at)
    return session


@transaction.atomic
def withdraw_enrolment(*, enrolment: TrainingEnrolment, actor: User, at: datetime) -> TrainingEnrolment:
    """
    Give a place back.

    :raises WrongState: once the session was held or cancelled, or the place was given back.
    """
    session = _planned(enrolment.session)
    locked = TrainingEnrolment.objects.lock(enrolment)
    locked.session = session
    locked.become(EnrolmentStatus.WITHDRAWN, actor=actor, at=at)
    return locked


@transaction.atomic
def record_results(
    *, session: TrainingSession, results: Mapping[int, Result], actor: User, at: datetime
) -> TrainingSession:
    """
    Say how a session ended for each of its people; who passed has the skill of the course from its last day on.

    :param results: by primary key of the employee.
    :raises WrongState: unless it is planned and has begun.
    :raises InvalidInput: when somebody is missing, or does not take part.
    """
    locked = _planned(session)
    if locked.starts_at > at:
        raise WrongState(_("It has not begun yet."))
    enrolments = list(locked.enrolments.filter(status=EnrolmentStatus.ENROLLED).select_for_update().order_by("pk"))
    if {each.employee_id for each in enrolments} != set(results):
        raise InvalidInput(_("Enter a result for everybody who takes part, and for nobody else."))
    for each in enrolments:
        each.score = results[each.employee_id].score
    TrainingEnrolment.objects.bulk_update(enrolments, ["score"])
    for status in (EnrolmentStatus.PASSED, EnrolmentStatus.FAILED, EnrolmentStatus.ABSENT):
        chosen = [each for each in enrolments if results[each.employee_id].status == status]
        become_all(chosen, status, actor=actor, at=at)
    if any(each.status == EnrolmentStatus.ENROLLED for each in enrolments):
        raise InvalidInput(_("Enter a result for everybody who takes part, and for nobody else."))
    locked.become(SessionStatus.HELD, actor=actor, at=at)
    passed = [each.employee_id for each in enrolments if each.status == EnrolmentStatus.PASSED]
    _certify(locked, passed, at)
    return locked


@transaction.atomic
def cancel_session(*, session: TrainingSession, reason: str, actor: User, at: datetime) -> TrainingSession:
    """
    Call a session off; who takes part is told.

    :raises WrongState: once it was held.
    """
    locked = _planned(session)
    _tell(locked, gettext_noop("Training called off: %(course)s"), actor, at, reason)
    enrolments = list(locked.enrolments.filter(status=EnrolmentStatus.ENROLLED).select_for_update().order_by("pk"))
    become_all(enrolments, EnrolmentStatus.WITHDRAWN, actor=actor, at=at, reason=reason)
    locked.become(SessionStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def grant_skill(
    *,
    employee: Employee,
    skill: Skill,
    valid_from: date,
    actor: User | None,
    at: datetime,
    level: int = SkillLevel.INDEPENDENT,
    valid_to: date | None = None,
    certificate: str = "",
) -> SkillHolding:
    """
    Record that somebody has a skill, e.g. by a certificate they bring along.

    What they have of it already ends the day before.

    :param valid_to: the last day; None: as long as the skill is usually valid.
    :raises InvalidInput: when they have it from that day or a later one on already.
    """
    lock_people([employee.pk])
    rows = [
        SkillHolding(
            employee=employee,
            skill=skill,
            level=level,
            valid_from=valid_from,
            valid_to=valid_to or last_day(skill, valid_from),
            certificate=certificate,
            created_at=at,
        )
    ]
    rows[0].clean_fields()
    later = SkillHolding.objects.filter(employee=employee, skill=skill, valid_from__gte=valid_from)
    if later.exists():
        raise InvalidInput(_("The person has this skill in a part of this period already."), field="valid_from")
    _write_holdings(rows, skill, valid_from)
    return rows[0]


@transaction.atomic
def end_holding(*, holding: SkillHolding, last_on: date, actor: User, at: datetime) -> SkillHolding:
    """
    Let somebody have a skill no longer than through a day.

    :raises InvalidInput: for a day before it began, or after its end.
    """
    locked = SkillHolding.objects.lock(holding)
    if last_on < locked.valid_from or (locked.valid_to is not None and last_on > locked.valid_to):
        raise InvalidInput(_("Enter a day within the period."), field="last_on")
    locked.valid_to = last_on
    locked.save()
    return locked


def last_day(skill: Skill, valid_from: date) -> date | None:
    """Return the last day of a skill that somebody has from a day on; None: it is valid for good."""
    if skill.validity_months is None:
        return None
    return add_months(valid_from, skill.validity_months) - timedelta(days=1)


def lock_people(pks: Iterable[int]) -> None:
    """Let one transaction at a time change what people can do."""
    list(Employee.objects.select_for_update(of=("self",)).filter(pk__in=list(pks)).order_by("pk").values_list("pk"))


def _certify(session: TrainingSession, passed: list[int], at: datetime) -> None:
    """Give people the skill of a course, by a fixed number of statements."""
    skill = session.course.skill
    if skill is None or not passed:
        return
    lock_people(passed)
    day = timezone.localdate(session.ends_at)
    # Who got the skill for that day or a later one otherwise keeps that.
    newer = SkillHolding.objects.filter(skill=skill, employee__in=passed, valid_from__gte=day)
    kept = set(newer.values_list("employee", flat=True))
    people = [pk for pk in passed if pk not in kept]
    if not people:
        return
    numbers = next_numbers(session.company, CERTIFICATES, day, len(people))
    rows = [
        SkillHolding(
            employee_id=pk,
            skill=skill,
            level=session.course.level,
            valid_from=day,
            valid_to=last_day(skill, day),
            certificate=number,
            session=session,
            created_at=at,
        )
        for pk, number in zip(people, numbers, strict=True)
    ]
    _write_holdings(rows, skill, day)


def _write_holdings(rows: list[SkillHolding], skill: Skill, day: date) -> None:
    """Write new holdings of one skill from a day on; those that run on end the day before."""
    running = SkillHolding.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        skill=skill,
        employee__in=[each.employee_id for each in rows],
        valid_from__lt=day,
    )
    running.update(valid_to=day - timedelta(days=1))
    prepare_search(rows)
    SkillHolding.objects.bulk_create(rows)


def _planned(session: TrainingSession) -> TrainingSession:
    locked = TrainingSession.objects.lock(session)
    if locked.status != SessionStatus.PLANNED:
        raise WrongState(_("%(number)s is “%(state)s”.") % {"number": locked, "state": locked.get_status_display()})
    return locked


def _tell(session: TrainingSession, title: str, actor: User, at: datetime, body: str = "") -> None:
    notify(
        recipients=[each.user for each in people_of(session) if each.user is not None],
        kind=NotificationKind.ASSIGNMENT,
        title=title,
        params={"course": session.course.name},
        body=body,
        actor=actor,
        obj=session,
        at=at,
    )
