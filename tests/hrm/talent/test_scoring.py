"""The scoring engine on the edges of its rules."""

from __future__ import annotations

from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.talent.scoring import (
    Band,
    Breach,
    Direction,
    Goal,
    Quota,
    Scored,
    WeightsError,
    achievement,
    blend,
    check_distribution,
    check_weights,
    grade_of,
    places,
    total_score,
)

HIGHER = Goal(Direction.HIGHER, D(200))
LOWER = Goal(Direction.LOWER, D(50))
BAND = Goal(Direction.BAND, D(40), D(60))
BANDS = [Band("D", D(0)), Band("A", D(90)), Band("B", D(75)), Band("C", D(60))]


@pytest.mark.parametrize(
    ("goal", "actual", "expected"),
    [
        (HIGHER, "200", "100"),
        (HIGHER, "150", "75"),
        (HIGHER, "240", "120"),
        (HIGHER, "240.01", "120"),
        (HIGHER, "0", "0"),
        (HIGHER, "-5", "0"),
        (LOWER, "50", "100"),
        (LOWER, "55", "90"),
        (LOWER, "45", "110"),
        (LOWER, "40", "120"),
        (LOWER, "0", "120"),
        (LOWER, "100", "0"),
        (LOWER, "100.01", "0"),
        (BAND, "40", "100"),
        (BAND, "60", "100"),
        (BAND, "50", "100"),
        (BAND, "30", "75"),
        (BAND, "66", "90"),
        (BAND, "120", "0"),
    ],
)
def test_achievement_by_direction(goal: Goal, actual: str, expected: str) -> None:
    assert achievement(D(actual), goal) == D(expected)


@pytest.mark.parametrize(
    ("goal", "actual", "expected"),
    [
        (Goal(Direction.HIGHER, D(0)), "0", "100"),
        (Goal(Direction.HIGHER, D(0)), "-1", "0"),
        (Goal(Direction.LOWER, D(0)), "0", "100"),
        (Goal(Direction.LOWER, D(0)), "1", "0"),
        (Goal(Direction.BAND, D(0), D(0)), "0", "100"),
        (Goal(Direction.BAND, D(0), D(0)), "1", "0"),
        (Goal(Direction.BAND, D(0), D(0)), "-1", "0"),
    ],
)
def test_of_a_target_of_zero_only_the_goal_itself_counts(goal: Goal, actual: str, expected: str) -> None:
    assert achievement(D(actual), goal) == D(expected)


def test_the_cap_is_the_plans_own() -> None:
    assert achievement(D(400), HIGHER, cap=D(150)) == D(150)
    assert achievement(D(400), HIGHER, cap=D(100)) == D(100)


@pytest.mark.parametrize(
    ("direction", "target", "upper"),
    [
        (Direction.HIGHER, "-1", None),
        (Direction.HIGHER, "1", "2"),
        (Direction.BAND, "1", None),
        (Direction.BAND, "2", "1"),
    ],
)
def test_impossible_goals_are_refused(direction: Direction, target: str, upper: str | None) -> None:
    with pytest.raises(ValueError, match=r"target|band"):
        Goal(direction, D(target), None if upper is None else D(upper))


@pytest.mark.parametrize("weights", [["100"], ["33.3333", "33.3333", "33.3334"], ["0", "100"]])
def test_weights_of_a_hundred_pass(weights: list[str]) -> None:
    check_weights(map(D, weights))


@pytest.mark.parametrize(("weights", "total"), [(["99.9999"], "99.9999"), (["60", "40.0001"], "100.0001"), ([], "0")])
def test_other_weights_do_not(weights: list[str], total: str) -> None:
    with pytest.raises(WeightsError) as refused:
        check_weights(map(D, weights))

    assert refused.value.total == D(total)


def test_a_total_is_rounded_once_half_up() -> None:
    third = [Scored(D("33.3333"), D("88.885")), Scored(D("33.3333"), D("88.885")), Scored(D("33.3334"), D("88.885"))]

    assert total_score(third) == D("88.89")
    assert total_score([Scored(D(100), D("88.8849999"))]) == D("88.88")
    # Each line by itself would be rounded to 50.01 and make 100.02.
    assert total_score([Scored(D(50), D("100.01")), Scored(D(50), D("100.01"))]) == D("100.01")


def test_an_own_score_counts_as_far_as_agreed() -> None:
    assert blend(D(100), D(80), own_weight=D(20)) == D(84)
    assert blend(D(100), D(80), own_weight=D(0)) == D(80)
    assert blend(D(100), D(80), own_weight=D(100)) == D(100)
    assert blend(None, D(80), own_weight=D(20)) == D(80)


@pytest.mark.parametrize(
    ("score", "grade"),
    [("120", "A"), ("90", "A"), ("89.99", "B"), ("75", "B"), ("74.99", "C"), ("60", "C"), ("59.99", "D"), ("0", "D")],
)
def test_a_grade_begins_at_its_minimum(score: str, grade: str) -> None:
    assert grade_of(D(score), BANDS) == grade


def test_below_every_minimum_is_the_lowest_grade() -> None:
    assert grade_of(D(10), [Band("A", D(90)), Band("B", D(60))]) == "B"
    with pytest.raises(ValueError, match="no grades"):
        grade_of(D(10), [])


@pytest.mark.parametrize(
    ("people", "quota", "expected"),
    [
        (10, Quota(at_most=D(20)), (0, 2)),
        (12, Quota(at_most=D(20)), (0, 2)),
        (13, Quota(at_most=D(20)), (0, 3)),
        (2, Quota(at_most=D(20)), (0, 0)),
        (5, Quota(at_least=D(10)), (0, None)),
        (10, Quota(at_least=D(10)), (1, None)),
        (19, Quota(at_least=D(10), at_most=D(30)), (1, 6)),
        (0, Quota(at_least=D(10), at_most=D(30)), (0, 0)),
        (7, Quota(), (0, None)),
    ],
)
def test_places_of_a_quota(people: int, quota: Quota, expected: tuple[int, int | None]) -> None:
    assert places(people, quota) == expected


def test_a_forced_distribution_names_what_is_too_many_and_too_few() -> None:
    quotas = {"A": Quota(at_most=D(20)), "B": Quota(), "D": Quota(at_least=D(10))}

    assert check_distribution({"A": 2, "B": 7, "D": 1}, quotas) == []
    assert check_distribution({"A": 3, "B": 7}, quotas) == [Breach("A", 3, 0, 2), Breach("D", 0, 1, None)]
    assert check_distribution({}, quotas) == []


@given(st.decimals(0, 10**6, places=2), st.decimals("0.01", 10**6, places=2), st.sampled_from([HIGHER, LOWER]))
def test_an_achievement_stays_within_its_bounds(actual: D, target: D, goal: Goal) -> None:
    found = achievement(actual, Goal(goal.direction, target))

    assert D(0) <= found <= D(120)
    assert (found >= 100) == (actual >= target if goal.direction == Direction.HIGHER else actual <= target)
