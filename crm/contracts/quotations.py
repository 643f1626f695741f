"""Operations on quotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.contracts.approving import check_offer, refuse_unapproved
from crm.contracts.choices import QuotationStatus
from crm.contracts.costing import refresh_margin
from crm.contracts.models import Quotation
from crm.customers.models import Customer
from crm.events import QuotationAccepted
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.documents.services import link_documents, save_lines
from suite.documents.status import become_all
from suite.masters.models import Company, Currency

NUMBERS = register_kind("crm.quotation", pattern="QT-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("quotation"))
VALID_DAYS = 30
COPIED = (
    "title",
    "contact",
    "opportunity",
    "currency",
    "exchange_rate",
    "price_includes_tax",
    "discount_amount",
    "payment_terms",
    "delivery_terms",
    "remarks",
)
LINE_COPIED = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate")
PRODUCT_COPIED = ("item", "description", "quantity", "unit", "unit_price", "discount_percent")


@transaction.atomic
def create_quotation(
    *,
    customer: Customer,
    lines: Sequence[Mapping[str, Any]],
    actor: User,
    at: datetime,
    company: Company | None = None,
    currency: Currency | None = None,
    owner: User | None = None,
    valid_until: date | None = None,
    **details: Any,
) -> Quotation:
    """
    Draw up a quotation, valid for thirty days unless said otherwise.

    :param lines: values of :class:`QuotationLine`; what is left out comes from the item.
    :raises InvalidInput: when contact or opportunity belong to another customer, or it ends before it begins.
    :raises LineErrors: with what is wrong, for each line.
    """
    company = company or customer.company
    day = details.pop("document_date", None) or timezone.localdate(at)
    quotation = Quotation(
        company=company,
        customer=customer,
        currency=currency or company.base_currency,
        document_date=day,
        valid_until=valid_until or day + timedelta(days=VALID_DAYS),
        owner=owner or customer.owner or actor,
        created_by=actor,
        created_at=at,
        **details,
    )
    _check(quotation)
    quotation.number = next_number(company, NUMBERS, day)
    quotation.save()
    quotation.root = quotation
    save_lines(document=quotation, rows=list(lines))
    if quotation.opportunity is not None:
        link_documents(quotation.opportunity, quotation)
    return refresh_margin(quotation)


@transaction.atomic
def create_quotation_from_opportunity(*, opportunity: Opportunity, actor: User, at: datetime) -> Quotation:
    """
    Draw up a quotation with the products, customer and contact of an opportunity.

    :raises WrongState: when the opportunity has ended.
    :raises InvalidInput: when it has no products.
    """
    opportunity = Opportunity.objects.lock(opportunity)
    if opportunity.status != OpportunityStatus.OPEN:
        raise WrongState(_("This opportunity has ended. Take it up again first."))
    rows = lines_from_opportunity(opportunity)
    if not rows:
        raise InvalidInput(_("Enter the products of the opportunity first, or write the quotation by hand."))
    return create_quotation(
        customer=opportunity.customer,
        company=opportunity.company,
        contact=opportunity.contact,
        opportunity=opportunity,
        owner=opportunity.owner,
        title=opportunity.name,
        payment_terms=opportunity.customer.party.payment_terms,
        lines=rows,
        actor=actor,
        at=at,
    )


def lines_from_opportunity(opportunity: Opportunity) -> list[dict[str, Any]]:
    """Return the products of an opportunity as lines of a quotation; the tax comes from the item."""
    lines = opportunity.lines.select_related("item", "unit").order_by("position")
    return [{name: getattr(line, name) for name in PRODUCT_COPIED} for line in lines]


@transaction.atomic
def update_quotation(
    *, quotation: Quotation, lines: Sequence[Mapping[str, Any]], actor: User, at: datetime, **changes: Any
) -> Quotation:
    """
    Change a quotation that was not sent; one that was approved becomes a draft again and asks for approval anew.

    :raises WrongState: while somebody decides about it, or when it was sent: make a new version.
    """
    quotation = Quotation.objects.lock(quotation)
    if quotation.status == QuotationStatus.APPROVED:
        quotation.become(QuotationStatus.DRAFT, actor=actor, at=at, reason=_("Changed after approval"))
    for name, value in changes.items():
        setattr(quotation, name, value)
    _check(quotation)
    return refresh_margin(save_lines(document=quotation, rows=list(lines)))


@transaction.atomic
def send_quotation(*, quotation: Quotation, actor: User, at: datetime) -> Quotation:
    """
    Record that the quotation went to the customer; from then on it does not change.

    :raises WrongState: unless it is a draft or approved.
    :raises InvalidInput: without amount, or when it has expired.
    :raises ApprovalNeeded: for a draft that goes beyond what the actor may grant.
    """
    quotation = Quotation.objects.lock(quotation)
    check_offer(quotation, at)
    if quotation.status == QuotationStatus.DRAFT:
        # Costs and limits may be others than when it was written.
        refuse_unapproved(refresh_margin(quotation), actor)
    quotation.become(QuotationStatus.SENT, actor=actor, at=at)
    return quotation


@transaction.atomic
def accept_quotation(*, quotation: Quotation, actor: User, at: datetime) -> Quotation:
    """
    Record that the customer accepted.

    :raises WrongState: unless it was sent.
    """
    quotation = Quotation.objects.lock(quotation)
    quotation.become(QuotationStatus.ACCEPTED, actor=actor, at=at)
    events.publish(QuotationAccepted(quotation_pk=quotation.pk))
    return quotation


@transaction.atomic
def reject_quotation(*, quotation: Quotation, reason: str, actor: User, at: datetime) -> Quotation:
    """
    Record that the customer declined, and why.

    :raises WrongState: unless it was sent.
    """
    quotation = Quotation.objects.lock(quotation)
    quotation.become(QuotationStatus.REJECTED, actor=actor, at=at, reason=reason)
    return quotation


@transaction.atomic
def revise_quotation(*, quotation: Quotation, actor: User, at: datetime) -> Quotation:
    """
    Make the next version as a draft; the present one is superseded.

    :raises WrongState: when it was accepted, is not the current version, or somebody decides about it.
    """
    quotation = Quotation.objects.lock(quotation)
    if quotation.status in {QuotationStatus.ACCEPTED, QuotationStatus.SUPERSEDED, QuotationStatus.APPROVING}:
        raise WrongState(_("Only the current version that was not accepted can be revised."))
    root_pk = quotation.root_id or quotation.pk
    day = timezone.localdate(at)
    revision = Quotation(
        company=quotation.company,
        customer=quotation.customer,
        document_date=day,
        valid_until=day + timedelta(days=VALID_DAYS),
        owner=quotation.owner,
        created_by=actor,
        created_at=at,
        root_id=root_pk,
        revision=Quotation.objects.filter(root=root_pk).count() + 1,
        **{name: getattr(quotation, name) for name in COPIED},
    )
    revision.number = next_number(quotation.company, NUMBERS, day)
    revision.save()
    save_lines(document=revision, rows=_copied_lines(quotation))
    quotation.become(QuotationStatus.SUPERSEDED, actor=actor, at=at)
    link_documents(quotation, revision)
    return refresh_margin(revision)


@transaction.atomic
def copy_quotation(*, quotation: Quotation, actor: User, at: datetime, customer: Customer | None = None) -> Quotation:
    """
    Make a new offer like another one, as a draft of its own; the other stays as it is.

    :param customer: for whom; None: the same customer. Contact, opportunity and terms stay only with the same one.
    """
    customer = customer or quotation.customer
    names = [name for name in COPIED if name not in {"currency", "discount_amount"}]
    values = {name: getattr(quotation, name) for name in names}
    if customer.pk != quotation.customer_id:
        terms = customer.party.payment_terms
        values |= {"contact": None, "opportunity": None, "payment_terms": terms}
    return create_quotation(
        customer=customer,
        company=quotation.company,
        currency=quotation.currency,
        discount_amount=quotation.discount_amount,
        lines=_copied_lines(quotation),
        actor=actor,
        at=at,
        **values,
    )


def _copied_lines(quotation: Quotation) -> list[dict[str, Any]]:
    lines = quotation.lines.select_related("item", "unit").order_by("position")
    return [{name: getattr(line, name) for name in LINE_COPIED} for line in lines]


@transaction.atomic
def expire_quotations(*, at: datetime) -> int:
    """Mark sent quotations whose validity has passed: a fixed number of statements."""
    overdue = Quotation.objects.filter(status=QuotationStatus.SENT, valid_until__lt=timezone.localdate(at))
    rows = list(overdue.select_for_update(skip_locked=True).order_by("pk")[:1000])
    become_all(rows, QuotationStatus.EXPIRED, actor=None, at=at)
    return len(rows)


def _check(quotation: Quotation) -> None:
    for name in ("contact", "opportunity"):
        other = getattr(quotation, name)
        if other is not None and other.customer_id != quotation.customer_id:
            raise InvalidInput(_("This belongs to another customer."), field=name)
    if quotation.valid_until < quotation.document_date:
        raise InvalidInput(_("It must be valid at least until its own date."), field="valid_until")
    quotation.full_clean(exclude=["status", "number"])
