"""The second main job, as people do it: what was sold is short, is bought, arrives, goes out and partly comes back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from crm.contracts.models import Contract
from crm.contracts.services import approve_contract, create_contract, submit_contract
from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.inventory.proof import faults
from erp.purchasing.models import PurchaseOrder
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder
from erp.sales.services import create_order, submit_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.masters.models import Company, Item
from suite.modules.services import enable_module
from tests.factories.crm import CustomerFactory
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory, TaxRateFactory
from tests.kit.browser import (
    PASSWORD,
    choose,
    follow,
    open_first,
    open_list,
    press,
    press_in_menu,
    send,
    sign_in_by_form,
    switch,
)

STAFF = {
    "zhoumin": ("周敏", "salesperson"),
    "manager": ("王经理", "sales_manager"),
    "buyer": ("冯采购", "purchaser"),
    "keeper": ("马仓管", "warehouse"),
    "boss": ("林总", "boss"),
}
NEAR, FAR = "东莞市瑞拓电源有限公司", "惠州市德瑞电子科技有限公司"


@pytest.fixture
def office(transactional_db: None) -> dict[str, User]:
    """Everybody who takes part, a warehouse with 40 chargers, and two makers of them."""
    company = CompanyFactory(is_default=True)
    department = DepartmentFactory(company=company, name="总部")
    now = timezone.now()
    with translation.override("zh-hans"):
        roles = create_default_roles(actor=None, at=now)
        for code in ("crm", "hrm", "erp"):
            enable_module(code=code, actor=None, at=now)
    users = {}
    for username, (name, role) in STAFF.items():
        user = UserFactory(username=username, full_name=name, language="zh-hans")
        user.set_password(PASSWORD)
        user.save()
        user.groups.add(roles[role])
        EmployeeFactory(department=department, user=user, name=name)
        users[username] = user
    tax = TaxRateFactory().tax_code
    item = ItemFactory(code="LT-65W", name="65W 氮化镓充电器", list_price=Decimal(62), tax_code=tax)
    # Turning operations on gave the company its first warehouse.
    warehouse = company.warehouses.get()
    stock(warehouse, item, 40, 30, at=now - timedelta(days=2))
    for name in (NEAR, FAR):
        PartyFactory(name=name, is_supplier=True, is_customer=False)
    return users


def approved_contract(office: dict[str, User]) -> Contract:
    """A contract over a hundred chargers that only has to be signed."""
    now = timezone.now()
    contract = create_contract(
        customer=CustomerFactory(
            owner=office["zhoumin"], party=PartyFactory(name="深圳市华屿数码有限公司", is_customer=True)
        ),
        company=Company.objects.get(is_default=True),
        delivery_date=timezone.localdate() + timedelta(days=20),
        lines=[{"item": Item.objects.get(code="LT-65W"), "quantity": Decimal(100)}],
        owner=office["zhoumin"],
        actor=office["zhoumin"],
        at=now,
    )
    contract = submit_contract(contract=contract, actor=office["zhoumin"], at=now)
    return approve_contract(contract=contract, actor=office["manager"], at=now)


def enter_quote(page: Page, supplier: str, price: str, days: str) -> None:
    press(page, "录入报价")
    page.locator("[name=supplier]").select_option(label=supplier)
    page.locator("[inputmode=decimal][name^=price_]").fill(price)
    page.locator("[name^=days_]").fill(days)
    send(page, "录入报价")
    expect(page.locator("main")).to_contain_text(supplier)


def buy(page: Page) -> None:
    """From the requisition over two quotes to an order."""
    open_list(page, "ERP", "请购单")
    open_first(page)
    expect(page.locator("main")).to_contain_text("60")
    press_in_menu(page, "询价")
    suppliers = page.locator("div", has=page.locator("> [name=suppliers]"))
    for name in (NEAR, FAR):
        choose(page, suppliers, name[:4])
    send(page, "询价")
    press(page, "发送")
    enter_quote(page, NEAR, "31.5", "9")
    enter_quote(page, FAR, "30", "12")
    press(page, "定标")
    send(page, "定标")
    expect(page.locator(".dochead")).to_contain_text("已定标")
    open_list(page, "ERP", "采购订单")
    open_first(page)
    expect(page.locator("main")).to_contain_text("1,800.00")
    press(page, "提交")
    expect(page.locator(".dochead")).to_contain_text("审批中")


def test_what_is_short_is_bought_and_delivered(page: Page, office: dict[str, User]) -> None:
    contract = approved_contract(office)
    sign_in_by_form(page, "zhoumin")
    page.goto(contract.get_absolute_url())
    press(page, "双方已签订")
    send(page, "双方已签订")
    follow(page, page.locator(".chain").get_by_role("link", name="SO"))
    expect(page.locator("main")).to_contain_text("缺 60")

    switch(page, "buyer")
    buy(page)
    switch(page, "boss")
    open_list(page, "ERP", "采购订单")
    open_first(page)
    press(page, "批准并发布")
    expect(page.locator(".dochead")).to_contain_text("已发布")
    switch(page, "keeper")
    open_list(page, "ERP", "采购订单")
    open_first(page)
    press(page, "收货")
    send(page, "收货")
    open_list(page, "ERP", "销售订单")
    open_first(page)
    expect(page.locator("main")).to_contain_text("有货")
    press(page, "发货")
    send(page, "发货")
    expect(page.locator(".dochead")).to_contain_text("DN")
    press(page, "签收")
    send(page, "签收")
    expect(page.locator(".dochead")).to_contain_text("签收")
    press_in_menu(page, "退货入库")
    page.locator("[name^=quantity_]").fill("2")
    page.fill("[name=reason]", "外壳划伤")
    send(page, "退货入库")

    order = SalesOrder.objects.get()
    assert order.status == OrderStatus.DELIVERED
    assert PurchaseOrder.objects.get().supplier.name == FAR
    assert StockQuant.objects.get(on_hand__gt=0).status == StockStatus.PENDING
    assert faults() == []
    switch(page, "zhoumin")
    page.goto(contract.get_absolute_url())
    for paper in (order, order.deliveries.get(), order.deliveries.get().returns.get()):
        expect(page.locator(".chain")).to_contain_text(paper.number)
    page.locator("[data-tabs]").get_by_role("link", name="交付").click()
    expect(page.locator("#tab")).to_contain_text("签收")


def test_another_warehouse_fills_in_what_is_kept_there(page: Page, office: dict[str, User]) -> None:
    now = timezone.now()
    item, near = Item.objects.get(code="LT-65W"), StockQuant.objects.get().location.warehouse
    far = WarehouseFactory(company=near.company, name="义乌分仓")
    stock(far, item, 25, 30, at=now - timedelta(days=2))
    order = create_order(
        party=PartyFactory(name="深圳市华屿数码有限公司", is_customer=True),
        warehouse=near,
        lines=[{"item": item, "quantity": Decimal(60)}],
        actor=office["boss"],
        at=now,
    )
    order = submit_order(salesorder=order, actor=office["boss"], at=now)
    sign_in_by_form(page, "keeper")
    page.goto(order.get_absolute_url())
    press(page, "发货")
    quantity = page.locator("[name^=quantity_]")
    expect(quantity).to_have_value("40")

    page.fill("[name=carrier]", "顺丰速运")
    page.locator("[name=warehouse]").select_option(label="义乌分仓")

    expect(quantity).to_have_value("20")
    expect(page.locator("[name=carrier]")).to_have_value("顺丰速运")
    send(page, "发货")
    expect(page.locator(".dochead")).to_contain_text("DN")
    assert [(line.quantity, line.document.warehouse) for line in order.deliveries.get().lines.all()] == [(20, far)]
