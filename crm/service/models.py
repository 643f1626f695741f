"""Tickets of customers, how fast they are to be answered, who gets them, and how content the customer was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.customers.choices import Tier
from crm.customers.models import Contact, Customer
from crm.pipeline.models import CONTACT_OF_CUSTOMER
from crm.service.choices import (
    OPEN,
    AssignmentTrigger,
    Channel,
    Direction,
    DispatchMethod,
    Priority,
    RatingSource,
    TicketKind,
    TicketStatus,
)
from hrm.org.models import Department
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.models import Company
from suite.search.models import Searchable

HOURS = [MinValueValidator(Decimal("0.25")), MaxValueValidator(Decimal(2000))]
LOWEST, HIGHEST = 1, 5


class ComplaintType(Model):
    """What complaints are about 投诉类型: quality, packaging, late delivery …"""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("complaint type")
        verbose_name_plural = _("complaint types")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class SlaPolicy(Model):
    """
    How fast tickets are to be answered and solved, in working hours of the office calendar.

    An empty condition fits every ticket. Of the policies that fit, the one with the most conditions counts; among
    equals one that names the priority, then the tier, then the kind.
    """

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=TicketKind, blank=True)
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, blank=True)
    tier = models.CharField(_("tier of the customer"), max_length=1, choices=Tier, blank=True)
    response_hours = models.DecimalField(
        _("first response within (working hours)"), max_digits=6, decimal_places=2, validators=HOURS
    )
    resolution_hours = models.DecimalField(
        _("solved within (working hours)"), max_digits=6, decimal_places=2, validators=HOURS
    )
    warn_hours = models.DecimalField(
        _("notice before (working hours)"),
        max_digits=6,
        decimal_places=2,
        default=Decimal(1),
        validators=[MinValueValidator(0)],
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "priority", "tier"), condition=Q(is_active=True), name="slapolicy_conditions_once"
            ),
            models.CheckConstraint(
                condition=Q(response_hours__gt=0, warn_hours__gte=0, resolution_hours__gte=F("response_hours")),
                name="slapolicy_hours",
            ),
        )

    def __str__(self) -> str:
        return self.name


class DispatchRule(Model):
    """
    Who gets tickets of some kind 派单规则; the first rule by position that fits and has somebody on duty decides.

    Its team is everybody named and everybody in the department and below. ``last_person`` is whose turn it was last.
    """

    position = models.PositiveSmallIntegerField(_("order"), default=10)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=TicketKind, blank=True)
    complaint_type = models.ForeignKey(
        ComplaintType, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("complaint type")
    )
    region = models.CharField(_("province of the customer"), max_length=60, blank=True)
    tier = models.CharField(_("tier of the customer"), max_length=1, choices=Tier, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    people: models.ManyToManyField[User, Any] = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("people")
    )
    method = models.CharField(
        _("who is next"), max_length=12, choices=DispatchMethod, default=DispatchMethod.LEAST_LOADED
    )
    most_open = models.PositiveSmallIntegerField(
        _("open tickets at most"), null=True, blank=True, validators=[MinValueValidator(1)]
    )
    last_person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("last")
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("dispatch rule")
        verbose_name_plural = _("dispatch rules")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


def addressed(user: User, action: str) -> Q | None:
    """Whoever looks after the customer, or recorded the ticket, reads it, whoever works on it."""
    return Q(customer__owner=user.pk) | Q(created_by=user.pk) if action == "view" else None


# What the watch over the clocks notes for itself is no change that anybody made.
MARKS = [f"{leg}_{what}_at" for leg in ("response", "resolution") for what in ("warn", "warned", "breached")]


@pghistory.track(exclude=["search_text", "version", "updated_at", *MARKS])
class Ticket(StatusModel, Searchable):
    """
    One question or complaint of a customer 工单.

    Always: its contact and contract belong to its customer; from being assigned on it has an owner. The due times are
    computed from ``created_at`` and the pauses; they are empty without a policy, and when the holiday calendar does
    not have the days: ``unknown_year`` then names the year that is to be entered.
    """

    scope = ScopePaths(owner="owner", department="department", company="company", addressed=addressed)
    search_fields = ("number", "subject", "customer__party__name", "customer__party__pinyin")
    transitions = {
        TicketStatus.NEW: {TicketStatus.ASSIGNED},
        TicketStatus.ASSIGNED: {TicketStatus.IN_PROGRESS, TicketStatus.WAITING, TicketStatus.SOLVED},
        TicketStatus.IN_PROGRESS: {TicketStatus.WAITING, TicketStatus.SOLVED},
        TicketStatus.WAITING: {TicketStatus.IN_PROGRESS, TicketStatus.SOLVED},
        TicketStatus.SOLVED: {TicketStatus.CLOSED, TicketStatus.IN_PROGRESS},
        TicketStatus.CLOSED: {TicketStatus.IN_PROGRESS},
    }
    status_tone = {
        TicketStatus.ASSIGNED: "wait",
        TicketStatus.IN_PROGRESS: "go",
        TicketStatus.WAITING: "hold",
        TicketStatus.SOLVED: "done",
        TicketStatus.CLOSED: "done",
    }
    stepper = (
        TicketStatus.NEW,
        TicketStatus.ASSIGNED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.SOLVED,
        TicketStatus.CLOSED,
    )

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=TicketKind, default=TicketKind.INQUIRY)
    complaint_type = models.ForeignKey(
        ComplaintType, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("complaint type")
    )
    priority = models.CharField(_("priority"), max_length=8, choices=Priority, default=Priority.NORMAL)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="tickets", verbose_name=_("customer"))
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="tickets", verbose_name=_("contact")
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("contract")
    )
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.PHONE)
    subject = models.CharField(_("subject"), max_length=120)
    description = models.TextField(_("description"), blank=True)
    status = StatusField(_("status"), choices=TicketStatus, default=TicketStatus.NEW)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("owner")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("department")
    )
    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    policy = models.ForeignKey(
        SlaPolicy, models.PROTECT, null=True, editable=False, related_name="tickets", verbose_name=_("service level")
    )
    response_due_at = models.DateTimeField(_("first response due"), null=True, editable=False)
    response_warn_at = models.DateTimeField(_("notice before the response"), null=True, editable=False)
    resolution_due_at = models.DateTimeField(_("solution due"), null=True, editable=False)
    resolution_warn_at = models.DateTimeField(_("notice before the solution"), null=True, editable=False)
    unknown_year = models.PositiveSmallIntegerField(_("year missing in the calendar"), null=True, editable=False)
    response_warned_at = models.DateTimeField(_("noticed before the response"), null=True, editable=False)
    response_breached_at = models.DateTimeField(_("response found late"), null=True, editable=False)
    resolution_warned_at = models.DateTimeField(_("noticed before the solution"), null=True, editable=False)
    resolution_breached_at = models.DateTimeField(_("solution found late"), null=True, editable=False)

    first_response_at = models.DateTimeField(_("first response"), null=True, editable=False)
    solved_at = models.DateTimeField(_("solved"), null=True, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    solution = models.TextField(_("solution"), blank=True, editable=False)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("created_at", "id"), name="ticket_created"),
            models.Index(fields=("customer", "-created_at"), name="ticket_customer"),
            models.Index(fields=("owner", "status"), name="ticket_owner"),
            models.Index(
                fields=("response_due_at",),
                condition=Q(status__in=sorted(OPEN), first_response_at__isnull=True),
                name="ticket_response_due",
            ),
            models.Index(fields=("resolution_due_at",), condition=Q(status__in=sorted(OPEN)), name="ticket_due"),
            models.Index(fields=("solved_at",), condition=Q(solved_at__isnull=False), name="ticket_solved"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status=TicketStatus.NEW) | Q(owner__isnull=False), name="ticket_worked_on_has_owner"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[TicketStatus.SOLVED, TicketStatus.CLOSED])
                | Q(solved_at__isnull=False, first_response_at__isnull=False),
                name="ticket_solved_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=TicketStatus.CLOSED) | Q(closed_at__isnull=False), name="ticket_closed_when"
            ),
        )
        triggers = (CONTACT_OF_CUSTOMER,)

    def __str__(self) -> str:
        return self.number


class TicketReply(Model):
    """One thing that was said on a ticket, to the customer or by the customer; never edited."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="replies", verbose_name=_("ticket"))
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, default=Direction.OUT)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, default=Channel.PHONE)
    body = models.TextField(_("what was said"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("ticket", "-at", "-id"), name="ticketreply_ticket"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return self.body[:60]


class TicketPause(models.Model):
    """A time in which the clock of a ticket stood still: waiting for the customer, or solved until it was reopened."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="pauses", verbose_name=_("ticket"))
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        ordering = ("ticket", "started_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("ticket",), condition=Q(ended_at__isnull=True), name="ticketpause_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="ticketpause_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket} {self.started_at:%Y-%m-%d %H:%M}"


class TicketAssignment(models.Model):
    """
    One decision about who works on a ticket, and why; never edited.

    ``considered`` holds who was on duty, with the open tickets each had: ``[[user key, number], …]``.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="assignments", verbose_name=_("ticket"))
    from_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("from")
    )
    to_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("to")
    )
    trigger = models.CharField(_("trigger"), max_length=14, choices=AssignmentTrigger)
    rule = models.ForeignKey(
        DispatchRule, models.SET_NULL, null=True, related_name="assignments", verbose_name=_("dispatch rule")
    )
    rule_name = models.CharField(_("name of the rule"), max_length=60, blank=True)
    considered = models.JSONField(_("on duty"), default=list, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("assignment of a ticket")
        verbose_name_plural = _("assignments of tickets")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("ticket", "-at"), name="ticketassignment_ticket"),)
        triggers = (
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # The rule may be deleted later; its name stays.
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("ticket_id", "from_owner_id", "to_owner_id", "trigger", "rule_name", "at"),
                func="RAISE EXCEPTION 'assignments of tickets are never edited';",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket} → {self.to_owner or '—'}"


class TicketRating(Model):
    """How content a customer was with one solution of a ticket 满意度, from 1 to 5; given once and never edited."""

    scope = ScopePaths(owner="ticket__owner", department="ticket__department", company="ticket__company")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="ratings", verbose_name=_("ticket"))
    round = models.PositiveSmallIntegerField(_("which solution"), default=0, editable=False)
    score = models.PositiveSmallIntegerField(
        _("score"), validators=[MinValueValidator(LOWEST), MaxValueValidator(HIGHEST)]
    )
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    source = models.CharField(_("entered"), max_length=8, choices=RatingSource)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("recorded by")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("who solved it")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("at", "id"), name="ticketrating_at"),)
        constraints = (
            models.UniqueConstraint(fields=("ticket", "round"), name="ticketrating_once"),
            models.CheckConstraint(condition=Q(score__range=(LOWEST, HIGHEST)), name="ticketrating_score"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.ticket}: {self.score}"
