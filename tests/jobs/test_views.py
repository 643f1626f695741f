"""The pages and the API of jobs: a job of somebody else does not exist."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from knox.models import AuthToken

from suite.access.models import User
from suite.jobs.context import JobContext
from tests.factories.activity import AT, ColleagueFactory, JobFactory, JobFileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """Return a browser in which somebody is signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def kind(make_kind: Callable[..., str]) -> str:
    """A kind of job."""

    def count(context: JobContext) -> None:
        return None

    return make_kind(count)


def test_everybody_sees_their_own_jobs_and_administrators_all(
    client_of: Callable[[User], Client], owner: User, kind: str
) -> None:
    mine = JobFactory(kind=kind, owner=owner, subject="mine.xlsx")
    other = JobFactory(kind=kind, subject="other.xlsx")

    own = client_of(owner).get("/jobs/")
    everything = client_of(ColleagueFactory(is_superuser=True)).get("/jobs/")

    assert list(own.context["jobs"]) == [mine]
    assert list(everything.context["jobs"]) == [other, mine]
    assert "mine.xlsx" in own.content.decode()


def test_progress_is_asked_for_while_the_job_runs(client_of: Callable[[User], Client], owner: User, kind: str) -> None:
    running = JobFactory(kind=kind, owner=owner, status="RUNNING", done=40, total=100, message="Row 40")
    ended = JobFactory(kind=kind, owner=owner, status="DONE", finished_at=AT, result={"created": 3, "Neu": 1, "x": []})
    client = client_of(owner)

    page = client.get(f"/jobs/{running.uuid}/").content.decode()
    part = client.get(f"/jobs/{running.uuid}/", headers={"HX-Request": "true"}).content.decode()
    final = client.get(f"/jobs/{ended.uuid}/").content.decode()

    assert 'hx-trigger="every 1s"' in page
    assert "<html" in page
    assert 'hx-trigger="every 1s"' in part
    assert 'value="40"' in part
    assert "<html" not in part
    assert "every 1s" not in final
    assert '<dt>Created</dt><dd class="nums">3</dd>' in final
    assert "<dt>Neu</dt>" in final
    assert "<dt>x</dt>" not in final


def test_a_running_job_is_cancelled_from_its_page(client_of: Callable[[User], Client], owner: User, kind: str) -> None:
    running = JobFactory(kind=kind, owner=owner, status="RUNNING")
    client = client_of(owner)

    answer = client.post(f"/jobs/{running.uuid}/cancel/")

    running.refresh_from_db()
    assert answer["Location"] == f"/jobs/{running.uuid}/"
    assert running.cancel_requested_at is not None
    assert "Being cancelled" in client.get(f"/jobs/{running.uuid}/").content.decode()
    assert client.get(f"/jobs/{running.uuid}/cancel/").status_code == 405


def test_results_are_downloaded_and_inputs_are_not(client_of: Callable[[User], Client], owner: User, kind: str) -> None:
    ended = JobFactory(kind=kind, owner=owner, status="DONE", finished_at=AT)
    result = JobFileFactory(job=ended)
    entered = JobFileFactory(job=ended, purpose="INPUT")
    client = client_of(owner)

    answer: Any = client.get(f"/jobs/{ended.uuid}/files/{result.pk}/")

    assert b"".join(answer.streaming_content) == b"a,b\n"
    assert answer["Content-Disposition"] == 'attachment; filename="result.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"].startswith("sandbox; ")
    assert client.get(f"/jobs/{ended.uuid}/files/{entered.pk}/").status_code == 404


def test_the_job_of_somebody_else_does_not_exist(client_of: Callable[[User], Client], owner: User, kind: str) -> None:
    foreign = JobFactory(kind=kind, status="RUNNING")
    file = JobFileFactory(job=foreign)
    mine = JobFactory(kind=kind, owner=owner)
    client = client_of(owner)

    answers = [
        client.get(f"/jobs/{foreign.uuid}/"),
        client.post(f"/jobs/{foreign.uuid}/cancel/"),
        client.get(f"/jobs/{foreign.uuid}/files/{file.pk}/"),
        client.get(f"/jobs/{mine.uuid}/files/{file.pk}/"),
        client.get(f"/api/jobs/{foreign.uuid}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    foreign.refresh_from_db()
    assert foreign.cancel_requested_at is None


def test_whoever_is_not_signed_in_is_asked_to(kind: str) -> None:
    job = JobFactory(kind=kind)

    assert Client().get("/jobs/")["Location"].startswith("/accounts/login/")
    assert Client().get(f"/jobs/{job.uuid}/")["Location"].startswith("/accounts/login/")
    assert Client().get(f"/api/jobs/{job.uuid}/").status_code == 401


def test_programs_read_the_state_with_a_token(owner: User, kind: str) -> None:
    ended = JobFactory(kind=kind, owner=owner, status="DONE", done=3, total=3, finished_at=AT, result={"created": 3})
    file = JobFileFactory(job=ended)
    _token, text = AuthToken.objects.create(user=owner)

    answer = Client().get(f"/api/jobs/{ended.uuid}/", headers={"Authorization": f"Token {text}"})

    assert answer.status_code == 200
    data = answer.json()
    assert {name: data[name] for name in ("uuid", "status", "done", "total", "percent", "result")} == {
        "uuid": str(ended.uuid),
        "status": "DONE",
        "done": 3,
        "total": 3,
        "percent": 100,
        "result": {"created": 3},
    }
    assert data["files"] == [{"purpose": "RESULT", "name": "result.csv", "url": f"/jobs/{ended.uuid}/files/{file.pk}/"}]
