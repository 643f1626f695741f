"""A locked run stays as it is: by page, API, shell, bulk update and SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse

from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import ItemSource, RunStatus
from hrm.payroll.events import PayrollApproved
from hrm.payroll.models import (
    PayInput,
    PayRun,
    PayRunFault,
    Payslip,
    PayslipConfirmation,
    PayslipLine,
    YearToDate,
)
from suite import events
from suite.core.errors import NotAllowed, WrongState
from suite.documents.status import StatusBypassedError
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import UserFactory
from tests.factories.hrm_payroll import AT, PayInputFactory, YearToDateFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
Way = Callable[[PayRun], Any]


@pytest.fixture
def person(pay: Pay) -> Employee:
    bonus = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(30000, user=UserFactory())
    PayInputFactory(employee=person, item=bonus, month=date(2026, 1, 1), amount=D(500))
    return person


@pytest.fixture
def run(pay: Pay, person: Employee) -> PayRun:
    return pay.lock()


def sql(statement: str) -> Way:
    def work(run: PayRun) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"run": run.pk})

    return work


def save_run(run: PayRun) -> None:
    run.net_total += 1
    run.gross_total += 1
    run.save()


def save_payslip(run: PayRun) -> None:
    slip = run.payslips.get()
    slip.gross += 1
    slip.net += 1
    slip.save()


def add_payslip(run: PayRun) -> None:
    other = Employee.objects.create(company=run.company, number="X", name="新人", hire_date=date(2026, 1, 1))
    Payslip.objects.create(run=run, employee=other)


def add_line(run: PayRun) -> None:
    line = run.payslips.get().lines.order_by("pk")[0]
    line.pk, line.position, line._state.adding = None, 99, True
    item = line.item
    item.pk, item.code, item._state.adding = None, "MORE", True
    item.save()
    line.item = item
    line.save()


def move_payslip(run: PayRun) -> None:
    draft = PayRun.objects.create(
        company=run.company,
        pay_group=run.pay_group,
        number="D-1",
        month=date(2026, 5, 1),
        pay_date=date(2026, 6, 1),
        created_by=run.created_by,
    )
    run.payslips.update(run=draft)


WAYS: dict[str, Way] = {
    "run: save()": save_run,
    "run: update()": lambda run: PayRun.objects.filter(pk=run.pk).update(note="x"),
    "run: another pay date": lambda run: PayRun.objects.filter(pk=run.pk).update(pay_date=date(2027, 1, 1)),
    "run: delete()": lambda run: run.delete(),
    "run: back by SQL": sql("UPDATE hrm_payrun SET status = 'CALCULATED' WHERE id = %(run)s"),
    "run: delete by SQL": sql("DELETE FROM hrm_payrun WHERE id = %(run)s"),
    "payslip: save()": save_payslip,
    "payslip: update()": lambda run: run.payslips.update(gross=F("gross") + 1, net=F("net") + 1),
    "payslip: bulk_update()": lambda run: Payslip.objects.bulk_update(
        [_with(slip, employer_cost=D(1)) for slip in run.payslips.all()], ["employer_cost"]
    ),
    "payslip: delete()": lambda run: run.payslips.all().delete(),
    "payslip: create()": add_payslip,
    "payslip: to another run": move_payslip,
    "payslip: by SQL": sql("UPDATE hrm_payslip SET tax_snapshot = '{}' WHERE run_id = %(run)s"),
    "line: update()": lambda run: PayslipLine.objects.filter(payslip__run=run).update(amount=F("amount") + 1),
    "line: delete()": lambda run: PayslipLine.objects.filter(payslip__run=run).delete(),
    "line: create()": add_line,
    "line: by SQL": sql(
        "UPDATE hrm_payslipline SET basis = '{}' "
        "WHERE payslip_id IN (SELECT id FROM hrm_payslip WHERE run_id = %(run)s)"
    ),
    "year: update()": lambda run: YearToDate.objects.filter(run=run).update(withheld=0),
    "year: save()": lambda run: _with(YearToDate.objects.get(run=run), withheld=D(0)).save(),
    "year: delete()": lambda run: YearToDate.objects.filter(run=run).delete(),
    "entry: update()": lambda run: PayInput.objects.filter(month=run.month).update(amount=D(1)),
    "entry: delete()": lambda run: PayInput.objects.filter(month=run.month).delete(),
}


def _with(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def settled(run: PayRun) -> list[Any]:
    """Everything of a run as it stands in the database."""
    tables = (
        PayRun.objects.filter(pk=run.pk),
        Payslip.objects.filter(run=run),
        PayslipLine.objects.filter(payslip__run=run),
        YearToDate.objects.all(),
        PayInput.objects.all(),
    )
    return [list(rows.order_by("pk").values()) for rows in tables]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("is_paid", [False, True])
def test_no_way_leads_into_a_locked_run(pay: Pay, run: PayRun, way: str, is_paid: bool) -> None:
    if is_paid:
        services.mark_paid(payrun=run, actor=pay.actor, at=AT)
    run.refresh_from_db()
    before = settled(run)

    with pytest.raises(IntegrityError), transaction.atomic():
        WAYS[way](run)

    assert settled(PayRun.objects.get(pk=run.pk)) == before
    assert len(before[1]) == 1


def test_ways_lead_into_a_run_that_is_not_locked(pay: Pay, person: Employee) -> None:
    """So that the refusals above are about the lock, and nothing else."""
    run = pay.calculate()

    for way in ("run: update()", "payslip: update()", "line: update()", "entry: update()", "line: create()"):
        WAYS[way](run)

    assert run.payslips.get().gross == D("30501.00")


@pytest.fixture
def desk(pay: Pay) -> Client:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    client = Client()
    client.force_login(pay.actor)
    return client


def test_pages_and_api_do_not_change_a_locked_run(run: PayRun, desk: Client) -> None:
    run.refresh_from_db()
    before = settled(run)
    slip = run.payslips.get()
    api, json = f"/api/hrm/pay-runs/{run.pk}/", "application/json"

    answers = {
        "edit": desk.post(reverse("hrm:payrun-edit", args=[run.pk]), {"pay_date": "2027-01-05", "note": "x"}),
        "delete": desk.post(reverse("hrm:payrun-delete", args=[run.pk])),
        "calculate": desk.post(reverse("hrm:payrun-action", args=[run.pk, "calculate"])),
        "reopen": desk.post(reverse("hrm:payrun-action", args=[run.pk, "reopen"])),
        "api patch": desk.patch(api, {"note": "x"}, json),
        "api delete": desk.delete(api),
        "api calculate": desk.post(f"{api}calculate/", {}, json),
        "api payslip": desk.patch(f"/api/hrm/payslips/{slip.pk}/", {"net": "1"}, json),
        "api payslip delete": desk.delete(f"/api/hrm/payslips/{slip.pk}/"),
    }

    assert settled(PayRun.objects.get(pk=run.pk)) == before
    assert {name: answer.status_code for name, answer in answers.items() if name.startswith("api")} == {
        "api patch": 409,
        "api delete": 409,
        "api calculate": 409,
        "api payslip": 405,
        "api payslip delete": 405,
    }


def test_status_is_written_by_declared_steps_only(pay: Pay, person: Employee) -> None:
    run = pay.calculate()

    with pytest.raises(IntegrityError), transaction.atomic():
        sql("UPDATE hrm_payrun SET status = 'PAID' WHERE id = %(run)s")(run)
    with pytest.raises(StatusBypassedError):
        PayRun.objects.filter(pk=run.pk).update(status=RunStatus.LOCKED)
    with pytest.raises(WrongState):
        services.mark_paid(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert run.status == RunStatus.CALCULATED


def test_the_state_before_the_suite_is_settled_once_a_run_continues_it(pay: Pay, person: Employee) -> None:
    opening = YearToDateFactory(employee=person, month=1, income=D(100))
    opening.income = D(200)
    opening.save()
    pay.lock(date(2026, 2, 1))

    with pytest.raises(IntegrityError), transaction.atomic():
        YearToDate.objects.filter(pk=opening.pk).update(income=D(300))

    opening.refresh_from_db()
    assert opening.income == D(200)


def test_locking_tells_others_once(pay: Pay, person: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[PayrollApproved] = []

    def listen(event: PayrollApproved) -> None:
        heard.append(event)

    listen.__module__ = "suite.receivers"
    monkeypatch.setitem(events.receivers, PayrollApproved, [events.Receiver(listen, 1, False)])

    run = pay.lock()
    with pytest.raises(WrongState):
        services.lock_run(payrun=run, actor=pay.actor, at=AT)

    (event,) = heard
    assert (event.payrun_pk, event.people, event.gross, event.net) == (run.pk, 1, D("30500.00"), D("29735.00"))
    assert event.gross - event.social - event.tax - event.other == event.net


def test_without_permission_to_approve_a_run_waits(pay: Pay, person: Employee) -> None:
    run = pay.calculate()
    clerk = UserFactory()

    services.submit_run(payrun=run, actor=clerk, at=AT)
    services.reject_run(payrun=run, reason="绩效有误", actor=pay.actor, at=AT)
    services.submit_run(payrun=run, actor=clerk, at=AT)
    run.refresh_from_db()
    waiting = run.status
    services.approve_run(payrun=run, actor=pay.actor, at=AT)

    assert waiting == RunStatus.APPROVING
    assert PayRun.objects.get(pk=run.pk).status == RunStatus.LOCKED


def test_the_person_confirms_a_published_payslip_once(pay: Pay, run: PayRun, person: Employee) -> None:
    slip = run.payslips.get()
    with pytest.raises(WrongState):
        services.confirm_payslip(payslip=slip, actor=person.user, at=AT)
    services.publish_payslips(payrun=run, actor=pay.actor, at=AT)
    before = settled(run)
    with pytest.raises(NotAllowed):
        services.confirm_payslip(payslip=slip, actor=pay.actor, at=AT)

    services.confirm_payslip(payslip=slip, actor=person.user, at=AT)

    assert PayslipConfirmation.objects.get(payslip=slip).confirmed_at == AT
    assert settled(run) == before
    with pytest.raises(WrongState):
        services.confirm_payslip(payslip=slip, actor=person.user, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayslipConfirmation.objects.update(confirmed_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        PayslipConfirmation.objects.all().delete()


def test_publishing_tells_everybody_in_the_run_once(pay: Pay, run: PayRun, person: Employee) -> None:
    from suite.activity.models import Notification

    services.publish_payslips(payrun=run, actor=pay.actor, at=AT)

    with pytest.raises(WrongState):
        services.publish_payslips(payrun=run, actor=pay.actor, at=AT)
    told = Notification.objects.get(recipient=person.user)
    assert told.url == reverse("hrm:my-payslips")


def test_an_open_run_can_be_removed_with_everything_in_it(pay: Pay, person: Employee) -> None:
    run = pay.calculate()

    services.delete_run(payrun=run, actor=pay.actor, at=AT)

    assert (PayRun.objects.count(), Payslip.objects.count(), PayRunFault.objects.count()) == (0, 0, 0)
