"""Forms from draft to publication, and requests from draft to decision."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction

from hrm.org.models import Employee
from oa.flows.choices import DefinitionStatus, EventKind, InstanceStatus, ResolverKind
from oa.flows.definition import FLOW, Flow, Resolver, Step
from oa.flows.errors import NotPossible, NotYours
from oa.flows.facts import facts_of
from oa.flows.models import FlowDefinition, FlowRun, FlowTask, FlowVersion
from oa.flows.running import act
from oa.flows.state import Event
from oa.forms.choices import Audience, FieldKind, RequestStatus
from oa.forms.designing import create_template, new_draft, publish_form, save_draft_schema
from oa.forms.errors import InvalidData, InvalidSchema, NotForYou
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.schema import FormField, Schema, Section
from oa.forms.selectors import usable_templates
from oa.forms.services import (
    cancel_request,
    change_fields,
    copy_request,
    create_request,
    reject_request,
    reopen_request,
    submit_request,
    update_request,
)
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.activity.models import Attachment
from suite.core.errors import NotAllowed, VersionConflict, WrongState
from suite.pages.registry import pageset_of
from tests.factories.access import RoleFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.oa_forms import (
    EXPENSE,
    FormRequestFactory,
    FormTemplateFactory,
    FormVersionFactory,
    as_json,
)
from tests.kit.objects import give

pytestmark = pytest.mark.usefixtures("oa")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LINES = [{"what": "车票", "cost": "120.50"}, {"what": "住宿", "cost": "300"}]
FILLED = {"reason": "出差", "lines": LINES}


def person(*actions: str, level: str = ScopeLevel.OWN, **values: Any) -> Employee:
    """Return an employee whose user may do this with requests."""
    employee = EmployeeFactory(user=UserFactory(), **values)
    pages = pageset_of(FormRequest)
    assert pages is not None
    assert employee.user is not None
    employee.user = give(employee.user, pages, actions or ("view", "add", "change"), level)
    return employee


def user_of(employee: Employee) -> User:
    assert employee.user is not None
    return employee.user


def flow(*steps: Step, code: str = "f") -> FlowDefinition:
    """Return a published flow of steps."""
    definition = FlowDefinition.objects.create(code=code, name=code, admin=UserFactory())
    graph = FLOW.dump_python(Flow(nodes=steps), mode="json")
    version = FlowVersion.objects.create(definition=definition, number=1, graph=graph)
    version.become(DefinitionStatus.PUBLISHED, actor=definition.admin, at=NOW)
    return definition


def manager_step(**values: Any) -> Step:
    return Step(key="boss", title="主管", resolvers=(Resolver(kind=ResolverKind.MANAGER),), **values)


# -- forms -------------------------------------------------------------------------------------------


def test_a_form_begins_with_an_empty_draft_and_is_published_when_sound() -> None:
    admin = UserFactory()
    template = create_template(
        code="expense", name="报销", number_pattern="BX-{yyyy}{mm}-{seq:04}", actor=admin, at=NOW
    )

    with pytest.raises(InvalidSchema):
        publish_form(template=template, actor=admin, at=NOW)
    save_draft_schema(template=template, schema=as_json(EXPENSE), actor=admin, at=NOW)
    version = publish_form(template=template, actor=admin, at=NOW)

    assert (version.number, version.status, version.published_by) == (1, "PUBLISHED", admin)
    assert version.form == EXPENSE
    assert (template.number_kind, template.number_reset) == ("oa.form.expense", "MONTH")


@pytest.mark.parametrize("pattern", ["BX", "BX-{seq}-{seq}", "BX {seq}", "{ss}{seq}"])
def test_a_pattern_that_gives_numbers_twice_is_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        create_template(code="a", name="a", number_pattern=pattern, actor=None, at=NOW)

    assert not FormTemplate.objects.exists()


def test_the_next_draft_replaces_what_is_published_and_leaves_requests_alone() -> None:
    version = FormVersionFactory()
    request = FormRequestFactory(form_version=version)

    draft = new_draft(template=version.template, actor=None, at=NOW)
    again = new_draft(template=version.template, actor=None, at=NOW)
    publish_form(template=version.template, actor=None, at=NOW)

    version.refresh_from_db()
    request.refresh_from_db()
    assert (draft.number, again.pk, draft.schema) == (2, draft.pk, as_json(EXPENSE))
    assert version.status == DefinitionStatus.RETIRED
    assert request.form_version_id == version.pk


def test_nothing_new_cannot_be_published() -> None:
    version = FormVersionFactory()

    with pytest.raises(WrongState):
        publish_form(template=version.template, actor=None, at=NOW)

    assert FormVersion.objects.get().status == DefinitionStatus.PUBLISHED


def test_a_published_form_is_fixed_whoever_writes() -> None:
    version = FormVersionFactory()

    with pytest.raises(ProgrammingError), transaction.atomic():
        FormVersion.objects.filter(pk=version.pk).update(schema={})

    version.refresh_from_db()
    assert version.schema == as_json(EXPENSE)


def test_a_draft_takes_no_nonsense_and_no_older_state() -> None:
    draft = FormVersionFactory(status=DefinitionStatus.DRAFT)
    saved = save_draft_schema(template=draft.template, schema={}, actor=None, at=NOW, expected_version=draft.version)

    with pytest.raises(InvalidSchema):
        save_draft_schema(template=draft.template, schema={"sections": [{"fields": [{}]}]}, actor=None, at=NOW)
    with pytest.raises(VersionConflict):
        save_draft_schema(
            template=draft.template, schema=as_json(EXPENSE), actor=None, at=NOW, expected_version=draft.version
        )

    draft.refresh_from_db()
    assert (draft.schema, draft.version) == ({"sections": [], "amount": ""}, saved.version)


def test_a_form_is_offered_to_whom_it_is_meant_for() -> None:
    top = DepartmentFactory()
    inside = person(department=DepartmentFactory(parent=top))
    role = RoleFactory()
    member, other = UserFactory(), UserFactory()
    member.groups.add(role)
    everyone = FormVersionFactory().template
    chosen = FormVersionFactory(template=FormTemplateFactory(audience=Audience.CHOSEN)).template
    chosen.departments.add(top)
    chosen.roles.add(role)
    FormVersionFactory(status=DefinitionStatus.DRAFT)
    FormVersionFactory(template=FormTemplateFactory(is_active=False))

    offered = {each: set(usable_templates(each)) for each in (user_of(inside), member, other)}

    assert offered == {user_of(inside): {everyone, chosen}, member: {everyone, chosen}, other: {everyone}}


# -- requests ----------------------------------------------------------------------------------------


def test_a_request_is_numbered_judged_and_belongs_to_who_asks() -> None:
    asks = person(department=DepartmentFactory())
    template = FormVersionFactory(template=FormTemplateFactory(number_pattern="BX-{yyyy}{mm}-{seq:04}")).template

    first = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)
    second = create_request(template=template, data={}, actor=user_of(asks), at=NOW)

    assert (first.number, second.number) == ("BX-202603-0001", "BX-202603-0002")
    assert (first.initiator, first.department, first.company) == (asks.user, asks.department, asks.company)
    assert (first.amount, first.data["total"], first.status) == (Decimal("420.50"), "420.50", RequestStatus.DRAFT)
    assert (second.amount, second.data["lines"]) == (Decimal("0.00"), [])
    assert first.title == f"{asks.user} · {template.name}"


def test_what_does_not_fit_is_not_kept() -> None:
    asks = person()
    template = FormVersionFactory().template

    with pytest.raises(InvalidData) as refused:
        create_request(
            template=template, data={"lines": [{"cost": "x"}], "evil": 1, "papers": [1]}, actor=user_of(asks), at=NOW
        )

    assert set(refused.value.errors) == {"lines.0.cost", "evil", "papers"}
    assert not FormRequest.objects.exists()


def test_a_form_that_is_not_meant_for_somebody_cannot_be_used() -> None:
    asks = person()
    template = FormVersionFactory(template=FormTemplateFactory(audience=Audience.CHOSEN)).template

    with pytest.raises(NotForYou):
        create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)

    assert not FormRequest.objects.exists()


def test_people_whom_somebody_cannot_see_cannot_be_chosen() -> None:
    asks, other = person(), EmployeeFactory()
    schema = Schema(sections=(Section(fields=(FormField(kind=FieldKind.PERSON, key="who", label="谁"),)),))
    template = FormVersionFactory(schema=as_json(schema)).template

    with pytest.raises(InvalidData) as refused:
        create_request(template=template, data={"who": other.pk}, actor=user_of(asks), at=NOW)

    pages = pageset_of(Employee)
    assert pages is not None
    sees = give(user_of(asks), pages, ("view",))
    request = create_request(template=template, data={"who": other.pk}, actor=sees, at=NOW)
    assert (set(refused.value.errors), request.data) == ({"who"}, {"who": other.pk})


def test_files_stand_under_their_field_and_those_of_others_do_not() -> None:
    asks = person()
    template = FormVersionFactory().template
    paper = ContentFile(b"%PDF-1.4 receipt", name="票据.pdf")

    request = create_request(template=template, data=FILLED, files={"papers": [paper]}, actor=user_of(asks), at=NOW)
    other = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)

    attached = Attachment.objects.get()
    assert (request.data["papers"], attached.name, attached.object_id) == ([attached.pk], "票据.pdf", request.pk)
    with pytest.raises(InvalidData):
        update_request(formrequest=other, data={"papers": [attached.pk]}, actor=user_of(asks), at=NOW)


def test_a_draft_may_miss_something_but_is_not_handed_in() -> None:
    asks = person()
    request = create_request(template=FormVersionFactory().template, data={}, actor=user_of(asks), at=NOW)

    with pytest.raises(InvalidData) as refused:
        submit_request(formrequest=request, actor=user_of(asks), at=NOW)

    request.refresh_from_db()
    assert (set(refused.value.errors), request.status) == ({"reason"}, RequestStatus.DRAFT)


def test_without_a_flow_whoever_may_decides() -> None:
    asks = person()
    boss = person("view", "add", "change", "approve", level=ScopeLevel.ALL)
    template = FormVersionFactory().template

    waiting = submit_request(
        formrequest=create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW),
        actor=user_of(asks),
        at=NOW,
    )
    own = create_request(template=template, data=FILLED, actor=user_of(boss), at=NOW)

    assert (waiting.status, waiting.submitted_at) == (RequestStatus.APPROVING, NOW)
    assert submit_request(formrequest=own, actor=user_of(boss), at=NOW).status == RequestStatus.APPROVED


def test_the_flow_of_the_form_decides_and_sees_what_was_filled_in() -> None:
    leads = person()
    asks = person(manager=leads)
    template = FormVersionFactory(template=FormTemplateFactory(flow=flow(manager_step()))).template
    request = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)

    submit_request(formrequest=request, actor=user_of(asks), at=NOW)
    run = FlowRun.objects.get()
    facts = facts_of(request, user_of(asks))
    act(
        run=run,
        event=Event(kind=EventKind.APPROVE, by=user_of(leads).pk, task=1, facts={}),
        actor=user_of(leads),
        at=NOW,
    )

    request.refresh_from_db()
    assert (run.initiator, run.amount, run.current.facts) == (asks.user, Decimal("420.50"), facts)
    assert (facts["amount"], facts["lines_count"], facts["reason"]) == ("420.50", "2", "出差")
    assert facts["initiator"] == str(user_of(asks).pk)
    assert request.status == RequestStatus.APPROVED


def test_a_form_whose_flow_is_not_in_use_is_not_handed_in() -> None:
    asks = person()
    definition = FlowDefinition.objects.create(code="x", name="x", admin=UserFactory())
    template = FormVersionFactory(template=FormTemplateFactory(flow=definition)).template
    request = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)

    with pytest.raises(NotPossible):
        submit_request(formrequest=request, actor=user_of(asks), at=NOW)

    request.refresh_from_db()
    assert request.status == RequestStatus.DRAFT


def waiting_request(**step: Any) -> tuple[FormRequest, User, User, Step]:
    """Return a request that waits for its manager, who asked, the manager, and the step."""
    leads = person()
    asks = person(manager=leads)
    node = manager_step(**step)
    template = FormVersionFactory(template=FormTemplateFactory(flow=flow(node))).template
    request = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)
    request = submit_request(formrequest=request, actor=user_of(asks), at=NOW)
    return request, user_of(asks), user_of(leads), node


def test_who_decides_changes_what_may_be_changed_there() -> None:
    request, _asks, leads, step = waiting_request(editable=("lines",))

    changed = change_fields(
        formrequest=request, changes={"lines": [{"what": "车票", "cost": "100"}]}, step=step, actor=leads, at=NOW
    )

    request.refresh_from_db()
    assert (request.amount, request.data["reason"], request.data["total"]) == (Decimal("100.00"), "出差", "100.00")
    assert changed.flow_facts()["amount"] == "100.00"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [({"reason": "x"}, NotAllowed), ({"lines": [{"cost": "x"}]}, InvalidData), ({"total": "1"}, NotAllowed)],
)
def test_nothing_else_is_changed_there(changes: dict[str, Any], refusal: type[Exception]) -> None:
    request, _asks, leads, step = waiting_request(editable=("lines",))

    with pytest.raises(refusal):
        change_fields(formrequest=request, changes=changes, step=step, actor=leads, at=NOW)

    before = request.data
    request.refresh_from_db()
    assert (request.data, request.amount) == (before, Decimal("420.50"))


def test_only_who_decides_there_changes_fields() -> None:
    request, asks, _leads, step = waiting_request(editable=("lines",))

    with pytest.raises(NotYours):
        change_fields(formrequest=request, changes={"lines": []}, step=step, actor=asks, at=NOW)

    request.refresh_from_db()
    assert request.amount == Decimal("420.50")


def test_what_is_handed_in_is_changed_only_when_it_came_back() -> None:
    request, asks, leads, _step = waiting_request()
    with pytest.raises(WrongState):
        update_request(formrequest=request, data=FILLED, actor=asks, at=NOW)

    act(
        run=FlowRun.objects.get(),
        event=Event(kind=EventKind.RETURN, by=leads.pk, task=1, to="start"),
        actor=leads,
        at=NOW,
    )
    with pytest.raises(InvalidData):
        update_request(formrequest=request, data={**FILLED, "reason": ""}, actor=asks, at=NOW)
    update_request(formrequest=request, data={**FILLED, "lines": LINES[:1]}, actor=asks, at=NOW)

    request.refresh_from_db()
    assert (request.status, request.amount) == (RequestStatus.APPROVING, Decimal("120.50"))


def test_a_request_that_is_given_up_ends_its_flow() -> None:
    request, asks, _leads, _step = waiting_request()

    cancel_request(formrequest=request, actor=asks, at=NOW)

    request.refresh_from_db()
    assert (request.status, FlowRun.objects.get().status) == (RequestStatus.CANCELLED, InstanceStatus.VOID)


def test_nobody_goes_past_the_flow() -> None:
    request, _asks, leads, _step = waiting_request()

    with pytest.raises(NotPossible):
        reject_request(formrequest=request, reason="no", actor=leads, at=NOW)

    request.refresh_from_db()
    assert request.status == RequestStatus.APPROVING


def test_a_rejected_request_is_changed_and_handed_in_again() -> None:
    request, asks, leads, _step = waiting_request()
    act(run=FlowRun.objects.get(), event=Event(kind=EventKind.REJECT, by=leads.pk, task=1), actor=leads, at=NOW)
    request.refresh_from_db()
    assert request.status == RequestStatus.REJECTED

    reopened = reopen_request(formrequest=request, actor=asks, at=NOW)
    submit_request(formrequest=reopened, actor=asks, at=NOW)

    assert FlowRun.objects.count() == 2
    assert FlowTask.objects.filter(person=leads, status="PENDING").count() == 1


def test_a_copy_begins_anew_with_what_still_fits() -> None:
    asks = person()
    version = FormVersionFactory()
    request = create_request(template=version.template, data=FILLED, actor=user_of(asks), at=NOW)
    fewer = Schema(sections=(Section(fields=(FormField(kind=FieldKind.NUMBER, key="reason", label="数"),)),))
    save_draft_schema(template=version.template, schema=as_json(fewer), actor=None, at=NOW)

    same = copy_request(formrequest=request, actor=user_of(asks), at=NOW)
    publish_form(template=version.template, actor=None, at=NOW)
    other = copy_request(formrequest=request, actor=user_of(asks), at=NOW)

    assert (same.data, same.amount) == ({**request.data, "papers": None}, request.amount)
    assert (other.data, other.amount, other.form_version.number) == ({"reason": None}, None, 2)


@pytest.mark.django_db(transaction=True)
def test_two_people_submit_the_same_request_and_it_is_handed_in_once(oa_on: None) -> None:
    leads = person(level=ScopeLevel.ALL)
    asks = person(manager=leads)
    with transaction.atomic():
        definition = flow(manager_step())
    template = FormVersionFactory(template=FormTemplateFactory(flow=definition)).template
    request = create_request(template=template, data=FILLED, actor=user_of(asks), at=NOW)
    barrier = Barrier(2)

    def submit(actor: User) -> str:
        barrier.wait()
        try:
            submit_request(formrequest=FormRequest.objects.get(pk=request.pk), actor=actor, at=NOW)
        except WrongState:
            return "refused"
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(submit, [user_of(asks), user_of(leads)]))

    assert outcomes == ["done", "refused"]
    assert (FlowRun.objects.count(), FlowRun.objects.get().initiator) == (1, asks.user)
