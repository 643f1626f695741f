"""
The office in one sitting, as a new company begins with it: flows and a form from nothing, requests on phones, a replay.

OFFICE_SHOTS names a folder for pictures of each step.
"""

from __future__ import annotations

import os
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Locator, Page, ViewportSize, expect

from crm.contracts.choices import ContractStatus
from crm.contracts.models import Contract
from crm.contracts.services import create_contract
from hrm.calendar.choices import DayType, RequestStatus
from hrm.calendar.models import HolidayDay
from hrm.leave.models import LeaveRequest
from hrm.org.default_roles import create_default_roles
from oa.flows.choices import EventKind
from oa.flows.models import FlowRun
from oa.forms.models import FormRequest
from suite.access.models import User
from suite.modules.services import enable_module
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveTypeFactory
from tests.factories.masters import CompanyFactory, PartyFactory
from tests.kit.browser import PHONE, assert_fits, sign_in

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("OFFICE_SHOTS", "")
DESK = ViewportSize(width=1440, height=900)
# Far ahead, so that the days are working days whenever the test runs.
FIRST, LAST = date(2037, 3, 2), date(2037, 3, 6)
STAFF = {
    "admin": ("钱管理", "administrator"),
    "boss": ("林总", "boss"),
    "manager": ("王经理", "sales_manager"),
    "clerk": ("李芳", "salesperson"),
    "finance": ("何会计", "finance"),
}


class Office:
    """A company that has just turned the office on: people, no flow yet, and two contracts to be handed in."""

    def __init__(self) -> None:
        now = timezone.now()
        company = CompanyFactory(is_default=True)
        with translation.override("zh-hans"):
            roles = create_default_roles(actor=None, at=now)
            for code in ("crm", "hrm", "oa"):
                enable_module(code=code, actor=None, at=now)
        department = DepartmentFactory(company=company, name="销售部")
        self.users: dict[str, User] = {}
        manager = None
        for login, (name, role) in STAFF.items():
            user = UserFactory(username=login, full_name=name, language="zh-hans")
            user.groups.add(roles[role])
            above = manager if login == "clerk" else None
            person = EmployeeFactory(department=department, user=user, name=name, manager=above)
            manager = person if login == "manager" else manager
            self.users[login] = user
        self.leave = LeaveTypeFactory(name="事假")
        for day in range(2, 7):
            HolidayDay.objects.update_or_create(date=date(2037, 3, day), defaults={"kind": DayType.WORKDAY})
        self.large, self.small = self._contract("60000"), self._contract("49999.99")

    def _contract(self, amount: str) -> Contract:
        clerk = self.users["clerk"]
        customer = CustomerFactory(owner=clerk, party=PartyFactory(is_customer=True))
        line = {"description": "65W 充电器", "quantity": Decimal(1), "unit_price": Decimal(amount)}
        return create_contract(customer=customer, lines=[line], owner=clerk, actor=clerk, at=timezone.now())


class Sitting:
    """Somebody before a screen, step by step, with pictures of what they see."""

    def __init__(self, page: Page, office: Office) -> None:
        self.page, self.office = page, office
        self.count = 0
        page.set_default_timeout(20000)

    def sign_in(self, login: str, size: ViewportSize) -> None:
        """Sit down as somebody, at a desk or with a phone."""
        sign_in(self.page, self.office.users[login])
        self.page.set_viewport_size(size)
        self.page.goto("/")

    def shot(self, name: str) -> None:
        """Nothing may be wider than the screen; keep a picture of it."""
        self.count += 1
        assert_fits(self.page)
        if SHOTS:
            self.page.screenshot(path=Path(SHOTS) / f"{self.count:02}-{name}.png", full_page=True)

    def menu(self, title: str) -> None:
        """Go to a page of the office by the menu, which a phone has to unfold."""
        page = self.page
        # What is asked of a page that is still on its way says nothing about the menu.
        page.wait_for_load_state("networkidle")
        self.unfold()
        entry = page.locator(".sysnav-sub a").filter(has_text=re.compile(rf"^\s*{title}\s*\d*\s*$"))
        if not entry.count():
            page.locator(".sysnav-link", has_text="OA").click()
            # Only pages of the office have the entry: the one before may be idle still while this one is on its way.
            entry.wait_for(state="attached")
            page.wait_for_load_state("networkidle")
            self.unfold()
        group = page.locator(".sysnav-group").filter(has=page.locator("a", has_text=title)).first
        if group.count() and group.get_attribute("open") is None:
            group.locator("summary").click()
        entry.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)

    def unfold(self) -> None:
        """Unfold the menu of a phone, and wait for it: what moves under a finger is not hit."""
        toggler = self.page.locator(".navbar-toggler")
        if toggler.is_visible():
            toggler.click()
            expect(self.page.locator("#menu")).to_have_class(re.compile(r"\bshow\b"))

    def press(self, name: str) -> None:
        """Press a button or follow a link of the page by its name, also one in a menu of actions."""
        words = re.compile(rf"^\s*{re.escape(name)}\s*$")
        found = self.page.locator("main").locator("button, a").filter(has_text=words)
        menus = self.page.locator("main [data-bs-toggle=dropdown]:visible")
        expect(found.locator("visible=true").or_(menus).first).to_be_visible()
        if not found.locator("visible=true").count():
            menus.last.click()
        found.locator("visible=true").first.click()
        # It may have led to another page, of which nothing is there yet.
        self.page.wait_for_load_state()

    def agree(self) -> None:
        """Say yes to a question."""
        self.page.locator("#ask [value=yes]").click()

    def told(self, words: str) -> None:
        """A notice says that it worked."""
        expect(self.page.locator("#toasts")).to_contain_text(words)


class Designer:
    """What somebody does in the designer of flows."""

    def __init__(self, sitting: Sitting) -> None:
        self.sitting, self.page = sitting, sitting.page
        self.panel = self.page.locator("[data-flow-panel]")

    def add(self, place: Locator, kind: str, name: str) -> None:
        """Add a step at a point of a line and name it."""
        place.click()
        self.page.locator(f".flow-menu .flow-{kind}").click()
        self.panel.locator("[data-first]").fill(name)

    def line(self, place: int) -> Locator:
        """A point of the line of the whole flow, counted from above."""
        return self.page.locator(".flow-tree > .flow-list > .flow-gap > .flow-add").nth(place)

    def way(self, number: int) -> Locator:
        """A way of the one branch."""
        return self.page.locator("div.flow-arm").nth(number)

    def condition(self, way: int, name: str, field: str, operator: str, value: str) -> None:
        """Name a way and say for what it is."""
        self.way(way).locator(".flow-card").first.click()
        self.panel.locator("[data-first]").fill(name)
        self.panel.locator(".condition-box button").first.click()
        row = self.panel.locator(".cond-row")
        row.locator("select").nth(0).select_option(label=field)
        row.locator("select").nth(1).select_option(label=operator)
        row.locator("input").fill(value)
        row.locator("input").blur()

    def role(self, name: str) -> None:
        """Everybody with a role is asked at the step that is open, and one decides."""
        self.panel.locator(".flow-who select").first.select_option(label="指定角色")
        box = self.panel.locator(".flow-who .ts-wrapper")
        box.click()
        box.locator(".option", has_text=name).first.click()
        self.page.keyboard.press("Escape")

    def save(self) -> None:
        """Save, and see that it is."""
        self.page.locator("[data-do=save]").click()
        expect(self.page.locator("[data-flow-state]")).to_be_empty()

    def check(self) -> None:
        """Nothing may be wrong."""
        self.page.locator("[data-do=check]").click()
        expect(self.panel.locator(".flow-sound")).to_be_visible()

    def preview(self, entered: dict[str, str], expected: list[str]) -> None:
        """Ask who would decide about a sample."""
        self.page.locator("[data-do=preview]").click()
        self.panel.locator("select[data-async='/lookup/suite.user/'] + .ts-wrapper input").fill("李芳")
        self.panel.locator(".ts-wrapper .option", has_text="李芳").first.click()
        for label, value in entered.items():
            self.panel.get_by_label(label, exact=True).fill(value)
        self.panel.locator("form button[type=submit]").click()
        expect(self.panel.locator(".flow-route li")).to_have_count(len(expected))
        for number, words in enumerate(expected):
            expect(self.panel.locator(".flow-route li").nth(number)).to_contain_text(words)

    def publish(self) -> None:
        """Let new requests run by it."""
        self.page.locator("[data-do=publish]").click()
        self.sitting.agree()
        self.page.wait_for_url(re.compile(r"/oa/flows/\d+/$"))


def new_flow(sitting: Sitting, code: str, name: str, subject: str) -> Designer:
    """A flow without any step, open in the designer."""
    page = sitting.page
    sitting.menu("审批流程")
    sitting.press("新建审批流程")
    page.fill("[name=code]", code)
    page.fill("[name=name]", name)
    if subject:
        page.select_option("[name=subject]", label=subject)
    sitting.shot(f"new-{code}")
    page.locator(".savebar .btn-primary").click()
    sitting.shot(f"made-{code}")
    sitting.press("设计")
    return Designer(sitting)


def bind(sitting: Sitting, subject: str, flow: str) -> None:
    """Put documents of a kind under a flow."""
    page = sitting.page
    sitting.menu("流程绑定")
    sitting.press("新建流程绑定")
    page.select_option("[name=subject]", label=subject)
    page.select_option("[name=definition]", label=flow)
    page.locator(".savebar .btn-primary").click()
    page.wait_for_url(re.compile(r"/oa/flow-bindings/\d+/$"))


def leave_flow(sitting: Sitting) -> None:
    """Leave goes to the manager, more than three days to the boss as well."""
    designer = new_flow(sitting, "LEAVE", "请假审批", "请假单")
    sitting.shot("empty-designer")
    designer.add(designer.line(0), "approve", "直接上级")
    designer.add(designer.line(1), "branch", "请假时长")
    designer.condition(0, "三天以上", "小时", "大于", "24")
    designer.add(designer.way(0).locator(".flow-add").first, "approve", "总经理")
    designer.role("总经理")
    sitting.shot("leave-designed")
    designer.check()
    designer.save()
    sitting.shot("leave-checked")
    designer.preview({"小时": "32"}, ["王经理", "林总"])
    sitting.shot("leave-preview")
    designer.publish()
    sitting.shot("leave-published")
    bind(sitting, "请假单", "请假审批")
    sitting.shot("leave-bound")


def purchase_flow(sitting: Sitting) -> None:
    """What is bought for less than 5,000 the manager decides alone."""
    designer = new_flow(sitting, "BUY", "采购审批", "")
    designer.add(designer.line(0), "approve", "直接上级")
    designer.add(designer.line(1), "branch", "按金额")
    designer.condition(0, "5000 元以下", "金额", "小于", "5000")
    designer.way(1).locator(".flow-card").first.click()
    designer.panel.locator("[data-first]").fill("5000 元及以上")
    designer.add(designer.way(1).locator(".flow-add").first, "approve", "总经理")
    designer.role("总经理")
    designer.check()
    designer.preview({"金额": "4999.99"}, ["王经理"])
    designer.preview({"金额": "5000"}, ["王经理", "林总"])
    designer.save()
    designer.publish()


def purchase_form(sitting: Sitting) -> None:
    """A form with lines whose sum is the amount."""
    page = sitting.page
    sitting.menu("表单")
    sitting.press("新建表单")
    page.fill("[name=code]", "buy")
    page.fill("[name=name]", "采购申请")
    page.select_option("[name=category]", label="行政")
    page.fill("[name=number_pattern]", "CG-{yyyy}{mm}-{seq:04}")
    page.select_option("[name=flow]", label="采购审批")
    sitting.shot("form-new")
    page.locator(".savebar .btn-primary").click()
    sitting.press("设计")
    sitting.shot("form-empty")
    design_field(page, "LONG_TEXT", "采购事由", "reason", required=True)
    page.locator("[data-kind=TABLE]").click()
    name_field(page, "采购明细", "lines", required=True)
    for kind, label, key in (("TEXT", "物品", "thing"), ("NUMBER", "数量", "quantity"), ("MONEY", "单价", "price")):
        page.locator("[data-add-column]").select_option(kind)
        name_field(page, label, key, required=True)
    page.locator("[data-add-column]").select_option("FORMULA")
    name_field(page, "小计", "cost")
    page.fill("#p-formula", "quantity * price")
    page.locator(".designed", has_text="采购明细").first.locator("[data-choose]").first.click()
    design_field(page, "FORMULA", "合计", "total")
    page.fill("#p-formula", "lines_cost")
    page.locator("[data-amount-of]").check()
    sitting.shot("form-designed")
    sitting.press("发布")
    sitting.agree()
    sitting.shot("form-published")


def design_field(page: Page, kind: str, label: str, key: str, *, required: bool = False) -> None:
    page.locator(f"[data-kind={kind}]").click()
    name_field(page, label, key, required=required)


def name_field(page: Page, label: str, key: str, *, required: bool = False) -> None:
    page.fill("#p-label", label)
    page.fill("#p-key", key)
    if required:
        page.get_by_label("必填", exact=True).check()


def contract_flow(sitting: Sitting) -> None:
    """Contracts below 50,000 pass by themselves, from there on the manager decides."""
    designer = new_flow(sitting, "CONTRACT", "合同审批", "合同")
    designer.add(designer.line(0), "branch", "按金额")
    designer.condition(0, "5 万以下", "金额", "小于", "50000")
    designer.way(1).locator(".flow-card").first.click()
    designer.panel.locator("[data-first]").fill("5 万及以上")
    designer.add(designer.way(1).locator(".flow-add").first, "approve", "销售经理")
    designer.check()
    designer.preview({"金额": "49999.99"}, [])
    designer.preview({"金额": "50000"}, ["王经理"])
    designer.save()
    designer.publish()
    bind(sitting, "合同", "合同审批")


def ask_for_leave(sitting: Sitting) -> LeaveRequest:
    """Four days of leave, on a phone."""
    page = sitting.page
    sitting.menu("发起申请")
    sitting.shot("phone-forms")
    page.locator("[data-card]", has_text="请假").click()
    sitting.shot("phone-leave-list")
    page.select_option("[name=leave_type]", label="事假")
    page.fill("[name=first_day]", FIRST.isoformat())
    page.fill("[name=last_day]", LAST.isoformat())
    page.fill("[name=reason]", "家中有事")
    sitting.shot("phone-leave-form")
    page.locator(".savebar .btn-primary").click()
    sitting.shot("phone-leave-made")
    sitting.press("提交")
    sitting.shot("phone-leave-submitted")
    leave = LeaveRequest.objects.get()
    assert leave.status == RequestStatus.APPROVING
    return leave


def ask_for_goods(sitting: Sitting) -> FormRequest:
    """Goods for 6,000, on a phone."""
    page = sitting.page
    sitting.menu("发起申请")
    page.locator("[data-card]", has_text="采购申请").click()
    sitting.shot("phone-buy-empty")
    page.fill("[name=f-reason]", "展会用的展架")
    page.fill("[name=t-lines-0-thing]", "展架")
    page.fill("[name=t-lines-0-quantity]", "3")
    page.fill("[name=t-lines-0-price]", "2000")
    page.locator("[name=t-lines-0-price]").blur()
    expect(page.locator("output[name=f-total]")).to_have_text(re.compile("6,?000.00"))
    sitting.press("查看审批人")
    expect(page.locator("#route li")).to_have_count(2)
    sitting.shot("phone-buy-filled")
    sitting.press("提交")
    sitting.shot("phone-buy-submitted")
    return FormRequest.objects.get()


def open_task(sitting: Sitting, title: str) -> None:
    """From the bar at the bottom of the phone to a request that waits."""
    page = sitting.page
    bar = page.locator(".tabbar").get_by_role("link", name="审批")
    # Where something is decided, its buttons stand in the place of the bar.
    back = page.locator("main").get_by_role("link", name="我的审批")
    expect(bar.or_(back).locator("visible=true").first).to_be_visible()
    bar.or_(back).locator("visible=true").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("我的审批")
    sitting.shot("phone-inbox")
    page.locator(".inbox a", has_text=title).first.click()


def add_a_signer(sitting: Sitting, title: str, name: str) -> None:
    """Let a colleague sign before oneself."""
    open_task(sitting, title)
    sitting.shot("phone-task")
    sitting.press("加签")
    sitting.shot("phone-add")
    box = sitting.page.locator("select[name=people] + .ts-wrapper")
    box.locator("input").fill(name)
    box.locator(".option", has_text=name).first.click()
    sitting.page.get_by_label("在我之前").check()
    sitting.shot("phone-add-filled")
    sitting.press("加签")
    sitting.shot("phone-added")


def page_stream(sitting: Sitting) -> Locator:
    """What has happened, and who has to decide."""
    return sitting.page.locator(".stream").first


def decide(sitting: Sitting, title: str, comment: str = "") -> None:
    """Agree to what waits, with the thumb."""
    open_task(sitting, title)
    page = sitting.page
    if comment:
        page.locator("textarea[name=comment]").fill(comment)
    sitting.shot("phone-decide")
    button = page.locator(".actbar .btn-primary")
    expect(button).to_be_in_viewport()
    button.click()
    sitting.told("已同意")


def return_it(sitting: Sitting, title: str, why: str) -> None:
    """Give it back to who asked."""
    open_task(sitting, title)
    expect(page_stream(sitting)).to_contain_text("加签 → 何会计")
    expect(page_stream(sitting)).to_contain_text("已同意")
    sitting.shot("phone-signed")
    sitting.press("退回")
    page = sitting.page
    sitting.shot("phone-return")
    page.fill("textarea[name=comment]", why)
    page.get_by_label("重新逐级审批").check()
    sitting.press("退回")
    sitting.shot("phone-returned")


def hand_in_again(sitting: Sitting) -> None:
    """Change what came back, and hand it in again."""
    open_task(sitting, "采购申请")
    page = sitting.page
    expect(page_stream(sitting)).to_contain_text("已退回")
    expect(page_stream(sitting)).to_contain_text("数量改为 4 个")
    sitting.shot("phone-came-back")
    sitting.press("打开单据")
    sitting.shot("phone-came-back-document")
    sitting.press("编辑")
    page.fill("[name=t-lines-0-quantity]", "4")
    page.locator("[name=t-lines-0-quantity]").blur()
    expect(page.locator("output[name=f-total]")).to_have_text(re.compile("8,?000.00"))
    sitting.shot("phone-changed")
    sitting.press("保存")
    open_task(sitting, "采购申请")
    sitting.press("重新提交")
    sitting.shot("phone-handed-in-again")


def hand_in_contracts(sitting: Sitting) -> None:
    """Hand in a contract over 50,000, which waits and cannot be signed, and one below, which passes by itself."""
    page = sitting.page
    for contract, status in ((sitting.office.large, "APPROVING"), (sitting.office.small, "APPROVED")):
        page.goto(contract.get_absolute_url())
        sitting.press("提交")
        sitting.shot(f"contract-{status}")
        contract.refresh_from_db()
        assert contract.status == status
    page.goto(sitting.office.large.get_absolute_url())
    expect(page.locator("main").get_by_role("button", name="双方已签订")).to_have_count(0)


def sign_contract(sitting: Sitting, contract: Contract) -> None:
    """Record that both sides signed."""
    page = sitting.page
    page.goto(contract.get_absolute_url())
    sitting.press("双方已签订")
    page.locator("#sheet .btn-primary, main form .btn-primary").first.click()
    expect(page.locator(".thread .now")).to_contain_text("执行中")
    contract.refresh_from_db()
    assert contract.status == ContractStatus.EXECUTING


def replay(sitting: Sitting) -> None:
    """Raise the limit in a draft and see which requests would have gone another way."""
    page = sitting.page
    sitting.menu("审批流程")
    page.get_by_role("link", name="合同审批").first.click()
    sitting.press("设计")
    sitting.press("新建草稿")
    designer = Designer(sitting)
    designer.way(0).locator(".flow-card").first.click()
    row = designer.panel.locator(".cond-row")
    row.locator("input").fill("100000")
    row.locator("input").blur()
    page.locator("[data-do=replay]").click()
    change = designer.panel.locator(".flow-change")
    expect(change).to_have_count(1)
    change.locator("summary").click()
    expect(change.locator(".flow-compare > div").nth(0)).to_contain_text("王经理")
    expect(change.locator(".flow-compare > div").nth(1)).not_to_contain_text("王经理")
    sitting.shot("replay")


@pytest.fixture
def office(transactional_db: None) -> Office:
    return Office()


def test_the_office_in_one_sitting(office: Office, page: Page) -> None:
    sitting = Sitting(page, office)
    sitting.sign_in("admin", DESK)
    leave_flow(sitting)
    purchase_flow(sitting)
    purchase_form(sitting)
    contract_flow(sitting)
    sitting.sign_in("clerk", PHONE)
    leave = ask_for_leave(sitting)
    goods = ask_for_goods(sitting)
    sitting.sign_in("manager", PHONE)
    add_a_signer(sitting, "采购申请", "何会计")
    sitting.sign_in("finance", PHONE)
    decide(sitting, "采购申请", "预算内，同意")
    sitting.sign_in("manager", PHONE)
    return_it(sitting, "采购申请", "数量改为 4 个")
    sitting.sign_in("clerk", PHONE)
    hand_in_again(sitting)
    for login in ("manager", "boss"):
        sitting.sign_in(login, PHONE)
        decide(sitting, "采购申请")
        decide(sitting, "李芳 事假")
    sitting.sign_in("clerk", PHONE)
    sitting.page.locator(".tabbar").get_by_role("link", name="审批").click()
    sitting.press("我发起")
    sitting.shot("phone-mine")

    goods.refresh_from_db()
    leave.refresh_from_db()
    assert (goods.status, goods.amount) == ("APPROVED", Decimal("8000.00"))
    assert leave.status == RequestStatus.APPROVED
    log = FlowRun.objects.get(subject_id=goods.pk, definition__code="BUY").log.order_by("pk")
    assert list(log.values_list("kind", "actor__username")) == [
        (EventKind.SUBMIT, "clerk"),
        (EventKind.ADD_SIGN, "manager"),
        (EventKind.APPROVE, "finance"),
        (EventKind.RETURN, "manager"),
        (EventKind.RESUBMIT, "clerk"),
        (EventKind.APPROVE, "manager"),
        (EventKind.APPROVE, "boss"),
    ]

    sitting.sign_in("clerk", DESK)
    hand_in_contracts(sitting)
    sitting.sign_in("manager", PHONE)
    decide(sitting, office.large.number)
    sitting.sign_in("clerk", DESK)
    sign_contract(sitting, office.large)
    sitting.sign_in("admin", DESK)
    replay(sitting)
