"""What an import would do, without writing anything."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.masters.models import Item, Party
from suite.pages.exchange.plan import Change, ImportPlan, plan_import
from suite.pages.pageset import PageSet
from tests.exchange.conftest import csv_bytes, pages_of, read, sheet
from tests.factories.masters import ItemCategoryFactory, ItemFactory, PartyFactory, UnitFactory, uscc

HEAD = ("code", "name", "base unit", "list price")


def errors_of(plan: ImportPlan) -> dict[int, list[tuple[str, str]]]:
    return {row.number: row.errors for row in plan.bad_rows}


def test_rows_are_created_changed_or_left_alone(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", name="Charger", list_price=Decimal(62))
    ItemFactory(code="A-2", name="Cable", list_price=Decimal(8))
    file = sheet(HEAD, ("A-1", "Charger", "ZHI", 62), ("A-2", "Cable 1 m", "ZHI", "8.00"), ("A-3", "Hub", "只", "99.5"))

    plan = plan_import(items, file, user=clerk)

    assert plan.counts() == {"create": 1, "update": 1, "unchanged": 1, "error": 0}
    assert [(row.number, row.action) for row in plan.rows] == [(2, "UNCHANGED"), (3, "UPDATE"), (4, "CREATE")]
    assert plan.rows[1].changes == [Change("Name", "Cable", "Cable 1 m")]
    assert plan.rows[2].values["list_price"] == Decimal("99.5")
    assert Item.objects.count() == 2


def test_headings_are_known_in_chinese_and_english(items: PageSet, clerk: User) -> None:
    file = sheet(("编码*", "名称（必填）", "计量单位", "UnitPrice", "供应商"), ("A-1", "Charger", "只", 1, "nobody"))

    plan = plan_import(items, file, user=clerk)

    assert {index: each.name for index, each in plan.matching.columns.items()} == {
        0: "code", 1: "name", 2: "base_unit", 3: "list_price"
    }  # fmt: skip
    assert plan.matching.ignored == ["供应商"]
    assert plan.counts()["create"] == 1


def test_a_title_and_group_headings_above_are_skipped(items: PageSet, clerk: User) -> None:
    file = sheet(
        ("物料清单 2026", "", "", ""), ("", "", "", ""), ("基本", "", "计价", ""), HEAD, ("A-1", "Charger", "ZHI", 1)
    )

    plan = plan_import(items, file, user=clerk)

    assert [row.number for row in plan.rows] == [5]
    assert plan.counts()["create"] == 1


def test_empty_rows_count_for_the_row_number_only(items: PageSet, clerk: User) -> None:
    file = sheet(HEAD, ("", "", "", ""), ("A-1", "Charger", "ZHI", 1), (), ("A-2", "Cable", "ZHI", 1))

    plan = plan_import(items, file, user=clerk)

    assert [row.number for row in plan.rows] == [3, 5]


def test_every_wrong_row_is_named_with_field_and_reason(items: PageSet, clerk: User) -> None:
    ItemFactory(code="B-9", barcode="69001")
    file = sheet(
        (*HEAD, "barcode"),
        ("A-1", "Charger", "ZHI", "a lot", ""),
        ("A-2", "", "ZHI", 1, ""),
        ("A-3", "Hub", "BARREL", 1, ""),
        ("A-4", "Case", "ZHI", -1, "69001"),
        ("A-5", "Film", "ZHI", 1, "69002"),
        ("A-5", "Film again", "ZHI", 1, "69003"),
        ("A-6", "Stand", "ZHI", 1, "69002"),
        ("X" * 41, "Long", "ZHI", 1, ""),
    )

    plan = plan_import(items, file, user=clerk)

    assert errors_of(plan) == {
        2: [("List price", "“a lot” is no number.")],
        3: [("Name", "This is needed.")],
        4: [("Base unit", "There is no unit “BARREL” that you can choose.")],
        5: [("List price", "Ensure this value is greater than or equal to 0.")],
        7: [("Code", "Row 6 has the same value.")],
        8: [("Barcode", "Row 6 has the same value.")],
        9: [("Code", "Ensure this value has at most 40 characters (it has 41).")],
    }
    assert plan.counts() == {"create": 1, "update": 0, "unchanged": 0, "error": 7}


def test_a_value_that_another_entry_has_is_refused(items: PageSet, clerk: User) -> None:
    ItemFactory(code="B-9", barcode="69001")
    file = sheet((*HEAD, "barcode"), ("A-1", "Charger", "ZHI", 1, "69001"), ("A-2", "Cable", "ZHI", 1, ""))

    plan = plan_import(items, file, user=clerk)

    assert errors_of(plan) == {2: [("Barcode", "Another item has this barcode already.")]}


def test_two_rows_may_leave_a_conditional_unique_field_empty(items: PageSet, clerk: User) -> None:
    file = sheet((*HEAD, "barcode"), ("A-1", "Charger", "ZHI", 1, ""), ("A-2", "Cable", "ZHI", 1, ""))

    plan = plan_import(items, file, user=clerk)

    assert plan.counts()["create"] == 2


def test_an_empty_cell_leaves_the_value_as_it_is(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", name="Charger", spec="65 W", barcode="69001")
    file = sheet(("code", "name", "spec", "barcode"), ("A-1", "", "100 W", ""))

    plan = plan_import(items, file, user=clerk)

    assert plan.rows[0].changes == [Change("Specification", "65 W", "100 W")]


def test_few_columns_are_enough_to_change_rows(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", list_price=Decimal(62))
    file = sheet(("编码", "单价"), ("A-1", "¥65.00"), ("A-9", "1"))

    plan = plan_import(items, file, user=clerk)

    assert plan.rows[0].changes == [Change("List price", "62", "65")]
    assert errors_of(plan) == {3: [("Name", "This is needed."), ("Base unit", "This is needed.")]}


def test_without_the_column_of_the_natural_key_the_columns_must_be_assigned(items: PageSet, clerk: User) -> None:
    file = sheet(("Artikel", "Text", "base unit"), ("A-1", "Charger", "ZHI"))

    plan = plan_import(items, file, user=clerk)

    assert plan.message == "The file has no column for: Code. Say which column it is."
    assert [each.name for each in plan.missing] == ["code"]


def test_assigned_columns_are_used(items: PageSet, clerk: User) -> None:
    file = sheet(("Artikel", "Text", "base unit"), ("A-1", "Charger", "ZHI"))

    plan = plan_import(items, file, user=clerk, mapping={"0": "code", "1": "name", "2": "base_unit", "9": "name"})

    assert plan.counts()["create"] == 1
    assert plan.rows[0].values["name"] == "Charger"


def test_relations_are_found_by_code_name_and_full_text(items: PageSet, clerk: User) -> None:
    ItemCategoryFactory(code="CHG", name="Chargers")
    twins = [ItemCategoryFactory(code=f"T{n}", name="Twin", parent=ItemCategoryFactory(code=f"P{n}")) for n in (1, 2)]
    file = sheet(
        ("code", "name", "base unit", "category"),
        ("A-1", "x", "只", "chg"),
        ("A-2", "x", "TIAO", "Chargers"),
        ("A-3", "x", "ZHI", "Twin"),
        ("A-4", "x", "ZHI", "T2"),
    )

    plan = plan_import(items, file, user=clerk)

    assert [str(row.values.get("category")) for row in plan.rows] == ["Chargers", "Chargers", "None", "Twin"]
    assert plan.rows[3].values["category"] == twins[1]
    assert errors_of(plan) == {4: [("Category", "“Twin” stands for several entries; give the code.")]}


def test_gb18030_csv_with_chinese_headings_and_choices(items: PageSet, clerk: User) -> None:
    content = csv_bytes("编码,名称,单位,单价", 'A-1,氮化镓充电器,只,"1,062.00"', encoding="gb18030")

    with translation.override("zh-hans"):
        plan = plan_import(items, read(content, "物料.csv"), user=clerk)

    assert plan.counts()["create"] == 1
    assert plan.rows[0].values["list_price"] == Decimal("1062.00")


def test_queries_do_not_grow_with_the_rows(items: PageSet, clerk: User) -> None:
    ItemCategoryFactory(code="CHG")
    numbers = []
    for count in (2, 6, 200):
        for index in range(count // 2):
            ItemFactory(code=f"{count}-{index}")
        rows = [(f"{count}-{i}", f"Thing {i}", "ZHI", i, "CHG", str(690000 + i)) for i in range(count)]
        with CaptureQueriesContext(
            connection,
        ) as queries:
            plan = plan_import(items, sheet((*HEAD, "category", "barcode"), *rows), user=clerk)
        assert plan.counts() == {"create": count - count // 2, "update": count // 2, "unchanged": 0, "error": 0}
        numbers.append(len(queries))

    assert numbers[1] == numbers[2]


def test_sensitive_columns_do_not_exist_without_permission(items: PageSet, clerk: User) -> None:
    file = sheet((*HEAD, "reference cost"), ("A-1", "Charger", "ZHI", 1, 33))

    plan = plan_import(items, file, user=clerk)

    assert plan.matching.ignored == ["reference cost"]
    assert "reference_cost" not in plan.rows[0].values


# -- scope -------------------------------------------------------------------------------------


@pytest.fixture
def own_items(items: PageSet, clerk: User, monkeypatch: pytest.MonkeyPatch) -> PageSet:
    """Items of which the clerk sees the own ones; the barcode stands for the owner's key."""
    from suite.access.choices import ScopeLevel
    from suite.access.services import set_role_grant
    from tests.factories.activity import AT

    monkeypatch.setattr(Item, "scope", ScopePaths(owner="barcode"))
    set_role_grant(
        role=clerk.groups.get(),
        model=Item,
        actions=["view", "add", "change", "import"],
        level=ScopeLevel.OWN,
        actor=None,
        at=AT,
    )
    return items


def test_rows_of_others_are_not_changed(own_items: PageSet, clerk: User) -> None:
    ItemFactory(code="MINE", name="old", barcode=str(clerk.pk))
    ItemFactory(code="THEIRS", name="old", barcode="0")
    file = sheet(HEAD, ("MINE", "new", "ZHI", 62), ("THEIRS", "new", "ZHI", 62))

    plan = plan_import(own_items, file, user=User.objects.get(pk=clerk.pk))

    assert [row.action for row in plan.rows if row.is_good] == ["UPDATE"]
    assert errors_of(plan) == {3: [("Code", "Item with this Code already exists.")]}


def test_who_may_not_create_only_changes(items: PageSet, clerk: User) -> None:
    role = clerk.groups.get()
    role.permissions.remove(role.permissions.get(codename="add_item"))
    ItemFactory(code="A-1", name="old")
    file = sheet(HEAD, ("A-1", "new", "ZHI", 62), ("A-2", "Cable", "ZHI", 1))

    plan = plan_import(items, file, user=User.objects.get(pk=clerk.pk))

    assert plan.rows[0].action == "UPDATE"
    assert errors_of(plan) == {3: [("", "You may not create entries of this kind.")]}


def test_only_rows_that_the_user_may_see_can_be_chosen(items: PageSet, clerk: User) -> None:
    role = clerk.groups.get()
    role.permissions.remove(role.permissions.get(codename="view_unit"))
    file = sheet(HEAD, ("A-1", "Charger", "ZHI", 1))

    plan = plan_import(items, file, user=User.objects.get(pk=clerk.pk))

    assert errors_of(plan) == {2: [("Base unit", "There is no unit “ZHI” that you can choose.")]}


# -- parties -----------------------------------------------------------------------------------


def test_parties_are_told_apart_by_code_and_by_uscc(clerk: User) -> None:
    PartyFactory(code="K1", uscc=uscc(1))
    wrong = uscc(2)[:-1] + ("0" if uscc(2)[-1] != "0" else "1")
    file = sheet(
        ("编码", "名称", "统一社会信用代码", "is_customer"),
        ("", "New one", uscc(3), "是"),
        ("", "Same licence", uscc(1), "是"),
        ("", "Mistyped", wrong, "是"),
        ("K1", "Renamed", f" {uscc(1).lower()} ", ""),
    )

    plan = plan_import(pages_of("suite.Party"), file, user=clerk)

    assert [(row.number, row.action) for row in plan.rows if row.is_good] == [(2, "CREATE"), (5, "UPDATE")]
    assert [change.label for change in plan.rows[3].changes] == ["Name"]
    assert [row.number for row in plan.bad_rows] == [3, 4]
    assert plan.bad_rows[0].errors == [("Unified social credit code", "Row 5 has the same value.")]
    assert Party.objects.count() == 1


def test_a_choice_of_units_is_not_read_for_each_row(items: PageSet, clerk: User) -> None:
    UnitFactory(code="BOX", name="盒")
    rows: list[Any] = [(f"A-{i}", "x", ("ZHI", "盒", "TIAO")[i % 3], 1) for i in range(30)]

    with CaptureQueriesContext(connection) as queries:
        plan_import(items, sheet(HEAD, *rows), user=clerk)

    assert sum("suite_unit" in query["sql"] and "suite_item" not in query["sql"] for query in queries) == 1
