"""The forms that are shipped, in both languages, with the flows that decide about them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from hrm.org.default_roles import create_default_roles
from oa.flows.choices import DefinitionStatus, EventKind
from oa.flows.models import FlowDefinition, FlowTask, FlowVersion
from oa.flows.running import act
from oa.flows.state import Event
from oa.forms.backfill import install_templates
from oa.forms.designing import publish_form, save_draft_schema
from oa.forms.errors import HandledElsewhere
from oa.forms.filling import validate
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.schema import faults
from oa.forms.services import create_request, submit_request
from oa.forms.standard import standard_forms
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.kit.objects import give

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CODES = ["leave", "overtime", "business-trip", "expense", "payment", "contract", "seal", "supplies"]


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_form_is_sound_in_both_languages(language: str) -> None:
    with translation.override(language):
        forms = standard_forms()

    assert [form.code for form in forms] == CODES
    assert [fault for form in forms for fault in faults(form.schema)] == []


def test_seal_that_leaves_has_to_come_back() -> None:
    (seal,) = (form for form in standard_forms() if form.code == "seal")

    _clean, stays = validate(seal.schema, {"leaves": False})
    _clean, leaves = validate(seal.schema, {"leaves": True})

    assert set(leaves) - set(stays) == {"back"}


@pytest.mark.usefixtures("oa")
def test_they_are_installed_once_each_published_with_a_flow() -> None:
    admin = UserFactory()

    first = install_templates(actor=admin, at=NOW)
    again = install_templates(actor=admin, at=NOW)

    assert (first, again) == ({"oa.formtemplate": 8}, {"oa.formtemplate": 0})
    assert set(FormVersion.objects.values_list("status", flat=True)) == {DefinitionStatus.PUBLISHED}
    assert set(FlowVersion.objects.values_list("status", flat=True)) == {DefinitionStatus.PUBLISHED}
    assert FormTemplate.objects.filter(flow__admin=admin).count() == FlowDefinition.objects.count() == 8


@pytest.mark.usefixtures("oa")
def test_what_was_edited_stays_and_what_was_removed_comes_back() -> None:
    install_templates(actor=UserFactory(), at=NOW)
    template = FormTemplate.objects.get(code="expense")
    template.name = "我们的报销"
    template.save()
    schema: dict[str, Any] = {"sections": [{"fields": [{"kind": "TEXT", "key": "a", "label": "a"}]}]}
    save_draft_schema(template=template, schema=schema, actor=None, at=NOW)
    version = publish_form(template=template, actor=None, at=NOW)
    FormTemplate.objects.filter(code="seal").delete()

    added = install_templates(actor=UserFactory(), at=NOW)

    template.refresh_from_db()
    assert added == {"oa.formtemplate": 1}
    assert template.name == "我们的报销"
    assert template.versions.get(status=DefinitionStatus.PUBLISHED) == version


@pytest.mark.usefixtures("oa")
def test_without_anybody_to_answer_for_flows_there_are_none_yet() -> None:
    install_templates(actor=None, at=NOW)

    assert FormTemplate.objects.filter(flow=None).count() == 8


@pytest.mark.usefixtures("oa")
@pytest.mark.parametrize(
    ("amount", "steps"),
    [
        ("4999.99", ["manager"]),
        ("5000", ["manager", "head"]),
        ("50000", ["manager", "head", "boss"]),
    ],
)
def test_who_decides_depends_on_the_amount(amount: str, steps: list[str]) -> None:
    roles = create_default_roles(actor=None, at=NOW)
    boss, head, leads = UserFactory(), EmployeeFactory(user=UserFactory()), EmployeeFactory(user=UserFactory())
    boss.groups.add(roles["boss"])
    department = DepartmentFactory(head=head)
    asks = EmployeeFactory(user=_may_ask(), department=department, manager=leads)
    install_templates(actor=UserFactory(), at=NOW)
    request = create_request(
        template=FormTemplate.objects.get(code="expense"),
        data={"reason": "x", "lines": [{"on": "2026-03-01", "kind": _category(), "cost": amount}]},
        actor=asks.user,
        at=NOW,
    )

    submit_request(formrequest=request, actor=asks.user, at=NOW)

    people = {"manager": leads.user, "head": head.user, "boss": boss}
    assert _walk() == [(step, people[step]) for step in steps]
    request.refresh_from_db()
    assert (request.amount, request.status) == (Decimal(amount).quantize(Decimal("0.01")), "APPROVED")


def _may_ask() -> User:
    pages = pageset_of(FormRequest)
    assert pages is not None
    return give(UserFactory(), pages, ("view", "add", "change"))


def _category() -> str:
    form = FormVersion.objects.get(template__code="expense").form
    return form.fields["lines"].columns[1].choices[0]


def _walk() -> list[tuple[str, User | None]]:
    """Agree wherever somebody is asked; return where and who, in order."""
    found = []
    while task := FlowTask.objects.filter(status="PENDING").select_related("run", "person").first():
        found.append((task.node, task.person))
        event = Event(kind=EventKind.APPROVE, by=task.person_id, task=task.key)
        act(run=task.run, event=event, actor=task.person, at=NOW)
    return found


@pytest.mark.usefixtures("oa")
def test_leave_is_asked_for_in_human_resources_while_they_are_on() -> None:
    install_templates(actor=UserFactory(), at=NOW)
    template = FormTemplate.objects.get(code="leave")
    leave = pageset_of("hrm.LeaveRequest")
    assert leave is not None
    user = give(_may_ask(), leave, ("view", "add"))
    EmployeeFactory(user=user)

    with pytest.raises(HandledElsewhere):
        create_request(template=template, data={}, actor=user, at=NOW)
    assert not FormRequest.objects.exists()

    ModuleState.objects.filter(code="hrm").update(is_enabled=False)
    state.forget()
    assert create_request(template=template, data={}, actor=user, at=NOW).number == "QJ-202603-0001"
