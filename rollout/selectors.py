"""Questions about the adoption path."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic

from django.conf import settings
from django.core.cache import cache
from django.db.models.functions import TruncDate
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rollout.choices import IN_USE, INTRODUCING, ON, Outcome, StageStatus
from rollout.models import CheckResult, CompanyProfile, Stage, ThresholdSetting
from rollout.path import EXEMPT, GREEN_DAYS, SYSTEMS_FOR, may_come_early, requirements
from rollout.recommendation import PainScore, Profile, Recommendation, recommend
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.registry import Check, Module, registry

NOTES_KEY = "rollout-menu-notes"
NOTES_SECONDS = 600


@dataclass(frozen=True)
class KeptNotes:
    """The notes of the menu as this process knows them, under the generation of the modules, until a time."""

    generation: int
    until: float
    notes: dict[str, str]


_notes: dict[str | None, KeptNotes] = {}


@dataclass(frozen=True)
class StageView:
    """
    A system with its stage as it really is: what is on counts as on, however it was turned on.

    :param requires: codes of the systems that must be in use before it in this company, in order of adoption.
    """

    module: Module
    stage: Stage
    status: StageStatus
    since: datetime | None
    requires: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.module.code

    @property
    def is_on(self) -> bool:
        return self.status in ON

    @property
    def is_in_use(self) -> bool:
        return self.status in IN_USE

    @property
    def tone(self) -> str:
        return Stage.status_tone[self.status]


def stage_views() -> dict[str, StageView]:
    """Return every system that can be on or off by its code, in order of adoption, by three queries."""
    profile = CompanyProfile.objects.first()
    early, systems = is_early(profile), systems_of(profile)
    stages = {each.code: each for each in Stage.objects.select_related("owner", "sponsor")}
    states = {each.code: each for each in ModuleState.objects.all()}
    return {
        module.code: _view(
            module,
            stages.get(module.code) or Stage(code=module.code),
            states.get(module.code),
            requires=requirements(module.code, is_early=early, systems=systems),
        )
        for module in registry.switchable()
    }


def unmet(view: StageView, views: Mapping[str, StageView]) -> list[StageView]:
    """Return the systems that must be in use before the given one and are not yet."""
    return [views[code] for code in view.requires if not views[code].is_in_use]


def _view(module: Module, stage: Stage, state: ModuleState | None, *, requires: tuple[str, ...]) -> StageView:
    status, since = StageStatus(stage.status), stage.since
    is_on = state is not None and state.is_enabled
    if state is not None and is_on and status not in ON:
        status, since = StageStatus.LIVE, state.since
    elif not is_on and status in ON:
        status = StageStatus.PAUSED
    return StageView(module, stage, status, since, requires)


def introducing(views: Mapping[str, StageView], *, apart_from: str = "") -> list[StageView]:
    """Return the systems between configuration and live that keep another one from being opened."""
    return [
        view for code, view in views.items() if view.status in INTRODUCING and code not in EXEMPT and code != apart_from
    ]


def later_on(code: str, views: Mapping[str, StageView]) -> list[StageView]:
    """Return the systems that are on and come later in the order than the given one."""
    place = registry.modules[code].stage
    if place is None:
        return []
    return [view for view in views.values() if view.is_on and (view.module.stage or 0) > place]


def checks_for(code: str) -> list[Check]:
    """Return the conditions for opening a system, the hard ones first."""
    found = [each for each in registry.checks.values() if each.opens == code]
    return sorted(found, key=lambda each: not each.is_hard)


def owner_of(check: Check) -> Module:
    """Return the system whose data a check measures."""
    return registry.owner(check.measure.__module__)


def thresholds(checks: Iterable[Check]) -> dict[str, Decimal]:
    """Return the limit in force of each check by its code."""
    found = {each.code: each.threshold for each in checks}
    rows = ThresholdSetting.objects.filter(check_code__in=found).values_list("check_code", "threshold")
    return {**found, **dict(rows)}


def newest_profile() -> CompanyProfile | None:
    """Return the profile that counts, with its pains."""
    return CompanyProfile.objects.prefetch_related("pains").first()


def is_early(profile: CompanyProfile | None) -> bool:
    """Whether supplier management may come before warehousing and manufacturing here."""
    return profile is not None and may_come_early(profile.purchase_ratio, profile.item_count)


def systems_of(profile: CompanyProfile | None) -> frozenset[str]:
    """Return the systems the company has a use for; all of them while nothing is known."""
    return SYSTEMS_FOR[profile.business_type] if profile else frozenset(module.code for module in registry.switchable())


def recommendation_for(profile: CompanyProfile, views: Mapping[str, StageView]) -> Recommendation:
    """Return the recommended path for a profile and its pains."""
    return recommend(
        Profile(
            staff=profile.staff,
            revenue=profile.revenue,
            business_type=profile.business_type,
            purchase_ratio=profile.purchase_ratio,
            item_count=profile.item_count,
        ),
        [PainScore(each.pain, each.severity, each.frequency, each.money) for each in profile.pains.all()],
        in_use=[code for code, view in views.items() if view.is_in_use],
    )


def daily_results(codes: Iterable[str], *, since: datetime) -> dict[str, dict[date, CheckResult]]:
    """Return the last result of each check on each day since a moment, days in order, by one query."""
    rows = (
        CheckResult.objects.filter(check_code__in=list(codes), at__gte=since)
        .annotate(day=TruncDate("at"))
        .order_by("check_code", "day", "-at", "-pk")
        .distinct("check_code", "day")
    )
    found: dict[str, dict[date, CheckResult]] = defaultdict(dict)
    for row in rows:
        found[row.check_code][row.day] = row
    return dict(found)


def trends(code: str, *, at: datetime) -> dict[str, dict[date, CheckResult]]:
    """Return the daily results of the conditions for one system over the last four weeks."""
    checks = [each.code for each in checks_for(code)]
    return daily_results(checks, since=at - timedelta(days=GREEN_DAYS)) if checks else {}


def green_days(view: StageView, *, at: datetime) -> int:
    """
    Return for how many measured days in a row, up to now, every hard check on a live system's data has passed.

    A system whose data nothing measures counts the days since it is live.
    """
    if view.since is None:
        return 0
    checks = [each.code for each in registry.checks.values() if each.is_hard and owner_of(each) == view.module]
    if not checks:
        return max(0, (at - view.since).days)
    results = daily_results(checks, since=view.since)
    days = sorted({day for by_day in results.values() for day in by_day}, reverse=True)
    count = 0
    for day in days:
        outcomes = [by_day[day].outcome if day in (by_day := results.get(code, {})) else None for code in checks]
        if any(outcome != Outcome.PASSED for outcome in outcomes):
            break
        count += 1
    return count


def menu_notes() -> dict[str, str]:
    """Return the note beside each staged system that is off, kept for the menu until something changes."""
    language, generation = get_language(), state.generation()
    known = _notes.get(language)
    if known is not None and known.generation == generation and monotonic() < known.until:
        return known.notes
    notes: dict[str, str] | None = cache.get(f"{NOTES_KEY}:{language}")
    if notes is None:
        views = stage_views()
        notes = {code: note for code, view in views.items() if (note := _menu_note(view, views))}
        cache.set(f"{NOTES_KEY}:{language}", notes, NOTES_SECONDS)
    if generation is not None:
        _notes[language] = KeptNotes(generation, monotonic() + NOTES_SECONDS, notes)
    return notes


def forget_menu_notes() -> None:
    """Have the notes made anew by every process: something they show has changed."""
    cache.delete_many([f"{NOTES_KEY}:{code}" for code, _name in settings.LANGUAGES])
    state.forget()


def _menu_note(view: StageView, views: Mapping[str, StageView]) -> str:
    if view.is_on or view.module.stage is None:
        return ""
    if unmet(view, views):
        return str(StageStatus.LOCKED.label)
    hard = [each.code for each in checks_for(view.code) if each.is_hard]
    newest = CheckResult.objects.filter(check_code__in=hard).order_by("check_code", "-at", "-pk").distinct("check_code")
    passed = sum(each.outcome == Outcome.PASSED for each in newest)
    return _("%(passed)s of %(total)s") % {"passed": passed, "total": len(hard)} if hard else str(view.status.label)
