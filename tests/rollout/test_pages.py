"""The page about the adoption path and its steps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from rollout import services
from rollout.choices import BusinessType, Pain, StageStatus
from rollout.models import CheckResult, CompanyProfile, GateOverride, Stage, StageChange, ThresholdSetting
from rollout.selectors import stage_views
from suite.access.models import User
from suite.modules import state
from suite.modules.registry import CheckValue
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.rollout.conftest import AT, Path

pytestmark = pytest.mark.django_db
INDEX = "/rollout/"


@pytest.fixture
def admin(client: Client) -> User:
    """A superuser whose browser ``client`` is."""
    user = UserFactory(is_superuser=True, language="en")
    client.force_login(user)
    return user


@pytest.fixture
def failing(path: Path) -> Path:
    """Customers are live; personnel has its people, one hard check that passes and one that does not."""
    path.bring_live("crm")
    services.name_people(code="hrm", owner=EmployeeFactory(), sponsor=EmployeeFactory(), actor=None, at=AT)
    path.check("good", CheckValue(Decimal(90), 9, 10, "/good/"))
    path.check("bad", CheckValue(Decimal(70), 7, 10, "/bad/?filter=1"))
    return path


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


def open_url(code: str = "hrm") -> str:
    return reverse("rollout:open", args=[code])


def test_page_shows_the_path_and_why_the_next_system_is_closed(client: Client, admin: User, failing: Path) -> None:
    page = text(client.get(INDEX))

    assert page.count('class="stage"') == 7
    assert "Hard checks not passed: 1." in page
    assert "Readiness 1/2" in page
    assert 'href="/bad/?filter=1"' in page
    assert "3 to put right" in page
    assert open_url() not in page
    assert reverse("rollout:exception", args=["hrm"]) in page


def test_page_without_any_data_does_not_call_that_a_pass(client: Client, admin: User, path: Path) -> None:
    path.bring_live("crm")
    path.check("nothing", CheckValue(None, 0, 0))

    page = text(client.get(INDEX))

    assert "No data" in page
    assert "Readiness 0/1" in page
    assert open_url() not in page


def test_system_is_turned_on_and_off_by_the_page(client: Client, admin: User, path: Path) -> None:
    without_reason = client.post(open_url("crm"), {})
    client.post(open_url("crm"), {"reason": "first system"})
    assert state.is_enabled("crm")
    client.post(reverse("rollout:advance", args=["crm"]), {})
    client.post(reverse("rollout:advance", args=["crm"]), {"reason": "pilot done"})
    live = stage_views()["crm"].status
    client.post(reverse("rollout:close", args=["crm"]), {"reason": "pause"})

    assert without_reason.status_code == 422
    assert live == StageStatus.LIVE
    assert not state.is_enabled("crm")
    page = text(client.get(reverse("rollout:log")))
    assert "pilot done" in page
    assert [each.actor for each in StageChange.objects.all()] == [admin] * 4


def test_closed_gate_is_refused_with_its_reasons(client: Client, admin: User, failing: Path) -> None:
    response = client.post(open_url(), {"reason": "now"})

    assert response.status_code == 422
    assert "Hard checks not passed: 1." in text(response)
    assert not state.is_enabled("hrm")
    assert not CheckResult.objects.exists()


def test_closing_below_a_later_system_is_refused(client: Client, admin: User, path: Path) -> None:
    path.bring_live("crm", "hrm")

    page = text(client.get(f"{INDEX}?system=crm"))
    response = client.post(reverse("rollout:close", args=["crm"]), {"reason": "x"})

    assert "cannot be turned off while a later system is on" in page
    assert response.status_code == 422
    assert state.is_enabled("crm")


def test_exception_is_asked_for_signed_by_another_and_used(client: Client, admin: User, failing: Path) -> None:
    day = timezone.localdate() + timedelta(days=10)
    client.post(reverse("rollout:exception", args=["hrm"]), {"reason": "year-end", "until": day.isoformat()})
    override = GateOverride.objects.get()
    sign = reverse("rollout:sign", args=[override.pk])
    other = Client()
    other.force_login(UserFactory(is_superuser=True))

    client.post(sign)
    assert GateOverride.objects.get().signed_at is None
    other.post(sign)
    offered = text(client.get(INDEX))
    client.post(open_url(), {"reason": "cannot wait", "override": override.pk})

    assert open_url() in offered
    assert state.is_enabled("hrm")
    assert timezone.localdate(override.expires_at) == day + timedelta(days=1)
    assert StageChange.objects.get(code="hrm", to_status="CONFIG").override == override


def test_owner_and_sponsor_are_named(client: Client, admin: User, path: Path) -> None:
    owner, sponsor = EmployeeFactory(), EmployeeFactory()
    url = reverse("rollout:people", args=["hrm"])

    missing = client.post(url, {"owner": owner.pk})
    client.post(url, {"owner": owner.pk, "sponsor": sponsor.pk})

    stage = Stage.objects.get(code="hrm")
    assert missing.status_code == 422
    assert (stage.owner, stage.sponsor, stage.status) == (owner, sponsor, StageStatus.DIAGNOSIS)


def test_measuring_again_keeps_the_results(client: Client, admin: User, failing: Path) -> None:
    client.post(reverse("rollout:recheck", args=["hrm"]))

    assert set(CheckResult.objects.values_list("check_code", "outcome")) == {
        ("hrm.good", "PASSED"),
        ("hrm.bad", "FAILED"),
    }


def test_check_page_shows_history_and_changes_the_limit(client: Client, admin: User, failing: Path) -> None:
    for number in range(3):
        services.check_all(timezone.now() - timedelta(days=number))
    url = reverse("rollout:check", args=["hrm.bad"])

    page = text(client.get(url))
    client.post(url, {"threshold": "70", "reason": "agreed with sales"})
    wrong = client.post(url, {"threshold": "0", "reason": "x"})

    assert 'class="spark"' in page
    assert page.count("7 / 10") >= 3
    assert ThresholdSetting.objects.get().threshold == Decimal(70)
    assert wrong.status_code == 422
    assert services.evaluate_gate("hrm", timezone.now()).is_open
    assert client.get(reverse("rollout:check", args=["no.such"])).status_code == 404


def test_questionnaire_recommends_a_path(client: Client, admin: User, path: Path) -> None:
    url = reverse("rollout:profile")
    facts = {
        "staff": "25",
        "revenue": "60,000,000",
        "business_type": "TRADE",
        "purchase_ratio": "57",
        "item_count": "80",
    }
    pain = {f"{Pain.STOCK_WRONG}-severity": "5", f"{Pain.STOCK_WRONG}-frequency": "4", f"{Pain.STOCK_WRONG}-money": "3"}

    empty = text(client.get(url))
    client.post(url, {**facts, **pain})
    page = text(client.get(url))
    refused = client.post(url, {**facts, "purchase_ratio": "101"})

    assert "Answer the questions" in empty
    profile = CompanyProfile.objects.get()
    assert (profile.staff, profile.revenue, profile.business_type) == (25, Decimal(60_000_000), BusinessType.TRADE)
    assert list(profile.pains.values_list("pain", "severity", "frequency", "money")) == [("STOCK_WRONG", 5, 4, 3)]
    assert "Where advice differs" in page
    assert "may precede warehousing and manufacturing" in page
    assert refused.status_code == 422


def test_page_asks_a_bounded_number_of_queries(client: Client, admin: User, failing: Path) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get(INDEX)
    for number in range(20):
        failing.check(f"more{number}", 90)

    with CaptureQueriesContext(connection) as many:
        client.get(INDEX)

    # Each check is measured in a savepoint of its own; nothing else grows with their number.
    asked = [[each for each in found.captured_queries if "SAVEPOINT" not in each["sql"]] for found in (few, many)]
    assert len(asked[1]) <= len(asked[0])
    assert len(asked[1]) < 25
