"""Filters of the pages of tickets."""

from __future__ import annotations

from typing import Any

from django import template

from crm.service.models import Ticket
from crm.service.presenting import remaining

register = template.Library()


@register.filter
def ticket_remaining(ticket: Ticket) -> Any:
    """How long until a ticket is due."""
    return remaining(ticket)
