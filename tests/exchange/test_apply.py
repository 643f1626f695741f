"""Writing a plan: all or nothing, in batches, with what only the database or a service can refuse."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.errors import DomainError, InvalidInput
from suite.core.triggers import authored
from suite.masters.models import Currency, ExchangeRate, Item, ItemCategory, Party, UnitConversion
from suite.pages.exchange.apply import Outcome, RowErrors, apply_import, check_import
from suite.pages.exchange.plan import ImportPlan, plan_import
from suite.pages.pageset import PageSet
from tests.exchange.conftest import pages_of, sheet
from tests.factories.activity import AT
from tests.factories.masters import ItemCategoryFactory, ItemFactory, PartyFactory, UnitFactory

HEAD = ("code", "name", "base unit", "list price")
LATER = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


class ConversionPages(PageSet):
    """Conversions, whose model asks the database in ``clean()``."""

    model = UnitConversion
    import_fields = ("from_unit", "to_unit", "numerator")
    import_key = "from_unit to_unit"


def errors_of(plan: ImportPlan) -> dict[int, list[str]]:
    return {row.number: [message for _label, message in row.errors] for row in plan.bad_rows}


def test_new_and_changed_rows_are_written(items: PageSet, clerk: User) -> None:
    old = ItemFactory(code="A-1", name="Charger", list_price=Decimal(62))
    same = ItemFactory(code="A-2", name="Cable", list_price=Decimal(8))
    file = sheet(HEAD, ("A-1", "Charger 65 W", "ZHI", 65), ("A-2", "Cable", "ZHI", 8), ("A-3", "氮化镓", "套", 99))
    plan = plan_import(items, file, user=clerk, lock=True)

    outcome = apply_import(plan, at=LATER)

    assert outcome == Outcome(created=1, updated=1, unchanged=1)
    old.refresh_from_db()
    assert (old.name, old.list_price, old.version, old.updated_at) == ("Charger 65 W", Decimal(65), 2, LATER)
    version = same.version
    same.refresh_from_db()
    assert same.version == version
    new = Item.objects.get(code="A-3")
    assert (new.name, new.base_unit.code, new.pinyin, new.is_sold) == ("氮化镓", "SET", "dhj", True)


def test_written_rows_are_found_by_search(items: PageSet, clerk: User) -> None:
    from suite.search.filter import search_filter

    ItemFactory(code="A-1", name="旧名")
    file = sheet(HEAD, ("A-1", "快充线", "ZHI", 1), ("A-2", "充电器", "ZHI", 1))

    apply_import(plan_import(items, file, user=clerk), at=AT)

    assert [item.code for item in search_filter(Item.objects.all(), "快充")] == ["A-1"]
    assert [item.code for item in search_filter(Item.objects.all(), "cdq")] == ["A-2"]


def test_the_same_file_again_changes_nothing(items: PageSet, clerk: User) -> None:
    file = sheet((*HEAD, "spec"), ("A-1", "Charger", "ZHI", "1,062.50", ""), ("A-2", "Cable", "条", 8, "1 m"))
    apply_import(plan_import(items, file, user=clerk), at=AT)
    before = list(Item.objects.order_by("pk").values())

    again = apply_import(plan_import(items, file, user=clerk), at=LATER)

    assert again == Outcome(unchanged=2)
    assert list(Item.objects.order_by("pk").values()) == before


def test_one_bad_row_refuses_all(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", name="old")
    file = sheet(HEAD, ("A-1", "new", "ZHI", 1), ("A-2", "Cable", "ZHI", "dear"))
    plan = plan_import(items, file, user=clerk)

    with pytest.raises(RowErrors) as refused:
        apply_import(plan, at=AT)

    assert refused.value.rows == {3: ["“dear” is no number."]}
    assert list(Item.objects.values_list("code", "name")) == [("A-1", "old")]


def test_good_rows_are_written_when_bad_ones_are_left_out(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", name="old")
    file = sheet(HEAD, ("A-1", "new", "ZHI", 1), ("A-2", "Cable", "ZHI", "dear"), ("A-3", "Hub", "ZHI", 1))

    outcome = apply_import(plan_import(items, file, user=clerk), at=AT, leave_out_bad=True)

    assert outcome == Outcome(created=1, updated=1, left_out=1)
    assert list(Item.objects.order_by("code").values_list("code", "name")) == [("A-1", "new"), ("A-3", "Hub")]


def test_the_dry_run_keeps_nothing(items: PageSet, clerk: User) -> None:
    old = ItemFactory(code="A-1", name="old")
    file = sheet(HEAD, ("A-1", "new", "ZHI", 1), ("A-2", "Cable", "ZHI", 1))

    plan = check_import(plan_import(items, file, user=clerk), at=AT)

    assert plan.counts() == {"create": 1, "update": 1, "unchanged": 0, "error": 0}
    assert list(Item.objects.values_list("code", "name", "version")) == [("A-1", "old", old.version)]


def test_what_only_the_database_refuses_is_named_with_its_row(
    items: PageSet, clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As when somebody takes the values between the look and the write.
    monkeypatch.setattr("suite.pages.exchange.plan.check_unique", lambda plan: None)
    ItemFactory(code="B-1", barcode="69001")
    ItemFactory(code="B-2", barcode="69002")
    rows = [(f"A-{n}", "Thing", "ZHI", 1, f"{69000 + n}") for n in range(1, 40)]
    plan = plan_import(items, sheet((*HEAD, "barcode"), *rows), user=clerk)

    check_import(plan, at=AT)

    message = "Another item has this barcode already."
    assert errors_of(plan) == {2: [message], 3: [message]}
    assert Item.objects.count() == 2
    assert apply_import(plan, at=AT, leave_out_bad=True) == Outcome(created=37, left_out=2)


def test_rows_of_one_file_may_stand_above_each_other(clerk: User) -> None:
    ItemCategoryFactory(code="ROOT", name="Root")
    file = sheet(
        ("code", "name", "parent"),
        ("LEAF", "Leaf", "MID"),
        ("MID", "Middle", "Top"),
        ("TOP", "Top", "ROOT"),
        ("SOLO", "Solo", ""),
    )

    outcome = apply_import(plan_import(pages_of("suite.ItemCategory"), file, user=clerk), at=AT)

    assert outcome.created == 4
    assert dict(ItemCategory.objects.values_list("code", "parent__code")) == {
        "ROOT": None, "LEAF": "MID", "MID": "TOP", "TOP": "ROOT", "SOLO": None
    }  # fmt: skip


def test_a_circle_in_the_file_is_refused(clerk: User) -> None:
    file = sheet(("code", "name", "parent"), ("A", "First", "B"), ("B", "Second", "A"), ("C", "Third", ""))
    plan = plan_import(pages_of("suite.ItemCategory"), file, user=clerk)

    check_import(plan, at=AT)

    assert errors_of(plan) == {row: ["Rows stand above each other in a circle."] for row in (2, 3)}
    assert ItemCategory.objects.count() == 0


def test_a_row_below_a_bad_row_is_refused(clerk: User) -> None:
    file = sheet(("code", "name", "parent"), ("A", "", ""), ("B", "Second", "A"))

    plan = check_import(plan_import(pages_of("suite.ItemCategory"), file, user=clerk), at=AT)

    assert errors_of(plan)[3] == ["Row 2, which this one refers to, cannot be imported."]


def test_the_model_judges_the_values_together(clerk: User) -> None:
    UnitFactory(code="KG", dimension="MASS")
    UnitFactory(code="M", dimension="LENGTH")
    file = sheet(("from unit", "to unit", "numerator"), ("KG", "M", 2))
    admin = User.objects.create_superuser("admin", full_name="Admin", email="a@example.com")

    plan = plan_import(
        ConversionPages(), file, user=admin, mapping={"0": "from_unit", "1": "to_unit", "2": "numerator"}
    )

    assert errors_of(plan) == {2: ["KG and M measure different things. Give the conversion at the item instead."]}


def test_a_natural_key_of_two_fields(clerk: User) -> None:
    usd = Currency.objects.create(code="USD", name="美元")
    ExchangeRate.objects.create(currency=usd, rate_date=date(2026, 1, 1), rate=Decimal("7.1"))
    admin = User.objects.create_superuser("admin", full_name="Admin", email="a@example.com")
    file = sheet(("currency", "date", "rate"), ("USD", "2026/1/1", 7.2), ("美元", "2026/2/1", "7.05"))

    outcome = apply_import(plan_import(pages_of("suite.ExchangeRate"), file, user=admin), at=AT)

    assert outcome == Outcome(created=1, updated=1)
    assert list(ExchangeRate.objects.order_by("rate_date").values_list("rate", flat=True)) == [
        Decimal("7.2"), Decimal("7.05")
    ]  # fmt: skip


def test_nobody_gives_rows_away_by_a_file(items: PageSet, clerk: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from suite.access.choices import ScopeLevel
    from suite.access.services import set_role_grant

    # The barcode stands for the owner's key.
    monkeypatch.setattr(Item, "scope", ScopePaths(owner="barcode"))
    actions = ["view", "add", "change", "import"]
    set_role_grant(role=clerk.groups.get(), model=Item, actions=actions, level=ScopeLevel.OWN, actor=None, at=AT)
    user = User.objects.get(pk=clerk.pk)
    mine = str(user.pk)
    ItemFactory(code="OLD", name="old", barcode=mine)
    file = sheet((*HEAD, "barcode"), ("OLD", "new", "ZHI", 1, "0"), ("A-1", "theirs", "ZHI", 1, "000"))
    plan = plan_import(items, file, user=user)

    check_import(plan, at=AT)

    text = "You could not see this any more after saving, so nothing was saved."
    assert errors_of(plan) == {2: [text], 3: [text]}
    with pytest.raises(RowErrors):
        apply_import(plan_import(items, file, user=user), at=AT)
    assert list(Item.objects.values_list("code", "barcode")) == [("OLD", mine)]


def test_every_change_is_in_the_field_history(items: PageSet, clerk: User) -> None:
    ItemFactory(code="A-1", name="old")
    file = sheet(HEAD, ("A-1", "new", "ZHI", 1), ("A-2", "Cable", "ZHI", 1))

    with authored(user=clerk.pk, at=AT):
        apply_import(plan_import(items, file, user=clerk), at=AT)

    events: Any = Item._meta.get_field("events").related_model  # type: ignore[union-attr]
    names = events.objects.order_by("pgh_id").values_list("code", "name", "pgh_context__metadata__user")
    assert list(names)[-2:] == [("A-2", "Cable", clerk.pk), ("A-1", "new", clerk.pk)]


def test_statements_do_not_grow_with_the_rows(items: PageSet, clerk: User) -> None:
    numbers = []
    for count in (4, 400):
        for index in range(count // 2):
            ItemFactory(code=f"{count}-{index}")
        rows = [(f"{count}-{i}", f"Thing {i}", "ZHI", i) for i in range(count)]
        plan = plan_import(items, sheet(HEAD, *rows), user=clerk)
        with CaptureQueriesContext(connection) as queries:
            apply_import(plan, at=AT)
        numbers.append(len(queries))

    assert numbers[0] == numbers[1]


# -- services ----------------------------------------------------------------------------------


def service_pages(service: Callable[..., Any], **more: Any) -> PageSet:
    """Items that a service imports."""
    items = pages_of("suite.Item")
    body = {"model": Item, "import_fields": items.import_fields, "import_key": "code", **more}
    return type("ServicePages", (PageSet,), {**body, "import_service": staticmethod(service)})()


def test_a_service_gets_the_good_rows(items: PageSet, clerk: User) -> None:
    old = ItemFactory(code="A-1", name="old")
    unit = UnitFactory()
    calls: list[dict[str, Any]] = []
    progress: list[tuple[int, int]] = []

    def service(*, rows: Any, actor: User, at: datetime, progress: Any) -> dict[str, Any]:
        calls.extend(rows)
        Item.objects.create(code="A-2", name="Cable", base_unit=unit)
        progress(1, 2)
        return {"created": 1, "updated": 1, "warnings": {3: ["Another item has the same name."]}}

    file = sheet(("code", "name"), ("A-1", "new"), ("A-2", "Cable"), ("A-1", "again"))
    plan = plan_import(service_pages(service, import_fields=("code", "name")), file, user=clerk)

    outcome = apply_import(
        plan, at=AT, leave_out_bad=True, progress=lambda done, total, _message: progress.append((done, total))
    )

    assert outcome == Outcome(created=1, updated=1, left_out=1)
    assert calls == [
        {"code": "A-1", "name": "new", "_row": 2, "_existing": old},
        {"code": "A-2", "name": "Cable", "_row": 3, "_existing": None},
    ]
    assert plan.rows[1].warnings == ["Another item has the same name."]
    assert progress == [(4, 6)]


def test_rows_that_a_service_refuses_are_named_and_left_out(items: PageSet, clerk: User) -> None:
    unit = UnitFactory()

    def service(*, rows: Any, actor: User, at: datetime, progress: Any) -> dict[str, int]:
        made = [Item(code=row["code"], name=row["name"], base_unit=unit) for row in rows]
        Item.objects.bulk_create(made)
        bad = {row["_row"]: [("name", "Not this one.")] for row in rows if row["name"] == "bad"}
        if bad:
            raise RowErrors(bad)
        return {"created": len(made), "updated": 0}

    pages = service_pages(service, import_fields=("code", "name"))
    file = sheet(("code", "name"), ("A-1", "good"), ("A-2", "bad"), ("A-3", "good"))

    plan = check_import(plan_import(pages, file, user=clerk), at=AT)

    assert [(row.number, row.errors) for row in plan.bad_rows] == [(3, [("Name", "Not this one.")])]
    assert Item.objects.count() == 0
    with pytest.raises(RowErrors):
        apply_import(plan_import(pages, file, user=clerk), at=AT)
    assert Item.objects.count() == 0
    assert apply_import(plan_import(pages, file, user=clerk), at=AT, leave_out_bad=True).created == 2
    assert list(Item.objects.order_by("code").values_list("code", flat=True)) == ["A-1", "A-3"]


def test_a_refusal_of_the_whole_file_is_told(items: PageSet, clerk: User) -> None:
    def service(*, rows: Any, actor: User, at: datetime, progress: Any) -> dict[str, int]:
        raise InvalidInput("The period is closed.")

    pages = service_pages(service, import_fields=("code", "name"))
    file = sheet(("code", "name"), ("A-1", "x"))

    plan = check_import(plan_import(pages, file, user=clerk), at=AT)

    assert plan.message == "The period is closed."
    with pytest.raises(DomainError, match="The period is closed"):
        apply_import(plan_import(pages, file, user=clerk), at=AT)


def test_an_object_type_with_a_create_service_is_imported_by_it(items: PageSet, clerk: User) -> None:
    unit = UnitFactory()

    def create_item(*, code: str, name: str, actor: User, at: datetime) -> Item:
        if name == "bad":
            raise InvalidInput("Not this one.", field="name")
        return Item.objects.create(code=code or "NEXT", name=name, base_unit=unit, created_at=at)

    class CreatedPages(PageSet):
        model = Item
        fields = ("code", "name")
        import_fields = ("code", "name")
        import_key = "code"
        create_service = create_item

    file = sheet(("code", "name"), ("A-1", "x"), ("", "numbered"), ("A-3", "bad"))

    plan = check_import(plan_import(CreatedPages(), file, user=clerk), at=AT)

    assert errors_of(plan) == {4: ["Not this one."]}
    assert apply_import(plan, at=AT, leave_out_bad=True) == Outcome(created=2, left_out=1)
    assert set(Item.objects.values_list("code", "name")) == {("A-1", "x"), ("NEXT", "numbered")}


# -- parties -----------------------------------------------------------------------------------


def test_parties_without_code_get_the_next_numbers(clerk: User) -> None:
    PartyFactory(code="K1", name="Old", phone="")
    file = sheet(
        ("编码", "名称", "电话", "is_supplier", "country"),
        ("", "深圳启岳数码有限公司", "0755 2675 1234", "Y", ""),
        ("", "Berlin GmbH", "", "Y", "DE"),
        ("K1", "", "0755-1", "", ""),
    )

    outcome = apply_import(plan_import(pages_of("suite.Party"), file, user=clerk), at=AT)

    assert outcome == Outcome(created=2, updated=1)
    rows = Party.objects.order_by("pk").values_list(
        "code", "name_norm", "phone_norm", "country", "is_supplier", "version"
    )
    assert list(rows) == [
        ("K1", "old", "07551", "CN", False, 2),
        ("P000001", "深圳启岳数码", "075526751234", "CN", True, 1),
        ("P000002", "berlin", "", "DE", True, 1),
    ]
