"""What is wrong with flows: each fault by itself, and that a flow without gaps never has no way."""

from __future__ import annotations

from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import pytest
from django.utils import translation

from oa.flows.choices import EmptyPolicy, Gateway, Mode, RejectRule, ResolverKind, SelfPolicy, TimeoutAction
from oa.flows.conditions import All, AnyOf, Compare, Operator
from oa.flows.definition import Arm, Branch, Copy, Flow, Node, Resolver, Step, Subflow, Timeout
from oa.flows.engine import advance
from oa.flows.errors import NoWay
from oa.flows.facts import FactField
from oa.flows.fields import FormKey
from oa.flows.lint import Fault, Severity, check_condition, lint
from oa.flows.state import Event, beginning
from tests.oa.flows.kit import ANN, branch, by_values, copy, people, step

AMOUNT = FactField("amount", "Amount", "number", is_required=True)
KIND = FactField("kind", "Kind", "choice", (("A", "Annual"), ("S", "Sick")), is_required=True)
NOTE = FactField("note", "Note", "text")
DAY = FactField("day", "Day", "date")
OWN = FactField("own", "Own", "yes", is_required=True)
PLACE = FactField("place", "Department", "department")
BOSS = FactField("boss", "Boss", "person")
FIELDS = [AMOUNT, KIND, NOTE, DAY, OWN, PLACE, BOSS]
ERROR, WARNING = Severity.ERROR, Severity.WARNING


@pytest.fixture(autouse=True)
def in_english(usual_language: None) -> None:
    """Messages are compared in the language of the source."""
    translation.activate("en")


def compare(field: str, operator: str, value: Any = None) -> Compare:
    return Compare(field=field, operator=Operator(operator), value=value)


def asked(key: str, *persons: int, **values: Any) -> Step:
    """A step of which nothing is to be said."""
    return step(key, *(persons or (ANN,)), on_self=SelfPolicy.MANAGER, **values)


def found(*nodes: Node, **values: Any) -> list[tuple[Severity, str]]:
    return [(fault.severity, fault.node) for fault in faults(*nodes, **values)]


def faults(*nodes: Node, flow: dict[str, Any] | None = None, **values: Any) -> list[Fault]:
    return lint(Flow(nodes=nodes, **(flow or {})), FIELDS, **values)


# Nothing wrong


def test_a_flow_that_covers_everything_has_no_faults() -> None:
    small, large = compare("amount", "LT", "50000"), compare("amount", "GE", "50000")

    assert found(asked("a"), branch("b", [], [asked("c")], conditions=[small, large]), copy("d", ANN)) == []


# Who is asked


def test_a_flow_that_asks_nobody() -> None:
    assert found() == [(ERROR, "")]
    assert found(copy("a", ANN)) == [(ERROR, "")]
    assert found(Subflow(key="a", title="a", flow="OTHER")) == []


def test_a_step_that_names_nobody() -> None:
    nobody = Step(key="a", title="a", resolvers=(), on_self=SelfPolicy.SKIP)
    nameless = Step(key="b", title="b", resolvers=(Resolver(kind=ResolverKind.ROLE),), on_self=SelfPolicy.SKIP)
    told = Copy(key="c", title="c", resolvers=())

    assert found(nobody, nameless, told) == [(ERROR, "a"), (ERROR, "b"), (ERROR, "c")]


@pytest.mark.parametrize(("field", "is_wrong"), [("", True), ("gone", True), ("amount", True), ("boss", False)])
def test_a_field_that_names_somebody_must_be_one_of_a_person(field: str, is_wrong: bool) -> None:
    named = Step(
        key="a",
        title="a",
        resolvers=(Resolver(kind=ResolverKind.FIELD, field=field),),
        on_self=SelfPolicy.SKIP,
    )

    assert found(named) == ([(ERROR, "a")] if is_wrong else [])


def test_a_stand_in_that_is_missing() -> None:
    assert found(asked("a", on_empty=EmptyPolicy.PERSON)) == [(ERROR, "a")]
    assert found(asked("a", on_empty=EmptyPolicy.PERSON, stand_in="7")) == []


def test_a_step_without_a_name() -> None:
    unnamed = Step(key="a", title=" ", resolvers=people(ANN), on_self=SelfPolicy.SKIP)

    assert found(unnamed) == [(WARNING, "a")]


def test_money_that_passes_by_itself() -> None:
    empty = asked("a", on_empty=EmptyPolicy.APPROVE)
    late = asked("b", timeout=Timeout(hours=Decimal(8), action=TimeoutAction.APPROVE))

    assert found(empty, late, is_money=True) == [(WARNING, "a"), (WARNING, "b")]
    assert found(empty, late) == []


def test_who_may_approve_their_own_request() -> None:
    by_manager = Step(key="b", title="b", resolvers=(Resolver(kind=ResolverKind.MANAGER),))

    assert found(step("a", ANN)) == [(WARNING, "a")]
    assert found(step("a", ANN), flow={"own_limit": Decimal(1000)}) == []
    assert found(by_manager, step("c", ANN, kind="handle")) == []


def test_settings_that_mean_nothing() -> None:
    share = asked("a", ratio=Decimal("0.5"))
    whole = asked("b", mode=Mode.RATIO)
    refused = asked("c", reject_rule=RejectRule.ALL)
    sound = asked("d", mode=Mode.RATIO, ratio=Decimal("0.5"))

    assert found(share, whole, refused, sound) == [(WARNING, "a"), (WARNING, "b"), (WARNING, "c")]


def test_what_is_to_be_done_is_not_refused_when_overdue() -> None:
    late = asked("a", kind="handle", timeout=Timeout(hours=Decimal(8), action=TimeoutAction.REJECT))

    assert found(late) == [(ERROR, "a")]


def test_fields_that_are_unknown_or_changed_unseen() -> None:
    assert found(asked("a", editable=("gone",), hidden=("lost",))) == [(WARNING, "a"), (WARNING, "a")]
    assert found(asked("a", editable=("note",), hidden=("note",))) == [(WARNING, "a")]
    assert found(asked("a", editable=("note",), hidden=("kind",))) == []


def test_keys_that_are_used_twice_or_taken() -> None:
    assert found(asked("a"), branch("b", [asked("a")], [], conditions=[compare("amount", "LT", "1")])) == [(ERROR, "a")]
    assert found(asked("start")) == [(ERROR, "start")]


# Other flows


def test_a_flow_that_runs_itself_or_one_that_is_not_there() -> None:
    itself, other, unset = (Subflow(key="a", title="a", flow=code) for code in ("OWN", "OTHER", ""))
    back = {"OTHER": Flow(nodes=(Subflow(key="x", title="x", flow="OWN"),))}

    assert found(itself, code="OWN", others={}) == [(ERROR, "a")]
    assert found(other, code="OWN", others=back) == [(ERROR, "a")]
    assert found(other, code="OWN", others={}) == [(ERROR, "a")]
    assert found(other, code="OWN", others={"OTHER": Flow()}) == []
    assert found(unset, code="OWN", others={}) == [(ERROR, "a")]


# Conditions


@pytest.mark.parametrize(
    ("condition", "is_wrong"),
    [
        (compare("gone", "EQ", "1"), True),
        (compare("amount", "IN", ["1"]), True),
        (compare("amount", "LT", "much"), True),
        (compare("amount", "LT", ""), True),
        (compare("amount", "LT"), True),
        (compare("note", "LT", "a"), True),
        (compare("kind", "EQ", "X"), True),
        (compare("kind", "IN", []), True),
        (compare("kind", "IN", "A"), True),
        (compare("day", "GE", "yesterday"), True),
        (compare("own", "EQ", "perhaps"), True),
        (compare("amount", "LT", "5000"), False),
        (compare("kind", "IN", ["A", "S"]), False),
        (compare("day", "GE", "2026-01-31"), False),
        (compare("own", "EQ", True), False),
        (compare("note", "EMPTY"), False),
    ],
)
def test_comparisons_that_make_no_sense(condition: Compare, is_wrong: bool) -> None:
    assert [(fault.severity, fault.node) for fault in check_condition(condition, FIELDS, "b0")] == (
        [(ERROR, "b0")] if is_wrong else []
    )


def test_a_way_without_any_comparison() -> None:
    assert found(branch("b", [asked("a")], [], conditions=[All()])) == [(ERROR, "b0")]


def test_ways_without_condition() -> None:
    low = compare("amount", "LT", "1")
    first = Branch(key="b", arms=(Arm(key="x"), Arm(key="y", condition=low, nodes=(asked("a"),))))
    several = branch("b", [asked("a")], [], [], conditions=[low])

    assert found(first) == [(WARNING, "x")]
    assert found(several) == [(ERROR, "b2")]


def test_a_branch_with_one_way() -> None:
    assert found(asked("a"), branch("b", [])) == [(ERROR, "b")]


def test_ways_that_are_gone_all_at_once_have_no_conditions() -> None:
    low = compare("amount", "LT", "1")

    assert found(branch("b", [asked("a")], [], conditions=[low], gateway=Gateway.PARALLEL)) == [(WARNING, "b0")]


# What conditions cover


def test_a_gap_is_named_by_an_example() -> None:
    low, high = compare("amount", "LT", "50000"), compare("amount", "GT", "50000")

    (fault,) = faults(branch("b", [asked("a")], [], conditions=[low, high]))

    assert (fault.severity, fault.node) == (ERROR, "b")
    assert "“Amount” is 50000" in fault.message


def test_an_amount_that_may_be_missing_is_a_gap() -> None:
    low, high = compare("amount", "LT", "50000"), compare("amount", "GE", "50000")
    flow = Flow(nodes=(branch("b", [asked("a")], [], conditions=[low, high]),))

    (fault,) = lint(flow, [FactField("amount", "Amount", "number")])

    assert "“Amount” is empty" in fault.message


def test_all_values_of_a_choice_leave_no_gap() -> None:
    annual, sick = compare("kind", "EQ", "A"), compare("kind", "EQ", "S")

    assert found(branch("b", [asked("a")], [], conditions=[annual, sick])) == []
    assert found(branch("b", [asked("a")], [], conditions=[annual, compare("own", "EQ", True)])) == [
        (ERROR, "b"),
        (WARNING, "b1"),
    ]


def test_a_way_that_nothing_goes() -> None:
    many, some = compare("amount", "LT", "50000"), compare("amount", "LT", "10000")
    never = All(parts=(compare("amount", "LT", "1"), compare("amount", "GT", "2")))

    assert found(branch("b", [asked("a")], [asked("c")], [], conditions=[many, some])) == [(ERROR, "b1")]
    assert found(branch("b", [asked("a")], [], conditions=[never])) == [(ERROR, "b0")]


def test_ways_that_overlap_are_named_with_an_example() -> None:
    some, many = compare("amount", "LT", "10000"), compare("amount", "LT", "50000")

    (fault,) = faults(branch("b", [asked("a")], [asked("c")], [], conditions=[some, many]))

    assert (fault.severity, fault.node) == (WARNING, "b1")
    assert "“Amount” is 9999" in fault.message


def test_ways_of_which_all_that_fit_are_gone_may_overlap() -> None:
    some, many = compare("amount", "LT", "10000"), compare("amount", "LT", "50000")

    assert found(branch("b", [asked("a")], [asked("c")], [], conditions=[some, many], gateway=Gateway.INCLUSIVE)) == []


def test_a_branch_inside_covers_what_comes_to_it() -> None:
    outer = compare("amount", "LT", "50000")
    low = compare("amount", "LT", "1000")
    rest = All(parts=(compare("amount", "GE", "1000"), compare("amount", "LT", "50000")))
    inner = branch("c", [asked("a")], [asked("d")], conditions=[low, rest])

    assert found(branch("b", [inner], [], conditions=[outer])) == []
    # Where the amount may have changed on the way nothing is known of it any more.
    assert found(asked("e", editable=("amount",)), branch("b", [inner], [], conditions=[outer])) == [(ERROR, "c")]


def test_a_department_is_among_those_above_it() -> None:
    here, there = compare("place", "IN", ["1"]), compare("place", "IN", ["2"])
    elsewhere = AnyOf(parts=(compare("place", "NE", "1"), compare("place", "EMPTY")))

    assert found(branch("b", [asked("a")], [asked("c")], [], conditions=[here, there])) == [(WARNING, "b1")]
    assert found(branch("b", [asked("a")], [asked("c")], conditions=[here, elsewhere])) == []


def test_conditions_that_are_too_many_need_a_way_without() -> None:
    fields = [FactField(f"f{n}", f"F{n}", "number", is_required=True) for n in range(9)]
    every = All(parts=tuple(compare(field.name, "LT", str(n)) for n, field in enumerate(fields)))
    beside = AnyOf(parts=tuple(compare(field.name, "GE", str(n)) for n, field in enumerate(fields)))
    open_flow = Flow(nodes=(branch("b", [asked("a")], [], conditions=[every, beside]),))
    closed_flow = Flow(nodes=(branch("b", [asked("a")], [], [], conditions=[every, beside]),))

    assert [(fault.severity, fault.node) for fault in lint(open_flow, fields)] == [(ERROR, "b")]
    assert lint(closed_flow, fields) == []


# Whatever is drawn


def drawn_condition(dice: Random) -> Any:
    kind = dice.choice(["amount", "note", "kind", "own", "place", "both", "either"])
    if kind in ("both", "either"):
        parts = (drawn_condition(dice), drawn_condition(dice))
        return All(parts=parts) if kind == "both" else AnyOf(parts=parts)
    if kind == "amount":
        return compare("amount", dice.choice(["LT", "LE", "GE", "GT", "EQ", "NE"]), str(dice.randint(1, 4)))
    if kind == "own":
        return compare("own", dice.choice(["EQ", "NE"]), dice.choice([True, False]))
    value = {"note": "abc", "kind": "AS", "place": "12"}[kind]
    if dice.random() < 0.3:
        return compare(kind, dice.choice(["IN", "NOT_IN"]), [dice.choice(value)])
    return compare(kind, dice.choice(["EQ", "NE"]), dice.choice(value))


def drawn(dice: Random, depth: int = 0) -> Branch:
    conditions = [drawn_condition(dice) for _n in range(dice.randint(2, 4))]
    has_default = dice.random() < 0.2
    arms = [
        Arm(
            key=f"k{dice.random()}",
            condition=condition,
            nodes=(drawn(dice, depth + 1),) if depth < 2 and dice.random() < 0.3 else (),
        )
        for condition in [*conditions, *([None] if has_default else [])]
    ]
    gateway = dice.choice([Gateway.EXCLUSIVE, Gateway.INCLUSIVE])
    return Branch(key=f"k{dice.random()}", gateway=gateway, arms=tuple(arms))


EVERYTHING = [
    dict(zip(("amount", "note", "kind", "own", "place"), values, strict=True))
    for values in product(
        ["0", "1", "1.5", "2", "3.9", "7"],
        ["a", "c", "ab", ""],
        ["A", "S"],
        [True, False],
        [[], ["1"], ["2"], ["1", "2"], ["9", "1"]],
    )
]


def test_a_flow_without_a_gap_always_has_a_way() -> None:
    dice = Random(7)
    sound = broken = 0
    for _n in range(100):
        flow = Flow(nodes=(drawn(dice), asked("a")))
        has_gap = any("no way fits" in fault.message for fault in lint(flow, FIELDS))
        fails = 0
        for facts in EVERYTHING if not has_gap else dice.sample(EVERYTHING, 60):
            try:
                advance(flow, beginning(), Event(kind="SUBMIT", by=1, facts=facts), by_values)  # type: ignore[arg-type]
            except NoWay:
                fails += 1
        if not has_gap:
            assert fails == 0, flow
        sound += not has_gap
        broken += fails > 0

    assert (sound > 10, broken > 10) == (True, True)


# Fields of forms

TABLE = FormKey("lines", "Lines", changes=frozenset({"lines_cost", "amount"}))
SUM = FormKey("total", "Total", may_change=False)
REMARK = FormKey("remark", "Remark", changes=frozenset({"remark"}))
KEYS = (TABLE, SUM, REMARK)


def test_changing_lines_changes_the_amount_that_others_agreed_to() -> None:
    last = asked("b", editable=("lines", "remark"))

    after = [fault for fault in faults(asked("a"), last, keys=KEYS) if fault.node == "b"]
    first = faults(last, asked("a"), keys=KEYS)

    assert [(fault.severity, "with “Lines” the amount changes" in fault.message) for fault in after] == [
        (WARNING, True)
    ]
    assert first == []


def test_a_branch_by_the_amount_may_be_reached_from_elsewhere_once_lines_are_changed() -> None:
    low, high = compare("amount", "LT", "100"), compare("amount", "GE", "100")
    inner = branch("in", [asked("x")], [asked("y")], conditions=[high])
    fixed = branch("out", [asked("a"), inner], [asked("z")], conditions=[low])
    changed = branch("out", [asked("a", editable=("lines",)), inner], [asked("z")], conditions=[low])

    assert found(fixed, keys=KEYS) == [(ERROR, "in0")]
    assert found(changed, keys=KEYS) == []


def test_what_must_be_filled_in_can_be() -> None:
    sound = asked("a", editable=("remark",), required=("remark",))
    closed = asked("a", required=("remark",))
    computed = asked("a", editable=("total",), required=("total",))
    unknown = asked("a", editable=("nothing",), required=("nothing",))
    by_rule = asked(
        "a",
        editable=("remark",),
        required=("remark",),
        timeout=Timeout(hours=Decimal(8), action=TimeoutAction.APPROVE),
    )

    assert found(sound, keys=KEYS) == []
    assert [found(each, keys=KEYS) for each in (closed, computed, unknown, by_rule)] == [
        [(ERROR, "a")],
        [(ERROR, "a")],
        [(WARNING, "a")],
        [(ERROR, "a")],
    ]
