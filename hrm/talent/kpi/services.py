"""Running appraisals: who is appraised by what, until the grades are final."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from hrm.org.models import Department, Employee
from hrm.talent.kpi.choices import COUNTING, UNSCORED, PlanStatus, SheetStatus
from hrm.talent.kpi.errors import DistributionBroken
from hrm.talent.kpi.goals import require_full_weight, write_goals
from hrm.talent.kpi.models import KpiPlan, KpiSheet, KpiSheetLine
from hrm.talent.kpi.selectors import appraised_people, grade_counts, grade_rules, quotas_of
from hrm.talent.scoring import Breach, check_distribution
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import Draft, notify_each
from suite.core.errors import InvalidInput, WrongState
from suite.core.text import listed
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Row
from suite.documents.status import become_all
from suite.jobs.services import start_job
from suite.masters.models import Company
from suite.masters.selectors import default_company
from suite.search.models import prepare_search

NUMBERS = register_kind("hrm.appraisal", pattern="KPI-{yyyy}-{seq:03}", reset="YEAR", title=gettext_lazy("appraisal"))
FIGURES_JOB = "hrm.fetch_kpi_figures"
RUNNING = (PlanStatus.OPEN, PlanStatus.SCORING)


@transaction.atomic
def create_plan(
    *,
    title: str,
    period_from: date,
    period_to: date,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    department: Department | None = None,
    company: Company | None = None,
    **more: Any,
) -> KpiPlan:
    """
    Draw up an appraisal.

    :param lines: the goals that every sheet starts with: ``indicator``, ``weight``, ``target``, ``target_to``.
    :param more: ``own_weight`` and ``cap``, when they are not as usual.
    :raises LineErrors: with what is wrong, for each line.
    """
    owner = department.company if department is not None else company or default_company()
    plan = KpiPlan(
        company=owner,
        department=department,
        title=title,
        period_from=period_from,
        period_to=period_to,
        created_at=at,
        **{name: value for name, value in more.items() if value is not None},
    )
    plan.number = next_number(owner, NUMBERS, timezone.localdate(at))
    plan.full_clean(exclude=["status"])
    plan.save()
    write_goals(plan, "plan", lines)
    return plan


@transaction.atomic
def update_plan(*, kpiplan: KpiPlan, lines: Sequence[Row], actor: User, at: datetime, **changes: Any) -> KpiPlan:
    """
    Change an appraisal that has not begun.

    :raises WrongState: unless it is a draft.
    :raises LineErrors: with what is wrong, for each line.
    :raises InvalidInput: when the department belongs to another company.
    """
    locked = lock_plan(kpiplan, PlanStatus.DRAFT)
    for name, value in changes.items():
        setattr(locked, name, value)
    if locked.department is not None and locked.department.company_id != locked.company_id:
        raise InvalidInput(_("The department belongs to another company."), field="department")
    locked.full_clean(exclude=["status"])
    locked.save()
    write_goals(locked, "plan", lines)
    return locked


@transaction.atomic
def open_plan(*, plan: KpiPlan, actor: User, at: datetime) -> KpiPlan:
    """
    Begin an appraisal: everybody it is about gets a sheet with its goals, and is told.

    :raises GoalsIncomplete: unless the weights are 100 % together.
    :raises WrongState: unless it is a draft and the company has grades.
    :raises InvalidInput: when there is nobody to appraise.
    """
    locked = lock_plan(plan, PlanStatus.DRAFT)
    require_full_weight(locked.lines.all())
    if not grade_rules(locked):
        raise WrongState(_("Enter the grades of %(company)s first.") % {"company": locked.company})
    people = list(appraised_people(locked).order_by("pk"))
    if not people:
        raise InvalidInput(_("There is nobody left to appraise for this period."))
    locked.become(PlanStatus.OPEN, actor=actor, at=at)
    _give_sheets(locked, people, actor, at)
    return locked


@transaction.atomic
def add_people(*, plan: KpiPlan, employees: Iterable[Employee], actor: User, at: datetime) -> KpiPlan:
    """
    Appraise further people in a running appraisal.

    :raises WrongState: unless people assess themselves or are scored.
    :raises InvalidInput: when somebody is of another company, or is appraised for this period already.
    """
    locked = lock_plan(plan, *RUNNING)
    people = list(employees)
    if others := [each for each in people if each.company_id != locked.company_id]:
        raise InvalidInput(_("Of another company: %(people)s.") % {"people": listed(others)}, field="employees")
    _give_sheets(locked, people, actor, at)
    return locked


@transaction.atomic
def begin_scoring(*, plan: KpiPlan, actor: User, at: datetime) -> KpiPlan:
    """
    End self-assessment and let managers score; they are told.

    :raises WrongState: unless people assess themselves.
    """
    locked = lock_plan(plan, PlanStatus.OPEN)
    locked.become(PlanStatus.SCORING, actor=actor, at=at)
    waiting = locked.sheets.filter(status__in=UNSCORED, employee__manager__user__isnull=False)
    managers = User.objects.filter(pk__in=waiting.order_by().values("employee__manager__user"))
    notify_each(
        drafts=[
            Draft(
                recipient=user,
                kind=NotificationKind.ASSIGNMENT,
                title=gettext_noop("Score your people: %(plan)s"),
                params={"plan": locked.title},
                url=locked.get_absolute_url(),
                actor=actor,
            )
            for user in managers
        ],
        at=at,
    )
    return locked


@transaction.atomic
def begin_calibration(*, plan: KpiPlan, actor: User, at: datetime) -> KpiPlan:
    """
    End scoring; from now on only grades change.

    :raises WrongState: while somebody has no score.
    """
    locked = lock_plan(plan, PlanStatus.SCORING)
    missing = locked.sheets.filter(status__in=UNSCORED).count()
    if missing:
        raise WrongState(
            ngettext("%(count)d person has no score yet.", "%(count)d people have no score yet.", missing)
            % {"count": missing}
        )
    locked.become(PlanStatus.CALIBRATING, actor=actor, at=at)
    return locked


@transaction.atomic
def close_plan(*, plan: KpiPlan, actor: User, at: datetime) -> KpiPlan:
    """
    Make the grades final, and fix what each makes of the bonus.

    :raises WrongState: unless it is being calibrated.
    :raises DistributionBroken: when more or fewer people have a grade than agreed.
    """
    locked = lock_plan(plan, PlanStatus.CALIBRATING)
    rules = grade_rules(locked)
    if breaches := check_distribution(grade_counts(locked), quotas_of(rules)):
        raise DistributionBroken(" ".join(_in_words(each) for each in breaches))
    sheets = list(locked.sheets.filter(status__in=COUNTING).select_for_update(of=("self",)).order_by("pk"))
    for rule in rules:
        graded = [sheet for sheet in sheets if sheet.grade == rule.grade]
        become_all(graded, SheetStatus.CLOSED, actor=actor, at=at, values={"coefficient": rule.coefficient})
    if without := [sheet for sheet in sheets if sheet.status != SheetStatus.CLOSED]:
        raise WrongState(_("There is no rule for the grade %(grade)s.") % {"grade": without[0].grade})
    locked.become(PlanStatus.CLOSED, actor=actor, at=at)
    return locked


@transaction.atomic
def step_back_plan(*, plan: KpiPlan, reason: str, actor: User, at: datetime) -> KpiPlan:
    """
    Go back from calibration to scoring, or from scoring to self-assessment.

    :raises WrongState: in any other state.
    """
    locked = lock_plan(plan, PlanStatus.SCORING, PlanStatus.CALIBRATING)
    before = PlanStatus.OPEN if locked.status == PlanStatus.SCORING else PlanStatus.SCORING
    locked.become(before, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def cancel_plan(*, plan: KpiPlan, reason: str, actor: User, at: datetime) -> KpiPlan:
    """
    Give up an appraisal with all of its sheets.

    :raises WrongState: once it is closed.
    """
    locked = KpiPlan.objects.lock(plan)
    sheets = list(locked.sheets.filter(status__in=COUNTING).select_for_update(of=("self",)).order_by("pk"))
    locked.become(PlanStatus.CANCELLED, actor=actor, at=at, reason=reason)
    become_all(sheets, SheetStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def request_figures(*, plan: KpiPlan, actor: User, at: datetime) -> KpiPlan:
    """
    Fetch the actual figures of indicators that come from the systems, as a job.

    :raises WrongState: unless people assess themselves or are scored.
    """
    locked = lock_plan(plan, *RUNNING)
    locked.job = start_job(FIGURES_JOB, owner=actor, at=at, params={"plan": locked.pk}, subject=str(locked))
    locked.save(update_fields=["job"])
    return locked


def lock_plan(plan: KpiPlan, *states: str) -> KpiPlan:
    """
    Return an appraisal locked; everything that changes one of its sheets locks it first.

    :raises WrongState: unless it is in one of the states.
    """
    locked = KpiPlan.objects.lock(plan)
    if locked.status not in states:
        raise WrongState(_("%(number)s is “%(state)s”.") % {"number": locked, "state": locked.get_status_display()})
    return locked


def _give_sheets(plan: KpiPlan, people: Sequence[Employee], actor: User, at: datetime) -> None:
    """
    Give people a sheet with the goals of the appraisal, by a fixed number of statements.

    :raises InvalidInput: when somebody is appraised for this period already.
    """
    sheets = [
        KpiSheet(plan=plan, employee=each, period_from=plan.period_from, period_to=plan.period_to, created_at=at)
        for each in people
    ]
    prepare_search(sheets)
    # Another appraisal of the same period may be opened at this moment: who is in it already stays there.
    KpiSheet.objects.bulk_create(sheets, ignore_conflicts=True)
    wanted = {each.pk for each in people}
    mine = list(plan.sheets.filter(employee__in=wanted, lines__isnull=True).exclude(status=SheetStatus.CANCELLED))
    if left := wanted - {sheet.employee_id for sheet in mine}:
        names = [each for each in people if each.pk in left]
        raise InvalidInput(
            _("Appraised for this period already: %(people)s.") % {"people": listed(names)}, field="employees"
        )
    goals = list(plan.lines.all())
    KpiSheetLine.objects.bulk_create(
        KpiSheetLine(
            sheet=sheet,
            position=goal.position,
            indicator_id=goal.indicator_id,
            weight=goal.weight,
            target=goal.target,
            target_to=goal.target_to,
        )
        for sheet in mine
        for goal in goals
    )
    _tell(plan, mine, actor, at)


def _tell(plan: KpiPlan, sheets: Sequence[KpiSheet], actor: User, at: datetime) -> None:
    """Tell people that there is something to assess."""
    people = Employee.objects.filter(pk__in=[each.employee_id for each in sheets], user__isnull=False)
    users = {each.pk: each.user for each in people.select_related("user") if each.user is not None}
    drafts = [
        Draft(
            recipient=users[sheet.employee_id],
            kind=NotificationKind.ASSIGNMENT,
            title=gettext_noop("Assess yourself: %(plan)s"),
            params={"plan": plan.title},
            actor=actor,
            obj=sheet,
        )
        for sheet in sheets
        if sheet.employee_id in users
    ]
    notify_each(drafts=drafts, at=at)


def _in_words(breach: Breach) -> str:
    values = {"grade": breach.grade, "people": breach.people, "least": breach.least, "most": breach.most}
    if breach.most is not None and breach.people > breach.most:
        return _("Grade %(grade)s: %(people)s people, at most %(most)s may have it.") % values
    return _("Grade %(grade)s: %(people)s people, at least %(least)s must have it.") % values
