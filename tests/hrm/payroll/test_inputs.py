"""Monthly entries: by hand, from a file, and not for a month that is settled."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from hrm.payroll.choices import InputSource, ItemSource
from hrm.payroll.models import PayInput
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.exchange.models import ImportRun
from suite.pages.exchange.services import start_import, upload_import
from suite.pages.registry import pageset_of
from tests.factories.hrm_payroll import AT, PayInputFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
URL = "hrm:payinput-create"


@pytest.fixture(autouse=True)
def hrm_on(db: None) -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def desk(pay: Pay) -> Client:
    client = Client()
    client.force_login(pay.actor)
    return client


def bring(pay: Pay, text: str) -> ImportRun:
    """Upload a csv file of entries and import it."""
    pages = pageset_of(PayInput)
    assert pages is not None
    file = BytesIO(text.encode())
    run = upload_import(pageset=pages, file=file, name="entries.csv", actor=pay.actor, at=AT)
    return start_import(run=run, leave_out_bad=False, actor=pay.actor, at=AT)


def test_entries_are_imported_by_employee_number_and_item(pay: Pay) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    first, second = pay.hire(5000), pay.hire(5000)
    head = "employee,month,item,amount,note\n"
    rows = f"{first.number},2026-01-31,{item.code},1200.50,一月绩效\n{second.number},2026-01-31,{item.code},800,\n"

    bring(pay, head + rows)
    bring(pay, head + rows.replace("800", "900"))

    found = PayInput.objects.order_by("employee").values_list("employee", "month", "amount", "source", "note")
    assert list(found) == [
        (first.pk, date(2026, 1, 1), D("1200.50"), InputSource.IMPORT, "一月绩效"),
        (second.pk, date(2026, 1, 1), D("900.00"), InputSource.IMPORT, ""),
    ]
    assert pay.slip(pay.calculate(), first).gross == D("6200.50")


def test_a_row_that_is_wrong_leaves_everything_out(pay: Pay) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(5000)
    head = "employee,month,item,amount,note\n"

    for wrong in (
        f"{person.number},2026-01-31,{pay.base.code},100,\n",
        f"{person.number},2026-01-31,{item.code},abc,\n",
        f"NOBODY,2026-01-31,{item.code},100,\n",
    ):
        run = bring(pay, f"{head}{person.number},2026-02-28,{item.code},100,\n{wrong}")
        assert run.state != "DONE"

    assert not PayInput.objects.exists()


def test_a_settled_month_takes_no_more_entries(pay: Pay, desk: Client) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(5000)
    pay.lock()
    values = {"employee": person.pk, "item": item.pk, "month": "2026-01-15", "source": "MANUAL", "amount": "100"}

    page = desk.post(reverse(URL), values)
    api = desk.post("/api/hrm/monthly-pay-entries/", values, "application/json")
    bring(pay, f"employee,month,item,amount\n{person.number},2026-01-31,{item.code},100\n")
    later = desk.post(reverse(URL), {**values, "month": "2026-02-15"})

    assert (page.status_code, api.status_code, later.status_code) == (422, 400, 302)
    assert PayInput.objects.get().month == date(2026, 2, 1)


def test_entries_of_several_sources_add_up(pay: Pay) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(5000)
    PayInputFactory(employee=person, item=item, source=InputSource.MANUAL, amount=D(100), note="手工")
    PayInputFactory(employee=person, item=item, source=InputSource.SEVERANCE, amount=D(-30), note="考核")

    line = pay.slip(pay.calculate(), person).lines.get(item=item)

    assert (line.amount, line.basis["notes"]) == (D("70.00"), ["手工", "考核"])


def test_importing_costs_the_same_for_more_rows(pay: Pay) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    people = [pay.hire(5000) for _n in range(30)]
    counts = []

    for month, number in (("2026-01-31", 3), ("2026-02-28", 30)):
        rows = "".join(f"{each.number},{month},{item.code},100,\n" for each in people[:number])
        with CaptureQueriesContext(connection) as captured:
            bring(pay, f"employee,month,item,amount,note\n{rows}")
        counts.append(len(captured))

    assert PayInput.objects.count() == 33
    assert counts[1] <= counts[0] + 2
