"""The sheet of one person: agreeing goals, assessing oneself, scoring, calibrating."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hrm.talent import scoring
from hrm.talent.kpi.choices import UNSCORED, PlanStatus, SheetStatus
from hrm.talent.kpi.goals import require_full_weight, write_goals
from hrm.talent.kpi.models import Calibration, KpiPlan, KpiSheet, KpiSheetLine
from hrm.talent.kpi.selectors import bands_of, grade_rules
from hrm.talent.kpi.services import RUNNING, lock_plan
from suite.access.grants import model_permission
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.documents.rows import Row
from suite.metrics.periods import Period
from suite.metrics.registry import MetricContext, metric_of

# What is entered for a line, by its primary key: ``actual``, and ``score`` of whoever enters it.
Entries = Mapping[int, Mapping[str, Decimal | None]]
SIX_PLACES = Decimal("0.000001")


def why_not_assessed(sheet: Any, user: Any) -> str:
    """Why somebody does not assess a sheet now, empty when they do."""
    if sheet.plan.status != PlanStatus.OPEN:
        return _("Self-assessment is over, or has not begun.")
    if sheet.employee.user_id is None or sheet.employee.user_id != user.pk:
        return _("People assess themselves; this is the sheet of %(person)s.") % {"person": sheet.employee}
    return ""


def why_not_scored(sheet: Any, user: Any) -> str:
    """
    Why somebody does not score a sheet now, empty when they do.

    The manager scores; for people whose manager cannot sign in, whoever calibrates does. Nobody scores themselves.
    """
    if sheet.plan.status != PlanStatus.SCORING:
        return _("Scoring is over, or has not begun.")
    person, manager = sheet.employee, sheet.employee.manager
    if person.user_id is not None and person.user_id == user.pk:
        return _("Nobody scores themselves.")
    if manager is not None and manager.user_id is not None:
        if manager.user_id == user.pk:
            return ""
        return _("%(manager)s scores %(person)s.") % {"manager": manager, "person": person}
    if user.has_perm(model_permission(KpiSheet, "calibrate")):
        return ""
    return _("%(person)s has no manager who can sign in; HR scores.") % {"person": person}


def why_not_agreed(sheet: Any, user: Any) -> str:
    """Why somebody does not change the goals of a sheet now, empty when they do."""
    if sheet.plan.status != PlanStatus.OPEN:
        return _("Goals are agreed until scoring begins.")
    if sheet.employee.user_id is not None and sheet.employee.user_id == user.pk:
        return _("Nobody changes their own goals.")
    return ""


@transaction.atomic
def update_sheet(*, kpisheet: KpiSheet, lines: Sequence[Row], actor: User, at: datetime) -> KpiSheet:
    """
    Agree goals with one person that differ from those of the appraisal.

    :raises WrongState: once the person assessed themselves.
    :raises NotAllowed: for one's own sheet, and once scoring has begun.
    :raises GoalsIncomplete: unless the weights are 100 % together.
    """
    locked = _lock(kpisheet)
    if why := why_not_agreed(locked, actor):
        raise NotAllowed(why)
    _require(locked, SheetStatus.OPEN)
    write_goals(locked, "sheet", lines)
    require_full_weight(locked.lines.all())
    locked.save()
    return locked


@transaction.atomic
def assess_sheet(*, sheet: KpiSheet, entries: Entries, actor: User, at: datetime, comment: str = "") -> KpiSheet:
    """
    Assess oneself; it can be done again until scoring begins.

    :raises NotAllowed: unless it is one's own sheet and the appraisal waits for it.
    :raises InvalidInput: for a score below 0 or above the highest one.
    """
    locked = _lock(sheet)
    if why := why_not_assessed(locked, actor):
        raise NotAllowed(why)
    _require(locked, *UNSCORED)
    lines = _enter(locked, entries, "own_score")
    KpiSheetLine.objects.bulk_update(lines, ["actual", "own_score"])
    locked.own_comment, locked.assessed_at = comment, at
    locked.save(update_fields=["own_comment", "assessed_at"])
    if locked.status == SheetStatus.OPEN:
        locked.become(SheetStatus.ASSESSED, actor=actor, at=at)
    return locked


@transaction.atomic
def return_sheet(*, sheet: KpiSheet, reason: str, actor: User, at: datetime) -> KpiSheet:
    """
    Ask somebody to assess themselves again; they are told.

    :raises WrongState: unless they did, and self-assessment is not over.
    """
    locked = _lock(sheet, PlanStatus.OPEN)
    _require(locked, SheetStatus.ASSESSED)
    locked.become(SheetStatus.OPEN, actor=actor, at=at, reason=reason)
    if locked.employee.user is not None:
        notify(
            recipients=[locked.employee.user],
            kind=NotificationKind.ASSIGNMENT,
            title=gettext_noop("Assess yourself again: %(plan)s"),
            params={"plan": locked.plan.title},
            body=reason,
            actor=actor,
            obj=locked,
            at=at,
        )
    return locked


@transaction.atomic
def score_sheet(*, sheet: KpiSheet, entries: Entries, actor: User, at: datetime, comment: str = "") -> KpiSheet:
    """
    Score somebody; the total gives the grade. It can be done again until calibration begins.

    A line without a manager's score is scored by how far its actual figure reached the goal.

    :raises NotAllowed: unless it is for the actor to score, and now.
    :raises InvalidInput: for a score out of range, or a line with neither a score nor an actual figure.
    """
    locked = _lock(sheet)
    if why := why_not_scored(locked, actor):
        raise NotAllowed(why)
    _require(locked, *UNSCORED, SheetStatus.SCORED)
    lines = _enter(locked, entries, "manager_score")
    KpiSheetLine.objects.bulk_update(lines, ["actual", "manager_score"])
    score = _total(locked.plan, lines)
    grade = scoring.grade_of(score, bands_of(grade_rules(locked.plan)))
    result = {"score": score, "proposed": grade, "grade": grade, "manager_comment": comment}
    result |= {"scored_by": actor, "scored_at": at}
    for name, value in result.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(result))
    if locked.status != SheetStatus.SCORED:
        locked.become(SheetStatus.SCORED, actor=actor, at=at)
    return locked


@transaction.atomic
def calibrate_sheet(*, sheet: KpiSheet, grade: str, reason: str, actor: User, at: datetime) -> KpiSheet:
    """
    Change somebody's grade, with a reason that is kept.

    :raises WrongState: unless the appraisal is being calibrated.
    :raises NotAllowed: for one's own sheet.
    :raises InvalidInput: for a grade the company does not have, or the one it is already.
    """
    locked = _lock(sheet, PlanStatus.CALIBRATING)
    _require(locked, SheetStatus.SCORED)
    if locked.employee.user_id is not None and locked.employee.user_id == actor.pk:
        raise NotAllowed(_("Nobody changes their own grade."))
    if grade not in {rule.grade for rule in grade_rules(locked.plan)}:
        raise InvalidInput(_("There is no rule for the grade %(grade)s.") % {"grade": grade}, field="grade")
    if grade == locked.grade:
        raise InvalidInput(_("This is the grade already."), field="grade")
    if not reason.strip():
        raise InvalidInput(_("Enter a reason."), field="reason")
    Calibration.objects.create(
        sheet=locked, before=locked.grade, after=grade, reason=reason, actor=actor, at=at, created_at=at
    )
    locked.grade = grade
    locked.save(update_fields=["grade"])
    return locked


@transaction.atomic
def cancel_sheet(*, sheet: KpiSheet, reason: str, actor: User, at: datetime) -> KpiSheet:
    """
    Leave somebody out of an appraisal.

    :raises WrongState: once it is closed.
    """
    locked = _lock(sheet)
    locked.become(SheetStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return locked


def fetch_figures(
    *, plan: KpiPlan, actor: User, at: datetime, progress: Callable[..., Any] = lambda *_args: None
) -> int:
    """
    Fill in the actual figures of indicators that come from the systems, as each person themselves sees them.

    Who cannot sign in, or may not see a figure, keeps what was entered; so does everybody who is scored already. The
    figures take long: meanwhile people go on assessing and scoring.

    :returns: how many figures were filled in.
    :raises WrongState: unless people assess themselves or are scored.
    """
    figures = _figures_of(KpiPlan.objects.select_related("company").get(pk=plan.pk), at, progress)
    return _fill_in(plan, figures)


def _figures_of(plan: KpiPlan, at: datetime, progress: Callable[..., Any]) -> dict[int, Decimal]:
    """Return the figures of the lines that wait for one, by primary key."""
    lines = list(_waiting(plan).select_related("indicator", "sheet__employee__user").order_by("sheet", "position"))
    period = Period("custom", plan.period_from, plan.period_to)
    figures = {}
    for place, line in enumerate(lines):
        progress(place, len(lines), line.sheet.employee)
        user, metric = line.sheet.employee.user, metric_of(line.indicator.metric)
        if metric is None or user is None or not metric.is_available(user):
            continue
        value = metric(MetricContext(user, period, at, plan.company)).value
        if value is not None:
            figures[line.pk] = value.quantize(SIX_PLACES, ROUND_HALF_UP)
    return figures


@transaction.atomic
def _fill_in(plan: KpiPlan, figures: Mapping[int, Decimal]) -> int:
    """Write figures into the lines that still wait for them."""
    locked = lock_plan(plan, *RUNNING)
    lines = list(_waiting(locked).filter(pk__in=figures))
    for line in lines:
        line.actual = figures[line.pk]
    KpiSheetLine.objects.bulk_update(lines, ["actual"], 500)
    return len(lines)


def _waiting(plan: KpiPlan) -> QuerySet[KpiSheetLine]:
    """Lines of people who are not scored yet whose figure comes from the systems."""
    lines = KpiSheetLine.objects.filter(sheet__plan=plan, sheet__status__in=UNSCORED)
    return lines.filter(sheet__employee__user__isnull=False).exclude(indicator__metric="")


def _lock(sheet: KpiSheet, *states: str) -> KpiSheet:
    """Return a sheet locked after its appraisal, with the person and their manager at hand."""
    plan = lock_plan(sheet.plan, *states) if states else KpiPlan.objects.lock(sheet.plan)
    rows = KpiSheet.objects.select_related("employee__user", "employee__manager")
    locked: KpiSheet = rows.select_for_update(of=("self",)).get(pk=sheet.pk)
    locked.plan = plan
    return locked


def _require(sheet: KpiSheet, *states: str) -> None:
    if sheet.status not in states:
        raise WrongState(_("%(number)s is “%(state)s”.") % {"number": sheet, "state": sheet.get_status_display()})


def _enter(sheet: KpiSheet, entries: Entries, name: str) -> list[KpiSheetLine]:
    """
    Return the lines of a sheet with what was entered.

    :param name: the column of the score.
    """
    lines = list(sheet.lines.select_related("indicator").order_by("position"))
    for line in lines:
        line.sheet = sheet
        entered = entries.get(line.pk, {})
        if "actual" in entered:
            line.actual = entered["actual"]
        if "score" in entered:
            setattr(line, name, _checked(entered["score"], sheet.plan.cap, f"score_{line.pk}"))
    return lines


def _checked(score: Decimal | None, cap: Decimal, field: str) -> Decimal | None:
    if score is not None and not 0 <= score <= cap:
        raise InvalidInput(_("A score lies between 0 and %(cap)s.") % {"cap": f"{cap.normalize():f}"}, field=field)
    return score


def _total(plan: KpiPlan, lines: Sequence[KpiSheetLine]) -> Decimal:
    scored = []
    for line in lines:
        manager = line.manager_score
        if manager is None and line.actual is not None:
            manager = scoring.achievement(line.actual, line.goal, cap=plan.cap)
        if manager is None:
            raise InvalidInput(
                _("Enter a score or the actual figure of “%(indicator)s”.") % {"indicator": line.indicator},
                field=f"score_{line.pk}",
            )
        scored.append(scoring.Scored(line.weight, scoring.blend(line.own_score, manager, own_weight=plan.own_weight)))
    return scoring.total_score(scored)
