"""
A pay run of 500 and of 5,000 people: calculated, and locked.

Everybody has a salary archive of three items, an entry of the month, insurance with five projects and one special
deduction; two items are formulas. Printed are people a second and statements, which must not grow with people.

    python -m benchmarks.payroll [people …]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django

SIZES = (500, 5_000)
HIRED = date(2024, 1, 1)
ITEMS: tuple[dict[str, Any], ...] = (
    {"code": "BASE", "is_overtime_base": True},
    {"code": "POST", "is_overtime_base": True},
    {"code": "ALLOWANCE"},
    {"code": "PERFORMANCE", "source": "INPUT"},
    {"code": "OVERTIME", "source": "OVERTIME"},
    {"code": "SENIORITY", "source": "FORMULA", "formula": "50 * min(SERVICE_YEARS, 10) * SERVICE_SHARE"},
    {
        "code": "ABSENCE",
        "source": "FORMULA",
        "formula": "-MONTHLY_WAGE / PAY_DAYS * (ABSENT_DAYS + UNPAID_LEAVE_DAYS)",
    },
)
PROJECTS = {
    "PENSION": (16, 8),
    "MEDICAL": (10, 2),
    "UNEMPLOYMENT": (Decimal("0.5"), Decimal("0.5")),
    "INJURY": (Decimal("0.2"), 0),
    "HOUSING_FUND": (7, 7),
}


class Payroll:
    """A company with so many people, and what is done for them."""

    def __init__(self, people: int) -> None:
        from django.utils import timezone

        from hrm.payroll.backfill import prepare_payroll
        from hrm.payroll.models import PayGroup, PayItem
        from suite.access.models import User
        from suite.masters.models import Company, Currency
        from suite.modules import state
        from suite.modules.models import ModuleState

        ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
        state.forget()
        self.at: datetime = timezone.now()
        self.actor = User.objects.create_superuser(f"bench-pay-{people}", "bench@example.com", full_name="基准")
        code = f"PAY{people}"
        self.company = Company.objects.create(code=code, name=code, base_currency=Currency.objects.get(code="CNY"))
        self.group = PayGroup.objects.create(company=self.company, code=code, name=code)
        prepare_payroll(actor=None, at=self.at)
        items = [
            PayItem.objects.update_or_create(code=row["code"], defaults={"name": row["code"], "formula": "", **row})[0]
            for row in ITEMS
        ]
        self.group.items.set(items)
        self._hire(people, {item.code: item for item in items})

    def _hire(self, people: int, items: dict[str, Any]) -> None:
        from hrm.org.models import Employee
        from hrm.payroll.models import PayInput, SalaryArchive, SalaryArchiveItem, SocialEnrolment
        from hrm.payroll.models import SpecialDeductionClaim as Claim
        from suite.core.bulk import copy_rows

        self._insure()
        staff = copy_rows(
            Employee(company=self.company, number=f"{n:05}", name=f"员工{n}", hire_date=HIRED) for n in range(people)
        )
        archives = copy_rows(SalaryArchive(employee=e, pay_group=self.group, valid_from=HIRED) for e in staff)
        copy_rows(
            SalaryArchiveItem(archive=archive, item=items[code], amount=Decimal(2000 + n % 9000))
            for n, archive in enumerate(archives)
            for code in ("BASE", "POST", "ALLOWANCE")
        )
        copy_rows(
            SocialEnrolment(employee=e, city="基准", social_wage=wage, fund_wage=wage, valid_from=HIRED)
            for n, e in enumerate(staff)
            for wage in [Decimal(6000 + n % 9000)]
        )
        copy_rows(Claim(employee=e, kind="EDUCATION", valid_from=HIRED) for e in staff)
        for month in range(1, 13):
            copy_rows(
                PayInput(employee=e, item=items["PERFORMANCE"], month=date(2026, month, 1), amount=Decimal(n % 900))
                for n, e in enumerate(staff)
            )

    def _insure(self) -> None:
        from hrm.payroll.models import SocialScheme, SocialSchemeLine

        scheme, is_new = SocialScheme.objects.get_or_create(city="基准", valid_from=HIRED)
        if is_new:
            for project, (employer, employee) in PROJECTS.items():
                SocialSchemeLine.objects.create(
                    scheme=scheme, project=project, employer_rate=employer, employee_rate=employee
                )

    def open(self, month: int) -> Any:
        """Open the run of a month, paid within it."""
        from hrm.payroll.services import create_run

        return create_run(
            pay_group=self.group,
            month=date(2026, month, 1),
            pay_date=date(2026, month, 28),
            actor=self.actor,
            at=self.at,
        )


def timed(work: Callable[[], Any]) -> tuple[float, int]:
    """Seconds and statements of some work."""
    from django.db import connection

    statements = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    start = time.perf_counter()
    with connection.execute_wrapper(counted):
        work()
    return time.perf_counter() - start, statements


def measure(people: int) -> None:
    """Print people a second and statements of calculating and locking a run."""
    from hrm.payroll.services import calculate_run, submit_run

    payroll = Payroll(people)
    # The first month is not counted: caches are cold, and there is no year to continue.
    for month in (1, 2):
        run = payroll.open(month)
        common = {"payrun": run, "actor": payroll.actor, "at": payroll.at}
        calculated = timed(lambda common=common: calculate_run(**common))
        locked = timed(lambda common=common: submit_run(**common))
    run.refresh_from_db()
    if run.people != people or run.status != "LOCKED":
        raise RuntimeError(f"{run.people} people, {run.status}")
    for name, (seconds, statements) in (("calculate", calculated), ("lock", locked)):
        sys.stdout.write(f"  {people:>6} people {name:<10}{people / seconds:>9.0f} people/s {statements:>5} stmts\n")


def main(*sizes: int) -> None:
    """Print the figures."""
    sys.stdout.write("payroll: 7 items, 5 projects and one special deduction each\n")
    for people in sizes or SIZES:
        measure(people)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_payroll"):
        main(*(int(argument) for argument in sys.argv[1:]))
