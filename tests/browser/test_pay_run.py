"""
A month from the file of the clocks to the bank, in one sitting: import, attendance, calculation, comparison, lock.

Sixty people by default; PAY_RUN_PEOPLE=500 walks the same way with a month of 22,000 punches. PAY_RUN_SHOTS names a
folder for pictures and times of each step.
"""

from __future__ import annotations

import csv
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation
from playwright.sync_api import Page, expect
from python_calamine import CalamineWorkbook

from hrm.attendance.models import AttendanceDay, Punch, ScheduleMember, WorkSchedule
from hrm.calendar.selectors import day_kinds
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.payroll import services as payroll
from hrm.payroll.choices import RunStatus
from hrm.payroll.models import (
    PayGroup,
    PayItem,
    PayRun,
    PayslipConfirmation,
    PayslipLine,
    SalaryArchive,
    SalaryArchiveItem,
    SocialEnrolment,
)
from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.modules.services import enable_module
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.hrm_payroll import SocialSchemeFactory, SocialSchemeLineFactory
from tests.factories.hrm_time import ShiftFactory, WorkScheduleFactory
from tests.factories.masters import CompanyFactory
from tests.kit.browser import sign_in
from tests.kit.worker import Worker, worker  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
PEOPLE = int(os.environ.get("PAY_RUN_PEOPLE", "60"))
SHOTS = os.environ.get("PAY_RUN_SHOTS", "")
# Long enough for the largest step with 500 people on a slow machine.
PATIENCE = 300_000
HIRED = date(2024, 1, 1)
FEBRUARY, MARCH = date(2026, 2, 1), date(2026, 3, 1)
LAST = date(2026, 3, 31)
CITY = "深圳"


class Office:
    """A company whose people work from nine to six, and whose February is paid."""

    def __init__(self) -> None:
        with translation.override("zh-hans"):
            enable_module(code="hrm", actor=None, at=timezone.now())
            self.roles = create_default_roles(actor=None, at=timezone.now())
        self.company = CompanyFactory(is_default=True)
        self.department = DepartmentFactory(company=self.company, name="生产部")
        self.officer, self.boss = self._account("何晓雯", "hr"), self._account("林总", "boss")
        self.cashier = self._account("何会计", "finance")
        self.days = [day for day, kind in day_kinds(MARCH, LAST).items() if kind == "WORKDAY"]
        self.people = self._hire()
        self._pay()
        self._schedule()
        self._pay_february()

    def _account(self, name: str, role: str) -> User:
        user: User = UserFactory(full_name=name, language="zh-hans")
        user.groups.add(self.roles[role])
        return user

    def _hire(self) -> list[Employee]:
        people = copy_rows(
            Employee(
                company=self.company,
                department=self.department,
                number=f"Y{n:04}",
                name=f"员工{n:04}",
                hire_date=HIRED,
                bank_account=f"6222020200{n:09}",
            )
            for n in range(PEOPLE)
        )
        with connection.cursor() as cursor:
            cursor.execute("UPDATE hrm_employee SET status = 'REGULAR'")
        return list(Employee.objects.filter(pk__in=[each.pk for each in people]).order_by("number"))

    def _pay(self) -> None:
        items = {each.code: each for each in PayItem.objects.all()}
        self.group = PayGroup.objects.create(company=self.company, code="G1", name="生产人员")
        self.group.items.set(items.values())
        archives = copy_rows(SalaryArchive(employee=e, pay_group=self.group, valid_from=HIRED) for e in self.people)
        copy_rows(
            SalaryArchiveItem(archive=archive, item=items[code], amount=amount)
            for n, archive in enumerate(archives)
            for code, amount in (("BASE", D(5000 + n)), ("POST", D(1000)))
        )
        scheme = SocialSchemeFactory(city=CITY)
        SocialSchemeLineFactory(scheme=scheme)
        copy_rows(SocialEnrolment(employee=e, city=CITY, social_wage=D(6000), valid_from=HIRED) for e in self.people)

    def _schedule(self) -> None:
        schedule: WorkSchedule = WorkScheduleFactory(
            company=self.company, name="白班", default_shift=ShiftFactory(company=self.company, name="白班")
        )
        copy_rows(ScheduleMember(employee=e, schedule=schedule, valid_from=MARCH) for e in self.people)

    def _pay_february(self) -> None:
        root = UserFactory(is_superuser=True)
        now = timezone.now()
        run = payroll.create_run(pay_group=self.group, month=FEBRUARY, actor=root, at=now)
        payroll.calculate_run(payrun=run, actor=root, at=now)
        payroll.submit_run(payrun=run, actor=root, at=now)

    def punches(self, target: Path) -> int:
        """
        Write the file of the clocks; return its rows.

        The first person comes 20 minutes late on the first day, the second does not punch out on it, and the third is
        not there at all.
        """
        rows = []
        for n, person in enumerate(self.people):
            for day in self.days:
                is_first = day == self.days[0]
                if n == 2 and is_first:
                    continue
                rows.append([person.number, f"{day} {'09:20:00' if n == 0 and is_first else '08:55:00'}", "A1"])
                if not (n == 1 and is_first):
                    rows.append([person.number, f"{day} 18:05:00", "A1"])
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows([["工号", "打卡时间", "设备"], *rows])
        return len(rows)


class Sitting:
    """One person before the screen, step by step."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step with its time, and a picture of its end."""
        begin = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - begin
        if SHOTS:
            number = len(self.seconds)
            self.page.screenshot(path=Path(SHOTS) / f"{number:02}-{name}.png", full_page=False)
            with (Path(SHOTS) / "times.txt").open("a", encoding="utf-8") as file:
                file.write(f"{PEOPLE} {name}: {self.seconds[name]:.1f} s\n")

    def action(self, name: str) -> None:
        """Press a button of a document, wherever it stands."""
        button = self.page.get_by_role("button", name=name, exact=True)
        if not button.first.is_visible():
            self.page.locator(".dochead [data-bs-toggle='dropdown']").last.click()
        button.first.click()

    def finish_job(self) -> None:
        """Wait on the page of a job for its end, and go on to the result."""
        done = self.page.get_by_role("link", name="查看结果")
        expect(done).to_be_visible(timeout=PATIENCE)
        done.click()


def figures(run: PayRun) -> list[tuple[Any, ...]]:
    """All that a run pays, line by line."""
    lines = PayslipLine.objects.filter(payslip__run=run).order_by("payslip__employee", "position")
    return list(lines.values_list("payslip__employee", "item__code", "amount", "payslip__tax", "payslip__net"))


def import_punches(sitting: Sitting, file: Path, rows: int, worker: Worker) -> None:  # noqa: F811
    page = sitting.page
    with sitting.step("upload"):
        page.goto("/hrm/punches/import/")
        with worker.paused():
            page.set_input_files("input[name=file]", file)
            page.get_by_role("button", name="上传并检查").click()
            expect(page.locator("#import-progress progress")).to_be_visible()
        expect(page.get_by_role("button", name=re.compile(rf"导入\s*{rows}"))).to_be_visible(timeout=PATIENCE)
    with sitting.step("import"):
        page.get_by_role("button", name=re.compile(rf"导入\s*{rows}")).click()
        expect(page.get_by_role("link", name="导入另一个文件")).to_be_visible(timeout=PATIENCE)
    assert Punch.objects.count() == rows


def compute_attendance(sitting: Sitting, worker: Worker) -> None:  # noqa: F811
    page = sitting.page
    with sitting.step("attendance"):
        page.goto("/hrm/attendance-month/?month=2026-03")
        with worker.paused():
            page.get_by_role("button", name="计算考勤").click()
            expect(page.locator("#job progress")).to_be_visible()
        sitting.finish_job()
        expect(page.locator(".days-table tbody tr")).to_have_count(min(PEOPLE, 50))


def decide_exceptions(sitting: Sitting, people: list[Employee]) -> None:
    """Nobody punched the second person out: they were there; the third one was absent."""
    page = sitting.page
    with sitting.step("exceptions"):
        for day in AttendanceDay.objects.filter(has_exception=True).order_by("employee"):
            page.goto(day.get_absolute_url())
            page.get_by_role("link", name="处理").first.click()
            page.select_option("select[name=resolution]", "WORKED" if day.employee_id == people[1].pk else "ABSENT")
            page.fill("input[name=note]", "班长证实")
            page.locator("form button[type=submit].btn-primary").click()
            expect(page.get_by_text("已完成：处理。")).to_be_visible()
    assert not AttendanceDay.objects.filter(has_exception=True).exists()


def calculate(sitting: Sitting, name: str, url: str, worker: Worker) -> None:  # noqa: F811
    """Calculate a run, see its job at work, and come back."""
    page = sitting.page
    with sitting.step(name):
        page.goto(url)
        with worker.paused():
            sitting.action("计算")
            page.locator("main a[href*='/jobs/']").first.click()
            expect(page.locator("#job progress")).to_be_visible()
        sitting.finish_job()
        expect(page).to_have_url(re.compile(url))


@pytest.fixture
def office(transactional_db: None) -> Office:
    return Office()


def test_a_month_from_the_clocks_to_the_bank(office: Office, page: Page, tmp_path: Path, worker: Worker) -> None:  # noqa: F811
    sitting = Sitting(page)
    rows = office.punches(tmp_path / "打卡.csv")
    sign_in(page, office.officer)

    import_punches(sitting, tmp_path / "打卡.csv", rows, worker)
    compute_attendance(sitting, worker)
    decide_exceptions(sitting, office.people)

    with sitting.step("open"):
        pages = pageset_of(PayRun)
        assert pages is not None
        page.goto(f"{pages.url('create')}?pay_group={office.group.pk}")
        page.fill("input[name=month]", "2026-03-01")
        page.locator("form button[type=submit].btn-primary").click()
        expect(page.locator("h1")).to_contain_text("2026-03")
    run = PayRun.objects.get(month=MARCH)
    calculate(sitting, "calculate", run.get_absolute_url(), worker)
    first = figures(run)
    calculate(sitting, "calculate-again", run.get_absolute_url(), worker)
    assert figures(run) == first
    assert len({row[0] for row in first}) == PEOPLE

    with sitting.step("comparison"):
        page.get_by_role("link", name="薪资比较").click()
        # Who was absent for a day is paid less than in February.
        expect(page.locator("table")).to_contain_text("缺勤扣款")
    with sitting.step("submit"):
        page.goto(run.get_absolute_url())
        sitting.action("提交")
        expect(page.locator(".thread .now")).to_contain_text("审批中")
    sign_in(page, office.boss)
    with sitting.step("lock"):
        page.goto(run.get_absolute_url())
        sitting.action("审批并锁定")
        page.locator("#ask [value='yes']").click()
        expect(page.locator(".thread .now")).to_contain_text("已锁定", timeout=PATIENCE)
    assert figures(run) == first
    assert AttendanceDay.objects.filter(is_locked=False).count() == 0

    sign_in(page, office.officer)
    with sitting.step("payslips"):
        page.goto(run.get_absolute_url())
        sitting.action("发布工资条")
        expect(page.get_by_text("已完成：发布工资条。")).to_be_visible(timeout=PATIENCE)
        page.goto(f"/hrm/payslips/?run={run.pk}")
    assert PayslipConfirmation.objects.filter(payslip__run=run).count() == PEOPLE

    sign_in(page, office.cashier)
    with sitting.step("bank"):
        page.goto(run.get_absolute_url())
        with page.expect_download() as started:
            page.get_by_role("link", name="银行代发文件").click()
        sitting.action("标记已发放")
        expect(page.locator(".thread .now")).to_contain_text("已发放")
    table = [list(row) for row in CalamineWorkbook.from_path(started.value.path()).get_sheet_by_index(0).to_python()]
    assert len(table) == PEOPLE + 1
    run.refresh_from_db()
    assert (run.status, run.people) == (RunStatus.PAID, PEOPLE)
    assert sum(D(str(row[3])).quantize(D("0.01")) for row in table[1:]) == run.net_total
