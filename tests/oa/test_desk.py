"""The first page of who has no board: what waits for them, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone, translation

from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import submit_order
from hrm.attendance.choices import DayStatus
from hrm.org.default_roles import create_default_roles
from oa.notices.services import create_notice, publish_notice, read_notice
from suite.access.choices import UserKind
from suite.access.models import User
from suite.modules.services import disable_module
from tests.factories.activity import ReminderFactory
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_people import StaffTaskFactory
from tests.factories.hrm_time import AttendanceDayFactory, LeaveTypeFactory
from tests.factories.masters import PartyFactory
from tests.factories.oa_flows import FlowBindingFactory, asks, publish
from tests.oa.flows.test_running import order_worth

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]


@pytest.fixture
def worker() -> User:
    """Somebody with the role of an employee and no other."""
    user = UserFactory.create(full_name="杨海涛", language="zh-hans")
    EmployeeFactory.create(user=user, name="杨海涛")
    with translation.override("zh-hans"):
        user.groups.add(create_default_roles(actor=None, at=timezone.now())["employee"])
    return user


def desk_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.get("/").content.decode()


def test_an_employee_finds_the_ways_to_what_everybody_does(worker: User) -> None:
    text = desk_of(worker)

    assert "我的工作台</h1>" in text
    for way in ("/hrm/my-time/", "/hrm/leave-requests/new/", "/hrm/my-payslips/", "/hrm/me/", "/oa/requests/new/"):
        assert f'href="{way}"' in text
    assert "没有待处理的事项。" in text


def test_what_is_to_be_decided_and_what_was_asked_for(worker: User) -> None:
    now = timezone.now()
    decider = EmployeeFactory.create(user=UserFactory.create(full_name="赵德明", language="zh-hans")).user
    version = publish(asks("m", decider), name="采购审批")
    FlowBindingFactory.create(definition=version.definition, subject=ContentType.objects.get_for_model(PurchaseOrder))
    order = submit_order(order=order_worth("900.00", worker), actor=worker, at=now)

    asked, decides = desk_of(worker), desk_of(decider)

    assert order.number in asked
    assert "赵德明" in asked
    assert f"采购审批 · {worker.get_full_name()}" in decides
    assert order.number not in desk_of(EmployeeFactory.create(user=UserFactory.create(language="zh-hans")).user)


def test_notices_are_there_until_they_are_read(worker: User) -> None:
    now = timezone.now()
    boss = UserFactory.create(is_superuser=True)
    notice = create_notice(title="国庆放假安排", body="放假三天", for_everybody=True, actor=boss, at=now)
    notice = publish_notice(notice=notice, actor=boss, at=now)

    unread = desk_of(worker)
    read_notice(notice=notice, actor=worker, at=now)

    assert "国庆放假安排" in unread
    assert "国庆放假安排" not in desk_of(worker)


def test_own_days_tasks_leave_and_reminders(worker: User) -> None:
    person = worker.employee  # type: ignore[attr-defined]
    today = timezone.localdate()
    LeaveTypeFactory.create(name="年休假", needs_balance=True)
    for employee, back in ((person, 2), (person, 90), (EmployeeFactory.create(), 3)):
        AttendanceDayFactory.create(
            employee=employee,
            date=today - timedelta(days=back),
            statuses=[DayStatus.MISSING_PUNCH],
            has_exception=True,
        )
    StaffTaskFactory.create(title="交还门禁卡", assignee=worker, due_on=today - timedelta(days=1))
    StaffTaskFactory.create(title="别人的任务")
    ReminderFactory.create(owner=worker, note="联系供应商")

    text = desk_of(worker)

    assert text.count("缺卡") == 1
    assert "交还门禁卡" in text
    assert "年休假" in text
    assert "联系供应商" in text
    assert "别人的任务" not in text


def test_without_the_office_nothing_of_it_is_there(worker: User) -> None:
    disable_module(code="oa", reason="Test", actor=None, at=timezone.now())

    text = desk_of(worker)

    assert "我的工作台</h1>" in text
    assert "/oa/" not in text


def test_who_is_no_staff_has_no_desk() -> None:
    guest = UserFactory.create(kind=UserKind.PORTAL, party=PartyFactory.create(is_supplier=True), language="zh-hans")

    assert "我的工作台" not in desk_of(guest)
