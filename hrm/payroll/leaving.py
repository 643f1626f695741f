"""What somebody is paid at the end of employment 离职结算: read from their pay, and taken over into a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from hrm.payroll.choices import LOCKED_STATES, InputSource, ItemKind, ItemSource, LeavingReason, Taxation
from hrm.payroll.explain import ZERO, Step
from hrm.payroll.iit import brackets_of
from hrm.payroll.loading import load_statutes
from hrm.payroll.models import PayInput, PayItem, PayRun, Payslip, SalaryArchive, SocialEnrolment, SocialScheme
from hrm.payroll.parameters import Code, in_force
from hrm.payroll.severance import notice_pay, severance_pay, severance_tax, severance_years
from hrm.people.selectors import minimum_wage
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.masters.decimals import round_exact

MONTHS = 12
CENTS = 2
# 劳动合同法 46: when the employer pays compensation; 40: when a month's wage may stand for the notice.
COMPENSATED = frozenset(LeavingReason) - {LeavingReason.RESIGNED, LeavingReason.MISCONDUCT}
UNLAWFUL_MULTIPLE = 2


@dataclass(frozen=True)
class LeavingPay:
    """What is paid and withheld at the end of employment, each figure with its steps."""

    severance: Decimal
    notice: Decimal
    tax: Decimal
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Severance and wage in lieu of notice, before tax."""
        return self.severance + self.notice


def leaving_pay(*, employee: Employee, leave_date: date, reason: str, notice_days: int = 0) -> LeavingPay:
    """
    Return what somebody is paid when they leave on a day, by a fixed number of queries.

    Without lawful ground it is twice the severance (劳动合同法 87). Wages are those of locked runs.

    :param leave_date: last day of employment.
    :param notice_days: between written notice and the end.
    :raises InvalidInput: without a locked run of the year before, or a published average wage of the city.
    :raises NoStatute: when a parameter is not in force on the day.
    """
    if reason not in COMPENSATED:
        return LeavingPay(ZERO, ZERO, ZERO, ())
    statutes = load_statutes()
    average, previous = _wages(employee, leave_date)
    local = _local_average(employee, leave_date)
    rule = in_force(statutes, Code.SEVERANCE, leave_date)
    paid = severance_pay(
        years=severance_years(employee.hire_date, leave_date, rule),
        monthly_wage=average,
        local_average=local,
        minimum_wage=minimum_wage(employee.company_id, leave_date) or ZERO,
        rule=rule,
    )
    severance = paid.amount * (UNLAWFUL_MULTIPLE if reason == LeavingReason.UNLAWFUL else 1)
    notice = ZERO
    notice_steps: tuple[Step, ...] = ()
    if reason == LeavingReason.NOTICE:
        notice, notice_steps = notice_pay(
            previous, notice_days=notice_days, rule=in_force(statutes, Code.NOTICE, leave_date)
        )
    tax = severance_tax(
        severance + notice,
        local_annual_average=local * MONTHS,
        brackets=brackets_of(in_force(statutes, Code.IIT_ANNUAL, leave_date)),
        rule=in_force(statutes, Code.SEVERANCE_TAX, leave_date),
    )
    return LeavingPay(severance, notice, tax.tax, (*paid.explanation, *notice_steps, *tax.explanation))


@transaction.atomic
def take_severance(
    *,
    salaryarchive: SalaryArchive,
    leave_date: date,
    reason: str,
    item: PayItem,
    actor: User,
    at: datetime,
    notice_days: int = 0,
    tax_item: PayItem | None = None,
) -> SalaryArchive:
    """
    Enter what somebody is paid at the end of employment into the month in which they leave; again, it replaces that.

    :param item: an exempt earning of the pay group: its tax is counted apart from the wages.
    :param tax_item: a deduction of the pay group that takes the tax; needed where there is tax.
    :raises InvalidInput: for items that do not fit, or where nothing is paid.
    :raises WrongState: when the pay of that month is locked.
    """
    Employee.objects.select_for_update(of=("self",), no_key=True).get(pk=salaryarchive.employee_id)
    month = leave_date.replace(day=1)
    settled = PayRun.objects.filter(month=month, status__in=LOCKED_STATES, payslips__employee=salaryarchive.employee_id)
    if settled.exists():
        raise WrongState(_("The pay of %(month)s is locked already.") % {"month": f"{month:%Y-%m}"})
    found = leaving_pay(employee=salaryarchive.employee, leave_date=leave_date, reason=reason, notice_days=notice_days)
    if not found.total:
        raise InvalidInput(_("Nothing is paid for this reason."), field="reason")
    _check_item(salaryarchive, item, ItemKind.EARNING, Taxation.EXEMPT, "item")
    amounts = {item: found.total}
    if found.tax:
        if tax_item is None:
            raise InvalidInput(_("Choose the item that takes the tax."), field="tax_item")
        _check_item(salaryarchive, tax_item, ItemKind.DEDUCTION, Taxation.NONE, "tax_item")
        amounts[tax_item] = found.tax
    PayInput.objects.filter(employee=salaryarchive.employee_id, month=month, source=InputSource.SEVERANCE).delete()
    for each, amount in amounts.items():
        PayInput.objects.create(
            employee=salaryarchive.employee,
            item=each,
            month=month,
            source=InputSource.SEVERANCE,
            amount=amount,
            note=str(LeavingReason(reason).label),
        )
    return salaryarchive


def _check_item(archive: SalaryArchive, item: PayItem, kind: str, taxation: str, field: str) -> None:
    fits = (item.kind, item.taxation, item.source) == (kind, taxation, ItemSource.INPUT)
    if not fits or not archive.pay_group.items.filter(pk=item.pk, is_active=True).exists():
        raise InvalidInput(_("%(item)s is not such an item of the pay group.") % {"item": item}, field=field)


def _wages(employee: Employee, leave_date: date) -> tuple[Decimal, Decimal]:
    """The average of the twelve months before the end (实施条例 27), and the wage of the last of them (20)."""
    month = leave_date.replace(day=1)
    rows = Payslip.objects.filter(
        employee=employee, run__status__in=LOCKED_STATES, run__month__lt=month, run__month__gte=_year_before(month)
    )
    sums = rows.order_by("run__month").values("run__month").annotate(wage=Sum("gross")).values_list("wage", flat=True)
    wages: list[Decimal] = list(sums)
    if not wages:
        raise InvalidInput(_("No pay of the year before is locked: there is no average wage."), field="leave_date")
    return round_exact(sum(wages, ZERO) / len(wages), CENTS), wages[-1]


def _year_before(month: date) -> date:
    return month.replace(year=month.year - 1)


def _local_average(employee: Employee, day: date) -> Decimal:
    current = Q(valid_from__lte=day) & (Q(valid_to=None) | Q(valid_to__gte=day))
    enrolment = SocialEnrolment.objects.filter(current, employee=employee).first()
    scheme = None
    if enrolment is not None:
        scheme = SocialScheme.objects.filter(current, city=enrolment.city, household=enrolment.household).first()
    if scheme is None or scheme.average_wage is None:
        raise InvalidInput(
            _("Enter the published average wage in the insurance scheme of the person's city."), field="employee"
        )
    return scheme.average_wage
