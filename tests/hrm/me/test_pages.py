"""My profile: everybody sees their own record and no other, and tells HR what is wrong in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hrm.me.selectors import masked
from hrm.me.services import ask_for_correction
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, NotAllowed
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import AssetLoanFactory, CertificateFactory, LaborContractFactory, StaffTaskFactory
from tests.factories.hrm_talent import SkillHoldingFactory, TrainingEnrolmentFactory
from tests.factories.hrm_time import LeaveEntryFactory, LeaveTypeFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ID_NUMBER, ACCOUNT = "11010519491231002X", "6222020200112233"


@pytest.fixture(autouse=True)
def personnel_on() -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def person() -> Employee:
    """A salesperson with a manager, an ID number and a bank account."""
    roles = create_default_roles(actor=None, at=AT)
    user = UserFactory(full_name="陈立")
    user.groups.add(roles["salesperson"])
    officer = UserFactory(full_name="何晓雯")
    officer.groups.add(roles["hr"])
    department = DepartmentFactory(name="销售部")
    employee: Employee = EmployeeFactory(
        name="陈立",
        number="S017",
        department=department,
        position=PositionFactory(name="销售代表"),
        manager=EmployeeFactory(name="王经理", department=department),
        user=user,
        phone="13800001111",
        id_number=ID_NUMBER,
        bank_account=ACCOUNT,
    )
    return employee


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def page_of(person: Employee) -> str:
    assert person.user is not None
    response = client_of(person.user).get("/hrm/me/")
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_shows_the_own_record_and_what_hangs_on_it(person: Employee) -> None:
    today = timezone.localdate()
    LaborContractFactory(employee=person, number="LC-2024-0001")
    CertificateFactory(employee=person, name="电工证", valid_to=today + timedelta(days=10))
    CertificateFactory(employee=person, name="叉车证", valid_to=today - timedelta(days=1))
    SkillHoldingFactory(employee=person, skill__name="SMT 操作", valid_from=date(2025, 1, 1))
    TrainingEnrolmentFactory(employee=person, session__course__name="安全培训")
    AssetLoanFactory(employee=person, name="笔记本电脑")
    StaffTaskFactory(employee=person, assignee=person.user, title="交还门禁卡")
    kind = LeaveTypeFactory(name="调休假", needs_balance=True)
    LeaveEntryFactory(employee=person, leave_type=kind, hours=12, on=date(2026, 1, 1), expires_on=None)

    found = page_of(person)

    for text in ("S017", "销售部", "销售代表", "王经理", "13800001111", "LC-2024-0001", "电工证", "叉车证"):
        assert text in found
    for text in ("SMT 操作", "安全培训", "笔记本电脑", "交还门禁卡", "调休假", "1.5"):
        assert text in found
    assert 'href="/hrm/my-time/"' in found
    assert 'href="/hrm/my-payslips/"' in found


def test_nothing_of_others_is_shown(person: Employee) -> None:
    other = EmployeeFactory(name="赵敏", id_number="", user=UserFactory())
    CertificateFactory(employee=other, name="焊工证")
    LaborContractFactory(employee=other, number="LC-OTHER")
    AssetLoanFactory(employee=other, name="测试仪")
    StaffTaskFactory(employee=other, assignee=other.user, title="别人的事")

    found = page_of(person)

    for text in ("赵敏", "焊工证", "LC-OTHER", "测试仪", "别人的事"):
        assert text not in found


def test_numbers_are_masked_until_their_owner_asks(person: Employee) -> None:
    found = page_of(person)
    client = client_of(person.user)

    response = client.post("/hrm/me/reveal/id_number/")

    assert (ID_NUMBER in found, ACCOUNT in found) == (False, False)
    assert "••••002X" in found
    assert ID_NUMBER in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    assert ACCOUNT in client.post("/hrm/me/reveal/bank_account/").content.decode()
    assert client.post("/hrm/me/reveal/birth_date/").status_code == 404
    assert client.get("/hrm/me/reveal/id_number/").status_code == 405


def test_somebody_else_reveals_only_their_own(person: Employee) -> None:
    other = EmployeeFactory(user=UserFactory(), id_number="")

    response = client_of(other.user).post("/hrm/me/reveal/id_number/")

    assert ID_NUMBER not in response.content.decode()


@pytest.mark.parametrize(("value", "shown"), [("1234", "••••"), ("12345678", "••••"), ("123456789", "••••6789")])
def test_a_short_number_is_hidden_whole(value: str, shown: str) -> None:
    assert masked(value) == shown


def test_an_account_without_a_record_is_told_so(person: Employee) -> None:
    user = UserFactory(language="en")
    client = client_of(user)

    response = client.get("/hrm/me/")

    assert response.status_code == 200
    assert "Your account belongs to no employee" in response.content.decode()
    assert client.post("/hrm/me/reveal/id_number/").status_code == 404
    assert client.post("/hrm/me/correct/", {"text": "x"}).status_code == 404
    assert not Notification.objects.exists()


def test_nobody_sees_it_without_signing_in() -> None:
    response = client_of(None).get("/hrm/me/")

    assert response.status_code == 302
    assert "/accounts/login/" in response["Location"]


def test_a_correction_goes_to_hr_alone(person: Employee) -> None:
    boss = UserFactory()
    boss.groups.add(create_default_roles(actor=None, at=AT)["boss"])

    response = client_of(person.user).post("/hrm/me/correct/", {"text": "手机号换了：13900002222"})

    assert response.status_code == 302
    told = Notification.objects.get()
    assert told.recipient.full_name == "何晓雯"
    assert told.body == "手机号换了：13900002222"
    assert told.params == {"person": "陈立 (S017)"}


def test_an_empty_correction_tells_nobody(person: Employee) -> None:
    response = client_of(person.user).post("/hrm/me/correct/", {"text": "  "})

    assert response.status_code == 422
    assert not Notification.objects.exists()


def test_a_correction_needs_the_own_record_and_somebody_who_reads_it(person: Employee) -> None:
    stranger = UserFactory()
    with pytest.raises(NotAllowed):
        ask_for_correction(employee=person, text="错", actor=stranger, at=AT)
    User.objects.filter(full_name="何晓雯").update(is_active=False)

    with pytest.raises(InvalidInput):
        ask_for_correction(employee=person, text="错", actor=User.objects.get(pk=person.user_id), at=AT)

    assert not Notification.objects.exists()


def test_the_page_costs_the_same_for_1_and_20_papers(person: Employee) -> None:
    def queries(number: int) -> int:
        CertificateFactory.create_batch(number, employee=person)
        AssetLoanFactory.create_batch(number, employee=person)
        StaffTaskFactory.create_batch(number, employee=person, assignee=person.user)
        with CaptureQueriesContext(connection) as asked:
            page_of(person)
        return len(asked)

    queries(1)
    assert queries(1) == queries(19)
