"""Opening, advancing and closing systems; every decision is made under a lock, on live data, and logged."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from rollout import selectors
from rollout.choices import StageStatus
from rollout.errors import GateClosed, LaterStageLive
from rollout.gate import GateResult, Measured, Obstacle
from rollout.models import (
    CheckResult,
    CompanyProfile,
    GateOverride,
    PainAnswer,
    Stage,
    StageChange,
    ThresholdSetting,
)
from rollout.path import GREEN_DAYS, SOFT_SCORE, UNGATED
from rollout.selectors import StageView
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput, NotAllowed, WrongState
from suite.core.text import listed
from suite.modules import state
from suite.modules.registry import Check, CheckValue, registry
from suite.modules.services import disable_module, enable_module

logger = logging.getLogger(__name__)

NEXT_STEP = {StageStatus.CONFIG: StageStatus.MIGRATION, StageStatus.MIGRATION: StageStatus.LIVE}
DECIMALS = Decimal("0.01")


def measure_checks(checks: Iterable[Check], *, at: datetime) -> list[Measured]:
    """
    Measure the checks on live data.

    One whose system is off, or that fails to be measured, has no data, which is never a pass.
    """
    wanted = list(checks)
    limits = selectors.thresholds(wanted)
    return [Measured(each, _measure(each, at), limits[each.code]) for each in wanted]


def _measure(check: Check, at: datetime) -> CheckValue:
    owner = selectors.owner_of(check)
    if not state.is_enabled(owner):
        return CheckValue(None, note=_("%(module)s is off.") % {"module": owner.title})
    try:
        with transaction.atomic():
            return check.measure(at)
    except Exception:
        logger.exception("readiness check %s failed", check.code)
        return CheckValue(None, note=_("It could not be measured; the server log says why."))


def evaluate_gate(code: str, at: datetime) -> GateResult:
    """
    Measure every condition for opening a system and list what stands in the way.

    :raises InvalidInput: for something that is not a system that can be on or off.
    """
    views = selectors.stage_views()
    if code not in views:
        raise InvalidInput(_("There is no such system."))
    measured = tuple(measure_checks(selectors.checks_for(code), at=at))
    result = GateResult(code, at, measured, ())
    obstacles = [*_order_obstacles(views[code], views), *_data_obstacles(result), *_regressions(views, at=at)]
    return GateResult(code, at, measured, tuple(obstacles))


def _order_obstacles(view: StageView, views: Mapping[str, StageView]) -> Iterable[Obstacle]:
    if not view.module.has_content:
        yield Obstacle("no-content", _("It is not part of this version yet."))
    needs = [registry.modules[need].title for need in view.module.needs if not state.is_enabled(need)]
    if needs:
        yield Obstacle("needs", _("It needs: %(systems)s.") % {"systems": listed(needs)})
    waiting = selectors.unmet(view, views)
    if waiting:
        facts = {"systems": listed(each.module.title for each in waiting)}
        yield Obstacle("order", _("First these must be live: %(systems)s.") % facts)
    others = selectors.introducing(views, apart_from=view.code)
    if others and view.module.stage is not None:
        titles = listed(each.module.title for each in others)
        yield Obstacle(
            "one-at-a-time", _("One system at a time: %(systems)s is being introduced.") % {"systems": titles}
        )
    if view.code not in UNGATED and (view.stage.owner_id is None or view.stage.sponsor_id is None):
        yield Obstacle("people", _("Name the business owner and the sponsor first."))


def _data_obstacles(result: GateResult) -> Iterable[Obstacle]:
    if result.code in UNGATED:
        return
    if not result.measured:
        yield Obstacle("not-measured", _("Nothing measures yet whether it may be opened."), is_overridable=True)
        return
    missing = len(result.hard) - result.hard_passed
    if missing:
        yield Obstacle("hard-checks", _("Hard checks not passed: %(count)s.") % {"count": missing}, is_overridable=True)
    if result.score is not None and result.score < SOFT_SCORE:
        text = _("The soft score is %(score)s; it takes %(limit)s.") % {"score": result.score, "limit": SOFT_SCORE}
        yield Obstacle("soft-score", text, is_overridable=True)


def _regressions(views: Mapping[str, StageView], *, at: datetime) -> Iterable[Obstacle]:
    """Hard conditions of systems opened before that do not hold any more freeze the next step."""
    opened = [code for code, view in views.items() if view.is_on]
    checks = [each for code in opened for each in selectors.checks_for(code) if each.is_hard]
    failed = [each for each in measure_checks(checks, at=at) if each.outcome == "FAILED"]
    if failed:
        titles = listed(each.check.title for each in failed)
        yield Obstacle("regression", _("No longer reached: %(checks)s.") % {"checks": titles}, is_overridable=True)


@transaction.atomic
def record_results(measured: Iterable[Measured], *, at: datetime) -> list[CheckResult]:
    """Keep what was measured, for the trend and as evidence."""
    transaction.on_commit(selectors.forget_menu_notes)
    return CheckResult.objects.bulk_create(
        CheckResult(
            check_code=each.check.code,
            value=None if each.value.value is None else each.value.value.quantize(DECIMALS),
            threshold=each.threshold,
            numerator=each.value.numerator,
            denominator=each.value.denominator,
            outcome=each.outcome,
            note=str(each.value.note)[:300],
            evidence_url=each.value.evidence_url[:500],
            at=at,
        )
        for each in measured
    )


@transaction.atomic
def recheck_stage(*, code: str, actor: User | None, at: datetime) -> GateResult:
    """Measure the conditions for a system now and keep the results."""
    result = evaluate_gate(code, at)
    record_results(result.measured, at=at)
    return result


@transaction.atomic
def name_people(
    *, code: str, owner: Employee | None, sponsor: Employee | None, actor: User | None, at: datetime
) -> Stage:
    """
    Say who leads the introduction of a system and who answers for it; a locked one thereby enters its diagnosis.

    :raises InvalidInput: for something that is not a system.
    """
    stage = _lock(code)
    if code not in selectors.stage_views():
        raise InvalidInput(_("There is no such system."))
    stage.owner, stage.sponsor = owner, sponsor
    stage.save(update_fields=["owner", "sponsor"])
    if stage.status == StageStatus.LOCKED and owner is not None and not state.is_enabled(code):
        _become(stage, StageStatus.DIAGNOSIS, actor=actor, at=at)
    return stage


@transaction.atomic
def open_stage(
    *, code: str, actor: User | None, at: datetime, reason: str, override: GateOverride | None = None
) -> StageChange:
    """
    Turn a system on: measure its gate under a lock, enable it with its backfill, and begin its configuration.

    :param override: an exception signed by two people sets the readiness checks aside, not the order of the systems.
    :raises GateClosed: while conditions do not hold.
    :raises WrongState: when it is on already, or the exception is not valid.
    """
    stage = _lock(code)
    view = selectors.stage_views().get(code)
    if view is None:
        raise InvalidInput(_("There is no such system."))
    if view.is_on:
        raise WrongState(_("%(module)s is on already.") % {"module": view.module.title})
    exception = _valid_override(override, code, at) if override is not None else None
    result = evaluate_gate(code, at)
    blocking = result.blocking(has_override=exception is not None)
    if blocking:
        raise GateClosed(blocking, system=code)
    record_results(result.measured, at=at)
    enable_module(code=code, actor=actor, at=at, reason=reason)
    if exception is not None:
        exception.used_at = at
        exception.save(update_fields=["used_at"])
    return _become(
        stage, StageStatus.CONFIG, actor=actor, at=at, reason=reason, gate=gate_facts(result), override=exception
    )


@transaction.atomic
def advance_stage(*, code: str, actor: User | None, at: datetime, reason: str = "") -> StageChange:
    """
    Go on from configuration to migration, or from migration to live.

    :raises WrongState: from any other status.
    """
    stage = _lock(code)
    view = selectors.stage_views()[code]
    after = NEXT_STEP.get(view.status)
    if after is None:
        raise WrongState(_("There is no next step from “%(state)s”.") % {"state": view.status.label})
    return _become(stage, after, actor=actor, at=at, reason=reason)


@transaction.atomic
def close_stage(*, code: str, actor: User | None, at: datetime, reason: str) -> StageChange:
    """
    Turn a system off; its data is kept.

    :raises LaterStageLive: while a later system is on.
    :raises WrongState: when it is off already, or another one that is on needs it.
    """
    stage = _lock(code)
    views = selectors.stage_views()
    later = selectors.later_on(code, views) if code in views else []
    if later:
        raise LaterStageLive(
            _("Turn off first: %(modules)s.") % {"modules": listed(each.module.title for each in later)},
            systems=[each.code for each in later],
        )
    disable_module(code=code, actor=actor, at=at, reason=reason)
    return _become(stage, StageStatus.PAUSED, actor=actor, at=at, reason=reason)


@transaction.atomic
def set_threshold(
    *, check_code: str, threshold: Decimal, reason: str, actor: User | None, at: datetime
) -> ThresholdSetting:
    """
    Put another limit in force for a readiness check.

    :raises InvalidInput: for an unknown check or a limit that is not positive where one must be reached.
    """
    known = registry.checks.get(check_code)
    if known is None:
        raise InvalidInput(_("There is no such check."))
    if threshold < 0 or (known.at_least and threshold == 0):
        raise InvalidInput(_("Enter a limit above zero."), field="threshold")
    setting, _created = ThresholdSetting.objects.update_or_create(
        check_code=check_code, defaults={"threshold": threshold, "reason": reason, "actor": actor}
    )
    return setting


@transaction.atomic
def request_override(*, code: str, reason: str, expires_at: datetime, actor: User, at: datetime) -> GateOverride:
    """
    Ask for an exception from the readiness checks of a system; asking is the first signature.

    :raises InvalidInput: when it would expire before it begins, or for something that is not a system.
    """
    if code not in selectors.stage_views():
        raise InvalidInput(_("There is no such system."))
    if expires_at <= at:
        raise InvalidInput(_("An exception ends in the future."), field="expires_at")
    return GateOverride.objects.create(
        code=code, reason=reason, expires_at=expires_at, requested_by=actor, requested_at=at
    )


@transaction.atomic
def sign_override(*, override: GateOverride, actor: User, at: datetime) -> GateOverride:
    """
    Give the second signature.

    :raises NotAllowed: to whoever gave the first.
    :raises WrongState: when it is signed already or has expired.
    """
    locked = GateOverride.objects.lock(override)
    if locked.requested_by_id == actor.pk:
        raise NotAllowed(_("Somebody else has to sign this exception."))
    if locked.signed_at is not None:
        raise WrongState(_("This exception is signed already."))
    if locked.expires_at <= at:
        raise WrongState(_("This exception has expired."))
    locked.signed_by, locked.signed_at = actor, at
    locked.save(update_fields=["signed_by", "signed_at"])
    return locked


@transaction.atomic
def save_profile(
    *, actor: User | None, at: datetime, pains: Mapping[str, Mapping[str, int]] | None = None, **fields: Any
) -> CompanyProfile:
    """
    Keep one answer to the questionnaire.

    :param pains: for each pain its severity, frequency and money.
    :param fields: staff, revenue, business_type, purchase_ratio, item_count.
    :raises ValidationError: for figures that cannot be.
    """
    profile = CompanyProfile(actor=actor, at=at, **fields)
    profile.full_clean()
    profile.save()
    PainAnswer.objects.bulk_create(
        PainAnswer(profile=profile, pain=pain, **weights) for pain, weights in (pains or {}).items()
    )
    return profile


# What runs by itself at night.


def check_all(at: datetime) -> int:
    """Measure every registered check, keep the results and return their number."""
    measured = measure_checks(registry.checks.values(), at=at)
    return len(record_results(measured, at=at))


@transaction.atomic
def settle_stages(at: datetime) -> list[str]:
    """Call the systems stable that have been green for long enough, and return their codes."""
    settled = []
    for code, view in selectors.stage_views().items():
        if view.status == StageStatus.LIVE and selectors.green_days(view, at=at) >= GREEN_DAYS:
            _become(_lock(code), StageStatus.STABLE, actor=None, at=at)
            settled.append(code)
    return settled


def end_expired_overrides(at: datetime) -> list[str]:
    """
    End the exceptions that have expired, and return the systems that are paused by that.

    A system whose checks pass by now stays on. One that a later system builds on stays on too and is tried again
    the next night.
    """
    paused = []
    expired = GateOverride.objects.filter(used_at__isnull=False, ended_at__isnull=True, expires_at__lte=at)
    for override in expired.order_by("pk"):
        try:
            if _end_override(override, at):
                paused.append(override.code)
        except DomainError as refusal:
            logger.warning("exception %s cannot end yet: %s", override, refusal)
    return paused


@transaction.atomic
def _end_override(override: GateOverride, at: datetime) -> bool:
    stage = _lock(override.code)
    locked = GateOverride.objects.lock(override)
    is_on = selectors.stage_views()[stage.code].is_on
    must_close = is_on and not _is_ready(evaluate_gate(stage.code, at))
    if must_close:
        close_stage(code=stage.code, actor=None, at=at, reason=_("The exception has expired."))
    locked.ended_at = at
    locked.save(update_fields=["ended_at"])
    return must_close


def _is_ready(result: GateResult) -> bool:
    return bool(result.measured) and result.is_ready


def _valid_override(override: GateOverride, code: str, at: datetime) -> GateOverride:
    locked = GateOverride.objects.lock(override)
    if locked.code != code:
        raise WrongState(_("This exception is for another system."))
    if locked.signed_at is None:
        raise WrongState(_("This exception needs a second signature."))
    if locked.used_at is not None:
        raise WrongState(_("This exception has been used already."))
    if locked.expires_at <= at:
        raise WrongState(_("This exception has expired."))
    return locked


def _lock(code: str) -> Stage:
    """Lock the whole path: two decisions about it are never made at the same time."""
    Stage.objects.bulk_create([Stage(code=each.code) for each in registry.switchable()], ignore_conflicts=True)
    stages = {each.code: each for each in Stage.objects.select_for_update().order_by("pk")}
    if code not in stages:
        raise InvalidInput(_("There is no such system."))
    return stages[code]


def _become(
    stage: Stage, status: StageStatus, *, actor: User | None, at: datetime, reason: str = "", **facts: Any
) -> StageChange:
    before = stage.status
    transaction.on_commit(selectors.forget_menu_notes)
    stage.status, stage.since = status, at
    stage.save(update_fields=["status", "since"])
    return StageChange.objects.create(
        code=stage.code, from_status=before, to_status=status, reason=reason, actor=actor, at=at, **facts
    )


def gate_facts(result: GateResult) -> dict[str, Any]:
    """Return what a gate said, as plain values for the log and the API."""
    return {
        "score": None if result.score is None else str(result.score),
        "hard_passed": result.hard_passed,
        "hard_total": len(result.hard),
        "obstacles": [{"code": each.code, "text": str(each.text)} for each in result.obstacles],
        "checks": [_check_facts(each) for each in result.measured],
    }


def _check_facts(measured: Measured) -> dict[str, Any]:
    value, check = measured.value, measured.check
    return {
        "code": check.code,
        "title": str(check.title),
        "is_hard": check.is_hard,
        "at_least": check.at_least,
        "unit": str(check.unit),
        "value": None if value.value is None else str(value.value.quantize(DECIMALS)),
        "threshold": f"{measured.threshold.normalize():f}",
        "numerator": value.numerator,
        "denominator": value.denominator,
        "outcome": str(measured.outcome),
        "note": str(value.note),
        "evidence_url": value.evidence_url,
    }
