"""What the page and the API of a document say while a flow decides about it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import PurchaseOrder
from oa.flows.choices import InstanceStatus
from oa.flows.models import FlowRun, FlowTask
from suite.access.models import User
from suite.documents.approvables import approvables
from suite.modules.services import disable_module
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.oa.flows.test_pages import AT, asker, boss, client_of, manager, order, run_url
from tests.oa.flows.test_running import state_of

__all__ = ["asker", "boss", "manager", "order"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
TO_DECIDE = 'class="btn btn-primary" href="{}"'


@pytest.fixture
def admin() -> User:
    """Who may approve any order, but is not asked."""
    return UserFactory.create(is_superuser=True, language="zh-hans")


def page_of(order: PurchaseOrder, user: User) -> str:
    return client_of(user).get(order.get_absolute_url(), headers={"Accept-Language": "zh-hans"}).content.decode()


def allow(user: User) -> None:
    """Let somebody see every order and run."""
    User.objects.filter(pk=user.pk).update(is_superuser=True)


def test_who_is_asked_gets_the_way_to_the_decision(order: PurchaseOrder, manager: User, boss: User) -> None:
    allow(manager)
    allow(boss)

    assert TO_DECIDE.format(run_url()) in page_of(order, manager)
    assert TO_DECIDE.format(run_url()) not in page_of(order, boss)


def test_everybody_else_reads_whom_it_waits_for(order: PurchaseOrder, admin: User, manager: User) -> None:
    text = page_of(order, admin)

    assert "等待吴启明处理" in text
    assert f'href="{run_url()}"' in text
    assert "由审批流程决定" in text
    assert "等待吴启明处理" not in page_of(order, manager)


def test_no_button_goes_past_the_flow(order: PurchaseOrder, admin: User) -> None:
    url = reverse("erp:purchaseorder-action", args=[order.pk, "release"])

    assert f'action="{url}"' not in page_of(order, admin)
    answer = client_of(admin).post(f"/api/erp/purchase-orders/{order.pk}/release/", content_type="application/json")
    assert answer.status_code == 409
    assert state_of(order) == OrderStatus.APPROVING


def test_without_the_office_the_button_decides(order: PurchaseOrder, admin: User) -> None:
    url = reverse("erp:purchaseorder-action", args=[order.pk, "release"])
    disable_module(code="oa", reason="Test", actor=None, at=AT)

    assert f'action="{url}"' in page_of(order, admin)
    client_of(admin).post(url)
    assert state_of(order) == OrderStatus.RELEASED


def test_a_document_that_waits_for_nobody_says_nothing(order: PurchaseOrder, admin: User) -> None:
    FlowTask.objects.all().delete()
    waiting = page_of(order, admin)
    FlowRun.objects.update(status=InstanceStatus.VOID, ended_at=AT)

    assert "由审批流程决定" in waiting
    assert "等待" not in waiting
    assert "由审批流程决定" not in page_of(order, admin)


@pytest.mark.parametrize("each", approvables(), ids=lambda each: each.model.__name__)
def test_every_document_is_approved_and_rejected_by_the_services_it_declares(each: object) -> None:
    pageset = pageset_of(each.model)  # type: ignore[attr-defined]

    assert pageset is not None
    assert {each.approve, each.reject} <= {action.service for action in pageset.actions}  # type: ignore[attr-defined]
