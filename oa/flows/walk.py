"""How a run goes from node to node, forward and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from oa.flows.book import Book
from oa.flows.choices import (
    Gateway,
    InstanceStatus,
    Mode,
    Refusal,
    RejectRule,
    RepeatPolicy,
    Resubmit,
    TaskKind,
    TaskStatus,
)
from oa.flows.definition import START, Branch, Copy, Node, Place, Step, Subflow, inside
from oa.flows.errors import NotPossible, NoWay
from oa.flows.state import AGREED, GONE, Assignee, Jump, Passing, Way

REPEATED = "repeat"


class Walk(Book):
    """Moves a run along its flow."""

    def _evaluate(self, key: str) -> None:
        """Look whether a node is decided."""
        if self.status != InstanceStatus.RUNNING or key not in self.live:
            return
        step = self._step(key)
        roots = [task for task in self._round(key) if task.kind == TaskKind.NORMAL and task.status not in GONE]
        verdict = verdict_of(step, [task.status for task in roots])
        if verdict is True:
            self._pass(key)
        elif verdict is False:
            self._refuse(step)
        elif step.mode == Mode.SEQUENCE and not any(task.status == TaskStatus.PENDING for task in self._round(key)):
            waiting = [task for task in roots if task.status == TaskStatus.WAITING and not self._has_open_child(task)]
            if waiting:
                self._put(waiting[0], status=TaskStatus.PENDING)

    def _refuse(self, step: Step) -> None:
        if step.refusal == Refusal.END:
            self._end(InstanceStatus.REJECTED)
        else:
            self._send_back(step.key, START, Resubmit.REWALK)

    def _pass(self, key: str) -> None:
        """Leave a node forward."""
        self._cancel_open(key)
        del self.live[key]
        self.last = key
        walk, entered, finished, closed = self.walk, self.entered, self.finished, self.closed
        self.entered, self.finished, self.closed = [], [], []
        jump = self.jumps.pop(key, None)
        if jump is not None and jump.facts == self.facts:
            self._jump(jump.to)
            # What was jumped over is not undone in parts.
            passing = Passing(event=0)
        else:
            self._leave(key)
            passing = Passing(
                event=self.number,
                entered=tuple(self.entered),
                finished=tuple(self.finished),
                closed=tuple(self.closed),
            )
        # Unless what follows sent the request back at once.
        if self.walk == walk:
            self.passings[key] = passing
        self.entered, self.finished, self.closed = (
            entered + self.entered,
            finished + self.finished,
            closed + self.closed,
        )

    def _leave(self, key: str) -> None:
        if self.status != InstanceStatus.RUNNING:
            return
        place = self.flow.places[key]
        if place.index + 1 < len(place.sequence):
            self._enter(place.sequence[place.index + 1])
        elif place.branch is None or place.arm is None:
            self._end(InstanceStatus.APPROVED)
        else:
            self._finish(place.branch, place.arm.key)

    def _finish(self, branch: Branch, arm: str) -> None:
        """Come to the end of an arm; the last one goes on behind the branch."""
        way = self.ways[branch.key]
        left = tuple(each for each in way.left if each != arm)
        self.finished.append((branch.key, arm))
        if left:
            self.ways[branch.key] = replace(way, left=left)
            return
        self.closed.append((branch.key, replace(way, left=(arm,))))
        del self.ways[branch.key]
        self._leave(branch.key)

    def _enter(self, node: Node) -> None:
        self.entered.append(node.key)
        if isinstance(node, Step):
            self._open(node)
        elif isinstance(node, Copy):
            for assignee in self._find(node).people:
                self._task(node.key, TaskKind.COPY, TaskStatus.SENT, assignee, closed=self.number)
            self._leave(node.key)
        elif isinstance(node, Subflow):
            self._number_round(node.key)
            self._task(node.key, TaskKind.SUBFLOW, TaskStatus.PENDING, None)
        else:
            self._branch(node)

    def _branch(self, node: Branch) -> None:
        arms = arms_of(node, self.facts)
        if not arms:
            raise NoWay(_("No way of “%(branch)s” fits this request.") % {"branch": node.title or node.key})
        self.taken[node.key] = tuple(arm.key for arm in arms)
        self.ways[node.key] = Way(arms=self.taken[node.key], left=self.taken[node.key])
        for arm in arms:
            if self.status != InstanceStatus.RUNNING or node.key not in self.ways:
                return
            if arm.nodes:
                self._enter(arm.nodes[0])
            else:
                self._finish(node, arm.key)

    def _open(self, step: Step) -> None:
        """Ask the people of a node, or let a rule decide where nobody is to be asked."""
        before = self.last
        found = self._find(step)
        self._number_round(step.key)
        if found.outcome or not found.people:
            status = TaskStatus.REJECTED if found.outcome == TaskStatus.REJECTED else TaskStatus.AUTO
            self._task(step.key, TaskKind.NORMAL, status, None, closed=self.number, rule=found.rule)
            self._evaluate(step.key)
            return
        agreed = self._agreed(before) if step.kind == "approve" else set()
        for assignee in found.people:
            if assignee.person in agreed:
                self._task(step.key, TaskKind.NORMAL, TaskStatus.AUTO, assignee, closed=self.number, rule=REPEATED)
            else:
                status = TaskStatus.WAITING if step.mode == Mode.SEQUENCE else TaskStatus.PENDING
                self._task(step.key, TaskKind.NORMAL, status, assignee, rule=found.rule)
        self._evaluate(step.key)

    def _agreed(self, before: str) -> set[int]:
        """Who agreed already and need not be asked again."""
        if self.flow.repeat == RepeatPolicy.NONE:
            return set()
        tasks = [task for task in self.tasks.values() if task.status in AGREED and task.walk == self.walk]
        if self.flow.repeat == RepeatPolicy.CONSECUTIVE:
            tasks = [task for task in tasks if task.node == before and task.round == self.rounds.get(before)]
        # A handling is no consent.
        steps = {step.key for step in self.flow.steps() if step.kind == "approve"}
        return {task.person for task in tasks if task.person is not None and task.node in steps}

    def _send_back(self, origin: str, target: str, resubmit: Resubmit) -> None:
        """Reopen a node, or ask who asked; what lies behind it is asked anew."""
        if resubmit == Resubmit.JUMP:
            self._allow_jump(origin, target)
        self.walk += 1
        if target == START:
            self._drop(self.flow.nodes)
            self._number_round(START)
            self._task(START, TaskKind.START, TaskStatus.PENDING, Assignee(person=self.initiator))
        else:
            common = self._common(target, origin)
            self._drop(common.sequence[common.index :])
            self._reach(target)
            self._open(self._step(target))
        if resubmit == Resubmit.JUMP:
            self.jumps[target] = Jump(to=origin, facts=dict(self.before.facts))

    def _common(self, target: str, origin: str) -> Place:
        """Where the way to the target turns off the sequence that the origin is in, or is in an arm of."""
        sequences = [place.sequence for place in self.flow.around(origin)]
        return next(place for place in self.flow.around(target) if any(place.sequence is each for each in sequences))

    def _allow_jump(self, origin: str, target: str) -> None:
        around = {place.branch.key for place in self.flow.around(target) if place.branch} if target != START else set()
        for place in self.flow.around(origin):
            branch = place.branch
            if branch is not None and branch.key not in around and branch.gateway != Gateway.EXCLUSIVE:
                raise NotPossible(_("From one of several arms a request comes back by every step again."))

    def _drop(self, nodes: Iterable[Node]) -> None:
        """Forget that nodes and all in them were entered."""
        keys = [each.key for node in nodes for each in inside(node)]
        for key in keys:
            self._cancel_open(key)
        self._forget(keys)

    def _forget(self, keys: Iterable[str]) -> None:
        for key in keys:
            for kept in (self.live, self.ways, self.passings, self.jumps):
                kept.pop(key, None)

    def _reach(self, key: str) -> None:
        """Open the branches around a node, each with the one arm that leads to it."""
        for place in self.flow.around(key):
            if place.branch is not None and place.arm is not None and place.branch.key not in self.ways:
                self.ways[place.branch.key] = Way(arms=(place.arm.key,), left=(place.arm.key,))
                self.taken[place.branch.key] = (place.arm.key,)

    def _jump(self, target: str) -> None:
        """Go straight to a node; the branches of the way here that do not lead there are left."""
        around = {place.branch.key for place in self.flow.around(target) if place.branch}
        if self.last in self.flow.places:
            for place in self.flow.around(self.last):
                if place.branch is not None and place.branch.key not in around:
                    self.ways.pop(place.branch.key, None)
        self._reach(target)
        self.entered.append(target)
        self._open(self._step(target))

    def _begin(self) -> None:
        if self.flow.nodes:
            self._enter(self.flow.nodes[0])
        else:
            self._end(InstanceStatus.APPROVED)


def verdict_of(step: Step, statuses: list[TaskStatus]) -> bool | None:
    """
    Return whether a node is passed (True) or refused (False) by the decisions of its people, None while it is open.

    Consents are counted, not decisions: a share is reached by those who agree, and refused once it cannot be reached.
    """
    if not statuses:
        return None
    agreed = sum(status in AGREED for status in statuses)
    refused = sum(status == TaskStatus.REJECTED for status in statuses)
    count = len(statuses)
    if step.mode == Mode.ANY:
        if agreed:
            return True
        if refused and (step.reject_rule == RejectRule.FIRST or refused == count):
            return False
        return None
    if step.mode == Mode.RATIO:
        if agreed >= step.ratio * count:
            return True
        return False if count - refused < step.ratio * count else None
    if refused:
        return False
    return True if agreed == count else None


def arms_of(node: Branch, facts: dict[str, Any]) -> list[Any]:
    """Return the arms that a request goes at a branch, the one without condition when no other fits."""
    if node.gateway == Gateway.PARALLEL:
        return list(node.arms)
    fitting = [arm for arm in node.arms if arm.condition is not None and arm.condition.fits(facts)]
    if not fitting:
        return [arm for arm in node.arms if arm.condition is None][:1]
    return fitting if node.gateway == Gateway.INCLUSIVE else fitting[:1]
