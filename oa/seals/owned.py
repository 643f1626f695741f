"""Seals go to whoever takes over from their keeper, open requests to whoever takes over from who asked."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from oa.seals.choices import SealUseStatus
from oa.seals.models import Seal, SealUse
from suite.access.models import User
from suite.access.ownership import hands_over

OPEN = (SealUseStatus.DRAFT, SealUseStatus.APPROVING, SealUseStatus.APPROVED)


@hands_over(Seal, held=lambda user: Seal.objects.filter(keeper=user, is_active=True))
def give_seals(rows: QuerySet[Seal], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """A colleague keeps the seals from now on."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return Seal.objects.filter(pk__in=keys).update(keeper=to, version=F("version") + 1, updated_at=at)


@hands_over(SealUse, held=lambda user: SealUse.objects.filter(applicant=user, status__in=OPEN))
def give_requests(rows: QuerySet[SealUse], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """A colleague follows the requests that are not stamped yet; the register keeps who asked."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    return SealUse.objects.filter(pk__in=keys).update(applicant=to, version=F("version") + 1, updated_at=at)
