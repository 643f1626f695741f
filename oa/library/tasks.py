"""Work of the document centre in the background."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from oa.flows.models import FlowRun
from oa.library.archiving import archive_run
from suite.modules import state


@shared_task
def archive_approved(run_pk: int) -> int | None:
    """Archive what a run approved; returns the document, None where the office or the rule is off by now."""
    if not state.is_enabled("oa"):
        return None
    run = FlowRun.objects.get(pk=run_pk)
    document = archive_run(run=run, actor=None, at=timezone.now())
    return document.pk if document is not None else None
