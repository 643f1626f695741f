"""Users, roles, data scopes and the security audit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.auth.models import AbstractUser, Group, UserManager
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from suite.access.choices import AuditKind, ScopeLevel, UserKind
from suite.access.grants import grants_of
from suite.core.models import page_url


class User(AbstractUser):
    """
    A person who signs in.

    Staff belong to the company; a portal user acts for exactly one party and never for the company.
    """

    sensitive_fields: ClassVar[tuple[str, ...]] = ("phone",)
    own_permissions: ClassVar[Mapping[str, str]] = {"phone": "view_phone"}

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    full_name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=UserKind, default=UserKind.STAFF)
    party = models.ForeignKey(
        "suite.Party", models.PROTECT, null=True, blank=True, related_name="portal_users", verbose_name=_("acts for")
    )
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    language = models.CharField(_("language"), max_length=10, choices=settings.LANGUAGES, blank=True)
    companies = models.ManyToManyField("suite.Company", blank=True, related_name="users", verbose_name=_("companies"))
    sessions_valid_from = models.DateTimeField(_("sessions valid from"), default=timezone.now, editable=False)

    objects = UserManager()  # type: ignore[misc]

    REQUIRED_FIELDS = ["email", "full_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("username",)
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=UserKind.STAFF, party__isnull=True)
                | Q(kind=UserKind.PORTAL, party__isnull=False, is_superuser=False, is_staff=False),
                name="user_portal_has_party",
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_absolute_url(self) -> str:
        """Address of the user's page."""
        return page_url(self)

    def get_full_name(self) -> str:
        return self.full_name or self.username

    def get_short_name(self) -> str:
        return self.full_name or self.username

    def clean(self) -> None:
        self.email = self.__class__.objects.normalize_email(self.email)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Whether a role of the user has a permission on at least some rows; a superuser has every one."""
        return self.is_active and (self.is_superuser or grants_of(self).allows(perm))

    @property
    def is_portal(self) -> bool:
        """Whether the user acts for a party outside the company."""
        return self.kind == UserKind.PORTAL

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        # Raising sessions_valid_from ends every session of the user at once.
        base = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        return f"{base}{self.sessions_valid_from.timestamp():.6f}"


class Role(Group):
    """A named set of permissions, each object type with the data it reaches."""

    class Meta:
        proxy = True
        verbose_name = _("role")
        verbose_name_plural = _("roles")


class RoleScope(models.Model):
    """How far a role reaches into one object type; an object type without a row is reached as OWN."""

    role = models.ForeignKey(Group, models.CASCADE, related_name="scopes", verbose_name=_("role"))
    content_type = models.ForeignKey(ContentType, models.CASCADE, verbose_name=_("object type"))
    level = models.CharField(_("data scope"), max_length=20, choices=ScopeLevel, default=ScopeLevel.OWN)
    chosen = ArrayField(models.BigIntegerField(), verbose_name=_("chosen departments"), default=list, blank=True)

    class Meta:
        verbose_name = _("data scope")
        verbose_name_plural = _("data scopes")
        constraints = (models.UniqueConstraint(F("role"), F("content_type"), name="rolescope_once"),)

    def __str__(self) -> str:
        return f"{self.role}: {self.content_type} {self.get_level_display()}"


class AuditEntry(models.Model):
    """One security-relevant act: sign-in, permission change, export, sharing; never edited."""

    kind = models.CharField(_("kind"), max_length=20, choices=AuditKind)
    at = models.DateTimeField(_("at"), default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    subject = models.CharField(_("about"), max_length=200, blank=True)
    ip_address = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("security audit")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("-at", "-id"), name="auditentry_at"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject}"

    def get_absolute_url(self) -> str:
        """Address of the entry's page."""
        return page_url(self)


class IdempotencyRecord(models.Model):
    """The answer to one submit, kept so that a repeated submit gets the same answer and does nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="idempotencyrecord_once"),)
        indexes = (models.Index(fields=("created_at",), name="idempotencyrecord_created"),)

    def __str__(self) -> str:
        return self.key
