"""Leads out of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.campaigns.services import add_leads_to_campaign
from crm.customers.choices import LeadStatus
from crm.customers.entered import entered_lead
from crm.customers.importing.entries import (
    Entry,
    Progress,
    Rows,
    Run,
    apply,
    batches,
    mark_changed,
    raise_errors,
    refuse_repeated,
    report,
    warn_of_lookalikes,
    warnings_of,
)
from crm.customers.models import Contact, Lead
from crm.customers.services import LEAD_NUMBERS
from crm.duplicates.choices import MatchEffect, MatchField, RecordKind
from crm.duplicates.rules import keys_of
from crm.duplicates.selectors import LIVE_SQL
from crm.duplicates.services import lock_keys
from crm.events import LeadsCreated, LeadsWithoutOwner
from suite import events
from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.bulk import copy_rows, update_rows
from suite.documents.numbering import next_numbers
from suite.masters.base import derived_names
from suite.masters.normalize import is_personal, normalize_email, normalize_name, normalize_phone
from suite.masters.selectors import default_company

KEY = "external_key"


@transaction.atomic
def import_leads(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Record leads, or change those whose key in the source file is known; blank cells leave values alone.

    A lead with the e-mail address or the mobile number of an earlier row, of another lead or of a contact is a
    duplicate, and one whose company has a similar name may be one: the rules say what is refused and what warned of. A
    landline is shared by many, so it makes a duplicate only together with the name.

    :param rows: cleaned values of a lead, with ``_row`` and perhaps ``_existing``.
    :param progress: called with the number of rows done and of all.
    :returns: ``created``, ``updated``, and ``warnings``: row → texts.
    :raises RowErrors: naming every row that cannot be imported; nothing is written.
    """
    run = Run(actor, at, default_company())
    entries = [Entry.of(row) for row in rows]
    lock_keys(keys_of(entered_lead(entry.values)) for entry in entries)
    _match(entries, run)
    _refuse_duplicates(entries, run)
    warn_of_lookalikes(entries, run, "company_name", RecordKind.LEAD, Lead, LIVE_SQL)
    new = [_new(entry, run) for entry in entries if entry.existing is None]
    given = ["owner" in entry.values for entry in entries if entry.existing is None]
    changed = [_changed(entry) for entry in entries if entry.existing is not None]
    raise_errors(entries)
    if new:
        numbers = next_numbers(None, LEAD_NUMBERS, timezone.localdate(at), len(new))
        for lead, number in zip(new, numbers, strict=True):
            lead.number = number
    for done, batch in batches(new):
        copy_rows(batch)
        report(progress, done, len(entries))
    unowned = tuple(lead.pk for lead, is_given in zip(new, given, strict=True) if not is_given)
    if unowned:
        events.publish(LeadsWithoutOwner(lead_pks=unowned, actor_pk=actor.pk, at=at))
    _update(changed, run)
    _join_campaigns(new, changed, run)
    report(progress, len(entries), len(entries))
    events.publish(LeadsCreated(lead_pks=tuple(lead.pk for lead in new)))
    return {"created": len(new), "updated": len(changed), "warnings": warnings_of(entries)}


def _match(entries: list[Entry], run: Run) -> None:
    """Find the leads that rows change, and refuse keys that are given twice or are somebody else's."""
    refuse_repeated(entries, KEY, lambda entry: entry.values.get(KEY))
    keys = {entry.values[KEY] for entry in entries if KEY in entry.values}
    leads = list(Lead.objects.filter(external_key__in=keys).select_for_update(of=("self",)).order_by("pk"))
    allowed = _reached(Lead, leads, run.actor, "change")
    known = {lead.external_key: lead for lead in leads}
    for entry in entries:
        entry.existing = known.get(entry.values.get(KEY, ""))
        if entry.existing is None:
            continue
        if entry.existing.pk not in allowed:
            entry.refuse(KEY, _("You may not change this lead."))
        elif entry.existing.status == LeadStatus.CONVERTED:
            entry.refuse(KEY, _("A converted lead cannot be changed; change the customer."))


def _reached(model: Any, found: Iterable[Lead | Contact], actor: User, action: str = "view") -> set[int]:
    rows = model.objects.filter(pk__in={row.pk for row in found}).order_by()
    return set(restrict(rows, user=actor, action=action).values_list("pk", flat=True))


# -- duplicates --------------------------------------------------------------------------------


def _refuse_duplicates(entries: list[Entry], run: Run) -> None:
    _refuse_shared(entries, run, "email", MatchField.EMAIL, lambda row: normalize_email(row.get("email", "")))
    _refuse_shared(entries, run, "mobile", MatchField.MOBILE, _line)


def _line(values: Mapping[str, Any]) -> str:
    """Return who is reached at a number: one person, or at a line that several people share the one of that name."""
    number = normalize_phone(values.get("mobile", ""))
    if not number or is_personal(number):
        return number
    return f"{number} {normalize_name(values.get('name', ''))}"


def _refuse_shared(
    entries: list[Entry], run: Run, name: str, field: MatchField, key: Callable[[Mapping[str, Any]], str]
) -> None:
    """Refuse, or warn of, rows that share an address or number with an earlier row, a lead or a contact."""
    of_leads, of_contacts = run.effect(field, RecordKind.LEAD), run.effect(field, RecordKind.CONTACT)
    keys = {entry.number: key(entry.values) for entry in entries}
    if of_leads == MatchEffect.BLOCK:
        refuse_repeated(entries, name, lambda entry: keys[entry.number])
    norms = {value.split(" ")[0] for value in keys.values()} - {""}
    leads = Lead.objects.filter(**{f"{name}_norm__in": norms}).select_related("owner").order_by("-pk")
    by_lead = {key({"name": lead.name, name: getattr(lead, name)}): lead for lead in leads}
    people = Contact.objects.filter(**{f"person__{name}_norm__in": norms}).order_by("-pk")
    by_contact = {
        key({"name": contact.person.name, name: getattr(contact.person, name)}): contact
        for contact in people.select_related("person", "customer__party", "customer__owner")
    }
    visible = _reached(Lead, by_lead.values(), run.actor), _reached(Contact, by_contact.values(), run.actor)
    for entry in entries:
        lead, contact = by_lead.get(keys[entry.number]), by_contact.get(keys[entry.number])
        if lead is not None and lead.pk != getattr(entry.existing, "pk", None):
            entry.note(of_leads, name, _("%(who)s has it already.") % {"who": _lead_name(lead, visible[0])})
        elif contact is not None:
            entry.note(of_contacts, name, _("%(who)s has it already.") % {"who": _contact_name(contact, visible[1])})


def _lead_name(lead: Lead, visible: set[int]) -> str:
    return f"{lead.number} {lead}" if lead.pk in visible else _("A lead of %(owner)s") % {"owner": lead.owner}


def _contact_name(contact: Contact, visible: set[int]) -> str:
    if contact.pk in visible:
        return f"{contact.customer.party.code} {contact.customer} {contact}"
    if contact.customer.owner is None:
        return _("A customer in the pool")
    return _("A customer of %(owner)s") % {"owner": contact.customer.owner}


# -- writing -----------------------------------------------------------------------------------


def _new(entry: Entry, run: Run) -> Lead:
    entry.check_owner()
    campaign = entry.values.get("campaign")
    if campaign is not None and "source" not in entry.values and campaign.source_id is not None:
        entry.values["source"] = campaign.source
    lead = Lead(created_by=run.actor, created_at=run.at, **{"owner": run.actor, "company": run.company, **entry.values})
    entry.check_fields(lead)
    return lead


def _changed(entry: Entry) -> tuple[Lead, set[str]]:
    lead: Lead = entry.existing
    values = dict(entry.values)
    if "owner" in values and values.pop("owner").pk != lead.owner_id:
        entry.refuse("owner", _("The owner changes by an assignment only."))
    changes = apply(lead, values)
    entry.check_fields(lead)
    return lead, changes


def _update(changed: Sequence[tuple[Lead, set[str]]], run: Run) -> None:
    rows = [(lead, names) for lead, names in changed if names]
    for _done, batch in batches(rows):
        columns = {"version", "updated_at", "search_text"}.union(*(names for _lead, names in batch))
        for lead, _names in batch:
            mark_changed(lead, run.at)
        update_rows([lead for lead, _names in batch], columns | derived_names(Lead, columns))


def _join_campaigns(new: Sequence[Lead], changed: Sequence[tuple[Lead, set[str]]], run: Run) -> None:
    """Make the leads members of the campaign that their row names, in one statement for each campaign."""
    leads = [*new, *(lead for lead, names in changed if "campaign" in names)]
    add_leads_to_campaign(leads=_stored(leads), actor=run.actor, at=run.at)


def _stored(leads: Sequence[Lead]) -> list[Lead]:
    """The leads with their keys: rows that were copied into the table do not know them."""
    numbers = [lead.number for lead in leads if lead.campaign_id is not None]
    return list(Lead.objects.filter(number__in=numbers))
