"""
The route that a request takes through a flow when everybody agrees.

A pure module: the flow is run by the engine itself, so that what is shown is what would happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oa.flows.choices import EventKind, InstanceStatus, TaskKind, TaskStatus
from oa.flows.definition import Flow
from oa.flows.engine import advance
from oa.flows.state import Event, Resolve, State, Task, beginning


@dataclass(frozen=True, kw_only=True)
class RouteStep:
    """
    One node that a request comes to.

    :ivar kind: of the node: ``approve``, ``handle``, ``copy`` or ``subflow``.
    :ivar people: keys of the users who are asked or told, in order.
    :ivar rule: which rule decided where nobody is asked, or led to those people: ``empty``, ``own``, ``repeat``.
    :ivar is_refused: the rule refuses the request here.
    """

    node: str
    title: str
    kind: str
    people: tuple[int, ...] = ()
    rule: str = ""
    is_refused: bool = False


def route(
    flow: Flow,
    facts: Mapping[str, Any],
    initiator: int,
    resolve: Resolve,
    chosen: Mapping[str, tuple[int, ...]] | None = None,
) -> list[RouteStep]:
    """
    Return the nodes that a request comes to, in the order of the flow, with the people who are asked.

    :param resolve: says who is asked at a node.
    :param chosen: people whom the initiator chose, by key of the node.
    :raises NoWay: when no arm of a branch fits.
    """
    state = _ended(flow, dict(facts), initiator, resolve, dict(chosen or {}))
    by_node: dict[str, list[Task]] = {}
    for task in state.tasks:
        by_node.setdefault(task.node, []).append(task)
    # Arms beside one another are told one after the other, whatever the order of deciding.
    return [_step(flow, key, by_node[key]) for key in flow.places if key in by_node]


def _ended(flow: Flow, facts: dict[str, Any], initiator: int, resolve: Resolve, chosen: dict[str, Any]) -> State:
    event = Event(kind=EventKind.SUBMIT, by=initiator, facts=facts, chosen=chosen)
    state = advance(flow, beginning(), event, resolve).state
    while state.status == InstanceStatus.RUNNING:
        task = next(state.pending())
        if task.kind == TaskKind.START:
            # A rule sent it back before anybody was asked; handed in again it would come back again.
            break
        kind = EventKind.SUBFLOW_ENDED if task.kind == TaskKind.SUBFLOW else EventKind.APPROVE
        state = advance(flow, state, Event(kind=kind, by=task.person, task=task.key), resolve).state
    return state


def _step(flow: Flow, key: str, tasks: list[Task]) -> RouteStep:
    node = flow.places[key].node
    rules = {task.rule for task in tasks}
    return RouteStep(
        node=key,
        title=node.title,
        kind=node.kind,
        people=tuple(task.person for task in tasks if task.person is not None),
        rule=rules.pop() if len(rules) == 1 else "",
        is_refused=any(task.status == TaskStatus.REJECTED for task in tasks),
    )
