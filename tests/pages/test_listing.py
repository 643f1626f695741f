"""What a list shows is read in few statements, and is what the tables hold."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from erp.sales.models import SalesOrder
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import set_role_grant
from suite.core.reading import asks_for_whole_table
from suite.masters.models import Company, Party
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages import paging
from suite.pages.models import ListPreference, SavedView
from suite.pages.pageset import PageSet
from suite.pages.paging import Count, count, count_statement
from suite.pages.registry import pageset_of
from suite.pages.rows import read_rows
from suite.pages.selectors import KeptView, Surroundings, list_choices, list_surroundings, surroundings
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.kit.objects import give, make


@pytest.fixture
def orders(db: None) -> PageSet:
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in ("crm", "erp"))
    state.forget()
    found = pageset_of("erp.SalesOrder")
    assert found is not None
    return found


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", full_name="管理员")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def shown(client: Client, pageset: PageSet, query: str = "") -> tuple[int, str, list[int]]:
    """Count beside the title, total, and keys of the rows."""
    page = client.get(f"{pageset.url('list')}?{query}").content.decode()
    count = re.search(r'<span class="count ms-2">(?:约 )?([\d,]+)</span></h1>', page)
    total = re.search(r'<tfoot>.*?<td class="num">([\d.,—]+)</td>', page, re.DOTALL)
    assert count is not None
    keys = [int(key) for key in re.findall(r'<tr data-href="/erp/sales-orders/(\d+)/"', page)]
    return int(count[1].replace(",", "")), total[1] if total else "", keys


def lines(client: Client, pageset: PageSet) -> str:
    """The body of the table."""
    page = client.get(pageset.url("list")).content.decode()
    return page[page.index("<tbody>") : page.index("</tbody>")]


def priced(number: int, **values: Any) -> list[SalesOrder]:
    rows = make(SalesOrder, number, **values)
    amounts = {"net_total": Decimal("10.50"), "tax_total": Decimal(0), "gross_total": Decimal("10.50")}
    SalesOrder.objects.filter(pk__in=[row.pk for row in rows]).update(**amounts)
    return rows


def test_count_and_total_are_those_of_all_rows(orders: PageSet, root: User) -> None:
    client = signed_in(root)

    empty = client.get(orders.url("list")).content.decode()
    rows = priced(30)
    one_page, first, last = (
        shown(client, orders),
        shown(client, orders, "size=25"),
        shown(client, orders, "size=25&last"),
    )

    assert "<tfoot>" not in empty
    assert one_page == (30, "315.00", [row.pk for row in reversed(rows)])
    assert first == (30, "315.00", [row.pk for row in reversed(rows)][:25])
    assert (last[0], last[1]) == (30, "315.00")


def test_total_is_right_where_rows_are_only_estimated(
    orders: PageSet, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNT_EXACTLY_UP_TO", 26)
    priced(30)

    count, total, keys = shown(signed_in(root), orders, "size=25")

    assert count >= 27
    assert (total, len(keys)) == ("315.00", 25)


def test_statement_kept_for_all_rows_is_not_used_for_some(orders: PageSet, root: User) -> None:
    (theirs,) = priced(1)
    seller = give(UserFactory(), orders, {"view"}, ScopeLevel.OWN)
    (own,) = priced(1, owner=seller)

    pages = [shown(signed_in(user), orders) for user in (root, seller, root)]

    assert [page[1:] for page in pages] == [
        ("21.00", [own.pk, theirs.pk]),
        ("10.50", [own.pk]),
        ("21.00", [own.pk, theirs.pk]),
    ]


def test_statement_kept_for_a_role_finds_for_each_what_is_theirs(orders: PageSet, root: User) -> None:
    department = DepartmentFactory()
    ann, bob, head = [EmployeeFactory(user=UserFactory(), department=department).user for _each in range(3)]
    stranger = EmployeeFactory(user=UserFactory(), department=DepartmentFactory()).user
    sellers, heads = Group.objects.create(name="卖"), Group.objects.create(name="管")
    granted: dict[str, Any] = {"model": SalesOrder, "actions": ("view",), "actor": None, "at": timezone.now()}
    set_role_grant(role=sellers, level=ScopeLevel.OWN, **granted)
    set_role_grant(role=heads, level=ScopeLevel.DEPARTMENT, **granted)
    for user, role in ((ann, sellers), (bob, sellers), (head, heads), (stranger, heads)):
        user.groups.add(role)
    orders_of = {user: priced(2, owner=user) for user in (ann, bob, stranger)}

    seen = {user: shown(signed_in(user), orders) for user in (ann, bob, head, stranger, ann)}

    own = {user: {order.pk for order in found} for user, found in orders_of.items()}
    assert {user: set(page[2]) for user, page in seen.items()} == {
        ann: own[ann],
        bob: own[bob],
        head: own[ann] | own[bob],
        stranger: own[stranger],
    }
    assert [seen[user][1] for user in (ann, head)] == ["21.00", "42.00"]

    set_role_grant(role=sellers, level=ScopeLevel.ALL, **granted)
    assert len(shown(signed_in(ann), orders)[2]) == 6


def test_count_kept_for_a_role_is_for_each_that_of_theirs(orders: PageSet, root: User) -> None:
    users = [give(UserFactory(), orders, {"view"}, ScopeLevel.OWN) for _each in range(2)]
    role = users[0].groups.get()
    users[1].groups.set([role])
    for user, number in zip(users, (26, 28), strict=True):
        priced(number, owner=user)

    pages = [shown(signed_in(user), orders, "size=25") for user in users]

    assert [(number, total, len(keys)) for number, total, keys in pages] == [(26, "273.00", 25), (28, "294.00", 25)]


def test_list_asks_three_statements(orders: PageSet, root: User) -> None:
    priced(30)
    client = signed_in(root)
    client.get(f"{orders.url('list')}?size=25")

    with CaptureQueriesContext(connection) as captured:
        client.get(f"{orders.url('list')}?size=25")

    # Within the transaction of a test, which modules are on is read from their table.
    asked = [query["sql"] for query in captured if "suite_modulestate" not in query["sql"]]
    assert len(asked) == 3, asked


def test_lines_follow_their_rows_what_these_refer_to_and_the_language(orders: PageSet, root: User) -> None:
    (order,) = priced(1)
    client = signed_in(root)
    before = lines(client, orders)
    assert order.number in before
    assert lines(client, orders) == before

    party = Party.objects.get(pk=order.party_id)
    party.short_name, party.name = "", "改名之后的公司"
    party.save()
    renamed = lines(client, orders)
    SalesOrder.objects.filter(pk=order.pk).update(net_total=Decimal("4321.00"), gross_total=Decimal("4321.00"))
    dearer = lines(client, orders)
    client.cookies.load({"django_language": "en"})
    in_english = lines(client, orders)
    narrower = ListPreference.objects.create(user=root, object_type="erp.SalesOrder", columns=["number", "gross_total"])

    assert ("改名之后的公司" in before, "改名之后的公司" in renamed) == (False, True)
    assert ("4,321.00" in renamed, "4,321.00" in dearer) == (False, True)
    assert ("草稿" in dearer, "草稿" in in_english, "Draft" in in_english) == (True, False, True)
    assert narrower.columns == ["number", "gross_total"]
    assert "改名之后的公司" not in lines(client, orders)


def test_a_line_that_asks_for_more_than_its_row_is_drawn_each_time(
    orders: PageSet, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = priced(1)
    client = signed_in(root)
    monkeypatch.setattr(SalesOrder, "__str__", lambda self: f"{self.number} {self.remarks}")

    first = lines(client, orders)
    SalesOrder.objects.filter(pk=order.pk).update(remarks="先打电话")

    assert ("先打电话" in first, "先打电话" in lines(client, orders)) == (False, True)


def test_rows_are_read_without_what_nobody_sees(orders: PageSet) -> None:
    customer = make(SalesOrder)[0].party
    make(SalesOrder, 2, party=customer)

    rows = read_rows(lambda: SalesOrder.objects.order_by("pk"), paths=["party", "contract"], shown={"created_at"})

    with CaptureQueriesContext(connection) as captured:
        names = [(row.party.name, row.contract) for row in rows]
    assert names == [(customer.name, None)] * 3
    assert len(captured) == 0
    assert len({id(row.party) for row in rows}) == 1
    assert {"updated_at", "search_text", "version"} <= rows[0].get_deferred_fields()
    assert "created_at" not in rows[0].get_deferred_fields()
    assert {"created_at", "updated_at", "search_text"} <= rows[0].party.get_deferred_fields()
    assert rows[0].updated_at == SalesOrder.objects.get(pk=rows[0].pk).updated_at


def test_rows_that_code_looks_at_are_read_with_times_and_texts(orders: PageSet) -> None:
    make(SalesOrder)

    (row,) = read_rows(SalesOrder.objects.all, paths=["party"], shown=set(), whole={"", "party"})

    assert row.get_deferred_fields() == row.party.get_deferred_fields() == {"version", "updated_at", "search_text"}


def test_row_read_for_showing_is_not_saved(orders: PageSet) -> None:
    make(SalesOrder)
    (row,) = read_rows(SalesOrder.objects.all, paths=[], shown=set())
    before = SalesOrder.objects.values().get()

    with pytest.raises(TypeError):
        row.save()

    assert SalesOrder.objects.values().get() == before


def test_nothing_is_asked_where_nothing_can_be_found(orders: PageSet) -> None:
    with CaptureQueriesContext(connection) as captured:
        rows = read_rows(SalesOrder.objects.none, paths=["party"], shown=set())

    assert (list(rows), len(captured)) == ([], 0)


def test_whole_table_is_one_without_conditions() -> None:
    everything = SalesOrder.objects.all()

    assert asks_for_whole_table(everything)
    for other in (
        everything.filter(pk=1),
        everything.none(),
        everything.distinct(),
        everything[:1],
        everything.filter(party__name="甲"),
        everything.select_related("party"),
        everything.prefetch_related("lines"),
        everything.select_for_update(),
        everything.union(everything),
        everything.extra(select={"one": "1"}),
    ):
        assert not asks_for_whole_table(other)


def test_choices_are_ones_own_and_what_is_shared(orders: PageSet, root: User) -> None:
    other = UserFactory()
    label = "erp.SalesOrder"
    own = SavedView.objects.create(user=root, object_type=label, name="我的", query="status=DRAFT", position=2)
    shared = SavedView.objects.create(user=other, object_type=label, name="公用", is_shared=True, position=1)
    SavedView.objects.create(user=other, object_type=label, name="别人的")
    SavedView.objects.create(user=root, object_type="erp.Delivery", name="别处的")
    ListPreference.objects.create(user=root, object_type=label, columns=["number", "status"], page_size=25)

    found, others = list_choices(root, SalesOrder), list_choices(other, orders.model)

    assert (found.columns, found.page_size) == (("number", "status"), 25)
    assert found.views == (
        KeptView(shared.pk, "公用", "", other.pk, True),
        KeptView(own.pk, "我的", "status=DRAFT", root.pk, False),
    )
    assert (others.columns, others.page_size, [view.name for view in others.views]) == ((), 0, ["别人的", "公用"])


def test_both_and_a_count_are_found_at_once(orders: PageSet, root: User) -> None:
    label = "erp.SalesOrder"
    make(Company, is_default=True, name="甲")
    for position in range(2):
        SavedView.objects.create(user=root, object_type=label, name=f"视图{position}", position=position)
    priced(3)

    counting = count_statement(lambda: SalesOrder.objects.filter(number__contains="%"), ["gross_total"])
    none = list_surroundings(root, SalesOrder, "SELECT 7", counting.statement, counting.parameters)
    counting = count_statement(lambda: SalesOrder.objects.filter(gross_total__gt=10), ["gross_total"])
    found = list_surroundings(root, SalesOrder, "SELECT 7", counting.statement, counting.parameters)
    plain = list_surroundings(root, SalesOrder)

    assert [view.name for view in found.choices.views] == ["视图0", "视图1"]
    assert (found.choices, found.surroundings) == (list_choices(root, SalesOrder), Surroundings("甲", 0, 7))
    assert (none.counted, found.counted) == ((0, None), (3, Decimal("31.50")))
    assert (plain.choices, plain.surroundings, plain.counted) == (found.choices, surroundings(root), ())


def test_rows_of_some_are_counted_and_summed_up_like_those_of_all(orders: PageSet, root: User) -> None:
    priced(3)
    some = SalesOrder.objects.filter(gross_total__gt=0)

    assert count(some, ["gross_total", "net_total"]) == count(SalesOrder.objects.all(), ["gross_total", "net_total"])
    assert count(some) == Count(3, True)
    assert count(some.filter(gross_total__gt=10**9), ["gross_total"]) == Count(0, True, {"gross_total": None})
    assert count(SalesOrder.objects.filter(pk__in=[]), ["gross_total"]) == Count(0, True, {"gross_total": None})


def test_part_of_a_page_is_counted_as_the_whole(orders: PageSet, root: User) -> None:
    priced(30)
    client = signed_in(root)
    address = f"{orders.url('list')}?size=25"

    page = client.get(address)
    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "list"})

    assert part.context["count"] == page.context["count"] == Count(30, True, {"gross_total": Decimal("315.00")})


def test_surroundings_name_the_company_as_it_calls_itself(orders: PageSet, root: User) -> None:
    before = surroundings(root)
    (company,) = make(Company, is_default=True, name="甲有限公司", short_name="")

    named = surroundings(root)
    company.short_name = "甲"
    company.save()

    assert before == Surroundings("", 0, None)
    assert named == Surroundings("甲有限公司", 0, None)
    assert surroundings(None).company == "甲" == str(Company.objects.get())
