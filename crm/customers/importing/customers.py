"""Customers out of files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.importing.entries import (
    Entry,
    Progress,
    Rows,
    Run,
    apply,
    batches,
    mark_changed,
    personal_number,
    raise_errors,
    refuse_repeated,
    report,
    warn_of_lookalikes,
    warnings_of,
)
from crm.customers.models import Contact, Customer, OwnerChange
from crm.customers.services import CUSTOMER_NUMBERS
from crm.duplicates.choices import MatchEffect, MatchField, RecordKind
from crm.duplicates.rules import Entered, keys_of
from crm.duplicates.selectors import OF_CUSTOMER_SQL
from crm.duplicates.services import lock_keys
from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.bulk import copy_rows, update_rows
from suite.documents.numbering import next_numbers
from suite.masters.base import derived_names
from suite.masters.entered import PARTY_FIELDS
from suite.masters.models import Party, PartyContact
from suite.masters.selectors import default_company
from suite.masters.uscc import tidy
from suite.search.models import dependants, prepare_search
from suite.search.services import reindex_rows

CONTACT = "contact_"
MOBILE = f"{CONTACT}mobile"
OF_PARTY = frozenset({"code", "name", *PARTY_FIELDS})
_COUNTRY = re.compile("[A-Z]{2}")


@dataclass
class _Write:
    """What one row comes to: rows to create or, with the names of the changed columns, to change."""

    party: Party
    customer: Customer
    person: PartyContact | None = None
    party_changes: set[str] = field(default_factory=set)
    customer_changes: set[str] = field(default_factory=set)
    person_changes: set[str] = field(default_factory=set)


@transaction.atomic
def import_customers(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Create customers with their parties, owners and contacts, or change those whose ``code`` is given.

    Blank cells leave values alone. ``contact_name``, ``contact_mobile`` … are one person to talk to; the first one of
    a customer becomes the primary contact.

    :param rows: cleaned values of a customer, its party and ``contact_…``, with ``_row`` and perhaps ``_existing``.
    :param progress: called with the number of rows done and of all.
    :returns: ``created``, ``updated``, and ``warnings``: row → texts, for names that other customers have as well.
    :raises RowErrors: naming every row that cannot be imported; nothing is written.
    """
    run = Run(actor, at, default_company())
    entries = [Entry.of(row) for row in rows]
    lock_keys(keys_of(_entered(entry)) for entry in entries)
    _match(entries, run)
    _refuse_shared_uscc(entries, run)
    _refuse_shared_mobiles(entries, run)
    warn_of_lookalikes(entries, run, "name", RecordKind.CUSTOMER, Party, OF_CUSTOMER_SQL)
    new = [_new(entry, run) for entry in entries if entry.existing is None]
    people = _people_of([entry.existing for entry in entries if entry.existing is not None])
    changed = [_changed(entry, people, run) for entry in entries if entry.existing is not None]
    raise_errors(entries)
    _give_numbers([write.party for write in new], at)
    for done, batch in batches(new):
        _create(batch, run)
        report(progress, done, len(entries))
    for done, batch in batches(changed):
        _update(batch, run)
        report(progress, len(new) + done, len(entries))
    return {"created": len(new), "updated": len(changed), "warnings": warnings_of(entries)}


# -- which rows --------------------------------------------------------------------------------


def _match(entries: list[Entry], run: Run) -> None:
    """Find the customers that rows change, and refuse codes that are given twice or are somebody else's."""
    refuse_repeated(entries, "code", lambda entry: entry.values.get("code"))
    codes = {entry.values["code"] for entry in entries if "code" in entry.values}
    pks = [entry.existing.pk for entry in entries if entry.existing is not None]
    wanted = Customer.objects.filter(Q(pk__in=pks) | Q(party__code__in=codes)).select_related("party")
    customers = list(wanted.select_for_update(of=("self", "party")).order_by("pk"))
    allowed = _reached(customers, run.actor, "change")
    by_pk = {customer.pk: customer for customer in customers}
    by_code = {customer.party.code: customer for customer in customers}
    taken = set(Party.objects.filter(code__in=codes, customer__isnull=True).values_list("code", flat=True))
    for entry in entries:
        code = entry.values.get("code", "")
        entry.existing = by_pk.get(entry.existing.pk) if entry.existing is not None else by_code.get(code)
        if entry.existing is not None and entry.existing.pk not in allowed:
            entry.refuse("code", _("You may not change this customer."))
        elif entry.existing is None and code in taken:
            entry.refuse("code", _("Another party has this code."))


def _entered(entry: Entry) -> Entered:
    phones = (entry.values.get("phone", ""), entry.values.get(MOBILE, ""))
    name, uscc = entry.values.get("name", ""), entry.values.get("uscc", "")
    return Entered(RecordKind.CUSTOMER, name=name, uscc=uscc, phones=phones)


def _reached(customers: Iterable[Customer], actor: User, action: str = "view") -> set[int]:
    rows = Customer.objects.filter(pk__in={customer.pk for customer in customers}).order_by()
    return set(restrict(rows, user=actor, action=action).values_list("pk", flat=True))


def _refuse_shared_uscc(entries: list[Entry], run: Run) -> None:
    codes = {entry.number: tidy(entry.values.get("uscc", "")) for entry in entries}
    refuse_repeated(entries, "uscc", lambda entry: codes[entry.number])
    parties = Party.objects.filter(uscc__in={*codes.values()} - {""}).select_related("customer__owner")
    others = {party.uscc: party for party in parties}
    names = _names(others.values(), run.actor)
    for entry in entries:
        party = others.get(codes[entry.number])
        if party is not None and (entry.existing is None or entry.existing.party_id != party.pk):
            entry.refuse("uscc", _("%(who)s has this code already.") % {"who": names[party.pk]})


def _refuse_shared_mobiles(entries: list[Entry], run: Run) -> None:
    numbers = {entry.number: personal_number(entry.values.get(MOBILE, "")) for entry in entries}
    effect = run.effect(MatchField.MOBILE, RecordKind.CONTACT)
    if effect == MatchEffect.BLOCK:
        refuse_repeated(entries, MOBILE, lambda entry: numbers[entry.number])
    people = PartyContact.objects.filter(mobile_norm__in={*numbers.values()} - {""}, party__is_customer=True)
    others: dict[str, dict[int, Party]] = {}
    for person in people.select_related("party__customer__owner").order_by("pk"):
        others.setdefault(person.mobile_norm, {})[person.party_id] = person.party
    names = _names([party for same in others.values() for party in same.values()], run.actor)
    for entry in entries:
        own = entry.existing.party_id if entry.existing is not None else None
        other = next((pk for pk in others.get(numbers[entry.number], ()) if pk != own), None)
        if other is not None:
            entry.note(effect, MOBILE, _("%(who)s has a contact with this mobile number.") % {"who": names[other]})


def _names(parties: Iterable[Party], actor: User) -> dict[int, str]:
    """Name parties; to somebody who may not see the customer, only who looks after it."""
    customers = {party.pk: getattr(party, "customer", None) for party in parties}
    visible = _reached([customer for customer in customers.values() if customer is not None], actor)
    return {party.pk: _name(party, customers[party.pk], visible) for party in parties}


def _name(party: Party, customer: Customer | None, visible: set[int]) -> str:
    if customer is None or customer.pk in visible:
        return f"{party.code} {party.name}"
    if customer.owner is None:
        return _("A customer in the pool")
    return _("A customer of %(owner)s") % {"owner": customer.owner}


# -- what becomes of them ----------------------------------------------------------------------


def _split(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Split the values of a row into those of the party, of the customer, and of the person to talk to."""
    party = {name: value for name, value in values.items() if name in OF_PARTY}
    person = {name.removeprefix(CONTACT): value for name, value in values.items() if name.startswith(CONTACT)}
    own = {n: v for n, v in values.items() if n not in OF_PARTY and not n.startswith(CONTACT)}
    return party, own, person


def _new(entry: Entry, run: Run) -> _Write:
    of_party, own, of_person = _split(entry.values)
    entry.check_owner()
    party = Party(is_customer=True, **of_party)
    customer = Customer(party=party, company=run.company, created_by=run.actor)
    customer.owner, customer.owner_since = own.pop("owner", None), run.at
    pool = own.pop("pool", None)
    if customer.owner is None and pool is not None:
        customer.pool, customer.entered_pool_at, customer.owner_since = pool, run.at, None
    else:
        customer.owner = customer.owner or run.actor
    apply(customer, own)
    person = PartyContact(party=party, is_primary=True, **of_person) if of_person else None
    party.created_at = customer.created_at = run.at
    write = _Write(party, customer, person)
    _check(entry, write)
    return write


def _changed(entry: Entry, people: Mapping[int, list[PartyContact]], run: Run) -> _Write:
    of_party, own, of_person = _split(entry.values)
    customer: Customer = entry.existing
    for name in ("owner", "pool"):
        if name in own and own.pop(name).pk != getattr(customer, f"{name}_id"):
            entry.refuse(name, _("The owner changes by a transfer only."))
    write = _Write(customer.party, customer)
    write.party_changes = apply(customer.party, of_party)
    write.customer_changes = apply(customer, own)
    if of_person:
        _take_person(write, of_person, people.get(customer.party_id, []))
    _check(entry, write)
    return write


def _take_person(write: _Write, values: Mapping[str, Any], known: list[PartyContact]) -> None:
    """Change the contact of that name or mobile number; without a name the primary one; else it is a new contact."""
    mobile = personal_number(values.get("mobile", ""))
    for person in known:
        is_meant = person.name == values["name"] if "name" in values else person.is_primary
        if is_meant or (mobile and person.mobile_norm == mobile):
            write.person, write.person_changes = person, apply(person, values)
            return
    write.person = PartyContact(party=write.party, is_primary=not known, **values)


def _people_of(customers: list[Customer]) -> dict[int, list[PartyContact]]:
    people: dict[int, list[PartyContact]] = {}
    for person in PartyContact.objects.filter(party__in=[customer.party_id for customer in customers]).order_by("pk"):
        people.setdefault(person.party_id, []).append(person)
    return people


def _check(entry: Entry, write: _Write) -> None:
    entry.check_fields(write.party)
    entry.check_fields(write.customer)
    if not _COUNTRY.fullmatch(write.party.country):
        entry.refuse("country", _("Enter the ISO code of two capital letters."))
    if write.person is not None:
        entry.check_fields(write.person, prefix=CONTACT)


def _give_numbers(parties: list[Party], at: datetime) -> None:
    """Give the next numbers to parties without a code; numbers that a file or a person used before are passed over."""
    unnumbered = [party for party in parties if not party.code]
    given = {party.code for party in parties if party.code}
    while unnumbered:
        numbers = next_numbers(None, CUSTOMER_NUMBERS, timezone.localdate(at), len(unnumbered))
        used = given | set(Party.objects.filter(code__in=numbers).values_list("code", flat=True))
        free = [number for number in numbers if number not in used]
        for party, number in zip(unnumbered, free, strict=False):
            party.code = number
        unnumbered = unnumbered[len(free) :]


# -- writing -----------------------------------------------------------------------------------


def _create(batch: Sequence[_Write], run: Run) -> None:
    customers = [write.customer for write in batch]
    copy_rows(write.party for write in batch)
    copy_rows(customers)
    copy_rows(
        OwnerChange(
            customer=customer,
            to_owner=customer.owner,
            trigger=OwnerChangeTrigger.IMPORT,
            actor=run.actor,
            at=run.at,
        )
        for customer in customers
        if customer.owner is not None
    )
    _add_people([write for write in batch if write.person is not None])


def _add_people(batch: Sequence[_Write]) -> None:
    people = copy_rows(write.person for write in batch if write.person is not None)
    copy_rows(Contact(customer=write.customer, person=person) for write, person in zip(batch, people, strict=True))


def _update(batch: Sequence[_Write], run: Run) -> None:
    _bulk_update(Party, [(write.party, write.party_changes) for write in batch], run)
    before = {write.customer.pk: write.customer.search_text for write in batch}
    customers = [write.customer for write in batch]
    prepare_search(customers)
    renamed = [customer.pk for customer in customers if customer.search_text != before[customer.pk]]
    for write in batch:
        if write.customer.pk in renamed:
            write.customer_changes.add("search_text")
    _bulk_update(Customer, [(write.customer, write.customer_changes) for write in batch], run)
    met = [(write.person, write.person_changes) for write in batch if write.person is not None and write.person.pk]
    _bulk_update(PartyContact, met, run)
    _add_people([write for write in batch if write.person is not None and not write.person.pk])
    _reindex(Customer, renamed)
    _reindex(PartyContact, [person.pk for person, changes in met if changes])


def _bulk_update(model: Any, writes: Iterable[tuple[Any, set[str]]], run: Run) -> None:
    """Write the changed columns of changed rows by one statement."""
    changed = [(row, names) for row, names in writes if names]
    if not changed:
        return
    for row, _names in changed:
        mark_changed(row, run.at)
    columns = {"version", "updated_at"}.union(*(names for _row, names in changed))
    update_rows([row for row, _names in changed], columns | derived_names(model, columns))


def _reindex(model: Any, pks: list[int]) -> None:
    """Let the search texts follow that show columns of these rows."""
    if pks:
        for other, path in dependants(model):
            reindex_rows(queryset=other._default_manager.filter(**{f"{path}__in": pks}))
