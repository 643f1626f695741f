"""Punches come in: one by one from machines and phones, or by the thousand from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.choices import PunchSource
from hrm.attendance.models import Punch
from hrm.calendar.events import WorkingTimeChanged
from hrm.calendar.locks import one_at_a_time
from hrm.org.models import Employee
from suite import events
from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.core.errors import InvalidInput
from suite.pages.exchange.errors import RowErrors

# A clock may be a little fast.
AHEAD = timedelta(minutes=10)
# The same finger twice.
DOUBLE_TAP = timedelta(seconds=60)


def punch_key(source: str, employee_pk: int, moment: datetime, device: str = "") -> str:
    """Return what names a punch to which its machine gave no key: the same data are the same punch."""
    return f"{source}:{device}:{employee_pk}:{moment.astimezone(timezone.get_default_timezone()):%Y%m%d%H%M%S}"


@transaction.atomic
def record_punch(
    *,
    employee: Employee,
    actor: User | None,
    at: datetime,
    punched_at: datetime | None = None,
    source: str = PunchSource.DEVICE,
    device: str = "",
    external_key: str = "",
    note: str = "",
) -> Punch:
    """
    Record one punch; with a key that is known, it returns the punch that is there.

    :param punched_at: when it was made, by default ``at``.
    :raises InvalidInput: for a moment to come, or a key that another person's punch has.
    """
    made_at = punched_at or at
    _refuse_future(made_at, at)
    key = external_key.strip() or punch_key(source, employee.pk, made_at, device)
    one_at_a_time("hrm_punch", employee.pk)
    known = Punch.objects.filter(external_key=key).first()
    if known is not None:
        if known.employee_id != employee.pk:
            raise InvalidInput(_("Another punch has this key."), field="external_key")
        return known
    punch = Punch.objects.create(
        employee=employee,
        punched_at=made_at,
        source=source,
        device=device,
        external_key=key,
        note=note,
        created_by=actor,
        created_at=at,
    )
    _tell({employee.company_id: {employee.pk: [made_at]}})
    return punch


@transaction.atomic
def punch_now(*, employee: Employee, actor: User, at: datetime) -> Punch:
    """
    Punch by phone: the time is the server's, and no place is kept; twice within a minute is once.

    :raises InvalidInput: for somebody else's account.
    """
    if employee.user_id != actor.pk:
        raise InvalidInput(_("Everybody punches for themselves."))
    one_at_a_time("hrm_punch", employee.pk)
    last = Punch.objects.filter(employee=employee, source=PunchSource.MOBILE, punched_at__gt=at - DOUBLE_TAP).first()
    if last is not None:
        return last
    return record_punch(employee=employee, actor=actor, at=at, source=PunchSource.MOBILE)


@transaction.atomic
def import_punches(
    *, rows: Sequence[Mapping[str, Any]], actor: User | None, at: datetime, progress: Any = None
) -> dict[str, Any]:
    """
    Record the punches of a machine's file; those that are there already are left alone.

    :param rows: ``employee``, ``punched_at``, perhaps ``device``, ``external_key`` and ``note``, with ``_row``.
    :returns: ``created``, ``unchanged`` (rows that were there already).
    :raises RowErrors: for punches to come and keys of other punches; nothing is written.
    """
    one_at_a_time("hrm_punch_import", 0)
    entries = [(row["_row"], _entry(row, actor, at)) for row in rows]
    known = dict(
        Punch.objects.filter(external_key__in=[punch.external_key for _row, punch in entries]).values_list(
            "external_key", "employee"
        )
    )
    errors: dict[int, list[Any]] = {}
    new: dict[str, Punch] = {}
    unchanged: set[int] = set()
    for number, punch in entries:
        holder = known.get(punch.external_key)
        first = new.get(punch.external_key)
        if punch.punched_at > at + AHEAD:
            errors[number] = [("punched_at", _("This time is still to come."))]
        elif (holder or punch.employee_id) != punch.employee_id or (first and first.employee_id != punch.employee_id):
            errors[number] = [("external_key", _("Another punch has this key."))]
        elif holder is not None or first is not None:
            unchanged.add(number)
        else:
            new[punch.external_key] = punch
    if errors:
        raise RowErrors(errors)
    copy_rows(new.values())
    changed: dict[int, dict[int, list[datetime]]] = {}
    for punch in new.values():
        changed.setdefault(punch.employee.company_id, {}).setdefault(punch.employee_id, []).append(punch.punched_at)
    _tell(changed)
    return {"created": len(new), "unchanged": unchanged, "warnings": {}}


def _entry(row: Mapping[str, Any], actor: User | None, at: datetime) -> Punch:
    employee, moment, device = row["employee"], row["punched_at"], row.get("device") or ""
    key = row.get("external_key") or punch_key(PunchSource.IMPORT, employee.pk, moment, device)
    return Punch(
        employee=employee,
        punched_at=moment,
        source=PunchSource.IMPORT,
        device=device,
        external_key=key,
        note=row.get("note") or "",
        created_by=actor,
        created_at=at,
        updated_at=at,
    )


def _refuse_future(moment: datetime, at: datetime) -> None:
    if moment > at + AHEAD:
        raise InvalidInput(_("This time is still to come."), field="punched_at")


def _tell(changed: Mapping[int, Mapping[int, Sequence[datetime]]]) -> None:
    """Let results of the days follow that were computed before the punches came."""
    for company, people in changed.items():
        days = [timezone.localtime(moment).date() for moments in people.values() for moment in moments]
        if days:
            events.publish(WorkingTimeChanged(company, tuple(sorted(people)), min(days), max(days)))
