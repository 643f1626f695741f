"""My profile on a phone: nothing stands out of the page, and a masked number is shown to its owner only when asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from hrm.org.default_roles import create_default_roles
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import AssetLoanFactory, CertificateFactory, LaborContractFactory, StaffTaskFactory
from tests.factories.hrm_talent import SkillHoldingFactory
from tests.factories.hrm_time import LeaveEntryFactory, LeaveTypeFactory
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
ID_NUMBER = "11010519491231002X"


def test_the_own_record_on_a_phone(transactional_db: None, page: Page) -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    user = UserFactory(full_name="陈立", language="zh-hans")
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["salesperson"])
    department = DepartmentFactory(name="华南销售部")
    person = EmployeeFactory(
        name="陈立",
        department=department,
        position=PositionFactory(name="高级销售代表"),
        manager=EmployeeFactory(name="王经理", department=department),
        user=user,
        phone="13800001111",
        id_number=ID_NUMBER,
        bank_account="6222020200112233",
    )
    today = timezone.localdate()
    LaborContractFactory(employee=person)
    CertificateFactory(employee=person, name="低压电工作业证", valid_to=today + timedelta(days=10))
    SkillHoldingFactory(employee=person, skill__name="SMT 操作")
    AssetLoanFactory(employee=person, name="笔记本电脑")
    StaffTaskFactory(employee=person, assignee=user, title="交还门禁卡")
    LeaveEntryFactory(employee=person, leave_type=LeaveTypeFactory(name="年休假", needs_balance=True), hours=40)
    sign_in(page, user)
    page.set_viewport_size(PHONE)

    page.goto("/hrm/me/")

    assert_fits(page)
    expect(page.locator("#own-id_number")).not_to_contain_text(ID_NUMBER)
    page.locator("#own-id_number button").click()
    expect(page.locator("#own-id_number")).to_have_text(ID_NUMBER)
    expect(page.locator("#own-bank_account")).to_contain_text("2233")
    assert_fits(page)
