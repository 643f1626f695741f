"""The search box: what it finds for whom, in what order, by how many queries."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope, User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import Module
from suite.modules.registry import registry as modules
from suite.pages import registry
from suite.pages.pageset import PageSet
from suite.search.selectors import search_everything


@pytest.fixture
def pages(tables: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Pages of firms and papers in a system that is on; nothing else is there to be found."""
    monkeypatch.setattr(registry, "_pagesets", {})
    monkeypatch.setitem(modules.modules, "tests.search", Module(code="tests.search", title="Trial"))
    ModuleState.objects.create(code="tests.search", is_enabled=True)

    class Pages(PageSet):
        is_searchable = True

        def url(self, view: str, *args: Any) -> str:
            return "/".join(["", self.name, view, *map(str, args)])

    class FirmPages(Pages):
        model = tables.Firm
        icon = "building"

        def hit(self, obj: Any) -> tuple[Any, Any, Any]:
            return obj.name, obj.phone, ""

    class PaperPages(Pages):
        model = tables.Paper
        list_select = ("firm",)

        def hit(self, obj: Any) -> tuple[Any, Any, Any]:
            return obj.number, obj.firm.name if obj.firm else "", "OPEN"

    class PlainPages(Pages):
        model = tables.Plain
        is_searchable = False

    for each in (FirmPages, PaperPages, PlainPages):
        registry.register(each)
    return tables


@pytest.fixture
def reader(pages: SimpleNamespace) -> User:
    """Somebody who may see firms and papers."""
    user = User.objects.create(username="reader", full_name="Reader")
    role = Group.objects.create(name="Readers")
    for name in ("firm", "paper", "plain"):
        content_type, _made = ContentType.objects.get_or_create(app_label="suite", model=name)
        role.permissions.add(Permission.objects.create(content_type=content_type, codename=f"view_{name}"))
        RoleScope.objects.create(role=role, content_type=content_type, level=ScopeLevel.ALL)
    user.groups.add(role)
    return user


def found(user: User, q: str) -> dict[str, list[str]]:
    return {group.title: [str(hit.title) for hit in group.hits] for group in search_everything(user=user, q=q)}


def test_everything_permitted_is_found(pages: SimpleNamespace, reader: User) -> None:
    firm = pages.Firm.objects.create(name="启岳数码", phone="0755-2788 6543")
    paper = pages.Paper.objects.create(number="SO-2026-1084", firm=firm)
    pages.Plain.objects.create(code="QY", name="启岳")

    (first, second) = search_everything(user=reader, q="启岳")

    assert (first.title, first.icon, first.url) == ("Firms", "building", "/firm/list?q=%E5%90%AF%E5%B2%B3")
    assert [(hit.title, hit.sub, hit.url) for hit in first.hits] == [
        ("启岳数码", "0755-2788 6543", f"/firm/detail/{firm.pk}")
    ]
    assert [(hit.title, hit.sub, hit.badge) for hit in second.hits] == [("SO-2026-1084", "启岳数码", "OPEN")]
    assert second.hits[0].url == f"/paper/detail/{paper.pk}"


def test_who_may_see_nothing_finds_nothing(pages: SimpleNamespace, reader: User) -> None:
    pages.Firm.objects.create(name="启岳数码")
    stranger = User.objects.create(username="stranger", full_name="Stranger")

    assert search_everything(user=stranger, q="启岳") == []


def test_nothing_of_a_system_that_is_off_is_found(pages: SimpleNamespace, reader: User) -> None:
    pages.Firm.objects.create(name="启岳数码")
    assert found(reader, "启岳") == {"Firms": ["启岳数码"]}

    ModuleState.objects.filter(code="tests.search").update(is_enabled=False)
    state.forget()

    assert found(reader, "启岳") == {}


def test_the_exact_number_comes_first_with_its_group(pages: SimpleNamespace, reader: User) -> None:
    pages.Firm.objects.create(name="SO-1084 GmbH")
    for number in (1, 2, 3, 4, 5, 6, 7):
        pages.Paper.objects.create(number=f"SO-1084-{number}")
    pages.Paper.objects.create(number="SO-1084")
    for number in range(25):
        pages.Paper.objects.create(number=f"X{number}-SO-1084")

    groups = search_everything(user=reader, q="so-1084")

    assert [group.title for group in groups] == ["Papers", "Firms"]
    assert groups[0].hits[0].title == "SO-1084"
    assert [hit.is_exact for hit in groups[0].hits] == [True, False, False, False, False]
    assert groups[0].has_more


def test_what_begins_with_the_query_comes_before_the_rest(pages: SimpleNamespace, reader: User) -> None:
    for name in ("深圳启岳", "启岳数码", "东莞启岳"):
        pages.Firm.objects.create(name=name)

    assert found(reader, "启岳")["Firms"] == ["启岳数码", "东莞启岳", "深圳启岳"]


@pytest.mark.parametrize("rows", [3, 30])
def test_one_bounded_query_for_each_object_type(pages: SimpleNamespace, reader: User, rows: int) -> None:
    firm = pages.Firm.objects.create(name="启岳数码")
    for number in range(rows):
        pages.Paper.objects.create(number=f"启岳-{number}", firm=firm)
    search_everything(user=reader, q="启岳")

    with CaptureQueriesContext(connection) as queries:
        search_everything(user=reader, q="启岳")

    statements = [query["sql"] for query in queries if "suite_firm" in query["sql"] or "suite_paper" in query["sql"]]
    assert len(statements) == 2
    assert all("LIMIT" in sql for sql in statements)


@pytest.mark.parametrize("q", ["", " ", "%", "——"])
def test_a_query_of_nothing_asks_the_database_nothing(
    pages: SimpleNamespace, reader: User, django_assert_num_queries: Any, q: str
) -> None:
    with django_assert_num_queries(0):
        assert search_everything(user=reader, q=q) == []


def test_the_pages_of_the_search(pages: SimpleNamespace, reader: User) -> None:
    pages.Firm.objects.create(name="<b>启岳</b>")
    client = Client()
    assert client.get("/search/?q=启岳").status_code == 302
    client.force_login(reader)

    page = client.get("/search/?q=启岳").content.decode()
    suggestions = client.get("/search/suggest/?q=启岳").content.decode()
    empty = client.get("/search/?q=没有").content.decode()

    assert "&lt;b&gt;启岳&lt;/b&gt;" in page
    assert "&lt;b&gt;启岳&lt;/b&gt;" in suggestions
    assert "<html" not in suggestions
    assert "启岳" not in empty
    assert client.post("/search/").status_code == 405
