"""Folders and documents on pages and in the API."""

from __future__ import annotations

import base64

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from oa.library.models import Document, Folder
from suite.access.choices import ScopeLevel
from suite.access.models import User
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import DocumentFactory, FolderFactory
from tests.oa.kit import allow, browser, queries, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=")


def member() -> User:
    """Somebody who uses the document centre."""
    return allow(staff(Document, "view", "add", "change", "upload", "discard"), Folder, ["view", "upload"])


def file(name: str = "作业指导书.txt", content: bytes = "拧紧螺栓".encode()) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_several_files_are_dropped_and_the_refused_are_named() -> None:
    writer, reader = member(), member()
    folder = FolderFactory()
    folder.writers.add(writer)
    folder.people.add(reader)
    url = f"/oa/folders/{folder.pk}/upload/"

    client = browser(writer)
    answer = client.post(
        url, {"files": [file(), file("b.txt"), file("c.exe", b"MZ\0\1")]}, headers={"hx-request": "true"}
    )
    refused = browser(reader).post(url, {"files": [file("d.txt")]})

    assert (answer.status_code, answer["HX-Redirect"]) == (204, folder.get_absolute_url())
    assert refused.status_code == 404
    assert set(Document.objects.values_list("title", flat=True)) == {"作业指导书", "b"}
    page = client.get(folder.get_absolute_url()).content.decode()
    assert ("c.exe" in page, "作业指导书" in page, "data-drop" in page) == (True, True, True)
    assert "data-drop" not in browser(reader).get(folder.get_absolute_url()).content.decode()


def test_readers_read_and_others_see_nothing() -> None:
    writer, reader, other = member(), member(), member()
    folder = FolderFactory()
    folder.writers.add(writer)
    folder.people.add(reader)
    browser(writer).post("/oa/documents/new/", {"folder": folder.pk, "file": file(), "form_token": "t"})
    document = Document.objects.get()
    version = document.versions.get()
    bytes_url = f"/oa/document-versions/{version.pk}/"

    seen = browser(reader).get(document.get_absolute_url())
    sent = browser(reader).get(bytes_url)

    assert "拧紧螺栓" in seen.content.decode()
    assert b"".join(sent.streaming_content) == "拧紧螺栓".encode()
    assert sent["Content-Disposition"].startswith("attachment")
    assert [browser(other).get(url).status_code for url in (document.get_absolute_url(), bytes_url)] == [404, 404]
    assert browser(other).get("/api/oa/documents/").json()["results"] == []
    assert browser(other).get(folder.get_absolute_url()).status_code == 404
    renamed = browser(reader).patch(
        f"/api/oa/documents/{document.pk}/", {"title": "x"}, content_type="application/json"
    )
    assert (renamed.status_code, Document.objects.get().title) == (403, "作业指导书")


def test_a_picture_is_shown_in_the_page() -> None:
    writer = member()
    folder = FolderFactory(owner=writer)
    client = browser(writer)
    client.post("/oa/documents/new/", {"folder": folder.pk, "file": file("图.png", PNG), "form_token": "t"})
    document = Document.objects.get()

    page, sent = (
        client.get(document.get_absolute_url()),
        client.get(f"/oa/document-versions/{document.versions.get().pk}/"),
    )

    assert "<img" in page.content.decode()
    assert (sent["Content-Type"], sent["Content-Disposition"].startswith("inline")) == ("image/png", True)


def test_a_document_is_renamed_moved_and_gets_a_version_by_its_writers() -> None:
    writer = member()
    one, two, closed = FolderFactory(owner=writer), FolderFactory(owner=writer), FolderFactory()
    document = DocumentFactory(folder=one)
    client, url = browser(writer), f"/api/oa/documents/{document.pk}/"

    moved = client.patch(url, {"title": "新名", "folder": two.pk}, content_type="application/json")
    refused = client.patch(url, {"folder": closed.pk}, content_type="application/json")
    posted = client.post(f"/oa/documents/{document.pk}/actions/new-version/", {"file": file(), "note": "首版"})

    document.refresh_from_db()
    assert (moved.status_code, refused.status_code, posted.status_code) == (200, 400, 302)
    assert (document.title, document.folder, document.versions.get().note) == ("新名", two, "首版")


def test_documents_are_found_by_name_and_by_their_text() -> None:
    reader = member()
    folder = FolderFactory(for_everybody=True)
    DocumentFactory(folder=folder, title="采购合同", content="含税单价与交货期")
    DocumentFactory(folder=folder, title="图纸", content="")
    client = browser(reader)

    def titles(query: str) -> list[str]:
        return [row["title"] for row in client.get(f"/api/oa/documents/?{query}").json()["results"]]

    assert titles("q=cght") == ["采购合同"]
    assert titles("text=交货期") == ["采购合同"]
    assert titles("text=没有") == []


def test_what_is_over_is_listed_and_discarded_by_who_may() -> None:
    keeper = staff(Document, "view", "discard", level=ScopeLevel.ALL)
    over, kept = DocumentFactory(keep_until="2020-01-01"), DocumentFactory()
    client = browser(keeper)

    due = [row["id"] for row in client.get("/api/oa/documents/?is_due=true").json()["results"]]
    statuses = [
        client.post(
            f"/api/oa/documents/{row.pk}/discard/", {"reason": "到期"}, content_type="application/json"
        ).status_code
        for row in (over, kept)
    ]

    over.refresh_from_db()
    kept.refresh_from_db()
    assert (due, statuses) == ([over.pk], [200, 409])
    assert (over.status, kept.status) == ("DISCARDED", "KEPT")


def test_the_tree_shows_only_what_one_reaches() -> None:
    reader = member()
    top = FolderFactory(name="公开", for_everybody=True)
    FolderFactory(name="下级", parent=top)
    FolderFactory(name="密件", parent=top, inherits=False)

    page = browser(reader).get("/oa/folders/").content.decode()

    assert ("公开" in page, "下级" in page, "密件" in page) == (True, True, False)


def test_lists_and_folders_cost_the_same_for_few_and_many() -> None:
    reader = member()
    folder = FolderFactory(for_everybody=True)
    client = browser(reader)
    DocumentFactory.create_batch(2, folder=folder)
    urls = ("/oa/documents/", folder.get_absolute_url())
    for url in urls:
        queries(client, url)
    few = [queries(client, url) for url in urls]
    DocumentFactory.create_batch(15, folder=folder)

    assert [queries(client, url) for url in urls] <= few


def test_nobody_without_permission_uploads() -> None:
    folder = FolderFactory(for_everybody=True)

    assert browser(UserFactory()).post(f"/oa/folders/{folder.pk}/upload/").status_code == 403
    assert browser(UserFactory()).get("/oa/document-versions/1/").status_code == 403
