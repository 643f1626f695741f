"""Long work of approval flows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from oa.flows.models import FlowVersion
from oa.flows.replaying import changes_in_words, replay_runs
from suite.jobs.context import JobContext
from suite.jobs.registry import job

REPLAY_JOB = "oa.flows.replay"


@job(REPLAY_JOB, title=_("Try a draft on past requests"), labels={"changed": _("Requests that would go another way")})
def replay_draft(context: JobContext) -> dict[str, Any]:
    """Compare past runs with a draft; the changes are kept with the job."""
    draft = FlowVersion.objects.select_related("definition").get(pk=context.params["flow_version"])
    changes = replay_runs(
        draft=draft,
        since=datetime.fromisoformat(context.params["since"]),
        until=datetime.fromisoformat(context.params["until"]),
        user=context.owner,
        progress=context.progress,
    )
    return {
        "changed": len(changes),
        "changes": changes_in_words(changes),
        "url": f"{reverse('oa:flow-design', args=[draft.definition_id])}?replay={context.job.uuid}",
    }
