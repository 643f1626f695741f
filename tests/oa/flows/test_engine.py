"""What happens at the nodes of a flow, each rule by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from oa.flows.choices import (
    EventKind,
    Gateway,
    InstanceStatus,
    Mode,
    Refusal,
    RejectRule,
    RepeatPolicy,
    Sign,
    TaskStatus,
)
from oa.flows.definition import START, Copy, Step, Subflow
from oa.flows.engine import replay
from oa.flows.errors import AlreadyDecided, NotPossible, NotYours, NoWay
from oa.flows.state import EVENT, RESOLVED, STATE, Assignee, Resolved, State
from tests.oa.flows.kit import ANN, ASKER, BOB, CAT, DAN, EVE, Run, branch, copy, less, step

APPROVED, REJECTED, RUNNING = InstanceStatus.APPROVED, InstanceStatus.REJECTED, InstanceStatus.RUNNING


# Several approvers


def test_where_everybody_has_to_agree_the_last_one_passes_it() -> None:
    run = Run(step("a", ANN, BOB, CAT), step("b", DAN))

    run.agree(ANN, CAT)
    assert run.asked == [BOB]
    run.agree(BOB)

    assert run.asked == [DAN]


def test_where_everybody_has_to_agree_one_refusal_ends_it_and_cancels_the_others() -> None:
    run = Run(step("a", ANN, BOB, CAT))

    run.agree(ANN)
    run.refuse(BOB)

    assert run.status == REJECTED
    assert run.states("a") == {ANN: TaskStatus.APPROVED, BOB: TaskStatus.REJECTED, CAT: TaskStatus.CANCELLED}


def test_where_one_decides_the_first_consent_passes_it() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.ANY))

    run.agree(BOB)

    assert run.status == APPROVED
    assert run.states("a") == {ANN: TaskStatus.CANCELLED, BOB: TaskStatus.APPROVED}


def test_where_one_decides_the_first_refusal_ends_it() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.ANY))

    run.refuse(ANN)

    assert run.status == REJECTED


def test_where_one_decides_all_must_refuse_if_the_node_says_so() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.ANY, reject_rule=RejectRule.ALL))

    run.refuse(ANN)
    assert run.asked == [BOB]
    run.refuse(BOB)

    assert run.status == REJECTED


def test_one_after_the_other_asks_the_next_only_when_the_one_before_agreed() -> None:
    run = Run(step("a", CAT, ANN, BOB, mode=Mode.SEQUENCE))

    asked = [run.asked]
    for person in (CAT, ANN, BOB):
        run.agree(person)
        asked.append(run.asked)

    assert asked == [[CAT], [ANN], [BOB], []]
    assert run.status == APPROVED


def test_one_after_the_other_a_refusal_spares_those_behind() -> None:
    run = Run(step("a", ANN, BOB, CAT, mode=Mode.SEQUENCE))

    run.agree(ANN)
    run.refuse(BOB)

    assert run.status == REJECTED
    assert run.states("a")[CAT] == TaskStatus.CANCELLED


def test_a_share_counts_consents_and_not_decisions() -> None:
    run = Run(step("a", ANN, BOB, CAT, DAN, mode=Mode.RATIO, ratio=Decimal("0.5")))

    run.agree(ANN)
    run.refuse(BOB)
    run.refuse(CAT)
    assert run.status == RUNNING
    run.agree(DAN)

    assert run.status == APPROVED


def test_a_share_that_can_no_longer_be_reached_is_refused_at_once() -> None:
    run = Run(step("a", ANN, BOB, CAT, mode=Mode.RATIO, ratio=Decimal("0.67")))

    run.agree(ANN)
    run.refuse(BOB)

    assert run.status == REJECTED
    assert run.states("a")[CAT] == TaskStatus.CANCELLED


def test_what_is_to_be_done_is_not_refused() -> None:
    run = Run(step("a", ANN, kind="handle"))

    with pytest.raises(NotPossible):
        run.refuse(ANN)
    run.agree(ANN)

    assert run.status == APPROVED


def test_a_refusal_goes_back_to_who_asked_where_the_node_says_so() -> None:
    run = Run(step("a", ANN, BOB, refusal=Refusal.TO_START))

    run.refuse(ANN)
    assert run.asked == [ASKER]
    run.resubmit()

    assert run.asked == [ANN, BOB]


# Who may decide, and how often


def test_nobody_decides_in_the_place_of_somebody_else() -> None:
    run = Run(step("a", ANN))
    before = run.now

    with pytest.raises(NotYours):
        run.do(EventKind.APPROVE, by=BOB, task=run.task(ANN).key)

    assert run.now == before


def test_a_task_is_decided_once() -> None:
    run = Run(step("a", ANN, BOB))
    key = run.task(ANN).key
    run.agree(ANN)

    with pytest.raises(AlreadyDecided):
        run.do(EventKind.REJECT, by=ANN, task=key)


def test_nothing_happens_to_what_has_ended() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.ANY))
    key = run.task(BOB).key
    run.agree(ANN)

    with pytest.raises(AlreadyDecided):
        run.do(EventKind.APPROVE, by=BOB, task=key)


def test_only_fields_that_the_node_opens_are_changed() -> None:
    run = Run(step("a", ANN, editable=("amount",)), facts={"amount": "5", "reason": "x"})

    with pytest.raises(NotPossible):
        run.act(EventKind.APPROVE, ANN, facts={"reason": "y"})
    run.act(EventKind.APPROVE, ANN, facts={"amount": "7"})

    assert run.now.facts == {"amount": "7", "reason": "x"}


def test_what_follows_from_a_change_needs_no_opening_and_the_way_goes_by_it() -> None:
    run = Run(
        step("a", ANN, editable=("price",)),
        branch("b", [step("c", BOB)], [step("d", CAT)], conditions=[less("amount", "50")]),
        facts={"amount": "5", "price": "1", "reason": "x"},
    )

    run.act(EventKind.APPROVE, ANN, facts={"price": "20"}, derived={"amount": "100"})

    assert run.now.facts == {"amount": "100", "price": "20", "reason": "x"}
    assert run.asked == [CAT]


# Added signers, delegation, handing on


def test_a_signer_before_me_is_asked_first_and_then_i_decide() -> None:
    run = Run(step("a", ANN), step("b", BOB))

    run.act(EventKind.ADD_SIGN, ANN, people=(CAT, DAN), sign=Sign.BEFORE)
    run.agree(CAT)
    assert run.asked == [DAN]
    run.agree(DAN)
    assert run.asked == [ANN]
    run.agree(ANN)

    assert run.asked == [BOB]


def test_my_consent_waits_for_a_signer_after_me() -> None:
    run = Run(step("a", ANN), step("b", BOB))

    run.act(EventKind.ADD_SIGN, ANN, people=(CAT,), sign=Sign.AFTER)
    assert run.asked == [CAT]
    run.agree(CAT)

    assert run.asked == [BOB]
    assert run.states("a")[ANN] == TaskStatus.APPROVED


@pytest.mark.parametrize("sign", list(Sign))
def test_an_added_signer_who_refuses_refuses_for_who_added_them(sign: Sign) -> None:
    run = Run(step("a", ANN, BOB))
    run.act(EventKind.ADD_SIGN, ANN, people=(CAT, DAN), sign=sign)

    run.refuse(CAT)

    assert run.status == REJECTED
    assert run.states("a") == {
        ANN: TaskStatus.REJECTED,
        BOB: TaskStatus.CANCELLED,
        CAT: TaskStatus.REJECTED,
        DAN: TaskStatus.CANCELLED,
    }


def test_a_signer_added_by_a_signer_is_waited_for() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.ADD_SIGN, ANN, people=(BOB,), sign=Sign.AFTER)
    run.act(EventKind.ADD_SIGN, BOB, people=(CAT,), sign=Sign.AFTER)

    run.agree(CAT)

    assert run.status == APPROVED


def test_nobody_is_added_who_is_asked_already() -> None:
    run = Run(step("a", ANN, BOB))

    with pytest.raises(NotPossible):
        run.act(EventKind.ADD_SIGN, ANN, people=(BOB,))

    assert run.asked == [ANN, BOB]


def test_a_signer_is_removed_by_who_added_them_only() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.ADD_SIGN, ANN, people=(BOB,))
    added = run.task(BOB).key

    with pytest.raises(NotYours):
        run.do(EventKind.REMOVE_SIGN, by=CAT, task=added)
    run.do(EventKind.REMOVE_SIGN, by=ANN, task=added)

    assert run.asked == [ANN]


def test_removing_the_last_signer_after_me_lets_my_consent_count() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.ADD_SIGN, ANN, people=(BOB,), sign=Sign.AFTER)

    run.do(EventKind.REMOVE_SIGN, by=ANN, task=run.task(BOB).key)

    assert run.status == APPROVED


def test_what_is_delegated_comes_back() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.DELEGATE, ANN, people=(BOB,))
    assert run.asked == [BOB]

    run.agree(BOB)
    assert (run.asked, run.status) == ([ANN], RUNNING)
    run.agree(ANN)

    assert run.status == APPROVED


def test_a_delegate_who_advises_against_leaves_the_decision_to_who_delegated() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.DELEGATE, ANN, people=(BOB,))

    run.refuse(BOB)

    assert (run.asked, run.status) == ([ANN], RUNNING)


def test_what_is_handed_on_does_not_come_back() -> None:
    run = Run(step("a", ANN, BOB))

    run.act(EventKind.TRANSFER, ANN, people=(CAT,))
    assert run.asked == [BOB, CAT]
    run.agree(BOB, CAT)

    assert run.status == APPROVED
    assert run.states("a")[ANN] == TaskStatus.TRANSFERRED


def test_what_must_not_be_handed_on_is_not() -> None:
    run = Run(step("a", ANN, may_transfer=False, may_add=False))

    for kind in (EventKind.TRANSFER, EventKind.DELEGATE, EventKind.ADD_SIGN):
        with pytest.raises(NotPossible):
            run.act(kind, ANN, people=(BOB,))

    assert run.asked == [ANN]


def test_somebody_takes_the_place_of_another_with_all_that_waits_for_them() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.ADD_SIGN, ANN, people=(BOB,), sign=Sign.BEFORE)
    root = run.now.tasks[0].key

    run.do(EventKind.REPLACE, by=None, task=root, people=(CAT,), rule="left")
    run.agree(BOB)

    assert run.asked == [CAT]


def test_who_takes_the_place_of_a_colleague_at_the_same_node_is_asked_once() -> None:
    run = Run(step("a", ANN, BOB))

    run.do(EventKind.REPLACE, by=None, task=run.task(ANN).key, people=(BOB,), rule="left")
    run.agree(BOB)

    assert run.status == APPROVED


def test_a_signer_who_takes_the_place_of_who_added_them_decides_as_such() -> None:
    run = Run(step("a", ANN))
    run.act(EventKind.ADD_SIGN, ANN, people=(BOB,))

    run.do(EventKind.REPLACE, by=None, task=run.now.tasks[0].key, people=(BOB,), rule="left")
    assert run.asked == [BOB]
    run.agree(BOB)

    assert run.status == APPROVED


# Branches


def test_the_first_arm_that_fits_is_gone_else_the_one_without_condition() -> None:
    nodes = branch("b", [], [step("m", ANN)], conditions=[less("amount", "50000")])

    below, at = Run(nodes, facts={"amount": "49999.99"}), Run(nodes, facts={"amount": "50000"})

    assert (below.status, at.asked) == (APPROVED, [ANN])


def test_a_request_that_fits_nowhere_is_refused_with_a_reason() -> None:
    with pytest.raises(NoWay):
        Run(branch("b", [step("m", ANN)], conditions=[less("amount", "5")]), facts={"amount": "6"})


def test_parallel_arms_are_all_gone_and_meet_again() -> None:
    run = Run(branch("b", [step("x", ANN)], [step("y", BOB)], gateway=Gateway.PARALLEL), step("z", CAT))

    run.agree(BOB)
    assert run.asked == [ANN]
    run.agree(ANN)

    assert run.asked == [CAT]


def test_of_inclusive_arms_all_that_fit_are_gone() -> None:
    nodes = branch(
        "b",
        [step("x", ANN)],
        [step("y", BOB)],
        [step("z", CAT)],
        conditions=[less("amount", "10"), less("amount", "100")],
        gateway=Gateway.INCLUSIVE,
    )

    found = [Run(nodes, facts={"amount": amount}).asked for amount in ("5", "50", "500")]

    assert found == [[ANN, BOB], [BOB], [CAT]]


def test_a_refusal_in_one_arm_ends_the_others() -> None:
    run = Run(branch("b", [step("x", ANN)], [step("y", BOB)], gateway=Gateway.PARALLEL))

    run.refuse(ANN)

    assert (run.status, run.states("y")) == (REJECTED, {BOB: TaskStatus.CANCELLED})


def test_copies_ask_nothing() -> None:
    run = Run(copy("c", CAT), step("a", ANN))

    run.agree(ANN)

    assert run.status == APPROVED
    assert run.states("c") == {CAT: TaskStatus.SENT}


@pytest.mark.parametrize(("is_approved", "status"), [(True, APPROVED), (False, REJECTED)])
def test_another_flow_is_waited_for(is_approved: bool, status: InstanceStatus) -> None:
    run = Run(Subflow(key="s", title="s", flow="OTHER"))
    (task,) = run.now.pending()

    run.do(EventKind.SUBFLOW_ENDED, task=task.key, is_approved=is_approved)

    assert run.status == status


# Going back


def test_returned_to_a_node_it_is_asked_there_again_and_every_sibling_is_cancelled() -> None:
    run = Run(step("a", ANN), step("b", BOB, CAT), step("c", DAN), repeat=RepeatPolicy.ONCE)
    run.agree(ANN, BOB)

    run.send_back(CAT, "a")
    assert run.asked == [ANN]
    assert run.states("b") == {BOB: TaskStatus.APPROVED, CAT: TaskStatus.RETURNED}
    run.agree(ANN)

    assert run.asked == [BOB, CAT]


def test_returned_with_a_jump_it_comes_straight_back() -> None:
    run = Run(step("a", ANN), step("b", BOB), step("c", CAT))
    run.agree(ANN, BOB)

    run.send_back(CAT, "a", resubmit="JUMP")
    run.agree(ANN)

    assert run.asked == [CAT]


def test_a_request_that_was_changed_goes_every_step_again() -> None:
    run = Run(step("a", ANN), step("b", BOB), facts={"amount": "5"})
    run.agree(ANN)
    run.send_back(BOB, START, resubmit="JUMP")

    run.resubmit(facts={"amount": "6"})

    assert run.asked == [ANN]


def test_an_unchanged_request_jumps_back_to_who_returned_it() -> None:
    run = Run(step("a", ANN), step("b", BOB), facts={"amount": "5"})
    run.agree(ANN)
    run.send_back(BOB, START, resubmit="JUMP")

    run.resubmit()

    assert run.asked == [BOB]


def test_it_cannot_go_back_to_where_it_never_was_or_into_joined_arms() -> None:
    run = Run(
        step("a", ANN),
        branch("b", [step("x", BOB)], [step("y", CAT)], gateway=Gateway.PARALLEL),
        step("c", DAN),
        step("d", EVE),
    )
    run.agree(ANN, BOB, CAT)

    for key in ("x", "y", "c", "d", "nowhere"):
        with pytest.raises(NotPossible):
            run.send_back(DAN, key)
    run.send_back(DAN, "a")

    assert run.asked == [ANN]


def test_out_of_an_arm_to_before_the_branch_the_other_arm_is_cancelled() -> None:
    run = Run(step("a", ANN), branch("b", [step("x", BOB)], [step("y", CAT)], gateway=Gateway.PARALLEL), step("c", DAN))
    run.agree(ANN)

    run.send_back(BOB, "a")
    assert run.states("y") == {CAT: TaskStatus.CANCELLED}
    run.agree(ANN, BOB, CAT)

    assert run.asked == [DAN]


def test_within_an_arm_the_other_arm_goes_on() -> None:
    run = Run(branch("b", [step("x", ANN), step("y", BOB)], [step("z", CAT)], gateway=Gateway.PARALLEL))
    run.agree(ANN)

    run.send_back(BOB, "x")
    run.agree(CAT)
    assert (run.asked, run.status) == ([ANN], RUNNING)
    run.agree(ANN, BOB)

    assert run.status == APPROVED


def test_out_of_a_parallel_arm_there_is_no_jump() -> None:
    run = Run(step("a", ANN), branch("b", [step("x", BOB)], [step("y", CAT)], gateway=Gateway.PARALLEL))
    run.agree(ANN)

    with pytest.raises(NotPossible):
        run.send_back(BOB, "a", resubmit="JUMP")

    assert run.asked == [BOB, CAT]


def test_it_goes_back_into_the_one_arm_that_was_gone() -> None:
    run = Run(
        branch("b", [step("x", ANN), step("y", BOB)], [step("z", CAT)], conditions=[less("amount", "5")]),
        step("c", DAN),
        facts={"amount": "1"},
    )
    run.agree(ANN, BOB)

    run.send_back(DAN, "x", resubmit="JUMP")
    run.agree(ANN)

    assert run.asked == [DAN]


# Withdrawing and taking back


def test_it_is_withdrawn_until_somebody_decided() -> None:
    fresh, decided = (Run(step("a", ANN, BOB), step("b", CAT)) for _n in range(2))
    decided.agree(ANN)

    fresh.do(EventKind.WITHDRAW, by=ASKER)
    with pytest.raises(NotPossible):
        decided.do(EventKind.WITHDRAW, by=ASKER)

    assert (fresh.status, decided.status) == (InstanceStatus.WITHDRAWN, RUNNING)


def test_only_who_asked_withdraws() -> None:
    run = Run(step("a", ANN))

    with pytest.raises(NotYours):
        run.do(EventKind.WITHDRAW, by=ANN)

    assert run.status == RUNNING


def test_it_is_not_withdrawn_where_the_flow_forbids_it() -> None:
    run = Run(step("a", ANN), may_withdraw=False)

    with pytest.raises(NotPossible):
        run.do(EventKind.WITHDRAW, by=ASKER)

    assert run.status == RUNNING


def test_what_was_returned_is_withdrawn_although_somebody_decided() -> None:
    run = Run(step("a", ANN))
    run.send_back(ANN, START)

    run.do(EventKind.WITHDRAW, by=ASKER)

    assert run.status == InstanceStatus.WITHDRAWN


def test_a_consent_is_taken_back_until_the_next_one_decides() -> None:
    run = Run(step("a", ANN), step("b", BOB), step("c", CAT))
    first = run.task(ANN).key
    run.agree(ANN)

    run.do(EventKind.TAKE_BACK, by=ANN, task=first)
    assert run.asked == [ANN]
    run.agree(ANN)
    assert run.asked == [BOB]
    run.agree(BOB)
    with pytest.raises(NotPossible):
        run.do(EventKind.TAKE_BACK, by=ANN, task=first)

    assert run.asked == [CAT]


def test_a_consent_taken_back_asks_the_others_again_who_were_spared() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.ANY), step("b", CAT))
    key = run.task(ANN).key
    run.agree(ANN)

    run.do(EventKind.TAKE_BACK, by=ANN, task=key)

    assert run.asked == [ANN, BOB]


def test_the_last_consent_of_a_join_is_taken_back() -> None:
    run = Run(branch("b", [step("x", ANN)], [step("y", BOB)], gateway=Gateway.PARALLEL), step("z", CAT))
    first, second = run.task(ANN).key, run.task(BOB).key
    run.agree(ANN, BOB)

    with pytest.raises(NotPossible):
        run.do(EventKind.TAKE_BACK, by=ANN, task=first)
    run.do(EventKind.TAKE_BACK, by=BOB, task=second)
    assert run.asked == [BOB]
    run.do(EventKind.TAKE_BACK, by=ANN, task=first)
    assert run.asked == [ANN, BOB]
    run.agree(ANN, BOB)

    assert run.asked == [CAT]


def test_a_consent_among_several_is_taken_back_while_the_node_is_open() -> None:
    run = Run(step("a", ANN, BOB, mode=Mode.SEQUENCE))
    key = run.task(ANN).key
    run.agree(ANN)

    run.do(EventKind.TAKE_BACK, by=ANN, task=key)
    assert run.asked == [ANN]
    run.agree(ANN, BOB)

    assert run.status == APPROVED


# Repeats, and rules in the place of people


@pytest.mark.parametrize(
    ("policy", "asked"),
    [(RepeatPolicy.NONE, [ANN]), (RepeatPolicy.CONSECUTIVE, [ANN]), (RepeatPolicy.ONCE, [DAN])],
)
def test_who_agreed_before_is_asked_again_as_the_flow_says(policy: RepeatPolicy, asked: list[int]) -> None:
    run = Run(step("a", ANN), step("b", BOB), step("c", ANN), step("d", DAN), repeat=policy)

    run.agree(ANN, BOB)

    assert run.asked == asked


def test_who_agreed_just_before_is_not_asked_twice_in_a_row() -> None:
    run = Run(step("a", ANN), step("b", ANN), step("c", ANN), step("d", BOB), repeat=RepeatPolicy.CONSECUTIVE)

    run.agree(ANN)

    assert run.asked == [BOB]
    assert [task.rule for task in run.now.tasks if task.node in "bc"] == ["repeat", "repeat"]


@pytest.mark.parametrize(("outcome", "status"), [("APPROVED", APPROVED), ("REJECTED", REJECTED)])
def test_where_nobody_is_found_the_rule_decides_and_is_recorded(outcome: str, status: InstanceStatus) -> None:
    def nobody(_node: Step | Copy, _state: State) -> Resolved:
        return Resolved(outcome=outcome, rule="empty")

    run = Run(step("a", ANN), resolve=nobody)

    assert run.status == status
    assert [(task.person, task.rule) for task in run.now.tasks] == [(None, "empty")]


def test_a_timeout_agrees_in_the_place_of_a_person_and_says_so() -> None:
    run = Run(step("a", ANN))

    run.do(EventKind.APPROVE, by=None, task=run.task(ANN).key, rule="timeout")

    assert run.status == APPROVED
    assert [(task.status, task.rule) for task in run.now.tasks] == [(TaskStatus.AUTO, "timeout")]


def test_deputies_are_asked_and_whom_they_stand_for_is_kept() -> None:
    def deputies(_node: Step | Copy, _state: State) -> Resolved:
        return Resolved(people=(Assignee(person=BOB, stands_for=(ANN,)),))

    run = Run(step("a", ANN), resolve=deputies)

    assert (run.asked, run.task(BOB).stands_for) == ([BOB], (ANN,))


# The faults of other systems


def test_a_return_out_of_a_node_for_all_neither_loses_the_task_nor_goes_on() -> None:
    """Yudao 668, AntFlow 7: the others of the node decided on a task that was gone, or the flow went on."""
    run = Run(step("a", ANN), step("b", BOB, CAT), step("c", DAN))
    run.agree(ANN)
    other = run.task(BOB).key

    run.send_back(CAT, "a")
    with pytest.raises(AlreadyDecided):
        run.do(EventKind.APPROVE, by=BOB, task=other)
    run.agree(ANN, BOB)

    assert run.asked == [CAT]


def test_a_refusal_while_signers_are_open_leaves_nothing_open() -> None:
    """Yudao 566."""
    run = Run(step("a", ANN, BOB))
    run.act(EventKind.ADD_SIGN, ANN, people=(CAT,))

    run.refuse(BOB)

    assert run.status == REJECTED
    assert run.asked == []


def test_after_a_consent_was_taken_back_the_next_one_is_asked_once() -> None:
    """Collaboration system 2342: the next approver had two tasks."""
    run = Run(step("a", ANN), step("b", BOB))
    key = run.task(ANN).key
    run.agree(ANN)
    run.do(EventKind.TAKE_BACK, by=ANN, task=key)

    run.agree(ANN)

    assert run.asked == [BOB]


def test_returned_from_behind_a_node_with_signers_all_are_asked_as_at_first() -> None:
    """Collaboration system 3574: a return to a node with added signers asked the wrong people."""
    run = Run(step("a", ANN), step("b", BOB))
    run.act(EventKind.ADD_SIGN, ANN, people=(CAT,))
    run.agree(CAT, ANN)

    run.send_back(BOB, "a")

    assert run.asked == [ANN]


# History


def test_the_same_history_comes_to_the_same_state_also_after_it_was_written_down() -> None:
    run = Run(
        step("a", ANN, BOB),
        branch("b", [step("x", CAT)], [step("y", DAN)], gateway=Gateway.PARALLEL),
        facts={"amount": "5"},
    )
    run.act(EventKind.ADD_SIGN, ANN, people=(EVE,), sign=Sign.AFTER)
    run.agree(EVE, BOB, DAN)
    run.send_back(CAT, "a")

    written = [(EVENT.dump_json(event), RESOLVED.dump_json(resolved)) for event, resolved in run.history]
    again = replay(run.flow, [(EVENT.validate_json(one), RESOLVED.validate_json(other)) for one, other in written])

    assert again == run.now
    assert STATE.validate_json(STATE.dump_json(run.now)) == run.now
