"""Making known, taking back, reading and reminding."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from oa.audiences import PARTS, addressees, copy_audience, has_audience, set_audience
from oa.notices.choices import NoticeKind, NoticeStatus
from oa.notices.models import SHOWN, Notice, ReadReceipt
from oa.notices.selectors import can_be_followed, in_force, missing_readers
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import InvalidInput, WrongState

DRAFTS = (NoticeStatus.DRAFT,)


@transaction.atomic
def create_notice(*, title: str, body: str, actor: User, at: datetime, **details: Any) -> Notice:
    """
    Draw up a notice; nobody but its author and those who publish sees it yet.

    :param details: kind, code, company, for_everybody, departments, roles, people, must_read, is_pinned, publish_at,
        valid_until.
    """
    audience = {name: details.pop(name) for name in PARTS if name in details}
    notice = Notice.objects.create(title=title, body=body, owner=actor, **details)
    set_audience(notice, audience)
    return notice


@transaction.atomic
def update_notice(
    *, notice: Notice, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Notice:
    """
    Change a draft.

    :raises WrongState: once it is published.
    """
    locked = Notice.objects.lock(notice).check_version(expected_version)
    _require(locked, DRAFTS)
    audience = {name: changes.pop(name) for name in PARTS if name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save()
    set_audience(locked, audience)
    return locked


@transaction.atomic
def delete_notice(*, notice: Notice, actor: User, at: datetime) -> None:
    """
    Throw a draft away.

    :raises WrongState: once it is published.
    """
    locked = Notice.objects.lock(notice)
    _require(locked, DRAFTS)
    locked.delete()


@transaction.atomic
def publish_notice(*, notice: Notice, actor: User, at: datetime) -> Notice:
    """
    Publish a notice to its audience, now or at the time it names; a new edition supersedes the one before.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: when it is meant for nobody, or would no longer be valid.
    """
    locked = Notice.objects.lock(notice)
    _require(locked, DRAFTS)
    if not has_audience(locked):
        raise InvalidInput(_("Say first for whom it is: everybody, departments, roles or single persons."))
    begins = max(at, locked.publish_at or at)
    if locked.valid_until is not None and locked.valid_until < timezone.localdate(begins):
        raise InvalidInput(_("It would no longer be valid when it is published."), field="valid_until")
    if locked.publish_at is not None and locked.publish_at > at:
        locked.become(NoticeStatus.SCHEDULED, actor=actor, at=at)
        return locked
    return _publish(locked, actor, at)


@transaction.atomic
def unschedule_notice(*, notice: Notice, actor: User, at: datetime) -> Notice:
    """
    Take a notice that waits for its time back to draft.

    :raises WrongState: unless it waits.
    """
    locked = Notice.objects.lock(notice)
    locked.become(NoticeStatus.DRAFT, actor=actor, at=at)
    return locked


def publish_due_notices(*, actor: User | None, at: datetime) -> int:
    """Publish what waits for its time and whose time has come; return how many, each in a transaction of its own."""
    due = Notice.objects.filter(status=NoticeStatus.SCHEDULED, publish_at__lte=at).order_by("publish_at", "pk")
    published = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            locked = Notice.objects.lock(pk)
            if locked.status == NoticeStatus.SCHEDULED:
                _publish(locked, actor, at)
                published += 1
    return published


@transaction.atomic
def withdraw_notice(*, notice: Notice, reason: str, actor: User, at: datetime) -> Notice:
    """
    Take a published notice back: its audience no longer sees it.

    :raises WrongState: unless it is published.
    """
    locked = Notice.objects.lock(notice)
    locked.become(NoticeStatus.WITHDRAWN, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def revise_notice(*, notice: Notice, actor: User, at: datetime) -> Notice:
    """
    Begin the next edition of a rule as a draft; the present one holds until that is published.

    :raises WrongState: unless it is a published rule without a following edition.
    """
    locked = Notice.objects.lock(notice)
    _require(locked, (NoticeStatus.PUBLISHED,))
    if locked.kind != NoticeKind.RULE:
        raise WrongState(_("Only rules have editions. Publish a new notice."))
    if not can_be_followed(locked):
        raise WrongState(_("There is a following edition already."))
    draft = Notice.objects.create(
        title=locked.title,
        kind=locked.kind,
        code=locked.code,
        body=locked.body,
        company=locked.company,
        for_everybody=locked.for_everybody,
        must_read=locked.must_read,
        is_pinned=locked.is_pinned,
        edition=locked.edition + 1,
        preceding=locked,
        owner=actor,
    )
    copy_audience(locked, draft)
    return draft


@transaction.atomic
def read_notice(*, notice: Notice, actor: User, at: datetime) -> Notice:
    """
    Record that the actor has read a notice; the first time counts.

    :raises WrongState: unless it is published.
    """
    if notice.status not in SHOWN:
        raise WrongState(_("It is not published."))
    ReadReceipt.objects.bulk_create([ReadReceipt(notice=notice, user=actor, read_at=at)], ignore_conflicts=True)
    return notice


@transaction.atomic
def remind_readers(*, notice: Notice, actor: User | None, at: datetime) -> Notice:
    """
    Remind everybody of the audience who has not read a notice.

    :raises WrongState: unless it is in force.
    :raises InvalidInput: when they were reminded today already.
    """
    today = timezone.localdate(at)
    locked = Notice.objects.lock(notice)
    if not in_force(today).filter(pk=locked.pk).exists():
        raise WrongState(_("It is not in force."))
    if locked.reminded_on == today:
        raise InvalidInput(_("The readers were reminded today already."))
    notify(
        recipients=missing_readers(locked),
        kind=NotificationKind.REMINDER,
        title=gettext_noop("Please read: %(notice)s"),
        params={"notice": locked.title},
        actor=actor,
        obj=locked,
        at=at,
    )
    locked.reminded_on = today
    locked.save(update_fields=["reminded_on"])
    return locked


def remind_all_readers(*, actor: User | None, at: datetime) -> int:
    """
    Remind of everything that must be read, once a day; return of how many notices.

    It reaches also those who came after a rule was published: its audience is found anew each time.
    """
    today = timezone.localdate(at)
    due = in_force(today).filter(Q(reminded_on__isnull=True) | Q(reminded_on__lt=today), must_read=True)
    reminded = 0
    for notice in due.order_by("pk"):
        # Who gets to know it today by its publication needs no reminder.
        if notice.published_at is not None and timezone.localdate(notice.published_at) == today:
            continue
        remind_readers(notice=notice, actor=actor, at=at)
        reminded += 1
    return reminded


def _publish(locked: Notice, actor: User | None, at: datetime) -> Notice:
    if locked.preceding is not None:
        before = Notice.objects.lock(locked.preceding)
        if before.status == NoticeStatus.PUBLISHED:
            before.become(NoticeStatus.SUPERSEDED, actor=actor, at=at)
    locked.become(NoticeStatus.PUBLISHED, actor=actor, at=at, values={"published_at": at})
    notify(
        recipients=addressees(locked),
        kind=NotificationKind.REMINDER,
        title=gettext_noop("%(kind)s: %(notice)s"),
        params={"kind": NoticeKind(locked.kind).label, "notice": locked.title},
        actor=actor,
        obj=locked,
        at=at,
    )
    return locked


def _require(notice: Notice, states: tuple[str, ...]) -> None:
    if notice.status not in states:
        raise WrongState(_("Not possible in the state “%(state)s”.") % {"state": notice.get_status_display()})
