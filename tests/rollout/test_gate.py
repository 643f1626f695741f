from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from rollout import services
from rollout.choices import Outcome, StageStatus
from rollout.errors import GateClosed, LaterStageLive
from rollout.gate import GateResult
from rollout.models import CheckResult, GateOverride, Stage, StageChange
from rollout.selectors import stage_views
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.modules import state
from suite.modules.models import ModuleChange, ModuleState
from suite.modules.registry import CheckValue
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.rollout import CompanyProfileFactory, StageFactory
from tests.rollout.conftest import AT, Path

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(path: Path) -> None:
    """Customers are live, and personnel has its owner and sponsor."""
    path.bring_live("crm")
    services.name_people(code="hrm", owner=EmployeeFactory(), sponsor=EmployeeFactory(), actor=None, at=AT)


def obstacles(code: str = "hrm") -> list[str]:
    return [each.code for each in services.evaluate_gate(code, AT).obstacles]


def outcome_of(result: GateResult, name: str) -> Outcome:
    return next(each.outcome for each in result.measured if each.check.code.endswith(name))


def open_hrm(**more: object) -> StageChange:
    return services.open_stage(code="hrm", actor=None, at=AT, reason="ready", **more)  # type: ignore[arg-type]


def assert_nothing_opened(code: str = "hrm") -> None:
    assert not state.is_enabled(code)
    assert not ModuleChange.objects.filter(code=code).exists()
    assert not StageChange.objects.filter(code=code, to_status=StageStatus.CONFIG).exists()
    assert not CheckResult.objects.exists()


# What is measured


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        (80, {}, Outcome.PASSED),
        ("79.99", {}, Outcome.FAILED),
        (5, {"threshold": 5, "at_least": False}, Outcome.PASSED),
        ("5.01", {"threshold": 5, "at_least": False}, Outcome.FAILED),
        (0, {"threshold": 5, "at_least": False}, Outcome.PASSED),
        (None, {}, Outcome.NO_DATA),
        (None, {"at_least": False}, Outcome.NO_DATA),
        (CheckValue(Decimal(100), 19, 19), {"minimum_sample": 20}, Outcome.NO_DATA),
        (CheckValue(Decimal(100), 20, 20), {"minimum_sample": 20}, Outcome.PASSED),
        (CheckValue(Decimal(0), 0, 20), {"minimum_sample": 20}, Outcome.FAILED),
        (CheckValue(Decimal(0), 0, 0), {"at_least": False}, Outcome.NO_DATA),
    ],
)
def test_outcome_of_a_check(people: None, path: Path, value: object, options: dict[str, object], expected: str) -> None:
    path.check("share", value, **options)  # type: ignore[arg-type]

    assert outcome_of(services.evaluate_gate("hrm", AT), "share") == expected


def test_check_of_a_system_that_is_off_has_no_data(people: None, path: Path) -> None:
    path.check("share", 100, owner="wms")

    result = services.evaluate_gate("hrm", AT)

    assert outcome_of(result, "share") == Outcome.NO_DATA
    assert obstacles() == ["hard-checks"]


def test_check_that_fails_to_be_measured_has_no_data_and_stops_nothing(
    people: None, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = path.check("broken", 100)

    def measure(at: object) -> CheckValue:
        return CheckValue(Decimal(User.objects.filter(pk="x").count()))

    measure.__module__ = "crm.readiness"
    object.__setattr__(broken, "measure", measure)
    path.check("sound", 100)

    result = services.evaluate_gate("hrm", AT)

    assert [each.outcome for each in result.measured] == [Outcome.NO_DATA, Outcome.PASSED]
    assert "hrm.broken failed" in caplog.text
    assert User.objects.exists() is False


def test_threshold_of_an_administrator_counts(people: None, path: Path) -> None:
    path.check("share", 75)
    services.set_threshold(check_code="hrm.share", threshold=Decimal(75), reason="agreed", actor=None, at=AT)

    result = services.evaluate_gate("hrm", AT)

    assert (result.measured[0].threshold, result.measured[0].outcome) == (Decimal(75), Outcome.PASSED)
    for wrong in (Decimal(0), Decimal(-1)):
        with pytest.raises(InvalidInput):
            services.set_threshold(check_code="hrm.share", threshold=wrong, reason="", actor=None, at=AT)


@pytest.mark.parametrize(
    ("values", "score"),
    [
        ([80], "100.0"),
        ([40, 80], "75.0"),
        ([None, 80], "50.0"),
        (["63.99"], "79.9"),
        ([64], "80.0"),
    ],
)
def test_soft_score_is_what_the_soft_checks_attain(people: None, path: Path, values: list[str], score: str) -> None:
    for number, value in enumerate(values):
        path.check(f"soft{number}", value, is_hard=False)

    result = services.evaluate_gate("hrm", AT)

    assert result.score == Decimal(score)
    assert ("soft-score" in [each.code for each in result.obstacles]) == (Decimal(score) < 80)


def test_soft_check_with_an_upper_limit_attains_in_proportion(people: None, path: Path) -> None:
    path.check("duplicates", 4, is_hard=False, threshold=2, at_least=False)

    assert services.evaluate_gate("hrm", AT).score == Decimal("50.0")


# What stands in the way


def test_gate_without_checks_stays_closed(people: None, path: Path) -> None:
    assert obstacles() == ["not-measured"]

    with pytest.raises(GateClosed):
        open_hrm()
    assert_nothing_opened()


def test_first_system_and_the_one_beside_need_nothing(path: Path) -> None:
    assert obstacles("crm") == []
    assert obstacles("oa") == []


def test_systems_come_in_their_order(path: Path) -> None:
    path.check("share", 100)

    assert "order" in obstacles("hrm")
    assert "order" in obstacles("erp")
    path.bring_live("crm")
    assert "order" not in obstacles("hrm")
    assert "order" in obstacles("erp")


def test_system_that_is_not_live_yet_does_not_carry_the_next(path: Path) -> None:
    path.check("share", 100)
    services.open_stage(code="crm", actor=None, at=AT, reason="first")

    assert obstacles() == ["order", "one-at-a-time", "people"]
    services.advance_stage(code="crm", actor=None, at=AT)
    assert obstacles() == ["order", "one-at-a-time", "people"]
    services.advance_stage(code="crm", actor=None, at=AT)
    assert obstacles() == ["people"]


def test_one_system_at_a_time_not_counting_the_one_beside(path: Path) -> None:
    services.open_stage(code="crm", actor=None, at=AT, reason="first")

    services.open_stage(code="oa", actor=None, at=AT, reason="beside")

    assert {code for code, view in stage_views().items() if view.status == StageStatus.CONFIG} == {"crm", "oa"}
    with pytest.raises(IntegrityError), transaction.atomic():
        Stage.objects.filter(code="hrm").update(status=StageStatus.MIGRATION)


def test_gate_needs_a_business_owner_and_a_sponsor(path: Path) -> None:
    path.bring_live("crm")
    path.check("share", 100)
    owner = EmployeeFactory()

    services.name_people(code="hrm", owner=owner, sponsor=None, actor=None, at=AT)

    assert obstacles() == ["people"]
    assert Stage.objects.get(code="hrm").status == StageStatus.DIAGNOSIS
    services.name_people(code="hrm", owner=owner, sponsor=owner, actor=None, at=AT)
    assert obstacles() == []


def test_supplier_management_comes_early_where_purchasing_weighs_much(path: Path) -> None:
    path.bring_live("crm", "hrm", "erp")
    path.check("share", 100, opens="srm", owner="erp")
    assert "order" in obstacles("srm")

    CompanyProfileFactory(purchase_ratio=Decimal("49.99"), item_count=500)
    assert "order" in obstacles("srm")
    CompanyProfileFactory(purchase_ratio=Decimal(50))
    assert "order" not in obstacles("srm")
    CompanyProfileFactory(item_count=501)
    assert "order" not in obstacles("srm")


def test_trading_company_does_not_wait_for_manufacturing(path: Path) -> None:
    path.bring_live("crm", "hrm", "erp", "wms")
    path.check("share", 100, opens="srm", owner="erp")

    CompanyProfileFactory(business_type="TRADE")

    assert "order" not in obstacles("srm")


def test_condition_that_no_longer_holds_freezes_the_next_step(path: Path) -> None:
    path.bring_live("crm", "hrm")
    services.name_people(code="erp", owner=EmployeeFactory(), sponsor=EmployeeFactory(), actor=None, at=AT)
    path.check("share", 100, opens="erp", owner="hrm")
    assert obstacles("erp") == []

    path.check("fallen", 70, opens="hrm")

    assert obstacles("erp") == ["regression"]


# Opening


def test_open_stage_enables_logs_and_keeps_the_evidence(people: None, path: Path) -> None:
    path.check("share", CheckValue(Decimal("87.5"), 7, 8, "/crm/customers/?owner=none"))
    path.check("soft", 80, is_hard=False)
    admin = UserFactory()

    change = services.open_stage(code="hrm", actor=admin, at=AT, reason="all green")

    assert state.is_enabled("hrm")
    assert (change.from_status, change.to_status, change.actor) == ("DIAGNOSIS", "CONFIG", admin)
    assert (change.reason, change.gate["hard_passed"], change.gate["score"]) == ("all green", 1, "100.0")
    kept = CheckResult.objects.get(check_code="hrm.share")
    assert (kept.value, kept.numerator, kept.denominator) == (Decimal("87.50"), 7, 8)
    assert (kept.outcome, kept.evidence_url) == (Outcome.PASSED, "/crm/customers/?owner=none")
    with pytest.raises(WrongState):
        open_hrm()


@pytest.mark.parametrize(("hard", "soft"), [(79, 80), (None, 80), (80, 63)])
def test_closed_gate_opens_nothing(people: None, path: Path, hard: int | None, soft: int) -> None:
    path.check("hard", hard)
    path.check("soft", soft, is_hard=False)

    with pytest.raises(GateClosed) as refusal:
        open_hrm()

    assert len(refusal.value.details["obstacles"]) == 1
    assert_nothing_opened()


def test_failing_backfill_opens_nothing(people: None, path: Path) -> None:
    from dataclasses import replace

    from suite.modules.registry import registry

    def backfill(**_arguments: object) -> dict[str, int]:
        Stage.objects.filter(code="qms").update(status=StageStatus.DIAGNOSIS)
        raise RuntimeError("disk full")

    path.check("share", 100)
    registry.modules["hrm"] = replace(registry.modules["hrm"], backfill=backfill)

    with pytest.raises(RuntimeError):
        open_hrm()

    assert_nothing_opened()
    assert Stage.objects.get(code="qms").status == StageStatus.LOCKED


def test_system_that_is_not_part_of_this_version_stays_closed() -> None:
    assert "no-content" in obstacles("wms")

    with pytest.raises(GateClosed):
        services.open_stage(code="wms", actor=None, at=AT, reason="")

    assert_nothing_opened("wms")


def test_unknown_system_is_refused() -> None:
    for code in ("suite", "rollout", "nothing"):
        with pytest.raises(InvalidInput):
            services.open_stage(code=code, actor=None, at=AT, reason="")


# Going on and closing


def test_steps_from_configuration_to_live(path: Path) -> None:
    services.open_stage(code="crm", actor=None, at=AT, reason="")

    services.advance_stage(code="crm", actor=None, at=AT)
    services.advance_stage(code="crm", actor=None, at=AT, reason="pilot done")

    assert stage_views()["crm"].status == StageStatus.LIVE
    with pytest.raises(WrongState):
        services.advance_stage(code="crm", actor=None, at=AT)
    assert list(StageChange.objects.filter(code="crm").order_by("pk").values_list("to_status", flat=True)) == [
        "CONFIG",
        "MIGRATION",
        "LIVE",
    ]


def test_closing_is_refused_while_a_later_system_is_on(path: Path) -> None:
    path.bring_live("crm", "hrm")

    with pytest.raises(LaterStageLive) as refusal:
        services.close_stage(code="crm", actor=None, at=AT, reason="tired of it")

    assert refusal.value.details["systems"] == ["hrm"]
    assert state.is_enabled("crm")
    assert not StageChange.objects.filter(to_status=StageStatus.PAUSED).exists()


def test_closing_pauses_keeps_data_and_reopening_passes_the_gate_again(people: None, path: Path) -> None:
    path.check("share", 100)
    open_hrm()

    services.close_stage(code="hrm", actor=None, at=AT, reason="reorganisation")

    assert not state.is_enabled("hrm")
    assert stage_views()["hrm"].status == StageStatus.PAUSED
    path.check("share", 10)
    with pytest.raises(GateClosed):
        open_hrm()
    path.check("share", 90)
    open_hrm()
    assert state.is_enabled("hrm")


def test_system_turned_on_or_off_elsewhere_is_shown_as_it_is(path: Path) -> None:
    path.bring_live("crm")
    StageFactory(code="hrm", status=StageStatus.STABLE, since=AT)

    views = stage_views()

    assert (views["crm"].status, views["crm"].since) == (StageStatus.LIVE, AT)
    assert views["hrm"].status == StageStatus.PAUSED
    services.close_stage(code="crm", actor=None, at=AT, reason="")
    assert stage_views()["crm"].status == StageStatus.PAUSED


# Exceptions


@pytest.fixture
def failing(people: None, path: Path) -> Path:
    """Personnel with a hard check that does not pass."""
    path.check("share", 10)
    return path


def signed(code: str = "hrm", days: int = 7) -> GateOverride:
    override = services.request_override(
        code=code, reason="year-end", expires_at=AT + timedelta(days=days), actor=UserFactory(), at=AT
    )
    return services.sign_override(override=override, actor=UserFactory(), at=AT)


def test_exception_signed_by_two_people_opens_once(failing: Path) -> None:
    override = signed()

    change = open_hrm(override=override)

    assert state.is_enabled("hrm")
    assert change.override == override
    assert change.gate["obstacles"][0]["code"] == "hard-checks"
    services.close_stage(code="hrm", actor=None, at=AT, reason="")
    with pytest.raises(WrongState):
        open_hrm(override=override)
    assert not state.is_enabled("hrm")


def test_nobody_signs_twice(failing: Path) -> None:
    asking = UserFactory()
    override = services.request_override(code="hrm", reason="x", expires_at=AT + timedelta(days=1), actor=asking, at=AT)

    with pytest.raises(NotAllowed):
        services.sign_override(override=override, actor=asking, at=AT)
    with pytest.raises(WrongState):
        open_hrm(override=override)
    with pytest.raises(IntegrityError), transaction.atomic():
        GateOverride.objects.filter(pk=override.pk).update(signed_by=asking, signed_at=AT)

    assert_nothing_opened()
    signed_once = services.sign_override(override=override, actor=UserFactory(), at=AT)
    with pytest.raises(WrongState):
        services.sign_override(override=signed_once, actor=UserFactory(), at=AT)


def test_expired_exception_opens_nothing(failing: Path) -> None:
    override = signed(days=1)

    with pytest.raises(WrongState):
        services.open_stage(code="hrm", actor=None, at=AT + timedelta(days=1), reason="", override=override)

    assert_nothing_opened()
    late = services.request_override(
        code="hrm", reason="x", expires_at=AT + timedelta(days=1), actor=UserFactory(), at=AT
    )
    with pytest.raises(WrongState):
        services.sign_override(override=late, actor=UserFactory(), at=AT + timedelta(days=2))
    with pytest.raises(InvalidInput):
        services.request_override(code="hrm", reason="x", expires_at=AT, actor=UserFactory(), at=AT)


def test_exception_is_for_one_system_and_not_from_the_order(failing: Path) -> None:
    with pytest.raises(WrongState):
        open_hrm(override=signed(code="erp"))
    failing.check("share", 10, opens="erp", owner="crm")

    with pytest.raises(GateClosed) as refusal:
        services.open_stage(code="erp", actor=None, at=AT, reason="", override=signed(code="erp"))

    assert [each["code"] for each in refusal.value.details["obstacles"]] == ["order", "people"]
    assert_nothing_opened()
    assert_nothing_opened("erp")


def test_system_is_paused_when_its_exception_expires(failing: Path) -> None:
    open_hrm(override=signed(days=7))

    assert services.end_expired_overrides(AT + timedelta(days=6)) == []
    assert state.is_enabled("hrm")
    assert services.end_expired_overrides(AT + timedelta(days=7)) == ["hrm"]

    assert not state.is_enabled("hrm")
    assert stage_views()["hrm"].status == StageStatus.PAUSED
    assert services.end_expired_overrides(AT + timedelta(days=8)) == []


def test_system_whose_checks_pass_by_then_stays_on(failing: Path) -> None:
    open_hrm(override=signed(days=7))
    failing.check("share", 90)

    assert services.end_expired_overrides(AT + timedelta(days=8)) == []

    assert state.is_enabled("hrm")
    assert GateOverride.objects.get().ended_at == AT + timedelta(days=8)


def test_expired_exception_waits_while_a_later_system_is_on(failing: Path) -> None:
    open_hrm(override=signed(days=7))
    failing.bring_live("erp")

    assert services.end_expired_overrides(AT + timedelta(days=8)) == []

    assert state.is_enabled("hrm")
    assert GateOverride.objects.get().ended_at is None
    assert ModuleState.objects.get(code="hrm").is_enabled
