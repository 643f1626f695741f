"""What must be true of every run at all times, written down so that it can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from oa.flows.choices import Gateway, InstanceStatus, TaskStatus
from oa.flows.definition import START, Flow
from oa.flows.state import State


def faults(flow: Flow, state: State) -> list[str]:
    """Return what is wrong with a run, nothing when all is well."""
    if state.status != InstanceStatus.RUNNING:
        return list(_ended(state))
    return [*_tasks(state), *_tokens(flow, state), *_ways(flow, state)]


def _ended(state: State) -> Iterator[str]:
    if any(task.is_open for task in state.tasks):
        yield "ended with open tasks"
    if state.live or state.ways:
        yield "ended with live nodes"


def _tasks(state: State) -> Iterator[str]:
    pending = {(task.node, task.round) for task in state.pending()}
    if not pending:
        yield "nobody has to decide"
    for key, number in state.live.items():
        if (key, number) not in pending:
            yield f"nobody has to decide at {key}"
    for task in state.tasks:
        if task.is_open and state.live.get(task.node) != task.round:
            yield f"task {task.key} is open at {task.node}, which is not live"
        if task.status == TaskStatus.WAITING and task.parent is not None and task.closed is not None:
            yield f"task {task.key} waits and is closed"


def _tokens(flow: Flow, state: State) -> Iterator[str]:
    """Two nodes are live at once only in different arms of a branch whose arms are gone together."""
    if START in state.live and len(state.live) > 1:
        yield "who asked changes the request while others decide"
    for one, other in combinations([key for key in state.live if key != START], 2):
        first = {id(place.sequence): place for place in flow.around(one)}
        if any(id(place.sequence) in first for place in flow.around(other)):
            meeting = next(place for place in flow.around(other) if id(place.sequence) in first)
            branch = first[id(meeting.sequence)].node
            if branch.key != meeting.node.key or branch.key in (one, other):
                yield f"{one} and {other} are live, one behind the other"
            elif getattr(branch, "gateway", None) == Gateway.EXCLUSIVE:
                yield f"{one} and {other} are live, in arms of which one is gone"


def _ways(flow: Flow, state: State) -> Iterator[str]:
    used: set[tuple[str, str]] = set()
    for key in state.live:
        for place in flow.around(key) if key != START else []:
            if place.branch is not None and place.arm is not None:
                used.add((place.branch.key, place.arm.key))
    open_arms = {(key, arm) for key, way in state.ways.items() for arm in way.left}
    for branch, arm in sorted(used ^ open_arms):
        yield f"arm {arm} of {branch} is {'live' if (branch, arm) in used else 'open'} only"
