"""Operations on offers, and hiring."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.org.models import Employee
from hrm.org.services import hire_employee
from hrm.people import contract_rules as rules
from hrm.people.contracts import create_contract
from hrm.people.selectors import minimum_wage
from hrm.recruiting.choices import (
    LIVE_OFFERS,
    CandidateStatus,
    OfferStatus,
    RejectReason,
    RequisitionStatus,
)
from hrm.recruiting.models import Candidate, Offer, Requisition
from hrm.recruiting.requisitions import note_filled
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind

NUMBERS = register_kind(
    "hrm.offer", pattern="OF-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("offer of employment")
)


@transaction.atomic
def create_offer(*, candidate: Candidate, starts_on: date, actor: User, at: datetime, **fields: Any) -> Offer:
    """
    Draw up an offer; the candidate is then at this stage.

    :param fields: manager, contract_kind, contract_months, probation_months, monthly_wage, probation_wage,
        valid_until, note.
    :raises WrongState: unless the candidate was interviewed for a place that is still to be filled, and has no offer.
    :raises InvalidInput: where 劳动合同法 19 or 20 do not allow the probation or its wage.
    """
    row = Candidate.objects.lock(candidate)
    requisition = _open_requisition(row)
    if row.offers.filter(status__in=LIVE_OFFERS).exists():
        raise WrongState(_("The candidate has an offer already."))
    offer = Offer(candidate=row, company=requisition.company, starts_on=starts_on, **fields)
    _check(offer)
    offer.number = next_number(offer.company, NUMBERS, timezone.localdate(at))
    offer.save()
    if row.status != CandidateStatus.OFFER:
        row.become(CandidateStatus.OFFER, actor=actor, at=at)
    return offer


@transaction.atomic
def update_offer(
    *, offer: Offer, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Offer:
    """
    Change an offer that is still a draft.

    :raises WrongState: once it was submitted.
    """
    row = Offer.objects.lock(offer).check_version(expected_version)
    if row.status != OfferStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    changes.pop("candidate", None)
    for name, value in changes.items():
        setattr(row, name, value)
    _check(row)
    row.save()
    return row


@transaction.atomic
def submit_offer(*, offer: Offer, actor: User, at: datetime) -> Offer:
    """
    Hand an offer in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: without a wage.
    """
    row = Offer.objects.lock(offer)
    if row.monthly_wage is None:
        raise InvalidInput(_("Enter the monthly wage first."))
    _check(row)
    row.become(OfferStatus.SUBMITTED, actor=actor, at=at)
    if not needs_approval(row, actor=actor, at=at):
        return approve_offer(offer=row, actor=actor, at=at)
    return row


@transaction.atomic
def approve_offer(*, offer: Offer, actor: User, at: datetime, reason: str = "") -> Offer:
    """
    Approve an offer.

    :raises WrongState: unless it waits for approval.
    """
    return Offer.objects.lock(offer).become(OfferStatus.APPROVED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reject_offer(*, offer: Offer, reason: str, actor: User, at: datetime) -> Offer:
    """
    Send an offer back to be changed.

    :raises WrongState: unless it waits for approval.
    """
    return Offer.objects.lock(offer).become(OfferStatus.DRAFT, actor=actor, at=at, reason=reason)


@transaction.atomic
def send_offer(*, offer: Offer, actor: User, at: datetime) -> Offer:
    """
    Note that the candidate has the offer.

    :raises WrongState: unless it is approved.
    """
    return Offer.objects.lock(offer).become(OfferStatus.SENT, actor=actor, at=at)


@transaction.atomic
def accept_offer(*, offer: Offer, actor: User, at: datetime) -> Offer:
    """
    Note that the candidate accepts.

    :raises WrongState: unless it was sent, or when it is not valid any more.
    """
    row = Offer.objects.lock(offer)
    if row.valid_until is not None and row.valid_until < timezone.localdate(at):
        raise WrongState(
            _("The offer was valid until %(day)s. Cancel it and make another one.")
            % {"day": date_format(row.valid_until)}
        )
    return row.become(OfferStatus.ACCEPTED, actor=actor, at=at)


@transaction.atomic
def decline_offer(*, offer: Offer, reason: str, actor: User, at: datetime) -> Offer:
    """
    Note that the candidate declines, or does not come after all; that ends it with them.

    :raises WrongState: unless it was sent or accepted, or when they were hired.
    """
    candidate = Candidate.objects.lock(offer.candidate)
    row = Offer.objects.lock(offer)
    row.become(OfferStatus.DECLINED, actor=actor, at=at, reason=reason)
    values = {"reject_reason": RejectReason.DECLINED.value, "reject_note": reason[:500]}
    candidate.become(CandidateStatus.REJECTED, actor=actor, at=at, reason=reason, values=values)
    return row


@transaction.atomic
def cancel_offer(*, offer: Offer, reason: str, actor: User, at: datetime) -> Offer:
    """
    Withdraw an offer that was not accepted; the candidate is back at the interviews.

    :raises WrongState: when it was accepted or has ended.
    """
    candidate = Candidate.objects.lock(offer.candidate)
    row = Offer.objects.lock(offer)
    row.become(OfferStatus.CANCELLED, actor=actor, at=at, reason=reason)
    if candidate.status == CandidateStatus.OFFER:
        candidate.become(CandidateStatus.INTERVIEW, actor=actor, at=at)
    return row


@transaction.atomic
def hire_candidate(*, candidate: Candidate, number: str, actor: User, at: datetime) -> Employee:
    """
    Take on a candidate who accepted: employee, draft of the contract, and what is to be done for a joiner.

    The request for people is filled with the last place.

    :param number: employee number.
    :returns: the employee, who is about to join on the first day of the offer.
    :raises WrongState: without an accepted offer, when they were hired already, or the place is not to be filled.
    :raises InvalidInput: when the number is taken, or the organisation refuses the place.
    """
    if candidate.requisition_id is None:
        raise WrongState(_("Choose the request for people that the candidate applies for."))
    requisition = Requisition.objects.lock(candidate.requisition_id)
    row = Candidate.objects.lock(candidate)
    if row.status != CandidateStatus.OFFER or row.requisition_id != requisition.pk:
        raise WrongState(_("%(name)s is “%(state)s”.") % {"name": row, "state": row.get_status_display()})
    if requisition.status != RequisitionStatus.APPROVED:
        raise WrongState(_("%(number)s is not open for recruiting.") % {"number": requisition})
    offer = Offer.objects.select_for_update(of=("self",)).filter(candidate=row, status=OfferStatus.ACCEPTED).first()
    if offer is None:
        raise WrongState(_("The candidate has not accepted an offer."))
    employee = hire_employee(
        company=requisition.company,
        number=number,
        name=row.name,
        hire_date=offer.starts_on,
        department=requisition.department,
        position=requisition.position,
        manager=offer.manager or requisition.department.head,
        phone=row.phone,
        email=row.email,
        gender=row.gender,
        actor=actor,
        at=at,
    )
    create_contract(
        employee=employee,
        kind=offer.contract_kind,
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        probation_ends_on=offer.probation_ends_on,
        monthly_wage=offer.monthly_wage,
        probation_wage=offer.probation_wage,
        actor=actor,
        at=at,
    )
    row.become(CandidateStatus.HIRED, actor=actor, at=at, values={"employee_id": employee.pk})
    note_filled(requisition, actor=actor, at=at)
    return employee


def _open_requisition(candidate: Candidate) -> Requisition:
    requisition = candidate.requisition
    if requisition is None:
        raise WrongState(_("Choose the request for people that the candidate applies for."))
    if requisition.status != RequisitionStatus.APPROVED:
        raise WrongState(_("%(number)s is not open for recruiting.") % {"number": requisition})
    return requisition


def _check(offer: Offer) -> None:
    offer.full_clean(exclude=["status", "number"])
    allowed = rules.probation_months(rules.Term(offer.contract_kind), offer.starts_on, offer.ends_on)
    if offer.probation_months > allowed:
        raise InvalidInput(
            _("For this term at most %(number)d months of probation are allowed (Labour Contract Law, article 19).")
            % {"number": allowed},
            field="probation_months",
        )
    if offer.probation_wage is not None and not offer.probation_months:
        raise InvalidInput(_("There is no probation."), field="probation_wage")
    minimum = minimum_wage(offer.company_id, offer.starts_on)
    if offer.monthly_wage is None:
        return
    if minimum is not None and offer.monthly_wage < minimum:
        raise InvalidInput(
            _("The local minimum wage is %(amount)s a month.") % {"amount": f"{minimum:,.2f}"}, field="monthly_wage"
        )
    lowest = rules.lowest_probation_wage(offer.monthly_wage, minimum)
    if offer.probation_wage is not None and offer.probation_wage < lowest:
        raise InvalidInput(
            _(
                "During probation at least 80%% of the agreed wage and the local minimum wage are paid: %(amount)s "
                "(Labour Contract Law, article 20)."
            )
            % {"amount": f"{lowest:,.2f}"},
            field="probation_wage",
        )
