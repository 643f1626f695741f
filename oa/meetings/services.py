"""Inviting, moving, answering and cancelling."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from oa.meetings.choices import Answer, MeetingStatus
from oa.meetings.errors import PeopleBusy, RoomTaken
from oa.meetings.models import Meeting, MeetingParticipant, Room
from oa.meetings.selectors import Span, busy_times, following, taken_by, weekly
from suite.access.choices import UserKind
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.core.text import listed
from suite.documents.status import become_all
from suite.search.models import prepare_search

WEEKS_AT_MOST = 53
NAMED = 5


@transaction.atomic
def create_meeting(
    *,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    at: datetime,
    room: Room | None = None,
    participants: Iterable[User] = (),
    repeat_until: date | None = None,
    invite_busy: bool = False,
    agenda: str = "",
) -> Meeting:
    """
    Book a meeting and invite people, once or every week up to a day; all of it or nothing. Returns the first.

    :param invite_busy: also those who are in another meeting then.
    :raises InvalidInput: for a time that has passed or makes no sense, a room out of use or too small.
    :raises RoomTaken: when the room is taken on one of the days.
    :raises PeopleBusy: when somebody is in another meeting then.
    """
    people = _invited(participants, actor)
    first = Span(starts_at, ends_at)
    _check_time(first, at)
    spans = _spans(first, repeat_until)
    _take_room(room, spans, len(people))
    if not invite_busy:
        _require_free([actor, *people], spans)
    series = uuid4() if len(spans) > 1 else None
    meetings = [
        Meeting(
            title=title,
            room=room,
            starts_at=span.start,
            ends_at=span.end,
            agenda=agenda,
            owner=actor,
            series=series,
        )
        for span in spans
    ]
    prepare_search(meetings)
    Meeting.objects.bulk_create(meetings)
    _invite(meetings, people)
    _tell(people, gettext_noop("Invitation: %(meeting)s"), meetings[0], actor, at)
    return meetings[0]


@transaction.atomic
def update_meeting(
    *,
    meeting: Meeting,
    actor: User,
    at: datetime,
    participants: Iterable[User] | None = None,
    invite_busy: bool = False,
    repeat_until: date | None = None,
    expected_version: int | None = None,
    **changes: Any,
) -> Meeting:
    """
    Change one meeting; who was invited answers again when it is moved.

    :param repeat_until: counts when a meeting is booked; here it must be empty.
    :raises WrongState: when it is cancelled or over.
    :raises InvalidInput: as :func:`create_meeting`, and for a repetition.
    :raises RoomTaken: when the room is taken then.
    :raises PeopleBusy: when somebody is in another meeting then.
    """
    locked = _live(meeting, at).check_version(expected_version)
    if repeat_until is not None:
        raise InvalidInput(_("A meeting is repeated when it is booked."), field="repeat_until")
    before = (locked.starts_at, locked.ends_at, locked.room_id)
    for name, value in changes.items():
        setattr(locked, name, value)
    known = {each.user_id: each.user for each in locked.participants.select_related("user")}
    people = _invited(participants, locked.owner) if participants is not None else list(known.values())
    span = Span(locked.starts_at, locked.ends_at)
    is_moved = before != (locked.starts_at, locked.ends_at, locked.room_id)
    if is_moved:
        _check_time(span, at)
    _take_room(locked.room, [span], len(people), but=locked)
    asked = [locked.owner, *people] if is_moved else [each for each in people if each.pk not in known]
    if not invite_busy:
        _require_free(asked, [span], but=locked)
    locked.save()
    _reinvite(locked, known, people, is_moved, actor, at)
    return locked


@transaction.atomic
def cancel_meeting(
    *, meeting: Meeting, actor: User, at: datetime, reason: str = "", with_following: bool = False
) -> Meeting:
    """
    Cancel a meeting, or it and all that follow in its weekly booking; who is invited is told.

    :raises WrongState: when it is cancelled or over.
    """
    locked = _live(meeting, at)
    keys = list(following(locked).values_list("pk", flat=True)) if with_following else [locked.pk]
    become_all(Meeting.objects.lock_many(keys), MeetingStatus.CANCELLED, actor=actor, at=at, reason=reason)
    people = [each.user for each in locked.participants.select_related("user")]
    _tell(people, gettext_noop("Cancelled: %(meeting)s"), locked, actor, at, body=reason)
    locked.refresh_from_db()
    return locked


@transaction.atomic
def accept_meeting(*, meeting: Meeting, actor: User, at: datetime) -> Meeting:
    """
    Say that one comes.

    :raises NotAllowed: for who is not invited.
    :raises WrongState: when it is cancelled or over.
    """
    return _answer(meeting, Answer.ACCEPTED, "", actor, at)


@transaction.atomic
def decline_meeting(*, meeting: Meeting, actor: User, at: datetime, reason: str = "") -> Meeting:
    """
    Say that one does not come; the organiser is told.

    :raises NotAllowed: for who is not invited.
    :raises WrongState: when it is cancelled or over.
    """
    return _answer(meeting, Answer.DECLINED, reason, actor, at)


def _answer(meeting: Meeting, answer: str, note: str, actor: User, at: datetime) -> Meeting:
    locked = _live(meeting, at)
    place = locked.participants.select_for_update().filter(user=actor).first()
    if place is None:
        raise NotAllowed(_("You are not invited to this meeting."))
    changed = place.answer != answer
    place.answer, place.note, place.answered_at = answer, note[:200], at
    place.save()
    if changed and answer == Answer.DECLINED:
        _tell([locked.owner], gettext_noop("%(actor)s does not come: %(meeting)s"), locked, actor, at, body=note)
    return locked


def _live(meeting: Meeting, at: datetime) -> Meeting:
    locked = Meeting.objects.lock(meeting)
    if locked.status != MeetingStatus.BOOKED:
        raise WrongState(_("This meeting is cancelled."))
    if locked.ends_at <= at:
        raise WrongState(_("This meeting is over."))
    return locked


def _invited(participants: Iterable[User], organiser: User) -> list[User]:
    people = sorted({user.pk: user for user in participants if user.pk != organiser.pk}.values(), key=lambda u: u.pk)
    if any(not user.is_active or user.kind != UserKind.STAFF for user in people):
        raise InvalidInput(_("Only colleagues who can sign in are invited."), field="participants")
    return people


def _check_time(span: Span, at: datetime) -> None:
    if span.end <= span.start:
        raise InvalidInput(_("It ends before it begins."), field="ends_at")
    if span.end <= at:
        raise InvalidInput(_("This time has passed."), field="starts_at")


def _spans(first: Span, until: date | None) -> list[Span]:
    if until is None:
        return [first]
    begins = timezone.localdate(first.start)
    if until < begins:
        raise InvalidInput(_("The repetition ends before it begins."), field="repeat_until")
    weeks = (until - begins).days // 7 + 1
    if weeks > WEEKS_AT_MOST:
        raise InvalidInput(_("Repeat it for a year at most."), field="repeat_until")
    if (first.end - first.start).days >= 7:
        raise InvalidInput(_("It is longer than a week and cannot be repeated every week."), field="repeat_until")
    return weekly(first, weeks)


def _take_room(room: Room | None, spans: list[Span], people: int, *, but: Meeting | None = None) -> None:
    """Wait for others who book the room, and refuse when they have it; the database refuses whatever slips by."""
    if room is None:
        return
    locked = Room.objects.lock(room)
    if not locked.is_active:
        raise InvalidInput(_("This room is out of use."), field="room")
    if people + 1 > locked.capacity:
        raise InvalidInput(
            _("%(room)s has %(seats)d seats, and %(people)d people come.")
            % {"room": locked, "seats": locked.capacity, "people": people + 1},
            field="room",
        )
    others = taken_by(locked, spans)
    taken = list((others if but is None else others.exclude(pk=but.pk))[:NAMED])
    if taken:
        times = listed(f"{_time(each)} {each.owner}" for each in taken)
        raise RoomTaken(_("%(room)s is taken: %(times)s.") % {"room": locked, "times": times}, field="room")


def _require_free(people: list[User], spans: list[Span], *, but: Meeting | None = None) -> None:
    names = {user.pk: user for user in people}
    busy = busy_times(list(names), spans)
    found = [
        f"{names[user]} {_time(each)}"
        for user, meetings in sorted(busy.items())
        for each in meetings
        if but is None or each.pk != but.pk
    ]
    if found:
        raise PeopleBusy(
            _("In another meeting then: %(people)s. Choose another time, or invite them all the same.")
            % {"people": listed(found[:NAMED])},
            field="participants",
        )


def _time(meeting: Meeting) -> str:
    start, end = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    return f"{start:%m-%d %H:%M}–{end:%H:%M}"


def _invite(meetings: list[Meeting], people: list[User]) -> None:
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(meeting=meeting, user=user) for meeting in meetings for user in people
    )


def _reinvite(
    meeting: Meeting, known: dict[int, User], people: list[User], is_moved: bool, actor: User, at: datetime
) -> None:
    wanted = {user.pk for user in people}
    gone = [user for pk, user in known.items() if pk not in wanted]
    new = [user for user in people if user.pk not in known]
    meeting.participants.filter(user__in=gone).delete()
    _invite([meeting], new)
    _tell(gone, gettext_noop("No longer invited: %(meeting)s"), meeting, actor, at, has_link=False)
    _tell(new, gettext_noop("Invitation: %(meeting)s"), meeting, actor, at)
    if is_moved:
        meeting.participants.update(answer=Answer.OPEN, answered_at=None)
        stay = [user for user in people if user.pk in known]
        _tell(stay, gettext_noop("Moved: %(meeting)s"), meeting, actor, at)


def _tell(
    people: list[User],
    title: str,
    meeting: Meeting,
    actor: User,
    at: datetime,
    *,
    body: str = "",
    has_link: bool = True,
) -> None:
    place = f" · {meeting.room}" if meeting.room is not None else ""
    notify(
        recipients=people,
        kind=NotificationKind.ASSIGNMENT,
        title=title,
        params={"meeting": f"{meeting}{place}", "actor": actor},
        body=body,
        actor=actor,
        obj=meeting if has_link else None,
        at=at,
    )
