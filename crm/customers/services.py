"""Operations on leads, customers and contacts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.customers.choices import CustomerStage, LeadStatus, OwnerChangeTrigger
from crm.customers.entered import entered_contact, entered_customer, entered_lead
from crm.customers.models import Contact, Customer, FollowUp, Lead, OwnerChange
from crm.duplicates.choices import RecordKind
from crm.duplicates.rules import Entered
from crm.duplicates.selectors import Candidate
from crm.duplicates.services import guard_entry, record_decision
from crm.events import LeadConverted, LeadsCreated, LeadsWithoutOwner
from suite import events
from suite.access.models import User
from suite.activity.services import set_reminder
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.masters.entered import PARTY_FIELDS
from suite.masters.models import Company, Party, PartyContact
from suite.masters.selectors import default_company
from suite.masters.services import create_party

LEAD_NUMBERS = register_kind("crm.lead", pattern="L{yyyy}{seq:05}", reset="YEAR", title=gettext_lazy("lead"))
CUSTOMER_NUMBERS = register_kind("crm.customer", pattern="C{seq:05}", title=gettext_lazy("customer"))

# -- leads -------------------------------------------------------------------------------------


@transaction.atomic
def create_lead(
    *,
    name: str,
    actor: User | None,
    at: datetime,
    owner: User | None = None,
    fallback: User | None = None,
    company: Company | None = None,
    duplicate_reason: str | None = None,
    **details: Any,
) -> Lead:
    """
    Record a lead.

    :param owner: who works on it; None: whom the rules of assignment give it to, else ``fallback`` or the actor.
    :param duplicate_reason: why it is made although it resembles others; see :func:`guard_entry`.
    :param details: further columns of :class:`Lead`.
    :raises InvalidInput: when nobody is there to own it.
    :raises DuplicateBlocked, DuplicateSuspected: when it is there already, or seems to be.
    :raises ValidationError: if a value is wrong.
    """
    responsible = owner or fallback or actor
    if responsible is None:
        raise InvalidInput(_("Say who works on the lead."), field="owner")
    found = guard_entry(entered=entered_lead(details), actor=actor, at=at, reason=duplicate_reason)
    lead = Lead(
        number=next_number(None, LEAD_NUMBERS, timezone.localdate(at)),
        name=name.strip(),
        owner=responsible,
        company=company or default_company(),
        created_by=actor,
        created_at=at,
        **details,
    )
    _take_campaign(lead)
    lead.full_clean(exclude=["status"])
    lead.save()
    record_decision(kind=RecordKind.LEAD, row=lead, found=found, actor=actor, at=at, reason=duplicate_reason)
    _join_campaign(lead, actor, at)
    if owner is None:
        events.publish(LeadsWithoutOwner(lead_pks=(lead.pk,), actor_pk=actor.pk if actor else None, at=at))
        lead.refresh_from_db(fields=["owner", "version", "updated_at"])
    events.publish(LeadsCreated(lead_pks=(lead.pk,)))
    return lead


def _take_campaign(lead: Lead) -> None:
    """A lead that names no source has that of its campaign."""
    if lead.campaign is not None and lead.source_id is None:
        lead.source_id = lead.campaign.source_id


def _join_campaign(lead: Lead, actor: User | None, at: datetime) -> None:
    from crm.campaigns.services import add_leads_to_campaign

    add_leads_to_campaign(leads=[lead], actor=actor, at=at)


@transaction.atomic
def update_lead(*, lead: Lead, actor: User, at: datetime, duplicate_reason: str | None = None, **changes: Any) -> Lead:
    """
    Change a lead.

    :raises WrongState: when it was converted.
    :raises DuplicateBlocked, DuplicateSuspected: when what is new of it is there already, or seems to be.
    :raises ValidationError: if a value is wrong.
    """
    lead = Lead.objects.lock(lead)
    if lead.status == LeadStatus.CONVERTED:
        raise WrongState(_("A converted lead cannot be changed; change the customer."))
    before = entered_lead(vars(lead), pk=lead.pk)
    for name, value in changes.items():
        setattr(lead, name, value)
    entered = entered_lead(vars(lead), pk=lead.pk)
    found = guard_entry(entered=entered, before=before, actor=actor, at=at, reason=duplicate_reason)
    lead.full_clean(exclude=["status"])
    lead.save()
    record_decision(kind=RecordKind.LEAD, row=lead, found=found, actor=actor, at=at, reason=duplicate_reason)
    if "campaign" in changes:
        _join_campaign(lead, actor, at)
    return lead


@transaction.atomic
def qualify_lead(*, lead: Lead, actor: User, at: datetime) -> Lead:
    """
    Mark a lead as worth pursuing.

    :raises WrongState: unless it is new or contacted.
    """
    lead = Lead.objects.lock(lead)
    lead.become(LeadStatus.QUALIFIED, actor=actor, at=at)
    return lead


@transaction.atomic
def invalidate_lead(*, lead: Lead, reason: str, actor: User, at: datetime) -> Lead:
    """
    Put a lead aside with a reason.

    :raises WrongState: when it was converted or put aside already.
    """
    lead = Lead.objects.lock(lead)
    lead.become(LeadStatus.INVALID, actor=actor, at=at, reason=reason)
    return lead


@transaction.atomic
def reopen_lead(*, lead: Lead, actor: User, at: datetime) -> Lead:
    """
    Take up a lead again that was put aside.

    :raises WrongState: unless it is invalid.
    """
    lead = Lead.objects.lock(lead)
    lead.become(LeadStatus.NEW, actor=actor, at=at)
    return lead


@transaction.atomic
def assign_leads(*, leads: Iterable[Lead], owner: User, actor: User, at: datetime) -> int:
    """
    Give leads to a colleague: one statement for all.

    :raises WrongState: when one of them was converted.
    """
    rows = Lead.objects.lock_many([lead.pk for lead in leads])
    if any(row.status == LeadStatus.CONVERTED for row in rows):
        raise WrongState(_("A converted lead cannot be given to somebody; transfer the customer."))
    Lead.objects.filter(pk__in=[row.pk for row in rows]).update(owner=owner, version=F("version") + 1, updated_at=at)
    return len(rows)


@transaction.atomic
def assign_lead(*, lead: Lead, owner: User, actor: User, at: datetime) -> Lead:
    """Give one lead to a colleague; see :func:`assign_leads`."""
    assign_leads(leads=[lead], owner=owner, actor=actor, at=at)
    return Lead.objects.get(pk=lead.pk)


@transaction.atomic
def convert_lead(
    *,
    lead: Lead,
    actor: User,
    at: datetime,
    customer: Customer | None = None,
    customer_name: str = "",
    opportunity_name: str = "",
    amount: Any = None,
    expected_close_date: Any = None,
    duplicate_reason: str | None = None,
) -> Customer:
    """
    Make a lead a customer with contact and, when named, an opportunity; exactly once.

    Follow-ups of the lead are readable at the customer from then on. Somebody whom the customer has as a contact
    already, by mobile number, is not entered again.

    :param customer: an existing customer the lead belongs to; None: a new one.
    :raises WrongState: when the lead was converted or is invalid.
    :raises DuplicateBlocked, DuplicateSuspected: when somebody else has the customer already, or seems to.
    """
    lead = Lead.objects.lock(lead)
    if lead.status == LeadStatus.CONVERTED:
        raise WrongState(_("This lead was converted already."), customer=lead.customer_id)
    if not lead.can_become(LeadStatus.CONVERTED):
        raise WrongState(_("Take the lead up again before converting it."))
    found = _guard_conversion(lead, customer, customer_name, actor, at, duplicate_reason)
    if customer is None:
        customer = _customer_of_lead(lead, customer_name, actor, at)
    contact = _contact_of_lead(lead, customer)
    record_decision(kind=RecordKind.CUSTOMER, row=customer, found=found, actor=actor, at=at, reason=duplicate_reason)
    opportunity_pk = None
    if opportunity_name:
        from crm.pipeline.services import create_opportunity

        opportunity_pk = create_opportunity(
            name=opportunity_name,
            customer=customer,
            contact=contact,
            amount=amount if amount is not None else lead.estimated_amount or 0,
            expected_close_date=expected_close_date,
            source=lead.source,
            owner=lead.owner,
            actor=actor,
            at=at,
        ).pk
    lead.customer = customer
    lead.converted_at = at
    lead.save()
    lead.become(LeadStatus.CONVERTED, actor=actor, at=at)
    FollowUp.objects.filter(lead=lead).update(customer=customer)
    if lead.last_contact_at:
        touch_customer(customer=customer, at=lead.last_contact_at, next_contact_at=lead.next_contact_at)
    events.publish(LeadConverted(lead_pk=lead.pk, customer_pk=customer.pk, opportunity_pk=opportunity_pk))
    return customer


def _guard_conversion(
    lead: Lead, customer: Customer | None, name: str, actor: User, at: datetime, reason: str | None
) -> list[Candidate]:
    """Compare what a lead becomes; a customer that was chosen is known, only the person may be somebody else's."""
    if customer is not None:
        Customer.objects.lock(customer)
    entered = Entered(
        RecordKind.CUSTOMER,
        name="" if customer is not None else name or lead.company_name or lead.name,
        phones=(lead.mobile,),
        emails=(lead.email,),
        pk=customer.pk if customer is not None else None,
        lead_pk=lead.pk,
    )
    return guard_entry(entered=entered, actor=actor, at=at, reason=reason)


def _contact_of_lead(lead: Lead, customer: Customer) -> Contact:
    if lead.mobile_norm:
        known = Contact.objects.filter(customer=customer, person__mobile_norm=lead.mobile_norm)
        contact = known.order_by("pk").first()
        if contact is not None:
            return contact
    return _new_contact(customer=customer, name=lead.name, title=lead.title[:40], mobile=lead.mobile, email=lead.email)


def _customer_of_lead(lead: Lead, name: str, actor: User, at: datetime) -> Customer:
    return _new_customer(
        name=name or lead.company_name or lead.name,
        owner=lead.owner,
        company=lead.company,
        region=lead.region[:40],
        city=lead.city[:40],
        source=lead.source,
        next_contact_at=lead.next_contact_at,
        trigger=OwnerChangeTrigger.CONVERTED,
        actor=actor,
        at=at,
    )


# -- customers ---------------------------------------------------------------------------------


@transaction.atomic
def create_customer(
    *,
    name: str,
    actor: User,
    at: datetime,
    owner: User | None = None,
    company: Company | None = None,
    code: str = "",
    trigger: str = OwnerChangeTrigger.CREATED,
    duplicate_reason: str | None = None,
    **details: Any,
) -> Customer:
    """
    Create a customer with its party; the actor owns it unless somebody else is named.

    :param duplicate_reason: why it is made although it resembles others; see :func:`guard_entry`.
    :param details: further columns of the party or the customer.
    :raises DuplicateBlocked, DuplicateSuspected: when it is there already, or seems to be.
    :raises ValidationError: if a value is wrong or taken.
    """
    entered = entered_customer({"name": name, **details})
    found = guard_entry(entered=entered, actor=actor, at=at, reason=duplicate_reason)
    customer = _new_customer(
        name=name, actor=actor, at=at, owner=owner, company=company, code=code, trigger=trigger, **details
    )
    record_decision(kind=RecordKind.CUSTOMER, row=customer, found=found, actor=actor, at=at, reason=duplicate_reason)
    return customer


def _new_customer(
    *,
    name: str,
    actor: User,
    at: datetime,
    owner: User | None = None,
    company: Company | None = None,
    code: str = "",
    trigger: str = OwnerChangeTrigger.CREATED,
    **details: Any,
) -> Customer:
    """Create a customer that was compared with what is there."""
    party_details = {k: details.pop(k) for k in PARTY_FIELDS if k in details}
    party = create_party(
        name=name,
        code=code or next_number(None, CUSTOMER_NUMBERS, timezone.localdate(at)),
        is_customer=True,
        actor=actor,
        at=at,
        **party_details,
    )
    customer = Customer(
        party=party,
        company=company or default_company(),
        owner=owner or actor,
        owner_since=at,
        created_by=actor,
        created_at=at,
        **details,
    )
    customer.full_clean()
    customer.save()
    OwnerChange.objects.create(customer=customer, to_owner=customer.owner, trigger=trigger, actor=actor, at=at)
    return customer


@transaction.atomic
def update_customer(
    *, customer: Customer, actor: User, at: datetime, duplicate_reason: str | None = None, **changes: Any
) -> Customer:
    """
    Change a customer and its party; the owner changes by a transfer only.

    :raises DuplicateBlocked, DuplicateSuspected: when what is new of it is there already, or seems to be.
    :raises ValidationError: if a value is wrong or taken.
    """
    customer = Customer.objects.lock(customer)
    party = Party.objects.lock(customer.party_id)
    before = entered_customer(vars(party), pk=customer.pk)
    for name, value in changes.items():
        setattr(party if name in (*PARTY_FIELDS, "name") else customer, name, value)
    entered = entered_customer(vars(party), pk=customer.pk)
    found = guard_entry(entered=entered, before=before, actor=actor, at=at, reason=duplicate_reason)
    record_decision(kind=RecordKind.CUSTOMER, row=customer, found=found, actor=actor, at=at, reason=duplicate_reason)
    party.full_clean()
    party.save()
    customer.party = party
    customer.full_clean()
    customer.save()
    return customer


@transaction.atomic
def create_contact(
    *,
    customer: Customer,
    name: str,
    actor: User,
    at: datetime,
    duplicate_reason: str | None = None,
    **details: Any,
) -> Contact:
    """
    Add a person to talk to; the first one becomes the primary contact.

    :raises DuplicateBlocked, DuplicateSuspected: when the person is there already, or seems to be.
    :raises ValidationError: if a value is wrong.
    """
    Customer.objects.lock(customer)
    entered = entered_contact(details, customer.pk)
    found = guard_entry(entered=entered, actor=actor, at=at, reason=duplicate_reason)
    contact = _new_contact(customer=customer, name=name, **details)
    record_decision(kind=RecordKind.CONTACT, row=contact, found=found, actor=actor, at=at, reason=duplicate_reason)
    return contact


def _new_contact(*, customer: Customer, name: str, **details: Any) -> Contact:
    """Add a person who was compared with what is there."""
    is_first = not PartyContact.objects.filter(party=customer.party_id).exists()
    person = PartyContact(party_id=customer.party_id, name=name.strip(), is_primary=is_first, **details)
    person.full_clean()
    person.save()
    contact = Contact(customer=customer, person=person)
    contact.save()
    return contact


@transaction.atomic
def update_contact(
    *, contact: Contact, actor: User, at: datetime, duplicate_reason: str | None = None, **changes: Any
) -> Contact:
    """
    Change who a contact is; a contact stays with its customer.

    :raises DuplicateBlocked, DuplicateSuspected: when what is new of the person is there already, or seems to be.
    :raises ValidationError: if a value is wrong.
    """
    changes.pop("customer", None)
    contact = Contact.objects.lock(contact)
    person = PartyContact.objects.lock(contact.person_id)
    before = entered_contact(vars(person), contact.customer_id, pk=contact.pk)
    for name, value in changes.items():
        setattr(person, name, value)
    entered = entered_contact(vars(person), contact.customer_id, pk=contact.pk)
    found = guard_entry(entered=entered, before=before, actor=actor, at=at, reason=duplicate_reason)
    record_decision(kind=RecordKind.CONTACT, row=contact, found=found, actor=actor, at=at, reason=duplicate_reason)
    person.full_clean()
    person.save()
    contact.person = person
    contact.save()
    return contact


def touch_customer(*, customer: Customer, at: datetime, next_contact_at: datetime | None) -> None:
    """Keep the times of the last and next contact; a contact in the past never hides a later one."""
    locked = Customer.objects.lock(customer)
    if locked.last_contact_at is None or locked.last_contact_at <= at:
        locked.last_contact_at = at
        locked.next_contact_at = next_contact_at
    if locked.stage in {CustomerStage.NEW, CustomerStage.DORMANT}:
        locked.stage = CustomerStage.FOLLOWING if locked.first_deal_on is None else CustomerStage.DEAL
    locked.save(update_fields=["last_contact_at", "next_contact_at", "stage"])


@transaction.atomic
def record_follow_up(
    *,
    body: str,
    actor: User,
    at: datetime,
    customer: Customer | None = None,
    lead: Lead | None = None,
    opportunity: Any = None,
    contact: Contact | None = None,
    kind: str = "CALL",
    happened_at: datetime | None = None,
    next_contact_at: datetime | None = None,
) -> FollowUp:
    """
    Record a contact and when to come back; the next contact becomes a reminder.

    :raises InvalidInput: without subject, for a contact of another customer, or for a time that is still to come.
    """
    if customer is None and opportunity is not None:
        customer = opportunity.customer
    if customer is None and contact is not None:
        customer = contact.customer
    if customer is None and lead is None:
        raise InvalidInput(_("Choose a customer or a lead."), field="customer")
    if contact is not None and (customer is None or contact.customer_id != customer.pk):
        raise InvalidInput(_("This contact belongs to another customer."), field="contact")
    if opportunity is not None and customer is not None and opportunity.customer_id != customer.pk:
        raise InvalidInput(_("This opportunity belongs to another customer."), field="opportunity")
    when = happened_at or at
    if when > at:
        raise InvalidInput(_("This time is still to come; use the next contact for plans."), field="happened_at")
    if next_contact_at is not None and next_contact_at <= at:
        raise InvalidInput(_("Choose a time that is still to come."), field="next_contact_at")
    subject: Any = customer or lead
    follow_up = FollowUp.objects.create(
        lead=lead,
        customer=customer,
        opportunity=opportunity,
        contact=contact,
        kind=kind,
        body=body.strip(),
        happened_at=when,
        next_contact_at=next_contact_at,
        owner=actor,
        company_id=subject.company_id,
        created_at=at,
    )
    if customer is not None:
        touch_customer(customer=customer, at=when, next_contact_at=next_contact_at)
    if lead is not None:
        _touch_lead(lead, when, next_contact_at, actor, at)
    if opportunity is not None:
        _touch_opportunity(opportunity, when, next_contact_at)
    if next_contact_at is not None:
        _remind(follow_up, actor, next_contact_at, at)
    return follow_up


def _touch_lead(lead: Lead, when: datetime, next_contact_at: datetime | None, actor: User, at: datetime) -> None:
    locked = Lead.objects.lock(lead)
    if locked.last_contact_at is None or locked.last_contact_at <= when:
        locked.last_contact_at, locked.next_contact_at = when, next_contact_at
        locked.save(update_fields=["last_contact_at", "next_contact_at"])
    if locked.status == LeadStatus.NEW:
        locked.become(LeadStatus.CONTACTED, actor=actor, at=at)


def _touch_opportunity(opportunity: Any, when: datetime, next_contact_at: datetime | None) -> None:
    locked = type(opportunity).objects.lock(opportunity)
    if locked.last_contact_at is None or locked.last_contact_at <= when:
        locked.last_contact_at, locked.next_contact_at = when, next_contact_at
        locked.save(update_fields=["last_contact_at", "next_contact_at"])


def _remind(follow_up: FollowUp, actor: User, due_at: datetime, at: datetime) -> None:
    subject: Any = follow_up.opportunity or follow_up.customer or follow_up.lead
    set_reminder(obj=subject, due_at=due_at, note=follow_up.body, actor=actor, at=at)
