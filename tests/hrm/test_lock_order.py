"""Whoever waits for a row holds none that others lock later: pages take their locks in the order of the services."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from functools import partial
from time import monotonic, sleep
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test import Client

from hrm.handover.choices import HandoverStatus
from hrm.handover.services import hand_over, open_handover
from hrm.org import services as org
from hrm.org.locks import lock_departments, lock_managers
from hrm.org.models import Department, Employee, Position
from hrm.people import changes, contracts
from hrm.people.models import LaborContract
from hrm.recruiting import offers, requisitions
from hrm.recruiting.choices import CandidateStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Requisition
from hrm.reorg.choices import StepKind
from hrm.reorg.services import create_reorganisation, submit_reorganisation
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_people import LaborContractFactory, PersonnelChangeFactory
from tests.factories.hrm_recruiting import CandidateFactory, OfferFactory, RequisitionFactory
from tests.hrm.people.conftest import hrm_on

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hrm_on")]
__all__ = ["hrm_on"]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
Case = tuple[Callable[[], Any], Any, Callable[..., Any], dict[str, Any]]


def somebody_waits() -> bool:
    """Whether another connection comes to wait for this one within ten seconds."""
    until = monotonic() + 10
    while monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return True
        sleep(0.02)
    return False


def leaves_row_free(taken: Callable[[], Any], row: Any, work: Callable[[], Any]) -> Any:
    """Let ``work`` wait for what is ``taken``, lock the row meanwhile, and return what came of the work."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            taken()
            result: Future[Any] = pool.submit(run)
            assert somebody_waits()
            type(row)._default_manager.select_for_update(nowait=True, of=("self",)).get(pk=row.pk)
        return result.result(timeout=20)


def of_person() -> Case:
    person = EmployeeFactory(department=DepartmentFactory())
    target = DepartmentFactory(company=person.company)
    return partial(Department.objects.lock, target), person, org.transfer_employee, {"department": target.pk}


def of_change() -> Case:
    change = PersonnelChangeFactory()
    return lock_managers, change, changes.submit_change, {}


def of_contract() -> Case:
    contract = LaborContractFactory()
    answers = {"kind": "FIXED", "ends_on": "2030-02-28"}
    return partial(Employee.objects.lock, contract.employee), contract, contracts.renew_contract, answers


def of_requisition() -> Case:
    row = RequisitionFactory(status=RequisitionStatus.DRAFT)
    return partial(Position.objects.lock, row.position), row, requisitions.submit_requisition, {}


def of_candidate() -> Case:
    row = CandidateFactory(status=CandidateStatus.OFFER)
    offer = OfferFactory(candidate=row)
    at = {"actor": row.owner, "at": AT}
    with transaction.atomic():
        for step in ("SUBMITTED", "APPROVED", "SENT", "ACCEPTED"):
            offer.become(step, **at)
    return partial(Requisition.objects.lock, row.requisition), row, offers.hire_candidate, {"number": "E77"}


def of_offer() -> Case:
    offer = OfferFactory(candidate=CandidateFactory(status=CandidateStatus.OFFER))
    return partial(Candidate.objects.lock, offer.candidate), offer, offers.cancel_offer, {"reason": "x"}


def of_reorganisation() -> Case:
    boss, department = UserFactory(is_superuser=True), DepartmentFactory()
    row = create_reorganisation(
        title="x",
        effective_on=date(2026, 3, 1),
        lines=[{"department": department, "kind": StepKind.RENAME, "name": "新名"}],
        actor=boss,
        at=AT,
    )
    return partial(lock_departments, department.company_id), row, submit_reorganisation, {}


@pytest.mark.parametrize(
    "case", [of_person, of_change, of_contract, of_requisition, of_candidate, of_offer, of_reorganisation]
)
def test_page_that_waits_leaves_its_row_free(case: Callable[[], Case]) -> None:
    taken, row, service, answers = case()
    pageset = pageset_of(type(row))
    assert pageset is not None
    slug = next(action.slug for action in pageset.all_actions() if action.service is service)
    client = Client()
    client.force_login(UserFactory(is_superuser=True))
    url = f"/api/hrm/{pageset.path}/{row.pk}/{slug}/"

    answer = leaves_row_free(taken, row, lambda: client.post(url, json.dumps(answers), content_type="application/json"))

    assert answer.status_code == 200, answer.content


def test_edit_that_waited_does_not_undo_what_happened_meanwhile() -> None:
    contract = LaborContractFactory(signed_on=None)
    client = Client()
    client.force_login(UserFactory(is_superuser=True))

    def meanwhile() -> None:
        locked = LaborContract.objects.lock(contract)
        locked.note = "先"
        locked.save()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            meanwhile()
            answer = pool.submit(
                patch, client, f"/api/hrm/labor-contracts/{contract.pk}/", {"note": "后", "version": 1}
            )
            assert somebody_waits()

    assert answer.result(timeout=20).status_code == 409
    assert LaborContract.objects.get(pk=contract.pk).note == "先"


def patch(client: Client, url: str, payload: dict[str, Any]) -> Any:
    try:
        return client.patch(url, json.dumps(payload), content_type="application/json")
    finally:
        connection.close()


def test_handover_waits_for_departments_before_people() -> None:
    leaver = EmployeeFactory(user=UserFactory())
    headed = DepartmentFactory(company=leaver.company, head=leaver)
    boss, taker = UserFactory(is_superuser=True), EmployeeFactory(user=UserFactory(), company=leaver.company)
    handover = open_handover(employee=leaver, successor=taker, leave_on=date(2026, 3, 31), actor=boss, at=AT)
    with transaction.atomic():
        handover.become(HandoverStatus.RUNNING, actor=boss, at=AT)

    done = leaves_row_free(
        partial(Department.objects.lock, headed), leaver, lambda: hand_over(handover=handover, actor=boss, at=AT)
    )

    assert done.status == HandoverStatus.DONE
    assert Department.objects.get(pk=headed.pk).head == taker
