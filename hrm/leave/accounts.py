"""The ledger of leave: grants of a year, time off for overtime, adjustments and expiry, for many people at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.overtime import PAY_DAYS, add_months
from hrm.calendar.choices import RequestStatus
from hrm.leave.annual import entitled_days, statutory_days, year_days
from hrm.leave.choices import EntrySource, LeaveKind
from hrm.leave.ledger import consume, expiries_due, remaining
from hrm.leave.locks import lock_account, lock_all_accounts
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveType
from hrm.leave.selectors import Account, account_entries
from hrm.org.choices import ACTIVE_STATUSES
from hrm.org.models import Employee
from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.core.errors import InvalidInput

ZERO = Decimal(0)
FULLY_PAID = 100


@dataclass(frozen=True)
class Granted:
    """
    What a round of annual leave gave.

    :param people: who got days.
    :param without_start: people whose first day of work is not entered, so that nothing can be computed.
    """

    people: int
    without_start: int


@dataclass(frozen=True)
class LastYear:
    """What somebody was absent for in the year before, as it bears on annual leave (regulation 4)."""

    annual_days: Decimal = ZERO
    sick_months: Decimal = ZERO
    paid_personal_days: Decimal = ZERO


@transaction.atomic
def grant_annual_leave(
    *, year: int, actor: User | None, at: datetime, employees: QuerySet[Employee] | None = None
) -> Granted:
    """
    Grant everybody the statutory annual leave of a year who has not got it yet; again, it grants nothing.

    职工带薪年休假条例 3-4, 企业职工带薪年休假实施办法 5: who joined in the year gets its part; who lost the leave of
    last year after having taken it gets none.

    :param employees: whom to grant it; None: everybody.
    :raises InvalidInput: without a type for annual leave.
    """
    kind = type_of(LeaveKind.ANNUAL)
    lock_all_accounts()
    everybody = Employee.objects.all() if employees is None else employees
    people = list(everybody.filter(status__in=ACTIVE_STATUSES, hire_date__year__lte=year).order_by("pk"))
    granted = set(LeaveEntry.objects.filter(origin__startswith=f"annual:{year}:").values_list("employee", flat=True))
    before = _last_years(year - 1)
    # Who lost the leave of last year itself does not lose this one for it.
    withdrawn = LeaveEntry.objects.filter(
        origin__startswith=f"annual:{year - 1}:", put_right_by__source=EntrySource.TAKE_BACK
    )
    settled = set(withdrawn.values_list("employee", flat=True))
    rows, without_start = [], 0
    for employee in people:
        if employee.pk in granted:
            continue
        if employee.work_start_date is None:
            without_start += 1
            continue
        last_year = LastYear() if employee.pk in settled else before.get(employee.pk, LastYear())
        entry = _annual_grant(employee, kind, year, last_year, actor)
        if entry is not None:
            rows.append(entry)
    copy_rows(rows)
    return Granted(len(rows), without_start)


def annual_days(employee: Employee, year: int, before: LastYear) -> int:
    """Return the days of statutory annual leave of a year, by what is known of somebody now."""
    start = employee.work_start_date
    if start is None:
        return 0
    last = statutory_days(start, date(year - 1, 12, 31))
    if (
        last
        and entitled_days(
            last,
            taken=before.annual_days,
            sick_months=before.sick_months,
            paid_personal_days=before.paid_personal_days,
        ).next_year_lost
    ):
        return 0
    return year_days(year, start, first=employee.hire_date, last=employee.leave_date)


@transaction.atomic
def withdraw_lost_leave(*, on: date, actor: User | None, at: datetime) -> int:
    """
    Take the annual leave of the year back from whoever lost it by long sick or paid personal leave since.

    职工带薪年休假条例 4; of somebody who used or asked for some of it already the next year's is withheld instead
    (企业职工带薪年休假实施办法 8), by :func:`grant_annual_leave`. Again, it takes nothing back.

    :returns: how many people lost it.
    """
    lock_all_accounts()
    away = _last_years(on.year)
    grants = LeaveEntry.objects.filter(origin__startswith=f"annual:{on.year}:", employee__in=away)
    rows = list(grants.exclude(put_right_by__source=EntrySource.TAKE_BACK).select_related("employee").order_by("pk"))
    lost = [row for row in rows if _has_lost(row.employee, away[row.employee_id], on.year)]
    ledgers = account_entries((row.employee_id, row.leave_type_id) for row in lost)
    entries = []
    for row in lost:
        ledger = [each.to_engine() for each in ledgers[row.employee_id, row.leave_type_id]]
        left = sum((part.hours for part in remaining(ledger, date.max) if part.grant == row.pk), ZERO)
        left += sum((part.hours for part in expiries_due(ledger, date.max) if part.grant == row.pk), ZERO)
        if left == row.hours:
            entries.append(
                LeaveEntry(
                    employee_id=row.employee_id,
                    leave_type_id=row.leave_type_id,
                    hours=-left,
                    on=max(on, row.on),
                    source=EntrySource.TAKE_BACK,
                    of=row,
                    note=_("Long leave in the year (Regulations on Paid Annual Leave, article 4)"),
                    created_by=actor,
                )
            )
    copy_rows(entries)
    return len(entries)


def _has_lost(employee: Employee, away: LastYear, year: int) -> bool:
    start = employee.work_start_date
    if start is None:
        return False
    due = entitled_days(
        statutory_days(start, date(year, 12, 31)),
        sick_months=away.sick_months,
        paid_personal_days=away.paid_personal_days,
    )
    return due.loss is not None


def _annual_grant(
    employee: Employee, kind: LeaveType, year: int, before: LastYear, actor: User | None
) -> LeaveEntry | None:
    days = annual_days(employee, year, before)
    start = employee.work_start_date
    if not days or start is None:
        return None
    counts_from = max(date(year, 1, 1), employee.hire_date, add_months(start, 12))
    end = date(year, 12, 31)
    return LeaveEntry(
        employee=employee,
        leave_type=kind,
        hours=days * kind.day_hours,
        on=counts_from,
        expires_on=None if kind.valid_months is None else add_months(end, kind.valid_months),
        source=EntrySource.GRANT,
        origin=f"annual:{year}:{employee.pk}",
        note=_("Annual leave %(year)s") % {"year": year},
        created_by=actor,
    )


def _last_years(year: int) -> dict[int, LastYear]:
    """Return what people were absent for in a year, by one query."""
    rows = LeaveDay.objects.filter(date__year=year, request__status=RequestStatus.APPROVED).order_by()
    kinds = (LeaveKind.ANNUAL, LeaveKind.SICK, LeaveKind.PERSONAL)
    paid = Q(request__leave_type__kind=LeaveKind.PERSONAL, request__leave_type__paid_percent__gte=FULLY_PAID)
    found = (
        rows.filter(request__leave_type__kind__in=kinds)
        .values_list("employee")
        .annotate(
            annual=Sum("part", filter=Q(request__leave_type__kind=LeaveKind.ANNUAL), default=ZERO),
            sick=Sum("plan_part", filter=Q(request__leave_type__kind=LeaveKind.SICK), default=ZERO),
            personal=Sum("part", filter=paid, default=ZERO),
        )
    )
    return {pk: LastYear(annual, sick / PAY_DAYS, personal) for pk, annual, sick, personal in found}


@transaction.atomic
def write_off_expired(*, on: date, actor: User | None, at: datetime) -> int:
    """Write what is left of grants off whose last day has passed; return how many entries that took."""
    lock_all_accounts()
    expiring = LeaveEntry.objects.filter(expires_on__lt=on, hours__gt=0, of__isnull=True)
    accounts: set[Account] = set(expiring.order_by().values_list("employee", "leave_type").distinct())
    rows = []
    for (employee, kind), entries in account_entries(accounts).items():
        for part in expiries_due([entry.to_engine() for entry in entries], on):
            rows.append(
                LeaveEntry(
                    employee_id=employee,
                    leave_type_id=kind,
                    hours=-part.hours,
                    on=add_day(part.expires_on or on),
                    source=EntrySource.EXPIRY,
                    of_id=int(str(part.grant)),
                    created_by=actor,
                )
            )
    copy_rows(rows)
    return len(rows)


@transaction.atomic
def adjust_balance(
    *,
    employee: Employee,
    leave_type: LeaveType,
    hours: Decimal,
    note: str,
    actor: User | None,
    at: datetime,
    on: date | None = None,
    expires_on: date | None = None,
) -> LeaveEntry:
    """
    Give somebody hours of leave, or take some away, with the reason.

    :param on: from which day, by default the day of ``at``.
    :raises InvalidInput: without hours or reason, or for a type without a balance.
    :raises InsufficientLeave: when more would be taken away than there is.
    """
    if not hours:
        raise InvalidInput(_("Enter hours other than zero."), field="hours")
    if not note.strip():
        raise InvalidInput(_("Give the reason."), field="note")
    if not leave_type.needs_balance:
        raise InvalidInput(_("This type of leave has no balance."), field="leave_type")
    lock_account(employee.pk)
    day = on or timezone.localdate(at)
    if expires_on is not None and expires_on < day:
        raise InvalidInput(_("It would expire before it counts."), field="expires_on")
    if hours < 0:
        entries = account_entries([(employee.pk, leave_type.pk)])[employee.pk, leave_type.pk]
        # What was used later counts too: the account must hold on every day.
        consume([entry.to_engine() for entry in entries], -hours, day, permitted=leave_type.overdraft_hours)
    return LeaveEntry.objects.create(
        employee=employee,
        leave_type=leave_type,
        hours=hours,
        on=day,
        expires_on=expires_on if hours > 0 else None,
        source=EntrySource.ADJUSTMENT,
        note=note.strip(),
        created_by=actor,
    )


@transaction.atomic
def set_comp_time(
    *,
    earned: Mapping[tuple[int, date], Decimal],
    employees: Collection[int],
    first: date,
    last: date,
    actor: User | None,
    at: datetime,
) -> int:
    """
    Let the time off that people have for overtime of a period be what they earned; return how many entries it took.

    What was earned too much is taken back as far as it was not used.

    :param earned: hours by employee and date of the overtime; what is missing is zero.
    :raises InvalidInput: when somebody earned time off and no type of leave holds it.
    """
    kind = LeaveType.objects.filter(kind=LeaveKind.COMP).first()
    if kind is None:
        if earned:
            raise InvalidInput(_("Enter a type of leave for time off first."))
        return 0
    lock_all_accounts()
    grants = LeaveEntry.objects.filter(
        leave_type=kind, employee__in=employees, source=EntrySource.COMP, on__range=(first, last)
    )
    have: dict[tuple[int, date], Decimal] = defaultdict(Decimal)
    of_day: dict[tuple[int, date], list[int]] = defaultdict(list)
    for grant in grants.annotate(back=Sum("put_right_by__hours", filter=_taken_back())).order_by("pk"):
        have[grant.employee_id, grant.on] += grant.hours + (grant.back or ZERO)
        of_day[grant.employee_id, grant.on].append(grant.pk)
    differences = {key: earned.get(key, ZERO) - have[key] for key in {*earned, *have}}
    too_much = {key: -hours for key, hours in differences.items() if hours < 0}
    rows = [
        LeaveEntry(
            employee_id=employee,
            leave_type=kind,
            hours=hours,
            on=day,
            expires_on=None if kind.valid_months is None else add_months(day, kind.valid_months),
            source=EntrySource.COMP,
            created_by=actor,
        )
        for (employee, day), hours in sorted(differences.items())
        if hours > 0
    ]
    rows += _take_back(too_much, of_day, kind, timezone.localdate(at), actor)
    copy_rows(rows)
    return len(rows)


def _taken_back() -> Q:
    return Q(put_right_by__source=EntrySource.TAKE_BACK)


def _take_back(
    too_much: Mapping[tuple[int, date], Decimal],
    of_day: Mapping[tuple[int, date], list[int]],
    kind: LeaveType,
    today: date,
    actor: User | None,
) -> list[LeaveEntry]:
    rows = []
    ledgers = account_entries((employee, kind.pk) for employee, _day in too_much)
    left: dict[int, Decimal] = {}
    for entries in ledgers.values():
        ledger = [entry.to_engine() for entry in entries]
        parts = [*remaining(ledger, date.max), *expiries_due(ledger, date.max)]
        left |= {part.grant: part.hours for part in parts}  # type: ignore[misc]
    for (employee, day), hours in sorted(too_much.items()):
        for grant in reversed(of_day[employee, day]):
            part = min(hours, left.get(grant, ZERO))
            hours -= part
            if part:
                rows.append(
                    LeaveEntry(
                        employee_id=employee,
                        leave_type=kind,
                        hours=-part,
                        on=max(today, day),
                        source=EntrySource.TAKE_BACK,
                        of_id=grant,
                        created_by=actor,
                    )
                )
    return rows


def type_of(kind: LeaveKind) -> LeaveType:
    """
    Return the type of leave that is granted by itself.

    :raises InvalidInput: when there is none.
    """
    found = LeaveType.objects.filter(kind=kind, is_active=True).first()
    if found is None:
        raise InvalidInput(_("There is no type of leave for “%(kind)s”.") % {"kind": kind.label})
    return found


def add_day(day: date) -> date:
    """The day after."""
    return date.fromordinal(day.toordinal() + 1)
