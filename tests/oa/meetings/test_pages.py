"""Meetings, the calendar and free times on pages and in the API."""

from __future__ import annotations

import pytest

from oa.meetings.models import Meeting, MeetingParticipant, Room
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.masters.models import Company
from suite.modules.models import ModuleState
from suite.modules.state import forget
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import MeetingFactory, MeetingParticipantFactory, RoomFactory
from tests.oa.kit import allow, browser, queries, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
DAY = {"starts_at": "2037-03-02T09:00", "ends_at": "2037-03-02T10:00"}


def member() -> User:
    """Somebody who meets others."""
    return allow(staff(Meeting, "view", "add", "change", "answer"), Room, ["view"], ScopeLevel.ALL)


def test_a_meeting_is_booked_answered_and_cancelled_by_the_api() -> None:
    boss, ann, other = member(), member(), member()
    room = RoomFactory()

    made = browser(boss).post(
        "/api/oa/meetings/",
        {"title": "评审", **DAY, "room": room.pk, "participants": [ann.pk]},
        content_type="application/json",
    )
    row = f"/api/oa/meetings/{made.json()['id']}/"
    clash = browser(ann).post(
        "/api/oa/meetings/", {"title": "撞车", **DAY, "room": room.pk}, content_type="application/json"
    )
    statuses = [
        browser(other).get(row).status_code,
        browser(other).post(f"{row}accept/").status_code,
        browser(ann).post(f"{row}cancel/", {}, content_type="application/json").status_code,
        browser(ann).post(f"{row}accept/").status_code,
        browser(boss).patch(row, {"title": "设计评审"}, content_type="application/json").status_code,
        browser(boss).post(f"{row}cancel/", {"reason": "改期"}, content_type="application/json").status_code,
    ]

    meeting = Meeting.objects.get()
    assert (made.status_code, clash.status_code, clash.json()["code"]) == (201, 409, "room-taken")
    assert statuses == [404, 404, 403, 200, 200, 200]
    assert (meeting.title, meeting.status) == ("设计评审", "CANCELLED")
    assert MeetingParticipant.objects.get().answer == "ACCEPTED"


def test_meetings_of_others_do_not_exist() -> None:
    meeting = MeetingFactory()
    client = browser(member())

    assert client.get(meeting.get_absolute_url()).status_code == 404
    assert client.get("/api/oa/meetings/").json()["results"] == []


def test_the_form_keeps_who_is_invited() -> None:
    boss = member()
    place = MeetingParticipantFactory(meeting__owner=boss)
    page = browser(boss).get(f"/oa/meetings/{place.meeting.pk}/edit/")

    assert page.context["form"]["participants"].value() == [place.user.pk]
    assert page.status_code == 200


def test_the_calendar_shows_the_own_week_and_hides_the_titles_of_others() -> None:
    ann, boss = member(), member()
    MeetingFactory(owner=ann, title="我的会")
    MeetingFactory(owner=boss, title="秘密会")
    client = browser(ann)

    week = client.get("/oa/calendar/?day=2037-03-04").content.decode()
    theirs = client.get(f"/oa/calendar/?day=2037-03-04&person={boss.pk}").content.decode()
    month = client.get("/oa/calendar/?day=2037-03-04&view=month").content.decode()

    assert ("我的会" in week, "我的会" in month, "秘密会" in week + theirs) == (True, True, False)
    assert "is-taken" in theirs
    assert "is-taken" not in week
    assert client.get("/oa/calendar/?day=nonsense&person=x").status_code == 200


def test_the_calendar_costs_the_same_for_few_and_many() -> None:
    ann = member()
    client = browser(ann)
    url = "/oa/calendar/?day=2037-03-04"
    MeetingParticipantFactory.create_batch(2, user=ann, meeting__room=None)
    queries(client, url)
    few = queries(client, url)
    MeetingParticipantFactory.create_batch(15, user=ann)

    assert queries(client, url) <= few


def test_a_free_time_leads_to_the_filled_form() -> None:
    ann, bob = member(), member()
    room = RoomFactory()
    MeetingFactory(owner=bob)
    client = browser(ann)

    page = client.get(f"/oa/free-busy/?day=2037-03-02&people={bob.pk}&room={room.pk}")
    slots = {f"{slot['start']:%H:%M}": slot for slot in page.context["slots"]}
    form = client.get(slots["10:00"]["url"])

    assert (slots["09:00"]["is_free"], slots["10:00"]["is_free"]) == (False, True)
    assert form.context["form"]["participants"].value() == [bob.pk]
    assert 'value="2037-03-02T10:00"' in form.content.decode()


def test_the_calendar_needs_the_permission_and_the_office() -> None:
    assert browser(UserFactory()).get("/oa/calendar/").status_code == 403
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()

    client = browser(member())

    assert [client.get(url).status_code for url in ("/oa/calendar/", "/oa/free-busy/", "/oa/contacts/")] == [404] * 3


def test_rooms_are_kept_by_who_may() -> None:
    keeper = allow(staff(Room, "view", "add", "change", level=ScopeLevel.ALL), Company, ["view"], ScopeLevel.ALL)
    room = RoomFactory()

    changed = browser(keeper).patch(f"/api/oa/rooms/{room.pk}/", {"capacity": 12}, content_type="application/json")
    refused = browser(member()).patch(f"/api/oa/rooms/{room.pk}/", {"capacity": 1}, content_type="application/json")

    room.refresh_from_db()
    assert (changed.status_code, refused.status_code, room.capacity) == (200, 403, 12)
