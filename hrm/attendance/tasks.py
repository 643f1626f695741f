"""Long work of attendance as jobs."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hrm.attendance.computing import compute_attendance
from hrm.attendance.services import COMPUTE_JOB
from suite.jobs.context import JobContext
from suite.jobs.registry import job
from suite.masters.models import Company


@job(
    COMPUTE_JOB,
    title=_("Attendance results"),
    labels={"people": _("People"), "days": _("Days"), "changed": _("Changed"), "exceptions": _("To be resolved")},
)
def compute(context: JobContext) -> dict[str, Any]:
    """Compute the results of a period for a company."""
    first, last = (date.fromisoformat(context.params[name]) for name in ("first", "last"))
    done = compute_attendance(
        company=Company.objects.get(pk=context.params["company"]),
        first=first,
        last=last,
        actor=context.owner,
        at=context.at,
        progress=context.progress,
    )
    return {
        "people": done.people,
        "days": done.days,
        "changed": done.changed,
        "exceptions": done.exceptions,
        "url": f"{reverse('hrm:attendance-month')}?month={first:%Y-%m}",
    }
