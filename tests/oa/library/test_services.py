"""Folders and who reaches them, versions, archive, end of keeping."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.base import ContentFile, File
from django.db import ProgrammingError, transaction
from django.utils import timezone

from oa.library import services
from oa.library.choices import DocumentStatus
from oa.library.folders import create_folder, delete_folder, update_folder
from oa.library.models import Document, DocumentVersion, Folder, readable, writable
from oa.library.text import extract_text
from suite.access.models import User
from suite.access.ownership import holdings
from suite.activity.models import Notification
from suite.activity.sniff import DOCX, TEXT, XLSX
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.modules.tasks import run_periodic
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.oa_office import DocumentFactory, FolderFactory, NoticeFactory
from tests.hrm.test_concurrency import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TODAY = timezone.localdate(AT)


def text(words: str = "扭矩 12 牛米", name: str = "扳手.txt") -> File[bytes]:
    return ContentFile(words.encode(), name=name)


def zipped(**parts: str) -> io.BytesIO:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, xml in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), xml)
    raw.seek(0)
    return raw


def boss() -> User:
    return UserFactory(is_superuser=True)


def stored_files() -> int:
    return sum(1 for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file())


# -- folders ----------------------------------------------------------------------------------------------------------


def test_permissions_are_taken_over_from_above_unless_a_folder_stands_alone() -> None:
    department = DepartmentFactory()
    worker = EmployeeFactory(department=department, user=UserFactory()).user
    writer, other = UserFactory(), UserFactory()
    role = Group.objects.create(name="质量")
    writer.groups.add(role)
    top = FolderFactory()
    top.departments.add(department)
    top.writer_roles.add(role)
    below = FolderFactory(parent=top)
    private = FolderFactory(parent=below, inherits=False)
    inside = FolderFactory(parent=private)
    private.people.add(other)

    assert set(readable(worker)) == {top, below}
    assert set(readable(writer)) == {top, below}
    assert set(writable(writer)) == {top, below}
    assert set(readable(other)) == {private, inside}
    assert set(writable(worker)) | set(writable(other)) == set()
    assert set(writable(top.owner)) == {top, below}


def test_a_folder_moves_with_all_that_is_in_it_and_never_into_itself() -> None:
    actor = boss()
    one = create_folder(code="A", name="甲", owner=actor, actor=actor, at=AT)
    two = create_folder(code="B", name="乙", owner=actor, parent=one, actor=actor, at=AT)
    three = create_folder(code="C", name="丙", owner=actor, parent=two, actor=actor, at=AT)

    with pytest.raises(InvalidInput):
        update_folder(folder=one, parent=three, actor=actor, at=AT)
    update_folder(folder=two, parent=None, actor=actor, at=AT)

    paths = {each.code: each.path for each in Folder.objects.all()}
    assert paths == {"A": [one.pk], "B": [two.pk], "C": [two.pk, three.pk]}


def test_a_folder_stands_only_where_its_maker_may_write() -> None:
    top, maker = FolderFactory(), UserFactory()

    with pytest.raises(NotAllowed):
        create_folder(code="X", name="某", owner=maker, parent=top, actor=maker, at=AT)

    assert Folder.objects.count() == 1


def test_only_an_empty_folder_is_removed() -> None:
    full, empty = DocumentFactory().folder, FolderFactory()

    with pytest.raises(WrongState):
        delete_folder(folder=full, actor=boss(), at=AT)
    delete_folder(folder=empty, actor=boss(), at=AT)

    assert list(Folder.objects.all()) == [full]


# -- documents and versions -------------------------------------------------------------------------------------------


def test_a_file_becomes_a_document_whose_text_is_found() -> None:
    actor, folder = boss(), FolderFactory(keep_months=12)

    document = services.add_document(folder=folder, file=text(), actor=actor, at=AT)

    version = document.versions.get()
    assert (document.title, document.owner, document.keep_until) == ("扳手", actor, date(2027, 11, 2))
    assert (version.number, version.name, version.media_type) == (1, "扳手.txt", "text/plain")
    assert Document.objects.filter(content__icontains="牛米").get() == document
    assert version.file.read() == "扭矩 12 牛米".encode()


def test_versions_are_added_and_never_changed() -> None:
    actor = boss()
    document = services.add_document(folder=FolderFactory(), file=text("旧"), actor=actor, at=AT)

    with pytest.raises(InvalidInput):
        services.add_version(document=document, file=text("旧"), actor=actor, at=AT)
    document = services.add_version(document=document, file=text("新"), note="改了", actor=actor, at=AT)

    assert list(document.versions.values_list("number", flat=True)) == [2, 1]
    assert document.content == "新"
    with pytest.raises(ProgrammingError), transaction.atomic():
        document.versions.update(name="x")


@pytest.mark.parametrize("file", [ContentFile(b"", name="a.txt"), ContentFile(b"MZ\x00\x01", name="a.exe")])
def test_a_file_that_cannot_be_kept_leaves_nothing(file: File[bytes]) -> None:
    with pytest.raises(InvalidInput):
        services.add_document(folder=FolderFactory(), file=file, actor=boss(), at=AT)

    assert (Document.objects.count(), stored_files()) == (0, 0)


def test_who_only_reads_stores_and_moves_nothing() -> None:
    reader, folder = UserFactory(), FolderFactory()
    folder.people.add(reader)
    document = DocumentFactory(owner=reader)

    with pytest.raises(NotAllowed):
        services.add_document(folder=folder, file=text(), actor=reader, at=AT)
    with pytest.raises(NotAllowed):
        services.update_document(document=document, folder=folder, actor=reader, at=AT)

    assert Document.objects.get() == document
    assert stored_files() == 0


@pytest.mark.parametrize(
    ("raw", "media_type", "expected"),
    [
        (io.BytesIO("甲,乙\n1,2".encode("gb18030")), TEXT.media_type, "甲,乙\n1,2"),
        (
            zipped(word__document_xml='<w:p><w:t>采购 &amp; 付款</w:t></w:p><w:p><w:t a="b">第二段</w:t></w:p>'),
            DOCX.media_type,
            "采购 & 付款\n第二段",
        ),
        (
            zipped(xl__workbook_xml="<x/>", xl__sharedStrings_xml="<si><t>轴承</t></si><si><t>螺栓</t></si>"),
            XLSX.media_type,
            "轴承\n螺栓",
        ),
        (io.BytesIO(b"no archive"), DOCX.media_type, ""),
        (io.BytesIO(b"%PDF-1.7"), "application/pdf", ""),
    ],
)
def test_text_is_taken_out_of_files(raw: Any, media_type: str, expected: str) -> None:
    assert extract_text(raw, media_type) == expected


# -- archive ----------------------------------------------------------------------------------------------------------


def test_an_approved_document_is_archived_once_for_each_version() -> None:
    folder, source = FolderFactory(code="ARCHIVE"), NoticeFactory()

    def archive(words: str) -> Document:
        return services.archive_document(
            title="制度", folder_code="ARCHIVE", content=text(words), source=source, actor=None, at=AT
        )

    first, again = archive("一版"), archive("一版又一次")
    source.title = "新题"
    source.save()
    second = archive("二版")

    assert first == again == second
    assert list(first.versions.values_list("number", "source_version")) == [(2, 2), (1, 1)]
    assert (Document.objects.get().source, second.owner, second.content) == (source, folder.owner, "二版")


def test_there_is_no_archive_without_its_folder() -> None:
    with pytest.raises(InvalidInput):
        services.archive_document(
            title="x", folder_code="NONE", content=text(), source=NoticeFactory(), actor=None, at=AT
        )

    assert Document.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", range(3))
def test_two_who_archive_the_same_at_once_keep_one_document(attempt: int) -> None:
    FolderFactory(code="ARCHIVE")
    source = NoticeFactory()

    results = at_once(
        *[
            lambda: services.archive_document(
                title="制度", folder_code="ARCHIVE", content=text(), source=source, actor=None, at=AT
            )
        ]
        * 2
    )

    assert [type(each) for each in results] == [Document, Document]
    assert (Document.objects.count(), DocumentVersion.objects.count()) == (1, 1)


# -- the end of keeping -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_document_is_discarded_only_after_its_time_and_by_somebody() -> None:
    actor = boss()
    document = services.add_document(folder=FolderFactory(), file=text(), keep_until=TODAY, actor=actor, at=AT)
    for_ever = DocumentFactory()

    for each, moment in ((document, AT), (for_ever, AT + timedelta(days=900))):
        with pytest.raises(WrongState):
            services.discard_document(document=each, reason="到期", actor=actor, at=moment)
    assert stored_files() == 1
    services.report_due_documents(actor=None, at=AT + timedelta(days=1))
    assert stored_files() == 1
    gone = services.discard_document(document=document, reason="到期", actor=actor, at=AT + timedelta(days=1))

    assert (gone.status, Document.objects.get(pk=gone.pk).content) == (DocumentStatus.DISCARDED, "")
    assert (stored_files(), gone.versions.count()) == (0, 1)
    with pytest.raises(WrongState):
        services.add_version(document=gone, file=text("x"), actor=actor, at=AT)


def test_people_are_told_once_of_what_is_over() -> None:
    owner = UserFactory()
    DocumentFactory.create_batch(2, owner=owner, keep_until=TODAY - timedelta(days=1))
    DocumentFactory(owner=owner, keep_until=TODAY)
    DocumentFactory(owner=owner)

    first, again = (services.report_due_documents(actor=None, at=AT) for _each in range(2))

    told = Notification.objects.get(recipient=owner)
    assert (first, again, told.params) == (2, 0, {"number": 2})
    assert Document.objects.filter(status=DocumentStatus.KEPT).count() == 4


def test_a_longer_time_is_told_of_again() -> None:
    document = DocumentFactory(keep_until=TODAY - timedelta(days=1))
    services.report_due_documents(actor=None, at=AT)

    services.update_document(document=document, keep_until=TODAY + timedelta(days=1), actor=document.owner, at=AT)

    assert services.report_due_documents(actor=None, at=AT + timedelta(days=1)) == 0
    assert services.report_due_documents(actor=None, at=AT + timedelta(days=2)) == 1


def test_folders_and_documents_go_to_whoever_takes_over() -> None:
    leaver, heir = UserFactory(), UserFactory()
    folder, document = FolderFactory(owner=leaver), DocumentFactory(owner=leaver)

    for each in holdings():
        if each.model in {Folder, Document}:
            with transaction.atomic():
                each.give(each.held(leaver), leaver=leaver, to=heir, actor=None, at=AT)

    folder.refresh_from_db()
    document.refresh_from_db()
    assert (folder.owner, document.owner) == (heir, heir)


def test_the_night_is_silent_while_the_office_is_off() -> None:
    DocumentFactory(keep_until=date(2020, 1, 1))
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()

    outcome = run_periodic("night")

    assert [name for name in outcome if name.startswith("oa.")] == []
    assert Notification.objects.count() == 0
