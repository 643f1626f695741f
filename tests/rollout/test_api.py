"""The adoption path for programs, and who may look at it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from hrm.org.default_roles import create_default_roles
from rollout import services
from rollout.selectors import stage_views
from suite.access.models import User
from suite.modules.registry import CheckValue
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.rollout.conftest import AT, Path

pytestmark = pytest.mark.django_db
API = "/api/rollout/"


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_path_and_api_are_open_to_those_who_may_see_it() -> None:
    roles = create_default_roles(actor=None, at=AT)
    boss, clerk = UserFactory(), UserFactory()
    boss.groups.add(roles["boss"])
    clerk.groups.add(roles["salesperson"])
    pages = ["/rollout/", "/rollout/profile/", "/rollout/log/", "/rollout/crm/open/", API]
    pages += [f"/rollout/?system={code}" for code in stage_views()]

    assert {browser_of(boss).get(page).status_code for page in pages} == {200}
    assert {browser_of(clerk).get(page).status_code for page in pages} == {403}
    assert Client().get("/rollout/").status_code == 302
    assert Client().get(API).status_code == 401


def test_api_tells_what_the_page_shows(path: Path) -> None:
    path.bring_live("crm")
    services.name_people(code="hrm", owner=EmployeeFactory(), sponsor=EmployeeFactory(), actor=None, at=AT)
    path.check("good", CheckValue(Decimal(90), 9, 10, "/good/"))
    path.check("bad", CheckValue(Decimal(70), 7, 10, "/bad/?filter=1"))
    services.open_stage(code="oa", actor=None, at=AT, reason="beside")

    found = browser_of(UserFactory(is_superuser=True, language="en")).get(API).json()

    stages = {each["code"]: each for each in found["stages"]}
    assert list(stages) == ["crm", "hrm", "erp", "wms", "mes", "srm", "qms", "oa"]
    assert (stages["crm"]["status"], stages["crm"]["is_on"], stages["hrm"]["requires"]) == ("LIVE", True, ["crm"])
    gate = stages["hrm"]["gate"]
    assert (gate["is_open"], gate["hard_passed"], gate["hard_total"], gate["score"]) == (False, 1, 2, None)
    assert [each["code"] for each in gate["obstacles"]] == ["hard-checks"]
    assert gate["checks"][1] == {
        "code": "hrm.bad",
        "title": "bad",
        "is_hard": True,
        "at_least": True,
        "unit": "%",
        "value": "70.00",
        "threshold": "80",
        "numerator": 7,
        "denominator": 10,
        "outcome": "FAILED",
        "note": "",
        "evidence_url": "/bad/?filter=1",
    }
    assert stages["erp"]["gate"] is None
    newest = found["log"][0]
    assert (newest["system"], newest["reason"], newest["status"]) == ("oa", "beside", "CONFIG")
