"""What everybody has on their desk of their own time, leave and tasks, and the ways to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.attendance.choices import DayStatus
from hrm.attendance.models import AttendanceDay
from hrm.leave.selectors import balances
from hrm.me.selectors import own_record, own_tasks
from suite.access.models import User
from suite.core.text import listed
from suite.metrics.desk import ROWS, DeskCard, DeskRow, DeskWay, desk_card, desk_ways
from suite.pages.columns import quantity, short_date

# Days with exceptions are shown for so long; older ones are settled with their month.
LOOK_BACK = timedelta(days=45)
# Pages of one's own: permission without which it is not offered (none: everybody's), title, icon and route.
WAYS = (
    ("hrm.view_attendanceday", gettext_lazy("My time"), "clock-play", "hrm:my-time"),
    ("hrm.add_leaverequest", gettext_lazy("Ask for leave"), "beach", "hrm:leaverequest-create"),
    ("", gettext_lazy("My payslips"), "file-invoice", "hrm:my-payslips"),
    ("hrm.view_rosterday", gettext_lazy("Roster"), "calendar-event", "hrm:roster-grid"),
    ("hrm.view_leaverequest", gettext_lazy("Team calendar"), "calendar-user", "hrm:team-calendar"),
)


def own_pages(user: User) -> list[DeskWay]:
    """Return the pages of a user's own time and pay that they may open."""
    return [
        DeskWay(str(title), reverse(route), icon)
        for permission, title, icon, route in WAYS
        if not permission or user.has_perm(permission)
    ]


@desk_ways.provide
def ways(user: User) -> Sequence[DeskWay]:
    """The own pages, and the own record."""
    if own_record(user) is None:
        return []
    return [*own_pages(user), DeskWay(_("My profile"), reverse("hrm:me"), "id")]


@desk_card.provide
def tasks(user: User, *, at: datetime) -> DeskCard:
    """Tasks of joining and leaving that the user has to do."""
    today = timezone.localdate(at)
    rows = [
        DeskRow(
            task.title,
            task.get_absolute_url(),
            str(task.employee),
            short_date(task.due_on),
            "late" if task.due_on < today else "",
        )
        for task in own_tasks(user)[:ROWS]
    ]
    return DeskCard(_("To be done by me"), rows, order=20)


@desk_card.provide
def exceptions(user: User, *, at: datetime) -> DeskCard:
    """Days of the user's own that do not come out: a punch is missing, or somebody was late."""
    today = timezone.localdate(at)
    days = AttendanceDay.objects.filter(
        employee__user=user.pk, has_exception=True, resolution="", date__gte=today - LOOK_BACK
    )
    rows = [
        DeskRow(
            short_date(day.date), reverse("hrm:my-time"), listed(DayStatus(status).label for status in day.statuses)
        )
        for day in days.order_by("-date")[:ROWS]
    ]
    return DeskCard(_("My days to be explained"), rows, url=reverse("hrm:my-time"), order=30)


@desk_card.provide
def leave_left(user: User, *, at: datetime) -> DeskCard | None:
    """How much leave the user has left."""
    person = own_record(user)
    if person is None:
        return None
    rows = [
        DeskRow(str(each.leave_type), "", end=_("%(days)s days") % {"days": quantity(each.days)})
        for each in balances([person.pk], timezone.localdate(at))[person.pk]
    ]
    return DeskCard(_("Leave balances"), rows, order=40)
