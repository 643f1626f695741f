"""The first main job, as people do it: from a list of customers to money received, each within their reach."""

import csv
import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Locator, Page, expect

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, Receipt
from crm.customers.models import Customer, FollowUp
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.modules.services import enable_module
from suite.pages.registry import pageset_of
from tests.factories.crm import ContactFactory, ContractFactory, CustomerFactory, LeadFactory, OpportunityFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory, TaxRateFactory
from tests.kit.browser import (
    PASSWORD,
    PHONE,
    assert_fits,
    choose,
    follow,
    open_list,
    press,
    send,
    sign_in,
    sign_in_by_form,
    switch,
)

STAFF = {"zhoumin": "周敏", "chenhao": "陈浩", "manager": "王经理", "boss": "林总", "finance": "何会计"}
ROLES = {"zhoumin": "salesperson", "chenhao": "salesperson", "manager": "sales_manager"}
COLUMNS = ("CustomerID", "CompanyName", "ContactName", "City", "Country", "Phone")
OWN_HEADINGS = ("客户编号", "客户全称", "对接人", "市", "国家", "电话")
FILLS = ("code", "name", "contact_name", "city", "country", "phone")
REFUSALS = [re.compile(text) for text in ("必填", "与第 8 行重复", "“亚特兰蒂斯”", "40 字符", "120 字符")]
LEAD_COMPANY = "深圳市华屿数码有限公司"
DEAL = "华屿 65W 充电器首单"


@pytest.fixture
def office(transactional_db: None) -> dict[str, User]:
    """Everybody who takes part in a sale, with the standard roles of a new installation, and one item to sell."""
    company = CompanyFactory(is_default=True)
    department = DepartmentFactory(company=company, name="销售部")
    with translation.override("zh-hans"):
        roles = create_default_roles(actor=None, at=timezone.now())
        enable_module(code="crm", actor=None, at=timezone.now())
    users = {}
    for username, name in STAFF.items():
        user = UserFactory(username=username, full_name=name, language="zh-hans")
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(roles[ROLES.get(username, username)])
        EmployeeFactory(department=department, user=user, name=name)
        users[username] = user
    ItemFactory(code="LT-65W", name="65W 氮化镓充电器", tax_code=TaxRateFactory().tax_code)
    return users


def customer_rows() -> list[list[str]]:
    """Thirty good rows: Northwind's first ones where TRIAL_DATA is at hand, else made up."""
    source = Path(os.environ.get("TRIAL_DATA", ""), "northwind", "Customers.csv")
    if os.environ.get("TRIAL_DATA") and source.is_file():
        with source.open(encoding="utf-8-sig", newline="") as file:
            return [[row[name] for name in COLUMNS] for row in csv.DictReader(file)][:30]
    return [
        [f"KH{n:03}", f"东莞市启岳数码第{n}有限公司", f"方可心{n}", "东莞市", "中国", f"0769-880000{n:02}"]
        for n in range(1, 31)
    ]


def broken_file(path: Path) -> Path:
    """Write thirty customers of whom five are wrong in five ways: rows 4, 9, 14, 19 and 24 of the file."""
    rows = customer_rows()
    rows[2][1] = ""
    rows[7][0] = rows[6][0]
    rows[12][4] = "亚特兰蒂斯"
    rows[17][5] = "0" * 300
    rows[22][1] = "名" * 400
    target = path / "客户名单.csv"
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([COLUMNS if rows[0][0].startswith("ALF") else OWN_HEADINGS, *rows])
    return target


# -- what people do ----------------------------------------------------------------------------


def drag(page: Page, card: Locator, lane: Locator) -> None:
    """Drag a card of the board to the top of a lane, with the mouse."""
    start, end = card.bounding_box(), lane.bounding_box()
    assert start is not None
    assert end is not None
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] - 8)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 20, steps=20)
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + 30, steps=4)
    page.mouse.up()


def import_customers(page: Page, file: Path) -> None:
    """Import a list of customers; its wrong rows are named, nothing is written before it is said to leave them out."""
    open_list(page, "CRM", "客户")
    follow(page, page.get_by_role("link", name="导入", exact=True))
    page.locator("input[type=file]").set_input_files(file)
    follow(page, page.get_by_role("button", name="上传并检查"))
    for index, name in enumerate(FILLS):
        page.locator(f"#column-{index}").select_option(name)
    page.get_by_role("button", name="按此对应重新检查").click()
    expect(page.locator(".is-wrong td:first-child")).to_have_text(["4", "9", "14", "19", "24"])
    expect(page.locator(".is-wrong td:last-child")).to_have_text(REFUSALS)
    assert Customer.objects.count() == 0
    page.get_by_label("跳过有错的 5 行").check()
    page.get_by_role("button", name="导入 25 行").click()


def win_a_lead(page: Page) -> None:
    """Enter a lead, convert it, and drag its opportunity over the board until it is won."""
    open_list(page, "CRM", "线索")
    follow(page, page.get_by_role("link", name="新建线索"))
    page.fill("[name=name]", "刘洋")
    page.fill("[name=company_name]", LEAD_COMPANY)
    page.fill("[name=mobile]", "13800138000")
    page.fill("[name=requirement]", DEAL)
    page.fill("[name=estimated_amount]", "140120")
    follow(page, page.get_by_role("button", name="保存", exact=True))
    press(page, "转为客户")
    send(page, "转为客户")
    expect(page.get_by_role("heading", level=1)).to_have_text(LEAD_COMPANY)
    open_list(page, "CRM", "商机")
    card = page.locator("[data-card]", has_text=DEAL)
    for title in ("商务谈判", "赢单"):
        lane = page.locator(".lane", has=page.get_by_role("heading", name=title))
        drag(page, card, lane.locator("[data-lane]"))
        if title == "赢单":
            # What is won needs a reason.
            page.locator("#sheet [name=reason]").fill("价格和交期都合适")
            page.locator("#sheet button[type=submit]").click()
        expect(lane.locator("[data-card]:not([aria-busy])", has_text=DEAL)).to_have_count(1)
    follow(page, card.get_by_role("link", name=DEAL))


def quote(page: Page) -> None:
    """Quote 2,000 pieces at ¥62.00 from the opportunity that is open, up to the draft of the contract."""
    follow(page, page.get_by_role("link", name="新建报价"))
    line = page.locator("tr[data-row]").first
    choose(page, line.locator("td[data-field=item]"), "65W")
    line.locator("[name$=-quantity]").fill("2000")
    expect(line.locator("[name$=-unit_price]")).to_have_value("62")
    expect(page.locator("[data-sum=gross]")).to_contain_text("140,120.00")
    follow(page, page.get_by_role("button", name="保存", exact=True))
    press(page, "标为已发送")
    press(page, "已接受")
    press(page, "生成合同")
    send(page, "生成合同")
    press(page, "提交")
    expect(page.locator(".dochead")).to_contain_text("审批中")


def test_a_lead_becomes_money(page: Page, office: dict[str, User], tmp_path: Path) -> None:
    sign_in_by_form(page, "zhoumin")

    import_customers(page, broken_file(tmp_path))
    expect(page.locator(".dochead")).to_contain_text("已导入")
    win_a_lead(page)
    quote(page)
    switch(page, "manager")
    open_list(page, "CRM", "合同")
    follow(page, page.locator("#list").get_by_role("link", name="HT-"))
    press(page, "审批通过")
    expect(page.locator(".dochead")).to_contain_text("已审批")
    switch(page, "zhoumin")
    open_list(page, "CRM", "合同")
    follow(page, page.locator("#list").get_by_role("link", name="HT-"))
    press(page, "双方已签订")
    send(page, "双方已签订")
    plan = page.locator("section.card", has=page.get_by_role("heading", name="回款计划"))
    expect(plan.locator("tbody tr")).to_contain_text("140,120.00")
    press(page, "登记回款")
    page.fill("[name=amount]", "100120")
    send(page, "登记回款")
    expect(page.locator("main")).to_contain_text("100,120.00")
    switch(page, "finance")
    open_list(page, "CRM", "回款")
    follow(page, page.locator("#list").get_by_role("link", name="HK"))
    press(page, "确认")
    expect(page.locator(".dochead")).to_contain_text("已到账")
    switch(page, "boss")

    cards = page.locator(".kpi")
    expect(cards.filter(has_text="销售额").first.locator(".kpi-value")).to_have_text("12.4万元")
    expect(cards.filter(has_text="回款").first.locator(".kpi-value")).to_have_text("10.0万元")
    follow(page, cards.filter(has_text="销售额").first.locator(".kpi-value"))
    expect(page.locator("#list tfoot")).to_contain_text("124,000.00")
    assert Customer.objects.filter(owner=office["zhoumin"]).count() == 26
    assert Opportunity.objects.get().status == OpportunityStatus.WON
    assert Contract.objects.get().status == ContractStatus.EXECUTING
    receipt = Receipt.objects.get()
    assert (receipt.status, receipt.amount) == (ReceiptStatus.CONFIRMED, Decimal("100120.00"))


def test_a_colleague_sees_none_of_it(page: Page, office: dict[str, User]) -> None:
    owner = office["zhoumin"]
    customer = CustomerFactory(owner=owner, party=PartyFactory(name=LEAD_COMPANY, is_customer=True))
    rows = [
        customer,
        ContactFactory(customer=customer),
        LeadFactory(owner=owner, company_name=LEAD_COMPANY),
        OpportunityFactory(customer=customer, name=DEAL),
        ContractFactory(customer=customer, title=DEAL),
    ]
    own = CustomerFactory(owner=office["chenhao"], party=PartyFactory(name="惠州市自己的客户", is_customer=True))
    sign_in(page, office["chenhao"])

    for row in rows:
        pageset = pageset_of(type(row))
        assert pageset is not None
        page.goto(pageset.url("list"))
        expect(page.locator("main")).to_be_visible()
        expect(page.locator("main")).not_to_contain_text("华屿")
        assert page.request.get(row.get_absolute_url()).status == 404
        found = page.request.get(f"/api/{pageset.app_label}/{pageset.path}/").json()["results"]
        assert [each["id"] for each in found] == ([own.pk] if row is customer else [])
        exported = page.request.get(f"{pageset.url('export')}?format=csv").text()
        assert "华屿" not in exported
        assert ("自己的客户" in exported) == (row is customer)
    page.goto("/")
    page.fill("#search", "华屿")
    expect(page.locator("#suggest")).to_contain_text("没有找到")
    page.locator("#search").press("Enter")
    expect(page.locator("main .hit")).to_have_count(0)


@pytest.fixture
def phone(page: Page) -> Page:
    """A page as wide as a phone."""
    page.set_viewport_size(PHONE)
    return page


def test_a_follow_up_is_recorded_on_the_phone(phone: Page, office: dict[str, User]) -> None:
    customer = CustomerFactory(owner=office["zhoumin"], party=PartyFactory(name=LEAD_COMPANY, is_customer=True))
    ContactFactory(customer=customer)
    OpportunityFactory(customer=customer, name=DEAL)
    sign_in(phone, office["zhoumin"])

    phone.goto("/crm/customers/")
    assert_fits(phone)
    follow(phone, phone.locator("#list").get_by_role("link", name=LEAD_COMPANY))
    expect(phone.get_by_role("heading", level=1)).to_have_text(LEAD_COMPANY)
    assert_fits(phone)
    press(phone, "记录跟进")
    assert_fits(phone)
    phone.fill("[name=body]", "客户要求下周三送样")
    send(phone, "记录跟进")

    expect(phone.locator("#stream")).to_contain_text("客户要求下周三送样")
    assert_fits(phone)
    follow_up = FollowUp.objects.get()
    assert (follow_up.customer, follow_up.owner) == (customer, office["zhoumin"])
