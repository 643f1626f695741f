"""Deadlines, urging, deputies and leavers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.contenttypes.models import ContentType

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import submit_order
from hrm.calendar.engine import DayKind
from hrm.calendar.hours import add_working_hours
from oa.flows.acting import pass_due_tasks, reassign_task, urge, void_run
from oa.flows.choices import DefinitionStatus, InstanceStatus, TaskStatus
from oa.flows.errors import NotPossible
from oa.flows.models import FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from oa.flows.owned import named_people
from suite.access.models import User
from suite.access.ownership import holdings
from suite.activity.models import Notification
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.oa_flows import DeputyFactory, FlowBindingFactory, asks, publish
from tests.oa.flows.test_running import order_worth, state_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


def waiting_order(*nodes: dict[str, object]) -> PurchaseOrder:
    """An order that waits for a flow."""
    version = publish(*nodes)
    FlowBindingFactory.create(definition=version.definition, subject=ContentType.objects.get_for_model(PurchaseOrder))
    order = order_worth("100")
    return submit_order(order=order, actor=order.owner, at=AT)


def pending() -> list[int | None]:
    """Who has to decide."""
    return list(FlowTask.objects.filter(status=TaskStatus.PENDING).order_by("pk").values_list("person", flat=True))


def timeout(action: str, **values: object) -> dict[str, object]:
    """What happens after four hours."""
    return {"timeout": {"hours": "4", "action": action, **values}}


def test_working_hours_leave_out_nights_noon_and_days_off() -> None:
    friday = datetime(2026, 5, 8, 17, 0, tzinfo=UTC)

    def kind(day: date) -> DayKind:
        return DayKind.REST if day.isoweekday() > 5 else DayKind.WORKDAY

    # An hour on Friday, three on Monday morning, and one after noon.
    assert add_working_hours(friday, Decimal(5), kind) == datetime(2026, 5, 11, 14, 0, tzinfo=UTC)


def test_before_it_is_due_nothing_happens() -> None:
    order = waiting_order(asks("m", UserFactory.create(), **timeout("APPROVE")))

    assert pass_due_tasks(at=AT + timedelta(hours=3)) == 0
    assert state_of(order) == OrderStatus.APPROVING


@pytest.mark.parametrize(("action", "state"), [("APPROVE", OrderStatus.RELEASED), ("REJECT", OrderStatus.DRAFT)])
def test_overdue_it_is_decided_by_rule_and_says_so(action: str, state: str) -> None:
    order = waiting_order(asks("m", UserFactory.create(), **timeout(action)))

    assert pass_due_tasks(at=AT + timedelta(hours=5)) == 1
    assert pass_due_tasks(at=AT + timedelta(hours=6)) == 0

    assert state_of(order) == state
    assert FlowTask.objects.get().rule == "timeout"
    assert FlowLog.objects.order_by("-pk").values_list("rule", flat=True)[0] == "timeout"


def test_overdue_it_goes_to_the_manager_of_who_did_not_decide() -> None:
    head = EmployeeFactory.create(user=UserFactory.create())
    person = EmployeeFactory.create(user=UserFactory.create(), company=head.company, manager=head)
    waiting_order(asks("m", person.user, **timeout("ESCALATE")))

    pass_due_tasks(at=AT + timedelta(hours=5))

    assert pending() == [head.user_id]


def test_reminders_come_as_often_as_the_step_says() -> None:
    manager = UserFactory.create()
    waiting_order(asks("m", manager, **timeout("REMIND", times=2)))
    Notification.objects.all().delete()

    done = [pass_due_tasks(at=AT + timedelta(hours=hours)) for hours in (5, 6, 10, 20)]

    assert done == [1, 0, 1, 0]
    assert Notification.objects.filter(recipient=manager).count() == 2
    assert pending() == [manager.pk]


def test_urging_reminds_once_an_hour() -> None:
    manager = UserFactory.create()
    order = waiting_order(asks("m", manager))
    run = FlowRun.objects.get()
    Notification.objects.all().delete()

    urge(run=run, actor=order.owner, at=AT)
    with pytest.raises(NotPossible):
        urge(run=run, actor=order.owner, at=AT + timedelta(minutes=59))
    urge(run=run, actor=order.owner, at=AT + timedelta(minutes=61))

    assert Notification.objects.filter(recipient=manager).count() == 2


def test_an_administrator_gives_a_task_to_somebody_else_and_ends_a_run() -> None:
    other, admin = UserFactory.create_batch(2)
    order = waiting_order(asks("m", UserFactory.create()))

    reassign_task(flowtask=FlowTask.objects.get(), to=other, actor=admin, at=AT)
    assert pending() == [other.pk]
    void_run(flowrun=FlowRun.objects.get(), reason="流程有误", actor=admin, at=AT)

    assert (FlowRun.objects.get().status, state_of(order)) == (InstanceStatus.VOID, OrderStatus.DRAFT)


def test_a_leaver_leaves_no_task_no_flow_and_no_deputy_behind() -> None:
    leaver, heir, admin = UserFactory.create_batch(3)
    order = waiting_order(asks("m", leaver), asks("n", UserFactory.create()))
    FlowDefinition.objects.update(admin=leaver)
    DeputyFactory.create(deputy=leaver)
    held = {each.code: each for each in holdings() if each.code.startswith("oa.")}

    counts = {
        code: each.give(each.held(leaver), leaver=leaver, to=heir, actor=admin, at=AT)
        for code, each in held.items()
        if each.held(leaver).exists()
    }

    assert counts == {"oa.FlowTask": 1, "oa.FlowDefinition": 1, "oa.FlowVersion": 1, "oa.Deputy": 1}
    assert not any(each.held(leaver).exists() for each in held.values())
    assert pending() == [heir.pk]
    assert state_of(order) == OrderStatus.APPROVING
    published = FlowVersion.objects.get(status=DefinitionStatus.PUBLISHED)
    assert (published.number, heir.pk in named_people(published.graph)) == (2, True)
    assert User.objects.filter(pk=leaver.pk).exists()
