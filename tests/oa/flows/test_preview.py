"""The route of a request, and the routes of past requests under a draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus, EventKind, Gateway, Refusal, RepeatPolicy
from oa.flows.conditions import Compare, Operator
from oa.flows.definition import Flow, Node, Step, Subflow
from oa.flows.errors import NoWay
from oa.flows.models import FlowRun, FlowVersion
from oa.flows.preview import RouteStep, route
from oa.flows.replaying import Change, changes_in_words, replay_runs
from oa.flows.running import act, begin
from oa.flows.state import Event, Resolved
from oa.flows.tasks import REPLAY_JOB
from suite.access.models import User
from suite.jobs.models import Job
from suite.jobs.services import run_job, start_job
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.oa_flows import AT, FlowVersionFactory
from tests.oa.flows.kit import ANN, ASKER, BOB, CAT, branch, by_values, copy, less, people, step

SMALL = less("amount", "50000")


def walked(*nodes: Node, facts: dict[str, Any] | None = None, **flow: Any) -> list[RouteStep]:
    return route(Flow(nodes=nodes, **flow), facts or {}, ASKER, by_values)


# The route


def test_a_route_names_the_nodes_with_their_people() -> None:
    steps = walked(step("a", ANN, BOB), copy("c", CAT), Subflow(key="s", title="s", flow="OTHER"))

    assert [(each.node, each.kind, each.people) for each in steps] == [
        ("a", "approve", (ANN, BOB)),
        ("c", "copy", (CAT,)),
        ("s", "subflow", ()),
    ]


@pytest.mark.parametrize(("amount", "nodes"), [("49999.99", ["c"]), ("50000", ["a", "c"])])
def test_a_route_follows_the_conditions(amount: str, nodes: list[str]) -> None:
    steps = walked(branch("b", [], [step("a", ANN)], conditions=[SMALL]), step("c", BOB), facts={"amount": amount})

    assert [each.node for each in steps] == nodes


def test_ways_beside_one_another_are_told_in_the_order_of_the_flow() -> None:
    both = branch("b", [step("a", ANN), step("d", CAT)], [step("c", BOB)], gateway=Gateway.PARALLEL)

    assert [each.node for each in walked(both, step("e", ANN), repeat=RepeatPolicy.NONE)] == ["a", "d", "c", "e"]


def test_a_route_names_the_rule_that_decided() -> None:
    def refused(node: Any, state: Any) -> Resolved:
        return Resolved(outcome="REJECTED", rule="empty") if node.key == "d" else by_values(node, state)

    steps = route(Flow(nodes=(step("a", ANN), step("c", ANN), step("d", BOB), step("e", CAT))), {}, ASKER, refused)

    assert [(each.node, each.rule, each.is_refused) for each in steps] == [
        ("a", "", False),
        ("c", "repeat", False),
        ("d", "empty", True),
    ]


def test_a_rule_that_sends_everything_back_ends_the_route() -> None:
    def refused(_node: Any, _state: Any) -> Resolved:
        return Resolved(outcome="REJECTED", rule="empty")

    steps = route(Flow(nodes=(step("a", ANN, refusal=Refusal.TO_START),)), {}, ASKER, refused)

    assert [(each.node, each.is_refused) for each in steps] == [("a", True)]


def test_a_request_without_a_way_is_refused() -> None:
    with pytest.raises(NoWay):
        walked(branch("b", [], [], conditions=[SMALL, SMALL]), facts={"amount": "50000"})


# Past requests


class Past:
    """Requests that ran by a published flow, and a draft of it."""

    def __init__(self) -> None:
        self.ann, self.bob, self.cat = UserFactory(), UserFactory(), UserFactory()
        self.boss = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
        self.version = FlowVersionFactory(status=DefinitionStatus.PUBLISHED, nodes=[self.step("a", self.ann)])

    def step(self, key: str, *who: User) -> Step:
        return Step(key=key, title=key, resolvers=people(*(user.pk for user in who)))

    def ask(self, amount: str, initiator: User | None = None) -> FlowRun:
        return begin(
            flow_version=self.version,
            subject=DepartmentFactory(),
            initiator=initiator or self.cat,
            at=AT,
            facts={"amount": amount},
        )

    def draft(self, *nodes: Node) -> FlowVersion:
        return FlowVersionFactory(definition=self.version.definition, nodes=nodes)

    def changes(self, draft: FlowVersion) -> list[Change]:
        return replay_runs(draft=draft, since=AT - timedelta(days=1), until=AT + timedelta(days=1), user=self.boss)


@pytest.fixture
def past(oa_on: None) -> Past:
    """One flow with one step."""
    return Past()


def test_the_same_nodes_change_nothing(past: Past) -> None:
    past.ask("100")

    assert past.changes(past.draft(past.step("a", past.ann))) == []


def test_only_requests_that_would_go_another_way_are_found(past: Past) -> None:
    small, large = past.ask("100"), past.ask("60000")
    more = branch(
        "b", [past.step("c", past.bob)], [], conditions=[Compare(field="amount", operator=Operator.GE, value="50000")]
    )

    (change,) = past.changes(past.draft(past.step("a", past.ann), more))

    assert (change.run, change.run == small) == (large, False)
    assert [(each.node, each.people) for each in change.before] == [("a", (past.ann.pk,))]
    assert [(each.node, each.people) for each in change.after] == [("a", (past.ann.pk,)), ("c", (past.bob.pk,))]


def test_other_people_are_another_way(past: Past) -> None:
    past.ask("100")

    (change,) = past.changes(past.draft(past.step("a", past.bob)))

    assert [each.people for each in change.after] == [(past.bob.pk,)]
    (told,) = changes_in_words([change])
    assert (told["before"][0]["people"], told["after"][0]["people"]) == ([str(past.ann)], [str(past.bob)])
    assert told["url"] == f"/oa/runs/{change.run.pk}/"


def test_somebody_who_left_since_then_changes_nothing(past: Past) -> None:
    past.ask("100")
    past.ann.is_active = False
    past.ann.save()

    assert past.changes(past.draft(past.step("a", past.ann))) == []


def test_a_request_that_was_refused_or_handed_on_is_compared_by_its_whole_way(past: Past) -> None:
    refused, handed = past.ask("100"), past.ask("100")
    act(run=refused, event=Event(kind=EventKind.REJECT, by=past.ann.pk, task=1), actor=past.ann, at=AT)
    transfer = Event(kind=EventKind.TRANSFER, by=past.ann.pk, task=1, people=(past.bob.pk,))
    act(run=handed, event=transfer, actor=past.ann, at=AT)

    assert past.changes(past.draft(past.step("a", past.ann))) == []


def test_a_request_without_a_way_under_the_draft_is_named(past: Past) -> None:
    past.ask("60000")

    (change,) = past.changes(past.draft(branch("b", [past.step("a", past.ann)], [], conditions=[SMALL, SMALL])))

    assert (change.after, "b" in change.problem) == ([], True)


def test_only_visible_requests_of_the_period_are_tried(past: Past) -> None:
    past.ask("100")
    draft = past.draft(past.step("a", past.bob))
    late = replay_runs(draft=draft, since=AT + timedelta(days=1), until=AT + timedelta(days=2), user=past.boss)
    hidden = replay_runs(draft=draft, since=AT - timedelta(days=1), until=AT + timedelta(days=1), user=UserFactory())

    assert (late, hidden) == ([], [])


def test_many_requests_of_one_person_cost_what_few_cost(past: Past) -> None:
    draft = past.draft(past.step("a", past.bob))

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            changes_in_words(past.changes(draft))
        return len(captured)

    past.ask("100")
    few = queries()
    for _n in range(9):
        past.ask("100")

    assert queries() == few


@pytest.mark.django_db
def test_a_job_keeps_what_it_found(past: Past) -> None:
    past.ask("100")
    draft = past.draft(past.step("a", past.bob))
    params = {
        "flow_version": draft.pk,
        "since": (AT - timedelta(days=1)).isoformat(),
        "until": (AT + timedelta(days=1)).isoformat(),
    }
    job = start_job(REPLAY_JOB, owner=past.boss, at=AT, params=params)

    run_job(pk=job.pk)

    found = Job.objects.get(pk=job.pk)
    assert (found.result["changed"], len(found.result["changes"])) == (1, 1)
    assert found.result["url"] == f"/oa/flows/{draft.definition_id}/design/?replay={job.uuid}"
    assert Department.objects.count() == 1
