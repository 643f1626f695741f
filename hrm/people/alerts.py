"""What personnel has to be told in time: found every night from what the rows say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.translation import gettext_noop

from hrm.org.choices import EmployeeStatus
from hrm.org.selectors import active_employees
from hrm.people import contract_rules as rules
from hrm.people.choices import AlertKind, AlertLevel, ContractKind, TaskStatus
from hrm.people.models import AssetLoan, Certificate, LaborContract, StaffAlert, StaffTask
from hrm.people.recipients import personnel_officers
from hrm.people.selectors import expiring_within, running_on
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.pages.registry import pageset_of

AHEAD_DAYS = 90
NEAR_DAYS = 30
# A joiner without a contract is named this long before the month is over.
UNSIGNED_DAYS = 15
TOLD = {
    AlertLevel.AHEAD: gettext_noop("Personnel: %(number)s to see to within 90 days"),
    AlertLevel.NEAR: gettext_noop("Personnel: %(number)s to see to within 30 days"),
    AlertLevel.LATE: gettext_noop("Personnel: %(number)s overdue"),
}


@dataclass(frozen=True)
class Finding:
    """One thing to see to by a day."""

    kind: AlertKind
    employee_pk: int
    object_pk: int
    due_on: date
    subject: str = ""

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by from one night to the next."""
        return self.kind.value, self.object_pk


def level_of(due_on: date, day: date) -> AlertLevel:
    """How near a day is."""
    if due_on < day:
        return AlertLevel.LATE
    return AlertLevel.NEAR if due_on <= day + timedelta(days=NEAR_DAYS) else AlertLevel.AHEAD


@transaction.atomic
def refresh_alerts(*, at: datetime) -> int:
    """
    Look for what is due, drop what is settled, and tell personnel what is new or came nearer.

    One query for each kind, however many people; run again, it tells nobody twice.

    :returns: how many are new or came nearer.
    """
    day = timezone.localdate(at)
    found = {each.key: each for each in findings(day)}
    known = {(row.kind, row.object_id): row for row in StaffAlert.objects.select_for_update().order_by("pk")}
    StaffAlert.objects.filter(pk__in=[row.pk for key, row in known.items() if key not in found]).delete()
    told: Counter[AlertLevel] = Counter()
    fresh, changed = [], []
    for key, each in found.items():
        level, row = level_of(each.due_on, day), known.get(key)
        if row is None:
            fresh.append(_alert(each, level, day))
            told[level] += 1
        elif (row.level, row.due_on, row.subject) != (level, each.due_on, each.subject):
            told[level] += level > row.level
            row.level, row.due_on, row.subject = level, each.due_on, each.subject
            changed.append(row)
    StaffAlert.objects.bulk_create(fresh, 500, ignore_conflicts=True)
    StaffAlert.objects.bulk_update(changed, ["level", "due_on", "subject"], 500)
    _tell(told, at)
    return sum(told.values())


def findings(day: date) -> Iterator[Finding]:
    """Everything that is due within the time that its kind is announced."""
    yield from _contracts_missing(day)
    yield from _contracts_expiring(day)
    yield from _probations_ending(day)
    yield from _certificates_expiring(day)
    yield from _loans_due(day)
    yield from _tasks_overdue(day)


def _contracts_missing(day: date) -> Iterator[Finding]:
    """People at work without a written contract, as the month of 劳动合同法 10 runs out."""
    people = active_employees().exclude(pk__in=running_on(day).order_by().values("employee"))
    people = people.filter(hire_date__lte=day)
    for pk, hired_on in people.values_list("pk", "hire_date"):
        due_on = rules.written_by(hired_on)
        if due_on <= day + timedelta(days=UNSIGNED_DAYS):
            yield Finding(AlertKind.CONTRACT_MISSING, pk, pk, due_on)


def _contracts_expiring(day: date) -> Iterator[Finding]:
    """Fixed terms that end soon and are not renewed; those that only an open-ended contract may follow, as such."""
    expiring = expiring_within(LaborContract.objects.all(), AHEAD_DAYS, day)
    expiring = expiring.exclude(employee__status__in=(EmployeeStatus.LEFT, EmployeeStatus.LEAVING))
    terms = Count(
        "employee__contracts",
        filter=Q(
            employee__contracts__kind=ContractKind.FIXED,
            employee__contracts__signed_on__isnull=False,
            employee__contracts__company=F("company"),
            employee__contracts__starts_on__gte=rules.COUNTED_SINCE,
            employee__contracts__starts_on__lte=F("starts_on"),
        ),
    )
    for row in expiring.annotate(terms=terms).select_related("employee").order_by("pk"):
        ends_on = row.ends_on
        if ends_on is None:
            continue
        reason = rules.open_ended_reason(
            hired_on=row.employee.hire_date, on=ends_on + timedelta(days=1), fixed_terms=row.terms
        )
        kind = AlertKind.CONTRACT_EXPIRING if reason is None else AlertKind.OPEN_ENDED_DUE
        yield Finding(kind, row.employee_id, row.pk, ends_on, row.number)


def _probations_ending(day: date) -> Iterator[Finding]:
    """People on probation by their contract whose confirmation is to be decided."""
    rows = running_on(day).filter(
        employee__status=EmployeeStatus.PROBATION, probation_ends_on__lte=day + timedelta(days=NEAR_DAYS)
    )
    for row in rows:
        if row.probation_ends_on is not None:
            yield Finding(AlertKind.PROBATION_ENDING, row.employee_id, row.pk, row.probation_ends_on, row.number)


def _certificates_expiring(day: date) -> Iterator[Finding]:
    rows = Certificate.objects.filter(valid_to__lte=day + timedelta(days=AHEAD_DAYS))
    rows = rows.exclude(employee__status=EmployeeStatus.LEFT)
    for row in rows:
        if row.valid_to is not None:
            yield Finding(AlertKind.CERTIFICATE_EXPIRING, row.employee_id, row.pk, row.valid_to, row.name)


def _loans_due(day: date) -> Iterator[Finding]:
    """Things to be returned soon, and whatever somebody who has left still holds."""
    rows = AssetLoan.objects.filter(returned_on__isnull=True).select_related("employee")
    soon = Q(due_on__lte=day + timedelta(days=NEAR_DAYS))
    for row in rows.filter(soon | Q(employee__status=EmployeeStatus.LEFT)):
        due_on = row.due_on or row.employee.leave_date
        if due_on is not None:
            yield Finding(AlertKind.ASSET_DUE, row.employee_id, row.pk, due_on, str(row)[:120])


def _tasks_overdue(day: date) -> Iterator[Finding]:
    for row in StaffTask.objects.filter(status=TaskStatus.OPEN, due_on__lt=day):
        yield Finding(AlertKind.TASK_OVERDUE, row.employee_id, row.pk, row.due_on, row.title)


def _alert(finding: Finding, level: AlertLevel, day: date) -> StaffAlert:
    return StaffAlert(
        kind=finding.kind,
        employee_id=finding.employee_pk,
        object_id=finding.object_pk,
        subject=finding.subject,
        due_on=finding.due_on,
        level=level,
        found_on=day,
    )


def _tell(told: Counter[AlertLevel], at: datetime) -> None:
    pageset = pageset_of(StaffAlert)
    recipients = personnel_officers(StaffAlert) if +told else []
    if pageset is None:
        return
    for level, number in sorted((+told).items(), reverse=True):
        notify(
            recipients=recipients,
            kind=NotificationKind.ALERT,
            title=TOLD[level],
            params={"number": number},
            url=f"{pageset.url('list')}?level={level.value}",
            at=at,
        )
