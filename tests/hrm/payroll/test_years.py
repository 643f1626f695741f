"""What was paid before the suite began: entered or imported until a run of the year is locked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from hrm.org.default_roles import create_default_roles
from hrm.payroll.models import YearToDate
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.services import start_import, upload_import
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.factories.hrm_payroll import AT, YearToDateFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
HEAD = "employee,company,year,month,months,income,basic,social,special,withheld\n"


@pytest.fixture(autouse=True)
def hrm_on(db: None) -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()


def bring(pay: Pay, *rows: str) -> ImportRun:
    """Upload a csv file of the years so far and import it."""
    pages = pageset_of(YearToDate)
    assert pages is not None
    file = BytesIO((HEAD + "\n".join(rows)).encode())
    run = upload_import(pageset=pages, file=file, name="years.csv", actor=pay.actor, at=AT)
    return start_import(run=run, leave_out_bad=False, actor=pay.actor, at=AT)


def test_the_year_so_far_is_imported_and_continued(pay: Pay) -> None:
    first, second = pay.hire(10000), pay.hire(10000)
    code = pay.company.code

    bring(
        pay,
        f"{first.number},{code},2026,2,2,60000,10000,0,0,2480",
        f"{second.number},{code},2026,2,2,20000,10000,0,0,300",
    )

    run = pay.lock(date(2026, 3, 1))
    # (70,000 − 15,000) × 10 % − 2,520 − 2,480, and (30,000 − 15,000) × 3 % − 300.
    assert [pay.slip(run, each).tax for each in (first, second)] == [D("500.00"), D("150.00")]


def test_an_import_after_a_locked_run_changes_nothing(pay: Pay) -> None:
    person = pay.hire(10000)
    YearToDateFactory(employee=person, month=2, months=2, income=D(60000), basic=D(10000))
    pay.lock(date(2026, 3, 1))
    before = list(YearToDate.objects.order_by("pk").values())

    run = bring(pay, f"{person.number},{pay.company.code},2026,2,2,70000,10000,0,0,0")

    run.refresh_from_db()
    assert run.state == "CHECKED"
    assert list(YearToDate.objects.order_by("pk").values()) == before


def test_what_a_locked_run_continues_is_neither_edited_nor_entered_again(pay: Pay) -> None:
    person = pay.hire(10000)
    opening = YearToDateFactory(employee=person, month=2, months=2, income=D(60000), basic=D(10000))
    pay.lock(date(2026, 3, 1))
    before = list(YearToDate.objects.order_by("pk").values())
    desk = Client()
    desk.force_login(pay.actor)
    values = {"employee": person.pk, "company": pay.company.pk, "year": 2026, "month": 2, "months": 2, "income": "1"}

    answers = [
        desk.patch(f"/api/hrm/years-to-date/{opening.pk}/", {"income": "1"}, "application/json"),
        desk.delete(f"/api/hrm/years-to-date/{opening.pk}/"),
        desk.post("/api/hrm/years-to-date/", values, "application/json"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409, 400]
    assert list(YearToDate.objects.order_by("pk").values()) == before


def test_who_keeps_the_pay_finds_the_import(pay: Pay) -> None:
    keeper, seller = (UserFactory() for _n in range(2))
    with translation.override("en"):
        roles = create_default_roles(actor=None, at=AT)
    keeper.groups.add(roles["hr"])
    seller.groups.add(roles["salesperson"])
    answers = {}

    for user in (keeper, seller):
        client = Client()
        client.force_login(user)
        answers[user] = [client.get(reverse(f"hrm:yeartodate-{view}")).status_code for view in ("list", "import")]

    assert answers == {keeper: [200, 200], seller: [403, 403]}
