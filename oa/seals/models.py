"""Seals and the register of their use."""

from __future__ import annotations

from datetime import date

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from oa.seals.choices import SealKind, SealUseStatus
from oa.triggers import changes
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.models import Company
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at", "warned_on"]
POSITIVE = [MinValueValidator(1)]
# The seal was put on paper: the register is closed for these rows.
STAMPED = (SealUseStatus.USED, SealUseStatus.RETURNED)
KEEPING = frozenset({"view", "stamp"})


def kept_by(user: User, action: str) -> Q | None:
    """The keeper of a seal sees what it is asked for, and puts it on paper."""
    return Q(seal__keeper=user.pk) & ~Q(status=SealUseStatus.DRAFT) if action in KEEPING else None


@pghistory.track(exclude=UNTRACKED)
class Seal(Searchable):
    """A seal of a company 印章, who keeps it, and where."""

    scope = ScopePaths(owner="keeper", company="company", department="keeper__employee__department")
    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=10, choices=SealKind, default=SealKind.COMPANY)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    keeper = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="seals", verbose_name=_("keeper"))
    place = models.CharField(_("kept at"), max_length=100, blank=True)
    may_be_taken_out = models.BooleanField(_("may be taken out"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=UNTRACKED)
class SealUse(StatusModel, Searchable):
    """
    Somebody asks for a seal on so many copies of a paper 用印登记.

    Never more copies are stamped than were approved. Once stamped, the row is part of the register: nothing of it
    changes any more but that a seal that was taken out comes back.
    """

    scope = ScopePaths(
        owner="applicant", department="applicant__employee__department", company="seal__company", addressed=kept_by
    )
    search_fields = ("number", "purpose", "counterparty", "applicant__full_name", "seal__name")
    transitions = {
        SealUseStatus.DRAFT: {SealUseStatus.APPROVING, SealUseStatus.CANCELLED},
        SealUseStatus.APPROVING: {SealUseStatus.APPROVED, SealUseStatus.REJECTED, SealUseStatus.CANCELLED},
        SealUseStatus.APPROVED: {SealUseStatus.USED, SealUseStatus.CANCELLED},
        SealUseStatus.USED: {SealUseStatus.RETURNED},
        SealUseStatus.RETURNED: set(),
        SealUseStatus.REJECTED: {SealUseStatus.DRAFT},
        SealUseStatus.CANCELLED: set(),
    }
    status_tone = {
        SealUseStatus.APPROVING: "wait",
        SealUseStatus.APPROVED: "go",
        SealUseStatus.USED: "done",
        SealUseStatus.RETURNED: "done",
        SealUseStatus.REJECTED: "late",
        SealUseStatus.CANCELLED: "void",
    }
    stepper = (SealUseStatus.DRAFT, SealUseStatus.APPROVING, SealUseStatus.APPROVED, SealUseStatus.USED)

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    seal = models.ForeignKey(Seal, models.PROTECT, related_name="uses", verbose_name=_("seal"))
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="seal_uses", verbose_name=_("asked by")
    )
    purpose = models.CharField(_("paper and purpose"), max_length=200)
    counterparty = models.CharField(_("counterparty"), max_length=120, blank=True)
    copies = models.PositiveIntegerField(_("copies"), default=1, validators=POSITIVE)
    is_taken_out = models.BooleanField(_("seal is taken out"), default=False)
    return_by = models.DateField(_("back by"), null=True, blank=True, help_text=_("When the seal is taken out."))
    content_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("object type")
    )
    object_id = models.BigIntegerField(_("object"), null=True, editable=False)
    source = GenericForeignKey("content_type", "object_id", for_concrete_model=False)
    status = StatusField(_("status"), choices=SealUseStatus, default=SealUseStatus.DRAFT)
    copies_used = models.PositiveIntegerField(_("copies stamped"), null=True, editable=False)
    used_at = models.DateTimeField(_("stamped at"), null=True, editable=False)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("stamped by"),
    )
    returned_at = models.DateTimeField(_("returned at"), null=True, editable=False)
    warned_on = models.DateField(_("warned on"), null=True, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("seal use")
        verbose_name_plural = _("seal register")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=Q(copies__gte=1), name="sealuse_copies"),
            models.CheckConstraint(
                condition=~Q(status__in=STAMPED)
                | Q(copies_used__gte=1, copies_used__lte=F("copies"), used_at__isnull=False, used_by__isnull=False),
                name="sealuse_stamped",
            ),
            models.CheckConstraint(
                condition=Q(is_taken_out=False) | Q(return_by__isnull=False),
                name="sealuse_return_by",
                violation_error_message=_("Say until when the seal is back."),
            ),
        )
        indexes = (
            models.Index(
                fields=("return_by",), condition=Q(status=SealUseStatus.USED, is_taken_out=True), name="sealuse_out"
            ),
            models.Index(fields=("content_type", "object_id"), name="sealuse_source"),
        )
        triggers = (
            pgtrigger.Protect(
                name="register_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=STAMPED)
                & changes(
                    "number",
                    "seal",
                    "applicant",
                    "purpose",
                    "counterparty",
                    "copies",
                    "copies_used",
                    "used_at",
                    "used_by",
                    "is_taken_out",
                    "content_type",
                    "object_id",
                ),
            ),
            pgtrigger.Protect(
                name="register_kept",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__status=SealUseStatus.DRAFT),
            ),
        )

    def __str__(self) -> str:
        return self.number

    def is_own(self, user: User) -> bool:
        """Whether a user asks for themselves: somebody else decides."""
        return self.applicant_id == user.pk

    def is_overdue(self, on: date) -> bool:
        """Whether the seal should have come back before a day."""
        is_out = self.status == SealUseStatus.USED and self.is_taken_out
        return is_out and self.return_by is not None and self.return_by < on
