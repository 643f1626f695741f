"""The tasks of a run while an event happens to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from oa.flows.choices import InstanceStatus, TaskKind, TaskStatus
from oa.flows.definition import Copy, Flow, Step
from oa.flows.errors import AlreadyDecided, NotPossible, NotYours
from oa.flows.state import GONE, Assignee, Event, Resolve, Resolved, State, Task, Way


class Book:
    """Keeps the tasks of a run, and answers about them."""

    def __init__(self, flow: Flow, state: State, event: Event, resolve: Resolve) -> None:
        self.flow, self.event, self.resolve = flow, event, resolve
        self.before = state
        self.number = state.event + 1
        self.status, self.walk, self.initiator = state.status, state.walk, state.initiator
        self.facts, self.chosen = dict(state.facts), dict(state.chosen)
        self.tasks = {task.key: task for task in state.tasks}
        self.live, self.rounds, self.ways = dict(state.live), dict(state.rounds), dict(state.ways)
        self.taken, self.passings, self.jumps = dict(state.taken), dict(state.passings), dict(state.jumps)
        self.resolved: list[Resolved] = []
        # The step that was passed last on the way, and what the pass has led to so far.
        self.last = ""
        self.entered: list[str] = []
        self.finished: list[tuple[str, str]] = []
        self.closed: list[tuple[str, Way]] = []

    def state(self) -> State:
        """The state as it is now."""
        return State(
            status=self.status,
            initiator=self.initiator,
            event=self.number,
            walk=self.walk,
            facts=self.facts,
            chosen=self.chosen,
            tasks=tuple(self.tasks.values()),
            live=self.live,
            rounds=self.rounds,
            ways=self.ways,
            taken=self.taken,
            passings=self.passings,
            jumps=self.jumps,
        )

    def _end(self, status: InstanceStatus) -> None:
        for task in list(self.tasks.values()):
            if task.is_open:
                self._close(task, TaskStatus.CANCELLED)
        self.status = status
        self.live, self.ways, self.jumps = {}, {}, {}

    def _decidable(self, *kinds: TaskKind) -> Task:
        task = self.tasks.get(self.event.task or 0)
        if task is None or task.kind not in kinds or task.status != TaskStatus.PENDING:
            raise AlreadyDecided(_("This is not to be decided any more."))
        if self.event.by is not None and task.person != self.event.by:
            raise NotYours(_("This is somebody else's task."))
        return task

    def _one(self) -> int:
        people = set(self.event.people)
        if len(people) != 1:
            raise NotPossible(_("Choose who is to decide."))
        return people.pop()

    def _others(self, key: str) -> tuple[int, ...]:
        """Who is named and is to be asked as well."""
        people = tuple(dict.fromkeys(self.event.people))
        if not people:
            raise NotPossible(_("Choose who is to decide."))
        if set(people) & self._asked(key):
            raise NotPossible(_("Somebody among them is asked here already."))
        return people

    def _asked(self, key: str) -> set[int]:
        return {task.person for task in self._round(key) if task.person is not None and task.status not in GONE}

    def _find(self, node: Step | Copy) -> Resolved:
        found = self.resolve(node, self.state())
        self.resolved.append(found)
        return found

    def _step(self, key: str) -> Step:
        node = self.flow.places[key].node
        if not isinstance(node, Step):
            raise NotPossible(_("Nobody decides there."))
        return node

    def _number_round(self, key: str) -> None:
        self.rounds[key] = self.rounds.get(key, 0) + 1
        self.live[key] = self.rounds[key]

    def _round(self, key: str) -> list[Task]:
        number = self.rounds.get(key)
        return [task for task in self.tasks.values() if task.node == key and task.round == number]

    def _children(self, key: int) -> list[Task]:
        return [task for task in self.tasks.values() if task.parent == key]

    def _has_open_child(self, task: Task) -> bool:
        return any(child.is_open for child in self._children(task.key))

    def _task(
        self,
        node: str,
        kind: TaskKind,
        status: TaskStatus,
        assignee: Assignee | None,
        *,
        closed: int | None = None,
        rule: str = "",
    ) -> Task:
        task = Task(
            key=len(self.tasks) + 1,
            node=node,
            round=self.rounds.get(node, 1),
            kind=kind,
            status=status,
            person=assignee.person if assignee else None,
            stands_for=assignee.stands_for if assignee else (),
            walk=self.walk,
            opened=self.number,
            closed=closed,
            rule=rule,
        )
        self.tasks[task.key] = task
        return task

    def _ask(self, node: str, person: int, *, like: Task | None = None, **values: Any) -> Task:
        """Open a task for one person, in the place of another one when ``like`` is given."""
        if like is not None:
            values = {
                "kind": like.kind,
                "parent": like.parent,
                "sign": like.sign,
                "has_agreed": like.has_agreed,
                "status": like.status,
            }
        kind, status = values.pop("kind"), values.pop("status", TaskStatus.PENDING)
        task = replace(self._task(node, kind, status, Assignee(person=person), rule=self.event.rule), **values)
        self.tasks[task.key] = task
        return task

    def _put(self, task: Task, **values: Any) -> None:
        self.tasks[task.key] = replace(self.tasks[task.key], **values)

    def _close(self, task: Task, status: TaskStatus) -> None:
        self._put(task, status=status, closed=self.number, rule=self.event.rule or task.rule)

    def _cancel_open(self, key: str) -> None:
        for task in self._round(key):
            if task.is_open:
                self._close(task, TaskStatus.CANCELLED)

    def _cancel_below(self, key: int) -> None:
        for child in self._children(key):
            self._cancel_below(child.key)
            if self.tasks[child.key].is_open:
                self._close(child, TaskStatus.CANCELLED)
