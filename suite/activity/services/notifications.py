"""Telling people: in the application, and by mail for those who want it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from suite.access.models import User
from suite.activity.choices import MAILED_BY_DEFAULT, MailStatus, NotificationKind
from suite.activity.models import Notification, NotificationPreference
from suite.activity.targets import key_of, url_of
from suite.core.commit import after_commit

logger = logging.getLogger(__name__)

MAIL_ATTEMPTS = 5
# A mail still not sent after this time has lost its task and gets another one.
MAIL_LOST_AFTER = timedelta(hours=3)


@dataclass(frozen=True)
class Draft:
    """
    One notification to be made.

    :param title: translatable English text, ``gettext_noop("…")`` or lazy, with ``%(name)s`` for parameters.
    :param params: plain values, model instances (shown by name) or lazy texts (translated for the reader).
    :param body: what a person wrote, shown as it is.
    :param url: page of this site to open; by default that of ``obj``.
    """

    recipient: User
    kind: NotificationKind
    title: str | Promise
    params: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    url: str = ""
    actor: User | None = None
    obj: models.Model | None = None


def notify(
    *,
    recipients: Iterable[User],
    kind: NotificationKind,
    title: str | Promise,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    body: str = "",
    url: str = "",
    actor: User | None = None,
    obj: models.Model | None = None,
) -> list[Notification]:
    """
    Tell several people the same; nobody is told what they did themselves (see :class:`Draft`).

    Everyone named must be allowed to see ``obj``: that is for the caller to know.
    """
    drafts = [
        Draft(recipient=user, kind=kind, title=title, params=params or {}, body=body, url=url, actor=actor, obj=obj)
        for user in {user.pk: user for user in recipients}.values()
    ]
    return notify_each(drafts=drafts, at=at)


@transaction.atomic
def notify_each(*, drafts: Iterable[Draft], at: datetime) -> list[Notification]:
    """Tell people different things; mails leave after the commit."""
    wanted = [d for d in drafts if d.recipient.is_active and (d.actor is None or d.actor.pk != d.recipient.pk)]
    chosen = _chosen({d.recipient.pk for d in wanted})
    made = Notification.objects.bulk_create([_build(draft, chosen, at) for draft in wanted])
    mails = [each.pk for each in made if each.mail_status == MailStatus.PENDING]
    if mails:
        # Robust: the work that told people is committed, a broker that is down must not make it look failed.
        after_commit(_enqueue, mails)
    return made


def mark_read(*, notification: Notification, at: datetime) -> None:
    """Remember that the recipient has seen it; the first time counts."""
    Notification.objects.filter(pk=notification.pk, read_at__isnull=True).update(read_at=at)


def mark_all_read(*, user: User, at: datetime) -> int:
    """Mark everything a user was told until ``at`` as read; return how many."""
    return Notification.objects.filter(recipient=user, read_at__isnull=True, created_at__lte=at).update(read_at=at)


@transaction.atomic
def set_mail_preferences(*, user: User, kinds: Iterable[str]) -> None:
    """Let the given kinds of notifications, and no others, come by mail as well."""
    wanted = set(kinds)
    NotificationPreference.objects.bulk_create(
        [NotificationPreference(user=user, kind=kind, by_mail=kind in wanted) for kind in NotificationKind.values],
        update_conflicts=True,
        unique_fields=["user", "kind"],
        update_fields=["by_mail"],
    )


def send_mails(*, pks: Iterable[int], at: datetime) -> list[int]:
    """
    Send the mails of notifications that wait for it; return the keys of those to be tried again.

    Each is sent under its row lock: two tasks never send the same mail. One that fails for the last time is given up.
    """
    again: list[int] = []
    connection = get_connection()
    for pk in pks:
        with transaction.atomic():
            row = (
                Notification.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("recipient", "actor")
                .filter(pk=pk, mail_status=MailStatus.PENDING)
                .first()
            )
            if row is None:
                continue
            row.mail_attempts += 1
            try:
                _mail(row, connection)
            except OSError:
                logger.warning("mail of notification %s failed", row.pk, exc_info=True)
                row.mail_status = MailStatus.FAILED if row.mail_attempts >= MAIL_ATTEMPTS else MailStatus.PENDING
            else:
                row.mail_status = MailStatus.SENT
            row.save(update_fields=["mail_status", "mail_attempts"])
            if row.mail_status == MailStatus.PENDING:
                again.append(row.pk)
    return again


def resend_lost_mails(*, at: datetime) -> int:
    """Give mails whose task was lost another one; return how many."""
    lost = Notification.objects.filter(mail_status=MailStatus.PENDING, updated_at__lt=at - MAIL_LOST_AFTER)
    with transaction.atomic():
        pks = list(lost.select_for_update(skip_locked=True).order_by("pk").values_list("pk", flat=True)[:1000])
        Notification.objects.filter(pk__in=pks).update(updated_at=at)
    if pks:
        _enqueue(pks)
    return len(pks)


def _chosen(users: set[int]) -> dict[tuple[int, str], bool]:
    rows = NotificationPreference.objects.filter(user__in=users).values_list("user", "kind", "by_mail")
    return {(user, kind): by_mail for user, kind, by_mail in rows}


def _build(draft: Draft, chosen: dict[tuple[int, str], bool], at: datetime) -> Notification:
    url = draft.url or (url_of(draft.obj) if draft.obj is not None else "")
    if url and (not url.startswith("/") or url.startswith(("//", "/\\"))):
        raise ValueError(f"a notification leads to a page of this site, not to {url}")
    by_mail = chosen.get((draft.recipient.pk, draft.kind), draft.kind in MAILED_BY_DEFAULT)
    return Notification(
        recipient=draft.recipient,
        kind=draft.kind,
        message=_source(draft.title),
        params={name: _storable(value) for name, value in draft.params.items()},
        body=draft.body,
        url=url,
        actor=draft.actor,
        mail_status=MailStatus.PENDING if by_mail and draft.recipient.email else MailStatus.NONE,
        created_at=at,
        updated_at=at,
        **(key_of(draft.obj) if draft.obj is not None else {}),
    )


def _source(text: Any) -> str:
    """The English source of a lazy text."""
    with translation.override(None):
        return str(text)


def _storable(value: Any) -> Any:
    if isinstance(value, Promise):
        return {"source": _source(value)}
    return value if isinstance(value, int | str) else str(value)


def _enqueue(pks: list[int]) -> None:
    from suite.activity.tasks import send_notification_mails

    send_notification_mails.delay(pks)


def _mail(row: Notification, connection: Any) -> None:
    with translation.override(row.recipient.language or settings.LANGUAGE_CODE):
        title = " ".join(row.title.split())
        url = f"{getattr(settings, 'PUBLIC_URL', '')}{row.url}" if row.url else ""
        context = {"notification": row, "title": title, "url": url}
        text = render_to_string("activity/mail/notification.txt", context)
    EmailMessage(subject=title, body=text, to=[row.recipient.email], connection=connection).send()
