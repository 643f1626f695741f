"""Asking for a seal, deciding about it, stamping, and bringing it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from oa.seals.choices import SealUseStatus
from oa.seals.models import Seal, SealUse
from oa.seals.selectors import out_now, overdue
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.activity.targets import can_see, key_of
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.documents.approvables import is_decided_by_flow
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind

USES = register_kind("oa.seal_use", pattern="SEAL-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("seal use"))


@transaction.atomic
def create_use(
    *, seal: Seal, purpose: str, actor: User, at: datetime, source: models.Model | None = None, **details: Any
) -> SealUse:
    """
    Draw up the request for a seal.

    :param source: the contract or any other row whose paper is stamped.
    :param details: counterparty, copies, is_taken_out, return_by.
    :raises InvalidInput: for a seal that is out of use or stays in the house, or a source that the actor cannot see.
    """
    if source is not None and not can_see(source, user=actor):
        raise InvalidInput(_("You cannot see what this seal is for."), field="source")
    use = SealUse(seal=seal, purpose=purpose, applicant=actor, **details)
    if source is not None:
        use.content_type, use.object_id = key_of(source).values()
    _check(use)
    use.number = next_number(seal.company, USES, timezone.localdate(at))
    use.save()
    return use


@transaction.atomic
def update_use(
    *, sealuse: SealUse, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> SealUse:
    """
    Change a request that was not handed in.

    :raises WrongState: once it was.
    :raises InvalidInput: as :func:`create_use`.
    """
    use = SealUse.objects.lock(sealuse).check_version(expected_version)
    if use.status != SealUseStatus.DRAFT:
        raise WrongState(_("It was handed in already."))
    changes.pop("source", None)
    for name, value in changes.items():
        setattr(use, name, value)
    _check(use)
    use.save()
    return use


@transaction.atomic
def submit_use(*, sealuse: SealUse, actor: User, at: datetime) -> SealUse:
    """
    Hand a request in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: when the seal is out of use meanwhile.
    """
    use = SealUse.objects.lock(sealuse)
    _check(use)
    use.become(SealUseStatus.APPROVING, actor=actor, at=at)
    if needs_approval(use, actor=actor, at=at):
        return use
    return approve_use(sealuse=use, actor=actor, at=at)


@transaction.atomic
def approve_use(*, sealuse: SealUse, actor: User, at: datetime, reason: str = "") -> SealUse:
    """
    Approve the use of a seal; its keeper is told.

    :raises NotAllowed: for one's own request.
    :raises WrongState: unless it waits for approval.
    """
    use = SealUse.objects.lock(sealuse)
    if use.is_own(actor) and not is_decided_by_flow(use):
        raise NotAllowed(_("Somebody else decides about your own request."))
    use.become(SealUseStatus.APPROVED, actor=actor, at=at, reason=reason)
    _tell([use.seal.keeper, use.applicant], gettext_noop("Approved, to be stamped: %(use)s"), use, actor, at)
    return use


@transaction.atomic
def reject_use(*, sealuse: SealUse, reason: str, actor: User, at: datetime) -> SealUse:
    """
    Refuse the use of a seal.

    :raises WrongState: unless it waits for approval.
    """
    use = SealUse.objects.lock(sealuse)
    use.become(SealUseStatus.REJECTED, actor=actor, at=at, reason=reason)
    _tell([use.applicant], gettext_noop("Rejected: %(use)s"), use, actor, at)
    return use


@transaction.atomic
def reopen_use(*, sealuse: SealUse, actor: User, at: datetime) -> SealUse:
    """
    Take a refused request back to be changed.

    :raises WrongState: unless it was refused.
    """
    use = SealUse.objects.lock(sealuse)
    use.become(SealUseStatus.DRAFT, actor=actor, at=at)
    return use


@transaction.atomic
def cancel_use(*, sealuse: SealUse, reason: str = "", actor: User, at: datetime) -> SealUse:
    """
    Take a request back before the seal was used.

    :raises WrongState: once it was.
    """
    use = SealUse.objects.lock(sealuse)
    use.become(SealUseStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return use


@transaction.atomic
def stamp_use(
    *, sealuse: SealUse, copies_used: int, used_at: datetime | None = None, actor: User, at: datetime
) -> SealUse:
    """
    Record that the keeper put the seal on so many copies; from now on the row belongs to the register.

    :param used_at: when; None: now.
    :raises NotAllowed: for anybody but the keeper.
    :raises WrongState: unless it is approved, or while the seal is taken out.
    :raises InvalidInput: for more copies than were approved, or a time that is still to come.
    """
    use = SealUse.objects.lock(sealuse)
    seal = Seal.objects.lock(use.seal)
    if seal.keeper_id != actor.pk:
        raise NotAllowed(_("Only the keeper of the seal, %(keeper)s, records its use.") % {"keeper": seal.keeper})
    if not 1 <= copies_used <= use.copies:
        raise InvalidInput(
            _("%(number)d copies are approved; no more can be stamped.") % {"number": use.copies}, field="copies_used"
        )
    moment = used_at or at
    if moment > at:
        raise InvalidInput(_("This time is still to come."), field="used_at")
    elsewhere = out_now().filter(seal=seal).first()
    if elsewhere is not None:
        raise WrongState(_("The seal is taken out with %(use)s.") % {"use": elsewhere})
    use.become(
        SealUseStatus.USED,
        actor=actor,
        at=at,
        values={"copies_used": copies_used, "used_at": moment, "used_by_id": actor.pk},
    )
    return use


@transaction.atomic
def return_seal(*, sealuse: SealUse, actor: User, at: datetime) -> SealUse:
    """
    Record that a seal that was taken out is back.

    :raises NotAllowed: for anybody but the keeper.
    :raises WrongState: unless it is out.
    """
    use = SealUse.objects.lock(sealuse)
    if use.seal.keeper_id != actor.pk:
        raise NotAllowed(_("Only the keeper of the seal, %(keeper)s, records its use.") % {"keeper": use.seal.keeper})
    if not use.is_taken_out:
        raise WrongState(_("This seal was not taken out."))
    use.become(SealUseStatus.RETURNED, actor=actor, at=at, values={"returned_at": at})
    return use


@transaction.atomic
def warn_of_overdue_seals(*, actor: User | None, at: datetime) -> int:
    """Tell keepers and who took them of seals that should be back, once a day; return how many."""
    today = timezone.localdate(at)
    late = overdue(today).filter(Q(warned_on__isnull=True) | Q(warned_on__lt=today))
    found = list(late.select_for_update(of=("self",)).select_related("seal__keeper", "applicant").order_by("pk"))
    for use in found:
        _tell(
            [use.seal.keeper, use.applicant],
            gettext_noop("The seal is not back: %(use)s"),
            use,
            None,
            at,
            is_alert=True,
        )
    SealUse.objects.filter(pk__in=[use.pk for use in found]).update(warned_on=today)
    return len(found)


def _check(use: SealUse) -> None:
    if not use.seal.is_active:
        raise InvalidInput(_("This seal is out of use."), field="seal")
    if use.is_taken_out and not use.seal.may_be_taken_out:
        raise InvalidInput(_("This seal stays in the house."), field="is_taken_out")
    if use.is_taken_out and use.return_by is None:
        raise InvalidInput(_("Say until when the seal is back."), field="return_by")
    if not use.is_taken_out:
        use.return_by = None


def _tell(
    people: list[User], title: str, use: SealUse, actor: User | None, at: datetime, *, is_alert: bool = False
) -> None:
    notify(
        recipients=people,
        kind=NotificationKind.ALERT if is_alert else NotificationKind.APPROVAL,
        title=title,
        params={"use": f"{use.number} {use.seal} {use.purpose}"},
        actor=actor,
        obj=use,
        at=at,
    )
