"""What the kernel itself knows about an object: comments, files, changes of state and of fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.activity.choices import StreamTab
from suite.activity.history import creation, field_changes
from suite.activity.models import Attachment, Comment
from suite.activity.stream import StreamEntry, StreamSource, stream_entries
from suite.activity.targets import key_of
from suite.documents.models import StatusChange
from suite.documents.status import StatusModel


def sources_of(obj: models.Model, *, user: User, tab: str = StreamTab.ALL) -> list[StreamSource]:
    """Every source that has something to say about an object under a tab."""
    found = [
        comments(obj, user),
        files(obj),
        status_changes(obj),
        field_changes(obj, user) or creation(obj),
        *stream_entries(obj, user),
    ]
    return [source for source in found if source is not None and tab in {StreamTab.ALL, source.tab}]


def comments(obj: models.Model, user: User) -> StreamSource:
    """What colleagues wrote."""
    rows = Comment.objects.filter(**key_of(obj)).select_related("author").prefetch_related("mentions")
    return StreamSource("comment", rows, _each(lambda row: comment_entry(row, user)), tab=StreamTab.COMMENTS)


def comment_entry(comment: Comment, user: Any) -> StreamEntry:
    """A comment as it stands in the stream of a user."""
    common: dict[str, Any] = {"at": comment.created_at, "actor": comment.author, "kind": "comment", "row": comment}
    if comment.deleted_at is not None:
        return StreamEntry(text=_("deleted a comment"), icon="message-off", **common)
    is_own = comment.author_id == user.pk
    return StreamEntry(
        text=_("commented, edited") if comment.edited_at else _("commented"),
        body=comment.body,
        names=tuple(name for user in comment.mentions.all() for name in (user.full_name, user.username) if name),
        is_own=is_own,
        can_delete=is_own or user.is_superuser,
        **common,
    )


def files(obj: models.Model) -> StreamSource:
    """Files that were added."""
    rows = Attachment.objects.filter(**key_of(obj)).select_related("uploaded_by", "removed_by")
    return StreamSource("file", rows, _each(_file_entry))


def _file_entry(row: Attachment) -> StreamEntry:
    is_removed = row.removed_at is not None
    return StreamEntry(
        at=row.created_at,
        actor=row.uploaded_by,
        text=_("added a file, removed by %(name)s") % {"name": row.removed_by} if is_removed else _("added a file"),
        note=row.name,
        url="" if is_removed else reverse("activity:download", args=(row.pk,)),
        icon="paperclip",
        kind="file",
        row=row,
    )


def status_changes(obj: models.Model) -> StreamSource | None:
    """The way an object's state went."""
    if not isinstance(obj, StatusModel):
        return None
    model = type(obj)
    rows = StatusChange.objects.filter(content_type=ContentType.objects.get_for_model(obj), object_id=obj.pk)
    field: Any = model._meta.get_field("status")
    labels = dict(field.flatchoices)

    def entry(row: StatusChange) -> StreamEntry:
        is_good = model.status_tone.get(row.to_status) == "done"
        states = {"before": labels.get(row.from_status, row.from_status), "after": labels.get(row.to_status)}
        return StreamEntry(
            at=row.at,
            actor=row.actor,
            text=_("from “%(before)s” to “%(after)s”") % states if row.from_status else states["after"],
            body=row.reason,
            icon="check" if is_good else "arrow-right",
            tone="ok" if is_good else "",
            kind="status",
        )

    return StreamSource("status", rows.select_related("actor"), _each(entry), at="at", tab=StreamTab.CHANGES)


def _each(entry: Callable[[Any], StreamEntry | None]) -> Callable[[Sequence[Any]], list[StreamEntry | None]]:
    return lambda rows: [entry(row) for row in rows]
