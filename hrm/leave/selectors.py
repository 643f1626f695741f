"""Questions about leave, each answered by one query for all people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from hrm.calendar.choices import LIVE_REQUESTS, RequestStatus
from hrm.leave.choices import LeaveKind
from hrm.leave.ledger import Part, balance, remaining
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveRequest, LeaveType
from suite.core.models import Model

ZERO = Decimal(0)
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
