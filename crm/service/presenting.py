"""How the clock of a ticket is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.service.models import Ticket
from crm.service.selectors import state_of
from suite.pages.columns import EMPTY, Column, badge, short_date


def to_the_minute(moment: datetime) -> str:
    """Day and time of a moment: hours matter here."""
    return f"{short_date(moment)} {timezone.localtime(moment):%H:%M}"


def moment_column(name: str) -> Column:
    """A column of a time that is shown to the minute."""

    def render(row: Any) -> Any:
        moment = getattr(row, name)
        return SafeString(f'<span class="text-nowrap">{to_the_minute(moment)}</span>') if moment else EMPTY

    return Column(name, render=render)


def span(length: timedelta) -> str:
    """A length of time in its two largest units."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = length.days, minutes // 60 % 24, minutes % 60
    if days:
        return ngettext("%(days)d day %(hours)d h", "%(days)d days %(hours)d h", days) % {"days": days, "hours": hours}
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def remaining(ticket: Ticket) -> Any:
    """How long until the ticket is due, red when it is late; the time itself below."""
    now = timezone.now()
    state, due = state_of(ticket, at=now)
    if state == "NONE":
        return EMPTY
    if state == "UNKNOWN":
        missing = _("Calendar of %(year)s is missing") % {"year": ticket.unknown_year}
        return SafeString(f'<span class="t-late">{escape(missing)}</span>')
    if state in {"KEPT", "BROKEN"}:
        return badge(_("In time"), "done") if state == "KEPT" else badge(_("Too late"), "late")
    if state == "STOPPED" or due is None:
        return badge(_("Clock stopped"), "hold")
    left = span(abs(due - now))
    text, css = (_("%(time)s late") % {"time": left}, "t-late") if state == "LATE" else (left, "")
    sub = to_the_minute(due)
    return SafeString(f'<span class="text-nowrap {css}">{escape(text)}</span><span class="sub">{escape(sub)}</span>')
