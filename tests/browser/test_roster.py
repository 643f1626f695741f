"""The roster in the browser: a shift is set by click, by key and by dragging; my time punches on a phone."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from hrm.attendance.models import Punch, RosterDay, Shift
from hrm.calendar.services import seed_year
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import ScheduleMemberFactory, WorkScheduleFactory
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(transactional_db: None) -> User:
    """An HR officer with a department of three, who work nine to six in 2026."""
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    seed_year(year=2026, actor=None, at=timezone.now())
    user = UserFactory(full_name="何晓雯")
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["hr"])
    department = DepartmentFactory(name="人事部")
    schedule = WorkScheduleFactory(company=department.company, default_shift__code="白", name="办公室")
    for name in ("何晓雯", "陈立", "赵敏"):
        person = EmployeeFactory(name=name, department=department, user=user if name == "何晓雯" else None)
        ScheduleMemberFactory(employee=person, schedule=schedule)
    return user


def test_a_shift_is_set_by_click_by_key_and_by_dragging(officer: User, page: Page) -> None:
    night = Shift.objects.create(company=Shift.objects.get().company, code="夜", name="夜班")
    sign_in(page, officer)
    page.goto("/hrm/roster-grid/?month=2026-03")
    row = page.locator("tr", has_text="陈立")
    cell = row.locator("button[data-date='2026-03-03']")

    page.locator(f"[data-what='{night.pk}'] input").check()
    cell.click()
    expect(cell).to_have_text("夜")
    cell.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(row.locator("button[data-date='2026-03-04']")).to_have_text("夜")
    page.locator("[data-what='off']").drag_to(row.locator("button[data-date='2026-03-05']"))
    expect(row.locator("button[data-date='2026-03-05']")).to_have_text("–")

    planned = list(RosterDay.objects.order_by("date").values_list("date", "shift"))
    assert planned == [(date(2026, 3, 3), night.pk), (date(2026, 3, 4), night.pk), (date(2026, 3, 5), None)]


def test_a_phone_punches_and_nothing_stands_out_of_the_page(officer: User, page: Page) -> None:
    page.set_viewport_size(PHONE)
    sign_in(page, officer)
    page.goto("/hrm/my-time/")

    page.locator("form[action$='/my-time/punch/'] button").click()

    expect(page.locator(".punch-list li")).to_have_count(1)
    assert Punch.objects.get().employee.name == "何晓雯"
    for path in ("my-time/", "roster-grid/?month=2026-03", "team-calendar/?month=2026-03", "calendar/?year=2026"):
        page.goto(f"/hrm/{path}")
        assert_fits(page)
