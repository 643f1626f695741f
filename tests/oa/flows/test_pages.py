"""My approvals and the page of a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import submit_order
from oa.flows.choices import InstanceStatus, TaskStatus
from oa.flows.models import FlowRun, FlowTask
from suite.access.models import User
from suite.modules.services import disable_module
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.oa_flows import FlowBindingFactory, asks, publish
from tests.oa.flows.test_running import order_worth, state_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


@pytest.fixture
def asker() -> User:
    """Who asks."""
    return EmployeeFactory.create(user=UserFactory.create(full_name="周敏")).user


@pytest.fixture
def manager() -> User:
    """Who decides first."""
    return EmployeeFactory.create(user=UserFactory.create(full_name="吴启明")).user


@pytest.fixture
def boss() -> User:
    """Who decides after the manager."""
    return EmployeeFactory.create(user=UserFactory.create(full_name="林志远")).user


@pytest.fixture
def order(asker: User, manager: User, boss: User) -> PurchaseOrder:
    """An order that waits for the manager and then for the boss."""
    version = publish(asks("m", manager), asks("b", boss), name="采购审批")
    subject = ContentType.objects.get_for_model(PurchaseOrder)
    FlowBindingFactory.create(definition=version.definition, subject=subject)
    order = order_worth("186400.00", asker)
    return submit_order(order=order, actor=asker, at=AT)


def client_of(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


def run_url(name: str = "run", *more: str) -> str:
    """An address of the only run."""
    return reverse(f"oa:{name}", args=[FlowRun.objects.get().pk, *more])


def pending() -> list[int | None]:
    """Who has to decide."""
    return list(FlowTask.objects.filter(status=TaskStatus.PENDING).values_list("person", flat=True))


def test_the_inbox_shows_what_waits_and_who_is_asked_sees_the_count(order: PurchaseOrder, manager: User) -> None:
    page = client_of(manager).get(reverse("oa:approvals"))

    text = page.content.decode()
    assert "采购审批" in text
    assert "186,400.00" in text
    assert 'count count-hot">1<' in text


def test_each_box_holds_its_own(order: PurchaseOrder, asker: User, manager: User, boss: User) -> None:
    client_of(manager).post(run_url("run-approve"))

    found = {
        (user.full_name, box): order.number
        in client_of(user).get(reverse("oa:approvals"), {"box": box}).content.decode()
        for user in (asker, manager, boss)
        for box in ("to-do", "mine", "done")
    }

    assert {key for key, is_there in found.items() if is_there} == {
        ("周敏", "mine"),
        ("吴启明", "done"),
        ("林志远", "to-do"),
    }


def test_agreeing_step_by_step_releases_the_order(order: PurchaseOrder, manager: User, boss: User) -> None:
    client_of(manager).post(run_url("run-approve"), {"comment": "可以"})
    assert pending() == [boss.pk]
    client_of(boss).post(run_url("run-approve"))

    assert state_of(order) == OrderStatus.RELEASED
    assert "可以" in client_of(boss).get(run_url()).content.decode()


def test_a_refusal_needs_a_reason_and_keeps_what_was_typed(order: PurchaseOrder, manager: User) -> None:
    client = client_of(manager)

    refused = client.post(run_url("run-act", "reject"), {"comment": "  "})
    assert (refused.status_code, state_of(order)) == (200, OrderStatus.APPROVING)
    client.post(run_url("run-act", "reject"), {"comment": "太贵"})

    assert state_of(order) == OrderStatus.DRAFT


def test_it_is_returned_and_handed_in_again(order: PurchaseOrder, asker: User, manager: User, boss: User) -> None:
    client_of(manager).post(run_url("run-approve"))
    client_of(boss).post(run_url("run-act", "return"), {"comment": "补充报价", "to": "start", "resubmit": "JUMP"})
    assert pending() == [asker.pk]
    assert "补充报价" in client_of(asker).get(run_url()).content.decode()
    client_of(asker).post(run_url("run-ask", "resubmit"))

    assert pending() == [boss.pk]


def test_a_colleague_is_added_asked_first_and_removed(order: PurchaseOrder, manager: User, boss: User) -> None:
    colleague = boss.employee  # type: ignore[attr-defined]
    client = client_of(manager)
    client.post(run_url("run-act", "add"), {"people": [colleague.pk], "sign": "BEFORE"})
    assert pending() == [boss.pk]

    client.post(run_url("run-ask", "remove"), {"task": FlowTask.objects.get(status=TaskStatus.PENDING).key})

    assert pending() == [manager.pk]


@pytest.mark.parametrize("kind", ["transfer", "delegate"])
def test_it_is_handed_to_a_colleague(order: PurchaseOrder, manager: User, boss: User, kind: str) -> None:
    client_of(manager).post(run_url("run-act", kind), {"people": [boss.employee.pk]})  # type: ignore[attr-defined]

    assert pending() == [boss.pk]


def test_who_asked_withdraws_and_urges(order: PurchaseOrder, asker: User, manager: User) -> None:
    client = client_of(asker)

    client.post(run_url("run-ask", "urge"))
    again = client.post(run_url("run-ask", "urge"), follow=True)
    client.post(run_url("run-ask", "withdraw"))

    assert manager.notifications.count() == 2  # type: ignore[attr-defined]
    assert "一小时" in again.content.decode()
    assert (FlowRun.objects.get().status, state_of(order)) == (InstanceStatus.WITHDRAWN, OrderStatus.DRAFT)


def test_withdrawing_is_offered_until_somebody_decided(order: PurchaseOrder, asker: User, manager: User) -> None:
    way = run_url("run-ask", "withdraw")
    page = run_url()

    before = client_of(asker).get(page).content.decode()
    client_of(manager).post(run_url("run-approve"))
    after = client_of(asker).get(page).content.decode()

    assert way in before
    assert way not in after


def test_a_decision_is_taken_back(order: PurchaseOrder, manager: User, boss: User) -> None:
    client = client_of(manager)
    client.post(run_url("run-approve"))
    assert pending() == [boss.pk]

    client.post(run_url("run-ask", "take-back"), {"task": FlowTask.objects.get(person=manager).key})

    assert pending() == [manager.pk]


def test_several_are_agreed_to_at_once(order: PurchaseOrder, asker: User, manager: User, boss: User) -> None:
    second = submit_order(order=order_worth("5", asker), actor=asker, at=AT)
    keys = list(FlowTask.objects.filter(person=manager).values_list("pk", flat=True))
    foreign = FlowTask.objects.filter(person=manager).first()
    assert foreign is not None

    client_of(boss).post(reverse("oa:approvals-batch"), {"task": keys})
    assert sorted(pending(), key=str) == [manager.pk, manager.pk]
    client_of(manager).post(reverse("oa:approvals-batch"), {"task": [*keys, "x"]})

    assert pending() == [boss.pk, boss.pk]
    assert state_of(second) == OrderStatus.APPROVING


@pytest.mark.parametrize("name", ["run", "run-print"])
def test_a_run_of_others_is_not_found(order: PurchaseOrder, name: str) -> None:
    stranger = UserFactory.create()

    assert client_of(stranger).get(run_url(name)).status_code == 404
    assert client_of(stranger).post(run_url("run-approve")).status_code == 404
    assert state_of(order) == OrderStatus.APPROVING


def test_who_is_not_signed_in_signs_in_first(order: PurchaseOrder) -> None:
    page = Client().get(run_url())

    assert (page.status_code, page["Location"].startswith("/accounts/login/")) == (302, True)


def test_with_the_office_off_there_are_no_approvals(order: PurchaseOrder, manager: User) -> None:
    url = run_url()
    disable_module(code="oa", actor=None, at=AT, reason="试用结束")
    client = client_of(manager)

    assert client.get(url).status_code == 404
    assert "count-hot" not in client.get("/me/").content.decode()


def test_the_record_is_printed_with_names_and_times(order: PurchaseOrder, manager: User, boss: User) -> None:
    client_of(manager).post(run_url("run-approve"), {"comment": "同意采购"})

    page = client_of(boss).get(run_url("run-print")).content.decode()

    assert "吴启明" in page
    assert "同意采购" in page
