"""docker-compose.yml and Dockerfile: sound as far as that shows without an engine, and their commands run."""

import ast
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from django.conf import settings
from django.db import connection

from suite.embedded import embedded_database_url

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", "")
OURS = ("migrate", "web", "worker", "beat")
START_SECONDS = 60


def command_of(service: str) -> list[str]:
    """Return the command of a service, by default that of the image."""
    image = ast.literal_eval(re.findall(r"^CMD (.*)$", DOCKERFILE, re.MULTILINE)[-1])
    return [str(word) for word in SERVICES[service].get("command", image)]


def program(name: str) -> str:
    return sys.executable if name == "python" else str(Path(sys.executable).parent / name)


def environment() -> dict[str, str]:
    """Return what a container would be told: the test database, and a queue of its own."""
    url = urlsplit(os.environ.get("DATABASE_URL") or embedded_database_url(settings.VAR_DIR))
    return {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
        "REDIS_URL": settings.REDIS_URL,
        "CELERY_QUEUE": "containers",
        "DJANGO_SETTINGS_MODULE": "suite.settings",
    }


@contextmanager
def running(command: list[str]) -> Iterator[None]:
    """Run a command until the block ends, and stop it as the container engine does."""
    words = [program(command[0]), *command[1:]]
    process = subprocess.Popen(words, cwd=ROOT, env=environment(), start_new_session=True)
    try:
        yield
        assert process.poll() is None, "The process ended by itself."
        process.terminate()
        process.wait(20)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + START_SECONDS
    while not condition():
        assert time.monotonic() < end, "Not ready in time."
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_every_service_is_watched_and_waits_for_what_it_needs() -> None:
    assert set(SERVICES) == {"postgres", "valkey", *OURS}
    assert {name for name, service in SERVICES.items() if "healthcheck" not in service} == {"migrate"}
    for name in ("web", "worker", "beat"):
        conditions = {needed: rule["condition"] for needed, rule in SERVICES[name]["depends_on"].items()}
        assert conditions == {
            "postgres": "service_healthy",
            "valkey": "service_healthy",
            "migrate": "service_completed_successfully",
        }


def test_data_is_kept_in_named_volumes() -> None:
    used = {volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}

    assert used == set(COMPOSE["volumes"]) == {"postgres", "valkey", "media"}


def test_web_and_worker_can_be_scaled() -> None:
    assert all("container_name" not in service for service in SERVICES.values())
    assert SERVICES["web"]["ports"] == ["${WEB_PORTS:-8000-8009}:8000"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_the_environment_is_one_that_the_settings_read() -> None:
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', (ROOT / "suite/settings.py").read_text(encoding="utf-8")))

    for name in OURS:
        assert set(SERVICES[name]["environment"]) <= read


def test_the_image_runs_without_root() -> None:
    lines = DOCKERFILE.splitlines()
    last_stage = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]

    assert "USER suite" in last_stage
    assert last_stage.index("USER suite") < next(n for n, line in enumerate(last_stage) if line.startswith("CMD "))
    copied = [word for line in lines if line.startswith("COPY pyproject") for word in shlex.split(line)[1:-1]]
    assert [name for name in copied if not (ROOT / name).exists()] == []


@pytest.mark.django_db(transaction=True)
def test_the_migrate_command_runs() -> None:
    name, *words = command_of("migrate")

    code = subprocess.run([program(name), *words, "--plan"], cwd=ROOT, env=environment(), check=False).returncode

    assert code == 0


@pytest.mark.django_db(transaction=True)
def test_the_web_command_answers_its_health_check_and_serves_the_sign_in_page() -> None:
    port = free_port()
    command = command_of("web")
    command[command.index("--host") + 1] = "127.0.0.1"
    command[command.index("--port") + 1] = str(port)

    _, name, *words = SERVICES["web"]["healthcheck"]["test"]
    check = [program(name), *(word.replace("8000", str(port)) for word in words)]

    with running(command):
        wait_for(lambda: subprocess.run(check, capture_output=True, check=False).returncode == 0)

        client = HTTPConnection("127.0.0.1", port, timeout=20)
        client.request("GET", "/accounts/login/")
        page = client.getresponse().read().decode()

    assert 'name="login"' in page


@pytest.mark.django_db(transaction=True)
def test_the_worker_command_answers_its_health_check() -> None:
    check = shlex.split(SERVICES["worker"]["healthcheck"]["test"][1].replace("$$HOSTNAME", "containers"))

    def answers() -> bool:
        words = [program(check[0]), *check[1:]]
        return subprocess.run(words, cwd=ROOT, env=environment(), check=False).returncode == 0

    with running([*command_of("worker"), "--hostname", "celery@containers"]):
        wait_for(answers)


@pytest.mark.django_db(transaction=True)
def test_the_beat_command_answers_its_health_check(tmp_path: Path) -> None:
    check = SERVICES["beat"]["healthcheck"]["test"][1].replace("/app/var", str(tmp_path))

    def answers() -> bool:
        return subprocess.run(["/bin/sh", "-c", check], check=False).returncode == 0

    assert not answers()
    with running([*command_of("beat"), "--schedule", str(tmp_path / "beat")]):
        wait_for(answers)
