"""Opening stock by import: entered once, corrected by the difference, refused where it moved."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.ledger import Posting, post
from erp.inventory.models import Lot, StockClosing, StockMove, StockQuant, StockValue
from erp.inventory.proof import faults
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import StockItem, Warehouse
from erp.masterdata.services import common_location, store_of
from erp.opening.models import OpeningStock
from suite.access.models import User
from suite.masters.models import Item
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.pages.exchange import services
from suite.pages.exchange.apply import Outcome, RowErrors, apply_import, check_import
from suite.pages.exchange.choices import RunState
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.plan import Change, ImportPlan, plan_import
from suite.pages.exchange.reading import read_sheet
from tests.exchange.conftest import pages_of, sheet, upload
from tests.exchange.test_import_pages import work
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, ItemUnitFactory, UnitFactory

pytestmark = pytest.mark.django_db
D = Decimal
HEAD = ("仓库", "物料编码", "批号", "状态", "数量", "单位成本")


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
    return UserFactory(username="keeper", is_superuser=True)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(code="W1")


@pytest.fixture
def item(warehouse: Warehouse) -> Item:
    return ItemFactory(code="M-1")


def planned(user: User, *rows: Sequence[Any], lock: bool = False) -> ImportPlan:
    return plan_import(pages_of("erp.OpeningStock"), sheet(*rows), user=user, lock=lock)


def enter(user: User, *rows: Sequence[Any]) -> Outcome:
    return apply_import(planned(user, *rows), at=AT)


def errors_of(plan: ImportPlan) -> dict[int, list[tuple[str, str]]]:
    return {row.number: row.errors for row in plan.bad_rows}


def test_stock_is_entered_by_lot_status_and_unit(user: User, warehouse: Warehouse, item: Item) -> None:
    StockItemFactory(item=item, tracking=Tracking.LOT)
    box = UnitFactory(code="BOX", name="箱")
    ItemUnitFactory(item=item, unit=box, numerator=24)

    outcome = enter(
        user,
        (*HEAD, "单位", "有效期", "日期"),
        ("W1", "M-1", "L1", "合格", "2", "120", "箱", "2027-01-31", "2026-10-01"),
        ("W1", "M-1", "L1", "待检", "3", "5", "", "2027-01-31", "2026-10-01"),
        ("W1", "M-1", "L2", "冻结", "1", "5.5", "", "", ""),
    )

    assert outcome == Outcome(created=3)
    quants = StockQuant.objects.order_by("pk").values_list("lot__number", "status", "on_hand", "lot__expires_on")
    assert list(quants) == [
        ("L1", StockStatus.GOOD, D(48), date(2027, 1, 31)),
        ("L1", StockStatus.PENDING, D(3), date(2027, 1, 31)),
        ("L2", StockStatus.HOLD, D(1), None),
    ]
    value = StockValue.objects.get(item=item)
    assert (value.quantity, value.amount) == (52, D("260.50"))
    days = StockMove.objects.order_by("pk").values_list("effective_on", "kind")
    assert list(days) == [(date(2026, 10, 1), "OPENING")] * 2 + [(date(2026, 11, 2), "OPENING")]
    assert faults() == []


def test_the_same_file_again_changes_nothing(user: User, warehouse: Warehouse, item: Item) -> None:
    rows = (HEAD, ("W1", "M-1", "", "", "10", "5"))
    enter(user, *rows)

    plan = check_import(planned(user, *rows), at=AT)

    assert plan.counts() == {"create": 0, "update": 0, "unchanged": 1, "error": 0}
    assert enter(user, *rows) == Outcome(unchanged=1)
    assert StockMove.objects.count() == 1


@pytest.mark.parametrize(
    ("quantity", "cost", "value"), [("12", "5", D(60)), ("7", "5", D(35)), ("10", "4", D(40)), ("4", "6.5", D(26))]
)
def test_a_correction_posts_the_difference(
    user: User, warehouse: Warehouse, item: Item, quantity: str, cost: str, value: Decimal
) -> None:
    other = WarehouseFactory(code="W2", company=warehouse.company)
    enter(user, HEAD, ("W1", "M-1", "", "", "10", "5"), (other.name, "M-1", "", "", "10", "7"))

    plan = planned(user, HEAD, ("W1", "M-1", "", "", quantity, cost))
    changes = [
        *([Change("Quantity", "10", quantity)] if quantity != "10" else []),
        *([Change("Unit cost", "5", cost)] if cost != "5" else []),
    ]

    assert [c.label.lower() for c in plan.rows[0].changes] == [c.label.lower() for c in changes]
    assert [(c.old, c.new) for c in plan.rows[0].changes] == [(c.old, c.new) for c in changes]
    assert apply_import(plan, at=AT + timedelta(days=1)) == Outcome(updated=1)
    quant = StockQuant.objects.get(location=store_of(warehouse))
    assert quant.on_hand == D(quantity)
    assert StockValue.objects.get(item=item).amount == 70 + value
    assert list(StockMove.objects.filter(to_location=quant.location).values_list("effective_at", flat=True)) == [AT] * 2
    assert faults() == []


def test_the_unit_cost_replaces_an_amount_and_zero_takes_back(user: User, warehouse: Warehouse, item: Item) -> None:
    head = ("仓库", "物料编码", "数量", "金额")
    enter(user, head, ("W1", "M-1", "3", "100"))
    assert StockValue.objects.get(item=item).amount == 100

    refused = planned(user, head[:3], ("W1", "M-1", "4"))
    check_import(refused, at=AT)
    enter(user, ("仓库", "物料编码", "单位成本"), ("W1", "M-1", "30"))
    amounts = [StockValue.objects.get(item=item).amount]
    enter(user, head[:3], ("W1", "M-1", "0"))
    amounts.append(StockValue.objects.get(item=item).amount)
    enter(user, ("仓库", "物料编码", "数量", "日期"), ("W1", "M-1", "3", "2026-09-30"))

    assert errors_of(refused) == {2: [("Amount", "The quantity changed: give the amount or the unit cost as well.")]}
    assert amounts == [90, 0]
    row = OpeningStock.objects.get()
    assert (row.quantity, row.value, row.revision) == (3, D(90), 4)
    assert StockQuant.objects.get().on_hand == 3
    assert faults() == []


def test_what_moved_is_not_corrected(user: User, warehouse: Warehouse, item: Item) -> None:
    enter(user, HEAD, ("W1", "M-1", "", "", "10", "5"))
    issue = Posting(
        key="test:out",
        kind=MoveKind.SHIPMENT,
        item_id=item.pk,
        quantity=D(1),
        source=store_of(warehouse),
        target=common_location(warehouse.company, LocationKind.CUSTOMER),
    )
    with transaction.atomic():
        post([issue], company=warehouse.company, actor=user, at=AT + timedelta(hours=1))

    plan = planned(user, HEAD, ("W1", "M-1", "", "", "12", "5"))
    check_import(plan, at=AT + timedelta(days=1))

    assert errors_of(plan) == {2: [("", "It moved since it was entered. Correct it by a count instead.")]}
    with pytest.raises(RowErrors):
        apply_import(plan, at=AT + timedelta(days=1))
    assert OpeningStock.objects.get().quantity == 10
    assert StockMove.objects.count() == 2


def test_what_cannot_be_entered_is_named(user: User, warehouse: Warehouse, item: Item) -> None:
    serial = ItemFactory(code="M-2")
    StockItemFactory(item=serial, tracking=Tracking.SERIAL)
    StockClosing.objects.create(company=warehouse.company, closed_through=date(2026, 9, 30))
    box = UnitFactory(code="BOX", name="箱")

    plan = planned(
        user,
        (*HEAD, "单位", "日期"),
        ("W1", "M-1", "L1", "", "10", "5", "", ""),
        ("W1", "M-2", "", "", "1", "5", "", ""),
        ("W1", "M-2", "S1", "", "2", "5", "", ""),
        ("W1", "M-1", "", "HOLD", "10", "5", "", "2026-11-03"),
        ("W1", "M-1", "", "REJECT", "10", "5", "", "2026-09-30"),
        ("W1", "M-1", "", "", "10", "5", box.name, ""),
        ("W1", "M-9", "", "", "10", "5", "", ""),
        ("W1", "M-1", "", "PENDING", "-1", "5", "", ""),
        ("W1", "M-1", "", "PENDING", "3", "5", "", ""),
        ("W1", "M-1", "", "PENDING", "3", "5", "", ""),
    )
    check_import(plan, at=AT)

    texts = {number: [text for _label, text in errors] for number, errors in errors_of(plan).items()}
    assert set(texts) == {2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
    assert texts[2] == [f"{item} is not told apart by lots. Change its stocking first."]
    assert texts[3] == [f"{serial} needs a lot or serial number."]
    assert texts[4] == ["There is one piece only with a serial number."]
    assert texts[5] == ["This day is still to come."]
    assert texts[6] == ["2026-09-30 is closed for stock."]
    assert "Enter it in the units of the item." in texts[7][0]
    assert "M-9" in texts[8][0]
    assert not OpeningStock.objects.exists()
    assert not Lot.objects.exists()


def test_five_thousand_rows_take_as_many_statements_as_fifty(
    user: User, warehouse: Warehouse, django_assert_max_num_queries: Any
) -> None:
    unit = UnitFactory()
    items = Item.objects.bulk_create(Item(code=f"I{n:05}", name=f"件{n}", base_unit=unit) for n in range(5050))
    StockItem.objects.bulk_create(StockItem(item=each, tracking=Tracking.LOT) for each in items)

    def statements(chosen: Sequence[Item]) -> int:
        rows = [(warehouse.code, each.code, "L1", "", "10", "1.25") for each in chosen]
        plan = planned(user, HEAD, *rows)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            apply_import(plan, at=AT)
        return len(queries)

    few = statements(items[:50])
    many = statements(items[50:])

    # Rows beyond a thousand are written by further statements of the same kind.
    assert many <= few + 30
    assert StockQuant.objects.aggregate(s=Sum("on_hand"))["s"] == 50500
    assert StockValue.objects.aggregate(s=Sum("amount"))["s"] == D("63125.00")


def test_whoever_may_import_finds_page_template_and_dry_run(user: User, warehouse: Warehouse, item: Item) -> None:
    client = Client()
    client.force_login(user)
    url = reverse("erp:openingstock-import")
    file = "仓库,物料编码,数量,单位成本\r\nW1,M-1,10,5\r\n".encode()

    listed = client.get(reverse("erp:stockquant-list"))
    template = client.get(reverse("erp:openingstock-import-template"))
    shown = client.post(url, {"step": "upload", "file": upload("期初.csv", file)}, follow=True)
    before = StockMove.objects.count()
    run = shown.context["run"]
    client.post(url, {"step": "import", "run": run.pk})

    assert url in listed.content.decode()
    assert template.status_code == 200
    assert run.report["counts"]["create"] == 1
    assert before == 0
    assert StockQuant.objects.get().on_hand == 10


def test_a_file_of_one_warehouse_takes_it_from_the_page(user: User, warehouse: Warehouse, item: Item) -> None:
    client = Client()
    client.force_login(user)
    url = reverse("erp:openingstock-import")
    file = upload("stock.csv", b"ProductID,UnitsInStock\r\nM-1,10\r\n")

    asked = client.post(url, {"step": "upload", "file": file}, follow=True).content.decode()
    given = {"column-0": "item", "column-1": "quantity", "value-warehouse": "W1", "value-unit_cost": "5"}
    run = ImportRun.objects.get()
    client.post(url, {"step": "map", "run": run.pk, **given})
    client.post(url, {"step": "import", "run": run.pk})

    assert 'name="value-warehouse"' in asked
    assert StockQuant.objects.get().on_hand == 10


def test_who_may_not_import_is_refused(warehouse: Warehouse) -> None:
    client = Client()
    client.force_login(UserFactory(username="guest"))

    response = client.get(reverse("erp:openingstock-import"))

    assert response.status_code == 403


def test_how_items_are_stocked_is_imported_and_guarded(user: User, warehouse: Warehouse, item: Item) -> None:
    pages = pages_of("erp.StockItem")
    head = ("物料编码", "tracking", "lead_time_days")

    first = apply_import(plan_import(pages, sheet(head, ("M-1", "LOT", "12")), user=user), at=AT)
    enter(user, HEAD, ("W1", "M-1", "L1", "", "10", "5"))
    plan = plan_import(pages, sheet(head, ("M-1", "NONE", "12")), user=user)
    check_import(plan, at=AT)

    assert first == Outcome(created=1)
    assert StockItem.objects.get(item=item).lead_time_days == 12
    assert [text for _label, text in errors_of(plan)[2]] == [
        "This can change only while nothing of the item is in stock."
    ]


# -- real data ---------------------------------------------------------------------------------


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_openboxes_stock_with_lots_and_american_dates(user: User, warehouse: Warehouse, trial_data: Path) -> None:
    folder = trial_data / "openboxes"
    products = {row["ProductCode"]: row for row in read(folder / "products.csv")}
    stock = read(folder / "bostonWarehouseInventory.csv")
    unit = UnitFactory()
    for code, row in products.items():
        made = ItemFactory(code=code, name=row["Name"][:120], base_unit=unit, reference_cost=D(row["UnitCost"] or 0))
        if any(each["Product code"] == code and each["Lot number"] for each in stock):
            StockItemFactory(item=made, tracking=Tracking.LOT)
    with (folder / "bostonWarehouseInventory.csv").open("rb") as file:
        whole = read_sheet(file, "boston.csv")
    pages = pages_of("erp.OpeningStock")
    head = whole.rows[0]
    mapping = {
        str(head.index("Product code")): "item",
        str(head.index("Lot number")): "lot_number",
        str(head.index("Expiration date")): "expires_on",
        str(head.index("Physical QOH")): "quantity",
        "=warehouse": warehouse.code,
    }

    outcome = apply_import(plan_import(pages, whole, user=user, mapping=mapping), at=AT, leave_out_bad=True)
    again = apply_import(plan_import(pages, whole, user=user, mapping=mapping), at=AT, leave_out_bad=True)

    total = sum((D(row["Physical QOH"] or 0) for row in stock), D(0))
    assert (outcome.created + outcome.left_out, again.created, again.unchanged) == (len(stock), 0, outcome.created)
    assert outcome.left_out == 0
    assert StockQuant.objects.aggregate(s=Sum("on_hand"))["s"] == total
    dated = [row for row in stock if row["Expiration date"]]
    assert Lot.objects.filter(expires_on__isnull=False).count() == len(
        {(row["Product code"], row["Lot number"]) for row in dated}
    )
    worth = sum(
        (
            (D(row["Physical QOH"] or 0) * D(products[row["Product code"]]["UnitCost"] or 0)).quantize(D("0.01"))
            for row in stock
        ),
        D(0),
    )
    assert StockValue.objects.aggregate(s=Sum("amount"))["s"] == worth
    assert faults() == []


def test_a_job_that_failed_is_tried_again(
    user: User, warehouse: Warehouse, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "DIRECT_ROWS", 0)
    client = Client()
    client.force_login(user)
    url = reverse("erp:openingstock-import")
    file = upload("opening.csv", b"warehouse,item,quantity,unit_cost\r\nW1,M-1,10,5\r\n")
    client.post(url, {"step": "upload", "file": file})
    run = ImportRun.objects.get()
    work(run)
    client.post(url, {"step": "import", "run": run.pk})

    def fail(*_moves: Any) -> None:
        raise RuntimeError("the worker was killed")

    with monkeypatch.context() as broken:
        broken.setattr("erp.opening.services.announce", fail)
        work(run)
    entered = OpeningStock.objects.count(), StockMove.objects.count()
    shown = client.get(f"{url}?run={run.pk}").context["run"]
    client.post(url, {"step": "import", "run": run.pk})
    work(run)

    run.refresh_from_db()
    assert entered == (0, 0)
    assert shown.state == RunState.CHECKED
    assert run.state == RunState.DONE
    assert StockQuant.objects.get().on_hand == 10
