"""Operations on candidates and interviews."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hrm.recruiting.choices import LIVE_OFFERS, CandidateStatus, RejectReason, Verdict
from hrm.recruiting.models import Candidate, Interview, Offer, Requisition
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import InvalidInput, WrongState

ENDED = frozenset({CandidateStatus.HIRED, CandidateStatus.REJECTED})


@transaction.atomic
def create_candidate(
    *,
    name: str,
    actor: User,
    at: datetime,
    requisition: Requisition | None = None,
    owner: User | None = None,
    **fields: Any,
) -> Candidate:
    """
    Take up somebody who applies.

    :param fields: phone, email, gender, source, note.
    :raises ValidationError: when somebody with the phone number applies for the same place.
    """
    candidate = Candidate(name=name, requisition=requisition, owner=owner or actor, **fields)
    candidate.full_clean(exclude=["status"])
    candidate.save()
    return candidate


@transaction.atomic
def update_candidate(
    *, candidate: Candidate, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Candidate:
    """
    Change what is known of a candidate.

    :raises WrongState: when they change the place they apply for with an offer in hand, or were hired.
    """
    if changes.get("requisition") is not None:
        Requisition.objects.lock(changes["requisition"])
    row = Candidate.objects.lock(candidate).check_version(expected_version)
    requisition = changes.get("requisition", row.requisition)
    moves = getattr(requisition, "pk", None) != row.requisition_id
    if row.status == CandidateStatus.HIRED or (moves and _live_offer(row)):
        raise WrongState(_("An offer was made for this place; cancel it first."))
    for name, value in changes.items():
        setattr(row, name, value)
    row.full_clean(exclude=["status"])
    row.save()
    return row


@transaction.atomic
def move_candidate(*, candidate: Candidate, lane: str, actor: User, at: datetime) -> Candidate:
    """
    Move a candidate on the board to another stage before the offer.

    :param lane: a stage; an offer and hiring have services of their own.
    :raises InvalidInput: for no stage, or one that needs more than a move.
    :raises WrongState: when the stage does not follow, or an offer is in hand.
    """
    if lane not in {CandidateStatus.NEW, CandidateStatus.SCREENED, CandidateStatus.INTERVIEW}:
        raise InvalidInput(_("Make an offer or hire the candidate from their page."))
    row = Candidate.objects.lock(candidate)
    if _live_offer(row):
        raise WrongState(_("An offer was made for this place; cancel it first."))
    return row.become(lane, actor=actor, at=at)


@transaction.atomic
def reject_candidate(
    *, candidate: Candidate, reject_reason: str, actor: User, at: datetime, reject_note: str = ""
) -> Candidate:
    """
    End with a candidate, and say why.

    :raises WrongState: when they were hired or refused, or an offer is in hand.
    """
    row = Candidate.objects.lock(candidate)
    if _live_offer(row):
        raise WrongState(_("An offer was made for this place; cancel it first."))
    reason = RejectReason(reject_reason)
    values = {"reject_reason": reason.value, "reject_note": reject_note}
    return row.become(CandidateStatus.REJECTED, actor=actor, at=at, reason=str(reason.label), values=values)


@transaction.atomic
def reopen_candidate(
    *, candidate: Candidate, actor: User, at: datetime, requisition: Requisition | None = None
) -> Candidate:
    """
    Take a candidate up again, for another place if one is given.

    :raises WrongState: unless they were refused.
    """
    if requisition is not None:
        Requisition.objects.lock(requisition)
    row = Candidate.objects.lock(candidate)
    if requisition is not None:
        row.requisition = requisition
        row.full_clean(exclude=["status"])
        row.save(update_fields=["requisition"])
    return row.become(CandidateStatus.NEW, actor=actor, at=at, values={"reject_reason": "", "reject_note": ""})


@transaction.atomic
def schedule_interview(
    *,
    candidate: Candidate,
    interviewer: User,
    actor: User,
    at: datetime,
    held_at: datetime,
    place: str = "",
    also_present: str = "",
) -> Interview:
    """
    Plan the next interview with a candidate, and tell the interviewer.

    :raises WrongState: for a candidate who was hired or refused.
    """
    row = Candidate.objects.lock(candidate)
    if row.status in ENDED:
        raise WrongState(_("%(name)s is “%(state)s”.") % {"name": row, "state": row.get_status_display()})
    last = row.interviews.aggregate(found=Max("round"))["found"] or 0
    interview = Interview.objects.create(
        candidate=row,
        round=last + 1,
        held_at=held_at,
        interviewer=interviewer,
        place=place,
        also_present=also_present,
    )
    if row.status in {CandidateStatus.NEW, CandidateStatus.SCREENED}:
        row.become(CandidateStatus.INTERVIEW, actor=actor, at=at)
    notify(
        recipients=[interviewer],
        kind=NotificationKind.ASSIGNMENT,
        title=gettext_noop("Interview with %(name)s"),
        params={"name": row.name},
        body=place,
        actor=actor,
        obj=interview,
        at=at,
    )
    return interview


@transaction.atomic
def update_interview(
    *, interview: Interview, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Interview:
    """
    Plan an interview anew; its candidate stays.

    :raises WrongState: once it was judged.
    """
    row = _unjudged(interview).check_version(expected_version)
    changes.pop("candidate", None)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return row


@transaction.atomic
def record_interview(
    *, interview: Interview, verdict: str, score: int | None, actor: User, at: datetime, notes: str = ""
) -> Interview:
    """
    Judge an interview; until the candidate has an offer it can be judged anew.

    :param score: 1 to 5.
    :raises WrongState: for a candidate with an offer, or who was hired or refused.
    :raises InvalidInput: without a verdict.
    """
    candidate = Candidate.objects.lock(interview.candidate)
    row = Interview.objects.lock(interview)
    if candidate.status in {*ENDED, CandidateStatus.OFFER}:
        raise WrongState(_("%(name)s is “%(state)s”.") % {"name": candidate, "state": candidate.get_status_display()})
    if verdict == Verdict.OPEN:
        raise InvalidInput(_("Choose what came of it."), field="verdict")
    row.verdict, row.score, row.notes = verdict, score, notes
    row.full_clean()
    row.save(update_fields=["verdict", "score", "notes"])
    return row


@transaction.atomic
def delete_interview(*, interview: Interview, actor: User, at: datetime) -> None:
    """
    Call off an interview.

    :raises WrongState: once it was judged.
    """
    _unjudged(interview).delete()


def _unjudged(interview: Interview) -> Interview:
    row = Interview.objects.lock(interview)
    if row.verdict != Verdict.OPEN:
        raise WrongState(_("It was judged already."))
    return row


def _live_offer(candidate: Candidate) -> bool:
    return Offer.objects.filter(candidate=candidate, status__in=LIVE_OFFERS).exists()
