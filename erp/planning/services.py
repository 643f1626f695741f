"""Operations of planning: runs, and what becomes of their suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.masterdata.models import Warehouse
from erp.planning.choices import SuggestionStatus
from erp.planning.classes import classify
from erp.planning.demand import Place
from erp.planning.gathering import Case, gather
from erp.planning.models import ItemClass, PlanningRule, ReplenishmentRun, ReplenishmentSuggestion
from erp.planning.proposal import Proposal, propose
from erp.purchasing.choices import RequestOrigin
from erp.purchasing.models import PurchaseRequest
from erp.purchasing.requests import create_request, submit_request
from hrm.org.models import StandardRole
from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.core.errors import InvalidInput, WrongState
from suite.documents.status import become_all
from suite.jobs.models import Job
from suite.jobs.services import start_job
from suite.masters.models import Company

# Told how far the work has come: done, of how many, doing what.
Progress = Callable[[int, int | None, Any], None]

OPEN = SuggestionStatus.OPEN
RUN_JOB = "erp.replenishment"
ALERTS_JOB = "erp.stock_alerts"
PLANNER = "planner"


def planning_rule(company: Company) -> PlanningRule:
    """Return the settings of a company, made when first asked for: its planners are told of alerts."""
    standard = StandardRole.objects.filter(code=PLANNER).select_related("role").first()
    role = standard.role if standard is not None else None
    return PlanningRule.objects.get_or_create(company=company, defaults={"role": role})[0]


# -- runs --------------------------------------------------------------------------------------


@transaction.atomic
def start_run(*, company: Company, actor: User, at: datetime, warehouse: Warehouse | None = None) -> ReplenishmentRun:
    """
    Calculate in the background what to buy.

    :raises InvalidInput: when the warehouse is of another company.
    """
    if warehouse is not None and warehouse.company_id != company.pk:
        raise InvalidInput(_("Choose a warehouse of the company."), field="warehouse")
    run = ReplenishmentRun.objects.create(company=company, warehouse=warehouse, owner=actor, started_at=at)
    run.job = start_job(RUN_JOB, owner=actor, at=at, params={"run": run.pk}, subject=str(warehouse or company))
    run.save(update_fields=["job"])
    return run


def run_replenishment(*, run: ReplenishmentRun, at: datetime, progress: Progress | None = None) -> ReplenishmentRun:
    """
    Calculate what to buy and replace the open suggestions that nobody edited.

    Reading and calculating hold no locks; the writing takes turns with other runs of the company. What somebody
    decided since the run began is not suggested again.
    """
    day = timezone.localdate(at)
    rule = planning_rule(run.company)
    gathered = gather(run.company, day, rule, warehouse=run.warehouse)
    proposals: list[tuple[Case, Proposal]] = []
    for number, case in enumerate(gathered.cases):
        if progress is not None:
            progress(number, len(gathered.cases), case.item)
        proposal = propose(case.situation)
        if proposal is not None:
            proposals.append((case, proposal))
    with transaction.atomic():
        PlanningRule.objects.lock(rule)
        classes = classify(company=run.company, months=gathered.months, at=at)
        suggestions = _replace(run, proposals, classes, day)
        run.item_count, run.suggestion_count, run.finished_at = len(gathered.cases), len(suggestions), timezone.now()
        run.save(update_fields=["item_count", "suggestion_count", "finished_at"])
    return run


def _replace(
    run: ReplenishmentRun, proposals: Sequence[tuple[Case, Proposal]], classes: Mapping[int, ItemClass], day: date
) -> list[ReplenishmentSuggestion]:
    mine = ReplenishmentSuggestion.objects.filter(company=run.company)
    if run.warehouse is not None:
        mine = mine.filter(warehouse=run.warehouse)
    # In pk order, so that it never waits in a circle with somebody who accepts several.
    gone = mine.filter(status=OPEN, is_edited=False).select_for_update(of=("self",)).order_by("pk")
    ReplenishmentSuggestion.objects.filter(pk__in=[row.pk for row in gone]).delete()
    settled: set[Place] = set(
        mine.filter(Q(status=OPEN) | Q(decided_at__gte=run.started_at) | Q(quiet_until__gt=day)).values_list(
            "warehouse_id", "item_id"
        )
    )
    return copy_rows(
        _suggestion(run, case, proposal, classes.get(case.item.pk), day)
        for case, proposal in proposals
        if (case.warehouse_id, case.item.pk) not in settled
    )


def _suggestion(
    run: ReplenishmentRun, case: Case, proposal: Proposal, classed: ItemClass | None, day: date
) -> ReplenishmentSuggestion:
    situation, outlook = case.situation, proposal.outlook
    return ReplenishmentSuggestion(
        run=run,
        company=run.company,
        warehouse_id=case.warehouse_id,
        item=case.item,
        quantity=proposal.quantity,
        suggested_quantity=proposal.quantity,
        supplier_id=case.supplier_id,
        needed_on=day + timedelta(days=situation.lead_time_days),
        cause=proposal.cause,
        free=case.free,
        on_order=case.on_order,
        demand=case.demand,
        position=situation.position,
        minimum=situation.minimum,
        maximum=situation.maximum,
        reorder_at=proposal.reorder_at,
        level=proposal.level,
        safety=outlook.safety,
        expected=outlook.expected,
        lead_time_days=situation.lead_time_days,
        review_days=situation.review_days,
        service_level=case.stocking.service_level,
        order_minimum=case.stocking.order_minimum,
        order_multiple=case.stocking.order_multiple,
        method=outlook.method or "",
        grain=outlook.grain,
        periods=outlook.periods,
        error=outlook.error,
        naive_error=outlook.naive_error,
        abc=classed.abc if classed is not None else "",
        xyz=classed.xyz if classed is not None else "",
    )


# -- suggestions -------------------------------------------------------------------------------


@transaction.atomic
def accept_suggestions(
    *, suggestions: Sequence[ReplenishmentSuggestion], actor: User, at: datetime
) -> list[PurchaseRequest]:
    """
    Raise one requisition for each warehouse of what is suggested, and hand it in.

    What was accepted before stays with its requisition; done again it changes nothing.

    :returns: the requisitions of all of them.
    :raises WrongState: when one was dismissed, or replaced by a new run.
    """
    pks = sorted({each.pk for each in suggestions})
    rows = ReplenishmentSuggestion.objects.lock_many(pks)
    if len(rows) != len(pks):
        raise WrongState(_("A new run replaced some of the suggestions. Reload the page."))
    by_warehouse: dict[int, list[ReplenishmentSuggestion]] = defaultdict(list)
    for row in rows:
        if row.status != SuggestionStatus.ACCEPTED:
            by_warehouse[row.warehouse_id].append(row)
    for warehouse_pk, own in sorted(by_warehouse.items()):
        _raise(Warehouse.objects.select_related("company").get(pk=warehouse_pk), own, actor, at)
    requests = PurchaseRequest.objects.filter(suggestions__in=pks).distinct().order_by("pk")
    return list(requests)


def accept_suggestion(
    *, replenishmentsuggestion: ReplenishmentSuggestion, actor: User, at: datetime
) -> PurchaseRequest:
    """
    Raise a requisition of one suggestion; see :func:`accept_suggestions`.

    :raises WrongState: when it was dismissed, or replaced by a new run.
    """
    (request,) = accept_suggestions(suggestions=[replenishmentsuggestion], actor=actor, at=at)
    return request


@transaction.atomic
def dismiss_suggestion(
    *,
    replenishmentsuggestion: ReplenishmentSuggestion,
    reason: str,
    actor: User,
    at: datetime,
    quiet_until: date | None = None,
) -> ReplenishmentSuggestion:
    """
    Decide against a suggestion.

    :param quiet_until: the item is not suggested for the warehouse again before this day.
    :raises WrongState: unless it is open.
    """
    row = ReplenishmentSuggestion.objects.lock(replenishmentsuggestion)
    row.become(SuggestionStatus.DISMISSED, actor=actor, at=at, reason=reason)
    details = {"dismissal": reason[:200], "quiet_until": quiet_until, "decided_at": at}
    ReplenishmentSuggestion.objects.filter(pk=row.pk).update(**details)
    for name, value in details.items():
        setattr(row, name, value)
    return row


def _raise(warehouse: Warehouse, rows: Sequence[ReplenishmentSuggestion], actor: User, at: datetime) -> PurchaseRequest:
    """Raise one requisition of suggestions for a warehouse."""
    prefetch_related_objects(rows, "item__base_unit")
    request = create_request(
        warehouse=warehouse,
        needed_on=min(row.needed_on for row in rows),
        reason=str(warehouse),
        origin=RequestOrigin.REPLENISHMENT,
        lines=[{"item": row.item, "quantity": row.quantity, "needed_on": row.needed_on} for row in rows],
        actor=actor,
        at=at,
    )
    found = ReplenishmentSuggestion.objects.filter(pk__in=[row.pk for row in rows])
    found.update(request=request, decided_at=at)
    become_all(rows, SuggestionStatus.ACCEPTED, actor=actor, at=at)
    return submit_request(request=request, actor=actor, at=at)


# -- alerts ------------------------------------------------------------------------------------


def look_for_alerts(*, planningrule: PlanningRule, actor: User, at: datetime) -> Job:
    """Look in the background for what is wrong with the stock of a company."""
    return start_job(
        ALERTS_JOB,
        owner=actor,
        at=at,
        params={"company": planningrule.company_id},
        subject=str(planningrule.company),
    )
