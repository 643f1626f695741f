"""Follow-ups out of files and old notebooks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.customers.choices import CustomerStage, LeadStatus
from crm.customers.importing.entries import Entry, Progress, Rows, batches, mark_changed, raise_errors, report
from crm.customers.models import Customer, FollowUp, Lead
from crm.pipeline.models import Opportunity
from suite.access.models import User
from suite.activity.models import Reminder
from suite.activity.targets import key_of
from suite.core.bulk import copy_rows, update_rows
from suite.documents.status import become_all

LAST = ("last_contact_at", "next_contact_at", "version", "updated_at")


@transaction.atomic
def import_follow_ups(*, rows: Rows, actor: User, at: datetime, progress: Progress | None = None) -> dict[str, Any]:
    """
    Record many contacts with leads and customers, as :func:`crm.customers.services.record_follow_up` does for one.

    The last and next contact of each subject are those of its latest follow-up; what is still to come becomes a
    reminder of whoever recorded it.

    :param rows: columns of :class:`FollowUp`, with ``_row``; without an owner it is the actor's.
    :raises RowErrors: for a contact without subject, with somebody of another customer, or in the future.
    """
    entries = [Entry.of(row) for row in rows]
    follow_ups = [_follow_up(entry, actor, at) for entry in entries]
    raise_errors(entries)
    for done, batch in batches(follow_ups):
        copy_rows(batch)
        report(progress, done, len(entries))
    _touch(Lead, "lead", follow_ups, actor, at)
    _touch(Customer, "customer", follow_ups, actor, at)
    _touch(Opportunity, "opportunity", follow_ups, actor, at)
    _remind(follow_ups, at)
    return {"created": len(follow_ups), "updated": 0}


def _follow_up(entry: Entry, actor: User, at: datetime) -> FollowUp:
    values = {"owner": actor, "happened_at": at, **entry.values}
    customer, lead, opportunity = (values.get(name) for name in ("customer", "lead", "opportunity"))
    if customer is None and opportunity is not None:
        customer = values["customer"] = opportunity.customer
    subject: Any = customer or lead
    entry.check_owner()
    if subject is None:
        entry.refuse("customer", _("Choose a customer or a lead."))
        return FollowUp()
    contact = values.get("contact")
    if contact is not None and (customer is None or contact.customer_id != customer.pk):
        entry.refuse("contact", _("This contact belongs to another customer."))
    if opportunity is not None and customer is not None and opportunity.customer_id != customer.pk:
        entry.refuse("opportunity", _("This opportunity belongs to another customer."))
    if values["happened_at"] > at:
        entry.refuse("happened_at", _("This time is still to come; use the next contact for plans."))
    follow_up = FollowUp(company_id=subject.company_id, created_at=values["happened_at"], **values)
    entry.check_fields(follow_up)
    return follow_up


def _touch(model: Any, name: str, follow_ups: Iterable[FollowUp], actor: User, at: datetime) -> None:
    """Keep last and next contact, and the states that follow from a first contact."""
    latest: dict[int, FollowUp] = {}
    for each in follow_ups:
        pk = getattr(each, f"{name}_id")
        if pk is not None and (pk not in latest or latest[pk].happened_at <= each.happened_at):
            latest[pk] = each
    rows = model.objects.lock_many(list(latest))
    changed = [row for row in rows if row.last_contact_at is None or row.last_contact_at <= latest[row.pk].happened_at]
    for row in changed:
        row.last_contact_at, row.next_contact_at = latest[row.pk].happened_at, latest[row.pk].next_contact_at
        mark_changed(row, at)
    update_rows(changed, LAST)
    if model is Lead:
        become_all([row for row in rows if row.status == LeadStatus.NEW], LeadStatus.CONTACTED, actor=actor, at=at)
    if model is Customer:
        woken = [row for row in rows if row.stage in {CustomerStage.NEW, CustomerStage.DORMANT}]
        for row in woken:
            row.stage = CustomerStage.FOLLOWING if row.first_deal_on is None else CustomerStage.DEAL
        update_rows(woken, ["stage"])


def _remind(follow_ups: Iterable[FollowUp], at: datetime) -> None:
    reminders = {
        (each.owner_id, type(subject), subject.pk, each.next_contact_at): Reminder(
            **key_of(subject), owner=each.owner, due_at=each.next_contact_at, note=each.body[:200], created_at=at
        )
        for each in follow_ups
        if each.next_contact_at is not None and each.next_contact_at > at
        for subject in [each.opportunity or each.customer or each.lead]
        if subject is not None
    }
    Reminder.objects.bulk_create(reminders.values(), ignore_conflicts=True)
