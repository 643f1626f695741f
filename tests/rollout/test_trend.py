from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from rollout import services
from rollout.choices import Outcome, StageStatus
from rollout.models import CheckResult, StageChange
from rollout.selectors import green_days, menu_notes, stage_views, trends
from rollout.tasks import check_readiness
from suite.modules.registry import CheckValue
from tests.factories.rollout import CheckResultFactory, StageChangeFactory
from tests.rollout.conftest import AT, Path

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return AT + timedelta(days=number)


def results(code: str, outcomes: str) -> None:
    """One result for each day from the first on: p passed, f failed, n no data, blank none."""
    names = {"p": Outcome.PASSED, "f": Outcome.FAILED, "n": Outcome.NO_DATA}
    for number, letter in enumerate(outcomes):
        if letter != " ":
            CheckResultFactory(check_code=code, outcome=names[letter], at=day(number))


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [("ppp", 3), ("pfp", 1), ("ppf", 0), ("pnpp", 2), ("pp pp", 4), ("", 0), ("fffp", 1)],
)
def test_green_days_in_a_row(path: Path, outcomes: str, expected: int) -> None:
    path.check("share", 90, opens="hrm", owner="crm")
    path.bring_live("crm")
    results("hrm.share", outcomes)

    assert green_days(stage_views()["crm"], at=day(10)) == expected


def test_day_is_green_when_every_hard_check_passed_at_its_end(path: Path) -> None:
    path.check("one", 90)
    path.check("two", 90)
    path.check("soft", 10, is_hard=False)
    path.check("of_others", 10, owner="hrm")
    path.bring_live("crm")
    results("hrm.one", "ppp")
    results("hrm.two", "ppp")
    results("hrm.soft", "fff")
    results("hrm.of_others", "fff")
    CheckResultFactory(check_code="hrm.one", outcome=Outcome.FAILED, at=day(1) + timedelta(hours=1))
    CheckResultFactory(check_code="hrm.two", outcome=Outcome.FAILED, at=day(2) - timedelta(hours=1))

    assert green_days(stage_views()["crm"], at=day(3)) == 1


def test_results_before_going_live_do_not_count(path: Path) -> None:
    path.check("share", 90)
    for number in range(1, 5):
        CheckResultFactory(check_code="hrm.share", at=AT - timedelta(days=number))
    path.bring_live("crm")

    assert green_days(stage_views()["crm"], at=AT) == 0


def test_system_is_stable_after_four_green_weeks(path: Path) -> None:
    path.check("share", 90)
    services.open_stage(code="crm", actor=None, at=AT, reason="")
    services.advance_stage(code="crm", actor=None, at=AT)
    services.advance_stage(code="crm", actor=None, at=AT)
    results("hrm.share", "p" * 27)

    assert services.settle_stages(day(27)) == []
    CheckResultFactory(check_code="hrm.share", at=day(27))
    assert services.settle_stages(day(27)) == ["crm"]

    assert stage_views()["crm"].status == StageStatus.STABLE
    last = StageChange.objects.first()
    assert last is not None
    assert (last.from_status, last.to_status, last.actor) == ("LIVE", "STABLE", None)


def test_system_that_nothing_measures_is_stable_by_time(path: Path) -> None:
    path.bring_live("oa")

    assert services.settle_stages(day(27)) == []
    assert services.settle_stages(day(28)) == ["oa"]


def test_night_keeps_what_every_check_measured(path: Path) -> None:
    path.check("share", CheckValue(Decimal("12.346"), 1, 8))
    path.check("nothing", None, opens="erp")
    path.bring_live("crm")

    outcome = check_readiness(AT)

    assert outcome == {"checks": 2, "stable": [], "paused": []}
    rows = CheckResult.objects.order_by("check_code").values_list("check_code", "value", "outcome", "threshold")
    assert list(rows) == [
        ("erp.nothing", None, Outcome.NO_DATA, Decimal("80.00")),
        ("hrm.share", Decimal("12.35"), Outcome.FAILED, Decimal("80.00")),
    ]


def test_trend_holds_the_last_result_of_each_day(path: Path, django_assert_num_queries: object) -> None:
    path.check("share", 90)
    CheckResultFactory(check_code="hrm.share", value=Decimal(70), at=day(0))
    CheckResultFactory(check_code="hrm.share", value=Decimal(75), at=day(0) + timedelta(hours=2))
    CheckResultFactory(check_code="hrm.share", value=Decimal(80), at=day(1))
    CheckResultFactory(check_code="erp.other", value=Decimal(1), at=day(1))

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = trends("hrm", at=day(2))

    assert [(d.isoformat(), r.value) for d, r in found["hrm.share"].items()] == [
        ("2026-03-02", Decimal(75)),
        ("2026-03-03", Decimal(80)),
    ]


def test_what_was_measured_and_decided_cannot_be_edited() -> None:
    kept = [CheckResultFactory(), StageChangeFactory()]

    for row in kept:
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()
        with pytest.raises(DatabaseError, match="append_only"), transaction.atomic():
            row.save()

    assert (CheckResult.objects.count(), StageChange.objects.count()) == (1, 1)


def test_menu_tells_how_many_conditions_hold(
    path: Path, settings: object, django_capture_on_commit_callbacks: object
) -> None:
    from django.utils import translation

    path.check("one", 90)
    path.check("two", 10)
    path.bring_live("crm")

    with translation.override("en"):
        before = menu_notes()
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
            services.check_all(AT)
        after = menu_notes()

    assert (before["hrm"], before["erp"]) == ("0 of 2", "Not unlocked")
    assert after["hrm"] == "1 of 2"
    assert "crm" not in after
