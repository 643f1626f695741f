"""How the use of a seal is approved."""

from __future__ import annotations

from oa.seals.choices import SealUseStatus
from oa.seals.models import SealUse
from oa.seals.services import approve_use, reject_use
from suite.documents.approvables import declare_approvable

declare_approvable(
    SealUse,
    approve=approve_use,
    reject=reject_use,
    waiting=SealUseStatus.APPROVING,
    outcomes=(SealUseStatus.APPROVED, SealUseStatus.REJECTED),
)
