"""
What is known of a run of a flow, what happens to it, and who is asked.

A pure module; :data:`STATE` and :data:`EVENT` read and write them as JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from oa.flows.choices import EventKind, InstanceStatus, Resubmit, Sign, TaskKind, TaskStatus
from oa.flows.definition import Copy, Step

OPEN = frozenset({TaskStatus.PENDING, TaskStatus.WAITING})
AGREED = frozenset({TaskStatus.APPROVED, TaskStatus.AUTO})
# What a person did to a task, as against what a rule did.
BY_HAND = frozenset({TaskStatus.APPROVED, TaskStatus.REJECTED, TaskStatus.RETURNED})
# A task that counts no longer.
GONE = frozenset({TaskStatus.CANCELLED, TaskStatus.TRANSFERRED})


@dataclass(frozen=True, kw_only=True)
class Assignee:
    """Somebody who is asked, and for whom they stand in, the first of a chain of deputies first."""

    person: int
    stands_for: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """
    Who is asked at a node.

    :ivar outcome: ``APPROVED`` or ``REJECTED`` when nobody is asked and a rule decides, ``""`` otherwise.
    :ivar rule: what led to it, where it was not the plain rule of the node.
    """

    people: tuple[Assignee, ...] = ()
    outcome: str = ""
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class Task:
    """
    What one person has to decide, in one round of a node.

    :ivar person: key of the user; None where a rule or another flow decides.
    :ivar parent: the task that waits for this one, of whoever added a signer or delegated.
    :ivar sign: of an added signer: before or after who added them.
    :ivar has_agreed: whoever waits for signers after them has agreed already.
    :ivar walk: how often the request had been returned when the task was opened.
    :ivar opened: number of the event by which it was opened; ``closed`` likewise.
    :ivar rule: why it was decided without anybody's doing.
    """

    key: int
    node: str
    round: int
    kind: TaskKind
    status: TaskStatus
    person: int | None = None
    stands_for: tuple[int, ...] = ()
    parent: int | None = None
    sign: Sign | None = None
    has_agreed: bool = False
    walk: int = 0
    opened: int = 0
    closed: int | None = None
    rule: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is to be decided, now or when its turn comes."""
        return self.status in OPEN


@dataclass(frozen=True, kw_only=True)
class Way:
    """An open branch: the arms that were entered, and those that are not at their end."""

    arms: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Passing:
    """What followed when a node was passed, so that it can be taken back."""

    event: int
    entered: tuple[str, ...] = ()
    finished: tuple[tuple[str, str], ...] = ()
    closed: tuple[tuple[str, Way], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Jump:
    """Where a returned request goes on when it is unchanged."""

    to: str
    facts: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class State:
    """
    Where a run stands: what all events together came to.

    :ivar event: number of the last event, from 1.
    :ivar facts: what conditions and resolvers see of the request.
    :ivar chosen: people whom the initiator chose, by key of the node.
    :ivar live: nodes at which somebody is asked, with the round.
    :ivar rounds: how often each node was opened.
    :ivar ways: open branches; ``taken``: the arms that each branch took last.
    """

    status: InstanceStatus = InstanceStatus.RUNNING
    initiator: int = 0
    event: int = 0
    walk: int = 0
    facts: dict[str, Any]
    chosen: dict[str, tuple[int, ...]]
    tasks: tuple[Task, ...] = ()
    live: dict[str, int]
    rounds: dict[str, int]
    ways: dict[str, Way]
    taken: dict[str, tuple[str, ...]]
    passings: dict[str, Passing]
    jumps: dict[str, Jump]

    def task(self, key: int) -> Task:
        """Return a task by its key."""
        return self.tasks[key - 1]

    def pending(self) -> Iterator[Task]:
        """Yield the tasks that somebody can decide now."""
        return (task for task in self.tasks if task.status == TaskStatus.PENDING)


@dataclass(frozen=True, kw_only=True)
class Event:
    """
    Something that happens to a run.

    :ivar by: key of the user; None when a rule does it, which ``rule`` names.
    :ivar people: to whom it is handed, who signs as well, who comes in somebody's place.
    :ivar to: the node that a request goes back to.
    :ivar facts: of the whole request when it is handed in, of what was changed when it is agreed to.
    :ivar derived: facts that follow from what was changed, as sums and the amount: a step need not open them; what
        another flow changed, when that one ended.
    :ivar is_approved: how another flow ended.
    """

    kind: EventKind
    by: int | None = None
    task: int | None = None
    people: tuple[int, ...] = ()
    to: str = ""
    sign: Sign = Sign.BEFORE
    resubmit: Resubmit = Resubmit.REWALK
    facts: dict[str, Any] | None = None
    derived: dict[str, Any] | None = None
    chosen: dict[str, tuple[int, ...]] | None = None
    is_approved: bool = True
    rule: str = ""


Resolve = Callable[[Step | Copy, State], Resolved]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of an event: the state after it, and who was found to be asked, in the order of asking."""

    state: State
    resolved: tuple[Resolved, ...] = ()


def beginning() -> State:
    """The state before anything happened."""
    return State(facts={}, chosen={}, live={}, rounds={}, ways={}, taken={}, passings={}, jumps={})


STATE: TypeAdapter[State] = TypeAdapter(State)
EVENT: TypeAdapter[Event] = TypeAdapter(Event)
RESOLVED: TypeAdapter[tuple[Resolved, ...]] = TypeAdapter(tuple[Resolved, ...])
