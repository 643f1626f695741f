"""Win rates from history: engine, back-test, page, API route, and taking them over."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from crm.pipeline.calibrating import adopt_win_rates
from crm.pipeline.engine import (
    Bin,
    History,
    Rate,
    Snapshot,
    calibrate,
    compare_month,
    stage_probabilities,
    wilson_interval,
)
from crm.pipeline.models import Opportunity, Stage, StageChange
from crm.pipeline.selectors import back_test, histories_of, stage_rates
from crm.pipeline.services import (
    change_stage,
    create_opportunity,
    lose_opportunity,
    reopen_opportunity,
    win_opportunity,
)
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.core.errors import InvalidInput
from tests.factories.crm import CustomerFactory, LostReasonFactory, PipelineFactory, StageFactory
from tests.factories.hrm import UserFactory
from tests.oa.kit import allow, browser


def at(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 2, 0, tzinfo=UTC)


def history(key: int, *stages: str, won: bool | None, ended: datetime | None, first: datetime | None = None) -> History:
    """One that came to a stage a day."""
    begun = first or at(1, 1)
    reached = [(begun + timedelta(days=number), stage) for number, stage in enumerate(stages)]
    return History(key, begun, reached, [] if ended is None else [(ended, won)])


# -- engine ------------------------------------------------------------------------------------


def test_share_of_those_that_came_to_a_stage_and_were_won() -> None:
    histories = [
        history(1, "A", "B", "C", won=True, ended=at(3, 1)),
        history(2, "A", "B", won=False, ended=at(3, 1)),
        history(3, "A", won=False, ended=at(3, 1)),
        history(4, "A", "B", won=None, ended=None),
    ]

    found = stage_probabilities(histories, as_of=at(4, 1))

    assert found == {"A": Rate(1, 3), "B": Rate(1, 2), "C": Rate(1, 1)}
    assert found["A"].percent == Decimal("33.3")


def test_nothing_later_is_looked_at() -> None:
    early = history(1, "A", won=True, ended=at(2, 1))
    late = history(2, "A", "B", won=False, ended=at(5, 1))
    reopened = History(3, at(1, 1), [(at(1, 1), "A")], [(at(2, 1), False), (at(6, 1), None), (at(7, 1), True)])

    assert stage_probabilities([early, late, reopened], as_of=at(3, 1)) == {"A": Rate(1, 2)}
    assert stage_probabilities([early, late, reopened], as_of=at(6, 15)) == {"A": Rate(1, 2), "B": Rate(0, 1)}
    assert stage_probabilities([early, late, reopened], as_of=at(8, 1)) == {"A": Rate(2, 3), "B": Rate(0, 1)}


def test_interval_of_a_worked_example() -> None:
    # Wilson 1927; 8 of 10 at 95 %: 0.4902 to 0.9433.
    low, high = wilson_interval(8, 10)

    assert (round(float(low), 4), round(float(high), 4)) == (0.4902, 0.9433)
    assert Rate(8, 10).interval == (Decimal("49.0"), Decimal("94.3"))
    assert Rate(0, 0).interval is None
    assert Rate(0, 0).percent is None


@pytest.mark.parametrize(("won", "total"), [(-1, 3), (4, 3), (0, 0)])
def test_a_share_of_nothing_is_refused(won: int, total: int) -> None:
    with pytest.raises(ValueError, match="share"):
        wilson_interval(won, total)


@given(st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_narrows(case: tuple[int, int]) -> None:
    won, total = case
    low, high = wilson_interval(won, total)
    low_ten, high_ten = wilson_interval(won * 10, total * 10)

    assert 0 <= low <= Fraction(won, total) <= high <= 1
    assert high_ten - low_ten < high - low


@given(st.lists(st.tuples(st.sets(st.sampled_from("ABC")), st.sampled_from([True, False, None])), max_size=30))
def test_no_stage_has_more_than_all_that_ended(cases: list[tuple[set[str], bool | None]]) -> None:
    histories = [
        history(key, *sorted(stages), won=won, ended=None if won is None else at(2, 1))
        for key, (stages, won) in enumerate(cases)
    ]
    ended = [case for case in cases if case[1] is not None]

    found = stage_probabilities(histories, as_of=at(3, 1))

    assert all(rate.won <= rate.total <= len(ended) for rate in found.values())
    assert sum(rate.total for rate in found.values()) == sum(len(stages) for stages, _won in ended)


def test_a_month_forecast_at_its_start_beside_what_came() -> None:
    month = date(2026, 3, 1)
    shots = [
        Snapshot(1, Decimal(1000), date(2026, 3, 20), 50, Decimal(40)),
        Snapshot(2, Decimal(500), date(2026, 3, 31), 20),
        Snapshot(3, Decimal(9000), date(2026, 4, 1), 90, Decimal(90)),
    ]

    found = compare_month(shots, {1: Decimal(900), 7: Decimal(100)}, month=month)

    assert (found.configured.weighted, found.learned.weighted) == (Decimal("600.00"), Decimal("500.00"))
    assert (found.came, found.came_as_expected) == (Decimal(1000), Decimal(900))


def test_brier_score_and_bins_of_a_worked_example() -> None:
    found = calibrate([(90, True), (70, False), (10, False), (100, True)])

    # (0.01 + 0.49 + 0.01 + 0) / 4
    assert (found.count, found.brier) == (4, Decimal("0.1275"))
    assert found.bins[0] == Bin(0, 20, 1, Decimal("10.0"), Decimal("0.0"))
    assert found.bins[1] == Bin(20, 40, 0, None, None)
    assert found.bins[4] == Bin(80, 100, 2, Decimal("95.0"), Decimal("100.0"))
    assert calibrate([]).brier is None


# -- history of the database -------------------------------------------------------------------


@pytest.fixture
def boss(crm_on: None) -> User:
    user = allow(UserFactory(language="en"), Opportunity, ["view"], ScopeLevel.ALL)
    return allow(user, Stage, ["view", "calibrate"], ScopeLevel.ALL)


@pytest.fixture
def stages(crm_on: None) -> list[Stage]:
    pipeline = PipelineFactory(is_default=True)
    percents = ((1, 10), (2, 50))
    return [StageFactory(pipeline=pipeline, position=n, win_percent=p, name=f"S{n}") for n, p in percents]


def live(stages: list[Stage], number: int, *, won: int, month: int = 3) -> None:
    """Opportunities that came to both stages; some were won, the others lost."""
    reason = LostReasonFactory()
    owner = UserFactory()
    for n in range(number):
        opportunity = create_opportunity(
            name=f"N{n}",
            customer=CustomerFactory(owner=owner),
            amount=Decimal(100),
            expected_close_date=date(2026, month, 20),
            actor=owner,
            at=at(month - 1, 2),
        )
        change_stage(opportunity=opportunity, stage=stages[1], actor=owner, at=at(month - 1, 10))
        if n < won:
            win_opportunity(opportunity=opportunity, reason="价格", actor=owner, at=at(month, 10))
        else:
            lose_opportunity(opportunity=opportunity, lost_reason=reason, actor=owner, at=at(month, 10))


def test_rates_come_from_moves_and_outcomes_up_to_the_day(boss: User, stages: list[Stage]) -> None:
    live(stages, 4, won=1)

    before = stage_rates(boss, as_of=at(3, 9))
    after = stage_rates(boss, as_of=at(3, 11))

    assert [each.rate for each in before] == [Rate(0, 0), Rate(0, 0)]
    assert [each.rate for each in after] == [Rate(1, 4), Rate(1, 4)]
    assert [each.proposed for each in after] == [None, None]


def test_what_is_taken_up_again_is_open_from_then_on(boss: User, stages: list[Stage]) -> None:
    live(stages, 1, won=0)
    reopen_opportunity(opportunity=Opportunity.objects.get(), reason="客户回来了", actor=boss, at=at(5, 1))

    assert stage_rates(boss, as_of=at(4, 1))[0].rate == Rate(0, 1)
    assert stage_rates(boss, as_of=at(6, 1))[0].rate == Rate(0, 0)


def test_the_back_test_knows_at_each_month_only_what_was_known(boss: User, stages: list[Stage]) -> None:
    live(stages, 10, won=4, month=3)
    live(stages, 5, won=5, month=6)

    found = back_test(boss, at=at(7, 5), months=5)

    by_month = {each.month.month: each for each in found.months}
    assert sorted(by_month) == [2, 3, 4, 5, 6]
    assert by_month[3].configured.weighted == Decimal("500.00")
    assert by_month[3].learned.weighted == Decimal("500.00")
    assert by_month[3].came == Decimal(400)
    assert by_month[6].configured.weighted == Decimal("250.00")
    assert by_month[6].learned.weighted == Decimal("200.00")
    assert (by_month[6].came, by_month[6].came_as_expected) == (Decimal(500), Decimal(500))
    assert found.configured.count == found.learned.count == 15
    assert found.configured.brier == Decimal("0.2500")


def test_histories_take_a_fixed_number_of_queries(
    boss: User, stages: list[Stage], django_assert_num_queries: Any
) -> None:
    live(stages, 3, won=1)

    with django_assert_num_queries(3):
        found = histories_of(Opportunity.objects.all())

    assert len(found) == 3
    assert StageChange.objects.count() == 6


# -- taking over -------------------------------------------------------------------------------


def test_rates_are_taken_over_as_whole_percent(boss: User, stages: list[Stage]) -> None:
    live(stages, 16, won=6)

    changed = adopt_win_rates(stages=stages[1:], actor=boss, at=at(4, 1))

    assert changed == [stages[1]]
    # 6 of 16 are 37.5 %
    assert list(Stage.objects.order_by("position").values_list("win_percent", flat=True)) == [10, 38]


def test_too_little_history_is_not_taken_over(boss: User, stages: list[Stage]) -> None:
    live(stages, 9, won=6)

    with pytest.raises(InvalidInput, match="S1"), transaction.atomic():
        adopt_win_rates(stages=stages, actor=boss, at=at(4, 1))

    assert list(Stage.objects.order_by("position").values_list("win_percent", flat=True)) == [10, 50]


def test_page_and_button(boss: User, stages: list[Stage]) -> None:
    live(stages, 10, won=8)
    client = browser(boss)

    page = client.get("/crm/stage-probabilities/").content.decode()
    posted = client.post("/crm/stage-probabilities/adopt/", {"stage": [stages[0].pk]})

    assert "80.0%" in page
    assert "49.0–94.3%" in page
    assert "Differs from history" in page
    assert posted.status_code == 302
    assert Stage.objects.get(pk=stages[0].pk).win_percent == 80


def test_route_reads_and_takes_over(boss: User, stages: list[Stage]) -> None:
    live(stages, 10, won=8)
    client = browser(boss)

    read = client.get("/api/crm/stage-probabilities/").json()
    adopted = client.post(
        "/api/crm/stage-probabilities/", {"stages": [stages[1].pk]}, content_type="application/json"
    ).json()

    assert read["stages"][0] == {
        "id": stages[0].pk,
        "name": "S1",
        "pipeline": stages[0].pipeline_id,
        "configured": 10,
        "won": 8,
        "ended": 10,
        "percent": "80.0",
        "interval": ["49.0", "94.3"],
        "proposed": 80,
    }
    assert adopted["changed"] == [stages[1].pk]
    assert Stage.objects.get(pk=stages[1].pk).win_percent == 80


def test_only_the_permitted_take_over_and_only_their_rows_count(stages: list[Stage]) -> None:
    live(stages, 10, won=8)
    seller = browser(allow(UserFactory(), Opportunity, ["view"], ScopeLevel.OWN))
    nobody = browser(UserFactory())

    page = seller.get("/crm/stage-probabilities/")
    post = seller.post("/crm/stage-probabilities/adopt/", {"stage": [stages[0].pk]})
    route = seller.post("/api/crm/stage-probabilities/", {"stages": [stages[0].pk]}, content_type="application/json")

    assert (page.status_code, "80.0%" in page.content.decode()) == (200, False)
    assert (post.status_code, route.status_code) == (403, 403)
    assert nobody.get("/crm/stage-probabilities/").status_code == 403
    assert nobody.get("/api/crm/stage-probabilities/").status_code == 403
    assert Stage.objects.get(pk=stages[0].pk).win_percent == 10
