"""Questions about activity: streams, files, notifications, reminders."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from suite.access.choices import UserKind
from suite.access.models import User
from suite.access.restrict import can_reach, restrict
from suite.activity import stream as streams
from suite.activity.choices import MAILED_BY_DEFAULT, NotificationKind, StreamTab
from suite.activity.history import field_changes
from suite.activity.models import Attachment, Comment, Notification, NotificationPreference, Reminder
from suite.activity.sources import comment_entry, sources_of
from suite.activity.stream import PAGE, Change, Stream, StreamEntry, StreamSource, stream_entries
from suite.activity.targets import Target, is_open, key_of, target_of, url_of
from suite.masters.normalize import fold, pinyin_initials

__all__ = [
    "Change",
    "FileItem",
    "Files",
    "NotificationItem",
    "Stream",
    "StreamEntry",
    "StreamSource",
    "attachments_of",
    "colleagues",
    "comment_entry",
    "field_history",
    "mail_preferences",
    "notifications_of",
    "reminders_of",
    "stream",
    "stream_entries",
    "target_of",
    "unreached",
    "unread_count",
]

HISTORY_LIMIT = 200
UNREAD_LIMIT = 100
COLLEAGUES_LIMIT = 10
FILE_ICONS = (
    ("pdf", "file-type-pdf"),
    ("word", "file-type-doc"),
    ("opendocument.text", "file-type-doc"),
    ("excel", "file-type-xls"),
    ("sheet", "file-type-xls"),
    ("powerpoint", "file-type-ppt"),
    ("presentation", "file-type-ppt"),
    ("outlook", "mail"),
    ("zip", "file-zip"),
    ("rar", "file-zip"),
    ("7z", "file-zip"),
    ("xml", "file-type-xml"),
    ("ofd", "receipt"),
    ("dwg", "ruler-2"),
    ("step", "box-model-2"),
    ("plain", "file-text"),
)


def stream(obj: models.Model, *, user: Any, tab: str = StreamTab.ALL, cursor: str = "", size: int = PAGE) -> Stream:
    """Return one page of the activity of an object that the user may see, newest first."""
    chosen = StreamTab(tab) if tab in StreamTab.values else StreamTab.ALL
    entries, more = streams.read(sources_of(obj, user=user, tab=chosen), cursor=cursor, size=size)
    written = Comment.objects.filter(**key_of(obj), deleted_at__isnull=True).count()
    return Stream(Target.of(obj), entries, more, chosen, written)


def unreached(comment: Comment, mentions: Iterable[int]) -> list[str]:
    """Return the names of those whom a comment names and who were not told, because they may not see the object."""
    others = User.objects.filter(pk__in=set(mentions)).exclude(pk__in=comment.mentions.values("pk"))
    return [person.full_name for person in others.order_by("pk") if f"@{person.full_name}" in comment.body]


def field_history(obj: models.Model, *, user: Any, limit: int = HISTORY_LIMIT) -> list[StreamEntry]:
    """Return the newest changes of the fields of an object, newest first; empty when it keeps no history."""
    source = field_changes(obj, user)
    if source is None:
        return []
    entries, _more = streams.read([source], size=limit)
    return [entry for entry in entries if entry.changes]


@dataclass(frozen=True)
class FileItem:
    """A file as the card of files shows it."""

    pk: int
    name: str
    size: int
    icon: str
    uploaded_by: User
    created_at: datetime
    can_remove: bool


@dataclass(frozen=True)
class Files:
    """The files of an object; iterates over them, oldest first."""

    target: Target
    files: list[FileItem]
    max_bytes: int

    def __iter__(self) -> Iterator[FileItem]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def attachments_of(obj: models.Model, *, user: Any = None) -> Files:
    """Return the files of an object; whether the user may remove them is known when the user is given."""
    rows = list(Attachment.objects.filter(**key_of(obj), removed_at__isnull=True).select_related("uploaded_by"))
    can_change = bool(rows) and user is not None and can_reach(obj, user=user, action="change")
    files = [
        FileItem(
            pk=row.pk,
            name=row.name,
            size=row.size,
            icon=_icon(row.media_type),
            uploaded_by=row.uploaded_by,
            created_at=row.created_at,
            can_remove=can_change or (user is not None and row.uploaded_by_id == user.pk),
        )
        for row in rows
    ]
    return Files(Target.of(obj), files, settings.ATTACHMENT_MAX_BYTES)


def _icon(media_type: str) -> str:
    """Icon of a type of file."""
    main, _slash, sub = media_type.partition("/")
    found = next((icon for part, icon in FILE_ICONS if part in sub), "")
    return found or {"image": "photo", "video": "video", "message": "mail"}.get(main, "file")


def unread_count(user: Any) -> int:
    """Return how many notifications a user has not read; counting ends at a hundred."""
    if not user.is_authenticated:
        return 0
    return Notification.objects.filter(recipient=user, read_at__isnull=True)[:UNREAD_LIMIT].count()


@dataclass(frozen=True)
class NotificationItem:
    """A notification as lists show it; its address marks it as read and leads on."""

    pk: int
    kind: str
    title: str
    body: str
    url: str
    created_at: datetime
    read_at: datetime | None
    actor_name: str
    icon: str


def notifications_of(user: User, *, before: int | None = None, size: int = PAGE) -> list[NotificationItem]:
    """Return the newest notifications of a user, older than the one with the key ``before``."""
    rows = Notification.objects.filter(recipient=user).select_related("actor")
    edge = rows.filter(pk=before).first() if before is not None else None
    if edge is not None:
        rows = rows.filter(Q(created_at__lt=edge.created_at) | Q(created_at=edge.created_at, pk__lt=edge.pk))
    return [
        NotificationItem(
            pk=row.pk,
            kind=row.kind,
            title=row.title,
            body=row.body,
            url=reverse("notifications:open", args=(row.pk,)),
            created_at=row.created_at,
            read_at=row.read_at,
            actor_name=row.actor_name,
            icon=row.icon,
        )
        for row in rows.order_by("-created_at", "-pk")[:size]
    ]


def mail_preferences(user: User) -> dict[str, bool]:
    """Return for each kind of notification whether the user gets it by mail as well."""
    chosen = dict(NotificationPreference.objects.filter(user=user).values_list("kind", "by_mail"))
    return {kind: chosen.get(kind, kind in MAILED_BY_DEFAULT) for kind in NotificationKind.values}


@dataclass(frozen=True)
class ReminderItem:
    """An open reminder with the object it is about; without object when the user may not see it any more."""

    reminder: Reminder
    obj: models.Model | None
    url: str
    is_overdue: bool


def reminders_of(user: User, *, at: datetime, obj: models.Model | None = None, size: int = 100) -> list[ReminderItem]:
    """Return the open reminders of a user (about one object), the most urgent first."""
    rows = Reminder.objects.filter(owner=user, done_at__isnull=True).select_related("content_type")
    if obj is not None:
        rows = rows.filter(**key_of(obj))
    found = list(rows.order_by("due_at", "pk")[:size])
    objects = _objects_of(found, user)
    return [
        ReminderItem(row, target, url_of(target) if target is not None else "", row.is_overdue(at))
        for row in found
        for target in [objects.get((row.content_type_id, row.object_id))]
    ]


def _objects_of(rows: list[Reminder], user: User) -> dict[tuple[int, int], models.Model]:
    found: dict[tuple[int, int], models.Model] = {}
    for kind in {row.content_type for row in rows}:
        model = kind.model_class()
        if model is None or not is_open(model):
            continue
        wanted = [row.object_id for row in rows if row.content_type_id == kind.pk]
        reachable = restrict(model._default_manager.all(), user=user).in_bulk(wanted)
        found |= {(kind.pk, pk): obj for pk, obj in reachable.items()}
    return found


def colleagues(query: str, *, user: User) -> list[User]:
    """Return colleagues whose name, user name or pinyin initials match what was typed after an @."""
    staff = User.objects.filter(kind=UserKind.STAFF, is_active=True).exclude(pk=user.pk)
    rows = staff.only("username", "full_name").order_by("full_name", "pk")
    typed = fold(query.strip())
    if not typed:
        return list(rows[:COLLEAGUES_LIMIT])
    found = (
        person
        for person in rows.iterator()
        if typed in fold(person.full_name)
        or fold(person.username).startswith(typed)
        or (typed.isascii() and pinyin_initials(person.full_name).startswith(typed))
    )
    return list(islice(found, COLLEAGUES_LIMIT))
