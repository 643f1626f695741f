"""Files on objects."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, models

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Attachment
from suite.activity.selectors import attachments_of
from suite.activity.services import attach_file, delete_attachment
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.masters.models import Party
from tests.factories.activity import AT, AttachmentFactory, ColleagueFactory

LATER = AT + timedelta(minutes=5)
PDF = b"%PDF-1.7\n1 0 obj\n"
HTML = b"<!doctype html><script>alert(document.cookie)</script>"

pytestmark = pytest.mark.django_db


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, content, content_type="image/png")


def stored_files() -> list[str]:
    """Return every file below the storage's root."""
    found = []

    def walk(path: str) -> None:
        folders, files = default_storage.listdir(path)
        found.extend(f"{path}/{name}" for name in files)
        for folder in folders:
            walk(f"{path}/{folder}" if path else folder)

    walk("")
    return found


def test_a_file_is_kept_under_a_random_name(party: Party, author: User) -> None:
    kept = attach_file(obj=party, file=upload(PDF, "x"), name="../合同 已盖章.pdf", actor=author, at=AT)

    kept.refresh_from_db()
    assert (kept.name, kept.size, kept.media_type) == ("合同 已盖章.pdf", 17, "application/pdf")
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (kept.uploaded_by, kept.created_at, kept.target) == (author, AT, party)
    assert "合同" not in kept.file.name
    assert kept.file.read() == PDF


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (HTML, "picture.png"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "logo.svg"),
        (b"MZ\x90\0" + b"\0" * 64, "report.pdf"),
        (b"", "empty.txt"),
    ],
)
def test_malicious_files_are_refused(party: Party, author: User, content: bytes, name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        attach_file(obj=party, file=upload(content, name), name=name, actor=author, at=AT)

    assert refusal.value.field == "file"
    assert not Attachment.objects.exists()
    assert stored_files() == []


def test_a_file_over_the_limit_is_refused(party: Party, author: User, settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = len(PDF) - 1

    with pytest.raises(InvalidInput):
        attach_file(obj=party, file=upload(PDF, "x.pdf"), name="x.pdf", actor=author, at=AT)

    assert not Attachment.objects.exists()
    assert stored_files() == []


def test_who_cannot_see_the_object_cannot_attach(party: Party, stranger: User) -> None:
    with pytest.raises(NotAllowed):
        attach_file(obj=party, file=upload(PDF, "x.pdf"), name="x.pdf", actor=stranger, at=AT)

    assert stored_files() == []


def test_a_file_without_a_row_is_not_left_behind(party: Party, author: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise IntegrityError

    monkeypatch.setattr(models.Model, "save", fail)

    with pytest.raises(IntegrityError):
        attach_file(obj=party, file=upload(PDF, "x.pdf"), name="x.pdf", actor=author, at=AT)

    assert stored_files() == []


def test_a_removed_file_leaves_its_row_and_loses_its_bytes(
    party: Party, author: User, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    file = AttachmentFactory(target=party, uploaded_by=author)

    with django_capture_on_commit_callbacks(execute=True):
        delete_attachment(attachment=file, actor=author, at=LATER)

    file.refresh_from_db()
    assert (file.removed_at, file.removed_by, file.name) == (LATER, author, "说明.txt")
    assert stored_files() == []
    assert list(attachments_of(party, user=author)) == []
    with pytest.raises(WrongState):
        delete_attachment(attachment=file, actor=author, at=LATER)


def test_colleagues_remove_a_file_only_when_they_may_change_the_object(
    party: Party, author: User, colleague: Callable[..., User]
) -> None:
    file = AttachmentFactory(target=party, uploaded_by=author)

    with pytest.raises(NotAllowed):
        delete_attachment(attachment=file, actor=colleague(), at=LATER)

    file.refresh_from_db()
    assert file.removed_at is None
    assert len(stored_files()) == 1
    editor = ColleagueFactory()
    editor.groups.add(
        define_role(name="Editor", grants={Party: (["view", "change"], ScopeLevel.ALL)}, actor=None, at=AT)
    )
    delete_attachment(attachment=file, actor=editor, at=LATER)
    file.refresh_from_db()
    assert file.removed_by == editor


def test_the_card_of_files_knows_who_may_remove_them(
    party: Party, author: User, colleague: Callable[..., User]
) -> None:
    AttachmentFactory(target=party, uploaded_by=author)

    assert [file.can_remove for file in attachments_of(party, user=author)] == [True]
    assert [file.can_remove for file in attachments_of(party, user=colleague())] == [False]
    assert [file.can_remove for file in attachments_of(party)] == [False]
