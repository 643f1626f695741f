"""Storing, changing, archiving and discarding documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import PurePath
from typing import IO, Any, cast
from urllib.parse import urlencode

from django.core.files.base import File
from django.db import IntegrityError, models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from oa.flows.models import FlowRun
from oa.library.choices import DocumentStatus
from oa.library.models import Document, DocumentVersion, Folder
from oa.library.selectors import due_documents
from oa.library.text import extract_text
from suite.access.models import User
from suite.access.restrict import can_reach
from suite.activity.choices import NotificationKind
from suite.activity.services.attachments import check_size, fingerprint, sanitize_name
from suite.activity.services.notifications import Draft, notify_each
from suite.activity.sniff import FileType, identify
from suite.activity.targets import key_of
from suite.core.commit import after_commit
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.metrics.periods import add_months


@transaction.atomic
def add_document(
    *,
    folder: Folder,
    file: File[bytes],
    actor: User,
    at: datetime,
    title: str = "",
    keep_until: date | None = None,
    note: str = "",
) -> Document:
    """
    Store a file as a new document.

    :param title: empty: the name of the file.
    :param keep_until: None: as the folder says.
    :raises NotAllowed: when the actor may not write in the folder.
    :raises InvalidInput: when the file is empty, too large, or not of an accepted type.
    """
    _require_writer(folder, actor)
    name = sanitize_name(file.name or "")
    document = Document.objects.create(
        title=title.strip() or PurePath(name).stem[:200],
        folder=folder,
        owner=actor,
        keep_until=keep_until or _keep_until(folder, at),
    )
    _store(document, file, actor=actor, at=at, note=note)
    return document


@transaction.atomic
def add_version(*, document: Document, file: File[bytes], note: str = "", actor: User, at: datetime) -> Document:
    """
    Store a new version of a document; the earlier ones stay.

    :raises WrongState: when it was discarded.
    :raises InvalidInput: when the file cannot be kept, or is the same as the last version.
    """
    locked = _kept(document)
    _store(locked, file, actor=actor, at=at, note=note)
    return locked


@transaction.atomic
def update_document(
    *, document: Document, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Document:
    """
    Rename or move a document, or change how long it is kept.

    :raises WrongState: when it was discarded.
    :raises NotAllowed: when the actor may not write in the folder it moves to.
    """
    locked = _kept(document).check_version(expected_version)
    folder = changes.get("folder", locked.folder)
    if folder.pk != locked.folder_id:
        _require_writer(folder, actor)
    if changes.get("keep_until", locked.keep_until) != locked.keep_until:
        locked.due_told_on = None
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save()
    return locked


@transaction.atomic
def discard_document(*, document: Document, reason: str, actor: User, at: datetime) -> Document:
    """
    Delete the files of a document whose time is over; that it was there, and who discarded it, stays known.

    :raises WrongState: before its time is over, or when it was discarded already.
    """
    locked = _kept(document)
    if locked.keep_until is None:
        raise WrongState(_("This document is kept for ever."))
    if locked.keep_until >= timezone.localdate(at):
        raise WrongState(_("This document is kept until %(day)s.") % {"day": locked.keep_until.isoformat()})
    locked.become(DocumentStatus.DISCARDED, actor=actor, at=at, reason=reason, values={"content": ""})
    files = [version.file for version in locked.versions.all()]
    after_commit(_delete_files, files)
    return locked


@transaction.atomic
def archive_document(
    *,
    title: str,
    folder_code: str,
    content: File[bytes],
    source: models.Model,
    actor: User | None,
    at: datetime,
    kind: FileType | None = None,
    run: FlowRun | None = None,
    keep_months: int | None = None,
) -> Document:
    """
    Keep what an approved document looked like; the same version of the same source is kept once.

    A later version of the source becomes a new version of the same document. Nobody's permission is asked: the folder
    says who reads it.

    :param content: with a name, whose ending says the type.
    :param kind: its type, of what this program wrote itself; None: told from its bytes.
    :param run: the approval that it is archived for.
    :param keep_months: None: as the folder says.
    :raises InvalidInput: when there is no such folder, or the content cannot be kept.
    """
    folder = Folder.objects.select_related("owner").filter(code=folder_code).first()
    if folder is None:
        raise InvalidInput(_("There is no folder with the code %(code)s.") % {"code": folder_code})
    document = _archived(title, folder, source, actor, _keep_until(folder, at, keep_months))
    source_version: int = getattr(source, "version", 1)
    if document.versions.filter(source_version=source_version).exists():
        return document
    _store(document, content, actor=actor, at=at, source_version=source_version, kind=kind, run=run)
    return document


@transaction.atomic
def report_due_documents(*, actor: User | None, at: datetime) -> int:
    """Tell people once of their documents whose time is over; return how many documents. Nothing is deleted."""
    today = timezone.localdate(at)
    due = due_documents(today).filter(due_told_on__isnull=True)
    found = list(due.select_for_update(of=("self",)).select_related("owner").order_by("pk"))
    by_owner: dict[User, int] = defaultdict(int)
    for document in found:
        by_owner[document.owner] += 1
    notify_each(
        drafts=[
            Draft(
                recipient=owner,
                kind=NotificationKind.REMINDER,
                title=gettext_noop("Documents whose time of keeping is over: %(number)s"),
                params={"number": number},
                url=f"{reverse('oa:document-list')}?{urlencode({'is_due': 'true', 'owner': 'me'})}",
            )
            for owner, number in by_owner.items()
        ],
        at=at,
    )
    Document.objects.filter(pk__in=[document.pk for document in found]).update(due_told_on=today)
    return len(found)


def _archived(
    title: str, folder: Folder, source: models.Model, actor: User | None, keep_until: date | None
) -> Document:
    """The document of a source, locked; made when there is none, also when two make it at once."""
    key = key_of(source)
    found = Document.objects.select_for_update(of=("self",)).filter(**key).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Document.objects.create(
                title=title, folder=folder, owner=actor or folder.owner, keep_until=keep_until, **key
            )
    except IntegrityError:
        return Document.objects.select_for_update(of=("self",)).get(**key)


def _store(
    document: Document,
    file: File[bytes],
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
    source_version: int | None = None,
    kind: FileType | None = None,
    run: FlowRun | None = None,
) -> DocumentVersion:
    name = sanitize_name(file.name or "")
    check_size(file, name)
    if kind is None:
        kind, name = identify(cast(IO[bytes], file), name=name)
    last = document.versions.order_by("-number").first()
    sha256 = fingerprint(file)
    if last is not None and last.sha256 == sha256 and source_version is None:
        raise InvalidInput(_("This file is the same as the last version."), field="file")
    version = DocumentVersion(
        document=document,
        number=last.number + 1 if last is not None else 1,
        name=name,
        size=file.size,
        sha256=sha256,
        media_type=kind.media_type,
        note=note,
        created_by=actor,
        created_at=at,
        source_version=source_version,
        run=run,
    )
    document.content = extract_text(cast(IO[bytes], file), kind.media_type)
    version.file.save(name, file, save=False)
    try:
        version.save(force_insert=True)
        document.save(update_fields=["content"])
    except Exception:
        _delete_files([version.file])
        raise
    return version


def _keep_until(folder: Folder, at: datetime, months: int | None = None) -> date | None:
    months = months or folder.keep_months
    return add_months(timezone.localdate(at), months) if months else None


def _kept(document: Document) -> Document:
    locked = Document.objects.lock(document)
    if locked.status != DocumentStatus.KEPT:
        raise WrongState(_("This document was discarded."))
    return locked


def _require_writer(folder: Folder, actor: User) -> None:
    if not can_reach(folder, user=actor, action="upload"):
        raise NotAllowed(_("You may not write in the folder “%(folder)s”.") % {"folder": folder})


def _delete_files(files: Iterable[Any]) -> None:
    for file in files:
        file.storage.delete(str(file.name))
