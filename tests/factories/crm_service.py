"""Factories of tickets."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.service.models import (
    ComplaintType,
    DispatchRule,
    SlaPolicy,
    Ticket,
    TicketAssignment,
    TicketPause,
    TicketRating,
    TicketReply,
)
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory


class ComplaintTypeFactory(DjangoModelFactory[ComplaintType]):
    class Meta:
        model = ComplaintType

    code = factory.Sequence(lambda n: f"CT{n}")
    name = factory.Sequence(lambda n: f"投诉类型{n}")


class SlaPolicyFactory(DjangoModelFactory[SlaPolicy]):
    """Answered within 4, solved within 16 working hours; those made one after the other differ in their conditions."""

    class Meta:
        model = SlaPolicy

    name = factory.Sequence(lambda n: f"服务水平{n}")
    kind = factory.Sequence(lambda n: ("INQUIRY", "DELIVERY", "COMPLAINT", "REPAIR", "RETURN", "INVOICE")[n % 6])
    priority = factory.Sequence(lambda n: ("URGENT", "HIGH", "NORMAL", "LOW")[n // 6 % 4])
    tier = factory.Sequence(lambda n: "ABCD"[n // 24 % 4])
    response_hours = Decimal(4)
    resolution_hours = Decimal(16)


class DispatchRuleFactory(DjangoModelFactory[DispatchRule]):
    """A rule for every ticket, without anybody."""

    class Meta:
        model = DispatchRule

    name = factory.Sequence(lambda n: f"派单规则{n}")


class TicketFactory(DjangoModelFactory[Ticket]):
    """A new ticket of the owner of a customer of its own, without a clock."""

    class Meta:
        model = Ticket

    number = factory.Sequence(lambda n: f"GD{n:06}")
    customer = factory.SubFactory(CustomerFactory)
    subject = factory.Sequence(lambda n: f"工单{n}")
    owner = factory.SelfAttribute("customer.owner")
    company = factory.SelfAttribute("customer.company")
    created_by = factory.SubFactory(UserFactory)


class TicketReplyFactory(DjangoModelFactory[TicketReply]):
    class Meta:
        model = TicketReply

    ticket = factory.SubFactory(TicketFactory)
    body = factory.Sequence(lambda n: f"答复{n}")
    author = factory.SelfAttribute("ticket.owner")
    at = factory.LazyFunction(timezone.now)


class TicketPauseFactory(DjangoModelFactory[TicketPause]):
    """An hour of waiting."""

    class Meta:
        model = TicketPause

    ticket = factory.SubFactory(TicketFactory)
    started_at = factory.LazyFunction(timezone.now)
    ended_at = factory.LazyAttribute(lambda p: p.started_at + timedelta(hours=1))


class TicketAssignmentFactory(DjangoModelFactory[TicketAssignment]):
    class Meta:
        model = TicketAssignment

    ticket = factory.SubFactory(TicketFactory)
    to_owner = factory.SelfAttribute("ticket.owner")
    trigger = "CHOSEN"
    at = factory.LazyFunction(timezone.now)


class TicketRatingFactory(DjangoModelFactory[TicketRating]):
    class Meta:
        model = TicketRating

    ticket = factory.SubFactory(TicketFactory)
    score = 5
    source = "STAFF"
    person = factory.SelfAttribute("ticket.owner")
    at = factory.LazyFunction(timezone.now)
