"""Comments on objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from suite.access.choices import UserKind
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.models import Comment
from suite.activity.services.notifications import notify
from suite.activity.targets import can_see, key_of, target_of
from suite.core.errors import InvalidInput, NotAllowed, WrongState

MAX_LENGTH = 5000
MAX_MENTIONS = 20

_AT_NAME = re.compile(r"@([\w.+-]{1,150})")


@transaction.atomic
def add_comment(*, obj: models.Model, body: str, actor: User, at: datetime, mentions: Iterable[int] = ()) -> Comment:
    """
    Write a comment about an object and tell the colleagues it names.

    A colleague is named by ``@full name`` together with their key in ``mentions``, or by ``@user name``. Who may not
    see the object is not told and not kept as mentioned.

    :raises NotAllowed: when the actor may not see the object.
    :raises InvalidInput: when the text is empty or too long, or names too many.
    """
    if not can_see(obj, user=actor):
        raise NotAllowed(_("You cannot see this, so you cannot comment on it."))
    text = _checked(body)
    comment = Comment.objects.create(**key_of(obj), author=actor, body=text, created_at=at, updated_at=at)
    reached = _reached(obj, text, mentions)
    comment.mentions.set(reached)
    _tell(comment, obj, reached, at=at)
    return comment


@transaction.atomic
def edit_comment(*, comment: Comment, body: str, actor: User, at: datetime, mentions: Iterable[int] = ()) -> Comment:
    """
    Change one's own comment; colleagues who are named only now are told.

    :raises NotAllowed: when somebody else wrote it.
    :raises WrongState: when it was deleted.
    """
    comment = _own(comment, actor)
    obj = target_of(comment, user=actor)
    if obj is None:
        raise NotAllowed(_("You cannot see this any more, so you cannot change the comment."))
    text = _checked(body)
    known = set(comment.mentions.values_list("pk", flat=True))
    comment.body = text
    comment.edited_at = at
    comment.save(update_fields=["body", "edited_at"])
    reached = _reached(obj, text, {*mentions, *known})
    comment.mentions.set(reached)
    _tell(comment, obj, [user for user in reached if user.pk not in known], at=at)
    return comment


@transaction.atomic
def delete_comment(*, comment: Comment, actor: User, at: datetime) -> Comment:
    """
    Take one's own comment back; administrators may take back any.

    :raises NotAllowed: when somebody else wrote it.
    :raises WrongState: when it was deleted before.
    """
    comment = _own(comment, actor, or_administrator=True)
    comment.deleted_at = at
    comment.save(update_fields=["deleted_at"])
    return comment


def _own(comment: Comment, actor: User, *, or_administrator: bool = False) -> Comment:
    locked: Comment = Comment.objects.lock(comment)
    if locked.author_id != actor.pk and not (or_administrator and actor.is_superuser):
        raise NotAllowed(_("Only the author can change a comment."))
    if locked.deleted_at is not None:
        raise WrongState(_("This comment was deleted."))
    return locked


def _checked(body: str) -> str:
    text = body.replace("\r\n", "\n").strip()
    if not text:
        raise InvalidInput(_("Write something first."), field="body")
    if len(text) > MAX_LENGTH:
        raise InvalidInput(
            _("A comment has at most %(limit)s characters; attach a file for more.") % {"limit": MAX_LENGTH},
            field="body",
        )
    return text


def _reached(obj: models.Model, text: str, mentions: Iterable[int]) -> list[User]:
    """The colleagues that a text names and who may see the object."""
    typed = {name.rstrip(".") for name in _AT_NAME.findall(text)}
    colleagues = User.objects.filter(Q(pk__in=set(mentions)) | Q(username__in=typed), is_active=True)
    named = [
        user
        for user in colleagues.filter(kind=UserKind.STAFF).order_by("pk")
        if f"@{user.full_name}" in text or user.username in typed
    ]
    if len(named) > MAX_MENTIONS:
        raise InvalidInput(_("Mention at most %(limit)s colleagues.") % {"limit": MAX_MENTIONS}, field="body")
    return [user for user in named if can_see(obj, user=user)]


def _tell(comment: Comment, obj: models.Model, users: list[User], *, at: datetime) -> None:
    notify(
        recipients=users,
        kind=NotificationKind.MENTION,
        title=gettext_noop("%(actor)s mentioned you: %(object)s"),
        params={"actor": comment.author, "object": obj},
        body=comment.body,
        actor=comment.author,
        obj=obj,
        at=at,
    )
