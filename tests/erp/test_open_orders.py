"""Open orders of another system by import: whole orders, once, through the services."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import translation

from erp.inventory.models import Reservation
from erp.masterdata.models import Warehouse
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.models import PurchaseOrder, PurchaseOrderLine, PurchaseRequestLine
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder, SalesOrderLine
from erp.sales.services import cancel_order, create_order_from_contract
from suite.access.models import User
from suite.masters.models import Item, Party
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.pages.exchange.apply import Outcome, RowErrors, apply_import, check_import
from suite.pages.exchange.plan import Change, ImportPlan, plan_import
from suite.pages.exchange.reading import read_sheet
from tests.exchange.conftest import pages_of, sheet
from tests.factories.crm import ContractFactory, ContractLineFactory, CustomerFactory
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import CurrencyFactory, ItemFactory, ItemUnitFactory, PartyFactory, UnitFactory, uscc

pytestmark = pytest.mark.django_db
D = Decimal
SALES, BUYING = "erp.SalesOrder", "erp.PurchaseOrder"
HEAD = ("order number", "customer", "item code", "qty", "unit price", "required date")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def erp_on(db: None) -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    forget()
    yield
    forget()


@pytest.fixture
def user() -> User:
    return UserFactory(username="clerk", is_superuser=True)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(code="W1")


@pytest.fixture
def items(warehouse: Warehouse) -> list[Item]:
    return [ItemFactory(code=code) for code in ("M-1", "M-2")]


@pytest.fixture
def customer(warehouse: Warehouse) -> Party:
    return PartyFactory(code="K-1", name="苏州恒信", uscc=uscc(7), is_customer=True)


@pytest.fixture
def supplier(warehouse: Warehouse) -> Party:
    return PartyFactory(code="V-1", name="宁波轴承厂", is_supplier=True)


def planned(user: User, label: str, *rows: Sequence[Any]) -> ImportPlan:
    return plan_import(pages_of(label), sheet(*rows), user=user)


def enter(user: User, label: str, *rows: Sequence[Any]) -> Outcome:
    return apply_import(planned(user, label, *rows), at=AT)


def texts_of(plan: ImportPlan) -> dict[int, list[str]]:
    return {row.number: [text for _label, text in row.errors] for row in plan.bad_rows}


# -- sales -------------------------------------------------------------------------------------


def test_rows_of_one_number_become_one_confirmed_order(
    user: User, warehouse: Warehouse, items: list[Item], customer: Party
) -> None:
    stock(warehouse, items[0], 6)
    ItemUnitFactory(item=items[1], unit=UnitFactory(code="BOX", name="箱"), numerator=24)

    outcome = enter(
        user,
        SALES,
        (*HEAD, "unit", "tax included", "customer order number"),
        ("A-7", "K-1", "M-1", "10", "12.5", "2026-12-01", "", "yes", "PO-9"),
        ("A-7", "苏州恒信", "M-2", "2", "240", "2026-11-20", "箱", "", ""),
        ("A-8", customer.uscc, "M-1", "1", "13", "", "", "", ""),
    )

    assert outcome == Outcome(created=3)
    first, second = SalesOrder.objects.order_by("pk")
    assert (first.external_key, first.party, first.status) == ("A-7", customer, OrderStatus.CONFIRMED)
    assert (first.requested_on, first.customer_reference, first.price_includes_tax) == (
        date(2026, 11, 20),
        "PO-9",
        True,
    )
    assert first.gross_total == D(605)
    lines = first.lines.order_by("position").values_list("item__code", "quantity", "base_quantity", "requested_on")
    assert list(lines) == [("M-1", 10, 10, date(2026, 12, 1)), ("M-2", 2, 48, date(2026, 11, 20))]
    assert (second.party, second.net_total) == (customer, D(13))
    assert Reservation.objects.aggregate(s=Sum("quantity"))["s"] == 6
    short = PurchaseRequestLine.objects.order_by("item__code").values_list("item__code", "quantity")
    assert sorted(short) == [("M-1", 1), ("M-1", 4), ("M-2", 48)]


def test_the_same_file_again_changes_nothing(
    user: User, warehouse: Warehouse, items: list[Item], customer: Party
) -> None:
    rows = (HEAD, ("A-7", "K-1", "M-1", "10", "12.5", ""), ("A-7", "K-1", "M-1", "3", "12.5", ""))
    enter(user, SALES, *rows)

    plan = check_import(planned(user, SALES, *rows), at=AT)

    assert plan.counts() == {"create": 0, "update": 0, "unchanged": 2, "error": 0}
    assert enter(user, SALES, *rows) == Outcome(unchanged=2)
    assert SalesOrderLine.objects.count() == 2


def test_a_draft_follows_the_file_and_a_confirmed_order_does_not(
    user: User, warehouse: Warehouse, items: list[Item], customer: Party
) -> None:
    head = (*HEAD, "leave as draft")
    enter(
        user,
        SALES,
        head,
        ("A-7", "K-1", "M-1", "10", "12.5", "", "yes"),
        ("A-7", "K-1", "M-2", "3", "1", "", "yes"),
        ("A-8", "K-1", "M-1", "5", "12.5", "", "no"),
    )

    plan = planned(
        user,
        SALES,
        head,
        ("A-7", "K-1", "M-1", "8", "12.5", "", "yes"),
        ("A-7", "K-1", "M-2", "3", "1", "", "yes"),
        ("A-8", "K-1", "M-1", "6", "12.5", "", "no"),
    )
    shorter = planned(user, SALES, head, ("A-7", "K-1", "M-1", "8", "12.5", "", "yes"))
    changes = plan.rows[0].changes
    refused = texts_of(plan)
    outcome = apply_import(plan, at=AT, leave_out_bad=True)
    draft = SalesOrder.objects.get(external_key="A-7")
    after = list(draft.lines.order_by("position").values_list("item__code", "quantity"))
    apply_import(shorter, at=AT)

    assert changes == [Change("Sales order line: Quantity", "10", "8")]
    assert refused == {4: ["Not possible in the state “Confirmed”."]}
    assert (outcome.updated, outcome.unchanged, outcome.left_out) == (1, 1, 1)
    assert (draft.status, after) == (OrderStatus.DRAFT, [("M-1", 8), ("M-2", 3)])
    assert list(draft.lines.values_list("item__code", "quantity")) == [("M-1", 8)]
    assert SalesOrderLine.objects.get(document__external_key="A-8").quantity == 5


def test_no_half_of_an_order_is_written(user: User, warehouse: Warehouse, items: list[Item], customer: Party) -> None:
    rows = (
        HEAD,
        ("A-7", "K-1", "M-1", "10", "12.5", ""),
        ("A-7", "K-1", "M-9", "3", "1", ""),
        ("A-8", "K-1", "M-1", "0", "1", ""),
        ("A-9", "K-1", "M-1", "1", "1", ""),
        ("A-9", PartyFactory(code="K-2").code, "M-2", "1", "1", ""),
        ("", "K-1", "M-1", "1", "1", ""),
        ("A-6", "K-1", "M-1", "1", "1", ""),
    )

    plan = check_import(planned(user, SALES, *rows), at=AT)
    with pytest.raises(RowErrors):
        enter(user, SALES, *rows)
    none = SalesOrder.objects.count()
    outcome = apply_import(planned(user, SALES, *rows), at=AT, leave_out_bad=True)

    texts = texts_of(plan)
    assert texts[2] == ["Row 3 of the same paper cannot be imported."]
    assert texts[4] == ["Enter what is still open; leave out what is not."]
    assert texts[6] == ["Another row of order A-9 says otherwise."]
    assert set(texts) == {2, 3, 4, 5, 6, 7}
    assert none == 0
    assert (outcome.created, outcome.left_out) == (1, 6)
    assert SalesOrder.objects.get().external_key == "A-6"


def test_what_came_out_of_a_contract_is_not_doubled(user: User, warehouse: Warehouse, items: list[Item]) -> None:
    owner = CustomerFactory(company=warehouse.company)
    contract = ContractFactory(
        customer=owner, company=warehouse.company, customer_reference="PO-77", currency=CurrencyFactory()
    )
    ContractLineFactory(document=contract, item=items[0], quantity=5, unit=items[0].base_unit)
    carried = create_order_from_contract(contract=contract, actor=user, at=AT)
    rows = (
        (*HEAD, "customer order number"),
        (contract.number, owner.party.code, "M-1", "5", "1", "", ""),
        ("OLD-1", owner.party.code, "M-1", "5", "1", "", "po-77 "),
        ("OLD-2", owner.party.code, "M-1", "5", "1", "", "PO-78"),
        ("OLD-3", PartyFactory(code="K-5").code, "M-1", "5", "1", "", "PO-77"),
    )

    plan = check_import(planned(user, SALES, *rows), at=AT)
    outcome = enter(user, SALES, *rows)

    assert plan.counts() == {"create": 2, "update": 0, "unchanged": 2, "error": 0}
    assert plan.rows[0].warnings == [f"Order {contract.number} is already there as {carried}."]
    assert plan.rows[1].warnings == [f"Order OLD-1 is already there as {carried}."]
    assert (outcome.created, outcome.unchanged) == (2, 2)
    assert set(SalesOrder.objects.values_list("external_key", flat=True)) == {"", "OLD-2", "OLD-3"}
    cancel_order(salesorder=carried, reason="", actor=user, at=AT)
    assert enter(user, SALES, *rows[:2]) == Outcome(created=1)


def test_beyond_the_credit_limit_an_order_waits(
    user: User, warehouse: Warehouse, items: list[Item], customer: Party
) -> None:
    customer.credit_limit = D(100)
    customer.save()

    plan = planned(user, SALES, HEAD, ("A-7", "K-1", "M-1", "10", "12.5", ""))
    apply_import(plan, at=AT)

    order = SalesOrder.objects.get()
    assert order.status == OrderStatus.APPROVING
    assert plan.rows[0].warnings == [f"{order} waits for approval: beyond the credit limit."]


# -- purchasing --------------------------------------------------------------------------------


def test_open_purchase_orders_are_released(
    user: User, warehouse: Warehouse, items: list[Item], supplier: Party
) -> None:
    head = ("purchase order ID", "vendor", "order date", "item code", "qty", "unit price", "promised date")
    rows = (
        head,
        ("P-1", "宁波轴承厂", "2026-10-10", "M-1", "10", "3.25", "2026-11-20"),
        ("P-1", "宁波轴承厂", "2026-10-10", "M-2", "4", "7", "2026-10-01"),
        ("P-2", "V-1", "2026-10-11", "M-2", "4", "7", ""),
    )

    plan = planned(user, BUYING, *rows)
    outcome = apply_import(plan, at=AT)
    again = enter(user, BUYING, *rows)

    assert (outcome, again) == (Outcome(created=3), Outcome(unchanged=3))
    first, second = PurchaseOrder.objects.order_by("pk")
    assert (first.status, first.expected_on, first.net_total) == (
        PurchaseStatus.RELEASED,
        date(2026, 10, 1),
        D("60.50"),
    )
    assert (second.status, second.expected_on, second.warehouse) == (PurchaseStatus.RELEASED, None, warehouse)
    assert plan.rows[1].warnings == ["It is promised for a day before the order was given."]
    assert [row.warnings for row in (plan.rows[0], plan.rows[2])] == [[], []]


def test_who_is_no_supplier_is_refused(user: User, items: list[Item], customer: Party) -> None:
    plan = planned(user, BUYING, ("order number", "supplier", "item code", "qty"), ("P-1", "K-1", "M-1", "1"))
    check_import(plan, at=AT)

    assert [text for _label, text in plan.rows[0].errors] == [f"{customer} is no supplier."]
    assert not PurchaseOrder.objects.exists()


# -- real data ---------------------------------------------------------------------------------


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("name", "columns", "days"),
    [
        (
            "open_orders.csv",
            ("客户号", "系统订单号", "型号", "要求交货数量", "单价"),
            {date(2019, 10, 23), date(2019, 11, 23)},
        ),
        (
            "open_orders_old_layout.csv",
            ("Customer ID", "Cust Order ID", "Product Desgn", "Req qty", "Unit Price"),
            {date(2019, 1, 8), date(2019, 2, 15), date(2019, 5, 14), date(2019, 5, 15)},
        ),
    ],
)
def test_both_layouts_of_the_bearing_orders(
    user: User, warehouse: Warehouse, trial_data: Path, name: str, columns: Sequence[str], days: set[date]
) -> None:
    path = trial_data / "chinese" / "bearings" / name
    found = read(path)
    party, key, item, quantity, price = columns
    for code in {row[party] for row in found}:
        PartyFactory(code=code)
    for number, code in enumerate(sorted({row[item] for row in found})):
        ItemFactory(code=f"B{number}" if len(code) > 40 else code, name=code)
    for number, person in enumerate(sorted({row.get("销售员") or row.get("Sales Name") or "" for row in found})):
        UserFactory(username=f"seller{number}", full_name=person)
    with path.open("rb") as file:
        whole = read_sheet(file, name)

    outcome = apply_import(plan_import(pages_of(SALES), whole, user=user), at=AT)
    again = apply_import(plan_import(pages_of(SALES), whole, user=user), at=AT)

    assert (outcome.created, again.unchanged) == (len(found), len(found))
    assert SalesOrder.objects.count() == len({row[key] for row in found})
    assert SalesOrderLine.objects.aggregate(s=Sum("quantity"))["s"] == sum(D(row[quantity]) for row in found)
    worth = sum(D(row[quantity]) * D(row[price]) for row in found)
    assert SalesOrder.objects.aggregate(s=Sum("net_total"))["s"] == worth
    assert set(SalesOrderLine.objects.values_list("requested_on", flat=True)) == days


def test_northwind_open_orders_to_the_cent(user: User, warehouse: Warehouse, trial_data: Path) -> None:
    folder = trial_data / "northwind"
    open_ = {row["OrderID"]: row for row in read(folder / "Orders.csv") if not row["ShippedDate"]}
    details = [row for row in read(folder / "OrderDetails.csv") if row["OrderID"] in open_]
    for code in {row["CustomerID"] for row in open_.values()}:
        PartyFactory(code=code)
    for code in {row["ProductID"] for row in details}:
        ItemFactory(code=f"NW-{code}")
    rows = [
        (
            row["OrderID"],
            open_[row["OrderID"]]["CustomerID"],
            f"NW-{row['ProductID']}",
            row["Quantity"],
            row["UnitPrice"],
            open_[row["OrderID"]]["RequiredDate"],
            str(D(row["Discount"]) * 100),
        )
        for row in details
    ]

    outcome = enter(user, SALES, (*HEAD, "discount"), *rows)

    worth = sum(
        (
            (D(row["UnitPrice"]) * D(row["Quantity"]) * (1 - D(row["Discount"]))).quantize(D("0.01"), "ROUND_HALF_UP")
            for row in details
        ),
        D(0),
    )
    assert (len(open_), outcome.created) == (21, len(details))
    assert SalesOrder.objects.filter(status=OrderStatus.CONFIRMED).count() == 21
    assert SalesOrder.objects.aggregate(s=Sum("net_total"))["s"] == worth


def test_adventureworks_open_purchase_orders_with_early_due_dates(
    user: User, warehouse: Warehouse, trial_data: Path
) -> None:
    folder = trial_data / "adventureworks"
    heads = {row["PurchaseOrderID"]: row for row in read(folder / "PurchaseOrderHeader.csv")}
    early = {
        row["PurchaseOrderID"]
        for row in read(folder / "PurchaseOrderDetail.csv")
        if row["DueDate"] < heads[row["PurchaseOrderID"]]["OrderDate"]
    }
    pending = sorted((k for k, row in heads.items() if row["Status"] == "1"), key=int)[:60]
    chosen = early | set(pending)
    details = [row for row in read(folder / "PurchaseOrderDetail.csv") if row["PurchaseOrderID"] in chosen]
    for code in {heads[key]["VendorID"] for key in chosen}:
        PartyFactory(code=code, is_supplier=True)
    for code in {row["ProductID"] for row in details}:
        ItemFactory(code=code)
    rows = [
        (
            row["PurchaseOrderID"],
            heads[row["PurchaseOrderID"]]["VendorID"],
            heads[row["PurchaseOrderID"]]["OrderDate"],
            row["ProductID"],
            row["OrderQty"],
            row["UnitPrice"],
            row["DueDate"],
        )
        for row in details
    ]
    head = ("PurchaseOrderID", "VendorID", "OrderDate", "product code", "quantity", "UnitPrice", "DueDate")

    plan = planned(user, BUYING, head, *rows)
    outcome = apply_import(plan, at=AT)

    assert outcome.created == len(details)
    assert PurchaseOrder.objects.filter(status=PurchaseStatus.RELEASED).count() == len(chosen)
    worth = sum((D(r["UnitPrice"]) * D(r["OrderQty"])).quantize(D("0.01"), "ROUND_HALF_UP") for r in details)
    assert PurchaseOrderLine.objects.aggregate(s=Sum("net_amount"))["s"] == worth
    assert sum(bool(row.warnings) for row in plan.rows) == 7
