"""Booking, inviting, answering, cancelling; two people want one room."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from oa.meetings import services
from oa.meetings.boards import calendar_days, free_busy
from oa.meetings.choices import Answer, MeetingStatus
from oa.meetings.errors import PeopleBusy, RoomTaken
from oa.meetings.models import Meeting, MeetingParticipant
from suite.access.models import User
from suite.access.ownership import holdings
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.modules.models import ModuleState
from suite.modules.state import forget
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import MeetingFactory, MeetingParticipantFactory, RoomFactory
from tests.hrm.test_concurrency import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2037, 3, 1, 1, 0, tzinfo=UTC)
START = datetime(2037, 3, 2, 1, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def book(actor: User | None = None, *, start: datetime = START, hours: int = 1, **values: Any) -> Meeting:
    return services.create_meeting(
        title="周例会", starts_at=start, ends_at=start + hours * HOUR, actor=actor or UserFactory(), at=AT, **values
    )


def told(user: User) -> list[str]:
    return list(Notification.objects.filter(recipient=user).order_by("pk").values_list("message", flat=True))


def test_who_is_invited_is_told_and_answers() -> None:
    boss, ann, bob = UserFactory(), UserFactory(), UserFactory()

    meeting = book(boss, participants=[ann, bob, boss], room=RoomFactory())
    services.accept_meeting(meeting=meeting, actor=ann, at=AT)
    services.decline_meeting(meeting=meeting, actor=bob, reason="出差", at=AT)

    answers = dict(meeting.participants.values_list("user", "answer"))
    assert answers == {ann.pk: Answer.ACCEPTED, bob.pk: Answer.DECLINED}
    assert (told(ann), told(boss)) == (["Invitation: %(meeting)s"], ["%(actor)s does not come: %(meeting)s"])
    with pytest.raises(NotAllowed):
        services.accept_meeting(meeting=meeting, actor=UserFactory(), at=AT)


def test_a_room_has_one_meeting_at_a_time() -> None:
    room = RoomFactory()
    first = book(room=room)

    for start in (START - HOUR / 2, START, START + HOUR / 2):
        with pytest.raises(RoomTaken) as refusal:
            book(room=room, start=start)
        assert refusal.value.field == "room"
    with pytest.raises(IntegrityError), transaction.atomic():
        MeetingFactory(room=room, starts_at=START, ends_at=START + HOUR)
    before, after = book(room=room, start=START - HOUR), book(room=room, start=START + HOUR)
    services.cancel_meeting(meeting=first, actor=first.owner, at=AT)
    again = book(room=room)

    live = Meeting.objects.filter(status=MeetingStatus.BOOKED)
    assert set(live) == {before, after, again}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(4))
def test_two_who_want_one_room_at_once_have_exactly_one_winner(attempt: int) -> None:
    room, one, two = RoomFactory(), UserFactory(), UserFactory()

    results = at_once(lambda: book(one, room=room), lambda: book(two, room=room, start=START + HOUR / 2))

    assert sorted(type(each).__name__ for each in results) == [Meeting.__name__, RoomTaken.__name__]
    assert Meeting.objects.count() == 1


def test_a_weekly_booking_is_whole_or_not_at_all() -> None:
    room, ann = RoomFactory(), UserFactory()
    taken = book(room=room, start=START + timedelta(days=14))

    with pytest.raises(RoomTaken):
        book(room=room, participants=[ann], repeat_until=date(2037, 3, 23))
    assert Meeting.objects.count() == 1
    services.cancel_meeting(meeting=taken, actor=taken.owner, at=AT)
    first = book(room=room, participants=[ann], repeat_until=date(2037, 3, 23))

    series = Meeting.objects.filter(series=first.series).order_by("starts_at")
    assert [timezone.localdate(m.starts_at).day for m in series] == [2, 9, 16, 23]
    assert MeetingParticipant.objects.filter(user=ann).count() == 4
    assert told(ann) == ["Invitation: %(meeting)s"]


def test_what_follows_is_cancelled_with_it_or_stays() -> None:
    first = book(repeat_until=date(2037, 3, 23))
    second, third, fourth = Meeting.objects.filter(series=first.series).order_by("starts_at")[1:]

    services.cancel_meeting(meeting=second, actor=first.owner, at=AT)
    services.cancel_meeting(meeting=third, with_following=True, actor=first.owner, at=AT)

    states = [Meeting.objects.get(pk=m.pk).status for m in (first, second, third, fourth)]
    assert states == ["BOOKED", "CANCELLED", "CANCELLED", "CANCELLED"]
    with pytest.raises(WrongState):
        services.cancel_meeting(meeting=second, actor=first.owner, at=AT)


def test_who_is_busy_is_named_and_invited_only_on_purpose() -> None:
    ann, free = UserFactory(full_name="安然"), UserFactory()
    book(participants=[ann])

    with pytest.raises(PeopleBusy) as refusal:
        book(participants=[ann, free])
    assert "安然" in str(refusal.value)
    meeting = book(participants=[ann, free], invite_busy=True)

    assert meeting.participants.count() == 2
    assert Meeting.objects.count() == 2


def test_who_declined_is_free() -> None:
    ann = UserFactory()
    services.decline_meeting(meeting=book(participants=[ann]), actor=ann, at=AT)

    assert book(participants=[ann]).participants.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"hours": 0}, "ends_at"),
        ({"start": AT - 2 * HOUR}, "starts_at"),
        ({"repeat_until": date(2037, 3, 1)}, "repeat_until"),
        ({"repeat_until": date(2039, 3, 1)}, "repeat_until"),
    ],
)
def test_times_that_make_no_sense(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        book(**values)

    assert (refusal.value.field, Meeting.objects.count()) == (field, 0)


def test_a_room_must_be_in_use_and_large_enough() -> None:
    people = UserFactory.create_batch(2)

    for room in (RoomFactory(capacity=2), RoomFactory(is_active=False)):
        with pytest.raises(InvalidInput) as refusal:
            book(room=room, participants=people)
        assert refusal.value.field == "room"

    assert Meeting.objects.count() == 0


def test_a_moved_meeting_is_answered_again() -> None:
    stays, goes, comes = UserFactory(), UserFactory(), UserFactory()
    meeting = book(participants=[stays, goes])
    services.accept_meeting(meeting=meeting, actor=stays, at=AT)

    services.update_meeting(
        meeting=meeting,
        starts_at=START + HOUR,
        ends_at=START + 2 * HOUR,
        participants=[stays, comes],
        actor=meeting.owner,
        at=AT,
    )

    assert dict(meeting.participants.values_list("user", "answer")) == {stays.pk: "OPEN", comes.pk: "OPEN"}
    assert told(stays)[1:] == ["Moved: %(meeting)s"]
    assert (told(goes)[1:], told(comes)) == (["No longer invited: %(meeting)s"], ["Invitation: %(meeting)s"])


def test_a_change_of_the_subject_asks_nobody_again() -> None:
    ann = UserFactory()
    meeting = book(participants=[ann], room=RoomFactory())
    services.accept_meeting(meeting=meeting, actor=ann, at=AT)

    changed = services.update_meeting(meeting=meeting, title="月例会", actor=meeting.owner, at=AT)

    assert (changed.title, meeting.participants.get().answer, len(told(ann))) == ("月例会", Answer.ACCEPTED, 1)


def test_a_meeting_is_not_moved_onto_another() -> None:
    room = RoomFactory()
    book(room=room)
    later = book(room=room, start=START + HOUR)

    with pytest.raises(RoomTaken):
        services.update_meeting(meeting=later, starts_at=START, actor=later.owner, at=AT)

    assert Meeting.objects.get(pk=later.pk).starts_at == START + HOUR


def test_the_calendar_shows_others_only_that_the_time_is_taken() -> None:
    boss, ann, stranger = UserFactory(is_superuser=True), UserFactory(), UserFactory()
    room = RoomFactory()
    meeting = book(boss, participants=[ann], room=room, hours=26)
    week = {"first": date(2037, 3, 2), "last": date(2037, 3, 8)}

    def titles(user: User, **whose: Any) -> list[list[str]]:
        days = calendar_days(user=user, **week, **{"person": None, "room": None, **whose})
        return [[item.title for item in day.items] for day in days[:3]]

    assert titles(boss) == [[meeting.title], [meeting.title], []]
    assert titles(stranger) == [[], [], []]
    assert titles(stranger, person=ann) == [[""], [""], []]
    assert titles(stranger, room=room) == [[""], [""], []]


def test_free_times_leave_out_what_anybody_has() -> None:
    ann, room = UserFactory(), RoomFactory()
    book(ann)
    MeetingFactory(room=room, starts_at=START + HOUR, ends_at=START + HOUR * 2)

    plan = free_busy(day=date(2037, 3, 2), people=[ann], room=room)

    busy = [
        f"{timezone.localtime(start):%H:%M}" for start, free in zip(plan.starts, plan.free, strict=True) if not free
    ]
    assert busy == ["09:00", "09:30", "10:00", "10:30"]
    assert len(plan.starts) == 24


def test_a_leaver_hands_over_what_is_to_come_and_not_what_was() -> None:
    leaver, heir = UserFactory(), UserFactory()
    coming = MeetingFactory(owner=leaver)
    MeetingParticipantFactory(meeting=coming, user=heir)
    past = MeetingFactory(
        owner=leaver, starts_at=datetime(2020, 1, 1, tzinfo=UTC), ends_at=datetime(2020, 1, 2, tzinfo=UTC)
    )
    (holding,) = (each for each in holdings() if each.model is Meeting)

    with transaction.atomic():
        given = holding.give(holding.held(leaver), leaver=leaver, to=heir, actor=None, at=AT)

    coming.refresh_from_db()
    past.refresh_from_db()
    assert (given, coming.owner, past.owner, coming.participants.count()) == (1, heir, leaver, 0)
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()
    assert [each for each in holdings() if each.model is Meeting] == []
