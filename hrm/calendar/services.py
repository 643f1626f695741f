"""Changing the holiday calendar, and closing months."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hrm.calendar.engine import UnknownYear, seed
from hrm.calendar.errors import MonthLocked
from hrm.calendar.events import CalendarDayChanged
from hrm.calendar.locks import close_time, hold_time_open
from hrm.calendar.models import ClosedMonth, HolidayDay
from hrm.calendar.selectors import closed_months
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters.models import Company

# Years to look for when the calendar is filled for the first time: the announcement of the next comes in November.
YEARS_BACK, YEARS_AHEAD = 2, 1


@transaction.atomic
def seed_year(*, year: int, actor: User | None, at: datetime) -> int:
    """
    Add the days of a year as the State Council has announced it; days that are there stay as they are.

    :returns: how many days were added.
    :raises UnknownYear: for a year whose announcement is not known yet.
    """
    rows = seed(year)
    known = set(HolidayDay.objects.filter(date__year=year).values_list("date", flat=True))
    days = [
        HolidayDay(date=row.date, kind=row.kind.value, is_statutory=row.statutory, name=row.name)
        for row in rows
        if row.date not in known
    ]
    HolidayDay.objects.bulk_create(days, ignore_conflicts=True)
    return len(days)


def seed_known_years(*, actor: User | None, at: datetime) -> int:
    """Add the years around now as far as they are announced; return how many days were added."""
    added = 0
    for year in range(at.year - YEARS_BACK, at.year + YEARS_AHEAD + 1):
        try:
            seed(year)
        except UnknownYear:
            # Asked before anything is written, so that no transaction is broken by it.
            break
        added += seed_year(year=year, actor=actor, at=at)
    return added


@transaction.atomic
def update_day(*, holidayday: HolidayDay, actor: User | None, at: datetime, **changes: Any) -> HolidayDay:
    """
    Change a day of the calendar.

    :raises MonthLocked: when a company has closed the month already: what was paid would not be true any more.
    :raises InvalidInput: for a statutory holiday that is worked.
    """
    row = HolidayDay.objects.lock(holidayday)
    for company_pk in Company.objects.order_by("pk").values_list("pk", flat=True):
        require_open(company_pk, row.date, row.date)
    before = row.kind, row.is_statutory
    for name, value in changes.items():
        setattr(row, name, value)
    if row.is_statutory and row.kind != "REST":
        raise InvalidInput(_("A statutory holiday is a day of rest."), field="kind")
    row.save()
    if (row.kind, row.is_statutory) != before:
        events.publish(CalendarDayChanged(row.date))
    return row


@transaction.atomic
def close_month(*, company: Company, month: date, actor: User | None, at: datetime, reference: str = "") -> ClosedMonth:
    """
    Close a month of a company for every change of working time; again, it changes nothing.

    :param month: any day of it.
    """
    close_time(company.pk)
    closed, _created = ClosedMonth.objects.get_or_create(
        company=company,
        month=month.replace(day=1),
        defaults={"reference": reference, "closed_by": actor, "closed_at": at},
    )
    return closed


def require_open(company_pk: int, first: date, last: date) -> None:
    """
    Refuse a change to days of a closed month, and keep the months open until the end of the transaction.

    :raises MonthLocked: naming the first closed month.
    """
    hold_time_open(company_pk)
    closed = closed_months(company_pk, first, last)
    if closed:
        raise MonthLocked(
            _("The month %(month)s is paid and closed. Correct it in the next one.") % {"month": f"{closed[0]:%Y-%m}"},
            month=closed[0].isoformat(),
        )
