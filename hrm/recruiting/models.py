"""Recruiting: who is wanted, who applies, what interviews say, what is offered."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import ClassVar

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import Gender
from hrm.org.models import Department, Employee, Position
from hrm.people.choices import ContractKind
from hrm.people.contract_rules import last_day
from hrm.recruiting.choices import (
    CandidateStatus,
    OfferStatus,
    RejectReason,
    RequisitionStatus,
    Source,
    Verdict,
)
from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(0)]


@pghistory.track(exclude=UNTRACKED)
class Requisition(StatusModel, Searchable):
    """
    A request for people 招聘需求 for one position; it is filled when as many candidates are hired as were wanted.

    What goes beyond the headcount plan says why.
    """

    scope = ScopePaths(owner="owner", department="department", company="company")
    search_fields = ("number", "position__name", "department__name")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        RequisitionStatus.DRAFT: (RequisitionStatus.SUBMITTED, RequisitionStatus.CANCELLED),
        RequisitionStatus.SUBMITTED: (
            RequisitionStatus.APPROVED,
            RequisitionStatus.REJECTED,
            RequisitionStatus.CANCELLED,
        ),
        RequisitionStatus.APPROVED: (RequisitionStatus.FILLED, RequisitionStatus.CLOSED),
        RequisitionStatus.REJECTED: (RequisitionStatus.DRAFT,),
        RequisitionStatus.CLOSED: (RequisitionStatus.SUBMITTED,),
        RequisitionStatus.FILLED: (),
        RequisitionStatus.CANCELLED: (),
    }
    status_tone: ClassVar[dict[str, str]] = {
        RequisitionStatus.SUBMITTED: "wait",
        RequisitionStatus.APPROVED: "go",
        RequisitionStatus.FILLED: "done",
        RequisitionStatus.REJECTED: "late",
        RequisitionStatus.CLOSED: "void",
        RequisitionStatus.CANCELLED: "void",
    }
    stepper = (
        RequisitionStatus.DRAFT,
        RequisitionStatus.SUBMITTED,
        RequisitionStatus.APPROVED,
        RequisitionStatus.FILLED,
    )

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    position = models.ForeignKey(Position, models.PROTECT, related_name="requisitions", verbose_name=_("position"))
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="requisitions", verbose_name=_("department")
    )
    wanted = models.PositiveIntegerField(_("people wanted"), default=1, validators=[MinValueValidator(1)])
    due_on = models.DateField(_("wanted by"))
    reason = models.CharField(_("reason"), max_length=500)
    over_plan_reason = models.CharField(
        _("why beyond the plan"),
        max_length=500,
        blank=True,
        help_text=_("Needed when more people are wanted than the headcount plan leaves."),
    )
    requirements = models.TextField(_("requirements"), blank=True)
    status = StatusField(_("status"), choices=RequisitionStatus, default=RequisitionStatus.DRAFT)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))

    class Meta:
        verbose_name = _("request for people")
        verbose_name_plural = _("requests for people")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="requisition_number_once"),
            models.CheckConstraint(condition=Q(wanted__gt=0), name="requisition_wanted"),
        )
        indexes = (models.Index(fields=("position", "status"), name="requisition_position"),)

    def __str__(self) -> str:
        return self.number


@pghistory.track(exclude=UNTRACKED)
class Candidate(StatusModel, Searchable):
    """
    Somebody who applies, for one request for people or for the pool.

    A candidate who was hired is one employee, and nobody is hired twice.
    """

    scope = ScopePaths(owner="owner", department="requisition__department", company="requisition__company")
    sensitive_fields = ("phone", "email")
    search_fields = ("name", "requisition__number", "requisition__position__name")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        CandidateStatus.NEW: (CandidateStatus.SCREENED, CandidateStatus.INTERVIEW, CandidateStatus.REJECTED),
        CandidateStatus.SCREENED: (CandidateStatus.NEW, CandidateStatus.INTERVIEW, CandidateStatus.REJECTED),
        CandidateStatus.INTERVIEW: (CandidateStatus.SCREENED, CandidateStatus.OFFER, CandidateStatus.REJECTED),
        CandidateStatus.OFFER: (CandidateStatus.INTERVIEW, CandidateStatus.HIRED, CandidateStatus.REJECTED),
        CandidateStatus.REJECTED: (CandidateStatus.NEW,),
        CandidateStatus.HIRED: (),
    }
    status_tone: ClassVar[dict[str, str]] = {
        CandidateStatus.SCREENED: "wait",
        CandidateStatus.INTERVIEW: "go",
        CandidateStatus.OFFER: "part",
        CandidateStatus.HIRED: "done",
        CandidateStatus.REJECTED: "void",
    }
    stepper = (
        CandidateStatus.NEW,
        CandidateStatus.SCREENED,
        CandidateStatus.INTERVIEW,
        CandidateStatus.OFFER,
        CandidateStatus.HIRED,
    )

    name = models.CharField(_("full name"), max_length=80)
    requisition = models.ForeignKey(
        Requisition,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="candidates",
        verbose_name=_("request for people"),
        help_text=_("Empty: for the pool of candidates."),
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("email"), blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=Source, default=Source.JOB_BOARD)
    note = models.TextField(_("note"), blank=True)
    status = StatusField(_("stage"), choices=CandidateStatus, default=CandidateStatus.NEW)
    reject_reason = models.CharField(
        _("why nothing came of it"), max_length=12, choices=RejectReason, blank=True, editable=False
    )
    reject_note = models.CharField(_("in detail"), max_length=500, blank=True, editable=False)
    employee = models.OneToOneField(
        Employee, models.PROTECT, null=True, editable=False, related_name="candidate", verbose_name=_("hired as")
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("requisition", "phone"),
                condition=~Q(phone=""),
                nulls_distinct=False,
                name="candidate_phone_once",
                violation_error_message=_("Somebody with this phone number applies for the same place already."),
            ),
            models.CheckConstraint(
                condition=Q(status="HIRED", employee__isnull=False) | (~Q(status="HIRED") & Q(employee__isnull=True)),
                name="candidate_hired",
            ),
        )
        indexes = (models.Index(fields=("requisition", "status"), name="candidate_stage"),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=UNTRACKED)
class Interview(Searchable):
    """One talk with a candidate, planned and then judged by the interviewer."""

    scope = ScopePaths(
        owner="interviewer",
        department="candidate__requisition__department",
        company="candidate__requisition__company",
    )
    search_fields = ("candidate__name", "place")

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="interviews", verbose_name=_("candidate"))
    round = models.PositiveSmallIntegerField(_("round"), default=1, editable=False)
    held_at = models.DateTimeField(_("at"))
    interviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="interviews", verbose_name=_("interviewer")
    )
    also_present = models.CharField(_("also present"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    score = models.PositiveSmallIntegerField(
        _("score"), null=True, editable=False, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    verdict = models.CharField(_("verdict"), max_length=6, choices=Verdict, default=Verdict.OPEN, editable=False)
    notes = models.TextField(_("notes"), blank=True, editable=False)

    class Meta:
        verbose_name = _("interview")
        verbose_name_plural = _("interviews")
        ordering = ("-held_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("candidate", "round"), name="interview_round_once"),
            models.CheckConstraint(condition=Q(score__isnull=True) | Q(score__range=(1, 5)), name="interview_score"),
            models.CheckConstraint(
                condition=Q(verdict="OPEN", score__isnull=True) | ~Q(verdict="OPEN"), name="interview_judged"
            ),
        )
        indexes = (models.Index(fields=("interviewer", "verdict", "held_at"), name="interview_mine"),)

    def __str__(self) -> str:
        return f"{self.candidate} #{self.round}"


@pghistory.track(exclude=UNTRACKED)
class Offer(StatusModel, Searchable):
    """What is offered to a candidate: wage, first day, term and probation; one at a time."""

    scope = ScopePaths(owner="candidate__owner", department="candidate__requisition__department", company="company")
    sensitive_fields = ("monthly_wage", "probation_wage")
    search_fields = ("number", "candidate__name")
    transitions: ClassVar[dict[str, Collection[str]]] = {
        OfferStatus.DRAFT: (OfferStatus.SUBMITTED, OfferStatus.CANCELLED),
        OfferStatus.SUBMITTED: (OfferStatus.APPROVED, OfferStatus.DRAFT, OfferStatus.CANCELLED),
        OfferStatus.APPROVED: (OfferStatus.SENT, OfferStatus.CANCELLED),
        OfferStatus.SENT: (OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.CANCELLED),
        OfferStatus.ACCEPTED: (OfferStatus.DECLINED,),
        OfferStatus.DECLINED: (),
        OfferStatus.CANCELLED: (),
    }
    status_tone: ClassVar[dict[str, str]] = {
        OfferStatus.SUBMITTED: "wait",
        OfferStatus.APPROVED: "go",
        OfferStatus.SENT: "part",
        OfferStatus.ACCEPTED: "done",
        OfferStatus.DECLINED: "void",
        OfferStatus.CANCELLED: "void",
    }
    stepper = (
        OfferStatus.DRAFT,
        OfferStatus.SUBMITTED,
        OfferStatus.APPROVED,
        OfferStatus.SENT,
        OfferStatus.ACCEPTED,
    )

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="offers", verbose_name=_("candidate"))
    manager = models.ForeignKey(
        Employee,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("manager"),
        help_text=_("Empty: the head of the department."),
    )
    starts_on = models.DateField(_("first day"))
    contract_kind = models.CharField(_("term"), max_length=6, choices=ContractKind, default=ContractKind.FIXED)
    contract_months = models.PositiveSmallIntegerField(
        _("months of the term"), null=True, blank=True, default=36, help_text=_("For a fixed term.")
    )
    probation_months = models.PositiveSmallIntegerField(_("months of probation"), default=0)
    monthly_wage = MoneyField(_("monthly wage"), null=True, blank=True, validators=POSITIVE)
    probation_wage = MoneyField(
        _("wage during probation"), null=True, blank=True, validators=POSITIVE, help_text=_("Empty: the same.")
    )
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)
    status = StatusField(_("status"), choices=OfferStatus, default=OfferStatus.DRAFT)

    class Meta:
        verbose_name = _("offer of employment")
        verbose_name_plural = _("offers of employment")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="offer_number_once"),
            models.UniqueConstraint(
                fields=("candidate",),
                condition=Q(status__in=("DRAFT", "SUBMITTED", "APPROVED", "SENT", "ACCEPTED")),
                name="offer_one_live",
                violation_error_message=_("The candidate has an offer already."),
            ),
            models.CheckConstraint(
                condition=Q(contract_kind="FIXED", contract_months__gt=0)
                | (~Q(contract_kind="FIXED") & Q(contract_months__isnull=True)),
                name="offer_term",
                violation_error_message=_("Give the months of a fixed term, and of no other."),
            ),
            models.CheckConstraint(
                condition=Q(probation_wage__isnull=True) | Q(probation_wage__lte=F("monthly_wage")),
                name="offer_probation_wage",
                violation_error_message=_("The wage during probation is not above the other."),
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def ends_on(self) -> date | None:
        """The last day of a fixed term."""
        return last_day(self.starts_on, self.contract_months) if self.contract_months else None

    @property
    def probation_ends_on(self) -> date | None:
        """The last day of probation."""
        return last_day(self.starts_on, self.probation_months) if self.probation_months else None
