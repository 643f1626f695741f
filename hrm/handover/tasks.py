"""Handing over as a job."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from hrm.handover.models import Handover
from hrm.handover.services import HANDOVER_JOB, hand_over
from suite.jobs.context import JobContext
from suite.jobs.registry import job


@job(HANDOVER_JOB, title=_("Handover"), labels={"given": _("Handed over")})
def hand_everything_over(context: JobContext) -> dict[str, Any]:
    """Give everything that a leaver is responsible for to the successors."""
    handover = Handover.objects.get(pk=context.params["handover"])
    handover = hand_over(handover=handover, actor=context.owner, at=context.at, progress=context.progress)
    given = handover.lines.aggregate(given=Sum("given"))["given"] or 0
    return {"given": given, "url": handover.get_absolute_url()}
