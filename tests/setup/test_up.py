"""``make up``: serves, says where, and leaves nothing behind when told to stop."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from suite.embedded import embedded_database_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def environment(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Return an environment with a migrated database (or an empty one, under --nomigrations) and a free port."""
    template = settings.DATABASES["default"]["NAME"]
    name = f"{template}_up"
    with django_db_blocker.unblock():
        migrated = bool(MigrationRecorder(connection).applied_migrations())
        connection.close()
    url = urlsplit(os.environ.get("DATABASE_URL") or embedded_database_url(settings.VAR_DIR))
    with psycopg.connect(url.geturl(), autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template if migrated else "template1"}"')
        yield {
            **os.environ,
            "DATABASE_URL": url._replace(path=f"/{name}").geturl(),
            "REDIS_URL": settings.REDIS_URL,
            "CELERY_QUEUE": "up",
            "DJANGO_SETTINGS_MODULE": "suite.settings",
            "DEMO": "false",
            "PORT": str(free_port()),
        }
        server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "suite.up"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )


def lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop(environment: dict[str, str], signal_number: signal.Signals) -> None:
    with start(environment) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C" in line:
                break
        client = HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=20)
        client.request("GET", "/accounts/login/")
        status = client.getresponse().status
        process.send_signal(signal_number)
        said += process.stdout.readlines()
        code = process.wait(30)

    with psycopg.connect(environment["DATABASE_URL"]) as server:
        roles = {name for (name,) in server.execute("SELECT name FROM auth_group")}
    assert status == 200
    # An installation without the demo company has the standard roles, in its language.
    assert {"总经理", "员工"} <= roles
    assert any(f"http://127.0.0.1:{environment['PORT']}/" in line for line in said)
    started = dict(re.findall(r"(\w+) started \(pid=(\d+)\)", "".join(said)))
    assert set(started) == {"web", "worker", "beat"}
    assert [name for name, pid in started.items() if lives(pid)] == []
    assert code == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(environment["PORT"]))) != 0


def test_a_port_in_use_is_named_before_anything_starts(environment: dict[str, str]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(environment["PORT"])))
        listener.listen()

        with start(environment) as process:
            output, _ = process.communicate(timeout=30)

    assert output.startswith(f"Port {environment['PORT']} is in use.")
    assert process.returncode == 1
