"""What a draft would change: the requests of the past by the route they took, and by the one of the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from oa.flows.conditions import number
from oa.flows.definition import Copy, Flow, Step
from oa.flows.engine import advance
from oa.flows.errors import NoWay
from oa.flows.facts import AMOUNT
from oa.flows.models import FlowDefinition, FlowLog, FlowRun, FlowVersion
from oa.flows.preview import RouteStep, route
from oa.flows.resolving import People
from oa.flows.selectors import visible_runs
from oa.flows.state import EVENT, RESOLVED, Resolve, Resolved, State, beginning
from suite.access.models import User

# More runs than this are looked through by a job.
AT_ONCE = 200
PORTION = 200


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    A run that would have gone another way.

    :ivar problem: why there is no way at all under the draft, ``""`` when there is one.
    """

    run: FlowRun
    before: list[RouteStep]
    after: list[RouteStep]
    problem: str = ""


def runs_between(definition: FlowDefinition, since: datetime, until: datetime, user: User) -> QuerySet[FlowRun]:
    """Return the runs of a flow that began in a period, of those that somebody may see."""
    runs = visible_runs(user).filter(definition=definition, parent__isnull=True)
    return runs.filter(started_at__gte=since, started_at__lt=until).order_by("-started_at", "-pk")


def replay_runs(
    *,
    draft: FlowVersion,
    since: datetime,
    until: datetime,
    user: User,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[Change]:
    """
    Return the runs of a period that would go another way under a draft, the latest first.

    Every run is compared when everybody agrees. Who was asked at a node that stays as it is, is taken from the log of
    the run: that somebody has left since then changes nothing. Other nodes ask whom they would ask today.
    """
    runs = runs_between(draft.definition, since, until, user).select_related("flow_version", "initiator")
    events = FlowLog.objects.filter(number__isnull=False).order_by("number").only("run", "number", "event", "resolved")
    total, found = runs.count(), []
    comparing = _Comparing(draft)
    for done, run in enumerate(runs.prefetch_related(Prefetch("log", events)).iterator(PORTION), 1):
        change = comparing.compare(run)
        if change is not None:
            found.append(change)
        progress(done, total)
    return found


class _Comparing:
    """Compares runs with one draft; what was found of the organisation is not looked for again."""

    def __init__(self, draft: FlowVersion) -> None:
        self.draft = draft
        self.flows: dict[int, Flow] = {}
        self.known: dict[Any, Resolved] = {}

    def compare(self, run: FlowRun) -> Change | None:
        """Return how a run would change, None when it would not."""
        old, new = self.flows.setdefault(run.flow_version_id, run.flow_version.flow), self.draft.flow
        answers, state = _recorded(old, run.log.all())
        facts, asker = state.facts, state.initiator
        before = route(old, facts, asker, self._answering(old, old, answers), state.chosen)
        try:
            after = route(new, facts, asker, self._answering(new, old, answers), state.chosen)
        except NoWay as problem:
            return Change(run=run, before=before, after=[], problem=str(problem))
        return None if _essence(before) == _essence(after) else Change(run=run, before=before, after=after)

    def _answering(self, flow: Flow, old: Flow, answers: dict[str, Resolved]) -> Resolve:
        people = People(self.draft.definition, flow, timezone.localdate())

        def resolve(node: Step | Copy, state: State) -> Resolved:
            if node.key in answers and flow.own_limit == old.own_limit and _asks_alike(node, old.places[node.key].node):
                return answers[node.key]
            key = _question(flow, node, state)
            if key not in self.known:
                self.known[key] = people(node, state)
            return self.known[key]

        return resolve


def _recorded(flow: Flow, log: Iterable[FlowLog]) -> tuple[dict[str, Resolved], State]:
    """Who was asked at each node at last, and where the run stands, by its log."""
    answers: dict[str, Resolved] = {}
    state = beginning()
    for entry in log:
        state = _happened(flow, state, entry, answers)
    return answers, state


def _happened(flow: Flow, state: State, entry: FlowLog, answers: dict[str, Resolved]) -> State:
    found: Iterator[Resolved] = iter(RESOLVED.validate_python(entry.resolved))

    def answer(node: Step | Copy, _state: State) -> Resolved:
        answers[node.key] = next(found)
        return answers[node.key]

    return advance(flow, state, EVENT.validate_python(entry.event), answer).state


def _asks_alike(node: Step | Copy, other: Any) -> bool:
    """Whether two nodes ask the same people of every request."""
    names = ("kind", "resolvers", "on_empty", "stand_in", "on_self")
    return all(getattr(node, name, None) == getattr(other, name, None) for name in names)


def _question(flow: Flow, node: Step | Copy, state: State) -> tuple[Any, ...]:
    """All that decides who is asked: requests that are alike in it are answered alike."""
    amount: Decimal | None = number(state.facts.get(AMOUNT))
    is_beyond = flow.own_limit is not None and amount is not None and amount >= flow.own_limit
    named = tuple(str(state.facts.get(each.field)) for each in node.resolvers if each.field)
    chosen = state.chosen.get(node.key, ())
    return replace(node, title="", key="."), state.initiator, amount is None, is_beyond, named, chosen


def _essence(steps: Sequence[RouteStep]) -> list[tuple[Any, ...]]:
    """What makes a route another one; a new name does not."""
    return [(step.node, step.people, step.is_refused) for step in steps]


# -- in words -------------------------------------------------------------------------------------


def steps_in_words(steps: Sequence[RouteStep], names: dict[int, str]) -> list[dict[str, Any]]:
    """Return a route as JSON that a person can read."""
    rules = {
        "empty": _("nobody was found"),
        "own": _("whoever asks does not decide alone"),
        "repeat": _("agreed already"),
    }
    return [
        {**asdict(step), "people": [names[each] for each in step.people], "rule": rules.get(step.rule, step.rule)}
        for step in steps
    ]


def names_of(people: Iterable[int]) -> dict[int, str]:
    """Return the names of users."""
    return {user.pk: str(user) for user in User.objects.filter(pk__in=set(people))}


def changes_in_words(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """Return changes as JSON that a person can read."""
    names = names_of(pk for each in changes for step in (*each.before, *each.after) for pk in step.people)
    return [
        {
            "title": each.run.title,
            "url": f"/oa/runs/{each.run.pk}/",
            "asker": str(each.run.initiator),
            "on": timezone.localtime(each.run.started_at).date().isoformat(),
            "problem": each.problem,
            "before": steps_in_words(each.before, names),
            "after": steps_in_words(each.after, names),
        }
        for each in changes
    ]
