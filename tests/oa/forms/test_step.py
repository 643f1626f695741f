"""Changing what a step of a flow lets change, and seeing beforehand who will decide."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from oa.flows.acting import approve_task
from oa.flows.choices import DefinitionStatus, EventKind, ResolverKind, TaskStatus
from oa.flows.conditions import Compare, Operator
from oa.flows.definition import FLOW, Arm, Branch, Flow, Node, Resolver, Step
from oa.flows.errors import NotPossible
from oa.flows.fields import FormFields, fields_of_forms
from oa.flows.models import FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from oa.flows.publishing import faults_of
from oa.flows.running import act
from oa.flows.state import Event
from oa.forms.choices import FieldKind, RequestStatus
from oa.forms.models import FormRequest, FormVersion
from oa.forms.schema import Column, FormField, Schema, Section
from oa.forms.services import create_request, submit_request, update_request
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.activity.models import Attachment
from suite.pages.registry import pageset_of
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.oa_forms import FormTemplateFactory, FormVersionFactory, as_json
from tests.kit.objects import give

pytestmark = pytest.mark.usefixtures("oa", "english")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLAIM = Schema(
    sections=(
        Section(
            fields=(
                FormField(kind=FieldKind.TEXT, key="reason", label="事由", required=True),
                FormField(kind=FieldKind.YES_NO, key="abroad", label="出境"),
                FormField(
                    kind=FieldKind.TEXT,
                    key="country",
                    label="国家",
                    visible_when=Compare(field="abroad", operator=Operator.EQ, value=True),
                ),
                FormField(
                    kind=FieldKind.TABLE,
                    key="lines",
                    label="明细",
                    columns=(
                        Column(kind=FieldKind.TEXT, key="what", label="内容"),
                        Column(kind=FieldKind.MONEY, key="cost", label="金额", required=True),
                    ),
                ),
                FormField(kind=FieldKind.FORMULA, key="total", label="合计", formula="lines_cost"),
                FormField(kind=FieldKind.ATTACHMENT, key="papers", label="票据"),
            )
        ),
    ),
    amount="total",
)
OTHER = Schema(sections=(Section(fields=(FormField(kind=FieldKind.TEXT, key="other", label="别的"),)),))
FILLED = {"reason": "出差", "lines": [{"what": "车票", "cost": "120.50"}, {"what": "住宿", "cost": "300"}]}
LINES = {"t-lines-TOTAL_FORMS": "1", "t-lines-INITIAL_FORMS": "0", "t-lines-0-what": "车票", "t-lines-0-cost": "99"}


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def asks(key: str, *people: User, **values: Any) -> Step:
    resolver = Resolver(kind=ResolverKind.PERSON, values=tuple(str(user.pk) for user in people))
    return Step(key=key, title=f"step {key}", resolvers=(resolver,), **values)


def flow(*nodes: Node) -> FlowDefinition:
    """Return a published flow."""
    number = FlowDefinition.objects.count()
    definition = FlowDefinition.objects.create(code=f"f{number}", name="flow", admin=UserFactory())
    graph = FLOW.dump_python(Flow(nodes=nodes), mode="json")
    version = FlowVersion.objects.create(definition=definition, number=1, graph=graph)
    version.become(DefinitionStatus.PUBLISHED, actor=definition.admin, at=NOW)
    return definition


class Case:
    """A claim that waits for a checker; more than 200 goes to the boss, anything else to the cashier."""

    def __init__(self, **step: Any) -> None:
        pages = pageset_of(FormRequest)
        assert pages is not None
        self.asker = give(UserFactory(), pages, ("view", "add", "change"), ScopeLevel.OWN)
        EmployeeFactory(user=self.asker)
        self.checker, self.boss, self.cashier = (UserFactory(full_name=name) for name in ("Chen", "Bo", "Cai"))
        much = Compare(field="amount", operator=Operator.GT, value="200")
        self.definition = flow(
            asks("check", self.checker, **step),
            Branch(
                key="b",
                arms=(
                    Arm(key="b0", nodes=(asks("boss", self.boss),), condition=much),
                    Arm(key="b1", nodes=(asks("cash", self.cashier),), condition=None),
                ),
            ),
        )
        self.version: FormVersion = FormVersionFactory(
            template=FormTemplateFactory(flow=self.definition), schema=as_json(CLAIM)
        )

    def submitted(self) -> FormRequest:
        """The claim, handed in."""
        request = create_request(template=self.version.template, data=FILLED, actor=self.asker, at=NOW)
        return submit_request(formrequest=request, actor=self.asker, at=NOW)


def url(request: FormRequest, *more: str) -> str:
    return "/".join((f"/oa/requests/{request.pk}/step", *more, ""))


def pending() -> list[int | None]:
    return list(FlowTask.objects.filter(status=TaskStatus.PENDING).values_list("person", flat=True))


def state_of(request: FormRequest) -> tuple[Any, ...]:
    request.refresh_from_db()
    return request.data["lines"], request.amount, request.status


# -- changing at a step ------------------------------------------------------------------------------


def test_the_page_shows_only_the_fields_that_may_be_changed() -> None:
    case = Case(editable=("lines", "country", "total", "papers"), hidden=("papers",))
    request = case.submitted()

    page = client_of(case.checker).get(url(request)).content.decode()

    names = {name: f'"{name}' in page for name in ("t-lines-0-cost", "f-country", "f-reason", "f-total", "f-papers")}
    assert names == {
        "t-lines-0-cost": True,
        "f-country": True,
        "f-reason": False,
        "f-total": False,
        "f-papers": False,
    }
    assert ('data-asked="country" hidden' in page, "Save and agree" in page) == (True, True)


def test_saving_changes_the_request_and_agrees_by_the_new_amount() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()

    answer = client_of(case.checker).post(url(request), {**LINES, "comment": "corrected", "version": request.version})

    run = FlowRun.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/oa/runs/{run.pk}/")
    assert state_of(request) == ([{"what": "车票", "cost": "99.00"}], Decimal("99.00"), RequestStatus.APPROVING)
    assert (pending(), run.amount) == ([case.cashier.pk], Decimal("99.00"))
    facts = run.current.facts
    assert (facts["amount"], facts["total"], facts["lines_count"], facts["reason"]) == ("99.00", "99.00", "1", "出差")
    log = FlowLog.objects.get(kind=EventKind.APPROVE)
    assert (log.actor, log.comment, log.event["facts"]) == (case.checker, "corrected", None)
    assert sorted(log.event["derived"]) == ["amount", "lines_cost", "lines_count", "total"]


def test_a_changed_field_is_told_as_changed_and_what_is_gone_with_it_as_empty() -> None:
    case = Case(editable=("abroad", "country"))
    request = create_request(
        template=case.version.template,
        data={**FILLED, "abroad": True, "country": "DE"},
        actor=case.asker,
        at=NOW,
    )
    request = submit_request(formrequest=request, actor=case.asker, at=NOW)

    client_of(case.checker).post(url(request), {"f-country": "DE"})

    log = FlowLog.objects.get(kind=EventKind.APPROVE)
    assert (log.event["facts"], log.event["derived"]) == ({"abroad": False, "country": None}, None)
    assert FlowRun.objects.get().current.facts["country"] is None


def test_new_files_are_kept_where_files_may_be_changed() -> None:
    case = Case(editable=("papers",))
    pages = pageset_of(FormRequest)
    assert pages is not None
    give(case.checker, pages, ("view",), ScopeLevel.ALL)
    request = case.submitted()
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4 x", "application/pdf")

    client_of(case.checker).post(url(request), {"f-papers-new": [paper]})

    request.refresh_from_db()
    assert request.data["papers"] == [Attachment.objects.get().pk]
    assert FlowRun.objects.get().current.facts["papers_count"] == "1"


def test_what_does_not_fit_keeps_what_was_typed_and_changes_nothing() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()
    before = state_of(request)

    answer = client_of(case.checker).post(
        url(request), {**LINES, "t-lines-0-what": "taxi", "t-lines-0-cost": "much", "comment": "see"}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert [text in page for text in ("taxi", "much", "see", "Enter a number.")] == [True] * 4
    assert (state_of(request), pending()) == (before, [case.checker.pk])
    assert FlowRun.objects.get().current.facts["amount"] == "420.50"


def test_a_request_that_changed_meanwhile_is_not_overwritten() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()
    before = state_of(request)

    answer = client_of(case.checker).post(url(request), {**LINES, "version": request.version - 1})

    assert (answer.status_code, state_of(request), pending()) == (409, before, [case.checker.pk])


def test_fields_that_the_step_does_not_open_are_left_alone() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()

    client_of(case.checker).post(url(request), {**LINES, "f-reason": "changed"})

    request.refresh_from_db()
    assert (request.data["reason"], request.amount) == ("出差", Decimal("99.00"))


def test_others_do_not_find_the_page() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()
    before = state_of(request)

    found = {
        user.pk: (
            client_of(user).get(url(request)).status_code,
            client_of(user).post(url(request), LINES).status_code,
            client_of(user).post(url(request, "compute"), LINES).status_code,
        )
        for user in (case.asker, case.boss, UserFactory())
    }

    assert set(found.values()) == {(404, 404, 404)}
    assert client_of(case.checker).get(f"{url(request)}?node=boss").status_code == 404
    assert client_of(case.checker).get("/oa/requests/999999/step/").status_code == 404
    assert (state_of(request), pending()) == (before, [case.checker.pk])


@pytest.mark.parametrize("step", [{}, {"editable": ("total",)}, {"editable": ("lines",), "hidden": ("lines",)}])
def test_a_step_that_opens_nothing_has_no_page(step: dict[str, Any]) -> None:
    case = Case(**step)
    request = case.submitted()

    client = client_of(case.checker)

    assert client.get(url(request)).status_code == 404
    assert "Change and agree" not in client.get(f"/oa/runs/{FlowRun.objects.get().pk}/").content.decode()


def test_the_run_leads_to_the_page_of_whoever_decides_there() -> None:
    case = Case(editable=("lines",))
    request = case.submitted()
    run = f"/oa/runs/{FlowRun.objects.get().pk}/"

    pages = [client_of(user).get(run).content.decode() for user in (case.checker, case.asker)]

    assert ["Change and agree" in page for page in pages] == [True, False]
    assert f'href="{url(request)}?node=check"' in pages[0]


def test_the_page_tells_which_fields_are_there_while_it_is_filled_in() -> None:
    case = Case(editable=("abroad", "country", "lines"))
    request = case.submitted()

    answer = client_of(case.checker).post(f"{url(request, 'compute')}?node=check", {**LINES, "f-abroad": "on"})

    assert answer.json() == {"values": {}, "shown": ["abroad", "country", "lines"]}
    assert state_of(request)[1] == Decimal("420.50")


def test_who_asked_hands_it_in_again_and_the_flow_goes_by_what_stands_there_then() -> None:
    case = Case()
    request = case.submitted()
    run = FlowRun.objects.get()
    back = Event(kind=EventKind.RETURN, by=case.checker.pk, task=1, to="start")
    act(run=run, event=back, actor=case.checker, at=NOW, comment="too much")
    update_request(formrequest=request, data={"reason": "出差", "lines": [{"cost": "50"}]}, actor=case.asker, at=NOW)

    client_of(case.asker).post(f"/oa/runs/{run.pk}/ask/resubmit/")
    client_of(case.checker).post(f"/oa/runs/{run.pk}/approve/")

    run.refresh_from_db()
    facts = run.current.facts
    assert (facts["amount"], facts["lines_count"], facts["initiator"]) == ("50.00", "1", str(case.asker.pk))
    assert (run.amount, pending()) == (Decimal("50.00"), [case.cashier.pk])


# -- who will decide ---------------------------------------------------------------------------------


def asked_route(case: Case, data: dict[str, Any], more: str = "") -> tuple[int, str]:
    answer = client_of(case.asker).post(f"/oa/requests/route/{case.version.pk}/{more}", data)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(("cost", "names"), [("99", ("Chen", "Cai")), ("1,500", ("Chen", "Bo"))])
def test_the_route_names_who_will_decide_about_what_was_entered(cost: str, names: tuple[str, ...]) -> None:
    case = Case()

    status, page = asked_route(case, {**LINES, "t-lines-0-cost": cost})

    assert (status, "step check" in page) == (200, True)
    assert tuple(name for name in ("Chen", "Bo", "Cai") if f"<div>{name}</div>" in page) == names
    assert not FormRequest.objects.exists()
    assert not FlowRun.objects.exists()


def test_the_page_of_a_form_offers_the_route() -> None:
    case = Case()

    page = client_of(case.asker).get(f"/oa/requests/new/{case.version.template.code}/").content.decode()

    assert (f'hx-post="/oa/requests/route/{case.version.pk}/"' in page, "Who will decide" in page) == (True, True)


def test_what_cannot_be_read_is_told_in_place_of_the_route() -> None:
    status, page = asked_route(Case(), {**LINES, "t-lines-0-cost": "much"})

    assert (status, "明细: Enter a number." in page, "Chen" in page) == (200, True, False)


def test_a_flow_that_is_not_in_use_is_told_in_place_of_the_route() -> None:
    case = Case()
    case.definition.is_active = False
    case.definition.save()

    status, page = asked_route(case, LINES)

    assert (status, "is not published" in page) == (200, True)


def test_without_a_flow_whoever_may_decides() -> None:
    case = Case()
    case.version.template.flow = None
    case.version.template.save()

    assert "whoever may approve requests decides" in asked_route(case, LINES)[1]


def test_the_route_of_a_request_of_others_does_not_exist() -> None:
    case, other = Case(), Case()
    request = create_request(template=other.version.template, data=FILLED, actor=other.asker, at=NOW)
    own = create_request(template=case.version.template, data=FILLED, actor=case.asker, at=NOW)

    assert asked_route(case, LINES, f"?request={request.pk}")[0] == 404
    assert asked_route(case, LINES, f"?request={own.pk}")[0] == 200


# -- what must be filled in at a step -------------------------------------------------------------------


def test_what_a_step_asks_for_must_be_filled_in_before_anybody_agrees() -> None:
    case = Case(editable=("country", "papers", "abroad"), required=("country", "papers"))
    request = case.submitted()
    task = FlowTask.objects.get(person=case.checker)

    page = client_of(case.checker).get(url(request)).content.decode()
    with pytest.raises(NotPossible, match="Fill in first: 票据"):
        approve_task(flowtask=task, actor=case.checker, at=NOW)
    # The country is not there while nobody goes abroad, and is asked for as soon as somebody does.
    answer = client_of(case.checker).post(url(request), {"f-abroad": "on", "version": request.version})

    assert 'class="form-label required" for="id_f-papers"' in page
    assert (answer.status_code, "Fill in first: 国家, 票据." in answer.content.decode()) == (422, True)
    assert (pending(), state_of(request)[2]) == ([case.checker.pk], RequestStatus.APPROVING)


def test_a_step_that_asks_for_nothing_more_is_agreed_to_as_before() -> None:
    case = Case(editable=("country",), required=("country",))
    case.submitted()

    approve_task(flowtask=FlowTask.objects.get(person=case.checker), actor=case.checker, at=NOW)

    assert pending() == [case.boss.pk]


# -- what the designer of flows knows of forms ----------------------------------------------------------


def test_the_designer_offers_the_fields_of_the_forms_that_use_the_flow() -> None:
    case = Case()
    root = UserFactory(is_superuser=True)
    FormVersionFactory(template=FormTemplateFactory(flow=case.definition, is_active=False), schema=as_json(OTHER))

    found = fields_of_forms(case.definition)
    page = client_of(root).get(f"/oa/flows/{case.definition.pk}/design/")
    data = page.context["data"]

    assert [(key.name, key.may_change) for key in found.keys] == [
        ("reason", True),
        ("abroad", True),
        ("country", True),
        ("lines", True),
        ("total", False),
        ("papers", True),
    ]
    assert {key.name: key.changes for key in found.keys}["lines"] == {"lines_count", "lines_cost", "total", "amount"}
    assert data["rights"][3] == ["lines", "明细", True]
    assert {"lines_cost", "reason", "amount"} <= {field["name"] for field in data["fields"]}


def test_a_flow_without_forms_offers_what_it_knows_of_its_documents() -> None:
    assert fields_of_forms(flow(asks("a", UserFactory()))) == FormFields()


def test_conditions_on_fields_of_the_form_are_known_to_the_check() -> None:
    case = Case()
    costly = Compare(field="lines_cost", operator=Operator.GT, value="100")
    fork = Branch(key="c", arms=(Arm(key="c0", nodes=(asks("x", case.boss),), condition=costly), Arm(key="c1")))

    known = faults_of(case.definition, Flow(nodes=(fork,)))
    unknown = faults_of(flow(asks("a", case.boss)), Flow(nodes=(fork,)))

    assert [each.message for each in known if each.severity == "ERROR"] == []
    assert [each.message for each in unknown if each.severity == "ERROR"] == ["There is no field “lines_cost”."]
