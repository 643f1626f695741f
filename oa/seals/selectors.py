"""Questions about the register of seals."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from oa.seals.choices import SealUseStatus
from oa.seals.models import SealUse


def out_now() -> QuerySet[SealUse]:
    """The uses whose seal is taken out."""
    return SealUse.objects.filter(status=SealUseStatus.USED, is_taken_out=True)


def overdue(on: date) -> QuerySet[SealUse]:
    """The uses whose seal should have come back before a day."""
    return out_now().filter(return_by__lt=on)
