"""What campaigns do when something happens to leads."""

from __future__ import annotations

from django.utils import timezone

from crm.campaigns.services import follow_lead
from crm.events import LeadConverted
from suite.events import receiver


@receiver(LeadConverted)
def follow_converted_lead(event: LeadConverted) -> None:
    """What the customer buys is credited to the campaigns that reached the lead."""
    follow_lead(lead_pk=event.lead_pk, customer_pk=event.customer_pk, at=timezone.now())
