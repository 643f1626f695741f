"""Boards, export and API through their doors."""

import csv
import io
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import load_workbook

from suite.access.models import AuditEntry, User
from suite.metrics.models import BoardChoice
from tests.factories.metrics import AlertFactory, AlertRuleFactory, TargetFactory
from tests.metrics.conftest import AT, Trial, turn_off


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: AT)


@pytest.fixture
def of() -> Any:
    """A client signed in as somebody, speaking English."""

    def client_of(user: User) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(user)
        return client

    return client_of


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_the_board_of_the_boss(board_trial: Trial, boss: User, of: Any) -> None:
    board_trial.sale(85000, "2026-11-05")
    board_trial.sale(40000, "2026-11-06", won=False)
    board_trial.sale(50000, "2026-10-20")
    TargetFactory(value=Decimal(100000))
    AlertFactory(rule__name="Low sales")

    response = of(boss).get("/")

    html = response.content.decode()
    assert response.status_code == 200
    shown = text(html)
    assert "Trial board" in shown
    assert "November 2026" in shown
    assert "85.0 k CNY" in shown
    assert "Target 100.0 · 85.0%" in shown
    assert "vs same days before ▲ 70.0%" in shown
    assert "vs same days last year n/a" in shown
    assert "Without tax" in shown
    assert 'class="kpi-value" href="/sales/list?is_won=true&amp;sold_on_after=2026-11-01' in html
    assert "Low sales" in shown
    drawn = json.loads(re.findall(r'data-chart="c-sales-by-day">(.*?)</script>', html)[0])
    assert (drawn["series"][0]["data"], drawn["links"]) == ([85, 40], ["/sales/05", "/sales/06"])
    assert '<td class="num">85.0</td>' in html


def test_no_style_and_no_script_stands_in_the_page(board_trial: Trial, boss: User, of: Any) -> None:
    board_trial.sale(85000, "2026-11-05")

    html = of(boss).get("/").content.decode()

    assert not re.search(r"<[^>]+ (style|on\w+)=", html)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", html))


def test_the_period_is_chosen_by_address(board_trial: Trial, boss: User, of: Any) -> None:
    board_trial.sale(50000, "2026-10-20")

    shown = text(of(boss).get("/dashboards/trial/?period=month&on=2026-10-01").content.decode())

    assert "October 2026" in shown
    assert "50.0 k CNY" in shown
    assert "vs previous" in shown


def test_own_figures_only(board_trial: Trial, seller: User, of: Any) -> None:
    board_trial.sale(20000, "2026-11-05", seller)
    board_trial.sale(85000, "2026-11-05")

    shown = text(of(seller).get("/").content.decode())

    assert "20.0 k CNY" in shown
    assert "85.0" not in shown
    assert "105.0" not in shown


def test_nobody_gets_in_without_signing_in(board_trial: Trial) -> None:
    for path in ("/", "/dashboards/trial/", "/dashboards/trial/export/", "/dashboards/definitions/"):
        assert Client().get(path)["Location"].startswith("/accounts/login/")
    assert Client().get("/api/metrics/").status_code == 401


def test_without_permission_there_is_no_board(board_trial: Trial, stranger: User, of: Any) -> None:
    client = of(stranger)

    assert "Your role has no board yet" in text(client.get("/").content.decode())
    assert client.get("/dashboards/trial/").status_code == 403
    assert client.get("/dashboards/trial/export/").status_code == 403
    assert client.post("/dashboards/trial/first/").status_code == 403
    assert not BoardChoice.objects.exists()
    assert client.get("/api/metrics/").json() == {"results": []}
    assert client.get("/api/metrics/trial.sales/").status_code == 403


def test_a_system_that_is_off_has_no_board_no_figure_and_no_export(board_trial: Trial, boss: User, of: Any) -> None:
    turn_off()
    client = of(boss)

    assert "Trial brings the first boards." in text(client.get("/").content.decode())
    assert client.get("/dashboards/trial/").status_code == 404
    assert client.get("/dashboards/trial/export/").status_code == 404
    assert client.get("/api/metrics/").json() == {"results": []}
    answer = client.get("/api/metrics/trial.sales/")
    assert (answer.status_code, answer.json()["code"]) == (403, "module-disabled")


def test_an_unknown_board_is_not_found(board_trial: Trial, boss: User, of: Any) -> None:
    assert of(boss).get("/dashboards/nothing/").status_code == 404


def test_the_first_board_is_chosen(board_trial: Trial, boss: User, of: Any) -> None:
    client = of(boss)

    assert client.get("/dashboards/later/first/").status_code == 405
    assert client.post("/dashboards/later/first/")["Location"] == "/"
    assert "Later board" in text(client.get("/").content.decode())


def test_the_board_as_a_spreadsheet(board_trial: Trial, boss: User, of: Any) -> None:
    board_trial.sale(85000, "2026-11-05")
    board_trial.sale(50000, "2026-10-20")
    TargetFactory(value=Decimal(100000))

    response = of(boss).get("/dashboards/trial/export/?period=month")

    content = b"".join(response.streaming_content)
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["Figure", "Value", "Unit"]
    assert rows[1][:9] == ["Sales", 85000.0, "Yuan", 50000.0, "+70.0%", 0.0, "n/a", 100000.0, 85.0]
    assert rows[2][:3] == ["Win rate", 100.0, "%"]
    assert [row[:2] for row in rows[6:8]] == [["Day", "Sales (Yuan)"], ["05", 85000.0]]
    entry = AuditEntry.objects.get(kind="EXPORT")
    assert (entry.actor, entry.subject) == (boss, "board trial")


def test_the_board_as_csv(board_trial: Trial, seller: User, of: Any) -> None:
    board_trial.sale("10.50", "2026-11-05", seller)
    board_trial.sale(85000, "2026-11-05")

    response = of(seller).get("/dashboards/trial/export/?format=csv")

    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[1][:3] == ["Sales", "10.50", "Yuan"]


def test_a_figure_by_api_is_that_of_the_board(board_trial: Trial, boss: User, seller: User, of: Any) -> None:
    board_trial.sale(85000, "2026-11-05", seller)
    board_trial.sale(50000, "2026-10-20")
    TargetFactory(value=Decimal(100000))

    body = of(boss).get("/api/metrics/trial.sales/?period=month").json()

    assert (body["start"], body["end"], body["value"]) == ("2026-11-01", "2026-11-30", "85000.000000")
    assert body["definition"]["unit"] == "CNY"
    assert body["comparisons"][0] == {
        "against": "previous", "value": "50000.000000", "change": "70.000000", "change_unit": "%", "is_part": True,
    }  # fmt: skip
    assert (body["comparisons"][1]["value"], body["comparisons"][1]["change"]) == ("0.000000", None)
    assert (body["target"], body["target_reached"], body["trust"]) == ("100000.000000", "85.000000", "COMPLETE")
    assert body["facts"] == [{"title": "Lost", "value": "0", "unit": "count"}]
    assert of(seller).get("/api/metrics/trial.sales/?period=month&on=2026-10-01").json()["value"] == "0.000000"


def test_a_missing_figure_by_api_is_null(board_trial: Trial, boss: User, of: Any) -> None:
    body = of(boss).get("/api/metrics/trial.win_rate/").json()

    assert (body["value"], body["numerator"], body["denominator"]) == (None, "0.000000", "0.000000")


def test_the_definitions_by_api_and_page(board_trial: Trial, boss: User, of: Any) -> None:
    client = of(boss)

    codes = [each["code"] for each in client.get("/api/metrics/").json()["results"]]
    shown = text(client.get("/dashboards/definitions/").content.decode())

    assert codes == ["trial.sales", "trial.win_rate", "trial.open"]
    assert "Win rate" in shown
    assert "Without tax" in shown


def test_targets_and_rules_are_entered_on_their_pages(
    board_trial: Trial, boss: User, seller: User, grant: Any, of: Any
) -> None:
    grant(boss, "add_target", "change_target", "add_alertrule", "view_alertrule", "view_user")
    client = of(boss)
    target = {"metric": "trial.sales", "person": str(seller.pk), "year": "2026", "month": "11", "value": "1000"}
    rule = {"name": "Low", "metric": "trial.sales", "comparison": "BELOW", "threshold": "5", "severity": "WARNING"}

    saved = client.post(reverse("suite:target-create"), target)
    again = client.post(reverse("suite:target-create"), target)
    refused = client.post(reverse("suite:target-create"), {**target, "metric": "trial.nothing"})
    made = client.post(reverse("suite:alertrule-create"), rule)

    assert saved.status_code == 302, text(saved.content.decode())
    assert (again.status_code, refused.status_code) == (422, 422)
    assert made.status_code == 302
    (row,) = client.get("/api/masters/targets/").json()["results"]
    assert (row["metric"], row["object_id"], row["value"]) == ("trial.sales", seller.pk, "1000.0000")
    listed = text(client.get(reverse("suite:target-list")).content.decode())
    assert "杨一帆" in listed


def test_an_alert_is_looked_after_and_closed_on_its_page(board_trial: Trial, boss: User, of: Any) -> None:
    alert = AlertFactory()
    client = of(boss)
    page = text(client.get(reverse("suite:alert-detail", args=[alert.pk])).content.decode())

    client.post(reverse("suite:alert-action", args=[alert.pk, "acknowledge"]))
    alert.refresh_from_db()
    acknowledged = alert.status
    client.post(reverse("suite:alert-action", args=[alert.pk, "close"]))
    alert.refresh_from_db()

    assert "250" in page
    assert (acknowledged, alert.status) == ("ACKNOWLEDGED", "CLOSED")
    assert (alert.handled_by, alert.closed_at) == (boss, timezone.now())


def test_the_list_of_rules_names_the_figure(board_trial: Trial, boss: User, grant: Any, of: Any) -> None:
    grant(boss, "view_alertrule")
    AlertRuleFactory()

    listed = text(of(boss).get(reverse("suite:alertrule-list")).content.decode())

    assert "销售额低于警戒" in listed
    assert "300 CNY" in listed
