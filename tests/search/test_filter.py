"""Finding rows in the database."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suite.search.filter import search_filter
from suite.search.models import prepare_search
from suite.search.services import reindex_rows

CHINESE = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)


def found(queryset: Any, q: str) -> set[str]:
    return {getattr(row, "name", "") or row.number for row in search_filter(queryset, q)}


@pytest.fixture
def firms(tables: SimpleNamespace) -> Any:
    for name, phone in (
        ("深圳市启岳数码有限公司", "0755-2788 6543"),
        ("东莞朵纳进出口", "138-0013-8000"),
        ("Lantuo Electronics", ""),
        ("100%棉_纺织", ""),
    ):
        tables.Firm.objects.create(name=name, phone=phone)
    return tables.Firm.objects.all()


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("启岳", {"深圳市启岳数码有限公司"}),
        ("启岳数", {"深圳市启岳数码有限公司"}),
        ("岳", {"深圳市启岳数码有限公司"}),
        ("深圳 数码", {"深圳市启岳数码有限公司"}),
        ("深圳 朵纳", set()),
        ("szsqysm", {"深圳市启岳数码有限公司"}),
        ("qiyue", {"深圳市启岳数码有限公司"}),
        ("dgdn", {"东莞朵纳进出口"}),
        ("dg", {"东莞朵纳进出口"}),
        ("27886543", {"深圳市启岳数码有限公司"}),
        ("13800138000", {"东莞朵纳进出口"}),
        ("ＬＡＮＴＵＯ", {"Lantuo Electronics"}),
        ("ectron", {"Lantuo Electronics"}),
        ("el", {"Lantuo Electronics"}),
        ("le", set()),
        ("%", set()),
        ("_", set()),
        ("100%", {"100%棉_纺织"}),
        ("纺_织", {"100%棉_纺织"}),
        ("", set()),
    ],
)
def test_what_a_query_finds(firms: Any, q: str, names: set[str]) -> None:
    assert found(firms, q) == names


def test_a_backslash_does_no_harm(firms: Any) -> None:
    assert found(firms, "启岳\\") == {"深圳市启岳数码有限公司"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(name=CHINESE, data=st.data())
def test_every_substring_of_a_chinese_name_finds_it(tables: SimpleNamespace, name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    row = tables.Firm.objects.create(name=name)

    hits = search_filter(tables.Firm.objects.all(), name[start:end])

    assert hits.filter(pk=row.pk).exists()
    assert all(name[start:end] in hit.name for hit in hits)


def test_small_tables_are_searched_by_their_usual_columns(tables: SimpleNamespace) -> None:
    tables.Plain.objects.create(code="CNY", name="人民币")
    tables.Plain.objects.create(code="USD", name="美元")

    assert found(tables.Plain.objects.all(), "cn") == {"人民币"}
    assert found(tables.Plain.objects.all(), "美") == {"美元"}
    assert found(tables.Plain.objects.all(), "人民 CNY") == {"人民币"}
    assert found(tables.Plain.objects.all(), "人民 USD") == set()


def test_a_save_of_some_columns_takes_the_search_text_along(tables: SimpleNamespace) -> None:
    firm = tables.Firm.objects.create(name="旧名")
    firm.name = "新名"

    firm.save(update_fields=["name"])

    firm.refresh_from_db()
    assert firm.search_text == " 新名 新 名 xinming xm "


def test_another_foreign_key_changes_the_search_text(tables: SimpleNamespace) -> None:
    first, second = tables.Firm.objects.create(name="甲"), tables.Firm.objects.create(name="乙")
    paper = tables.Paper.objects.create(number="P-1", firm=first)
    paper.firm = second

    paper.save(update_fields=["firm_id"])

    assert found(tables.Paper.objects.all(), "乙") == {"P-1"}
    assert found(tables.Paper.objects.all(), "甲") == set()


def test_a_new_name_reaches_the_rows_that_show_it(
    tables: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    firm = tables.Firm.objects.create(name="旧名")
    paper = tables.Paper.objects.create(number="P-1", firm=firm)
    tables.Paper.objects.create(number="P-2")
    firm.name = "新名"

    with django_capture_on_commit_callbacks(execute=True):
        firm.save()

    assert found(tables.Paper.objects.all(), "新名") == {"P-1"}
    assert found(tables.Paper.objects.all(), "旧名") == set()
    paper.refresh_from_db()
    assert paper.version == 1


def test_a_save_that_changes_no_text_starts_no_work(
    tables: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    firm = tables.Firm.objects.create(name="名")
    firm.phone = ""

    with django_capture_on_commit_callbacks() as callbacks:
        firm.save()

    assert callbacks == []


def test_bulk_create_prepares_in_one_query_for_each_foreign_key(
    tables: SimpleNamespace, django_assert_num_queries: Any
) -> None:
    firms = [tables.Firm.objects.create(name=f"客户{n}号") for n in range(3)]
    papers = [tables.Paper(number=f"P-{n}", firm_id=firms[n % 3].pk) for n in range(9)]

    with django_assert_num_queries(1):
        prepare_search(papers)
    with django_assert_num_queries(1):
        tables.Paper.objects.bulk_create(papers)

    assert found(tables.Paper.objects.all(), "客户1号") == {"P-1", "P-4", "P-7"}


def test_bulk_update_writes_the_prepared_text(tables: SimpleNamespace) -> None:
    rows = [tables.Firm.objects.create(name="旧名") for _ in range(2)]
    for row in rows:
        row.name = "新名"

    prepare_search(rows)
    tables.Firm.objects.bulk_update(rows, ["name", "search_text"])

    assert search_filter(tables.Firm.objects.all(), "新名").count() == 2


def test_reindex_changes_only_what_is_out_of_date(tables: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("suite.search.services.BATCH", 2)
    firm = tables.Firm.objects.create(name="甲公司")
    for number in range(5):
        tables.Paper.objects.create(number=f"P-{number}", firm=firm)
    tables.Paper.objects.filter(number__in=["P-1", "P-3"]).update(search_text="")

    changed = reindex_rows(queryset=tables.Paper.objects.all())

    assert changed == 2
    assert search_filter(tables.Paper.objects.all(), "甲公司").count() == 5
    assert reindex_rows(queryset=tables.Paper.objects.all()) == 0


def test_the_command_rebuilds_and_names_unknown_models(tables: SimpleNamespace, capsys: Any) -> None:
    tables.Firm.objects.create(name="甲公司")
    tables.Firm.objects.update(search_text="")

    call_command("reindex_search")

    assert capsys.readouterr().out == "suite.Firm: 1 rows changed\nsuite.Paper: 0 rows changed\n"
    with pytest.raises(CommandError, match=r"suite\.Plain"):
        call_command("reindex_search", "suite.Plain")


def test_the_index_has_a_name_of_its_own_and_a_wrong_search_field_is_reported(tables: SimpleNamespace) -> None:
    tables.Paper.search_fields = ("number", "firm__nothing")

    errors = tables.Paper.check()

    assert [error.id for error in errors] == ["suite.E020"]
    assert [index.name for index in tables.Paper._meta.indexes] == ["suite_paper_s"]


@pytest.fixture
def many(tables: SimpleNamespace) -> Any:
    """200,000 firms whose names share most characters; one is called differently."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO suite_firm (name, phone, search_text)"
            " SELECT n::text, '', ' ' || n || ' 客户 客 户 kehu kh x' || substr(md5(n::text), 1, 8) || ' '"
            " FROM generate_series(1, 200000) AS n"
        )
        row = tables.Firm.objects.create(name="深圳市启岳数码 Qorvex")
        cursor.execute("ANALYZE suite_firm")
    return row


def test_every_kind_of_query_uses_the_index(tables: SimpleNamespace, many: Any) -> None:
    for q in ("启岳数", "启岳", "岳", "qorvex", "orve", "qo", "szsqysm", "qiyue"):
        rows = search_filter(tables.Firm.objects.all(), q)

        plan = rows.explain()

        assert "Bitmap Index Scan on suite_firm_s" in plan, f"{q}: {plan}"
        assert [row.pk for row in rows] == [many.pk], q
