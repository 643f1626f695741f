"""The calendar, and the search for a time when everybody is free."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.calendar.people import signed_in
from oa.meetings.boards import SLOT, Plan, calendar_days, free_busy, month_of, week_of, weeks_of
from oa.meetings.forms import CalendarForm, FreeBusyForm
from suite.pages.forms import style

ONE_DAY = timedelta(days=1)


@login_required
@permission_required("oa.view_meeting", raise_exception=True)
def calendar_page(request: HttpRequest) -> HttpResponse:
    """A week or month of one's own meetings, or when a colleague or room is taken."""
    user, day = signed_in(request), _day(request.GET.get("day", ""))
    form = CalendarForm(request.GET, user=user)
    chosen = form.cleaned_data if form.is_valid() else {}
    person, room = chosen.get("person"), chosen.get("room")
    is_month = request.GET.get("view") == "month"
    first, last = month_of(day) if is_month else week_of(day)
    days = calendar_days(
        user=user, first=first, last=last, person=person, room=room, month=day.month if is_month else None
    )
    before = day.replace(day=1) - ONE_DAY if is_month else first - ONE_DAY
    after = (day.replace(day=28) + 4 * ONE_DAY).replace(day=1) if is_month else last + ONE_DAY
    style(form)
    kept = {name: row.pk for name, row in (("person", person), ("room", room)) if row is not None}
    context = {
        **_base(_("Calendar")),
        "filter_form": form,
        "is_month": is_month,
        "day": day,
        "first": first,
        "last": last,
        "days": days,
        "weeks": weeks_of(days),
        "before_query": _query(before, is_month, kept),
        "after_query": _query(after, is_month, kept),
        "week_query": _query(day, False, kept),
        "month_query": _query(day, True, kept),
        "may_book": request.user.has_perm("oa.add_meeting"),
        "whose": person or room,
    }
    return render(request, "oa/meetings/calendar.html", context)


@login_required
@permission_required("oa.view_meeting", raise_exception=True)
def free_busy_page(request: HttpRequest) -> HttpResponse:
    """When on a day everybody asked and a room are free, with a link to book that time."""
    user = signed_in(request)
    form = FreeBusyForm(request.GET, user=user)
    chosen = form.cleaned_data if form.is_valid() else {"day": timezone.localdate(), "people": [], "room": None}
    others = [person for person in chosen["people"] if person.pk != user.pk]
    plan = free_busy(day=chosen["day"], people=[user, *others], room=chosen["room"])
    style(form)
    context = {
        **_base(_("Find a time")),
        "filter_form": form,
        "day": chosen["day"],
        "plan": plan,
        "slots": _links(plan, others, chosen["room"]),
        "may_book": request.user.has_perm("oa.add_meeting"),
    }
    return render(request, "oa/meetings/free_busy.html", context)


def _links(plan: Plan, others: list[Any], room: Any) -> list[dict[str, Any]]:
    """Each slot with the address that books an hour from it."""
    base = [("people", person.pk) for person in others] + ([("room", room.pk)] if room is not None else [])
    links = []
    for start, is_free in zip(plan.starts, plan.free, strict=True):
        local = timezone.localtime(start)
        times = [("starts_at", f"{local:%Y-%m-%dT%H:%M}"), ("ends_at", f"{local + 2 * SLOT:%Y-%m-%dT%H:%M}")]
        url = f"{reverse('oa:meeting-create')}?{urlencode([*times, *base])}"
        links.append({"start": local, "is_free": is_free, "url": url})
    return links


def _base(title: str) -> dict[str, Any]:
    return {"page_title": title, "breadcrumbs": [(_("Office collaboration"), None), (title, None)]}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


def _query(day: date, is_month: bool, kept: dict[str, Any]) -> str:
    return urlencode({"day": day.isoformat(), **({"view": "month"} if is_month else {}), **kept})
