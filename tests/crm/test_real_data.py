"""Sales and leads that nobody here made: what arrives equals what the files say, computed here from the files alone."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import translation

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, ContractLine, PaymentPlan, Receipt
from crm.customers.models import Contact, Customer, Lead, OwnerChange
from crm.pipeline.models import Opportunity, StageChange
from suite.access.models import User
from suite.documents.models import DocumentLink, StatusChange
from suite.masters.models import Item
from suite.masters.services import load_reference_data
from suite.modules.services import enable_module
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory
from tests.kit.sales import check_sales_invariants

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CENT = Decimal("0.01")
Rows = list[dict[str, str]]


@pytest.fixture
def admin() -> User:
    """An administrator of a company that is ready for CRM."""
    load_reference_data()
    CompanyFactory()
    user = UserFactory(username="admin", is_superuser=True)
    enable_module(code="crm", actor=user, at=AT)
    return user


def read(path: Path) -> Rows:
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as file:
        return list(csv.DictReader(file))


def run(*arguments: str) -> str:
    out = StringIO()
    with translation.override("en"):
        call_command(*arguments, stdout=out)
    return out.getvalue()


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def test_northwind_arrives_to_the_cent(admin: User, trial_data: Path) -> None:
    folder = trial_data / "northwind"
    orders, details = read(folder / "Orders.csv"), read(folder / "OrderDetails.csv")
    products = sum(
        (cents(Decimal(row["UnitPrice"]) * int(row["Quantity"]) * (1 - Decimal(row["Discount"]))) for row in details),
        Decimal(0),
    )
    freight = sum((Decimal(row["Freight"]) for row in orders), Decimal(0))
    shipped = [row for row in orders if row["ShippedDate"]]

    printed = run("import_orders", "northwind", str(folder))

    assert (Customer.objects.count(), Item.objects.count(), Contact.objects.count()) == (91, 77, 91)
    assert (Contract.objects.count(), Opportunity.objects.filter(status="WON").count()) == (830, 830)
    lines = ContractLine.objects.all()
    assert (lines.filter(item__isnull=False).count(), lines.filter(item=None).count()) == (2155, 830)
    assert lines.filter(item__isnull=False).aggregate(s=Sum("gross_amount"))["s"] == products == Decimal("1265793.29")
    assert lines.filter(item=None).aggregate(s=Sum("gross_amount"))["s"] == freight == Decimal("64942.69")
    assert Contract.objects.aggregate(s=Sum("gross_total"))["s"] == products + freight
    assert Receipt.objects.filter(status=ReceiptStatus.CONFIRMED).count() == len(shipped) == 809
    states = Counter(Contract.objects.values_list("status", flat=True))
    assert states == {ContractStatus.CLOSED: 809, ContractStatus.EXECUTING: 21}
    assert "830 created (809 paid, 0 returned), 0 known before; 1330735.98 USD" in printed
    check_sales_invariants()
    _has_days_rates_and_discounts()
    counts = count_rows()

    again = run("import_orders", "northwind", str(folder))

    assert "0 created (0 paid, 0 returned), 830 known before" in again
    assert count_rows() == counts


def count_rows() -> list[int]:
    models = (Customer, Item, Opportunity, Contract, ContractLine, PaymentPlan, Receipt, StatusChange, OwnerChange)
    return [model._default_manager.count() for model in models]


def _has_days_rates_and_discounts() -> None:
    contract = Contract.objects.select_related("currency", "customer__party", "opportunity").get(
        external_key="northwind:10250"
    )
    assert (contract.customer.party.code, contract.customer.party.country) == ("HANAR", "BR")
    assert (contract.signed_on, contract.document_date) == (date(1996, 7, 8), date(1996, 7, 8))
    assert (contract.currency.code, contract.exchange_rate) == ("USD", Decimal("8.3142"))
    rows = contract.lines.values_list("item__code", "quantity", "unit_price", "discount_percent", "gross_amount")
    assert list(rows) == [
        ("NW-041", 10, Decimal("7.7"), 0, Decimal("77.00")),
        ("NW-051", 35, Decimal("42.4"), 15, Decimal("1261.40")),
        ("NW-065", 15, Decimal("16.8"), 15, Decimal("214.20")),
        (None, 1, Decimal("65.83"), 0, Decimal("65.83")),
    ]
    assert contract.gross_total == Decimal("1618.43")
    assert contract.opportunity is not None
    assert contract.opportunity.amount == Decimal("13455.95")
    receipt = contract.receipts.get()
    assert (receipt.amount, receipt.received_on, receipt.plan) == (
        contract.gross_total,
        date(1996, 7, 12),
        contract.plans.get(),
    )
    assert contract.number.startswith("HT-1996-")
    assert contract.customer.first_deal_on == date(1996, 7, 8)
    assert OwnerChange.objects.filter(trigger="IMPORT").count() == 91
    assert StageChange.objects.count() == 830
    assert DocumentLink.objects.count() == 830 + 809
    assert StatusChange.objects.filter(object_id=contract.pk, to_status=ContractStatus.CLOSED).get().at >= AT


def test_superstore_arrives_to_the_cent_with_its_dirt(admin: User, trial_data: Path) -> None:
    folder = trial_data / "chinese" / "superstore"
    rows, returns = read(folder / "orders.csv.gz"), read(folder / "returns.csv")
    keys = {(row["订单 ID"], row["客户 ID"], row["订单日期"]) for row in rows}
    total = sum((cents(Decimal(row["销售额"])) for row in rows), Decimal(0))
    by_number: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for key in keys:
        by_number[key[0]].add(key)
    returned = {number for row in returns if len(by_number[number := row["订单 ID"]]) == 1}
    sent_back = sum((cents(Decimal(row["销售额"])) for row in rows if row["订单 ID"] in returned), Decimal(0))

    printed = run("import_orders", "superstore", str(folder))

    assert Contract.objects.count() == len(keys) == 4985
    assert ContractLine.objects.count() == len(rows) == 10_000
    assert (Customer.objects.count(), Item.objects.count()) == (790, 1977)
    assert Contract.objects.aggregate(s=Sum("gross_total"))["s"] == total == Decimal("16117548.40")
    assert ContractLine.objects.aggregate(s=Sum("quantity"))["s"] == sum(int(row["数量"]) for row in rows) == 37_675
    void = Contract.objects.filter(status=ContractStatus.VOID)
    assert (void.count(), void.aggregate(s=Sum("gross_total"))["s"]) == (len(returned), sent_back)
    live = Receipt.objects.filter(status=ReceiptStatus.CONFIRMED)
    assert (live.count(), live.aggregate(s=Sum("amount"))["s"]) == (4985 - len(returned), total - sent_back)
    assert Receipt.objects.filter(status=ReceiptStatus.VOID).count() == len(returned) == 143
    assert printed.count("nothing was voided") == 153
    assert Item.objects.filter(code__regex=r"-\d{8}-2$").count() == 22
    check_sales_invariants()
    contract = Contract.objects.get(external_key="superstore:US-2017-1357144:曾惠-14485:2017-04-27")
    line = contract.lines.select_related("item").get()
    assert (line.quantity, line.unit_price, line.discount_percent) == (2, Decimal("108.08"), 40)
    assert (line.gross_amount, contract.gross_total) == (Decimal("129.70"), Decimal("129.70"))
    assert contract.customer.industry == "公司"
    assert not Item.objects.filter(reference_cost__lte=0).exists()


def test_prospective_buyers_come_without_their_duplicates(admin: User, trial_data: Path) -> None:
    folder = trial_data / "adventureworks_dw"
    rows = read(folder / "ProspectiveBuyer.csv")
    emails = Counter(row["EmailAddress"].lower() for row in rows)
    faulty = [row for row in rows if "." not in row["EmailAddress"].rpartition("@")[2]]
    good = {row["EmailAddress"].lower() for row in rows} - {row["EmailAddress"].lower() for row in faulty}

    printed = run("import_leads", "adventureworks", str(folder))

    assert len(rows) == 2059
    assert sum(count - 1 for count in emails.values()) == 50
    assert Lead.objects.count() == len(good)
    assert Lead.objects.values("email_norm").distinct().count() == len(good)
    assert f"{len(good)} created, 0 updated, 0 unchanged, {2059 - len(good)} left out" in printed
    shared = [n for n, row in enumerate(rows, start=2) if row["EmailAddress"] == "ajimenez@northwindtraders.com"]
    assert f"{shared[1]}: " in printed
    assert f"Row {shared[0]} has the same value." in printed
    lead = Lead.objects.get(external_key="adventureworks:1")
    assert (lead.name, lead.city, lead.region, lead.source.code if lead.source else "") == (
        "Adam Alexander",
        "Cedar City",
        "UT",
        "IMPORT",
    )

    again = run("import_leads", "adventureworks", str(folder))

    assert Lead.objects.count() == len(good)
    assert f"0 created, 0 updated, {len(good)} unchanged" in again


def test_a_folder_without_the_files_is_refused(admin: User, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Customers\.csv|OrderDetails\.csv"):
        run("import_orders", "northwind", str(tmp_path))

    assert Customer.objects.count() == 0


def test_without_an_administrator_somebody_must_be_named(trial_data: Path) -> None:
    with pytest.raises(CommandError, match="no administrator"):
        run("import_orders", "northwind", str(trial_data / "northwind"))
