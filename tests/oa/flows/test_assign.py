"""Who is asked in the end: deputies, people who left, oneself, and nobody."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from oa.flows.assign import Surroundings, settle, substitute
from oa.flows.choices import EmptyPolicy, SelfPolicy
from oa.flows.state import Assignee, Resolved
from tests.oa.flows.kit import ANN, ASKER, BOB, CAT, DAN, step

ADMIN = 99
EVERYBODY = frozenset({ASKER, ANN, BOB, CAT, DAN, ADMIN})


def around(**values: Any) -> Surroundings:
    """An ordinary day, on which everybody is there."""
    return Surroundings(initiator=ASKER, admin=ADMIN, **{"active": EVERYBODY, **values})


def people(found: Resolved) -> list[int]:
    """Who is asked."""
    return [each.person for each in found.people]


def test_everybody_who_may_sign_in_is_asked_once() -> None:
    found = settle(step("a"), [ANN, BOB, ANN, CAT], around(active=EVERYBODY - {BOB}))

    assert people(found) == [ANN, CAT]


def test_deputies_of_deputies_stand_in_and_all_names_are_kept() -> None:
    found = settle(step("a"), [ANN], around(deputies={ANN: BOB, BOB: CAT}))

    assert found.people == (Assignee(person=CAT, stands_for=(ANN, BOB)),)


def test_who_stands_for_one_another_in_a_circle_decides_for_themselves() -> None:
    assert substitute(ANN, {ANN: BOB, BOB: CAT, CAT: ANN}) == Assignee(person=ANN)


def test_a_chain_without_end_is_cut() -> None:
    assert substitute(1, {n: n + 1 for n in range(1, 50)}) == Assignee(person=1)


@pytest.mark.parametrize(
    ("policy", "asked", "outcome"),
    [
        (SelfPolicy.SELF, [ASKER], ""),
        (SelfPolicy.SKIP, [], "APPROVED"),
        (SelfPolicy.MANAGER, [BOB], ""),
        (SelfPolicy.HEAD, [CAT], ""),
    ],
)
def test_who_asks_decides_as_the_node_says(policy: SelfPolicy, asked: list[int], outcome: str) -> None:
    instead = {SelfPolicy.MANAGER: [BOB], SelfPolicy.HEAD: [CAT]}

    found = settle(step("a", on_self=policy), [ASKER], around(instead=lambda each: instead.get(each, [])))

    assert (people(found), found.outcome) == (asked, outcome)


@pytest.mark.parametrize("policy", [SelfPolicy.SELF, SelfPolicy.SKIP])
def test_beyond_an_amount_who_asks_never_decides_alone(policy: SelfPolicy) -> None:
    found = settle(step("a", on_self=policy), [ASKER], around(is_beyond_own=True, is_money=True))

    assert people(found) == [ADMIN]


def test_beyond_the_amount_who_asks_may_decide_with_others() -> None:
    found = settle(step("a"), [ASKER, ANN], around(is_beyond_own=True, is_money=True))

    assert people(found) == [ASKER, ANN]


def test_an_administrator_who_asks_for_that_much_is_refused_where_nobody_else_is_left() -> None:
    found = settle(step("a"), [], Surroundings(initiator=ADMIN, admin=ADMIN, active=EVERYBODY, is_beyond_own=True))

    assert (people(found), found.outcome) == ([], "REJECTED")


@pytest.mark.parametrize(
    ("policy", "values", "asked", "outcome"),
    [
        (EmptyPolicy.ADMIN, {}, [ADMIN], ""),
        (EmptyPolicy.PERSON, {}, [DAN], ""),
        (EmptyPolicy.PERSON, {"active": EVERYBODY - {DAN}}, [ADMIN], ""),
        (EmptyPolicy.APPROVE, {}, [], "APPROVED"),
        (EmptyPolicy.APPROVE, {"is_money": True}, [ADMIN], ""),
        (EmptyPolicy.REJECT, {}, [], "REJECTED"),
    ],
)
def test_where_nobody_is_found_the_rule_of_the_node_counts_but_money_never_passes(
    policy: EmptyPolicy, values: dict[str, Any], asked: list[int], outcome: str
) -> None:
    found = settle(step("a", on_empty=policy, stand_in=str(DAN), ratio=Decimal(1)), [], around(**values))

    assert (people(found), found.outcome, found.rule) == (asked, outcome, "empty")
