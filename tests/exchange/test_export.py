"""Exports: what the list shows, real numbers and dates, no formulas, no rows of others, audited."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from suite.access.choices import AuditKind, ScopeLevel
from suite.access.models import AuditEntry, User
from suite.access.scopes import ScopePaths
from suite.access.services import set_role_grant
from suite.jobs.models import Job
from suite.jobs.services import run_job
from suite.masters.models import Item
from suite.pages.exchange import exporting, writing
from suite.pages.exchange.apply import Outcome, apply_import
from suite.pages.exchange.plan import plan_import
from suite.pages.models import ListPreference
from suite.pages.pageset import PageSet
from tests.exchange.conftest import read
from tests.factories.activity import AT
from tests.factories.masters import ItemCategoryFactory, ItemFactory, TaxCodeFactory

URL = "/masters/items/export/"


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def cells(response: Any) -> list[list[Any]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content(response))).get_sheet_by_index(0).to_python()


def lines(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content(response).decode("utf-8-sig"))))


def choose_columns(user: User, *names: str) -> None:
    ListPreference.objects.create(user=user, object_type="suite.Item", columns=list(names))


def test_the_columns_of_the_list_with_the_natural_key_first(items: PageSet, client: Client, clerk: User) -> None:
    choose_columns(clerk, "name", "list_price", "kind", "is_sold", "created_at")
    item = ItemFactory(code="A-1", name="充电器", list_price=Decimal("62.5"))

    rows = cells(client.get(URL, {"format": "xlsx"}))

    made = item.created_at
    item.refresh_from_db()
    made = item.created_at.astimezone().replace(tzinfo=None)
    assert rows[0] == ["Code", "Name", "List price", "Kind", "Can be sold", "Created"]
    assert rows[1][:5] == ["A-1", "充电器", 62.5, "Finished product", "Yes"]
    assert isinstance(rows[1][5], datetime)
    assert abs((rows[1][5] - made).total_seconds()) < 2


def test_csv_opens_with_chinese_intact(items: PageSet, client: Client) -> None:
    ItemFactory(code="A-1", name="充电器")

    response = client.get(URL, {"format": "csv"})

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    raw = content(response)
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "充电器" in raw.decode("utf-8-sig")


@pytest.mark.parametrize("text", ["=1+1", "+86 755", "-cmd", "@sum", "\tx"])
def test_text_is_never_a_formula(items: PageSet, client: Client, text: str) -> None:
    ItemFactory(code="A-1", name="x", spec=text)

    as_csv = lines(client.get(URL, {"format": "csv"}))
    as_xlsx = cells(client.get(URL, {"format": "xlsx"}))

    column = as_csv[0].index("Specification")
    assert as_csv[1][column] == f"'{text}"
    assert as_xlsx[1][column] == text


def test_negative_numbers_stay_numbers() -> None:
    assert writing.csv_cell(Decimal("-12.50")) == "-12.50"
    assert writing.csv_cell(-3) == "-3"


def test_filter_search_and_order_are_those_of_the_list(items: PageSet, client: Client) -> None:
    for code, kind in (("A-1", "RAW"), ("A-2", "FINISHED"), ("A-3", "FINISHED"), ("B-1", "FINISHED")):
        ItemFactory(code=code, kind=kind, list_price=Decimal(code[-1]))

    rows = lines(client.get(URL, {"format": "csv", "kind": "FINISHED", "q": "A-", "sort": "-list_price"}))

    assert [row[0] for row in rows[1:]] == ["A-3", "A-2"]


def test_selected_rows(items: PageSet, client: Client) -> None:
    wanted = [ItemFactory(code=code).pk for code in ("A-1", "A-2")]
    ItemFactory(code="A-3")

    rows = lines(client.post(f"{URL}?format=csv", {"pk": wanted, "query": "kind=RAW&kind=FINISHED"}))
    everything = lines(client.post(f"{URL}?format=csv", {"all": "1", "query": "kind=FINISHED"}))

    assert sorted(row[0] for row in rows[1:]) == ["A-1", "A-2"]
    assert len(everything) == 4


def test_who_took_rows_out_is_audited(items: PageSet, client: Client, clerk: User) -> None:
    ItemFactory(kind="RAW")

    client.get(URL, {"format": "csv", "kind": "RAW"})

    entry = AuditEntry.objects.get(kind=AuditKind.EXPORT)
    assert (entry.actor, entry.subject) == (clerk, "suite.Item")
    assert entry.details == {"format": "csv", "count": 1, "filters": "kind=RAW"}


def test_the_permission_is_needed(items: PageSet, client: Client, clerk: User) -> None:
    role = clerk.groups.get()
    role.permissions.remove(role.permissions.get(codename="export_item"))

    assert client.get(URL).status_code == 403
    assert client.post(URL, {"all": "1"}).status_code == 403
    assert not AuditEntry.objects.filter(kind=AuditKind.EXPORT).exists()


def test_rows_of_others_are_not_exported(
    items: PageSet, client: Client, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The barcode stands for the owner's key.
    monkeypatch.setattr(Item, "scope", ScopePaths(owner="barcode"))
    set_role_grant(
        role=clerk.groups.get(), model=Item, actions=["view", "export"], level=ScopeLevel.OWN, actor=None, at=AT
    )
    ItemFactory(code="MINE", barcode=str(clerk.pk))
    theirs = ItemFactory(code="THEIRS", barcode="0")

    listed = lines(client.get(URL, {"format": "csv"}))
    chosen = lines(client.post(f"{URL}?format=csv", {"pk": [theirs.pk]}))

    assert [row[0] for row in listed[1:]] == ["MINE"]
    assert chosen[1:] == []


def test_sensitive_columns_need_their_permission(items: PageSet, client: Client, clerk: User) -> None:
    choose_columns(clerk, "name", "reference_cost")
    ItemFactory(code="A-1", reference_cost=Decimal(33))

    without = lines(client.get(URL, {"format": "csv"}))
    clerk.is_superuser = True
    clerk.save()
    with_it = lines(client.get(URL, {"format": "csv"}))

    assert without[0] == ["Code", "Name"]
    assert with_it[0] == ["Code", "Name", "Reference cost"]
    assert with_it[1][2] == "33.000000"


def test_a_long_list_becomes_a_job(
    items: PageSet,
    client: Client,
    clerk: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    monkeypatch.setattr(exporting, "DIRECT_ROWS", 2)
    for number in range(4):
        ItemFactory(code=f"A-{number}", kind="RAW" if number else "TOOL")

    with django_capture_on_commit_callbacks():
        response = client.get(URL, {"format": "csv", "kind": "RAW"})
    job = Job.objects.get()
    run_job(pk=job.pk)

    assert response.url == job.get_absolute_url()
    job.refresh_from_db()
    assert job.result == {"Rows": 3}
    made = job.files.get()
    with made.file.open("rb") as file:
        assert len(file.read().decode("utf-8-sig").splitlines()) == 4
    assert made.name.endswith(".csv")
    assert AuditEntry.objects.get(kind=AuditKind.EXPORT).details["count"] == 3


@pytest.mark.parametrize("file_format", ["xlsx", "csv"])
def test_what_was_exported_is_imported_as_it_was(items: PageSet, client: Client, clerk: User, file_format: str) -> None:
    choose_columns(clerk, *items.import_fields)
    category = ItemCategoryFactory(code="CHG", name="充电器")
    rich = {"category": category, "tax_code": TaxCodeFactory(), "barcode": "0069001", "is_purchased": True}
    ItemFactory(code="0012", name="=1+1", spec="+5 V", list_price=Decimal("1234567.123456"), kind="RAW", **rich)
    ItemFactory(code="A-1", name="-x", description='two\nlines, "quoted"', is_active=False, list_price=Decimal("0.1"))
    before = list(Item.objects.order_by("pk").values())
    exported = content(client.get(URL, {"format": file_format}))
    file = read(exported, f"items.{file_format}")

    again = apply_import(plan_import(items, file, user=clerk), at=AT)
    assert again == Outcome(unchanged=2)
    assert list(Item.objects.order_by("pk").values()) == before

    Item.objects.all().delete()
    apply_import(plan_import(items, file, user=clerk), at=AT)
    apart = {"id", "created_at", "updated_at", "version"}
    kept = [{k: v for k, v in row.items() if k not in apart} for row in Item.objects.order_by("pk").values()]
    wanted = [{k: v for k, v in row.items() if k not in apart} for row in before]
    assert sorted(kept, key=lambda row: row["code"]) == sorted(wanted, key=lambda row: row["code"])


def test_numbers_too_long_and_days_too_early_for_a_spreadsheet_are_text() -> None:
    target = io.BytesIO()

    count = writing.write_xlsx(
        target, [["n", "d"], [Decimal("123456789012345678.12"), date(1890, 1, 1)]], sheet="[a]/b" * 20
    )

    book = CalamineWorkbook.from_filelike(io.BytesIO(target.getvalue()))
    assert count == 1
    assert book.sheet_names == [("ab" * 20)[:31]]
    assert book.get_sheet_by_index(0).to_python()[1] == ["123456789012345678.12", "1890-01-01"]
