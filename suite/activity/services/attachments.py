"""Files that belong to objects."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import datetime
from pathlib import PurePath
from typing import IO, cast

from django.conf import settings
from django.core.files.base import File
from django.db import models, transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.access.restrict import can_reach
from suite.activity.models import Attachment
from suite.activity.sniff import identify
from suite.activity.targets import can_see, key_of, target_of
from suite.core.commit import after_commit
from suite.core.errors import InvalidInput, NotAllowed, WrongState

MAX_NAME = 200

# Control characters, and those that turn the reading direction to make "exe.pdf" out of "fdp.exe".
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_RESERVED = re.compile(r'[\\/:*?"<>|]')


def attach_file(*, obj: models.Model, file: File[bytes], name: str, actor: User, at: datetime) -> Attachment:
    """
    Keep a file with an object.

    Everybody who takes part in the activity of the object may add files to it.

    :param name: as the sender gave it.
    :raises NotAllowed: when the actor may not see the object.
    :raises InvalidInput: when the file is empty, too large, or not of an accepted type.
    """
    if not can_see(obj, user=actor):
        raise NotAllowed(_("You cannot see this, so you cannot attach files to it."))
    safe = sanitize_name(name)
    check_size(file, safe)
    kind, safe = identify(cast(IO[bytes], file), name=safe)
    attachment = Attachment(
        **key_of(obj),
        name=safe,
        size=file.size,
        sha256=fingerprint(file),
        media_type=kind.media_type,
        uploaded_by=actor,
        created_at=at,
        updated_at=at,
    )
    attachment.file.save(safe, file, save=False)
    try:
        attachment.save(force_insert=True)
    except Exception:
        _delete_bytes(attachment)
        raise
    return attachment


@transaction.atomic
def delete_attachment(*, attachment: Attachment, actor: User, at: datetime) -> Attachment:
    """
    Remove a file; who uploaded it may, and whoever may change the object.

    :raises NotAllowed: for anybody else.
    :raises WrongState: when it was removed before.
    """
    locked: Attachment = Attachment.objects.lock(attachment)
    obj = target_of(locked, user=actor)
    if obj is None or not (locked.uploaded_by_id == actor.pk or can_reach(obj, user=actor, action="change")):
        raise NotAllowed(_("Only who uploaded a file or may change the object can remove it."))
    if locked.removed_at is not None:
        raise WrongState(_("This file was removed."))
    locked.removed_at = at
    locked.removed_by = actor
    locked.save(update_fields=["removed_at", "removed_by"])
    after_commit(_delete_bytes, locked)
    return locked


def sanitize_name(name: str) -> str:
    """Return a file name without directories, control characters and what file systems reserve; at most 200 long."""
    text = unicodedata.normalize("NFC", _UNSAFE.sub("", name))
    text = _RESERVED.sub("_", PurePath(text.replace("\\", "/")).name).strip(" .")
    path = PurePath(text or "file")
    suffix = path.suffix[:20]
    return f"{path.name.removesuffix(path.suffix)[: MAX_NAME - len(suffix)]}{suffix}"


def fingerprint(file: File[bytes]) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _delete_bytes(attachment: Attachment) -> None:
    attachment.file.storage.delete(str(attachment.file.name))


def check_size(file: File[bytes], name: str) -> None:
    """
    Refuse a file that cannot be kept.

    :raises InvalidInput: when it is empty or too large.
    """
    if not file.size:
        raise InvalidInput(_("“%(name)s” is empty.") % {"name": name}, field="file")
    if file.size > settings.ATTACHMENT_MAX_BYTES:
        raise InvalidInput(
            _("“%(name)s” is larger than %(limit)s.")
            % {"name": name, "limit": filesizeformat(settings.ATTACHMENT_MAX_BYTES)},
            field="file",
        )
