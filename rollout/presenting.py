"""What the page about the adoption path shows: texts, tones and the geometry of its gauges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _

from rollout import selectors
from rollout.choices import IN_USE, Outcome, StageStatus
from rollout.gate import GateResult, Measured
from rollout.models import CheckResult, Stage, StageChange
from rollout.path import GREEN_DAYS
from rollout.selectors import StageView
from rollout.services import evaluate_gate, measure_checks
from suite.modules.models import ModuleChange
from suite.modules.registry import registry
from suite.pages.columns import badge, quantity

WIDTH = Decimal(200)
CHART = (Decimal(100), Decimal(32))
TICK = Decimal(2)
TONES = {Outcome.PASSED: "done", Outcome.FAILED: "late", Outcome.NO_DATA: ""}
PHASES = (StageStatus.DIAGNOSIS, StageStatus.CONFIG, StageStatus.MIGRATION, StageStatus.LIVE)


@dataclass(frozen=True)
class Gauge:
    """A bar with a tick at the threshold, in units of a 200 wide drawing."""

    width: str
    tick: str
    label: str


@dataclass(frozen=True)
class CheckRow:
    """One readiness check as the table shows it."""

    measured: Measured
    kind: str
    source: str
    value: str
    limit: str
    evidence: str
    gauge: Gauge
    to_fix: int | None

    @property
    def badge(self) -> Any:
        return badge(self.measured.outcome.label, TONES[self.measured.outcome])

    @property
    def is_failed(self) -> bool:
        return self.measured.outcome == Outcome.FAILED


@dataclass(frozen=True)
class PathNode:
    """One system on the thread."""

    view: StageView
    badge: Any
    note: str
    css: str
    icon: str
    is_current: bool


@dataclass(frozen=True)
class Phase:
    """One of the four phases of a system's introduction."""

    title: str
    note: str
    state: str
    is_current: bool


@dataclass
class PathPage:
    """Everything the page needs of one moment."""

    views: dict[str, StageView]
    focus: StageView
    gates: dict[str, GateResult] = field(default_factory=dict)
    green: dict[str, int] = field(default_factory=dict)

    @property
    def gate(self) -> GateResult:
        return self.gates[self.focus.code]


def path_page(*, wanted: str, at: datetime) -> PathPage:
    """
    Measure the path as it is now: the gate of the system in focus and of those that could come next.

    :param wanted: code of the system in focus; anything else: the one that is due.
    """
    views = selectors.stage_views()
    due = [code for code, view in views.items() if not view.is_on and _is_due(view, views)]
    focus = views.get(wanted) or _usual_focus(views, due)
    page = PathPage(views, focus)
    for code in dict.fromkeys([focus.code, *due]):
        page.gates[code] = evaluate_gate(code, at)
    for code, view in views.items():
        if view.status == StageStatus.LIVE:
            page.green[code] = selectors.green_days(view, at=at)
    return page


def _is_due(view: StageView, views: Mapping[str, StageView]) -> bool:
    return view.module.stage is not None and not selectors.unmet(view, views)


def _usual_focus(views: Mapping[str, StageView], due: list[str]) -> StageView:
    introduced = selectors.introducing(views)
    if introduced:
        return introduced[0]
    off = [view for view in views.values() if not view.is_on]
    return views[due[0]] if due else (off or list(views.values()))[0]


def nodes(page: PathPage) -> list[PathNode]:
    """The systems of the path in their order."""
    return [_node(view, page) for view in page.views.values() if view.module.stage is not None]


def _node(view: StageView, page: PathPage) -> PathNode:
    gate = page.gates.get(view.code)
    is_ready = gate is not None and gate.is_open and not view.is_on
    if view.is_in_use:
        css = "past"
    else:
        css = "dash ready" if is_ready or view.is_on else "dash"
    return PathNode(
        view=view,
        badge=_stage_badge(view, page),
        note=_stage_note(view, page),
        css=css,
        icon=view.module.icon if view.is_on or gate is not None else "lock",
        is_current=view.code == page.focus.code,
    )


def _stage_badge(view: StageView, page: PathPage) -> Any:
    if view.status == StageStatus.LIVE:
        facts = {"days": min(page.green[view.code], GREEN_DAYS), "of": GREEN_DAYS}
        return badge(_("On trial %(days)s/%(of)s") % facts, "part")
    gate = page.gates.get(view.code)
    if view.is_on or gate is None or view.status == StageStatus.PAUSED:
        return badge(view.status.label, view.tone)
    if gate.is_open:
        return badge(_("Ready"), "go")
    if not gate.hard:
        return badge(view.status.label, "wait")
    return badge(_("Readiness %(passed)s/%(total)s") % {"passed": gate.hard_passed, "total": len(gate.hard)}, "wait")


def _stage_note(view: StageView, page: PathPage) -> str:
    if view.is_on and view.since is not None:
        return _("since %(day)s") % {"day": f"{view.since:%Y-%m-%d}"}
    if not view.module.has_content:
        return _("not in this version")
    waiting = selectors.unmet(view, page.views)
    if waiting:
        return _("waits for %(systems)s") % {"systems": " ".join(each.module.short for each in waiting)}
    gate = page.gates.get(view.code)
    return _("can be turned on") if gate is not None and gate.is_open else _("is next")


def check_rows(result: GateResult) -> list[CheckRow]:
    """The checks of a gate as the table shows them."""
    return [check_row(each) for each in result.measured]


def check_row(measured: Measured) -> CheckRow:
    """One check as the table shows it."""
    check, value = measured.check, measured.value
    unit = str(check.unit)
    shown = "—" if value.value is None else _with_unit(value.value, unit)
    limit = f"{'≥' if check.at_least else '≤'} {_with_unit(measured.threshold, unit)}"
    return CheckRow(
        measured=measured,
        kind=_("Hard") if check.is_hard else _("Soft"),
        source=str(selectors.owner_of(check).title),
        value=shown,
        limit=limit,
        evidence=_evidence(measured),
        gauge=_gauge(measured, f"{shown} {limit}"),
        to_fix=_to_fix(measured),
    )


def _with_unit(number: Decimal, unit: str) -> str:
    text = quantity(number.quantize(Decimal("0.1")))
    return f"{text}%" if unit == "%" else f"{text} {unit}".strip()


def _evidence(measured: Measured) -> str:
    value = measured.value
    if value.numerator is None or value.denominator is None:
        return str(value.note)
    if str(measured.check.unit) != "%":
        return localize(value.numerator)
    text = f"{localize(value.numerator)} / {localize(value.denominator)}"
    if measured.outcome == Outcome.NO_DATA:
        few = _("at least %(number)s needed") % {"number": measured.check.minimum_sample}
        return f"{text} · {few}"
    return text


def _to_fix(measured: Measured) -> int | None:
    """How many rows stand in the way, where the check counts rows."""
    value = measured.value
    if measured.is_passed or value.numerator is None or value.denominator is None or str(measured.check.unit) != "%":
        return None
    return value.denominator - value.numerator if measured.check.at_least else value.numerator


def _gauge(measured: Measured, label: str) -> Gauge:
    check, limit, value = measured.check, measured.threshold, measured.value.value or Decimal(0)
    # A share is drawn out of a hundred; an upper limit stands in the middle; another figure just fits in.
    if check.at_least and str(check.unit) == "%":
        scale = Decimal(100)
    else:
        scale = limit * 2 if not check.at_least else max(limit, value) * Decimal("1.1")
    scale = scale or Decimal(1)
    width = min(WIDTH, max(Decimal(0), WIDTH * value / scale))
    tick = min(WIDTH - TICK, max(Decimal(0), WIDTH * limit / scale - TICK / 2))
    return Gauge(f"{width:.1f}", f"{tick:.1f}", label)


def phases(view: StageView) -> list[Phase]:
    """The four phases of a system's introduction with when they began."""
    began: dict[str, datetime] = {}
    for change in StageChange.objects.filter(code=view.code).order_by("at", "pk"):
        began[change.to_status] = change.at
    reached = PHASES.index(view.status) if view.status in PHASES else (len(PHASES) if view.status in IN_USE else -1)
    notes = {
        StageStatus.DIAGNOSIS: _("walk through the processes, name owner and sponsor"),
        StageStatus.CONFIG: _("processes, fields, roles; a dry run"),
        StageStatus.MIGRATION: _("import in stages, training with a test"),
        StageStatus.LIVE: _("pilot, issues, review after 1, 3 and 6 months"),
    }
    found = []
    for index, status in enumerate(PHASES):
        state = "past" if index <= reached else "next"
        day = f"{began[status]:%Y-%m-%d} · " if status in began and index <= reached else ""
        found.append(Phase(str(status.label), f"{day}{notes[status]}", state, index == reached))
    return found


def watched_rows(view: StageView, at: datetime) -> list[CheckRow]:
    """The hard checks on a live system's own data, measured now."""
    checks = [each for each in registry.checks.values() if each.is_hard and selectors.owner_of(each) == view.module]
    return [check_row(each) for each in measure_checks(checks, at=at)]


def log_rows(*, limit: int) -> list[dict[str, Any]]:
    """The newest decisions: steps of the path, and modules turned on or off past it."""
    steps = list(StageChange.objects.select_related("actor", "override")[:limit])
    known = {(each.code, each.at) for each in steps}
    others = [
        each for each in ModuleChange.objects.select_related("actor")[:limit] if (each.code, each.at) not in known
    ]
    rows = [_step_row(each) for each in steps] + [_switch_row(each) for each in others]
    return sorted(rows, key=lambda row: row["at"], reverse=True)[:limit]


def _title_of(code: str) -> str:
    module = registry.modules.get(code)
    return str(module.title) if module else code


def _step_row(change: StageChange) -> dict[str, Any]:
    status = StageStatus(change.to_status)
    return {
        "at": change.at,
        "code": change.code,
        "status": str(status),
        "system": _title_of(change.code),
        "badge": badge(status.label, change_tone(status)),
        "before": change.get_from_status_display(),
        "reason": change.reason,
        "actor": change.actor,
        "is_exception": change.override_id is not None,
    }


def _switch_row(change: ModuleChange) -> dict[str, Any]:
    return {
        "at": change.at,
        "code": change.code,
        "status": "ON" if change.is_enabled else "OFF",
        "system": _title_of(change.code),
        "badge": badge(_("On"), "done") if change.is_enabled else badge(_("Off"), "void"),
        "before": "",
        "reason": change.reason,
        "actor": change.actor,
        "is_exception": False,
    }


def change_tone(status: StageStatus) -> str:
    """The colour of a status."""
    return Stage.status_tone[status]


@dataclass(frozen=True)
class TrendChart:
    """The results of the last weeks as a line in a 100 by 32 drawing, with its ends in words."""

    path: str
    first: str
    last: str


def trend_chart(results: Sequence[CheckResult], measured: Measured) -> TrendChart | None:
    """Draw the daily results; None with fewer than two values."""
    values = [each.value for each in results if each.value is not None]
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span, step = (high - low) or Decimal(1), CHART[0] / (len(values) - 1)
    points = [
        f"{step * index:.1f} {CHART[1] - 2 - (CHART[1] - 4) * (value - low) / span:.1f}"
        for index, value in enumerate(values)
    ]
    unit = str(measured.check.unit)
    return TrendChart(f"M{' L'.join(points)}", _with_unit(values[0], unit), _with_unit(values[-1], unit))
