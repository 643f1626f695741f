"""Several people at one approval, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import cancel_order, submit_order
from oa.flows.acting import decide, pass_due_tasks, withdraw
from oa.flows.choices import EventKind, InstanceStatus, TaskStatus
from oa.flows.engine import replay
from oa.flows.models import FlowLog, FlowRun, FlowTask
from oa.flows.proof import faults
from oa.flows.state import EVENT, RESOLVED
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.hrm import UserFactory
from tests.factories.oa_flows import FlowBindingFactory, asks, publish
from tests.oa.flows.test_running import order_worth, state_of

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def office(transactional_db: None) -> None:
    for code in ("crm", "hrm", "erp", "oa"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


def waiting(*nodes: dict[str, Any]) -> PurchaseOrder:
    """An order that waits for a flow."""
    version = publish(*nodes)
    subject = ContentType.objects.get_for_model(PurchaseOrder)
    FlowBindingFactory.create(definition=version.definition, subject=subject)
    order = order_worth("100")
    return submit_order(order=order, actor=order.owner, at=AT)


def says(person: User, kind: EventKind) -> Callable[[], FlowRun]:
    """Somebody's word about their task."""
    task = FlowTask.objects.get(person=person, status=TaskStatus.PENDING)
    return lambda: decide(task=task, kind=kind, actor=person, at=AT, comment="意见")


def prove(run: FlowRun) -> None:
    """Whatever happened, the run is sound and follows from its log."""
    log = FlowLog.objects.filter(run=run, number__isnull=False).order_by("number")
    history = [(EVENT.validate_python(row.event), RESOLVED.validate_python(row.resolved)) for row in log]
    assert replay(run.flow_version.flow, history) == run.current
    assert faults(run.flow_version.flow, run.current) == []
    rows = {task.key: task.status for task in run.tasks.all()}
    assert rows == {task.key: task.status for task in run.current.tasks}


def test_of_many_who_decide_at_once_where_one_decides_exactly_one_wins() -> None:
    people = UserFactory.create_batch(8)
    order = waiting(asks("m", *people, mode="ANY"))
    kinds = [EventKind.APPROVE, EventKind.REJECT]

    outcomes = at_once(*(says(person, kinds[n % 2]) for n, person in enumerate(people)))

    assert len([each for each in outcomes if isinstance(each, FlowRun)]) == 1
    run = FlowRun.objects.get()
    expected = {InstanceStatus.APPROVED: OrderStatus.RELEASED, InstanceStatus.REJECTED: OrderStatus.DRAFT}
    assert state_of(order) == expected[InstanceStatus(run.status)]
    assert FlowLog.objects.filter(run=run).count() == 2
    prove(run)


def test_of_many_who_agree_at_once_where_all_must_the_last_one_passes_it() -> None:
    people, boss = UserFactory.create_batch(6), UserFactory.create()
    waiting(asks("m", *people), asks("b", boss))

    outcomes = at_once(*(says(person, EventKind.APPROVE) for person in people))

    assert all(isinstance(each, FlowRun) for each in outcomes)
    assert [task.person for task in FlowTask.objects.filter(status=TaskStatus.PENDING)] == [boss]
    prove(FlowRun.objects.get())


def test_one_task_sent_ten_times_is_decided_once() -> None:
    person = UserFactory.create()
    order = waiting(asks("m", person))

    outcomes = at_once(*([says(person, EventKind.APPROVE)] * 10))

    assert len([each for each in outcomes if isinstance(each, FlowRun)]) == 1
    assert state_of(order) == OrderStatus.RELEASED
    prove(FlowRun.objects.get())


@pytest.mark.parametrize("other", ["withdraw", "cancel", "timeout"])
def test_a_decision_against_another_end_one_of_them_wins_and_nobody_waits_for_ever(other: str) -> None:
    person = UserFactory.create()
    order = waiting(asks("m", person, timeout={"hours": "1", "action": "REJECT"}))
    run = FlowRun.objects.get()
    late = AT.replace(year=2027)
    ends: dict[str, Callable[[], Any]] = {
        "withdraw": lambda: withdraw(run=run, actor=order.owner, at=AT),
        "cancel": lambda: cancel_order(order=order, reason="不再需要", actor=order.owner, at=AT),
        "timeout": lambda: pass_due_tasks(at=late),
    }

    at_once(says(person, EventKind.APPROVE), ends[other])

    found = FlowRun.objects.get()
    allowed = {
        InstanceStatus.APPROVED: {OrderStatus.RELEASED, OrderStatus.CANCELLED},
        InstanceStatus.REJECTED: {OrderStatus.DRAFT},
        InstanceStatus.WITHDRAWN: {OrderStatus.DRAFT},
        InstanceStatus.VOID: {OrderStatus.CANCELLED},
    }
    assert state_of(order) in allowed[InstanceStatus(found.status)]
    assert not FlowTask.objects.filter(status=TaskStatus.PENDING).exists()
    prove(found)
