"""The designer's page and its answers: who may, what is kept, what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus
from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowVersion
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.oa_flows import DeputyFactory, FlowDefinitionFactory, FlowVersionFactory, graph_of
from tests.kit.objects import give
from tests.oa.flows.kit import ANN, less, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def client_with(*actions: str, model: Any = FlowDefinition, level: str = ScopeLevel.ALL) -> Client:
    pageset = pageset_of(model)
    assert pageset is not None
    return client_of(give(UserFactory(), pageset, actions, level))


def post(client: Client, version: FlowVersion, what: str, body: Any = None) -> Any:
    url = f"/oa/flows/{version.definition_id}/design/{what}/"
    return client.post(url, json.dumps({} if body is None else body), content_type="application/json")


@pytest.fixture
def draft() -> FlowVersion:
    """A draft with one step."""
    return FlowVersionFactory(nodes=[step("a", ANN)])


@pytest.fixture
def root() -> Client:
    """Somebody who may do everything."""
    return client_of(User.objects.create_superuser("root", "root@example.com", full_name="管理员"))


# Who may


def statuses(client: Client, version: FlowVersion, names: Iterable[str]) -> list[int]:
    return [post(client, version, name).status_code for name in names]


def test_each_door_needs_its_permission(draft: FlowVersion) -> None:
    page = f"/oa/flows/{draft.definition_id}/design/"
    nobody, viewer, editor = client_with(), client_with("view"), client_with("view", "change")

    assert Client().get(page).status_code == 302
    assert nobody.get(page).status_code == 403
    assert viewer.get(page).status_code == 200
    assert statuses(nobody, draft, ["check", "preview", "replay"]) == [403] * 3
    assert statuses(viewer, draft, ["save", "publish", "begin", "drop"]) == [403] * 4
    assert post(editor, draft, "publish").status_code == 403
    assert FlowVersion.objects.get().graph == draft.graph


def test_off_there_is_no_designer(draft: FlowVersion, root: Client) -> None:
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    state.forget()

    answers = [root.get(f"/oa/flows/{draft.definition_id}/design/").status_code, post(root, draft, "save").status_code]

    assert answers == [404, 404]


def test_what_is_not_there_is_not_found(draft: FlowVersion, root: Client) -> None:
    page = f"/oa/flows/{draft.definition_id}/design/"

    assert root.get("/oa/flows/0/design/").status_code == 404
    assert root.get(f"{page}?version=9").status_code == 404
    assert root.get("/oa/flows/fields/?subject=0").status_code == 404
    assert root.get(f"{page}save/").status_code == 405


# The page


def test_the_page_holds_the_draft_with_all_that_can_be_chosen(root: Client) -> None:
    ann = UserFactory(full_name="安妮")
    former = FlowVersionFactory(status=DefinitionStatus.PUBLISHED, nodes=[step("a", ann.pk)])
    draft = FlowVersionFactory(definition=former.definition, nodes=[step("b", ann.pk)])

    context = root.get(f"/oa/flows/{draft.definition_id}/design/").context
    older = root.get(f"/oa/flows/{draft.definition_id}/design/?version=1").context

    data = context["data"]
    assert (data["graph"], data["version"], data["canEdit"]) == (draft.graph, draft.version, True)
    assert data["names"] == {"suite.user": {str(ann.pk): str(ann)}}
    assert {"amount", "code", "name"} <= {field["name"] for field in data["fields"]}
    assert (older["data"]["graph"], older["data"]["canEdit"], older["may_publish"]) == (former.graph, False, False)


def test_who_may_only_look_cannot_edit(draft: FlowVersion) -> None:
    context = client_with("view").get(f"/oa/flows/{draft.definition_id}/design/").context

    assert (context["data"]["canEdit"], context["may_publish"]) == (False, False)


def test_the_page_of_a_flow_leads_to_the_designer(draft: FlowVersion, root: Client) -> None:
    page = root.get(f"/oa/flows/{draft.definition_id}/").content.decode()

    assert f"/oa/flows/{draft.definition_id}/design/" in page


# Saving


def test_saving_keeps_the_nodes_and_says_what_is_wrong(draft: FlowVersion, root: Client) -> None:
    graph = graph_of()

    answer = post(root, draft, "save", {"graph": graph, "version": draft.version})

    assert answer.status_code == 200
    assert (answer.json()["version"], [each["severity"] for each in answer.json()["faults"]]) == (
        draft.version + 1,
        ["ERROR"],
    )
    assert FlowVersion.objects.get().graph == graph


def test_what_cannot_be_saved_leaves_the_draft_as_it_was(draft: FlowVersion, root: Client) -> None:
    broken = {"nodes": [{**draft.graph["nodes"][0], "mode": "SOMEHOW"}]}

    refused = post(root, draft, "save", {"graph": broken, "version": draft.version})
    stale = post(root, draft, "save", {"graph": graph_of(), "version": draft.version - 1})
    nonsense = root.post(f"/oa/flows/{draft.definition_id}/design/save/", "{", content_type="application/json")

    assert (refused.status_code, [each["node"] for each in refused.json()["faults"]]) == (400, ["a"])
    assert (stale.status_code, stale.json()["code"]) == (409, "version-conflict")
    assert nonsense.status_code == 400
    assert FlowVersion.objects.get().graph == draft.graph


def test_checking_keeps_nothing(draft: FlowVersion, root: Client) -> None:
    answer = post(root, draft, "check", {"graph": graph_of()})

    assert [each["node"] for each in answer.json()["faults"]] == [""]
    assert FlowVersion.objects.get().graph == draft.graph


# Trying


def test_the_route_names_people(root: Client) -> None:
    ann = UserFactory(full_name="安妮")
    draft = FlowVersionFactory(nodes=[step("a", ann.pk)])
    asker = UserFactory()

    answer = post(root, draft, "preview", {"graph": draft.graph, "person": str(asker.pk), "facts": {"amount": "5"}})
    nobody = post(root, draft, "preview", {"graph": draft.graph, "person": "0"})

    assert [(each["node"], each["people"]) for each in answer.json()["steps"]] == [("a", ["安妮"])]
    assert nobody.status_code == 400


def test_a_route_without_a_way_says_so(root: Client) -> None:
    low = {"kind": "compare", "field": "amount", "operator": "LT", "value": "1"}
    arms = [{"key": "b0", "condition": low}, {"key": "b1", "condition": low}]
    draft = FlowVersionFactory()
    graph = {"nodes": [{"kind": "branch", "key": "b", "title": "B", "arms": arms}]}

    answer = post(root, draft, "preview", {"graph": graph, "person": str(UserFactory().pk), "facts": {"amount": "5"}})

    assert (answer.status_code, answer.json()["code"]) == (409, "no-way")


def test_a_document_can_be_the_sample(root: Client) -> None:
    ann, department = UserFactory(), DepartmentFactory(code="X9")
    named = {"kind": "compare", "field": "code", "operator": "EQ", "value": "X9"}
    arms = [{"key": "b0", "condition": named, "nodes": graph_of(step("a", ann.pk))["nodes"]}, {"key": "b1"}]
    graph = {"nodes": [{"kind": "branch", "key": "b", "arms": arms}]}
    draft = FlowVersionFactory()
    asked = {"graph": graph, "person": str(UserFactory().pk)}

    like = post(root, draft, "preview", {**asked, "document": str(department.pk)})
    gone = post(root, draft, "preview", {**asked, "document": "0"})

    assert [each["node"] for each in like.json()["steps"]] == ["a"]
    assert gone.status_code == 400


def test_a_replay_without_requests_finds_nothing(draft: FlowVersion, root: Client) -> None:
    assert post(root, draft, "replay").json() == {"total": 0, "changes": []}
    assert post(root, draft, "replay", {"job": "nothing"}).status_code == 400


# Publishing


def test_publishing_and_beginning_anew(root: Client) -> None:
    draft = FlowVersionFactory(nodes=[step("a", UserFactory().pk)])

    answer = post(root, draft, "publish")
    root.post(f"/oa/flows/{draft.definition_id}/design/begin/")
    root.post(f"/oa/flows/{draft.definition_id}/design/begin/")

    assert answer.json()["url"] == f"/oa/flows/{draft.definition_id}/"
    versions = FlowVersion.objects.order_by("number").values_list("number", "status")
    assert list(versions) == [(1, "PUBLISHED"), (2, "DRAFT")]
    root.post(f"/oa/flows/{draft.definition_id}/design/drop/")
    assert FlowVersion.objects.get().status == DefinitionStatus.PUBLISHED


def test_errors_are_not_published(root: Client) -> None:
    draft = FlowVersionFactory()

    answer = post(root, draft, "publish")

    assert (answer.status_code, answer.json()["code"]) == (400, "faulty-flow")
    assert FlowVersion.objects.get().status == DefinitionStatus.DRAFT


# Object types


def test_a_flow_is_created_with_a_draft(root: Client) -> None:
    user = UserFactory()

    root.post("/oa/flows/new/", {"code": "LEAVE", "name": "请假", "admin": user.pk, "is_active": "on"})

    assert FlowVersion.objects.get().definition.code == "LEAVE"


def test_a_binding_keeps_the_condition_of_the_editor(root: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = ContentType.objects.get_for_model(Department)
    flow = FlowDefinitionFactory()
    monkeypatch.setattr("oa.flows.forms.subjects", lambda: ContentType.objects.filter(pk=kind.pk))
    form = {"subject": kind.pk, "definition": flow.pk, "position": 1, "is_active": "on"}
    condition = less("amount", "5").__dict__

    root.post("/oa/flow-bindings/new/", {**form, "condition": json.dumps(condition)})
    refused = root.post("/oa/flow-bindings/new/", {**form, "condition": json.dumps({**condition, "field": "gone"})})

    assert refused.status_code == 422
    bound = FlowBinding.objects.get()
    assert bound.condition == condition
    told = root.get(f"/oa/flows/fields/?subject={kind.pk}&binding={bound.pk}").json()
    assert {"amount", "code"} <= {field["name"] for field in told["fields"]}
    assert "data-condition" in root.get(f"/oa/flow-bindings/{bound.pk}/edit/").content.decode()


def test_everybody_names_their_own_deputy_only() -> None:
    pageset = pageset_of(Deputy)
    assert pageset is not None
    user, other = give(UserFactory(), pageset, ("view", "add", "change"), ScopeLevel.OWN), UserFactory()
    directory = pageset_of(User)
    assert directory is not None
    client = client_of(give(user, directory, ("view",)))
    theirs = DeputyFactory()
    form = {"deputy": other.pk, "first_day": "2026-03-02", "last_day": "2026-03-06"}

    own = client.post("/oa/deputies/new/", {**form, "person": user.pk})
    foreign = client.post("/oa/deputies/new/", {**form, "person": other.pk, "deputy": user.pk})
    itself = client.post("/oa/deputies/new/", {**form, "person": user.pk, "deputy": user.pk})
    backwards = client.post("/oa/deputies/new/", {**form, "person": user.pk, "last_day": "2026-03-01"})

    assert [own.status_code, foreign.status_code, itself.status_code, backwards.status_code] == [302, 422, 422, 422]
    assert list(Deputy.objects.exclude(pk=theirs.pk).values_list("person", "deputy")) == [(user.pk, other.pk)]
    assert client.get(f"/oa/deputies/{theirs.pk}/").status_code == 404
