"""What of approvals somebody leaves behind."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from oa.flows.acting import replace_person
from oa.flows.choices import DefinitionStatus, TaskStatus
from oa.flows.models import Deputy, FlowDefinition, FlowLog, FlowRun, FlowTask, FlowVersion
from suite.access.models import User
from suite.access.ownership import hands_over, stays_with_author

# What somebody asked for and what was said about it stays theirs.
stays_with_author(FlowRun, FlowLog)


def _pending(user: User) -> QuerySet[FlowTask]:
    return FlowTask.objects.filter(person=user, status__in=(TaskStatus.PENDING, TaskStatus.WAITING))


@hands_over(FlowTask, held=_pending)
def give_tasks(rows: QuerySet[FlowTask], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague decide in the place of the leaver."""
    tasks = rows.select_related("run__definition", "run__flow_version").order_by("run", "key")
    return replace_person(tasks=list(tasks), to=to, actor=actor, at=at, rule="left")


@hands_over(FlowDefinition, held=lambda user: FlowDefinition.objects.filter(admin=user))
def give_flows(rows: QuerySet[FlowDefinition], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague look after flows."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return FlowDefinition.objects.filter(pk__in=keys).update(admin=to, updated_at=at)


def _configured(user: User) -> QuerySet[FlowVersion]:
    """Versions in use that name somebody as a person."""
    named = Q(graph__icontains=f'"{user.pk}"')
    versions = FlowVersion.objects.filter(named, status=DefinitionStatus.PUBLISHED)
    return versions.filter(pk__in=[each.pk for each in versions if user.pk in named_people(each.graph)])


def named_people(graph: object) -> set[int]:
    """Return the keys of the users whom the nodes of a flow name."""
    found: set[int] = set()
    if isinstance(graph, dict):
        if graph.get("kind") == "PERSON":
            found |= {int(value) for value in graph.get("values", ()) if str(value).isdecimal()}
        if str(graph.get("stand_in") or "").isdecimal():
            found.add(int(graph["stand_in"]))
        for value in graph.values():
            found |= named_people(value)
    elif isinstance(graph, list):
        for value in graph:
            found |= named_people(value)
    return found


@hands_over(FlowVersion, held=_configured)
def give_steps(rows: QuerySet[FlowVersion], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Publish flows that name the leaver anew with a colleague in their place; runs under way keep their version."""
    versions = list(rows.select_related("definition").order_by("pk"))
    for each in versions:
        definition = FlowDefinition.objects.lock(each.definition)
        each.become(DefinitionStatus.RETIRED, actor=actor, at=at)
        number = (definition.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        fresh = FlowVersion.objects.create(
            definition=definition,
            number=number,
            graph=with_other(each.graph, str(leaver.pk), str(to.pk)),
            published_at=at,
            published_by=actor or to,
        )
        fresh.become(DefinitionStatus.PUBLISHED, actor=actor, at=at)
    return len(versions)


def with_other(graph: Any, before: str, after: str) -> Any:
    """Return the nodes of a flow with one person in the place of another."""
    if isinstance(graph, list):
        return [with_other(each, before, after) for each in graph]
    if not isinstance(graph, dict):
        return graph
    changed = {name: with_other(value, before, after) for name, value in graph.items()}
    if graph.get("kind") == "PERSON":
        values = [after if value == before else value for value in graph.get("values", ())]
        changed["values"] = list(dict.fromkeys(values))
    if graph.get("stand_in") == before:
        changed["stand_in"] = after
    return changed


def _deputising(user: User) -> QuerySet[Deputy]:
    return Deputy.objects.filter(deputy=user)


@hands_over(Deputy, held=_deputising)
def give_deputies(rows: QuerySet[Deputy], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague stand in where the leaver did; whom they would stand in for themselves needs nobody then."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    gone, _by_type = Deputy.objects.filter(pk__in=keys, person=to).delete()
    return gone + Deputy.objects.filter(pk__in=keys).update(deputy=to, updated_at=at)
