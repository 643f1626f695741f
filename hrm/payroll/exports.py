"""Files of a pay run: for the bank, the tax office, and social insurance."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.payroll.choices import LOCKED_STATES
from hrm.payroll.explain import ZERO
from hrm.payroll.models import PayRun, Payslip
from hrm.payroll.social import Project
from hrm.payroll.wording import subject
from suite.access import audit
from suite.access.choices import AuditKind
from suite.access.models import User
from suite.core.errors import DomainError, WrongState
from suite.core.text import listed
from suite.pages.exchange.writing import write

CHUNK = 1000
OWN_PROJECTS = (Project.PENSION, Project.MEDICAL, Project.UNEMPLOYMENT, Project.HOUSING_FUND)
Table = Iterator[list[Any]]


class NoAccount(DomainError):
    """People who are paid have no bank account."""

    code = "no-bank-account"


@dataclass(frozen=True)
class RunFile:
    """
    A file that can be made of a run.

    :param permission: action part of the permission that it needs.
    """

    title: Any
    permission: str
    table: Callable[[PayRun], Table]


def bank_table(run: PayRun) -> Table:
    """
    Yield what the bank needs to pay each person.

    :raises NoAccount: naming people without an account.
    """
    slips = list(_slips(run).filter(net__gt=0))
    missing = [slip.employee for slip in slips if not slip.employee.bank_account]
    if missing:
        raise NoAccount(_("These people have no bank account: %(people)s.") % {"people": listed(missing)})
    yield [_("#"), _("full name"), _("bank account"), _("amount"), _("purpose")]
    purpose = _("Wages %(month)s") % {"month": run.month.strftime("%Y-%m")}
    for number, slip in enumerate(slips, start=1):
        yield [number, slip.employee.name, str(slip.employee.bank_account), slip.net, purpose]


def tax_table(run: PayRun) -> Table:
    """Yield the withholding declaration of wages 个人所得税扣缴申报表: this payment, and the year to date."""
    yield [
        _("employee number"),
        _("full name"),
        _("ID card number"),
        _("wages of this payment"),
        _("exempt income of this payment"),
        *(_("%(project)s of this payment") % {"project": subject(each)} for each in OWN_PROJECTS),
        _("wages to date"),
        _("exempt income to date"),
        _("basic deduction to date"),
        _("insurance and fund to date"),
        _("special additional deductions to date"),
        _("other deductions by law to date"),
        _("taxable to date"),
        _("tax to date"),
        _("tax withheld before"),
        _("tax of this payment"),
        _("annual bonus"),
        _("tax on the annual bonus"),
    ]
    for slip in _slips(run).iterator(chunk_size=CHUNK):
        yield _tax_row(slip)


def _tax_row(slip: Payslip) -> list[Any]:
    snapshot = slip.tax_snapshot
    before, after = ({k: Decimal(v) for k, v in snapshot[name].items()} for name in ("before", "after"))
    parts = {each["project"]: Decimal(each["employee"]) for each in slip.contributions}
    taxable = after["income"] - sum(after[name] for name in ("exempt", "basic", "social", "special", "other"))
    return [
        slip.employee.number,
        slip.employee.name,
        str(slip.employee.id_number),
        after["income"] - before["income"],
        slip.exempt,
        *(parts.get(project.value, ZERO) for project in OWN_PROJECTS),
        *(after[name] for name in ("income", "exempt", "basic", "social", "special", "other")),
        taxable,
        after["withheld"],
        before["withheld"],
        Decimal(snapshot["wage_tax"]),
        slip.bonus,
        Decimal(snapshot["bonus_tax"]),
    ]


def social_table(run: PayRun) -> Table:
    """Yield what is paid for each person and project of social insurance and housing fund."""
    heads = (
        gettext_lazy("%(project)s base"),
        gettext_lazy("%(project)s employer"),
        gettext_lazy("%(project)s employee"),
    )
    yield [
        _("employee number"),
        _("full name"),
        _("ID card number"),
        *(head % {"project": subject(project)} for project in Project for head in heads),
        _("employer together"),
        _("employee together"),
    ]
    for slip in _slips(run).iterator(chunk_size=CHUNK):
        parts: Mapping[str, Any] = {each["project"]: each for each in slip.contributions}
        cells = [
            Decimal(parts[project.value][name]) if project.value in parts else ZERO
            for project in Project
            for name in ("base", "employer", "employee")
        ]
        employee = slip.employee
        yield [employee.number, employee.name, str(employee.id_number), *cells, slip.employer_social, slip.social]


FILES: Mapping[str, RunFile] = {
    "bank": RunFile(gettext_lazy("Bank file"), "export_bank", bank_table),
    "tax": RunFile(gettext_lazy("Wage tax declaration"), "export_report", tax_table),
    "insurance": RunFile(gettext_lazy("Social insurance list"), "export_report", social_table),
}


def write_file(
    target: IO[bytes],
    *,
    run: PayRun,
    name: str,
    file_format: str,
    actor: User,
    at: datetime,
    request: HttpRequest | None = None,
) -> int:
    """
    Write one of the files of a locked run and put into the audit who took it; return the number of people.

    :raises WrongState: before the run is locked.
    :raises NoAccount: when somebody cannot be paid by the bank.
    """
    if run.status not in LOCKED_STATES:
        raise WrongState(_("Lock the run first: its figures may still change."))
    found = FILES[name]
    count = write(target, found.table(run), file_format=file_format, sheet=str(found.title))
    details = {"format": file_format, "count": count, "file": name}
    audit.record(AuditKind.EXPORT, actor=actor, at=at, subject=str(run), request=request, details=details)
    return count


def _slips(run: PayRun) -> QuerySet[Payslip]:
    return run.payslips.select_related("employee").order_by("employee__number", "pk")
