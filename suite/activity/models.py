"""Comments, attachments, notifications and reminders: what people add to rows of any table."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.activity.choices import ICONS, MailStatus, NotificationKind
from suite.core.models import Model


def random_path(instance: Any, filename: str) -> str:
    """Where an uploaded file is kept: nothing of the name that its sender gave it is part of the path."""
    token = secrets.token_hex(20)
    return f"{instance._meta.model_name}/{token[:2]}/{token}"


class OnObject(Model):
    """A row that belongs to one row of any other table."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+", verbose_name=_("object type"))
    object_id = models.BigIntegerField(_("object"))
    target = GenericForeignKey("content_type", "object_id", for_concrete_model=False)

    class Meta:
        abstract = True


class Comment(OnObject):
    """
    What a person wrote about an object.

    A deleted comment stays as a row, so that the stream shows that something was said; its text is shown to nobody.
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="author")

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="comments", verbose_name=_("written by")
    )
    body = models.TextField(_("text"))
    mentions = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="mentioned_in", verbose_name=_("mentioned")
    )
    edited_at = models.DateTimeField(_("edited"), null=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted"), null=True, editable=False)

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        default_permissions = ()
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("content_type", "object_id", "-created_at", "-id"), name="comment_object"),)

    def __str__(self) -> str:
        return self.body[:60]


class Attachment(OnObject):
    """
    A file that belongs to an object.

    ``media_type`` comes from the bytes of the file. When an attachment is removed its bytes are deleted and the
    row stays, so that the stream shows what was there.
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="uploaded_by")

    file = models.FileField(_("file"), upload_to=random_path, max_length=120)
    name = models.CharField(_("name"), max_length=200)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    media_type = models.CharField(_("type"), max_length=100)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="attachments", verbose_name=_("uploaded by")
    )
    removed_at = models.DateTimeField(_("removed"), null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("removed by")
    )

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        default_permissions = ()
        ordering = ("created_at", "pk")
        indexes = (models.Index(fields=("content_type", "object_id", "-created_at", "-id"), name="attachment_object"),)
        constraints = (models.CheckConstraint(condition=Q(size__gt=0), name="attachment_not_empty"),)

    def __str__(self) -> str:
        return self.name


class Notification(Model):
    """
    Something one person is told once.

    The title is kept as English source text with parameters, so that it is read in the language of whoever reads
    it; ``body`` is what a person wrote and is not translated.
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="recipient")

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NotificationKind)
    message = models.CharField(_("message"), max_length=300)
    params = models.JSONField(_("parameters"), default=dict, blank=True)
    body = models.TextField(_("text"), blank=True)
    url = models.CharField(_("page"), max_length=500, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    content_type = models.ForeignKey(
        ContentType, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("object type")
    )
    object_id = models.BigIntegerField(_("object"), null=True, blank=True)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mail_status = models.CharField(_("mail"), max_length=10, choices=MailStatus, default=MailStatus.NONE)
    mail_attempts = models.PositiveSmallIntegerField(_("attempts to mail"), default=0)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        default_permissions = ()
        ordering = ("-created_at", "-pk")
        indexes = (
            models.Index(fields=("recipient", "-created_at", "-id"), name="notification_recipient"),
            models.Index(fields=("recipient",), condition=Q(read_at__isnull=True), name="notification_unread"),
            models.Index(
                fields=("created_at",), condition=Q(mail_status=MailStatus.PENDING), name="notification_mail_pending"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The title in the language of whoever reads it now."""
        text = gettext(self.message)
        return text % {name: _shown(value) for name, value in self.params.items()} if self.params else text

    @property
    def actor_name(self) -> str:
        """Who caused it."""
        return str(self.actor) if self.actor is not None else gettext("System")

    @property
    def icon(self) -> str:
        """Icon of its kind."""
        return ICONS[self.kind]


def _shown(value: Any) -> Any:
    return gettext(value["source"]) if isinstance(value, dict) else value


class NotificationPreference(models.Model):
    """Whether one person wants one kind of notification by mail as well; without a row the kind's default holds."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_preferences", verbose_name=_("user")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=NotificationKind)
    by_mail = models.BooleanField(_("by mail"))

    class Meta:
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        default_permissions = ()
        constraints = (models.UniqueConstraint(fields=("user", "kind"), name="notificationpreference_once"),)

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


class Reminder(OnObject):
    """
    What a person wants to be reminded of about an object, at a time.

    At its time the owner is notified exactly once; it stays open until the owner has done it.
    """

    scope: ClassVar[ScopePaths | None] = ScopePaths(owner="owner")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="reminders", verbose_name=_("owner")
    )
    due_at = models.DateTimeField(_("due"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    notified_at = models.DateTimeField(_("notified"), null=True, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, editable=False)

    class Meta:
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        default_permissions = ()
        ordering = ("due_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("owner", "content_type", "object_id", "due_at"),
                condition=Q(done_at__isnull=True),
                name="reminder_once",
            ),
        )
        indexes = (
            models.Index(
                fields=("due_at", "id"),
                condition=Q(notified_at__isnull=True, done_at__isnull=True),
                name="reminder_due",
            ),
            models.Index(fields=("content_type", "object_id", "-created_at"), name="reminder_object"),
        )

    def __str__(self) -> str:
        return self.note or f"{self.due_at:%Y-%m-%d %H:%M}"

    def is_overdue(self, at: datetime) -> bool:
        """Whether it should have been done by now."""
        return self.done_at is None and self.due_at <= at
