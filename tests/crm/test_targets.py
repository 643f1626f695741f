"""Sales targets: the grid, copying and spreading, achievement, ranking, and who may see and set what."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from crm.metrics.figures import BASES
from crm.targets.choices import TargetFigure
from crm.targets.models import TargetPolicy
from crm.targets.selectors import grid
from crm.targets.services import Entry, copy_targets, save_policy, season, set_targets, spread, spread_target
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed
from suite.metrics.models import Target
from suite.metrics.registry import metric_of
from suite.metrics.services import set_target
from tests.factories.crm import CustomerFactory, FollowUpFactory
from tests.factories.hrm import UserFactory
from tests.kit.selling import AT, Team, ask, assert_rows_make_figures, make_team, pay, sign, table

pytestmark = pytest.mark.django_db
SALES, RECEIPTS, CUSTOMERS = TargetFigure.SALES.value, TargetFigure.RECEIPTS.value, TargetFigure.NEW_CUSTOMERS.value
MARCH = {"period": "month", "on": "2026-03-15"}


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Team:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    return make_team()


def enter(team: Team, user: User, *entries: Entry, figure: str = SALES, year: int = 2026) -> int:
    return set_targets(figure=figure, year=year, entries=entries, actor=User.objects.get(pk=user.pk), at=AT)


def plan(subject: Any, month: int, value: int, figure: str = SALES, year: int = 2026) -> None:
    set_target(metric=figure, year=year, month=month, value=D(value), subject=subject, actor=None, at=AT)


def stored(figure: str = SALES, year: int = 2026) -> list[tuple[Any, int, D]]:
    rows = Target.objects.filter(metric=figure, year=year).order_by("object_id", "month")
    return [(row.subject, row.month, row.value) for row in rows]


# -- setting -------------------------------------------------------------------------------------


def test_targets_of_people_departments_company_and_business(team: Team) -> None:
    count = enter(
        team,
        team.boss,
        Entry("person", team.ann.pk, 3, D("1000.50")),
        Entry("department", team.sales.pk, 3, D(5000)),
        Entry("company", team.company.pk, 3, D(9000)),
        Entry("all", None, 3, D(9500)),
    )

    assert count == 4
    assert {(str(row.subject), row.month, row.value) for row in Target.objects.all()} == {
        ("安", 3, D("1000.5")),
        ("销售部", 3, D(5000)),
        (str(team.company), 3, D(9000)),
        ("None", 3, D(9500)),
    }


def test_setting_again_replaces_and_an_empty_cell_takes_away(team: Team) -> None:
    enter(team, team.boss, Entry("person", team.ann.pk, 1, D(10)), Entry("person", team.ann.pk, 2, D(20)))

    enter(team, team.boss, Entry("person", team.ann.pk, 1, D(11)), Entry("person", team.ann.pk, 2, None))

    assert stored() == [(team.ann, 1, D(11))]


@pytest.mark.parametrize(
    ("change", "figure", "year"),
    [
        ({"month": 13}, SALES, 2026),
        ({"value": D(-1)}, SALES, 2026),
        ({"value": D("NaN")}, SALES, 2026),
        ({}, "crm.nothing", 2026),
        ({}, SALES, 1999),
    ],
)
def test_wrong_targets_are_refused_and_nothing_is_written(
    team: Team, change: dict[str, Any], figure: str, year: int
) -> None:
    good = Entry("person", team.ann.pk, 1, D(5))
    bad = Entry(**{"kind": "person", "pk": team.bob.pk, "month": 2, "value": D(7), **change})

    with pytest.raises(InvalidInput):
        enter(team, team.boss, good, bad, figure=figure, year=year)

    assert not Target.objects.exists()


def test_a_manager_plans_the_own_department_tree_only(team: Team) -> None:
    enter(team, team.mei, Entry("person", team.bob.pk, 1, D(5)), Entry("department", team.east.pk, 1, D(6)))
    before = stored()

    for entry in (
        Entry("person", team.eve.pk, 1, D(5)),
        Entry("department", team.other.pk, 1, D(5)),
        Entry("company", team.company.pk, 1, D(5)),
        Entry("all", None, 1, D(5)),
        Entry("person", 0, 1, D(5)),
    ):
        with pytest.raises(NotAllowed):
            enter(team, team.mei, Entry("person", team.ann.pk, 1, D(99)), entry)

    assert [value for _who, _month, value in before] == [D(5), D(6)] or len(before) == 2
    assert stored() == before


def test_a_salesperson_plans_nothing(team: Team) -> None:
    with pytest.raises(NotAllowed):
        enter(team, team.ann, Entry("person", team.ann.pk, 1, D(5)))

    assert not Target.objects.exists()


# -- copying and spreading -----------------------------------------------------------------------


def test_copying_last_year_leaves_what_is_there(team: Team) -> None:
    plan(team.ann, 1, 100, year=2025)
    plan(team.ann, 2, 333, year=2025)
    plan(team.sales, 1, 1000, year=2025)
    plan(team.ann, 1, 77)

    count = copy_targets(figure=SALES, year=2026, percent=D("10.5"), actor=team.boss, at=AT)

    assert count == 2
    assert {(str(who), month, value) for who, month, value in stored()} == {
        ("安", 1, D(77)),
        ("安", 2, D("367.97")),
        ("销售部", 1, D(1105)),
    }


def test_copying_takes_only_whom_one_plans(team: Team) -> None:
    plan(team.eve, 1, 100, year=2025)
    plan(None, 1, 100, year=2025)

    with pytest.raises(InvalidInput):
        copy_targets(figure=SALES, year=2026, percent=D(0), actor=team.mei, at=AT)

    assert stored() == []


def test_numbers_of_customers_stay_whole(team: Team) -> None:
    plan(team.ann, 1, 5, figure=CUSTOMERS, year=2025)

    copy_targets(figure=CUSTOMERS, year=2026, percent=D(10), actor=team.boss, at=AT)

    assert stored(CUSTOMERS) == [(team.ann, 1, D(6))]


def test_a_year_is_spread_as_last_year_went(team: Team) -> None:
    customer = CustomerFactory(owner=team.eve, company=team.company)
    sign(team.eve, customer, 100, date(2025, 1, 10))
    sign(team.eve, customer, 300, date(2025, 12, 31))
    sign(team.eve, customer, 999, date(2026, 1, 1))

    spread_target(figure=SALES, year=2026, kind="person", pk=team.ann.pk, total=D(1000), actor=team.mei, at=AT)

    assert season(SALES, 2025, at=AT) == [D(100), *[D(0)] * 10, D(300)]
    assert [(month, value) for _who, month, value in stored() if value] == [(1, D(250)), (12, D(750))]
    assert len(stored()) == 12


@given(
    total=st.decimals(0, 10**9, places=2),
    shares=st.lists(st.decimals(0, 10**9, places=2), min_size=12, max_size=12),
)
def test_parts_add_up_to_the_total(total: D, shares: list[D]) -> None:
    parts = spread(total, shares, D("0.01"))

    assert sum(parts) == total
    assert min(parts) >= 0


def test_without_a_season_months_are_even() -> None:
    assert spread(D(100), [D(0)] * 12, D("0.01"))[:3] == [D("8.33"), D("8.34"), D("8.33")]
    assert sum(spread(D(100), [D(0)] * 12, D(1))) == 100


# -- the grid ------------------------------------------------------------------------------------


def test_grid_shows_the_sum_of_people_beside_the_department(team: Team) -> None:
    plan(team.sales, 1, 1000)
    plan(team.mei, 1, 100)
    plan(team.ann, 1, 300)
    plan(team.bob, 2, 700)

    rows = {str(row.subject): row for row in grid(user=team.boss, figure=SALES, year=2026)}

    assert (rows["销售部"].total, rows["销售部"].people, rows["销售部"].gap) == (1000, {1: D(400), 2: D(700)}, 100)
    assert rows["华东组"].people == {2: D(700)}
    assert (rows["安"].values, rows["安"].total) == ({1: D(300)}, 300)
    assert "None" in rows


def test_grid_shows_everybody_the_own_reach(team: Team) -> None:
    plan(team.ann, 1, 300)

    def names(user: User) -> set[str]:
        return {str(row.subject) for row in grid(user=User.objects.get(pk=user.pk), figure=SALES, year=2026)}

    assert names(team.ann) == {"安"}
    assert names(team.mei) == {"销售部", "华东组", "梅经理", "安", "波"}
    assert {"伊", "海外部", "None"} <= names(team.boss)


def test_page_shows_saves_and_refuses(team: Team) -> None:
    client, address = team.as_user(team.mei), f"/crm/sales-targets/?figure={SALES}&year=2026"
    cell, foreign = f"person-{team.ann.pk}-3", f"person-{team.eve.pk}-3"

    shown = client.get(address)
    saved = client.post(address, {cell: "12,345.50", f"person-{team.bob.pk}-1": ""})
    wrong = client.post(address, {cell: "abc"})
    refused = client.post(address, {cell: "1", foreign: "5"})

    assert f'name="{cell}"' in shown.content.decode()
    assert foreign not in shown.content.decode()
    assert saved.status_code == 302
    assert (wrong.status_code, refused.status_code) == (422, 422)
    assert 'value="abc"' in wrong.content.decode()
    assert stored() == [(team.ann, 3, D("12345.5"))]


def test_page_opens_with_the_figure_that_is_planned(team: Team) -> None:
    client, address = team.as_user(team.boss), "/crm/sales-targets/"
    none = client.get(address).context["shown"].wanted_figure
    plan(team.ann, 3, 1000)
    plan(team.ann, 3, 1000, figure=CUSTOMERS)
    plan(team.ann, 4, 1000)

    pages = [client.get(f"{address}{query}") for query in ("", "?figure=nonsense", f"?figure={CUSTOMERS}")]

    assert none == RECEIPTS
    assert [page.context["shown"].wanted_figure for page in pages] == [SALES, SALES, CUSTOMERS]


def test_page_copies_and_spreads(team: Team) -> None:
    plan(team.ann, 1, 100, year=2025)
    client, query = team.as_user(team.mei), f"?figure={SALES}&year=2026"

    copied = client.post(f"/crm/sales-targets/copy/{query}", {"percent": "20"})
    spread_out = client.post(
        f"/crm/sales-targets/spread/{query}", {"subject": f"department-{team.east.pk}", "total": "1200"}
    )
    foreign = client.post(f"/crm/sales-targets/spread/{query}", {"subject": f"person-{team.eve.pk}", "total": "12"})

    assert (copied.status_code, spread_out.status_code, foreign.status_code) == (302, 302, 422)
    assert Target.objects.get(object_id=team.ann.pk, year=2026).value == 120
    assert sum(value for who, _month, value in stored() if who == team.east) == 1200
    assert not Target.objects.filter(object_id=team.eve.pk).exists()


def test_page_is_closed_to_who_may_not_see_or_set(team: Team) -> None:
    ann, nobody = team.as_user(team.ann), team.as_user(UserFactory())
    cell = {f"person-{team.ann.pk}-3": "5"}

    assert ann.get("/crm/sales-targets/").status_code == 200
    assert ann.post("/crm/sales-targets/", cell).status_code == 403
    assert ann.post("/crm/sales-targets/copy/", {"percent": "1"}).status_code == 403
    assert ann.post("/crm/sales-targets/spread/", {"subject": "all-0", "total": "1"}).status_code == 403
    assert nobody.get("/crm/sales-targets/").status_code == 403
    assert not Target.objects.exists()


def test_api_reads_and_sets(team: Team) -> None:
    mei, ann = team.as_user(team.mei), team.as_user(team.ann)
    body = {
        "figure": SALES,
        "year": 2026,
        "entries": [{"kind": "person", "id": team.ann.pk, "month": 3, "value": "70"}],
    }
    foreign = {**body, "entries": [{"kind": "person", "id": team.eve.pk, "month": 3, "value": "70"}]}
    json = {"content_type": "application/json"}

    written = mei.put("/api/crm/sales-targets/", body, **json)
    refused = mei.put("/api/crm/sales-targets/", foreign, **json)
    closed = ann.put("/api/crm/sales-targets/", body, **json)
    read = ann.get("/api/crm/sales-targets/", {"figure": SALES, "year": "2026"}).json()

    assert (written.status_code, refused.status_code, closed.status_code) == (200, 403, 403)
    assert read["rows"] == [
        {"kind": "person", "id": team.ann.pk, "title": "安", "months": {"3": "70.00"}, "total": "70.00",
         "people_total": "0.00"}
    ]  # fmt: skip
    assert team.as_user(UserFactory()).get("/api/crm/sales-targets/").status_code == 403
    assert stored() == [(team.ann, 3, D(70))]


# -- achievement ---------------------------------------------------------------------------------


@pytest.fixture
def sold(team: Team) -> Team:
    """In March Ann signed 600 and 400, Bob 300, Eve 50; Bob was paid 200 of it."""
    for owner, amounts in ((team.ann, (600, 400)), (team.bob, (300,)), (team.eve, (50,))):
        for amount in amounts:
            customer = CustomerFactory(
                owner=owner, company=team.company, created_at=datetime(2026, 3, 2, tzinfo=AT.tzinfo)
            )
            contract = sign(owner, customer, amount, date(2026, 3, 8))
    pay(contract, 20, date(2026, 3, 9))
    plan(team.ann, 3, 2000)
    plan(team.bob, 3, 150)
    plan(team.sales, 3, 2600)
    plan(None, 3, 4000)
    return team


def test_achievement_of_people_with_gap_and_pace(sold: Team) -> None:
    """On the sixteenth of 31 days: what was reached × 31 ÷ 16."""
    _report, _asked, answer = ask("crm.achievement", sold.mei, **MARCH, figure=SALES)

    columns = ("target", "actual", "reached", "gap", "forecast")
    assert table(answer, *columns) == {
        "安": (D(2000), D(1000), D(50), D(-1000), D("1937.50")),
        "波": (D(150), D(300), D(200), D(150), D("581.25")),
    }
    assert (answer.totals["target"], answer.totals["actual"], answer.totals["gap"]) == (2150, 1300, -850)


def test_achievement_of_departments_holds_those_below(sold: Team) -> None:
    _report, _asked, answer = ask("crm.achievement", sold.boss, **MARCH, figure=SALES, by="department")

    assert table(answer, "target", "actual", "reached") == {
        "总部": (None, D(1350), None),
        "销售部": (D(2600), D(1300), D(50)),
        "华东组": (None, D(300), None),
        "海外部": (None, D(50), None),
    }
    assert (answer.totals["target"], answer.totals["actual"]) == (2600, 1350)


def test_achievement_by_month_quarter_and_year(sold: Team) -> None:
    plan(sold.ann, 1, 500)
    months = ask("crm.achievement", sold.boss, **MARCH, figure=SALES, by="month")[2]
    own = ask("crm.achievement", sold.ann, **MARCH, figure=SALES, by="month")[2]
    quarter = ask("crm.achievement", sold.ann, period="quarter", on="2026-03-15", figure=SALES)[2]

    assert table(months, "target", "actual")["2026-03"] == (D(4000), D(1350))
    assert table(own, "target", "actual")["2026-03"] == (D(2000), D(1000))
    assert table(own, "target", "actual")["2026-02"] == (None, D(0))
    assert table(quarter, "target", "actual") == {"安": (D(2500), D(1000))}


def test_new_customers_are_counted_by_month_in_the_companys_zone(sold: Team) -> None:
    # In the company's zone this is the first of April.
    CustomerFactory(owner=sold.ann, company=sold.company, created_at=datetime(2026, 3, 31, 17, tzinfo=AT.tzinfo))

    months = ask("crm.achievement", sold.ann, **MARCH, figure=CUSTOMERS, by="month")[2]

    assert [table(months, "actual")[name] for name in ("2026-03", "2026-04")] == [(2,), (1,)]


def test_actuals_are_those_of_the_figures(sold: Team) -> None:
    FollowUpFactory(owner=sold.ann, happened_at=AT, customer__company=sold.company)
    assert BASES.keys() == {*TargetFigure.values, "crm.follow_ups"}
    names = {SALES: "sales", RECEIPTS: "receipts", CUSTOMERS: "customers", "crm.follow_ups": "follow_ups"}

    for user in (sold.boss, sold.ann):
        for code, column in names.items():
            metric = metric_of(code)
            assert metric is not None
            _report, asked, answer = ask("crm.ranking", user, **MARCH)
            assert answer.totals[column] == metric(asked.context).value


def test_rows_behind_achievement_and_ranking_come_to_the_figures(sold: Team) -> None:
    looked = 0
    for user in (sold.boss, sold.ann):
        for by in ("owner", "department", "month"):
            looked += assert_rows_make_figures("crm.achievement", user, **MARCH, figure=SALES, by=by)

    assert looked > 10


# -- ranking -------------------------------------------------------------------------------------


def test_ranking_puts_the_best_first(sold: Team) -> None:
    by_sales = ask("crm.ranking", sold.boss, **MARCH, figure="sales")[2]
    by_receipts = ask("crm.ranking", sold.boss, **MARCH, figure="receipts")[2]
    teams = ask("crm.ranking", sold.boss, **MARCH, figure="sales", by="department")[2]

    assert list(table(by_sales, "sales").items()) == [("安", (1000,)), ("波", (300,)), ("伊", (50,))]
    assert next(iter(table(by_receipts, "receipts").items())) == ("伊", (20,))
    assert table(teams, "sales", "customers") == {"销售部": (1000, 2), "华东组": (300, 1), "海外部": (50, 1)}


def test_a_salesperson_sees_the_own_row_unless_the_company_opens_the_ranking(sold: Team) -> None:
    closed = ask("crm.ranking", sold.ann, **MARCH, figure="sales")[2]
    save_policy(company=sold.company, is_ranking_open=True, actor=sold.boss, at=AT)
    opened = ask("crm.ranking", sold.ann, **MARCH, figure="sales")[2]
    manager = ask("crm.ranking", sold.mei, **MARCH, figure="sales")[2]
    rows = team_rows(sold, sold.ann, "sales")
    api = sold.as_user(sold.ann).get("/api/reports/crm.ranking/rows/", {**MARCH, "column": "sales"})

    assert table(closed, "sales") == {"安": (1000,)}
    assert table(opened, "sales") == {"安": (1000,), "波": (300,), "伊": (50,)}
    assert table(manager, "sales") == {"安": (1000,), "波": (300,)}
    # The figures of all are open, the rows behind them are not.
    assert (rows.status_code, api.status_code) == (404, 404)


def team_rows(team: Team, user: User, figure: str) -> Any:
    return team.as_user(user).get("/reports/crm.ranking/rows/", {**MARCH, "column": figure})


def test_a_company_has_one_rule(team: Team) -> None:
    client = team.as_user(team.boss)

    created = client.post("/crm/target-policies/new/", {"company": team.company.pk, "is_ranking_open": "on"})
    save_policy(company=team.company, is_ranking_open=False, actor=team.boss, at=AT)

    assert created.status_code == 302
    assert TargetPolicy.objects.get().is_ranking_open is False
    assert team.as_user(team.ann).get("/crm/target-policies/new/").status_code == 403
