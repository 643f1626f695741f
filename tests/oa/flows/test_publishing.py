"""Drafts, publishing, and what flows decide about."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.utils import translation

from hrm.org.models import Department
from oa.flows import publishing
from oa.flows.choices import DefinitionStatus
from oa.flows.errors import FaultyFlow
from oa.flows.models import FlowBinding, FlowDefinition, FlowVersion
from suite.core.errors import InvalidInput, VersionConflict, WrongState
from suite.masters.models import Company
from tests.factories.hrm import UserFactory
from tests.factories.oa_flows import AT, FlowBindingFactory, FlowDefinitionFactory, FlowVersionFactory, graph_of
from tests.oa.flows.kit import ANN, branch, less, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
DRAFT, PUBLISHED, RETIRED = DefinitionStatus.DRAFT, DefinitionStatus.PUBLISHED, DefinitionStatus.RETIRED


@pytest.fixture(autouse=True)
def in_english(usual_language: None) -> None:
    """Messages are compared in the language of the source."""
    translation.activate("en")


def save(draft: FlowVersion, graph: Any, version: int | None = None) -> FlowVersion:
    expected = draft.version if version is None else version
    return publishing.save_draft(
        flow_version=draft, graph=graph, expected_version=expected, actor=draft.definition.admin, at=AT
    )


def publish(draft: FlowVersion) -> FlowVersion:
    return publishing.publish_version(flow_version=draft, actor=draft.definition.admin, at=AT)


def test_a_new_flow_has_an_empty_draft() -> None:
    user = UserFactory()

    flow = publishing.create_flow(code="LEAVE", name="请假", admin=user, actor=user, at=AT)

    draft = flow.versions.get()
    assert (draft.number, draft.status, draft.flow.nodes) == (1, DRAFT, ())


def test_a_code_is_used_once() -> None:
    user = UserFactory()
    FlowDefinitionFactory(code="LEAVE")

    with pytest.raises(ValidationError):
        publishing.create_flow(code="LEAVE", name="请假", admin=user, actor=user, at=AT)

    assert FlowDefinition.objects.count() == 1


def test_a_draft_is_saved_as_it_is() -> None:
    draft = FlowVersionFactory()
    graph = graph_of(step("a", ANN))

    saved = save(draft, graph)

    assert FlowVersion.objects.get(pk=draft.pk).graph == graph
    assert saved.version == draft.version + 1


def test_a_draft_that_somebody_else_changed_is_not_overwritten() -> None:
    draft = FlowVersionFactory(nodes=[step("a", ANN)])

    with pytest.raises(VersionConflict):
        save(draft, graph_of(), version=draft.version - 1)

    assert FlowVersion.objects.get(pk=draft.pk).graph == graph_of(step("a", ANN))


@pytest.mark.parametrize(
    ("change", "node", "word"),
    [
        ({"title": "x" * 101}, "a", "Name"),
        ({"timeout": {"hours": "-1"}}, "a", "Working hours"),
        ({"mode": "SOMEHOW"}, "a", "How they decide"),
        ({"surprise": 1}, "a", "settings"),
        ({"kind": "dance"}, "a", "settings"),
    ],
)
def test_what_is_no_flow_is_refused_by_the_name_of_the_node(change: dict[str, Any], node: str, word: str) -> None:
    draft = FlowVersionFactory(nodes=[step("z", ANN)])
    inner = {**graph_of(step("a", ANN))["nodes"][0], **change}
    outer = {"kind": "branch", "key": "b", "title": "B", "arms": [{"key": "b0", "nodes": [inner]}]}

    with pytest.raises(FaultyFlow) as refused:
        save(draft, {"nodes": [outer]})

    assert refused.value.details["faults"][0]["node"] == node
    assert word in str(refused.value)
    assert FlowVersion.objects.get(pk=draft.pk).graph == graph_of(step("z", ANN))


@pytest.mark.parametrize("graph", [None, [], "flow", {"nodes": 5}, {"knots": []}])
def test_what_is_nothing_like_a_flow_is_refused(graph: Any) -> None:
    draft = FlowVersionFactory(nodes=[step("z", ANN)])

    with pytest.raises(FaultyFlow):
        save(draft, graph)

    assert FlowVersion.objects.get(pk=draft.pk).graph == graph_of(step("z", ANN))


def test_a_published_version_takes_the_place_of_the_former_one() -> None:
    former = FlowVersionFactory(status=PUBLISHED, nodes=[step("a", ANN)])
    draft = FlowVersionFactory(definition=former.definition, nodes=[step("b", ANN)])

    done = publish(draft)

    former.refresh_from_db()
    assert (former.status, done.status, done.number) == (RETIRED, PUBLISHED, 2)
    assert (done.published_at, done.published_by) == (AT, former.definition.admin)


def test_a_flow_with_errors_is_not_published() -> None:
    former = FlowVersionFactory(status=PUBLISHED, nodes=[step("a", ANN)])
    gap = branch("b", [step("c", ANN)], [], conditions=[less("amount", "1"), less("amount", "0")])
    draft = FlowVersionFactory(definition=former.definition, nodes=[gap])

    with pytest.raises(FaultyFlow) as refused:
        publish(draft)

    assert {fault["node"] for fault in refused.value.details["faults"]} == {"b", "b1"}
    assert [FlowVersion.objects.get(pk=each.pk).status for each in (former, draft)] == [PUBLISHED, DRAFT]


def test_what_is_published_is_neither_changed_nor_published_nor_deleted() -> None:
    version = FlowVersionFactory(status=PUBLISHED, nodes=[step("a", ANN)])

    for refused in (
        lambda: save(version, graph_of()),
        lambda: publish(version),
        lambda: publishing.delete_draft(flow_version=version, actor=version.definition.admin, at=AT),
    ):
        with pytest.raises(WrongState):
            refused()

    assert FlowVersion.objects.get().graph == graph_of(step("a", ANN))


def test_a_new_draft_begins_as_the_published_version_and_is_the_only_one() -> None:
    former = FlowVersionFactory(status=PUBLISHED, nodes=[step("a", ANN)])
    flow, user = former.definition, former.definition.admin

    draft = publishing.new_draft(flowdefinition=flow, actor=user, at=AT)
    with pytest.raises(WrongState):
        publishing.new_draft(flowdefinition=flow, actor=user, at=AT)

    assert (draft.number, draft.graph, flow.versions.count()) == (2, former.graph, 2)
    publishing.delete_draft(flow_version=draft, actor=user, at=AT)
    assert flow.versions.get() == former


def binding(definition: FlowDefinition, **values: Any) -> FlowBinding:
    return publishing.set_binding(
        definition=definition,
        subject=ContentType.objects.get_for_model(Department),
        actor=definition.admin,
        at=AT,
        **values,
    )


def test_a_binding_keeps_its_condition_and_can_be_changed() -> None:
    flow = FlowDefinitionFactory()
    condition = {"kind": "compare", "field": "code", "operator": "EQ", "value": "D1"}

    made = binding(flow, condition=condition, position=3)
    changed = binding(flow, condition=None, flowbinding=made)

    assert (made.condition, made.position) == (condition, 3)
    assert (changed.pk, FlowBinding.objects.get().condition) == (made.pk, {})


@pytest.mark.parametrize(
    "condition",
    [{"kind": "compare", "field": "gone", "operator": "EQ", "value": "1"}, {"kind": "what"}, "x"],
)
def test_a_condition_that_makes_no_sense_is_refused(condition: Any) -> None:
    bound = FlowBindingFactory()

    with pytest.raises(InvalidInput):
        binding(bound.definition, condition=condition, flowbinding=bound)

    assert FlowBinding.objects.get().condition == {}


def test_a_flow_decides_about_its_own_documents_only() -> None:
    flow = FlowDefinitionFactory(subject=ContentType.objects.get_for_model(Company))

    with pytest.raises(InvalidInput):
        binding(flow)

    assert not FlowBinding.objects.exists()
