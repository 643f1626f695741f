"""What assignment does when leads come in."""

from __future__ import annotations

from crm.assignment.services import assign_leads_by_rule
from crm.customers.models import Lead
from crm.events import LeadsWithoutOwner
from suite.access.models import User
from suite.events import receiver


@receiver(LeadsWithoutOwner)
def assign_new_leads(event: LeadsWithoutOwner) -> None:
    """Give leads that came in without owner to people by the rules."""
    actor = User.objects.filter(pk=event.actor_pk).first() if event.actor_pk is not None else None
    assign_leads_by_rule(leads=Lead.objects.filter(pk__in=event.lead_pks), actor=actor, at=event.at)
