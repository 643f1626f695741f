"""Deciding on reorganisations, and bringing them into force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.org import services as org
from hrm.org.errors import OrganisationCycle
from hrm.org.locks import lock_departments
from hrm.org.models import Department
from hrm.reorg.choices import ReorganisationStatus, StepKind
from hrm.reorg.models import Reorganisation, ReorganisationStep
from hrm.reorg.preview import Node, TreeCycleError, apply
from hrm.reorg.selectors import changes_of
from suite.access.models import User
from suite.core.errors import DomainError, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.rows import Faults, Row, write_rows
from suite.masters.selectors import default_company

NUMBERS = register_kind(
    "hrm.reorganisation", pattern="ORG-{yyyy}-{seq:03}", reset="YEAR", title=gettext_lazy("reorganisation")
)


@transaction.atomic
def create_reorganisation(
    *,
    title: str,
    effective_on: date,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    reason: str = "",
    owner: User | None = None,
) -> Reorganisation:
    """
    Draw up a reorganisation of the company whose departments it names.

    :param lines: ``department``, ``kind`` and, by its kind, ``parent``, ``head`` or ``name``.
    :raises LineErrors: with what is wrong, for each line.
    :raises OrganisationCycle: when a department would stand above itself.
    """
    named = (row["department"] for row in lines if row.get("department") is not None)
    company = next((department.company for department in named), None) or default_company()
    reorganisation = Reorganisation(
        company=company,
        title=title,
        effective_on=effective_on,
        reason=reason,
        owner=owner or actor,
        created_at=at,
    )
    reorganisation.number = next_number(company, NUMBERS, timezone.localdate(at))
    reorganisation.full_clean(exclude=["status"])
    reorganisation.save()
    _write(reorganisation, lines)
    return reorganisation


@transaction.atomic
def update_reorganisation(
    *,
    reorganisation: Reorganisation,
    lines: Sequence[Row],
    actor: User,
    at: datetime,
    expected_version: int | None = None,
    **changes: Any,
) -> Reorganisation:
    """
    Change a reorganisation that nobody decided on yet.

    :raises WrongState: unless it is a draft.
    :raises LineErrors: with what is wrong, for each line.
    :raises OrganisationCycle: when a department would stand above itself.
    """
    locked = Reorganisation.objects.lock(reorganisation).check_version(expected_version)
    if locked.status != ReorganisationStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.full_clean(exclude=["status"])
    locked.save()
    _write(locked, lines)
    return locked


@transaction.atomic
def submit_reorganisation(*, reorganisation: Reorganisation, actor: User, at: datetime) -> Reorganisation:
    """
    Hand a reorganisation in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    """
    lock_departments(reorganisation.company_id)
    locked = Reorganisation.objects.lock(reorganisation)
    _check_tree(locked)
    locked.become(ReorganisationStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(locked, actor=actor, at=at):
        return approve_reorganisation(reorganisation=locked, actor=actor, at=at)
    return locked


@transaction.atomic
def approve_reorganisation(
    *, reorganisation: Reorganisation, actor: User, at: datetime, reason: str = ""
) -> Reorganisation:
    """
    Approve a reorganisation; it comes into force on its day, which may be today.

    :raises WrongState: unless it waits for approval.
    """
    lock_departments(reorganisation.company_id)
    locked = Reorganisation.objects.lock(reorganisation)
    locked.become(ReorganisationStatus.APPROVED, actor=actor, at=at, reason=reason)
    if locked.effective_on <= timezone.localdate(at):
        return apply_reorganisation(reorganisation=locked, actor=actor, at=at)
    return locked


@transaction.atomic
def reject_reorganisation(*, reorganisation: Reorganisation, reason: str, actor: User, at: datetime) -> Reorganisation:
    """
    Send a reorganisation back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    locked = Reorganisation.objects.lock(reorganisation)
    if locked.status != ReorganisationStatus.APPROVING:
        raise WrongState(_("It does not wait for approval."))
    locked.become(ReorganisationStatus.DRAFT, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def cancel_reorganisation(*, reorganisation: Reorganisation, reason: str, actor: User, at: datetime) -> Reorganisation:
    """
    Give up a reorganisation that is not in force yet.

    :raises WrongState: once it is in force.
    """
    locked = Reorganisation.objects.lock(reorganisation)
    locked.become(ReorganisationStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def apply_reorganisation(*, reorganisation: Reorganisation, actor: User | None, at: datetime) -> Reorganisation:
    """
    Bring an approved reorganisation into force: all of its steps, or none.

    :raises WrongState: unless it is approved and its day has come.
    :raises DomainError: when the organisation changed so that a step is not possible any more.
    """
    lock_departments(reorganisation.company_id)
    locked = Reorganisation.objects.lock(reorganisation)
    if locked.effective_on > timezone.localdate(at):
        raise WrongState(_("It comes into force on %(day)s.") % {"day": locked.effective_on})
    locked.become(ReorganisationStatus.APPLIED, actor=actor, at=at)
    for step in locked.lines.select_related("department", "parent", "head").order_by("position"):
        _take(step, locked.effective_on, actor, at)
    if locked.failure:
        locked.failure = ""
        locked.save(update_fields=["failure"])
    return locked


def apply_due_reorganisations(*, at: datetime) -> int:
    """
    Bring into force what is due, each by itself; one that is not possible says why and waits for somebody.

    :returns: how many are in force now.
    """
    due = Reorganisation.objects.filter(
        status=ReorganisationStatus.APPROVED, effective_on__lte=timezone.localdate(at)
    ).order_by("effective_on", "pk")
    applied = 0
    for each in due:
        try:
            apply_reorganisation(reorganisation=each, actor=None, at=at)
            applied += 1
        except DomainError as error:
            Reorganisation.objects.filter(pk=each.pk).update(failure=str(error)[:500])
    return applied


def _write(reorganisation: Reorganisation, rows: Sequence[Row]) -> None:
    write_rows(reorganisation, "reorganisation", rows, lambda row: _faults(reorganisation, row))
    _check_tree(reorganisation)


def _faults(reorganisation: Reorganisation, row: Row) -> Faults:
    """Return what is wrong with a step, by column."""
    department, parent, kind = row.get("department"), row.get("parent"), row.get("kind")
    if department is None:
        return {"department": _("Choose a department.")}
    if department.company_id != reorganisation.company_id:
        return {"department": _("The department belongs to another company.")}
    if parent is not None and parent.company_id != reorganisation.company_id:
        return {"parent": _("A department belongs to one of the same company.")}
    if kind == StepKind.RENAME and not row.get("name"):
        return {"name": _("Enter the new name.")}
    wanted = {StepKind.MOVE: "parent", StepKind.HEAD: "head", StepKind.RENAME: "name"}.get(StepKind(str(kind)), "")
    extra = [name for name in ("parent", "head", "name") if row.get(name) and name != wanted]
    return {extra[0]: _("This is not what happens in this step; add another one.")} if extra else {}


def _check_tree(reorganisation: Reorganisation) -> None:
    """:raises OrganisationCycle: when a department would stand above itself after the steps."""
    departments = Department.objects.filter(company=reorganisation.company_id)
    tree = {pk: Node(parent, head) for pk, parent, head in departments.values_list("pk", "parent", "head")}
    try:
        apply(tree, changes_of(reorganisation.lines.order_by("position")))
    except TreeCycleError as error:
        raise OrganisationCycle(
            _("%(department)s cannot belong to itself or to a department below it.")
            % {"department": departments.get(pk=error.department)}
        ) from error


def _take(step: ReorganisationStep, day: date, actor: User | None, at: datetime) -> None:
    department = step.department
    match StepKind(step.kind):
        case StepKind.MOVE:
            org.move_department(department=department, parent=step.parent, actor=actor, at=at)
        case StepKind.HEAD:
            org.set_department_head(department=department, head=step.head, actor=actor, at=at)
        case StepKind.RENAME:
            org.update_department(department=department, name=step.name, actor=actor, at=at)
        case StepKind.CLOSE:
            org.close_department(department=department, valid_to=day, actor=actor, at=at)
