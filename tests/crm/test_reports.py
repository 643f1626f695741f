"""Reports of sales: their figures, the rows behind them, and who may see them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from python_calamine import CalamineWorkbook

from crm.customers.models import Lead
from crm.pipeline.models import Opportunity, StageChange
from suite.access.models import AuditEntry
from suite.masters.services import load_reference_data
from suite.metrics.registry import metric_of
from suite.metrics.reports import reports_for
from suite.modules.services import disable_module, enable_module
from tests.factories.crm import (
    ContractFactory,
    CustomerFactory,
    FollowUpFactory,
    LeadFactory,
    LostReasonFactory,
    OpportunityFactory,
    PaymentPlanFactory,
    PipelineFactory,
    SourceFactory,
    StageChangeFactory,
    StageFactory,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory
from tests.kit.selling import AT, Team, ask, assert_rows_make_figures, bring, make_team, pay, sign, table

pytestmark = pytest.mark.django_db
MARCH = {"period": "month", "on": "2026-03-15"}
CODES = ("crm.funnel", "crm.cycle_time", "crm.sources", "crm.lost", "crm.ageing", "crm.process", "crm.ranking")


def day(number: int, hour: int = 2) -> datetime:
    """A moment of March 2026, by day."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + timedelta(days=number - 1)


@pytest.fixture
def team() -> Team:
    return make_team()


def chance(team: Team, owner: Any, *moves: tuple[int, datetime], **more: Any) -> Opportunity:
    """An opportunity that went through stages, ``(index of the stage, when)``."""
    customer = CustomerFactory(owner=owner, company=team.company)
    last, state = team.stages[moves[-1][0]], more.pop("status", "")
    more |= {"stage": last, "stage_since": moves[-1][1]}
    found: Opportunity = OpportunityFactory(customer=customer, owner=owner, **more)
    bring(found, *([state] if state else []))
    before = None
    for index, at in moves:
        StageChangeFactory(opportunity=found, from_stage=before, to_stage=team.stages[index], at=at)
        before = team.stages[index]
    return found


def ended(status: str, at: datetime, **more: Any) -> dict[str, Any]:
    """What an opportunity has that ended."""
    return {"status": status, "ended_at": at, "end_reason": "结束", **more}


# -- funnel --------------------------------------------------------------------------------------


def test_funnel_counts_what_followed_each_entry(team: Team) -> None:
    """Of five that came into the first stage two went on, one of them back again, one waits, one is lost there."""
    chance(team, team.ann, (0, day(2)), (1, day(5)), (2, day(9)), **ended("WON", day(12)))
    chance(team, team.ann, (0, day(3)), (1, day(6)), (0, day(8)), amount=D(700))
    chance(team, team.bob, (0, day(4)), amount=D(400), **ended("LOST", day(10)))
    chance(team, team.bob, (0, day(4)), **ended("INVALID", day(5)))
    chance(team, team.ann, (0, datetime(2026, 2, 20, tzinfo=UTC)), (1, day(1)))

    _report, _asked, answer = ask("crm.funnel", team.boss, **MARCH)

    assert table(answer, "entered", "on", "back", "here", "lost", "lost_amount") == {
        "接触": (3, 1, 0, 1, 1, D(400)),
        "报价": (3, 1, 1, 1, 0, D(0)),
        "合同": (1, 1, 0, 0, 0, D(0)),
    }
    assert table(answer, "conversion", "leakage")["接触"] == (D(1) / 3 * 100, D(1) / 3 * 100)


def test_funnel_outcomes_are_all_entries(team: Team) -> None:
    for number in range(6):
        moves = [(0, day(2)), (1, day(3 + number)), (number % 3, day(12))]
        state = {0: {}, 1: ended("LOST", day(14)), 2: ended("WON", day(14))}[number % 3]
        chance(team, team.ann, *(moves if number % 3 != 1 else moves[:2]), **state)

    _report, _asked, answer = ask("crm.funnel", team.boss, **MARCH)

    for line in answer.lines:
        parts = [answer.value(line, code) for code in ("on", "back", "here", "lost")]
        assert sum(parts) == answer.value(line, "entered")  # type: ignore[arg-type]
    assert answer.value(answer.lines[0], "entered") == 6


def test_funnel_counts_an_opportunity_once_for_each_stage(team: Team) -> None:
    """It came into the first stage twice: the last time counts."""
    chance(team, team.ann, (0, day(2)), (1, day(3)), (0, day(4)), (1, day(5)))

    _report, _asked, answer = ask("crm.funnel", team.boss, **MARCH)

    assert table(answer, "entered", "on", "back", "here")["接触"] == (1, 1, 0, 0)
    assert table(answer, "entered", "on", "back", "here")["报价"] == (1, 0, 0, 1)


def test_funnel_of_a_pipeline_a_person_a_department_and_a_source(team: Team) -> None:
    fair = SourceFactory(name="展会")
    chance(team, team.ann, (0, day(2)), source=fair)
    chance(team, team.bob, (0, day(3)))
    other = PipelineFactory()
    first = StageFactory(pipeline=other, position=1, name="登记")
    found = chance(team, team.ann, (0, day(4)))
    StageChangeFactory(opportunity=found, to_stage=first, at=day(5))

    def entered(**params: Any) -> dict[str, Any]:
        return table(ask("crm.funnel", team.boss, **MARCH, **params)[2], "entered")

    assert entered() == {"接触": (3,), "报价": (0,), "合同": (0,)}
    assert entered(pipeline=other.pk) == {"登记": (1,)}
    assert entered(owner=team.bob.pk)["接触"] == (1,)
    assert entered(department=team.sales.pk)["接触"] == (3,)
    assert entered(department=team.east.pk)["接触"] == (1,)
    assert entered(source=fair.pk)["接触"] == (1,)


# -- cycle time ----------------------------------------------------------------------------------


def test_cycle_time_takes_finished_stays_and_shows_open_ones_beside(team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    for stay in (2, 4, 10):
        chance(team, team.ann, (0, day(2)), (1, day(2 + stay)), **ended("WON", day(14)))
    chance(team, team.ann, (0, AT - timedelta(days=40)))

    _report, _asked, answer = ask("crm.cycle_time", team.boss, **MARCH)

    assert table(answer, "finished", "median", "p90", "open", "open_median", "open_longest") == {
        "接触": (3, D(4), D("8.8"), 1, D(40), D(40)),
        "报价": (3, D(8), D("9.6"), 0, None, None),
        "合同": (0, None, None, 0, None, None),
    }
    assert answer.totals["finished"] == 6
    assert answer.totals["median"] == D(6)


# -- sources -------------------------------------------------------------------------------------


def test_sources_tell_what_leads_became_and_what_was_sold(team: Team) -> None:
    fair, web = SourceFactory(name="展会"), SourceFactory(name="官网")
    customer = CustomerFactory(owner=team.ann, company=team.company, source=fair)
    LeadFactory(source=fair, owner=team.ann, created_at=day(2))
    bring(LeadFactory(source=fair, owner=team.ann, created_at=day(2)), "QUALIFIED")
    done = {"customer": customer, "converted_at": day(4)}
    bring(LeadFactory(source=fair, owner=team.bob, created_at=day(3), **done), "CONVERTED")
    bring(LeadFactory(source=web, owner=team.bob, created_at=day(3)), "INVALID")
    LeadFactory(source=web, owner=team.bob, created_at=datetime(2026, 2, 3, tzinfo=UTC))
    sign(team.ann, customer, 5000, date(2026, 3, 8))
    ContractFactory(customer=customer)

    by_source = ask("crm.sources", team.boss, **MARCH)[2]
    by_owner = ask("crm.sources", team.boss, **MARCH, by="owner")[2]

    columns = ("leads", "qualified", "converted", "contracts", "won")
    assert table(by_source, *columns) == {"展会": (3, 2, 1, 1, D(5000)), "官网": (1, 0, 0, 0, 0)}
    assert table(by_owner, *columns) == {"安": (2, 1, 0, 1, D(5000)), "波": (2, 1, 1, 0, 0)}


# -- lost ----------------------------------------------------------------------------------------


def test_lost_by_reason_stage_and_person(team: Team) -> None:
    dear, late = LostReasonFactory(name="价格高"), LostReasonFactory(name="交期长")
    chance(team, team.ann, (0, day(2)), (1, day(3)), amount=D(900), **ended("LOST", day(5), lost_reason=dear))
    chance(team, team.bob, (0, day(2)), amount=D(300), **ended("LOST", day(5), lost_reason=dear))
    chance(team, team.bob, (0, day(2)), amount=D(800), **ended("LOST", day(6), lost_reason=late))
    chance(team, team.bob, (0, day(2)), **ended("WON", day(6)))

    def lost(by: str) -> dict[str, Any]:
        return table(ask("crm.lost", team.boss, **MARCH, by=by)[2], "number", "amount", "average")

    assert list(lost("reason").items()) == [("价格高", (2, D(1200), D(600))), ("交期长", (1, D(800), D(800)))]
    assert lost("stage") == {"报价": (1, D(900), D(900)), "接触": (2, D(1100), D(550))}
    assert lost("owner") == {"波": (2, D(1100), D(550)), "安": (1, D(900), D(900))}
    assert lost("department") == {"华东组": (2, D(1100), D(550)), "销售部": (1, D(900), D(900))}


# -- ageing --------------------------------------------------------------------------------------


def debt(team: Team, owner: Any, days: int, amount: int, paid: int = 0, name: str = "") -> Any:
    """A part of a signed contract's plan that fell due some days ago."""
    more = {"party__name": name} if name else {}
    customer = CustomerFactory(owner=owner, company=team.company, **more)
    contract = sign(owner, customer, amount, date(2026, 1, 5))
    due = timezone.localdate(AT) - timedelta(days=days)
    plan = PaymentPlanFactory(contract=contract, due_date=due, amount=D(amount))
    if paid:
        pay(contract, paid, date(2026, 2, 1), plan=plan)
    return contract


def test_ageing_puts_what_is_outstanding_into_buckets(team: Team, monkeypatch: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    for days, amount in ((-5, 1), (0, 2), (1, 10), (30, 20), (31, 100), (60, 200), (61, 1000), (90, 2000), (91, 50000)):
        debt(team, team.ann, days, amount)
    debt(team, team.bob, 10, 900, paid=400, name="欠款客户")
    debt(team, team.bob, 10, 700, paid=700)

    _report, _asked, answer = ask("crm.ageing", team.boss, by="owner")
    by_customer = ask("crm.ageing", team.boss)[2]

    columns = ("total", "current", "d30", "d60", "d90", "older", "overdue")
    assert table(answer, *columns) == {
        "安": (D(53333), 3, 30, 300, 3000, 50000, 53330),
        "波": (500, 0, 500, 0, 0, 0, 500),
    }
    assert table(by_customer, "total")["欠款客户"] == (500,)
    assert len(by_customer.lines) == 10


def test_ageing_agrees_with_the_figure_of_overdue_payments(team: Team) -> None:
    debt(team, team.ann, 3000, 600, paid=100)
    debt(team, team.bob, 3000, 70)
    debt(team, team.bob, -30000, 5)
    overdue = metric_of("crm.overdue")
    assert overdue is not None

    _report, asked, answer = ask("crm.ageing", team.boss)

    assert answer.totals["overdue"] == overdue(asked.context).value == 570
    assert answer.totals["total"] == 575


# -- process -------------------------------------------------------------------------------------


def test_process_counts_by_person_day_and_week(team: Team) -> None:
    for number, kind in ((2, "CALL"), (2, "VISIT"), (4, "CALL"), (10, "CALL")):
        FollowUpFactory(owner=team.ann, kind=kind, happened_at=day(number), customer__company=team.company)
    # In the company's zone this is the third of March.
    late = datetime(2026, 3, 2, 17, tzinfo=UTC)
    FollowUpFactory(owner=team.bob, kind="CALL", happened_at=late, customer__company=team.company)

    def counts(by: str) -> dict[str, Any]:
        return table(ask("crm.process", team.boss, **MARCH, by=by)[2], "all", "call", "visit")

    assert counts("owner") == {"安": (4, 3, 1), "波": (1, 1, 0)}
    assert counts("day") == {"03-02": (2, 1, 1), "03-03": (1, 1, 0), "03-04": (1, 1, 0), "03-10": (1, 1, 0)}
    assert counts("week") == {"03-02": (4, 3, 1), "03-09": (1, 1, 0)}


# -- rows behind figures -------------------------------------------------------------------------


def busy(team: Team) -> None:
    """Something of everything."""
    fair = SourceFactory(name="展会")
    reason = LostReasonFactory(name="价格高")
    chance(team, team.ann, (0, day(2)), (1, day(5)), (2, day(9)), source=fair, **ended("WON", day(12)))
    chance(team, team.bob, (0, day(3)), (1, day(6)), amount=D(80), **ended("LOST", day(9), lost_reason=reason))
    chance(team, team.eve, (0, day(3)), amount=D(120))
    bring(LeadFactory(source=fair, owner=team.ann, created_at=day(2)), "QUALIFIED")
    LeadFactory(owner=team.bob, created_at=day(2))
    debt(team, team.ann, 45, 600, paid=100)
    debt(team, team.bob, 5, 250)
    customer = CustomerFactory(owner=team.ann, company=team.company, source=fair, created_at=day(4))
    contract = sign(team.ann, customer, 1000, date(2026, 3, 8), exchange_rate=D("7.1"))
    pay(contract, D("33.33"), date(2026, 3, 9))
    FollowUpFactory(owner=team.ann, happened_at=day(6), customer=customer)


@pytest.mark.parametrize(
    ("code", "modes"),
    [
        ("crm.funnel", [""]),
        ("crm.cycle_time", [""]),
        ("crm.sources", ["source", "owner", "department"]),
        ("crm.lost", ["reason", "stage", "owner", "department", "source"]),
        ("crm.ageing", ["customer", "owner", "department"]),
        ("crm.process", ["owner", "day", "week", "department"]),
        ("crm.ranking", ["owner", "department"]),
    ],
)
def test_rows_behind_a_figure_come_to_it(team: Team, code: str, modes: list[str], monkeypatch: Any) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)
    busy(team)

    for user in (team.boss, team.ann):
        for by in modes:
            assert assert_rows_make_figures(code, user, **MARCH, by=by) > 0


def test_number_of_queries_does_not_grow_with_rows(team: Team, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        chance(team, team.ann, (0, day(2)), (1, day(3 + number)), **ended("LOST", day(15)))
    client = team.as_user(team.boss)
    client.get("/reports/crm.funnel/", MARCH)

    with django_assert_max_num_queries(40):
        page = client.get("/reports/crm.funnel/", MARCH)

    assert page.status_code == 200


# -- who may see what ----------------------------------------------------------------------------


def test_everybody_sees_figures_of_their_own_scope(team: Team) -> None:
    for owner in (team.ann, team.bob, team.eve):
        chance(team, owner, (0, day(2)))

    def entered(user: Any, **params: Any) -> Any:
        return table(ask("crm.funnel", user, **MARCH, **params)[2], "entered")["接触"][0]

    assert [entered(user) for user in (team.boss, team.mei, team.ann)] == [3, 2, 1]
    # Whom one may not choose narrows nothing, and shows nothing more.
    assert entered(team.ann, owner=team.bob.pk) == 1
    assert entered(team.mei, department=team.other.pk) == 2


def test_pages_and_routes_refuse_who_may_not_see_them(team: Team) -> None:
    nobody = UserFactory()
    client = team.as_user(nobody)

    for code in CODES:
        assert client.get(f"/reports/{code}/").status_code == 403
        assert client.get(f"/reports/{code}/rows/", {"column": "total"}).status_code == 403
        assert client.get(f"/api/reports/{code}/").status_code == 403
    assert client.get("/reports/crm.nothing/").status_code == 404
    assert client.get("/api/reports/crm.nothing/").status_code == 404
    assert client.get("/api/reports/").json() == {"results": []}
    assert client.get("/reports/").status_code == 404


def test_reports_are_gone_while_crm_is_off(team: Team) -> None:
    disable_module(code="crm", actor=None, at=AT, reason="暂停")
    client = team.as_user(team.boss)

    assert client.get("/reports/crm.funnel/").status_code == 404
    assert client.get("/api/reports/crm.funnel/").status_code == 403
    assert [each for each in reports_for(team.boss) if each.code.startswith("crm.")] == []


def test_page_shows_figures_with_links_to_their_rows(team: Team) -> None:
    chance(team, team.ann, (0, day(2)), name="充电器订单")
    client = team.as_user(team.boss)
    stage = team.stages[0].pk

    page = client.get("/reports/crm.funnel/", MARCH).content.decode()
    rows = client.get("/reports/crm.funnel/rows/", {**MARCH, "column": "entered", "line": stage}).content.decode()

    link = f"/reports/crm.funnel/rows/?period=month&amp;on=2026-03-31&amp;column=entered&amp;line={stage}"
    assert link in page
    assert "充电器订单" in rows
    assert client.get("/reports/crm.funnel/rows/", {**MARCH, "column": "conversion"}).status_code == 404
    assert client.get("/reports/crm.funnel/rows/", {**MARCH, "column": "entered", "line": "0"}).status_code == 404


def test_report_as_file_holds_the_same_figures_and_is_audited(team: Team) -> None:
    chance(team, team.ann, (0, day(2)), (1, day(4)))
    client = team.as_user(team.boss)

    answer = client.get("/reports/crm.funnel/", {**MARCH, "format": "xlsx"})
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.getvalue())).get_sheet_by_index(0)

    rows = sheet.to_python()
    assert [row[:3] for row in rows[1:]] == [["接触", 1.0, 1.0], ["报价", 1.0, 0.0], ["合同", 0.0, 0.0]]
    assert AuditEntry.objects.filter(kind="EXPORT", subject="report crm.funnel").count() == 1


def test_rows_are_exported_by_who_may_export_them_only(team: Team) -> None:
    chance(team, team.ann, (0, day(2)), name="充电器订单")
    asked = {**MARCH, "column": "entered", "format": "csv"}
    role = team.roles["salesperson"]
    taken = team.as_user(team.ann).get("/reports/crm.funnel/rows/", asked)
    role.permissions.remove(role.permissions.get(codename="export_opportunity"))

    refused = team.as_user(team.ann).get("/reports/crm.funnel/rows/", asked)

    assert "充电器订单" in taken.getvalue().decode("utf-8-sig")
    assert refused.status_code == 403


def test_api_gives_figures_and_rows(team: Team) -> None:
    found = chance(team, team.ann, (0, day(2)))
    client = team.as_user(team.boss)

    listed = client.get("/api/reports/").json()["results"]
    report = client.get("/api/reports/crm.funnel/", MARCH).json()
    rows = client.get("/api/reports/crm.funnel/rows/", {**MARCH, "column": "entered"}).json()

    assert set(CODES) <= {each["code"] for each in listed}
    assert (report["start"], report["end"], report["by"]) == ("2026-03-01", "2026-03-31", "")
    assert report["lines"][0]["values"]["entered"] == "1.000000"
    assert rows["count"] == 1
    assert rows["results"][0]["id"] == StageChange.objects.get(opportunity=found).pk


# -- real data -----------------------------------------------------------------------------------


def test_reports_on_real_orders_agree_with_the_orders(trial_data: Path) -> None:
    """Northwind's 830 orders: every opportunity went on to be won, and all rows behind the figures add up."""
    load_reference_data()
    CompanyFactory()
    admin = UserFactory(username="admin", is_superuser=True)
    enable_module(code="crm", actor=admin, at=AT)
    call_command("import_orders", "northwind", str(trial_data / "northwind"))
    won = Opportunity.objects.filter(status="WON")
    first, last = (won.order_by(order)[0].ended_at for order in ("ended_at", "-ended_at"))
    period = {
        "period": "custom",
        "from": (timezone.localdate(first) - timedelta(days=400)).isoformat(),
        "to": timezone.localdate(last).isoformat(),
    }

    funnel = ask("crm.funnel", admin, **period)[2]
    sources = ask("crm.sources", admin, **period)[2]
    ranking = ask("crm.ranking", admin, **period, figure="sales")[2]

    sales = metric_of("crm.sales")
    assert sales is not None
    context = ask("crm.sources", admin, **period)[1].context
    assert ranking.totals["sales"] == sales(context).value
    assert sum(answer or 0 for answer in (funnel.value(line, "lost") for line in funnel.lines)) == 0
    assert sources.totals["contracts"] == ranking.column("sales").rows.count()  # type: ignore[union-attr]
    assert sources.totals["won"] == sales(context).value
    for code in ("crm.funnel", "crm.cycle_time", "crm.sources", "crm.ageing", "crm.ranking"):
        assert assert_rows_make_figures(code, admin, **period) > 0
    assert Lead.objects.count() == 0
