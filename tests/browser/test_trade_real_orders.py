"""Real orders: a file of open orders is imported, and what is short is bought, delivered and partly taken back."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone, translation
from playwright.sync_api import Page, expect

from erp.inventory.choices import StockStatus
from erp.inventory.models import Reservation, StockQuant
from erp.inventory.proof import faults
from erp.purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseRequest
from erp.sales.choices import OrderStatus
from erp.sales.models import CustomerReturn, Delivery, SalesOrder
from erp.sourcing.models import RequestForQuotation, SupplierQuote
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.modules.services import enable_module
from tests.browser.test_trade_flow import FAR, NEAR, STAFF
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory, TaxRateFactory
from tests.kit.browser import choose, follow, open_first, open_list, press, press_in_menu, send, sign_in

PRICES = {NEAR: ("8200", "7900"), FAR: ("8100", "8000")}


@pytest.fixture
def orders(trial_data: Path) -> Path:
    """The open orders of a trader of bearings, as their system exports them: one order of two lines."""
    return trial_data / "chinese" / "bearings" / "open_orders.csv"


@pytest.fixture
def rows(orders: Path) -> list[dict[str, str]]:
    with orders.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def office(transactional_db: None, rows: list[dict[str, str]]) -> dict[str, User]:
    """A trader who keeps nothing in stock: the people and master data that the file names, and two suppliers."""
    company = CompanyFactory(is_default=True)
    department = DepartmentFactory(company=company, name="总部")
    now = timezone.now()
    with translation.override("zh-hans"):
        roles = create_default_roles(actor=None, at=now)
        for code in ("crm", "hrm", "erp"):
            enable_module(code=code, actor=None, at=now)
    users: dict[str, User] = {}
    for username, (name, role) in STAFF.items():
        full_name = rows[0]["销售员"] if role == "salesperson" else name
        users[username] = UserFactory(username=username, full_name=full_name, language="zh-hans")
        users[username].groups.add(roles[role])
        EmployeeFactory(department=department, user=users[username], name=full_name)
    party = PartyFactory(code=rows[0]["客户号"], name=rows[0]["客户简称"], is_customer=True)
    CustomerFactory(party=party, owner=users["zhoumin"])
    tax = TaxRateFactory().tax_code
    for row in rows:
        ItemFactory(code=row["型号"], name="主轴轴承", tax_code=tax)
    for name in (NEAR, FAR):
        PartyFactory(name=name, is_supplier=True, is_customer=False)
    return users


def enter(page: Page, user: User) -> None:
    """Let somebody else take the seat."""
    sign_in(page, user)
    page.goto("/")


def import_orders(page: Page, file: Path, number: int) -> None:
    """Import the file as it is; the page knows its columns."""
    open_list(page, "ERP", "销售订单")
    follow(page, page.get_by_role("link", name="导入", exact=True))
    page.locator("input[type=file]").set_input_files(file)
    follow(page, page.get_by_role("button", name="上传并检查"))
    page.get_by_role("button", name=f"导入 {number} 行").click()
    expect(page.locator(".dochead")).to_contain_text("已导入")


def ask_for_quotes(page: Page) -> None:
    """Ask both suppliers for what the order lacks; with the last answer the quotes are compared."""
    open_list(page, "ERP", "请购单")
    open_first(page)
    press_in_menu(page, "询价")
    suppliers = page.locator("div", has=page.locator("> [name=suppliers]"))
    for name in (NEAR, FAR):
        choose(page, suppliers, name[:4])
    send(page, "询价")
    press(page, "发送")
    for supplier, prices in PRICES.items():
        press(page, "录入报价")
        page.locator("[name=supplier]").select_option(label=supplier)
        for place, price in enumerate(prices):
            page.locator("[inputmode=decimal][name^=price_]").nth(place).fill(price)
            page.locator("[name^=days_]").nth(place).fill("10")
        send(page, "录入报价")
    expect(page.locator(".dochead")).to_contain_text("比价中")


def buy(page: Page) -> None:
    """Award each line to whom it is cheapest with, and bring both orders to the suppliers."""
    ask_for_quotes(page)
    press(page, "定标")
    send(page, "定标")
    for supplier in (NEAR, FAR):
        open_list(page, "ERP", "采购订单")
        follow(page, page.locator("#list tbody tr", has_text=supplier).locator("a").first)
        press(page, "提交")
        expect(page.locator(".dochead")).to_contain_text("审批中")


def release(page: Page) -> None:
    """Release both orders."""
    for supplier in (NEAR, FAR):
        open_list(page, "ERP", "采购订单")
        follow(page, page.locator("#list tbody tr", has_text=supplier).locator("a").first)
        press(page, "批准并发布")
        expect(page.locator(".dochead")).to_contain_text("已发布")


def receive(page: Page, supplier: str) -> None:
    """Receive all of an order, and find on the receipt what came."""
    open_list(page, "ERP", "采购订单")
    follow(page, page.locator("#list tbody tr", has_text=supplier).locator("a").first)
    press(page, "收货")
    send(page, "收货")
    expect(page.locator(".dochead")).to_contain_text("收齐")
    follow(page, page.locator(".chain").get_by_role("link", name="GR"))
    expect(page.locator("main table")).to_contain_text("主轴轴承")


def deliver(page: Page) -> None:
    """Deliver the order that the receipt leads to, and take one bearing of it back."""
    follow(page, page.locator(".chain").get_by_role("link", name="SO"))
    expect(page.locator("main")).not_to_contain_text("缺 10")
    press(page, "发货")
    send(page, "发货")
    press(page, "签收")
    send(page, "签收")
    expect(page.locator(".dochead")).to_contain_text("签收")
    press_in_menu(page, "退货入库")
    page.locator("[name^=quantity_]").first.fill("1")
    page.fill("[name=reason]", "滚道锈蚀")
    send(page, "退货入库")
    expect(page.locator(".dochead")).to_contain_text("RT")


def papers() -> list[Any]:
    """Everything that came out of the order."""
    kinds = (PurchaseRequest, RequestForQuotation, SupplierQuote, PurchaseOrder, GoodsReceipt, Delivery, CustomerReturn)
    return [paper for kind in kinds for paper in kind.objects.order_by("pk")]


def linked(page: Page, paper: Any) -> set[str]:
    """The numbers of the related documents that a page leads to."""
    text = page.request.get(paper.get_absolute_url()).text()
    chain = text.partition('class="chain"')[2].partition("</section>")[0]
    return {
        each.number for each in [SalesOrder.objects.get(), *papers()] if f'href="{each.get_absolute_url()}"' in chain
    }


def test_an_imported_order_is_bought_delivered_and_partly_taken_back(
    page: Page, office: dict[str, User], orders: Path, rows: list[dict[str, str]]
) -> None:
    enter(page, office["manager"])
    import_orders(page, orders, len(rows))
    enter(page, office["zhoumin"])
    page.fill("#search", rows[0]["系统订单号"])
    follow(page, page.locator("#suggest a", has_text="SO").first)
    expect(page.locator("main")).to_contain_text("缺 10")
    enter(page, office["buyer"])
    buy(page)
    enter(page, office["boss"])
    release(page)
    enter(page, office["keeper"])
    receive(page, NEAR)
    reserved = Reservation.objects.aggregate(total=Sum("quantity"))["total"]
    receive(page, FAR)
    deliver(page)

    order = SalesOrder.objects.get()
    assert (order.external_key, order.status) == (rows[0]["系统订单号"], OrderStatus.DELIVERED)
    assert order.net_total == sum(Decimal(row["要求交货数量"]) * Decimal(row["单价"]) for row in rows)
    assert [each.lines.get().unit_price for each in PurchaseOrder.objects.order_by("supplier__name")] == [
        Decimal(prices[place]) for place, prices in ((1, PRICES[NEAR]), (0, PRICES[FAR]))
    ]
    assert reserved == Decimal(rows[1]["要求交货数量"])
    returned = StockQuant.objects.get(on_hand__gt=0)
    assert (returned.on_hand, returned.status) == (1, StockStatus.PENDING)
    assert faults() == []
    enter(page, office["boss"])
    assert linked(page, order) == {order.number, *(paper.number for paper in papers())}
    for paper in papers():
        assert {order.number, paper.number} <= linked(page, paper)
    enter(page, office["zhoumin"])
    page.goto(order.party.customer.get_absolute_url())
    for number in (order.number, Delivery.objects.get().number, CustomerReturn.objects.get().number):
        expect(page.locator("#tab")).to_contain_text(number)
