"""
Who is asked in the end, of those whom a node names.

A pure module. The order is fixed: deputies take the place of who is away, whoever may no longer sign in is dropped,
nobody is asked twice, then it is looked whether whoever asks would decide alone, and whether anybody is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field

from oa.flows.choices import EmptyPolicy, SelfPolicy, TaskStatus
from oa.flows.definition import Step
from oa.flows.state import Assignee, Resolved

# Deputies of deputies are followed so far.
LONGEST_CHAIN = 10
EMPTY, OWN = "empty", "own"


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """
    What the rules of a node ask for.

    :ivar active: users who may sign in.
    :ivar deputies: who decides for whom today.
    :ivar instead: finds who decides in the place of whoever asks, by policy.
    :ivar is_money: whether the request is about money.
    :ivar is_beyond_own: whether it is about so much that whoever asks must not decide alone.
    """

    initiator: int
    admin: int
    active: Set[int]
    deputies: Mapping[int, int] = field(default_factory=dict)
    instead: Callable[[SelfPolicy], Iterable[int]] = lambda _policy: ()
    is_money: bool = False
    is_beyond_own: bool = False


def settle(step: Step, candidates: Iterable[int], around: Surroundings) -> Resolved:
    """Return who is asked at a node, or which rule decides where nobody is."""
    people = _present(candidates, around)
    rule = ""
    if any(each.person == around.initiator for each in people):
        people, rule = _without_self(step, people, around)
        if not people and rule == OWN and step.on_self == SelfPolicy.SKIP and not around.is_beyond_own:
            return Resolved(outcome=TaskStatus.APPROVED, rule=OWN)
    return Resolved(people=tuple(people), rule=rule) if people else _nobody(step, around)


def present(candidates: Iterable[int], around: Surroundings) -> Resolved:
    """Return who is told at a node: whoever may sign in, without deputies."""
    people = dict.fromkeys(each for each in candidates if each in around.active)
    return Resolved(people=tuple(Assignee(person=each) for each in people))


def _present(candidates: Iterable[int], around: Surroundings) -> list[Assignee]:
    found: dict[int, Assignee] = {}
    for candidate in candidates:
        assignee = substitute(candidate, around.deputies)
        if assignee.person in around.active:
            found.setdefault(assignee.person, assignee)
    return list(found.values())


def substitute(person: int, deputies: Mapping[int, int]) -> Assignee:
    """Follow deputies of deputies; who stands for one another in a circle decides for themselves."""
    chain = [person]
    while (following := deputies.get(chain[-1])) is not None:
        if following in chain or len(chain) > LONGEST_CHAIN:
            return Assignee(person=person)
        chain.append(following)
    return Assignee(person=chain[-1], stands_for=tuple(chain[:-1]))


def _without_self(step: Step, people: list[Assignee], around: Surroundings) -> tuple[list[Assignee], str]:
    policy = step.on_self
    if policy == SelfPolicy.SELF:
        if not around.is_beyond_own or len(people) > 1:
            return people, ""
        policy = SelfPolicy.MANAGER
    others = [each for each in people if each.person != around.initiator]
    if policy != SelfPolicy.SKIP:
        instead = _present(around.instead(policy), around)
        known = {each.person for each in others} | {around.initiator}
        others += [each for each in instead if each.person not in known]
    return others, OWN


def _nobody(step: Step, around: Surroundings) -> Resolved:
    policy = step.on_empty
    # Money never passes because nobody was there to look at it.
    if policy == EmptyPolicy.APPROVE and around.is_money:
        policy = EmptyPolicy.ADMIN
    if policy == EmptyPolicy.PERSON and step.stand_in.isdecimal():
        found = _present([int(step.stand_in)], around)
        if found:
            return Resolved(people=tuple(found), rule=EMPTY)
    if policy == EmptyPolicy.APPROVE:
        return Resolved(outcome=TaskStatus.APPROVED, rule=EMPTY)
    if policy == EmptyPolicy.REJECT:
        return Resolved(outcome=TaskStatus.REJECTED, rule=EMPTY)
    if around.is_beyond_own and around.admin == around.initiator:
        return Resolved(outcome=TaskStatus.REJECTED, rule=OWN)
    return Resolved(people=(Assignee(person=around.admin),), rule=EMPTY)
