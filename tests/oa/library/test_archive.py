"""Approved documents go into the document centre by themselves."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from hrm.leave.models import LeaveRequest
from hrm.org.models import Department
from oa.flows.acting import approve_task, withdraw
from oa.flows.models import FlowRun, FlowTask
from oa.library.archiving import archive_run, not_archived, set_archive_rule
from oa.library.models import ArchiveRule, Document, DocumentVersion, Folder
from oa.library.services import add_document
from oa.library.tasks import archive_approved
from oa.seals.models import SealUse
from oa.seals.services import submit_use
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.modules.tasks import run_periodic
from tests.factories.hrm import UserFactory
from tests.factories.oa_flows import FlowBindingFactory, asks, publish
from tests.factories.oa_office import ArchiveRuleFactory, FolderFactory, SealUseFactory
from tests.oa.kit import allow, browser, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def decider() -> User:
    """Who decides about seals, by a flow."""
    user: User = UserFactory(full_name="林总")
    version = publish(asks("boss", user))
    FlowBindingFactory(definition=version.definition, subject=ContentType.objects.get_for_model(SealUse))
    return user


@pytest.fixture(autouse=True)
def at_once(settings: Any) -> None:
    """Tasks run where they are sent."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    archive_approved.app.conf.task_always_eager = True


def handed_in(**values: Any) -> FlowRun:
    """The run about a request for a seal."""
    use = SealUseFactory(applicant=UserFactory(full_name="李芳"), **values)
    submit_use(sealuse=use, actor=use.applicant, at=AT)
    return FlowRun.objects.get()


def approve(run: FlowRun, decider: User, at: datetime = AT + timedelta(hours=1)) -> None:
    """Let the flow end well."""
    task = FlowTask.objects.get(run=run, person=decider)
    approve_task(flowtask=task, actor=decider, at=at, comment="同意盖章")


def test_what_a_flow_approves_is_archived_after_the_commit_with_who_decided_what(
    decider: User, django_capture_on_commit_callbacks: Any
) -> None:
    rule = ArchiveRuleFactory(folder__keep_months=12)
    run = handed_in(purpose="框架合同盖章")

    with django_capture_on_commit_callbacks() as callbacks:
        approve(run, decider)
    before = Document.objects.count()
    for each in callbacks:
        each()

    document = Document.objects.get()
    (version,) = document.versions.all()
    page = version.file.read().decode()
    assert before == 0
    assert (document.folder, document.owner, document.source) == (rule.folder, rule.folder.owner, run.subject)
    assert (version.run, version.media_type, version.created_by) == (run, "text/html", None)
    assert all(words in page for words in ("框架合同盖章", "李芳", "林总", "同意盖章", "2026-11-02 10:00"))
    assert "同意盖章" in document.content
    assert "font" not in document.content


def test_the_time_of_keeping_of_a_rule_goes_before_that_of_the_folder(decider: User) -> None:
    ArchiveRuleFactory(folder__keep_months=12, keep_months=24)
    run = handed_in()
    approve(run, decider)

    document = archive_run(run=run, actor=None, at=AT)

    assert document is not None
    assert document.keep_until == date(2028, 11, 2)


def test_an_approval_is_archived_once_even_when_the_document_changes_meanwhile(decider: User) -> None:
    ArchiveRuleFactory()
    run = handed_in()
    approve(run, decider)
    first = archive_run(run=run, actor=None, at=AT)
    use = SealUse.objects.get()
    use.counterparty = "深圳市华屿数码有限公司"
    use.save()

    again = archive_run(run=run, actor=None, at=AT)

    assert again == first
    assert DocumentVersion.objects.count() == 1
    assert not not_archived().exists()


def test_nothing_is_archived_without_a_rule_that_was_in_force(decider: User) -> None:
    rule = ArchiveRuleFactory(begins_at=AT + timedelta(days=1))
    run = handed_in()
    approve(run, decider)

    too_early = archive_run(run=run, actor=None, at=AT)
    ArchiveRule.objects.filter(pk=rule.pk).update(begins_at=AT, is_active=False)
    is_off = archive_run(run=run, actor=None, at=AT)

    assert (too_early, is_off) == (None, None)
    assert not not_archived().exists()
    assert not Document.objects.exists()


def test_what_was_withdrawn_is_not_archived(decider: User, django_capture_on_commit_callbacks: Any) -> None:
    ArchiveRuleFactory()
    run = handed_in()

    with django_capture_on_commit_callbacks(execute=True):
        withdraw(run=run, actor=run.initiator, at=AT)

    run.refresh_from_db()
    assert archive_run(run=run, actor=None, at=AT) is None
    assert not Document.objects.exists()


def test_what_was_lost_on_the_way_is_archived_at_night_unless_the_office_is_off(decider: User) -> None:
    ArchiveRuleFactory()
    run = handed_in()
    approve(run, decider)
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()
    off = archive_approved(run.pk)
    run_periodic("night")
    before = Document.objects.count()
    ModuleState.objects.filter(code="oa").update(is_enabled=True)
    forget()

    outcome = run_periodic("night")

    assert (off, before) == (None, 0)
    assert outcome["oa.library.periodic.archive_what_was_missed"] == "1"
    assert DocumentVersion.objects.get().run == run


def test_the_folder_says_who_reads_what_was_archived(decider: User) -> None:
    reader, other = (staff(Document, "view") for _each in range(2))
    rule = ArchiveRuleFactory()
    rule.folder.people.add(reader)
    run = handed_in(purpose="框架合同盖章")
    approve(run, decider)
    document = archive_run(run=run, actor=None, at=AT)
    assert document is not None
    url = f"/oa/document-versions/{document.versions.get().pk}/"

    page, answer = browser(reader).get(document.get_absolute_url()), browser(reader).get(url)

    assert "框架合同盖章" in page.content.decode()
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert (browser(other).get(document.get_absolute_url()).status_code, browser(other).get(url).status_code) == (
        404,
        404,
    )


def test_a_rule_is_for_what_is_approved_and_there_once() -> None:
    root, folder = UserFactory(is_superuser=True), FolderFactory()
    leave = ContentType.objects.get_for_model(LeaveRequest)
    rule = set_archive_rule(subject=leave, folder=folder, actor=root, at=AT)

    for subject in (leave, ContentType.objects.get_for_model(Department)):
        with pytest.raises(InvalidInput):
            set_archive_rule(subject=subject, folder=folder, actor=root, at=AT)
    off = set_archive_rule(archiverule=rule, subject=leave, folder=folder, is_active=False, actor=root, at=AT)
    assert off.begins_at == AT
    again = set_archive_rule(archiverule=off, subject=leave, folder=folder, actor=root, at=AT + timedelta(days=9))

    assert ArchiveRule.objects.get() == again
    assert again.begins_at == AT + timedelta(days=9)


def test_rules_are_set_on_their_page_by_whoever_may() -> None:
    keeper, other = UserFactory(is_superuser=True), staff(ArchiveRule, "view", level=ScopeLevel.ALL)
    folder = FolderFactory(owner=keeper)
    values = {"subject": ContentType.objects.get_for_model(SealUse).pk, "folder": folder.pk, "is_active": "on"}

    answer = browser(keeper).post("/oa/archive-rules/new/", {**values, "form_token": "t"})
    refused = browser(other).post("/oa/archive-rules/new/", {**values, "form_token": "t"})
    listed = browser(other).get("/api/oa/archive-rules/").json()

    rule = ArchiveRule.objects.get()
    assert (answer.status_code, refused.status_code) == (302, 403)
    assert (rule.folder, [row["id"] for row in listed["results"]]) == (folder, [rule.pk])


def pdf(words: str) -> bytes:
    """A PDF with one line of text."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=200, height=200)
    font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
    fonts = DictionaryObject(
        {NameObject("/F1"): DictionaryObject({NameObject(k): NameObject(v) for k, v in font.items()})}
    )
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    stream = DecodedStreamObject()
    stream.set_data(f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(stream)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def test_words_in_a_pdf_are_found_and_a_damaged_one_is_kept() -> None:
    keeper = allow(staff(Document, "view"), Folder, ["view", "upload"])
    folder = FolderFactory(owner=keeper)
    found = add_document(folder=folder, file=ContentFile(pdf("Torque 12 Nm"), name="a.pdf"), actor=keeper, at=AT)
    damaged = add_document(folder=folder, file=ContentFile(b"%PDF-1.7 nothing", name="b.pdf"), actor=keeper, at=AT)

    page = browser(keeper).get("/oa/documents/?text=torque").content.decode()

    assert (found.content, damaged.content) == ("Torque 12 Nm", "")
    assert (found.get_absolute_url() in page, damaged.get_absolute_url() in page) == (True, False)
