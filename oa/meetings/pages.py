"""Pages of rooms and meetings."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.calendar.forms import OptionalReasonForm
from oa.meetings import services
from oa.meetings.choices import Answer, MeetingStatus
from oa.meetings.forms import CancelForm, MeetingForm
from oa.meetings.models import Meeting, Room
from suite.access.models import User
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.filters import BaseFilterSet, BoolFilter, RowFilter, derive_filter
from suite.pages.forms import AsyncSelectMultiple
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

BOOKED = MeetingStatus.BOOKED
TONES = {Answer.OPEN: "wait", Answer.ACCEPTED: "done", Answer.DECLINED: "late"}


def when(meeting: Any) -> Any:
    """Day and hours."""
    start, end = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
    last = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%m-%d %H:%M}"
    return format_html('<span class="text-nowrap nums">{}–{}</span>', f"{start:%Y-%m-%d %H:%M}", last)


def answer(participant: Any) -> Any:
    """What somebody said."""
    return badge(participant.get_answer_display(), TONES[participant.answer])


def why_no_answer(wanted: str) -> Any:
    """The refusal of an answer that was given already, or by who is not invited."""

    def refusal(meeting: Any, user: Any) -> str:
        if meeting.ends_at <= timezone.now():
            return _t("This meeting is over.")
        place = meeting.participants.filter(user=user.pk).first()
        if place is None:
            return _t("You are not invited to this meeting.")
        return _t("You said so already.") if place.answer == wanted else ""

    return refusal


def why_over(meeting: Any, user: Any) -> str:
    """Why a meeting is not changed any more."""
    return _t("This meeting is over.") if meeting.ends_at <= timezone.now() else ""


class MeetingFilterSet(BaseFilterSet):
    """Meetings by time, room and people, and those still to come."""

    status = derive_filter(Meeting, "status")
    starts_at = derive_filter(Meeting, "starts_at")
    room = derive_filter(Meeting, "room")
    owner = derive_filter(Meeting, "owner")
    participant = RowFilter(
        field_name="participants__user",
        label=_("participant"),
        queryset=User.objects.all(),
        widget=AsyncSelectMultiple(User),
        is_user=True,
    )
    is_to_come = BoolFilter(method="filter_to_come", label=_("still to come"))

    class Meta:
        model = Meeting
        fields: tuple[str, ...] = ()

    def filter_to_come(self, queryset: Any, name: str, value: bool) -> Any:
        """Keep what is not over, or what is."""
        now = timezone.now()
        return queryset.filter(ends_at__gt=now) if value else queryset.filter(ends_at__lte=now)


WHEN = Column("starts_at", label=pgettext_lazy("meeting", "when"), render=when, phone="p-full")


@register
class RoomPages(PageSet):
    """Meeting rooms."""

    model = Room
    icon = "door"
    description = _("The rooms that can be booked, how many people they hold and what is in them.")
    columns = (
        "code",
        Column("name", phone="p-start"),
        "place",
        Column("capacity", phone="p-end"),
        "equipment",
        "is_active",
    )
    optional_columns = ("company",)
    filters = ("company", "is_active", "capacity")
    ordering = "code"
    summary = ("place", "capacity", "equipment", "is_active")
    panels = (Attributes("code", "company"),)
    fields = ("code", "name", "company", "place", "capacity", "equipment", "is_active")
    operations = frozenset({"add", "change"})
    is_small = True

    def initial(self, request: Any) -> dict[str, Any]:
        """Of the own company."""
        return {"company": default_company().pk}


@register
class MeetingPages(PageSet):
    """Meetings."""

    model = Meeting
    icon = "calendar-event"
    description = _("Meetings that you organise or are invited to.")
    columns = ("title", WHEN, Column("room", phone="p-start"), "owner", "status")
    optional_columns = ("ends_at", "created_at")
    filterset = MeetingFilterSet
    ordering = "-starts_at"
    views = (
        View(pgettext_lazy("meeting", "To come"), "is_to_come=true&status=BOOKED"),
        View(_("Organised by me"), "owner=me"),
    )
    summary = (WHEN, "room", "owner")
    panels = (
        Attributes("agenda"),
        Children(
            "participants",
            Column("user", phone="p-start"),
            "note",
            Column("answer", render=answer, phone="p-end"),
            title=pgettext_lazy("meeting", "Participants"),
        ),
    )
    form = MeetingForm
    fields = (
        (_("Meeting"), ("title", "starts_at", "ends_at", "room", "repeat_until")),
        (_("Who comes"), ("participants", "invite_busy")),
        (_("Agenda"), ("agenda",)),
    )
    create_service = services.create_meeting
    update_service = services.update_meeting
    operations = frozenset({"add", "change"})
    editable_states = frozenset({BOOKED})
    is_searchable = True
    actions = (
        Action(
            services.accept_meeting,
            pgettext_lazy("meeting", "Accept"),
            "answer",
            icon="check",
            states={BOOKED},
            primary_in={BOOKED},
            refusal=why_no_answer(Answer.ACCEPTED),
        ),
        Action(
            services.decline_meeting,
            pgettext_lazy("meeting", "Decline"),
            "answer",
            icon="x",
            states={BOOKED},
            form=OptionalReasonForm,
            refusal=why_no_answer(Answer.DECLINED),
        ),
        Action(
            services.cancel_meeting,
            _("Cancel the meeting"),
            "change",
            icon="ban",
            states={BOOKED},
            form=CancelForm,
            refusal=why_over,
            is_danger=True,
        ),
    )

    def heading(self, obj: Meeting) -> tuple[Any, Any]:
        """The subject."""
        return "", obj.title

    def initial(self, request: Any) -> dict[str, Any]:
        """The next full hour, and the people that the search for a time has found free."""
        start = timezone.localtime().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        people = [int(key) for key in request.GET.getlist("people") if key.isdigit()]
        return {"starts_at": start, "ends_at": start + timedelta(hours=1), "participants": people}
