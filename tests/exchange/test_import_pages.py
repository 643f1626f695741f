"""The import pages: upload, check, assign columns, import once, find it again."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook

from suite.access.models import User
from suite.jobs.choices import JobStatus
from suite.jobs.models import Job
from suite.masters.models import Item
from suite.pages.exchange import services
from suite.pages.exchange.choices import RunState
from suite.pages.exchange.models import ImportRun
from suite.pages.pageset import PageSet
from tests.exchange.conftest import csv_bytes, upload, xlsx_bytes
from tests.factories.activity import AT, ColleagueFactory
from tests.factories.masters import ItemFactory

URL = "/masters/items/import/"
HEAD = ("编码", "名称", "单位", "单价")
Commit = Callable[..., Any]


def send(client: Client, content: bytes, name: str = "items.xlsx") -> Any:
    return client.post(URL, {"step": "upload", "file": upload(name, content)}, follow=True)


def five_broken() -> bytes:
    """Twelve rows, of which five are wrong in five ways."""
    rows: list[tuple[Any, ...]] = [(f"A-{n}", f"Thing {n}", "ZHI", n) for n in range(12)]
    rows[1] = ("A-0", "Thing again", "ZHI", 1)
    rows[3] = ("A-3", None, "ZHI", 3)
    rows[5] = ("A-5", "Thing 5", "BARREL", 5)
    rows[7] = ("A-7", "Thing 7", "ZHI", "much")
    rows[9] = ("A-9", "Thing 9", "ZHI", -9)
    return xlsx_bytes(HEAD, *rows)


def test_a_good_file_is_checked_then_imported(items: PageSet, client: Client) -> None:
    ItemFactory(code="A-1", name="old")
    checked = send(client, xlsx_bytes(HEAD, ("A-1", "new", "ZHI", 12.5), ("A-2", "Cable", "只", 8)))
    assert Item.objects.count() == 1
    run = ImportRun.objects.get()

    done = client.post(URL, {"step": "import", "run": run.pk}, follow=True)

    assert "Import 2 rows" in checked.content.decode()
    assert "<del>old</del> <ins>new</ins>" in checked.content.decode()
    assert set(Item.objects.values_list("code", "name")) == {("A-1", "new"), ("A-2", "Cable")}
    run.refresh_from_db()
    assert (run.state, run.report["counts"]) == (
        RunState.DONE, {"create": 1, "update": 1, "unchanged": 0, "error": 0}
    )  # fmt: skip
    assert "To the list" in done.content.decode()


def test_five_broken_rows_are_named_and_refuse_the_file(items: PageSet, client: Client) -> None:
    page = send(client, five_broken()).content.decode()

    run = ImportRun.objects.get()
    assert [(row, label) for row, label, _message in run.report["errors"]] == [
        (3, "Code"), (5, "Name"), (7, "Base unit"), (9, "List price"), (11, "List price")
    ]  # fmt: skip
    for text in ("Row 2 has the same value.", "“BARREL”", "“much” is no number.", "greater than or equal to 0"):
        assert text in page
    assert "Leave out the 5 wrong rows" in page


def test_the_file_with_bad_rows_is_not_imported_without_being_asked(items: PageSet, client: Client) -> None:
    send(client, five_broken())

    page = client.post(URL, {"step": "import", "run": ImportRun.objects.get().pk}, follow=True)

    assert Item.objects.count() == 0
    assert ImportRun.objects.get().state == RunState.CHECKED
    assert "Wrong rows" in page.content.decode()


def test_the_good_rows_can_be_imported_and_the_bad_ones_taken_back(items: PageSet, client: Client) -> None:
    send(client, five_broken())
    run = ImportRun.objects.get()

    client.post(URL, {"step": "import", "run": run.pk, "leave_out_bad": "1"})
    refused = client.get(URL, {"run": run.pk, "refused": "1"})

    assert Item.objects.count() == 7
    rows = CalamineWorkbook.from_filelike(io.BytesIO(refused.getvalue())).get_sheet_by_index(0).to_python()
    assert rows[0] == [*HEAD, "Why not imported"]
    assert [row[0] for row in rows[1:]] == ["A-0", "A-3", "A-5", "A-7", "A-9"]
    assert rows[4] == ["A-7", "Thing 7", "ZHI", "much", "List price: “much” is no number."]


def test_a_double_submit_imports_once(items: PageSet, client: Client) -> None:
    send(client, xlsx_bytes(HEAD, ("A-2", "Cable", "只", 8)))
    run = ImportRun.objects.get()

    first = client.post(URL, {"step": "import", "run": run.pk})
    second = client.post(URL, {"step": "import", "run": run.pk})

    assert first.url == second.url == f"{URL}?run={run.pk}"
    assert Item.objects.get().version == 1
    assert ImportRun.objects.get().report["counts"]["create"] == 1


def test_unknown_headings_are_assigned_on_the_page(items: PageSet, client: Client) -> None:
    page = send(client, csv_bytes("Artikel,Text,Einheit", "A-1,Ladegerät,ZHI"), "artikel.csv").content.decode()
    run = ImportRun.objects.get()
    assert "The file has no column for: Code" in page
    assert "Ladegerät" in page

    mapping = {"column-0": "code", "column-1": "name", "column-2": "base_unit"}
    checked = client.post(URL, {"step": "map", "run": run.pk, **mapping}, follow=True).content.decode()
    client.post(URL, {"step": "import", "run": run.pk})

    assert "Import 1 row" in checked
    assert Item.objects.get().name == "Ladegerät"


def test_further_columns_are_named_and_ignored(items: PageSet, client: Client) -> None:
    page = send(client, csv_bytes("编码,名称,单位,颜色", "A-1,Charger,ZHI,red"), "items.csv").content.decode()

    assert "Ignored columns: 颜色" in page


@pytest.mark.parametrize("name", ["items.pdf", "items.xlsx"])
def test_what_is_no_table_is_told_beside_the_field(items: PageSet, client: Client, name: str) -> None:
    response = send(client, b"no table", name)

    assert response.status_code == 422
    assert "id_file_error" in response.content.decode()
    assert not ImportRun.objects.exists()


def test_without_a_file_the_page_says_so(items: PageSet, client: Client) -> None:
    response = client.post(URL, {"step": "upload"})

    assert response.status_code == 422
    assert "Choose a file." in response.content.decode()


def test_nothing_new_is_told(items: PageSet, client: Client) -> None:
    ItemFactory(code="A-1", name="Charger")

    page = send(client, xlsx_bytes(("编码", "名称"), ("A-1", "Charger"))).content.decode()

    assert "Everything in this file is there already." in page


# -- who may -----------------------------------------------------------------------------------


def test_the_permission_is_needed(items: PageSet, client: Client, clerk: User) -> None:
    role = clerk.groups.get()
    role.permissions.remove(role.permissions.get(codename="import_item"))

    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}template/").status_code == 403
    assert send(client, five_broken()).status_code == 403
    assert not ImportRun.objects.exists()


def test_somebody_elses_file_does_not_exist(items: PageSet, client: Client, clerk: User) -> None:
    send(client, xlsx_bytes(HEAD, ("A-2", "Cable", "只", 8)))
    run = ImportRun.objects.get()
    other = ColleagueFactory(username="other", language="en")
    other.groups.set(clerk.groups.all())
    browser = Client()
    browser.force_login(other)

    assert browser.get(URL, {"run": run.pk}).status_code == 404
    assert browser.post(URL, {"step": "import", "run": run.pk}).status_code == 404
    assert browser.get(URL, {"run": run.pk, "refused": "1"}).status_code == 404
    assert Item.objects.count() == 0


def test_a_file_of_another_object_type_does_not_exist(items: PageSet, client: Client) -> None:
    send(client, xlsx_bytes(HEAD, ("A-2", "Cable", "只", 8)))

    response = client.get("/masters/units/import/", {"run": ImportRun.objects.get().pk})

    assert response.status_code == 404


def test_what_cannot_be_imported_has_no_import_page(client: Client) -> None:
    admin = User.objects.create_superuser("admin", full_name="Admin", email="a@example.com")
    client.force_login(admin)

    assert client.get(reverse("suite:currency-import")).status_code == 404


# -- long files are jobs -----------------------------------------------------------------------


def long_file(count: int = 250, broken: bool = False) -> bytes:
    rows: list[tuple[Any, ...]] = [(f"A-{n}", f"Thing {n}", "ZHI", n) for n in range(count)]
    if broken:
        rows[17] = ("A-17", "Thing 17", "BARREL", 17)
    return xlsx_bytes(HEAD, *rows)


def test_a_long_file_is_checked_and_imported_by_jobs(
    items: PageSet, client: Client, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks():
        waiting = send(client, long_file())
    run = ImportRun.objects.get()
    assert run.state == RunState.CHECKING
    assert 'id="import-progress"' in waiting.content.decode()
    work(run)
    checked = client.get(URL, {"run": run.pk})
    assert "Import 250 rows" in checked.content.decode()

    with django_capture_on_commit_callbacks():
        client.post(URL, {"step": "import", "run": run.pk})
        client.post(URL, {"step": "import", "run": run.pk})
    assert Item.objects.count() == 0
    work(run)

    assert Job.objects.count() == 2
    assert Item.objects.count() == 250
    run.refresh_from_db()
    assert (run.state, run.report["counts"]["create"]) == (RunState.DONE, 250)
    assert run.job is not None
    assert (run.job.status, run.job.result) == (
        JobStatus.DONE, {"New": 250, "Changed": 0, "Unchanged": 0, "Refused rows": 0}
    )  # fmt: skip


def test_a_refused_job_writes_nothing_and_can_be_tried_again(
    items: PageSet, client: Client, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks():
        send(client, long_file(broken=True))
    run = ImportRun.objects.get()
    work(run)

    with django_capture_on_commit_callbacks():
        client.post(URL, {"step": "import", "run": run.pk})
    work(run)
    refused = client.get(URL, {"run": run.pk})

    assert Item.objects.count() == 0
    assert "“BARREL”" in refused.content.decode()
    run.refresh_from_db()
    assert run.state == RunState.CHECKED
    with django_capture_on_commit_callbacks():
        client.post(URL, {"step": "import", "run": run.pk, "leave_out_bad": "1"})
    work(run)
    assert Item.objects.count() == 249
    job = Job.objects.latest("pk")
    assert job.errors == [{"row": 19, "message": "Base unit: There is no unit “BARREL” that you can choose."}]
    assert job.files.filter(purpose="REJECTED").count() == 1


def test_a_cancelled_job_gives_the_file_back(
    items: PageSet, client: Client, django_capture_on_commit_callbacks: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from suite.jobs.services import cancel_job

    with django_capture_on_commit_callbacks():
        send(client, long_file())
    run = ImportRun.objects.select_related("job__owner").get()
    assert run.job is not None
    cancel_job(job=run.job, actor=run.user, at=AT)

    page = client.get(URL, {"run": run.pk}).content.decode()

    run.refresh_from_db()
    assert run.state == RunState.UPLOADED
    assert "Cancelled." in page
    assert "Check again" in page


def test_the_progress_partial_refreshes_the_page_when_it_is_done(
    items: PageSet, client: Client, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks():
        send(client, long_file())
    run = ImportRun.objects.get()
    headers = {"HX-Request": "true", "HX-Target": "import-progress"}

    busy = client.get(URL, {"run": run.pk}, headers=headers)
    work(run)
    finished = client.get(URL, {"run": run.pk}, headers=headers)

    assert busy.content.decode().startswith('<section class="card" id="import-progress"')
    assert (finished.status_code, finished["HX-Refresh"]) == (204, "true")


def work(run: ImportRun) -> None:
    """Let a worker do the job of a file."""
    from suite.jobs.services import run_job

    run.refresh_from_db()
    assert run.job is not None
    run_job(pk=run.job.pk)


# -- the rest ----------------------------------------------------------------------------------


def test_the_template_can_be_filled_in_and_imported(items: PageSet, client: Client) -> None:
    response = client.get(f"{URL}template/")

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.getvalue()))
    head = book.get_sheet_by_index(0).to_python()[0]
    example = book.get_sheet_by_name("Example").to_python()
    assert head[:3] == ["Code*", "Name*", "Specification"]
    assert len(book.get_sheet_by_index(0).to_python()) == 1
    filled = dict(zip(head, example[1], strict=True)) | {"Category": None, "Tax": None, "Barcode": None}
    page = send(client, xlsx_bytes(head, [filled[name] for name in head])).content.decode()
    assert "Import 1 row" in page, json.dumps(ImportRun.objects.get().report["errors"])


def test_old_files_are_deleted(items: PageSet, client: Client, django_capture_on_commit_callbacks: Commit) -> None:
    from datetime import timedelta

    send(client, xlsx_bytes(HEAD, ("A-2", "Cable", "只", 8)))
    run = ImportRun.objects.get()
    storage, name = run.file.storage, str(run.file.name)

    assert services.delete_old_runs(at=run.created_at + timedelta(days=29)) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert services.delete_old_runs(at=run.created_at + timedelta(days=31)) == 1

    assert not ImportRun.objects.exists()
    assert not storage.exists(name)


def test_recent_files_are_found_again(items: PageSet, client: Client) -> None:
    send(client, xlsx_bytes(HEAD, ("A-2", "Cable", "只", 8)), "物料 2026.xlsx")

    page = client.get(URL).content.decode()

    assert "物料 2026.xlsx" in page
    assert "What belongs there" in page
