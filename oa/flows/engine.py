"""
How a run of a flow goes on: one pure function of the flow, what happened so far, and what happens now.

:func:`advance` takes the state that all earlier events came to; :func:`replay` folds events from the beginning. Nothing
here knows tables or the clock: who is asked at a node is answered by the function that is passed in, and is part of
the outcome, so that the same history always comes to the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from django.utils.translation import gettext as _

from oa.flows.choices import EventKind, Gateway, InstanceStatus, Mode, Sign, TaskKind, TaskStatus
from oa.flows.definition import START, Branch, Flow, Node, Step
from oa.flows.errors import AlreadyDecided, NotPossible, NotYours
from oa.flows.state import BY_HAND, GONE, Event, Outcome, Passing, Resolve, Resolved, State, Task, beginning
from oa.flows.walk import Walk


def advance(flow: Flow, state: State, event: Event, resolve: Resolve) -> Outcome:
    """
    Return what comes of an event.

    :param resolve: says who is asked at a node; called once for each node that is entered.
    :raises AlreadyDecided: when the task is not to be decided any more, or the run has ended.
    :raises NotYours: when the task is somebody else's.
    :raises NotPossible: when the flow does not allow it.
    :raises NoWay: when no arm of a branch fits.
    """
    run = _Run(flow, state, event, resolve)
    run.act()
    return Outcome(state=run.state(), resolved=tuple(run.resolved))


def replay(flow: Flow, history: Iterable[tuple[Event, tuple[Resolved, ...]]]) -> State:
    """Return the state that events come to, each with who was found to be asked then."""
    state = beginning()
    for event, resolved in history:
        answers = iter(resolved)
        state = advance(flow, state, event, lambda _node, _state, answers=answers: next(answers)).state  # type: ignore[misc]
    return state


def returnable(flow: Flow, state: State, key: str) -> list[str]:
    """
    Return the nodes that a request can go back to from a node, nearest first, who asks last.

    They were passed, and lead to it on the one way that it came: not those in arms beside or in joined arms behind.
    """
    found: list[str] = []
    for place in flow.around(key):
        for node in reversed(place.sequence[: place.index]):
            found.extend(_passed(state, node))
    return [*found, START]


def was_decided(live: Container[str], tasks: Iterable[Task]) -> bool:
    """Whether somebody decided about a request that who asked does not have in hand again."""
    return START not in live and any(task.status in BY_HAND and task.kind != TaskKind.START for task in tasks)


def _passed(state: State, node: Node) -> Iterator[str]:
    if isinstance(node, Step) and node.key in state.passings:
        yield node.key
    if isinstance(node, Branch) and node.gateway == Gateway.EXCLUSIVE:
        for arm in node.arms:
            if arm.key in state.taken.get(node.key, ()):
                for each in reversed(arm.nodes):
                    yield from _passed(state, each)


class _Run(Walk):
    """A run while one event happens to it."""

    def act(self) -> None:
        """Let the event happen."""
        if self.event.kind != EventKind.SUBMIT and (self.status != InstanceStatus.RUNNING or self.before.event == 0):
            raise AlreadyDecided(_("This has ended already."))
        acts: dict[EventKind, Callable[[], None]] = {
            EventKind.SUBMIT: self._submit,
            EventKind.APPROVE: self._approve,
            EventKind.REJECT: self._reject,
            EventKind.RETURN: self._return,
            EventKind.RESUBMIT: self._resubmit,
            EventKind.TRANSFER: self._transfer,
            EventKind.DELEGATE: self._delegate,
            EventKind.ADD_SIGN: self._add_sign,
            EventKind.REMOVE_SIGN: self._remove_sign,
            EventKind.WITHDRAW: self._withdraw,
            EventKind.TAKE_BACK: self._take_back,
            EventKind.REPLACE: self._replace,
            EventKind.SUBFLOW_ENDED: self._subflow_ended,
            EventKind.VOID: lambda: self._end(InstanceStatus.VOID),
        }
        if self.event.kind not in acts:
            raise NotPossible(_("This changes nothing in the flow."))
        acts[self.event.kind]()

    def _submit(self) -> None:
        if self.before.event:
            raise NotPossible(_("This was handed in already."))
        self.initiator = self.event.by or 0
        self.facts, self.chosen = dict(self.event.facts or {}), dict(self.event.chosen or {})
        self._begin()

    def _approve(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED, TaskKind.DELEGATED)
        if self.event.facts:
            step = self._step(task.node)
            if set(self.event.facts) - set(step.editable):
                raise NotPossible(_("These fields cannot be changed here."))
            self.facts.update(self.event.facts)
        self.facts.update(self.event.derived or {})
        self._agree(task, TaskStatus.APPROVED if self.event.by is not None else TaskStatus.AUTO)

    def _reject(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED, TaskKind.DELEGATED)
        if self._step(task.node).kind == "handle":
            raise NotPossible(_("What is to be done here can be returned, not refused."))
        self._close(task, TaskStatus.REJECTED)
        if task.kind == TaskKind.DELEGATED:
            self._wake(task)
            return
        while task.parent is not None:
            task = self.tasks[task.parent]
            self._close(task, TaskStatus.REJECTED)
        self._cancel_below(task.key)
        self._evaluate(task.node)

    def _return(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED)
        step = self._step(task.node)
        if not step.may_return or self.event.to not in returnable(self.flow, self.before, step.key):
            raise NotPossible(_("The request cannot go back there."))
        self._close(task, TaskStatus.RETURNED)
        self._send_back(step.key, self.event.to, self.event.resubmit)

    def _resubmit(self) -> None:
        task = self._decidable(TaskKind.START)
        if self.event.facts is not None:
            self.facts = dict(self.event.facts)
        if self.event.chosen is not None:
            self.chosen.update(self.event.chosen)
        self._close(task, TaskStatus.APPROVED)
        del self.live[START]
        jump = self.jumps.pop(START, None)
        if jump is not None and jump.facts == self.facts:
            self._jump(jump.to)
        else:
            self._begin()

    def _transfer(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED, TaskKind.DELEGATED)
        if self.event.by is not None and not self._step(task.node).may_transfer:
            raise NotPossible(_("This cannot be handed to somebody else."))
        self._others(task.node)
        person = self._one()
        self._close(task, TaskStatus.TRANSFERRED)
        self._ask(task.node, person, like=task)

    def _delegate(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED)
        if not self._step(task.node).may_transfer:
            raise NotPossible(_("This cannot be handed to somebody else."))
        self._others(task.node)
        person = self._one()
        self._put(task, status=TaskStatus.WAITING)
        self._ask(task.node, person, kind=TaskKind.DELEGATED, parent=task.key)

    def _add_sign(self) -> None:
        task = self._decidable(TaskKind.NORMAL, TaskKind.ADDED)
        if not self._step(task.node).may_add:
            raise NotPossible(_("Nobody can be added here."))
        people = self._others(task.node)
        self._put(task, status=TaskStatus.WAITING, has_agreed=self.event.sign == Sign.AFTER)
        for person in people:
            self._ask(task.node, person, kind=TaskKind.ADDED, parent=task.key, sign=self.event.sign)

    def _remove_sign(self) -> None:
        task = self.tasks.get(self.event.task or 0)
        if task is None or task.kind != TaskKind.ADDED or not task.is_open or task.parent is None:
            raise AlreadyDecided(_("This is not to be decided any more."))
        if self.tasks[task.parent].person != self.event.by:
            raise NotYours(_("Only who added a signer can remove them."))
        self._cancel_below(task.key)
        self._close(task, TaskStatus.CANCELLED)
        self._wake(task)

    def _withdraw(self) -> None:
        if self.event.by != self.initiator:
            raise NotYours(_("Only who asked can withdraw it."))
        if not self.flow.may_withdraw:
            raise NotPossible(_("Requests of this kind cannot be withdrawn."))
        if was_decided(self.live, self.tasks.values()):
            raise NotPossible(_("Somebody has decided already; ask them to return it."))
        self._end(InstanceStatus.WITHDRAWN)

    def _take_back(self) -> None:
        task = self.tasks.get(self.event.task or 0)
        if task is None or task.person != self.event.by:
            raise NotYours(_("This is somebody else's task."))
        if not self.flow.may_take_back or task.status != TaskStatus.APPROVED or task.kind != TaskKind.NORMAL:
            raise NotPossible(_("This cannot be taken back."))
        passing = self.passings.get(task.node)
        if self.live.get(task.node) == task.round:
            self._ask_again(task)
        elif passing is not None and passing.event == task.closed and self.rounds[task.node] == task.round:
            self._undo(task, passing)
        else:
            raise NotPossible(_("The next one has decided already."))

    def _replace(self) -> None:
        task = self.tasks.get(self.event.task or 0)
        if task is None or not task.is_open:
            raise AlreadyDecided(_("This is not to be decided any more."))
        person = self._one()
        if task.kind == TaskKind.START:
            self.initiator = person
        elif self._is_asked_beside(task, person):
            self._cancel_below(task.key)
            self._close(task, TaskStatus.CANCELLED)
            self._wake(task)
            self._evaluate(task.node)
            return
        self._close(task, TaskStatus.TRANSFERRED)
        heir = self._ask(task.node, person, like=task)
        for child in self._children(task.key):
            self._put(child, parent=heir.key)
            if child.is_open and child.person == person:
                self._cancel_below(child.key)
                self._close(child, TaskStatus.CANCELLED)
                self._wake(self.tasks[child.key])

    def _is_asked_beside(self, task: Task, person: int) -> bool:
        """Whether somebody has a task at the node that decides as well without this one."""
        beside = [
            each
            for each in self._round(task.node)
            if each.person == person and each.status not in GONE and each.key != task.key
        ]
        return any(each.parent is None or task.parent is not None for each in beside)

    def _subflow_ended(self) -> None:
        task = self._decidable(TaskKind.SUBFLOW)
        self.facts.update(self.event.derived or {})
        self._close(task, TaskStatus.AUTO if self.event.is_approved else TaskStatus.REJECTED)
        if self.event.is_approved:
            self._pass(task.node)
        else:
            self._end(InstanceStatus.REJECTED)

    def _agree(self, task: Task, status: TaskStatus) -> None:
        self._close(task, status)
        if task.kind != TaskKind.NORMAL:
            self._wake(task)
        else:
            self._evaluate(task.node)

    def _wake(self, child: Task) -> None:
        """Let whoever waits for an added signer or a delegate go on, once none is left."""
        if child.parent is None or any(each.is_open for each in self._children(child.parent)):
            return
        parent = self.tasks[child.parent]
        if parent.status != TaskStatus.WAITING:
            return
        if parent.has_agreed:
            self._agree(parent, TaskStatus.APPROVED)
        else:
            self._put(parent, status=TaskStatus.PENDING)

    def _ask_again(self, task: Task) -> None:
        """Take back a decision at a node that is not decided yet."""
        if self._step(task.node).mode == Mode.SEQUENCE:
            for other in self._round(task.node):
                if other.kind == TaskKind.NORMAL and other.key > task.key and other.status in BY_HAND:
                    raise NotPossible(_("The next one has decided already."))
            for other in self._round(task.node):
                if other.status == TaskStatus.PENDING:
                    self._put(other, status=TaskStatus.WAITING)
        if any(child.status in BY_HAND for child in self._children(task.key)) and task.has_agreed:
            raise NotPossible(_("The next one has decided already."))
        self._put(task, status=TaskStatus.PENDING, closed=None, has_agreed=False)

    def _undo(self, task: Task, passing: Passing) -> None:
        """Take back a decision by which a node was passed."""
        opened = [each for each in self.tasks.values() if each.opened == passing.event and each.node in passing.entered]
        # Of branches that were there before; those that were entered are forgotten as a whole.
        finished = [(key, arm) for key, arm in passing.finished if key not in passing.entered]
        closed = {key: way for key, way in passing.closed if key not in passing.entered}
        if not all(self._is_untouched(each) for each in opened) or any(
            key not in closed and key not in self.ways for key, _arm in finished
        ):
            raise NotPossible(_("The next one has decided already."))
        for each in opened:
            if each.is_open:
                self._close(each, TaskStatus.CANCELLED)
        self._forget(passing.entered)
        self.ways.update(closed)
        for key, arm in finished:
            way = self.ways[key]
            self.ways[key] = replace(way, left=tuple(each for each in way.arms if each in {*way.left, arm}))
        del self.passings[task.node]
        self.live[task.node] = task.round
        self._revive(task.node, passing.event)
        self._put(task, status=TaskStatus.PENDING, closed=None, has_agreed=False)

    def _revive(self, key: str, event: int) -> None:
        """Ask those again whose tasks at a node were not needed any more since an event."""
        gone = [each for each in self._round(key) if each.status == TaskStatus.CANCELLED and each.closed == event]
        for each in gone:
            self._put(each, status=TaskStatus.PENDING, closed=None)
        for each in gone:
            if self._has_open_child(each):
                self._put(each, status=TaskStatus.WAITING)

    def _is_untouched(self, task: Task) -> bool:
        children = self._children(task.key)
        return (
            not children
            and task.status not in (*BY_HAND, TaskStatus.TRANSFERRED)
            and (task.is_open or task.closed == task.opened)
        )
