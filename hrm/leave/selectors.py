"""Questions about leave, each answered by one query for all people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Max, QuerySet, Sum

from hrm.calendar.choices import LIVE_REQUESTS, RequestStatus
from hrm.calendar.selectors import month_range
from hrm.leave.annual import year_days
from hrm.leave.choices import EntrySource, LeaveKind, PayableReason
from hrm.leave.ledger import Entry, Part, balance, remaining
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveRequest, LeaveType
from hrm.leave.payable import due_of_grant, expired_hours, left_hours
from hrm.org.models import Employee
from suite.core.models import Model

ZERO = Decimal(0)
ONE_DAY = timedelta(days=1)
Spans = tuple[tuple[int, int], ...]
# An employee and a type of leave, by their keys.
Account = tuple[int, int]


@dataclass(frozen=True)
class LeaveTotal:
    """
    Leave of one type in a period.

    :param days: parts of planned days, which is what pay deducts.
    """

    code: str
    kind: LeaveKind
    paid_percent: Decimal
    days: Decimal


@dataclass(frozen=True)
class Balance:
    """
    Hours of one account.

    :param hours: that may be used on the day; below zero by what was taken ahead.
    :param parts: what is left of each grant, in the order of use.
    """

    leave_type: LeaveType
    hours: Decimal
    parts: tuple[Part, ...]

    @property
    def days(self) -> Decimal:
        """The hours as days of the type."""
        return self.hours / self.leave_type.day_hours


@dataclass(frozen=True)
class Payable:
    """
    Hours of a balance that pay replaces, as somebody did not use them.

    :param kind: time off for overtime, which pays the overtime; or annual leave, which pays 300 % of the day rate, the
        normal wage included (职工带薪年休假条例 5).
    :param days: the hours as days of the type of leave.
    """

    employee: int
    kind: LeaveKind
    hours: Decimal
    days: Decimal
    why: PayableReason


def payable_balances(company: Model, month: date) -> list[Payable]:
    """
    Return what becomes payable in a month, by person and kind, by a fixed number of queries.

    That is time off for overtime and annual leave whose last day lies in the month, and for whoever leaves in it all
    time off and the annual leave that is due: of the year its part until the last day, cut to whole days, less what
    was used (企业职工带薪年休假实施办法 12), and what was carried over.

    :param month: any day of it.
    """
    first, last = month_range(month.replace(day=1))
    types = {kind.pk: kind for kind in LeaveType.objects.filter(kind__in=(LeaveKind.ANNUAL, LeaveKind.COMP))}
    people = Employee.objects.filter(company=company.pk).order_by()
    leavers = {person.pk: person for person in people.filter(leave_date__range=(first, last))}
    grants = LeaveEntry.objects.filter(hours__gt=0, of__isnull=True, leave_type__in=types)
    ending = grants.filter(employee__in=people.values("pk"), expires_on__range=(first, last))
    accounts: set[Account] = set(ending.order_by().values_list("employee", "leave_type").distinct())
    accounts |= {(pk, kind) for pk in leavers for kind in types}
    found = []
    for (pk, kind_pk), rows in sorted(account_entries(accounts).items()):
        kind, person = types[kind_pk], leavers.get(pk)
        ledger = [row.to_engine() for row in rows]
        until = last if person is None or person.leave_date is None else min(last, person.leave_date - ONE_DAY)
        expired = expired_hours(ledger, EntrySource.EXPIRY, first, until)
        hours = ((PayableReason.EXPIRED, expired), (PayableReason.LEFT, _due_to(person, kind, rows, ledger)))
        found += [Payable(pk, LeaveKind(kind.kind), each, each / kind.day_hours, why) for why, each in hours if each]
    return found


def _due_to(person: Employee | None, kind: LeaveType, rows: Sequence[LeaveEntry], ledger: Sequence[Entry]) -> Decimal:
    """Hours of an account that somebody who leaves is paid."""
    if person is None or person.leave_date is None:
        return ZERO
    leaving = person.leave_date
    if kind.kind != LeaveKind.ANNUAL:
        return left_hours(ledger, leaving)
    origin = f"annual:{leaving.year}:{person.pk}"
    granted = next((row.to_engine() for row in rows if row.origin == origin), None)
    if granted is None or person.work_start_date is None:
        return left_hours(ledger, leaving)
    days = year_days(leaving.year, person.work_start_date, first=person.hire_date, last=leaving)
    due = due_of_grant(ledger, granted, days * kind.day_hours, leaving)
    return due + left_hours(ledger, leaving, besides={granted.key})


def approved_intervals(employees: Collection[int], first: date, last: date) -> dict[int, dict[date, Spans]]:
    """
    Return when people are on approved leave, by employee and date: minutes of the plan after the midnight of the day.
    """
    rows = LeaveDay.objects.filter(
        employee__in=employees, date__range=(first, last), request__status=RequestStatus.APPROVED
    ).exclude(spans=[])
    found: dict[int, dict[date, Spans]] = defaultdict(dict)
    for pk, day, spans in rows.order_by("date", "pk").values_list("employee", "date", "spans"):
        pairs = tuple(zip(spans[::2], spans[1::2], strict=True))
        found[pk][day] = (*found[pk].get(day, ()), *pairs)
    return dict(found)


def leave_totals(employees: Collection[int], first: date, last: date) -> dict[int, tuple[LeaveTotal, ...]]:
    """Return the approved leave of people in a period by type, in parts of their planned days, by one query."""
    rows = (
        LeaveDay.objects.filter(
            employee__in=employees, date__range=(first, last), request__status=RequestStatus.APPROVED
        )
        .order_by("employee", "request__leave_type__sort_order", "request__leave_type__code")
        .values_list(
            "employee",
            "request__leave_type__code",
            "request__leave_type__kind",
            "request__leave_type__paid_percent",
        )
        .annotate(days=Sum("plan_part"))
    )
    found: dict[int, list[LeaveTotal]] = defaultdict(list)
    for pk, code, kind, percent, days in rows:
        found[pk].append(LeaveTotal(code, LeaveKind(kind), percent, days))
    return {pk: tuple(totals) for pk, totals in found.items()}


def account_entries(accounts: Iterable[Account]) -> dict[Account, list[LeaveEntry]]:
    """Return the ledger of accounts, in the order in which it was written, by one query."""
    wanted = set(accounts)
    found: dict[Account, list[LeaveEntry]] = {account: [] for account in wanted}
    rows = LeaveEntry.objects.filter(
        employee__in={employee for employee, _type in wanted}, leave_type__in={kind for _employee, kind in wanted}
    )
    for entry in rows.order_by("pk"):
        if (entry.employee_id, entry.leave_type_id) in found:
            found[entry.employee_id, entry.leave_type_id].append(entry)
    return found


def balances(employees: Collection[int], on: date) -> dict[int, list[Balance]]:
    """Return what people may use on a day of every type that comes out of a balance, by two queries."""
    types = list(LeaveType.objects.filter(needs_balance=True, is_active=True))
    entries = account_entries((pk, kind.pk) for pk in employees for kind in types)
    found: dict[int, list[Balance]] = {}
    for pk in employees:
        ledgers = [(kind, [entry.to_engine() for entry in entries[pk, kind.pk]]) for kind in types]
        found[pk] = [Balance(kind, balance(ledger, on), tuple(remaining(ledger, on))) for kind, ledger in ledgers]
    return found


def maternity_begun(employees: Collection[int], first: date, last: date) -> dict[int, date]:
    """Return when the latest approved maternity leave of people began, if in a period, by one query."""
    rows = LeaveRequest.objects.filter(
        employee__in=employees,
        leave_type__kind=LeaveKind.MATERNITY,
        status=RequestStatus.APPROVED,
        first_day__range=(first, last),
    )
    return dict(rows.order_by().values_list("employee").annotate(begun=Max("first_day")))


def absences(employees: QuerySet[Model], first: date, last: date) -> QuerySet[LeaveDay]:
    """Return the days of leave, approved or asked for, of people in a period, with request and type at hand."""
    rows = LeaveDay.objects.filter(
        employee__in=employees.order_by().values("pk"), date__range=(first, last), request__status__in=LIVE_REQUESTS
    )
    return rows.select_related("request__leave_type").order_by("employee", "date")


def taken_days(employee_pk: int, leave_type: LeaveType, year: int) -> Decimal:
    """Return how many days of a type somebody has taken or asked for in a year."""
    rows = LeaveDay.objects.filter(
        employee=employee_pk, date__year=year, request__leave_type=leave_type, request__status__in=LIVE_REQUESTS
    )
    total: Decimal = rows.aggregate(total=Sum("part"))["total"] or ZERO
    return total


def overlapping(request: LeaveRequest) -> QuerySet[LeaveRequest]:
    """Return the other live requests of the person whose days touch those of a request."""
    return LeaveRequest.objects.filter(
        employee=request.employee_id,
        status__in=LIVE_REQUESTS,
        first_day__lte=request.last_day,
        last_day__gte=request.first_day,
    ).exclude(pk=request.pk)
