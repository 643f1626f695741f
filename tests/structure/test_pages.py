"""Every PageSet: the door, the scopes, the queries, the filters."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.columns import Column
from suite.pages.filters import BaseFilterSet
from suite.pages.pageset import PageSet
from suite.pages.panels import Children
from suite.pages.registry import pagesets
from suite.pages.urls import PREFIXES
from tests.factories.hrm import UserFactory
from tests.kit.objects import give, make

ALL = sorted(pagesets(enabled_only=False), key=lambda p: p.model._meta.label)
OWNED = [p for p in ALL if getattr(p.model, "scope", None) is not None and p.model.scope.owner]
SWITCHED = [p for p in ALL if not p.module.is_always_on]
# Of ledgers and numbered rounds no twelve can be made at will.
LEDGERS = {"crm.Stage", "erp.Lot", "erp.StockMove", "erp.StockQuant", "hrm.Candidate"}
# Rows below a page in which code of the program has a part, which may look at anything.
DRAWN_BELOW = [
    (p, panel.relation)
    for p in ALL
    for panel in p.panels
    if isinstance(panel, Children)
    and panel.relation in {field.name for field in p.model._meta.related_objects}
    and any(isinstance(column, Column) and column.render is not None for column in panel.columns)
    and p.model._meta.label not in LEDGERS
]
LIMIT = 15


def label(pageset: PageSet) -> str:
    return str(pageset.model._meta.label)


every = pytest.mark.parametrize("pageset", ALL, ids=label)
owned = pytest.mark.parametrize("pageset", OWNED, ids=label)
pytestmark = pytest.mark.usefixtures("all_on")


def api(pageset: PageSet, pk: int | None = None) -> str:
    base = f"/api/{PREFIXES.get(pageset.app_label, pageset.app_label)}/{pageset.path}/"
    return f"{base}{pk}/" if pk else base


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def listing(pageset: PageSet) -> str:
    shape = "?as=list" if pageset.kanban or pageset.tree else ""
    return pageset.url("list") + shape


@every
def test_anonymous_is_sent_to_sign_in(pageset: PageSet, client: Client) -> None:
    page, route = client.get(pageset.url("list")), client.get(api(pageset))

    assert (page.status_code, page["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert route.status_code == 401
    assert route["Content-Type"] == "application/problem+json"


@every
def test_without_permission_is_refused(pageset: PageSet) -> None:
    client = signed_in(UserFactory())

    statuses = [
        client.get(pageset.url("list")).status_code,
        client.get(pageset.url("create")).status_code,
        client.get(pageset.url("export")).status_code,
        client.get(api(pageset)).status_code,
        client.get(f"/lookup/{pageset.model._meta.label_lower}/").status_code,
    ]

    assert statuses == [403] * 5


@owned
def test_scope_hides_the_rows_of_others(pageset: PageSet) -> None:
    (theirs,) = make(pageset.model)
    user = give(UserFactory(), pageset, pageset.permission_actions(), ScopeLevel.OWN)
    client = signed_in(user)

    before = type(theirs)._default_manager.filter(pk=theirs.pk).values().get()
    answers = {
        "detail": client.get(pageset.url("detail", theirs.pk)).status_code,
        "edit": client.get(pageset.url("edit", theirs.pk)).status_code if pageset.may(user, "change") else 404,
        "history": client.get(pageset.url("history", theirs.pk)).status_code,
        "api": client.get(api(pageset, theirs.pk)).status_code,
        "actions": {
            client.post(pageset.url("action", theirs.pk, action.slug)).status_code for action in pageset.actions
        }
        or {404},
    }
    api_rows = client.get(api(pageset)).json()["results"]
    choices = client.get(f"/lookup/{pageset.model._meta.label_lower}/").json()["results"]

    assert answers == {"detail": 404, "edit": 404, "history": 404, "api": 404, "actions": {404}}
    assert (api_rows, choices) == ([], [])
    assert type(theirs)._default_manager.filter(pk=theirs.pk).values().get() == before


@every
def test_a_row_opens_with_its_history(pageset: PageSet) -> None:
    (row,) = make(pageset.model)
    user = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    client = signed_in(user)

    assert [client.get(pageset.url(page, row.pk)).status_code for page in ("detail", "history")] == [200, 200]


@pytest.mark.parametrize("pageset", SWITCHED, ids=label)
def test_module_off_closes_the_door(pageset: PageSet) -> None:
    user = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    ModuleState.objects.filter(code=pageset.module.code).update(is_enabled=False)
    state.forget()
    client = signed_in(user)

    page, route = client.get(pageset.url("list")), client.get(api(pageset))

    assert page.status_code == 404
    assert str(pageset.module.title) in page.content.decode()
    assert (route.status_code, route.json()["code"]) == (403, "module-disabled")
    assert not pageset.is_available(user)


@every
def test_list_costs_the_same_for_3_and_30_rows(pageset: PageSet) -> None:
    client = signed_in(give(UserFactory(), pageset, pageset.permission_actions()))
    make(pageset.model, 3)
    client.get(listing(pageset))

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert client.get(listing(pageset)).status_code == 200
        return len(captured)

    few = queries()
    make(pageset.model, 27)
    many = queries()

    assert many <= few
    assert many < LIMIT


@pytest.mark.parametrize(
    ("pageset", "relation"), DRAWN_BELOW, ids=lambda each: each if isinstance(each, str) else label(each)
)
def test_a_page_costs_the_same_for_2_and_12_rows_below(pageset: PageSet, relation: str) -> None:
    (row,) = make(pageset.model)
    field = pageset.model._meta.get_field(relation)
    client = signed_in(User.objects.create_superuser("root", "root@example.com", full_name="管理员"))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(pageset.url("detail", row.pk)).status_code == 200
        return len(captured)

    make(field.related_model, 2, **{field.field.name: row})
    queries()
    few = queries()
    make(field.related_model, 10, **{field.field.name: row})

    assert queries() <= few


@every
def test_filters_and_orderings_work(pageset: PageSet) -> None:
    user = give(UserFactory(), pageset, pageset.permission_actions())
    client = signed_in(user)
    make(pageset.model, 2)
    sorts = [s for c in pageset.list_columns(user) if c.sort for s in (c.sort, f"-{c.sort}")]
    queries = [f"sort={s}" for s in sorts] + [
        q for n, f in pageset.filterset_class().base_filters.items() for q in sample(n, f)
    ]

    failed = [
        (url, query)
        for query in queries
        for url in (pageset.url("list"), api(pageset))
        if client.get(f"{url}?as=list&{query}").status_code != 200
    ]

    assert failed == []


def sample(name: str, each: Any) -> list[str]:
    """A value that the filter takes."""
    kind = type(each).__name__
    if kind == "ChoiceFilter":
        return [f"{name}={each.extra['choices'][0][0]}"]
    if kind == "BoolFilter":
        return [f"{name}=true", f"{name}=false"]
    if kind == "DateFromToRangeFilter":
        return [f"{name}_after=2026-01-01&{name}_before=2026-12-31"]
    if kind == "RangeFilter":
        return [f"{name}_min=1&{name}_max=1000"]
    return [] if kind == "RowFilter" else [f"{name}=a"]


@every
def test_paging_gives_every_row_once(pageset: PageSet) -> None:
    rows = make(pageset.model, 12)
    user = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    from suite.pages import paging

    everything = sorted(pageset.queryset(user).values_list("pk", flat=True))
    for key in {pageset.ordering, *(c.sort for c in pageset.every_column() if c.sort)}:
        forwards, page = [], paging.page(pageset.listed(user), key=key, size=5)
        while True:
            forwards += [row.pk for row in page.rows]
            if not page.has_next:
                break
            page = paging.page(pageset.listed(user), key=key, size=5, after=page.next_cursor)
        backwards, page = [], paging.page(pageset.listed(user), key=key, size=5, last=True)
        while True:
            backwards = [row.pk for row in page.rows] + backwards
            if not page.has_previous:
                break
            page = paging.page(pageset.listed(user), key=key, size=5, before=page.previous_cursor)

        assert sorted(forwards) == everything, key
        assert backwards == forwards, key
    assert len(everything) >= len({row.pk for row in rows})


@every
def test_declaration_is_whole(pageset: PageSet) -> None:
    known = {f.name for f in pageset.model._meta.get_fields()}

    assert pageset.columns
    assert all(action.permission for action in pageset.all_actions())
    assert issubclass(pageset.filterset_class(), BaseFilterSet)
    assert set(pageset.bulk_fields) <= known
    assert set(pageset.totals) <= {c.name for c in pageset.every_column()}
