"""Runs of flows over real documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import cancel_order, release_order, submit_order
from hrm.attendance.models import Outing
from hrm.attendance.services import submit_outing
from oa.flows.choices import EventKind, InstanceStatus, TaskStatus
from oa.flows.engine import replay
from oa.flows.errors import AlreadyDecided, NotPossible
from oa.flows.models import FlowLog, FlowRun, FlowTask
from oa.flows.running import act, begin
from oa.flows.state import EVENT, RESOLVED, STATE, Event
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import WrongState
from suite.modules.services import disable_module
from tests.factories.erp_purchasing import PurchaseOrderFactory, PurchaseOrderLineFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import OutingFactory
from tests.factories.oa_flows import DeputyFactory, FlowBindingFactory, asks, publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


def bind(version: Any, model: Any = PurchaseOrder, **values: Any) -> None:
    """Let a flow decide about an object type."""
    FlowBindingFactory.create(definition=version.definition, subject=ContentType.objects.get_for_model(model), **values)


def order_worth(amount: str, owner: User | None = None) -> PurchaseOrder:
    """A draft worth so much."""
    order = PurchaseOrderFactory.create(
        owner=owner or UserFactory.create(), net_total=Decimal(amount), gross_total=Decimal(amount)
    )
    PurchaseOrderLineFactory.create(document=order)
    return order


def run_of(document: Any) -> FlowRun:
    """The run that decides about a document."""
    return FlowRun.objects.get(
        subject_type=ContentType.objects.get_for_model(type(document)), subject_id=document.pk, parent__isnull=True
    )


def decide(run: FlowRun, person: User, kind: EventKind = EventKind.APPROVE, **values: Any) -> FlowRun:
    """Let somebody decide about their task."""
    task = FlowTask.objects.get(run=run, person=person, status=TaskStatus.PENDING)
    return act(run=run, event=Event(kind=kind, by=person.pk, task=task.key, **values), actor=person, at=AT)


def state_of(order: PurchaseOrder) -> str:
    """The state of an order as stored."""
    return PurchaseOrder.objects.get(pk=order.pk).status


def test_a_document_waits_for_its_flow_and_is_released_by_it() -> None:
    manager, owner = UserFactory.create_batch(2)
    bind(publish(asks("m", manager)))
    order = order_worth("100", owner)

    submit_order(order=order, actor=owner, at=AT)
    run = run_of(order)
    assert (state_of(order), run.amount) == (OrderStatus.APPROVING, Decimal("100.00"))
    run = decide(run, manager)

    assert (run.status, state_of(order)) == (InstanceStatus.APPROVED, OrderStatus.RELEASED)
    assert set(Notification.objects.values_list("recipient", flat=True)) == {manager.pk, owner.pk}


def test_below_an_amount_it_passes_by_itself_and_from_there_on_it_waits() -> None:
    manager = UserFactory.create()
    small = {"kind": "compare", "field": "amount", "operator": "LT", "value": "50000"}
    arms = [{"key": "b0", "condition": small}, {"key": "b1", "nodes": [asks("m", manager)]}]
    bind(publish({"kind": "branch", "key": "b", "arms": arms}))
    below, at = order_worth("49999.99"), order_worth("50000")

    for order in (below, at):
        submit_order(order=order, actor=order.owner, at=AT)

    assert (state_of(below), state_of(at)) == (OrderStatus.RELEASED, OrderStatus.APPROVING)


def test_the_first_binding_that_fits_counts_and_without_one_whoever_may_decides() -> None:
    first, second = UserFactory.create_batch(2)
    big = {"kind": "compare", "field": "gross_total", "operator": "GE", "value": "1000"}
    bind(publish(asks("a", first)), condition=big, position=1)
    bind(publish(asks("b", second)), condition={**big, "value": "100"}, position=2)
    orders = [order_worth(amount) for amount in ("5000", "500", "50")]

    for order in orders:
        submit_order(order=order, actor=order.owner, at=AT)

    asked = [
        list(FlowTask.objects.filter(run__subject_id=order.pk).values_list("person", flat=True)) for order in orders
    ]
    assert asked == [[first.pk], [second.pk], []]
    assert state_of(orders[2]) == OrderStatus.APPROVING


def test_a_refusal_sends_the_document_back_and_it_is_decided_anew() -> None:
    manager = UserFactory.create()
    bind(publish(asks("m", manager)))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)

    decide(run_of(order), manager, EventKind.REJECT)
    assert state_of(order) == OrderStatus.DRAFT
    PurchaseOrder.objects.filter(pk=order.pk).update(net_total=Decimal(200), gross_total=Decimal(200))
    submit_order(order=PurchaseOrder.objects.get(pk=order.pk), actor=order.owner, at=AT)

    assert list(FlowRun.objects.order_by("pk").values_list("status", "amount")) == [
        (InstanceStatus.REJECTED, Decimal("100.00")),
        (InstanceStatus.RUNNING, Decimal("200.00")),
    ]


def test_withdrawn_the_document_is_a_draft_again() -> None:
    bind(publish(asks("m", UserFactory.create())))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)

    act(run=run_of(order), event=Event(kind=EventKind.WITHDRAW, by=order.owner_id), actor=order.owner, at=AT)

    assert (run_of(order).status, state_of(order)) == (InstanceStatus.WITHDRAWN, OrderStatus.DRAFT)


def test_nobody_goes_past_a_flow_that_is_running() -> None:
    bind(publish(asks("m", UserFactory.create())))
    order = order_worth("100")
    order = submit_order(order=order, actor=order.owner, at=AT)

    with pytest.raises(NotPossible):
        release_order(order=order, actor=UserFactory.create(is_superuser=True), at=AT)

    assert (state_of(order), run_of(order).status) == (OrderStatus.APPROVING, InstanceStatus.RUNNING)


def test_a_document_that_is_cancelled_makes_its_run_void() -> None:
    bind(publish(asks("m", UserFactory.create())))
    order = order_worth("100")
    order = submit_order(order=order, actor=order.owner, at=AT)

    cancel_order(order=order, reason="不再需要", actor=order.owner, at=AT)

    assert (state_of(order), run_of(order).status) == (OrderStatus.CANCELLED, InstanceStatus.VOID)
    assert not FlowTask.objects.filter(status=TaskStatus.PENDING).exists()


def test_a_document_that_refuses_the_outcome_leaves_the_run_as_it_was() -> None:
    manager = UserFactory.create()
    bind(publish(asks("m", manager)))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)
    run = run_of(order)
    disable_module(code="oa", actor=None, at=AT, reason="试用结束")
    release_order(order=PurchaseOrder.objects.get(pk=order.pk), actor=manager, at=AT)

    with pytest.raises(WrongState), transaction.atomic():
        decide(run, manager)

    assert (run_of(order).status, FlowLog.objects.filter(run=run).count()) == (InstanceStatus.RUNNING, 1)


def test_with_the_office_off_a_document_is_approved_as_if_there_were_no_flows() -> None:
    bind(publish(asks("m", UserFactory.create())))
    disable_module(code="oa", actor=None, at=AT, reason="试用结束")
    order = order_worth("100")

    submit_order(order=order, actor=UserFactory.create(is_superuser=True), at=AT)

    assert (state_of(order), FlowRun.objects.count()) == (OrderStatus.RELEASED, 0)


def test_a_rule_may_pass_ones_own_outing_but_nobody_passes_it_by_hand() -> None:
    person = EmployeeFactory.create(user=UserFactory.create())
    by_hand, by_rule = (
        OutingFactory.create(employee=person, starts_at=AT + timedelta(days=n), ends_at=AT + timedelta(days=n, hours=2))
        for n in range(2)
    )

    by_hand = submit_outing(outing=by_hand, actor=person.user, at=AT)
    bind(publish(), Outing)
    by_rule = submit_outing(outing=by_rule, actor=person.user, at=AT)

    assert (by_hand.status, by_rule.status) == ("APPROVING", "APPROVED")


def test_the_manager_is_found_and_a_deputy_takes_their_place() -> None:
    head = EmployeeFactory.create(user=UserFactory.create())
    department = DepartmentFactory.create(company=head.company, head=head)
    person = EmployeeFactory.create(
        company=head.company, department=department, manager=head, user=UserFactory.create()
    )
    deputy = UserFactory.create()
    DeputyFactory.create(person=head.user, deputy=deputy, first_day=AT.date(), last_day=AT.date())
    version = publish(
        {"kind": "approve", "key": "m", "title": "经理", "resolvers": [{"kind": "MANAGER"}]},
        {"kind": "approve", "key": "h", "title": "部门负责人", "resolvers": [{"kind": "HEAD"}]},
    )
    bind(version)
    order = order_worth("100", person.user)

    submit_order(order=order, actor=person.user, at=AT)

    task = FlowTask.objects.get()
    assert (task.person, task.stands_for) == (deputy, head.user)
    # Asked twice in a row the deputy decides once.
    run = decide(run_of(order), deputy)
    assert run.status == InstanceStatus.APPROVED


def test_the_state_follows_from_the_log() -> None:
    first, second, added = UserFactory.create_batch(3)
    bind(publish(asks("a", first), asks("b", second)))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)
    run = run_of(order)
    decide(run, first, EventKind.ADD_SIGN, people=(added.pk,))
    decide(run, added)
    decide(run, first)
    decide(run, second, EventKind.RETURN, to="a")

    log = FlowLog.objects.filter(run=run, number__isnull=False).order_by("number")
    history = [(EVENT.validate_python(row.event), RESOLVED.validate_python(row.resolved)) for row in log]

    stored = run_of(order)
    assert replay(run.flow_version.flow, history) == stored.current
    rows = {task.key: (task.person_id, task.status) for task in FlowTask.objects.filter(run=run)}
    assert rows == {task.key: (task.person, task.status) for task in stored.current.tasks}


def test_the_log_and_the_nodes_of_a_published_version_stay_as_they_are() -> None:
    version = publish(asks("m", UserFactory.create()))
    order = order_worth("100")
    begin(flow_version=version, subject=order, initiator=order.owner, at=AT)

    with pytest.raises(ProgrammingError), transaction.atomic():
        FlowLog.objects.update(comment="x")
    with pytest.raises(ProgrammingError), transaction.atomic():
        type(version).objects.filter(pk=version.pk).update(graph={"nodes": []})

    assert FlowLog.objects.get().comment == ""


def test_another_flow_is_run_through_and_reports_back() -> None:
    manager, second = UserFactory.create_batch(2)
    publish(asks("x", manager), code="OTHER")
    bind(publish({"kind": "subflow", "key": "s", "title": "子流程", "flow": "OTHER"}, asks("m", second)))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)
    child = FlowRun.objects.get(parent__isnull=False)

    decide(child, manager)
    assert state_of(order) == OrderStatus.APPROVING
    decide(run_of(order), second)

    assert state_of(order) == OrderStatus.RELEASED


def test_what_another_flow_changed_counts_in_the_flow_that_called_it() -> None:
    manager, second = UserFactory.create_batch(2)
    publish(asks("x", manager, editable=["note"]), code="OTHER")
    bind(publish({"kind": "subflow", "key": "s", "title": "子流程", "flow": "OTHER"}, asks("m", second)))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)
    child = FlowRun.objects.get(parent__isnull=False)

    event = Event(kind=EventKind.APPROVE, by=manager.pk, task=1, facts={"note": "less"}, derived={"amount": "90.00"})
    act(run=child, event=event, actor=manager, at=AT)

    run = run_of(order)
    assert (run.current.facts["note"], run.current.facts["amount"], run.amount) == ("less", "90.00", Decimal("90.00"))


def test_a_flow_that_calls_itself_is_stopped() -> None:
    version = publish({"kind": "subflow", "key": "s", "title": "子流程", "flow": "SELF"}, code="SELF")
    bind(version)
    order = order_worth("100")

    with pytest.raises(NotPossible):
        submit_order(order=order, actor=order.owner, at=AT)

    assert FlowRun.objects.count() == 0


def test_tasks_are_due_after_working_hours() -> None:
    manager = UserFactory.create()
    bind(publish(asks("m", manager, timeout={"hours": "8"})))
    order = order_worth("100")

    submit_order(order=order, actor=order.owner, at=AT)

    # Without a calendar of the year the hours are counted as they come.
    assert FlowTask.objects.get().due_at == AT + timedelta(hours=8)


def test_as_many_statements_for_three_approvers_as_for_thirty() -> None:
    counts = []
    for number in (3, 30):
        people = UserFactory.create_batch(number)
        bind(publish(asks("a", *people), asks("b", people[0])), position=40 - number)
        order = order_worth("100")
        submit_order(order=order, actor=order.owner, at=AT)
        run = run_of(order)
        for person in people[:-1]:
            decide(run, person)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            decide(run, people[-1])
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_a_decision_that_came_too_late_changes_nothing() -> None:
    first, second = UserFactory.create_batch(2)
    bind(publish(asks("m", first, second, mode="ANY")))
    order = order_worth("100")
    submit_order(order=order, actor=order.owner, at=AT)
    run = run_of(order)
    late = FlowTask.objects.get(person=second)
    decide(run, first)

    with pytest.raises(AlreadyDecided):
        act(run=run, event=Event(kind=EventKind.REJECT, by=second.pk, task=late.key), actor=second, at=AT)

    assert (state_of(order), FlowLog.objects.count()) == (OrderStatus.RELEASED, 2)
    assert STATE.validate_python(run_of(order).state).status == InstanceStatus.APPROVED
