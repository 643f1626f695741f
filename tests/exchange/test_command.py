"""The import command: the same import from the command line."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from suite.access.models import User
from suite.masters.models import Item, ItemCategory, Party
from suite.pages.pageset import PageSet
from tests.exchange.conftest import csv_bytes
from tests.factories.masters import ItemFactory

LINES = ("编码,名称,单位,单价", "A-1,充电器,只,62", "A-2,快充线,条,8")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two good rows."""
    path = tmp_path / "items.csv"
    path.write_bytes(csv_bytes(*LINES, encoding="gb18030"))
    return path


def run(*args: Any, **options: Any) -> str:
    out = StringIO()
    call_command("import_file", *map(str, args), stdout=out, **options)
    return out.getvalue()


def test_a_file_is_imported(items: PageSet, clerk: User, file: Path) -> None:
    ItemFactory(code="A-1", name="old")

    out = run("suite.Item", file, user="clerk")

    assert set(Item.objects.values_list("code", "name")) == {("A-1", "充电器"), ("A-2", "快充线")}
    assert "1 created, 1 changed, 0 unchanged, 0 left out" in out


def test_the_dry_run_says_what_would_happen(items: PageSet, clerk: User, file: Path) -> None:
    out = run("suite.Item", file, user="clerk", dry_run=True)

    assert "2 new, 0 changed, 0 unchanged, 0 wrong" in out
    assert Item.objects.count() == 0


def test_bad_rows_are_named_and_refuse_the_file(items: PageSet, clerk: User, tmp_path: Path) -> None:
    path = tmp_path / "items.csv"
    path.write_bytes(csv_bytes(*LINES, "A-3,Hub,BARREL,1"))

    with pytest.raises(CommandError, match="Row 4, Base unit: There is no unit “BARREL”"):
        run("suite.Item", path, user="clerk")
    assert Item.objects.count() == 0

    out = run("suite.Item", path, user="clerk", leave_out_bad=True)
    assert "2 created, 0 changed, 0 unchanged, 1 left out" in out


def test_the_user_must_be_allowed_to(items: PageSet, clerk: User, file: Path) -> None:
    role = clerk.groups.get()
    role.permissions.remove(role.permissions.get(codename="import_item"))

    with pytest.raises(CommandError, match="may not import"):
        run("suite.Item", file, user="clerk")
    with pytest.raises(CommandError, match="no active user"):
        run("suite.Item", file, user="nobody")
    assert Item.objects.count() == 0


@pytest.mark.parametrize("label", ["suite.Nothing", "suite.Currency"])
def test_only_what_can_be_imported(clerk: User, file: Path, label: str) -> None:
    with pytest.raises(CommandError, match="cannot be imported"):
        run(label, file, user="clerk")


# -- real files --------------------------------------------------------------------------------


def test_the_customers_and_suppliers_of_northwind(clerk: User, trial_data: Path, tmp_path: Path) -> None:
    customers = trial_data / "northwind" / "Customers.csv"
    columns = "CustomerID=code,CompanyName=name"

    out = run("suite.Party", customers, user="clerk", columns=columns)
    again = run("suite.Party", customers, user="clerk", columns=columns)

    assert "91 created" in out
    assert "0 created, 0 changed, 91 unchanged" in again
    alfreds = Party.objects.get(code="ALFKI")
    assert (alfreds.name, alfreds.city, alfreds.phone) == ("Alfreds Futterkiste", "Berlin", "030-0074321")


def test_the_categories_and_products_of_northwind(items: PageSet, clerk: User, trial_data: Path) -> None:
    folder = trial_data / "northwind"
    run("suite.ItemCategory", folder / "Categories.csv", user="clerk", columns="CategoryID=code,CategoryName=name")

    columns = "ProductID=code,ProductName=name,CategoryID=category,QuantityPerUnit=spec,UnitPrice=list_price"
    out = run("suite.Item", folder / "Products.csv", user="clerk", columns=columns, set=["base_unit=ZHI"])

    assert ItemCategory.objects.count() == 8
    assert "77 created" in out
    chai = Item.objects.get(code="1")
    assert (chai.name, str(chai.category), chai.list_price) == ("Chai", "Beverages", 18)
