"""Salary archives and insurance schemes with their lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from hrm.payroll.choices import LOCKED_STATES, ItemSource
from hrm.payroll.lines import Row, write_lines
from hrm.payroll.models import PayGroup, PayRun, SalaryArchive, SocialScheme, StatuteRow
from hrm.payroll.parameters import Code, in_force
from hrm.payroll.service_days import month_of
from hrm.payroll.social import Scheme, check_scheme
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState

ONE_DAY = timedelta(days=1)


@transaction.atomic
def create_archive(
    *,
    employee: Employee,
    pay_group: PayGroup,
    valid_from: date,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    valid_to: date | None = None,
    agreed_pay: Decimal | None = None,
    first_income_year: int | None = None,
    reason: str = "",
) -> SalaryArchive:
    """
    Say what somebody is paid from a day on; an archive without an end that began before ends the day before.

    :param lines: ``item`` and ``amount`` of each.
    :raises InvalidInput: for a pay group of another company, an item that has no monthly amount, or a day of a month
        whose pay is locked.
    :raises ValidationError: when another archive covers a part of the period.
    """
    _lock_person(employee.pk)
    _refuse_settled(employee.pk, valid_from, field="valid_from")
    if pay_group.company_id != employee.company_id:
        raise InvalidInput(_("The pay group belongs to another company."), field="pay_group")
    for earlier in SalaryArchive.objects.filter(employee=employee, valid_to=None, valid_from__lt=valid_from):
        earlier.valid_to = valid_from - ONE_DAY
        earlier.save(update_fields=["valid_to"])
    archive = SalaryArchive(
        employee=employee,
        pay_group=pay_group,
        valid_from=valid_from,
        valid_to=valid_to,
        agreed_pay=agreed_pay,
        first_income_year=first_income_year,
        reason=reason,
        created_at=at,
    )
    archive.full_clean()
    archive.save()
    _write_amounts(archive, lines)
    return archive


@transaction.atomic
def update_archive(
    *, salaryarchive: SalaryArchive, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> SalaryArchive:
    """
    Correct an archive that nobody was paid by yet; of another one only the end and the reason change.

    :raises WrongState: for other changes once a run with it was locked.
    :raises InvalidInput: as :func:`create_archive`; a day that comes or goes must not be of a locked month either.
    """
    _lock_person(salaryarchive.employee_id)
    archive = SalaryArchive.objects.lock(salaryarchive)
    before = dict(archive.amounts.values_list("item", "amount"))
    is_changed = before != {row["item"].pk: row["amount"] for row in lines} or any(
        getattr(archive, name) != value for name, value in changes.items() if name not in ("valid_to", "reason")
    )
    if is_changed and was_paid_by(archive):
        raise WrongState(_("Somebody was paid by this archive already. Adjust the salary from a later month on."))
    _refuse_settled_period(archive, changes)
    for name, value in changes.items():
        setattr(archive, name, value)
    if archive.pay_group.company_id != archive.employee.company_id:
        raise InvalidInput(_("The pay group belongs to another company."), field="pay_group")
    archive.full_clean()
    archive.save()
    _write_amounts(archive, lines)
    return archive


@transaction.atomic
def adjust_salary(
    *,
    salaryarchive: SalaryArchive,
    valid_from: date,
    amounts: dict[int, Decimal],
    reason: str,
    actor: User,
    at: datetime,
) -> SalaryArchive:
    """
    Change a salary from a day on: the archive ends, and a new one with these amounts begins.

    :param amounts: by the key of the item.
    :raises InvalidInput: when the day does not lie after the beginning of the archive.
    :raises WrongState: when the archive has an end already.
    """
    _lock_person(salaryarchive.employee_id)
    archive = SalaryArchive.objects.lock(salaryarchive)
    if archive.valid_to is not None:
        raise WrongState(_("This archive ended already; adjust the one after it."))
    if valid_from <= archive.valid_from:
        raise InvalidInput(_("The new salary begins after the present one."), field="valid_from")
    items = archive.pay_group.items.in_bulk(list(amounts))
    return create_archive(
        employee=archive.employee,
        pay_group=archive.pay_group,
        valid_from=valid_from,
        agreed_pay=archive.agreed_pay,
        first_income_year=archive.first_income_year,
        reason=reason,
        lines=[{"item": items[pk], "amount": amount} for pk, amount in amounts.items() if pk in items],
        actor=actor,
        at=at,
    )


def _lock_person(employee_pk: int) -> None:
    """Lock the person before their archives: two archives at once, or a run that is being locked, see each other."""
    Employee.objects.select_for_update(of=("self",), no_key=True).get(pk=employee_pk)


def _refuse_settled_period(archive: SalaryArchive, changes: Mapping[str, Any]) -> None:
    begin, end = changes.get("valid_from", archive.valid_from), changes.get("valid_to", archive.valid_to)
    person = changes.get("employee", archive.employee).pk
    if begin != archive.valid_from or person != archive.employee_id:
        _refuse_settled(person, min(begin, archive.valid_from), field="valid_from")
    if end != archive.valid_to:
        first = min(day for day in (end, archive.valid_to) if day is not None) + ONE_DAY
        _refuse_settled(archive.employee_id, first, field="valid_to")


def _refuse_settled(employee_pk: int, first: date, *, field: str) -> None:
    """
    Refuse to change what somebody is paid by on a day of a month that is settled, or before.

    :param first: the first day that changes.
    :raises InvalidInput: then.
    """
    settled = PayRun.objects.filter(status__in=LOCKED_STATES, payslips__employee=employee_pk)
    month = settled.order_by("-month").values_list("month", flat=True).first()
    if month is not None and first <= month_of(month)[1]:
        raise InvalidInput(
            _("The pay of %(month)s is locked. Let the change begin after %(last)s.")
            % {"month": f"{month:%Y-%m}", "last": month_of(month)[1].isoformat()},
            field=field,
        )


def was_paid_by(archive: SalaryArchive) -> bool:
    """Whether a locked run paid somebody by an archive."""
    runs = PayRun.objects.filter(
        status__in=LOCKED_STATES,
        month__gte=archive.valid_from.replace(day=1),
        payslips__employee=archive.employee_id,
        pay_group=archive.pay_group_id,
    )
    if archive.valid_to is not None:
        runs = runs.filter(month__lte=archive.valid_to)
    return runs.exists()


@transaction.atomic
def create_scheme(*, lines: Sequence[Row], actor: User, at: datetime, **values: Any) -> SocialScheme:
    """
    Enter what a city asks for from a day on.

    :param lines: the projects.
    :raises InvalidFigure: for a project that the law does not allow so.
    """
    scheme = SocialScheme(created_at=at, **values)
    scheme.full_clean()
    scheme.save()
    return _write_projects(scheme, lines)


@transaction.atomic
def update_scheme(
    *, socialscheme: SocialScheme, lines: Sequence[Row], actor: User, at: datetime, **changes: Any
) -> SocialScheme:
    """
    Correct a scheme; locked runs stay as they are.

    :raises InvalidFigure: for a project that the law does not allow so.
    """
    scheme = SocialScheme.objects.lock(socialscheme)
    for name, value in changes.items():
        setattr(scheme, name, value)
    scheme.full_clean()
    scheme.save()
    return _write_projects(scheme, lines)


def _write_amounts(archive: SalaryArchive, lines: Sequence[Row]) -> None:
    for row in lines:
        if row["item"].source != ItemSource.ARCHIVE:
            raise InvalidInput(_("%(item)s has no amount in the archive.") % {"item": row["item"]})
    write_lines(archive, "amounts", lines, key="item")


def _write_projects(scheme: SocialScheme, lines: Sequence[Row]) -> SocialScheme:
    written = write_lines(scheme, "lines", lines, key="project")
    fund = [row.as_statute() for row in StatuteRow.objects.filter(code=Code.FUND.value)]
    rule = in_force(fund, Code.FUND, scheme.valid_from)
    check_scheme(Scheme(str(scheme), tuple(line.as_rate() for line in written)), rule)
    return scheme
