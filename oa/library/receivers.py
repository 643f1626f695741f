"""What the document centre does when something happens elsewhere."""

from __future__ import annotations

from oa.flows.events import RunApproved
from oa.flows.models import FlowRun
from oa.library.archiving import rule_for
from oa.library.tasks import archive_approved
from suite.core.commit import after_commit
from suite.events import receiver


@receiver(RunApproved)
def archive_what_was_approved(event: RunApproved) -> None:
    """Archive it after the commit; what is lost on the way is found at night."""
    if rule_for(FlowRun.objects.get(pk=event.run_pk)) is not None:
        after_commit(archive_approved.delay, event.run_pk)
