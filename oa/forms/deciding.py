"""Agreeing to a request with changes to what the step of the flow lets change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from oa.flows.acting import decide
from oa.flows.choices import EventKind
from oa.flows.definition import Step
from oa.flows.models import FlowRun, FlowTask
from oa.forms.models import FormRequest
from oa.forms.services import Files, change_fields
from suite.access.models import User


@transaction.atomic
def approve_with_changes(
    *,
    formrequest: FormRequest,
    task: FlowTask,
    step: Step,
    changes: Mapping[str, Any],
    files: Files | None = None,
    comment: str = "",
    expected_version: int | None = None,
    actor: User,
    at: datetime,
) -> FormRequest:
    """
    Change fields of a request and agree to it; the flow goes on by the changed facts.

    :raises WrongState: unless the request waits for approval.
    :raises AlreadyDecided: when the task is not to be decided any more.
    :raises NotYours: when the task is somebody else's.
    :raises NotAllowed: for fields that cannot be changed at the step.
    :raises InvalidData: for what does not fit the form.
    :raises VersionConflict: when the request was changed since the expected version.
    """
    _lock_runs(task.run)
    before = FormRequest.objects.lock(formrequest).flow_facts()
    request = change_fields(
        formrequest=formrequest,
        changes=changes,
        step=step,
        files=files,
        expected_version=expected_version,
        actor=actor,
        at=at,
    )
    facts, derived = changed_facts(before, request.flow_facts(), step)
    decide(
        task=task,
        kind=EventKind.APPROVE,
        actor=actor,
        at=at,
        comment=comment,
        facts=facts or None,
        derived=derived or None,
    )
    request.refresh_from_db()
    return request


def changed_facts(
    before: Mapping[str, Any], after: Mapping[str, Any], step: Step
) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return the facts that changed: those that a step opens, and those that follow from them.

    Facts of fields that are not there any more are None, as conditions know what is empty.
    """
    names = [*after, *(name for name in before if name not in after)]
    changed = {name: after.get(name) for name in names if before.get(name) != after.get(name)}
    opened = {name: value for name, value in changed.items() if name in step.editable}
    return opened, {name: value for name, value in changed.items() if name not in opened}


def _lock_runs(run: FlowRun | None) -> None:
    """Lock a run and those it belongs to before the request: who decides holds runs and waits for documents."""
    while run is not None:
        run = FlowRun.objects.lock(run).parent
