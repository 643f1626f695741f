"""Approval of quotations: who may grant how much, and who decides about more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.contracts.choices import QuotationStatus
from crm.contracts.costing import refresh_margin
from crm.contracts.models import Quotation, QuotationLimit
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput
from suite.core.text import listed
from suite.documents.approval import is_decided_elsewhere, needs_approval
from suite.pages.columns import quantity


class ApprovalNeeded(DomainError):
    """A quotation goes beyond what its sender may grant and was not approved."""

    code = "approval-needed"


def limits_for(quotation: Quotation, user: User) -> list[QuotationLimit]:
    """Return the limits that bind somebody: those of their roles, else those for everybody."""
    rows = QuotationLimit.objects.filter(
        Q(company=quotation.company_id) | Q(company=None),
        Q(role__in=user.groups.values("pk")) | Q(role=None),
        is_active=True,
    )
    found = list(rows.order_by("pk"))
    return [each for each in found if each.role_id is not None] or found


def breaches(quotation: Quotation, limit: QuotationLimit, *, shows_margin: bool = False) -> list[str]:
    """
    Return how a quotation goes beyond a limit, in words.

    :param shows_margin: whether the reader may know the margin.
    """
    words = []
    most, least = limit.max_discount_percent, limit.min_margin_percent
    if most is not None and quotation.max_discount_percent > most:
        words.append(
            _("the discount of %(discount)s %% is more than %(most)s %%")
            % {"discount": quantity(quotation.max_discount_percent), "most": quantity(most)}
        )
    margin = quotation.margin_percent
    if least is not None and margin is None and not limit.is_unknown_margin_enough:
        words.append(_("the margin is not known"))
    elif least is not None and margin is not None and margin < least:
        shown = _("the margin of %(margin)s %% is less than %(least)s %%")
        facts = {"margin": quantity(margin), "least": quantity(least)}
        words.append(shown % facts if shows_margin else _("the margin is too small"))
    return words


def reasons_for_approval(quotation: Quotation, user: User) -> list[str]:
    """
    Return why a quotation needs approval before this user may send it, nothing when it needs none.

    Within the limits nobody is asked. Where no limits are set, only an approval flow that is bound asks for approval.
    """
    limits = limits_for(quotation, user)
    if not limits:
        return [_("an approval flow decides about it")] if is_decided_elsewhere(quotation, actor=user) else []
    shows_margin = user.has_perm("crm.view_margin_quotation")
    found = [breaches(quotation, each, shows_margin=shows_margin) for each in limits]
    return min(found, key=len)


def refuse_unapproved(quotation: Quotation, user: User) -> None:
    """
    Refuse to send a draft that needs approval.

    :raises ApprovalNeeded: naming why.
    """
    reasons = reasons_for_approval(quotation, user)
    if reasons:
        raise ApprovalNeeded(_("Submit it for approval first: %(reasons)s.") % {"reasons": listed(reasons)})


@transaction.atomic
def submit_quotation(*, quotation: Quotation, actor: User, at: datetime) -> Quotation:
    """
    Hand a quotation in for approval; it is approved at once within the limits, or when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: without amount, or when it has expired.
    """
    quotation = Quotation.objects.lock(quotation)
    check_offer(quotation, at)
    refresh_margin(quotation)
    is_free = not reasons_for_approval(quotation, actor)
    quotation.become(QuotationStatus.APPROVING, actor=actor, at=at)
    if is_free or not needs_approval(quotation, actor=actor, at=at):
        return _approve(quotation, actor, at, "")
    return quotation


@transaction.atomic
def approve_quotation(*, quotation: Quotation, actor: User, at: datetime, reason: str = "") -> Quotation:
    """
    Approve a quotation.

    :raises WrongState: unless it waits for approval.
    """
    return _approve(Quotation.objects.lock(quotation), actor, at, reason)


@transaction.atomic
def return_quotation(*, quotation: Quotation, reason: str, actor: User, at: datetime) -> Quotation:
    """
    Send a quotation back to be changed.

    :raises WrongState: unless it waits for approval, or was approved and not sent.
    """
    quotation = Quotation.objects.lock(quotation)
    quotation.become(QuotationStatus.DRAFT, actor=actor, at=at, reason=reason)
    return quotation


def check_offer(quotation: Quotation, at: datetime) -> None:
    """
    Refuse what cannot be offered.

    :raises InvalidInput: without amount, or when it has expired.
    """
    if quotation.gross_total <= 0:
        raise InvalidInput(_("Enter at least one line with an amount."))
    if quotation.valid_until < timezone.localdate(at):
        raise InvalidInput(_("The quotation has expired; change how long it is valid."), field="valid_until")


def _approve(quotation: Quotation, actor: User, at: datetime, reason: str) -> Quotation:
    return quotation.become(QuotationStatus.APPROVED, actor=actor, at=at, reason=reason)


# -- what the pages say ------------------------------------------------------------------------


def why_not_submit(quotation: Any, user: User) -> str:
    """Why nobody needs to approve a draft; empty when somebody has to."""
    if quotation.status == QuotationStatus.DRAFT and not reasons_for_approval(quotation, user):
        return _("You may send it without approval.")
    return ""


def why_not_send(quotation: Any, user: User) -> str:
    """Why a draft cannot be sent yet; empty when it can."""
    if quotation.status != QuotationStatus.DRAFT:
        return ""
    reasons: Sequence[str] = reasons_for_approval(quotation, user)
    return _("Needs approval: %(reasons)s.") % {"reasons": listed(reasons)} if reasons else ""
