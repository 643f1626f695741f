"""Before operations are opened, purchases and payments are decided by flows that are in force."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.contenttypes.models import ContentType

from erp.purchasing.models import PurchaseRequest
from oa.flows.choices import DefinitionStatus
from oa.flows.models import FlowDefinition
from oa.forms.choices import Category
from oa.forms.models import FormTemplate
from oa.readiness import money_flows
from tests.factories.oa_flows import FlowBindingFactory, FlowDefinitionFactory, FlowVersionFactory
from tests.factories.oa_forms import FormTemplateFactory, FormVersionFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def in_force() -> FlowDefinition:
    flow = FlowDefinitionFactory(subject=None)
    FlowVersionFactory(definition=flow, status=DefinitionStatus.PUBLISHED)
    return flow


def form(category: Category, flow: FlowDefinition | None) -> FormTemplate:
    template = FormTemplateFactory(category=category, flow=flow)
    FormVersionFactory(template=template)
    return template


def test_forms_for_both_with_flows_in_force_are_enough() -> None:
    form(Category.PURCHASE, in_force())
    before = money_flows(AT)
    form(Category.MONEY, in_force())

    after = money_flows(AT)

    assert (before.numerator, before.denominator) == (1, 2)
    assert (after.numerator, after.denominator) == (2, 2)


def test_what_no_published_flow_decides_about_does_not_count() -> None:
    draft = FlowDefinitionFactory(subject=None)
    FlowVersionFactory(definition=draft)
    off = in_force()
    FlowDefinition.objects.filter(pk=off.pk).update(is_active=False)
    for flow in (None, draft, off):
        form(Category.PURCHASE, flow)
        form(Category.MONEY, flow)
    FormTemplate.objects.filter(pk=form(Category.MONEY, in_force()).pk).update(is_active=False)

    assert money_flows(AT).numerator == 0


def test_requisitions_under_a_flow_are_purchases_that_somebody_decides_about() -> None:
    flow = in_force()
    FlowBindingFactory(definition=flow, subject=ContentType.objects.get_for_model(PurchaseRequest), is_active=False)
    idle = money_flows(AT).numerator
    flow.bindings.update(is_active=True)  # type: ignore[attr-defined]

    assert (idle, money_flows(AT).numerator) == (0, 1)
