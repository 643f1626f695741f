"""Starting, doing, cancelling and giving up jobs."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, connections, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.jobs import context as contexts
from suite.jobs import tasks
from suite.jobs.context import JobContext
from suite.jobs.models import Job, JobFile
from suite.jobs.registry import job, kinds
from suite.jobs.services import cancel_job, fail_dead_jobs, queue_lost_jobs, run_job, start_job
from suite.modules.registry import Module, registry
from suite.modules.services import ModuleDisabled
from tests.factories.activity import AT, JobFactory

MakeKind = Callable[..., str]
Committed = Callable[..., Any]


@pytest.mark.django_db
def test_a_job_is_done_after_the_commit(
    owner: User, make_kind: MakeKind, django_capture_on_commit_callbacks: Committed
) -> None:
    seen: dict[str, Any] = {}

    def count(context: JobContext) -> dict[str, Any]:
        with context.open("list") as file:
            seen["content"] = file.read()
        seen["owner"], seen["params"] = context.owner, context.params
        context.progress(1, 3, "first")
        context.reject(5, "No name.")
        context.save_result("list.csv", b"a\n", "text/csv")
        context.save_rejected_rows("refused.csv", ["name"], [["启岳"]])
        return {"created": 2, "url": "/crm/leads/"}

    kind = make_kind(count)
    file = SimpleUploadedFile("../客户.xlsx", b"content")

    with django_capture_on_commit_callbacks(execute=True):
        started = start_job(kind, owner=owner, at=AT, params={"mode": "add"}, files={"list": file}, subject="客户.xlsx")
        assert (started.status, started.created_at, seen) == ("QUEUED", AT, {})

    ended = Job.objects.get()
    assert seen == {"content": b"content", "owner": owner, "params": {"mode": "add"}}
    assert (ended.status, ended.done, ended.total, ended.message, ended.percent) == ("DONE", 3, 3, "first", 100)
    assert (ended.result, ended.errors) == ({"created": 2, "url": "/crm/leads/"}, [{"row": 5, "message": "No name."}])
    assert (ended.facts, ended.result_url) == ([("Created", 2)], "/crm/leads/")
    assert list(ended.files.order_by("pk").values_list("purpose", "name")) == [
        ("INPUT", "客户.xlsx"),
        ("RESULT", "list.csv"),
        ("REJECTED", "refused.csv"),
    ]
    assert ended.files.get(purpose="REJECTED").file.read() == "\ufeffname\r\n启岳\r\n".encode()
    assert ended.finished_at is not None
    assert str(ended) == "Counting: 客户.xlsx"


@pytest.mark.django_db
def test_a_job_is_done_once(owner: User, make_kind: MakeKind) -> None:
    runs = []

    def once(context: JobContext) -> None:
        runs.append(context.job.pk)
        run_job(pk=context.job.pk)

    waiting = JobFactory(kind=make_kind(once), owner=owner)

    run_job(pk=waiting.pk)
    run_job(pk=waiting.pk)

    assert runs == [waiting.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "message"),
    [
        (InvalidInput("The file has no rows."), "The file has no rows."),
        (ValidationError(["One.", "Two."]), "One. Two."),
    ],
)
def test_a_refusal_is_shown_as_it_is(owner: User, make_kind: MakeKind, error: Exception, message: str) -> None:
    def refuse(context: JobContext) -> None:
        context.progress(2, 10)
        raise error

    waiting = JobFactory(kind=make_kind(refuse), owner=owner)

    tasks.run(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.message, waiting.done, waiting.total) == ("FAILED", message, 2, 10)
    told = Notification.objects.get()
    assert (told.recipient, told.title, told.url) == (owner, "Failed: Counting", f"/jobs/{waiting.uuid}/")


@pytest.mark.django_db
def test_a_fault_is_logged_and_shown_without_its_secrets(
    owner: User, make_kind: MakeKind, caplog: pytest.LogCaptureFixture
) -> None:
    def fault(context: JobContext) -> None:
        raise RuntimeError("password=secret")

    waiting = JobFactory(kind=make_kind(fault), owner=owner)

    run_job(pk=waiting.pk)

    waiting.refresh_from_db()
    assert waiting.status == "FAILED"
    assert str(waiting.uuid) in waiting.message
    assert "secret" not in waiting.message
    assert "password=secret" in caplog.text


@pytest.mark.django_db
def test_messages_are_in_the_language_of_who_started_it(owner: User, make_kind: MakeKind) -> None:
    seen = []

    def speak(context: JobContext) -> None:
        seen.append(translation.get_language())

    with translation.override("zh-hans"):
        started = start_job(make_kind(speak), owner=owner, at=AT)
    run_job(pk=started.pk)

    assert seen == ["zh-hans"]


@pytest.mark.django_db
def test_a_job_of_a_system_that_is_off_is_refused(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        raise AssertionError("must not run")

    kind = make_kind(work)
    waiting = JobFactory(kind=kind, owner=owner)
    registry.add(Module("tests.jobs", "Tests"))

    with pytest.raises(ModuleDisabled):
        start_job(kind, owner=owner, at=AT)
    run_job(pk=waiting.pk)

    assert Job.objects.get() == waiting
    waiting.refresh_from_db()
    assert (waiting.status, waiting.message) == ("FAILED", "Tests is not turned on.")


@pytest.mark.django_db
def test_two_kinds_cannot_share_a_code(make_kind: MakeKind) -> None:
    def same(context: JobContext) -> None:
        return None

    code = make_kind(same)

    with pytest.raises(RuntimeError):
        job(code, title="Again")(same)

    assert kinds[code].title == "Counting"


@pytest.mark.django_db
def test_a_waiting_job_is_cancelled_at_once(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        raise AssertionError("must not run")

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    cancel_job(job=waiting, actor=owner, at=AT)
    run_job(pk=waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.finished_at, waiting.message) == ("CANCELLED", AT, "Cancelled.")
    with pytest.raises(WrongState):
        cancel_job(job=waiting, actor=owner, at=AT)


@pytest.mark.django_db
def test_a_job_without_its_worker_fails(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        return None

    kind = make_kind(work)
    old = AT - timedelta(minutes=3)
    dead = JobFactory(kind=kind, owner=owner, status="RUNNING", started_at=old, heartbeat_at=old)
    alive = JobFactory(kind=kind, owner=owner, status="RUNNING", started_at=old, heartbeat_at=AT - timedelta(minutes=1))

    assert fail_dead_jobs(at=AT) == 1

    dead.refresh_from_db()
    alive.refresh_from_db()
    assert (dead.status, dead.finished_at, alive.status) == ("FAILED", AT, "RUNNING")
    assert dead.message.startswith("The work stopped unexpectedly.")
    assert Notification.objects.get().title == "Failed: Counting"


@pytest.mark.django_db
def test_a_job_whose_message_was_lost_is_queued_again(owner: User, make_kind: MakeKind) -> None:
    runs = []

    def work(context: JobContext) -> None:
        runs.append(context.job.pk)

    kind = make_kind(work)
    lost = JobFactory(kind=kind, owner=owner, heartbeat_at=AT - timedelta(minutes=11))
    JobFactory(kind=kind, owner=owner, heartbeat_at=AT - timedelta(minutes=9))

    assert queue_lost_jobs(at=AT) == 1

    assert runs == [lost.pk]


@pytest.mark.django_db
def test_who_waited_long_is_told_of_the_end(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        return None

    kind = make_kind(work)
    long_ago = JobFactory(kind=kind, owner=owner, created_at=timezone.now() - timedelta(minutes=1))
    just_now = JobFactory(kind=kind, owner=owner, created_at=timezone.now())

    run_job(pk=long_ago.pk)
    run_job(pk=just_now.pk)

    assert list(Notification.objects.values_list("url", flat=True)) == [f"/jobs/{long_ago.uuid}/"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report often."""
    monkeypatch.setattr(contexts, "REPORT_SECONDS", 0.02)


def wait_for(condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, for at most ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


def in_thread(work: Callable[[], Any]) -> Any:
    """Do something in another thread, with another connection, and return its result."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def state_of(pk: int) -> tuple[Any, ...]:
    """Return what others see of a job."""
    row: tuple[Any, ...] = in_thread(
        lambda: Job.objects.filter(pk=pk).values_list("status", "done", "total", "message").get()
    )
    return row


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_progress_is_seen_while_the_transaction_of_the_work_is_open(owner: User, make_kind: MakeKind) -> None:
    seen: list[Any] = []

    def work(context: JobContext) -> None:
        with transaction.atomic():
            User.objects.filter(pk=owner.pk).update(phone="123")
            # The work may refer to its own job, as an import run does, without keeping the reporter waiting.
            context.save_result("half.csv", b"x", "text/csv")
            context.progress(40, 100, _("Row 40"))
            wait_for(lambda: state_of(context.job.pk)[1] == 40)
            seen.append(state_of(context.job.pk))
            seen.append(in_thread(lambda: User.objects.get(pk=owner.pk).phone))

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    run_job(pk=waiting.pk)

    assert seen == [("RUNNING", 40, 100, "Row 40"), ""]
    assert state_of(waiting.pk)[:3] == ("DONE", 100, 100)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_a_running_job_is_cancelled_and_its_work_undone(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        with transaction.atomic():
            User.objects.filter(pk=owner.pk).update(phone="123")
            in_thread(lambda: cancel_job(job=context.job, actor=owner, at=AT))
            wait_for(lambda: context.reporter.is_cancelled)
            context.progress(50, 100)

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    run_job(pk=waiting.pk)

    waiting.refresh_from_db()
    owner.refresh_from_db()
    assert (waiting.status, waiting.message, owner.phone) == ("CANCELLED", "Cancelled.", "")
    assert not Notification.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_a_job_that_was_given_up_undoes_its_work_and_stays_failed(owner: User, make_kind: MakeKind) -> None:
    def work(context: JobContext) -> None:
        with transaction.atomic():
            User.objects.filter(pk=owner.pk).update(phone="123")
            # A row that its own sign of life has locked is passed over, until the next time.
            wait_for(lambda: in_thread(lambda: fail_dead_jobs(at=timezone.now() + timedelta(minutes=5))) == 1)
            wait_for(lambda: context.reporter.is_lost)
            context.check_cancelled()

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    run_job(pk=waiting.pk)

    waiting.refresh_from_db()
    owner.refresh_from_db()
    assert (waiting.status, owner.phone) == ("FAILED", "")
    assert waiting.message.startswith("The work stopped unexpectedly.")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_a_silent_job_still_gives_signs_of_life(
    owner: User, make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contexts, "HEARTBEAT_SECONDS", 0.0)
    beats: list[Any] = []

    def work(context: JobContext) -> None:
        def beat() -> Any:
            return in_thread(lambda: Job.objects.get(pk=context.job.pk).heartbeat_at)

        first = beat()
        beats.append(wait_for(lambda: beat() > first))

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    run_job(pk=waiting.pk)

    assert beats == [True]


@pytest.mark.django_db(transaction=True)
def test_two_workers_do_a_job_once(owner: User, make_kind: MakeKind) -> None:
    start, runs = threading.Barrier(2), []

    def work(context: JobContext) -> None:
        runs.append(context.job.pk)

    waiting = JobFactory(kind=make_kind(work), owner=owner)

    def take() -> None:
        try:
            start.wait()
            run_job(pk=waiting.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert runs == [waiting.pk]


@pytest.mark.django_db
def test_a_file_that_cannot_be_kept_leaves_no_bytes(owner: User) -> None:
    kept = JobFile(job=JobFactory(owner=owner), purpose="RESULT", name="x" * 201, media_type="text/csv")

    with pytest.raises(DataError), transaction.atomic():
        kept.file.save("x", SimpleUploadedFile("x", b"1"), save=True)

    assert not default_storage.exists(kept.file.name)
    assert not JobFile.objects.exists()
