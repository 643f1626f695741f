"""Flows of any shape, and anything happening to them, sensible or not."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from oa.flows.choices import (
    EventKind,
    Gateway,
    InstanceStatus,
    Mode,
    Refusal,
    RejectRule,
    RepeatPolicy,
    Resubmit,
    Sign,
    TaskKind,
    TaskStatus,
)
from oa.flows.conditions import Compare, Operator
from oa.flows.definition import START, Arm, Branch, Copy, Flow, Node, Step, Subflow
from oa.flows.engine import advance, replay, returnable
from oa.flows.proof import faults
from oa.flows.state import BY_HAND, Assignee, Event, Resolved, State, beginning
from suite.core.errors import DomainError
from tests.oa.flows.kit import people

PEOPLE = range(1, 9)
STEPS = 10_000
KINDS = [kind for kind in EventKind if kind not in (EventKind.SUBMIT, EventKind.URGE, EventKind.TIMEOUT)]


class Shapes:
    """Draws flows."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.count = 0

    def key(self) -> str:
        self.count += 1
        return f"n{self.count}"

    def flow(self) -> Flow:
        return Flow(
            nodes=self.nodes(3),
            repeat=self.dice.choice(list(RepeatPolicy)),
            may_withdraw=self.dice.random() < 0.3,
            may_take_back=True,
        )

    def nodes(self, depth: int) -> tuple[Node, ...]:
        return tuple(self.node(depth) for _n in range(self.dice.randint(1 if depth == 3 else 0, 3)))

    def node(self, depth: int) -> Node:
        drawn = self.dice.random()
        if drawn < 0.3 and depth:
            return self.branch(depth)
        if drawn < 0.35:
            return Copy(key=self.key(), title="", resolvers=people(1))
        if drawn < 0.38:
            return Subflow(key=self.key(), title="", flow="OTHER")
        return Step(
            kind="handle" if self.dice.random() < 0.1 else "approve",
            key=self.key(),
            title="",
            resolvers=people(1),
            mode=self.dice.choice(list(Mode)),
            ratio=self.dice.choice([Decimal("0.3"), Decimal("0.5"), Decimal("0.67"), Decimal(1)]),
            reject_rule=self.dice.choice(list(RejectRule)),
            refusal=Refusal.TO_START if self.dice.random() < 0.7 else Refusal.END,
            editable=("x",) if self.dice.random() < 0.3 else (),
        )

    def branch(self, depth: int) -> Branch:
        key, gateway = self.key(), self.dice.choice(list(Gateway))
        conditions = [Compare(field="x", operator=Operator.LT, value=str(self.dice.randint(0, 9))) for _n in range(2)]
        arms = [
            Arm(key=f"{key}{n}", condition=condition, nodes=self.nodes(depth - 1))
            for n, condition in enumerate([*conditions, None])
        ]
        return Branch(key=key, gateway=gateway, arms=tuple(arms))


class Anything:
    """Draws what happens to a run."""

    def __init__(self, dice: Random, flow: Flow) -> None:
        self.dice, self.flow = dice, flow

    def resolve(self, _node: Step | Copy, _state: State) -> Resolved:
        drawn = self.dice.random()
        if drawn < 0.05:
            return Resolved(outcome="APPROVED", rule="empty")
        if drawn < 0.07:
            return Resolved(outcome="REJECTED", rule="empty")
        found = self.dice.sample(PEOPLE, self.dice.randint(1, 4))
        return Resolved(people=tuple(Assignee(person=person) for person in found))

    def event(self, state: State) -> Event:
        pending = list(state.pending())
        kind = self.dice.choices(KINDS, [self._weight(kind) for kind in KINDS])[0]
        task = self.dice.choice(pending or list(state.tasks) or [None])
        if task in pending and self.dice.random() < 0.8:
            fitting = {TaskKind.START: EventKind.RESUBMIT, TaskKind.SUBFLOW: EventKind.SUBFLOW_ENDED}
            kind = fitting.get(task.kind, EventKind.APPROVE if kind in fitting.values() else kind)
        if kind == EventKind.TAKE_BACK or self.dice.random() < 0.1:
            task = self.dice.choice(list(state.tasks) or [None])
        if kind == EventKind.REMOVE_SIGN:
            task = self.dice.choice([each for each in state.tasks if each.parent] or [None])
        return Event(kind=kind, task=task.key if task else 99, **self._values(kind, state, task))

    def _weight(self, kind: EventKind) -> float:
        rare = {EventKind.WITHDRAW: 0.1, EventKind.VOID: 0.02, EventKind.REJECT: 0.6, EventKind.APPROVE: 5}
        return rare.get(kind, 1)

    def _values(self, kind: EventKind, state: State, task: Any) -> dict[str, Any]:
        by = task.person if task else 1
        if kind == EventKind.REMOVE_SIGN and task and task.parent:
            by = state.task(task.parent).person
        if kind == EventKind.WITHDRAW:
            by = state.initiator
        if self.dice.random() < 0.05:
            by = self.dice.choice(PEOPLE)
        back = returnable(self.flow, state, task.node) if task and task.node in self.flow.places else []
        facts = {"x": str(self.dice.randint(0, 9))} if self.dice.random() < 0.3 else None
        return {
            "by": by,
            "people": tuple(self.dice.sample(PEOPLE, 1 if self.dice.random() < 0.8 else 2)),
            "to": self.dice.choice([*back, START, "n1"]),
            "sign": self.dice.choice(list(Sign)),
            "resubmit": self.dice.choice(list(Resubmit)),
            "facts": facts if kind in (EventKind.APPROVE, EventKind.RESUBMIT) else None,
            "is_approved": self.dice.random() < 0.8,
        }


def decided(state: State) -> dict[int, TaskStatus]:
    """What people have decided, by task."""
    return {task.key: task.status for task in state.tasks if task.status in BY_HAND}


def live_through(seed: int, steps: int) -> tuple[int, int]:
    """Let so many things happen to flows; returns how many events were accepted and how many refused."""
    dice = Random(seed)
    accepted = refused = 0
    while accepted < steps:
        flow = Shapes(dice).flow()
        anything = Anything(dice, flow)
        first = Event(kind=EventKind.SUBMIT, by=1, facts={"x": str(dice.randint(0, 9))})
        outcome = advance(flow, beginning(), first, anything.resolve)
        history, state = [(first, outcome.resolved)], outcome.state
        after_end = 0
        while len(history) < 80 and after_end < 2:
            after_end += state.status != InstanceStatus.RUNNING
            assert faults(flow, state) == [], (seed, flow, history)
            event = anything.event(state)
            try:
                outcome = advance(flow, state, event, anything.resolve)
            except DomainError:
                refused += 1
                continue
            accepted += 1
            before, after = decided(state), decided(outcome.state)
            if event.kind != EventKind.TAKE_BACK:
                assert before.items() <= after.items(), (seed, event)
            assert outcome.state.event == state.event + 1
            history.append((event, outcome.resolved))
            state = outcome.state
        assert replay(flow, history) == state
    return accepted, refused


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_a_run_has_one_set_of_live_nodes_or_has_ended(seed: int) -> None:
    accepted, refused = live_through(seed, STEPS // 4)

    assert accepted >= STEPS // 4
    # What is not allowed was tried often enough to mean something.
    assert refused > accepted // 5
