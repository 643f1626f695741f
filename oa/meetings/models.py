"""Rooms, meetings and who is invited."""

from __future__ import annotations

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.attendance.models import TimeRange
from oa.meetings.choices import Answer, MeetingStatus
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.models import Company
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
ANSWERING = frozenset({"view", "answer"})


def invited(user: User, action: str) -> Q | None:
    """Who is invited sees a meeting and answers."""
    mine = MeetingParticipant.objects.filter(user=user.pk).values("meeting")
    return Q(pk__in=mine) if action in ANSWERING else None


@pghistory.track(exclude=UNTRACKED)
class Room(Searchable):
    """A room where people meet 会议室."""

    scope = ScopePaths(company="company")
    search_fields = ("code", "name", "place")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    place = models.CharField(_("place"), max_length=100, blank=True)
    capacity = models.PositiveIntegerField(_("seats"), validators=[MinValueValidator(1)])
    equipment = models.CharField(_("equipment"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("meeting room")
        verbose_name_plural = _("meeting rooms")
        ordering = ("code",)
        constraints = (models.CheckConstraint(condition=Q(capacity__gte=1), name="room_capacity"),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=UNTRACKED)
class Meeting(StatusModel, Searchable):
    """
    People meet at a time, mostly in a room 会议; ``owner`` has invited them.

    No room has two meetings at one time that both take place. Those of one weekly booking share ``series``.
    """

    scope = ScopePaths(owner="owner", department="owner__employee__department", addressed=invited)
    search_fields = ("title", "room__name", "owner__full_name")
    transitions = {MeetingStatus.BOOKED: {MeetingStatus.CANCELLED}, MeetingStatus.CANCELLED: set()}
    status_tone = {MeetingStatus.BOOKED: "go", MeetingStatus.CANCELLED: "void"}

    title = models.CharField(_("subject"), max_length=120)
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("meeting room")
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    agenda = models.TextField(_("agenda"), blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("organiser")
    )
    series = models.UUIDField(_("weekly booking"), null=True, editable=False, db_index=True)
    status = StatusField(_("status"), choices=MeetingStatus, default=MeetingStatus.BOOKED)

    class Meta(Searchable.Meta):
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ("-starts_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="meeting_period",
                violation_error_message=_("It ends before it begins."),
            ),
            ExclusionConstraint(
                name="meeting_room_once",
                expressions=(
                    ("room", RangeOperators.EQUAL),
                    (TimeRange("starts_at", "ends_at"), RangeOperators.OVERLAPS),
                ),
                condition=Q(status=MeetingStatus.BOOKED, room__isnull=False),
                violation_error_message=_("The room is taken at this time."),
            ),
        )
        indexes = (models.Index(fields=("starts_at", "ends_at"), name="meeting_time"),)

    def __str__(self) -> str:
        return f"{self.title} {timezone.localtime(self.starts_at):%m-%d %H:%M}"


class MeetingParticipant(Model):
    """Somebody is invited to a meeting, and what they said; the organiser takes part without being invited."""

    scope = ScopePaths(owner="user")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="participants", verbose_name=_("meeting"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="invitations", verbose_name=_("participant")
    )
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, default=Answer.OPEN)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        default_permissions = ()
        ordering = ("meeting", "pk")
        constraints = (models.UniqueConstraint(fields=("meeting", "user"), name="meetingparticipant_once"),)
        indexes = (models.Index(fields=("user", "meeting"), name="meetingparticipant_user"),)

    def __str__(self) -> str:
        return f"{self.user} · {self.meeting}"
