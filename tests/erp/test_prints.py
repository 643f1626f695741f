"""Papers and labels of trade: what stands on them, and what never does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from erp.inventory.labels import lot_labels
from erp.inventory.models import Lot
from erp.masterdata.choices import Tracking
from erp.masterdata.models import Warehouse
from erp.purchasing.receipts import receive_goods, return_from_receipt
from erp.purchasing.services import create_order as create_purchase
from erp.purchasing.services import submit_order as submit_purchase
from erp.sales.deliveries import receive_return, ship_order
from erp.sales.models import SalesOrder
from erp.sales.services import create_order, submit_order
from erp.transfers.services import confirm_transfer, create_transfer
from suite.access.models import User
from suite.core.barcodes import bars_svg, qr_svg
from suite.masters.labels import item_labels
from suite.masters.models import Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.prints import MOST_COPIES, MOST_LABELS
from tests.factories.erp import AT, LotFactory, StockItemFactory, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import CurrencyFactory, ItemFactory, PartyFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
D = Decimal
DAY = timedelta(days=1)
COST = D("7.77")
GTIN = "6901234567892"


@pytest.fixture(autouse=True)
def systems_on(db: None) -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse() -> Warehouse:
    yuan = CurrencyFactory(code="CNY", symbol="¥")
    return WarehouseFactory(company__is_default=True, company__base_currency=yuan, company__name="华强铝业有限公司")


@pytest.fixture
def customer() -> Party:
    return PartyFactory(is_customer=True, name="深圳市远大科技有限公司")


@pytest.fixture
def show(boss: User) -> Callable[..., str]:
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")

    def html(row: Any, slug: str, language: str = "en", **query: Any) -> str:
        url = reverse(f"{row._meta.app_label}:{row._meta.model_name}-print", args=(row.pk, slug))
        answer = client.get(url, {"language": language, **query})
        assert answer.status_code == 200
        return answer.content.decode()

    return html


def words(html: str) -> str:
    """The text of a page in one line."""
    return " ".join(strip_tags(html.replace("<", " <")).split())


def tracked(number: int = 1, tracking: str = Tracking.LOT) -> list[Item]:
    items: list[Item] = ItemFactory.create_batch(number, list_price=D("1234.56"))
    for item in items:
        StockItemFactory(item=item, tracking=tracking)
    return items


def sell(boss: User, warehouse: Warehouse, customer: Party, *lines: tuple[Item, int], **more: Any) -> SalesOrder:
    order = create_order(
        party=customer,
        warehouse=warehouse,
        currency=warehouse.company.base_currency,
        lines=[{"item": item, "quantity": D(quantity)} for item, quantity in lines],
        actor=boss,
        at=AT + DAY,
        **more,
    )
    return submit_order(salesorder=order, actor=boss, at=AT + DAY)


def test_an_order_confirmation_in_both_languages(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    item = ItemFactory(list_price=D("61.50"), reference_cost=COST, tax_code=TaxRateFactory(rate=D(13)).tax_code)
    order = sell(boss, warehouse, customer, (item, 20), customer_reference="PO-88", ship_to="深圳市南山区科技路1号")

    chinese, english = show(order, "confirmation", "zh-hans"), show(order, "confirmation", "en")

    for each in (
        "深圳市远大科技有限公司",
        "PO-88",
        "深圳市南山区科技路1号",
        "1,230.00",
        "159.90",
        "1,389.90",
        item.name,
    ):
        assert each in chinese
        assert each in english
    assert "人民币壹仟叁佰捌拾玖元玖角" in chinese
    assert "人民币" not in english
    assert qr_svg(order.number) in english
    assert "Not binding" not in words(english)


def test_a_draft_says_that_it_binds_nobody(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    order = create_order(
        party=customer,
        warehouse=warehouse,
        lines=[{"item": ItemFactory(), "quantity": D(1)}],
        actor=boss,
        at=AT,
    )

    assert "Not binding: Draft" in words(show(order, "confirmation"))


def test_a_picking_list_follows_what_is_kept_and_names_what_is_missing(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    (item,) = tracked()
    late = LotFactory(item=item, number="LATE", expires_on=date(2028, 5, 1))
    soon = LotFactory(item=item, number="SOON", expires_on=date(2027, 5, 1))
    stock(warehouse, item, 30, COST, lot=late)
    stock(warehouse, item, 10, COST, lot=soon)
    order = sell(boss, warehouse, customer, (item, 55))

    html = show(order, "picking")

    text = words(html)
    assert bars_svg(order.number, height=13) in html
    assert text.index("SOON expires 2027-05-01 10") < text.index("LATE expires 2028-05-01 30")
    assert re.search(rf"Still missing # Item .* {re.escape(item.code)} 15 ", text)
    assert html.count('<td class="tick">') == 2
    assert "1,234.56" not in text


def test_a_delivery_note_names_lots_and_serial_numbers_and_no_price(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    (cream,), (pump,) = tracked(), tracked(tracking=Tracking.SERIAL)
    lot = LotFactory(item=cream, number="A-01", expires_on=date(2027, 5, 1))
    stock(warehouse, cream, 12, COST, lot=lot)
    for number in ("S-1", "S-2"):
        stock(warehouse, pump, 1, COST, lot=LotFactory(item=pump, number=number, is_serial=True))
    order = sell(boss, warehouse, customer, (cream, 12), (pump, 2), ship_to="深圳")
    delivery = ship_order(
        salesorder=order,
        request=uuid4(),
        carrier="顺丰",
        tracking_number="SF1001",
        actor=boss,
        at=AT + DAY,
    )

    html = show(delivery, "note")
    label = show(delivery, "labels", copies=3)

    text = words(html)
    for each in ("A-01 expires 2027-05-01 12", "S-1, S-2 2", "顺丰", "SF1001", order.number, "Received by"):
        assert each in text
    assert "1,234.56" not in text
    assert "7.77" not in text
    assert label.count('<section class="label">') == 3
    assert bars_svg(delivery.number, height=13, width=94) in label


def test_slips_of_returns_receipts_and_transfers(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    (item,) = tracked()
    supplier = PartyFactory(is_supplier=True, name="佛山铝材厂")
    purchase = create_purchase(
        supplier=supplier,
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(50), "unit_price": COST}],
        actor=boss,
        at=AT,
    )
    submit_purchase(order=purchase, actor=boss, at=AT)
    receipt = receive_goods(
        order=purchase, lines=[(purchase.lines.get(), D(50), "B-77")], request=uuid4(), actor=boss, at=AT
    )
    back = return_from_receipt(
        receipt=receipt,
        receipt_line=receipt.lines.get(),
        quantity=D(5),
        reason="氧化",
        request=uuid4(),
        actor=boss,
        at=AT + DAY,
    )
    delivery = ship_order(
        salesorder=sell(boss, warehouse, customer, (item, 20)), request=uuid4(), actor=boss, at=AT + DAY
    )
    returned = receive_return(
        delivery=delivery,
        quantities={delivery.lines.get().pk: D(3)},
        reason="划伤",
        request=uuid4(),
        actor=boss,
        at=AT + DAY,
    )
    transfer = create_transfer(
        source=warehouse,
        target=WarehouseFactory(company=warehouse.company, name="上海仓"),
        lines=[{"item": item, "quantity": D(8)}],
        actor=boss,
        at=AT + DAY,
    )
    confirm_transfer(transferorder=transfer, actor=boss, at=AT + DAY)

    papers = {
        "receipt": words(show(receipt, "slip")),
        "back": words(show(back, "slip")),
        "returned": words(show(returned, "slip")),
        "transfer": words(show(transfer, "slip")),
    }

    expected = {
        "receipt": ("佛山铝材厂", purchase.number, "B-77 50"),
        "back": ("佛山铝材厂", receipt.number, "氧化", "B-77 5"),
        "returned": ("深圳市远大科技有限公司", delivery.number, "划伤", "B-77 3"),
        "transfer": ("上海仓", "B-77 8 0"),
    }
    missing = {name: [each for each in wanted if each not in papers[name]] for name, wanted in expected.items()}
    assert missing == {name: [] for name in expected}
    assert [name for name, text in papers.items() if "7.77" in text or "1,234.56" in text] == []
    assert Lot.objects.get().number in show(receipt, "labels")


def test_an_item_label_says_the_gtin_and_never_the_cost(show: Callable[..., str]) -> None:
    sold = ItemFactory(barcode=GTIN, reference_cost=COST, list_price=D("9.99"))
    own = ItemFactory(code="AL-6063", barcode="")

    with_gtin, plain = item_labels([sold, own])
    html = show(sold, "labels", size="40x30", copies=2)

    assert (with_gtin.code, with_gtin.scan) == (GTIN, "(01)06901234567892")
    assert (plain.code, plain.scan) == ("AL-6063", "")
    assert html.count(bars_svg(GTIN, height=6, width=37)) == 2
    assert html.count(qr_svg("(01)06901234567892", size=13)) == 2
    assert "7.77" not in html
    assert "9.99" not in html


def test_a_lot_label_says_item_lot_and_day(show: Callable[..., str]) -> None:
    item = ItemFactory(barcode=GTIN)
    lot = LotFactory(item=item, number="A-01", expires_on=date(2027, 5, 1))
    piece = LotFactory(item=item, number="S-1", is_serial=True)
    chinese = LotFactory(item=item, number="批次一")

    scans = [label.scan for label in lot_labels([lot, piece, chinese])]

    assert scans == ["(01)06901234567892(17)270501(10)A-01", "(01)06901234567892(21)S-1", ""]
    assert qr_svg("批次一", size=24) in show(chinese, "labels")


def test_what_a_label_says_finds_its_lot(boss: User) -> None:
    lot = LotFactory(item__barcode=GTIN, number="A-01-7")
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")

    by_lot = client.get("/search/", {"q": lot_labels([lot])[0].scan}).content.decode()
    by_item = client.get("/search/", {"q": item_labels([lot.item])[0].scan}).content.decode()

    assert lot.get_absolute_url() in by_lot
    assert reverse("suite:item-detail", args=(lot.item_id,)) in by_item


def test_too_many_labels_are_refused(show: Callable[..., str]) -> None:
    item = ItemFactory()

    most = show(item, "labels", copies=MOST_COPIES)
    refused = show(item, "labels", copies=MOST_COPIES + 1)
    odd = show(item, "labels", size="A3")

    assert most.count('<section class="label">') == MOST_COPIES
    assert [each.count('<section class="label">') for each in (refused, odd)] == [0, 0]
    assert 'role="alert"' in refused
    assert 'role="alert"' in odd


def test_the_sum_of_labels_is_limited(boss: User) -> None:
    items = ItemFactory.create_batch(5)
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")

    def labels(copies: int) -> int:
        answer = client.post("/masters/items/print/labels/", {"pk": [item.pk for item in items], "copies": copies})
        return answer.content.decode().count('<section class="label">')

    assert labels(MOST_LABELS // 5) == MOST_LABELS
    assert labels(MOST_LABELS // 5 + 1) == 0


def test_a_warehouse_prints_the_labels_of_its_places(show: Callable[..., str]) -> None:
    warehouse = WarehouseFactory(code="SZ1", name="深圳仓")
    WarehouseFactory(code="SH1", name="上海仓")

    html = show(warehouse, "labels")

    assert html.count('<section class="label">') == 1
    assert bars_svg("SZ1", height=13, width=94) in html


def test_papers_cost_the_same_for_any_number_of_lines(
    boss: User, warehouse: Warehouse, customer: Party, show: Callable[..., str]
) -> None:
    def statements(number: int) -> dict[str, int]:
        items = tracked(number)
        for item in items:
            for lot in LotFactory.create_batch(2, item=item):
                stock(warehouse, item, 5, COST, lot=lot)
        order = sell(boss, warehouse, customer, *((item, 12) for item in items))
        papers = [(order, "confirmation"), (order, "picking")]
        counts = {}
        for row, slug in papers:
            with CaptureQueriesContext(connection) as captured:
                show(row, slug)
            counts[slug] = len(captured)
        delivery = ship_order(salesorder=order, request=uuid4(), actor=boss, at=AT + DAY)
        for slug in ("note", "labels"):
            with CaptureQueriesContext(connection) as captured:
                show(delivery, slug)
            counts[slug] = len(captured)
        return counts

    statements(1)

    assert statements(8) == statements(2)


def test_labels_of_many_receipts_cost_the_same(boss: User, warehouse: Warehouse) -> None:
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")

    def statements(number: int) -> int:
        pks = []
        for item in tracked(number):
            order = create_purchase(
                supplier=PartyFactory(is_supplier=True),
                warehouse=warehouse,
                lines=[{"item": item, "quantity": D(2), "unit_price": D(1)}],
                actor=boss,
                at=AT,
            )
            submit_purchase(order=order, actor=boss, at=AT)
            line = order.lines.get()
            pks.append(
                receive_goods(order=order, lines=[(line, D(2), f"L{line.pk}")], request=uuid4(), actor=boss, at=AT).pk
            )
        with CaptureQueriesContext(connection) as captured:
            answer = client.post("/erp/goods-receipts/print/labels/", {"pk": pks})
        assert answer.content.decode().count('<section class="label">') == number
        return len(captured)

    statements(1)

    assert statements(6) == statements(2)


def test_the_printer_is_a_menu_where_there_are_several_papers(
    boss: User, warehouse: Warehouse, customer: Party
) -> None:
    order = sell(boss, warehouse, customer, (ItemFactory(), 1))
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")

    html = client.get(order.get_absolute_url()).content.decode()
    listed = client.get("/masters/items/").content.decode()

    for slug in ("confirmation", "picking"):
        assert f'href="{reverse("erp:salesorder-print", args=(order.pk, slug))}"' in html
    assert 'formaction="/masters/items/print/labels/"' in listed
