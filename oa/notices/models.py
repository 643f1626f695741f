"""Notices and company rules, and who has read them."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from oa.audiences import Addressed, addressed_to
from oa.notices.choices import NoticeKind, NoticeStatus
from oa.triggers import changes
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at", "reminded_on"]
# What readers get to see: superseded rules stay readable.
SHOWN = (NoticeStatus.PUBLISHED, NoticeStatus.SUPERSEDED)
READING = frozenset({"view", "read"})


def meant_for(user: User, action: str) -> Q | None:
    """Who is in the audience of a published notice sees it and says so."""
    return Q(status__in=SHOWN) & addressed_to(Notice, user) if action in READING else None


@pghistory.track(exclude=UNTRACKED)
class Notice(Addressed, StatusModel, Searchable):
    """
    One notice, or one edition of a company rule 公告/制度, to its audience.

    Once published its text never changes. A new edition of a rule is a row of its own: when it is published, it
    supersedes ``preceding`` and has to be read again.
    """

    scope = ScopePaths(owner="owner", company="company", addressed=meant_for)
    search_fields = ("title", "code")
    transitions = {
        NoticeStatus.DRAFT: {NoticeStatus.SCHEDULED, NoticeStatus.PUBLISHED},
        NoticeStatus.SCHEDULED: {NoticeStatus.DRAFT, NoticeStatus.PUBLISHED},
        NoticeStatus.PUBLISHED: {NoticeStatus.SUPERSEDED, NoticeStatus.WITHDRAWN},
        NoticeStatus.SUPERSEDED: set(),
        NoticeStatus.WITHDRAWN: set(),
    }
    status_tone = {
        NoticeStatus.SCHEDULED: "wait",
        NoticeStatus.PUBLISHED: "done",
        NoticeStatus.SUPERSEDED: "part",
        NoticeStatus.WITHDRAWN: "void",
    }
    stepper = (NoticeStatus.DRAFT, NoticeStatus.PUBLISHED)

    title = models.CharField(_("title"), max_length=150)
    kind = models.CharField(_("category"), max_length=12, choices=NoticeKind, default=NoticeKind.NOTICE)
    code = models.CharField(
        _("document number"), max_length=40, blank=True, help_text=_("As printed on it, for example HR-2026-03.")
    )
    body = models.TextField(_("text"), help_text=_("An empty line begins a paragraph."))
    status = StatusField(_("status"), choices=NoticeStatus, default=NoticeStatus.DRAFT)
    must_read = models.BooleanField(
        _("must be read"),
        default=False,
        help_text=_("Everybody in the audience confirms it, and is reminded until then."),
    )
    is_pinned = models.BooleanField(_("pinned"), default=False, help_text=_("Stands above the others."))
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True, help_text=_("Empty: at once."))
    valid_until = models.DateField(_("valid until"), null=True, blank=True, help_text=_("Empty: until further notice."))
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    edition = models.PositiveIntegerField(_("edition"), default=1, editable=False)
    preceding = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="following", verbose_name=_("previous edition")
    )
    reminded_on = models.DateField(_("readers reminded on"), null=True, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("responsible")
    )

    class Meta(Searchable.Meta):
        verbose_name = _("notice")
        verbose_name_plural = _("notices and rules")
        ordering = ("-published_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(status__in=SHOWN) | Q(published_at__isnull=False), name="notice_published_dated"
            ),
            models.UniqueConstraint(
                fields=("preceding",),
                condition=~Q(status=NoticeStatus.WITHDRAWN),
                name="notice_one_following",
                violation_error_message=_("There is a following edition already."),
            ),
        )
        indexes = (models.Index(fields=("status", "-published_at"), name="notice_published"),)
        triggers = (
            pgtrigger.Protect(
                name="text_fixed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__published_at__isnull=False) & changes("title", "body", "edition"),
            ),
        )

    def __str__(self) -> str:
        return self.title


class ReadReceipt(Model):
    """One person has read one notice 已阅; written once and never changed."""

    scope = ScopePaths(owner="user")

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="receipts", verbose_name=_("notice"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="read_receipts", verbose_name=_("reader")
    )
    read_at = models.DateTimeField(_("read at"))

    class Meta:
        verbose_name = _("read receipt")
        verbose_name_plural = _("read receipts")
        default_permissions = ()
        ordering = ("-read_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("notice", "user"), name="readreceipt_once"),)
        indexes = (models.Index(fields=("user", "notice"), name="readreceipt_user"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.user} · {self.notice}"
