"""Short ways to write flows and what happens to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oa.flows.choices import EventKind, InstanceStatus, ResolverKind, TaskStatus
from oa.flows.conditions import Compare
from oa.flows.definition import Arm, Branch, Copy, Flow, Node, Resolver, Step
from oa.flows.engine import advance
from oa.flows.proof import faults
from oa.flows.state import Assignee, Event, Resolved, State, Task, beginning

ASKER = 1
ANN, BOB, CAT, DAN, EVE = 11, 12, 13, 14, 15


def people(*keys: int) -> tuple[Resolver, ...]:
    """Chosen people."""
    return (Resolver(kind=ResolverKind.PERSON, values=tuple(map(str, keys))),)


def step(key: str, *persons: int, **values: Any) -> Step:
    """A node at which people decide."""
    return Step(key=key, title=key, resolvers=people(*persons), **values)


def copy(key: str, *persons: int) -> Copy:
    """A node at which people are told."""
    return Copy(key=key, title=key, resolvers=people(*persons))


def branch(key: str, *arms: Sequence[Node], conditions: Sequence[Any] = (), **values: Any) -> Branch:
    """A branch whose arms are named after it: ``b0``, ``b1`` …"""
    padded = [*conditions, *[None] * (len(arms) - len(conditions))]
    return Branch(
        key=key,
        arms=tuple(
            Arm(key=f"{key}{n}", nodes=tuple(nodes), condition=condition)
            for n, (nodes, condition) in enumerate(zip(arms, padded, strict=True))
        ),
        **values,
    )


def less(field: str, value: str) -> Compare:
    """The field is less than the value."""
    return Compare(field=field, operator="LT", value=value)  # type: ignore[arg-type]


def by_values(node: Step | Copy, _state: State) -> Resolved:
    """Everybody named at the node."""
    return Resolved(
        people=tuple(Assignee(person=int(value)) for resolver in node.resolvers for value in resolver.values)
    )


class Run:
    """A run to which things happen; it is proved after each."""

    def __init__(
        self,
        *nodes: Node,
        facts: dict[str, Any] | None = None,
        resolve: Callable[[Step | Copy, State], Resolved] = by_values,
        **flow: Any,
    ) -> None:
        self.flow = Flow(nodes=nodes, **flow)
        self.resolve = resolve
        self.now = beginning()
        self.history: list[tuple[Event, tuple[Resolved, ...]]] = []
        self.do(EventKind.SUBMIT, by=ASKER, facts=facts or {})

    def do(self, kind: EventKind, **values: Any) -> State:
        """Let an event happen."""
        event = Event(kind=kind, **values)
        outcome = advance(self.flow, self.now, event, self.resolve)
        self.now = outcome.state
        self.history.append((event, outcome.resolved))
        assert faults(self.flow, self.now) == []
        return self.now

    def task(self, person: int) -> Task:
        """The one task that somebody has to decide."""
        (found,) = [task for task in self.now.pending() if task.person == person]
        return found

    def act(self, kind: EventKind, person: int, **values: Any) -> State:
        """Let somebody do something about their task."""
        return self.do(kind, by=person, task=self.task(person).key, **values)

    def agree(self, *persons: int) -> State:
        """Let people agree, one after the other."""
        for person in persons:
            self.act(EventKind.APPROVE, person)
        return self.now

    def refuse(self, person: int) -> State:
        """Let somebody refuse."""
        return self.act(EventKind.REJECT, person)

    def send_back(self, person: int, to: str, **values: Any) -> State:
        """Let somebody return the request."""
        return self.act(EventKind.RETURN, person, to=to, **values)

    def resubmit(self, **values: Any) -> State:
        """Let who asked hand it in again."""
        return self.act(EventKind.RESUBMIT, self.now.initiator, **values)

    @property
    def asked(self) -> list[int | None]:
        """Who has to decide now."""
        return sorted(task.person or 0 for task in self.now.pending())

    @property
    def status(self) -> InstanceStatus:
        """How the run stands."""
        return self.now.status

    def states(self, key: str) -> dict[int | None, TaskStatus]:
        """How the tasks of the last round of a node stand, by person."""
        number = self.now.rounds.get(key, 1)
        return {task.person: task.status for task in self.now.tasks if task.node == key and task.round == number}
