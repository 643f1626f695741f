"""The embedded servers: started once however many ask, out of reach for others, stopped when told."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
import redis

from suite import embedded

ROOT = Path(__file__).resolve().parents[2]
ASK = (
    "import sys; from suite.embedded import *; v = sys.argv[1]; print(embedded_database_url(v), embedded_redis_url(v))"
)


@pytest.fixture
def var_dir() -> Iterator[Path]:
    # Not pytest's own directory: every run that starts closes it to other accounts, whom root hands the servers to.
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory, "var")
        embedded.stop_servers(Path(directory, "var"))


def ask_in_another_process(var_dir: Path) -> list[str]:
    command = [sys.executable, "-c", ASK, str(var_dir)]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()


def postgres_directory(connection: psycopg.Connection) -> str:
    row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return str(row[0])


def test_processes_that_ask_at_once_share_servers_that_outlive_them(var_dir: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(ask_in_another_process, [var_dir] * 3))

    assert answers[0] == answers[1] == answers[2]
    database_url, redis_url = answers[0]
    with psycopg.connect(database_url) as connection:
        assert postgres_directory(connection) == str(var_dir / "postgres")
        assert connection.info.server_version // 10000 == 18
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_data_is_there_after_a_stop_and_a_start(var_dir: Path) -> None:
    with psycopg.connect(embedded.embedded_database_url(var_dir)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with redis.Redis.from_url(embedded.embedded_redis_url(var_dir)) as client:
        client.set("kept", "7")

    embedded.stop_servers(var_dir)

    assert embedded.server_status(var_dir) == {"postgres": False, "valkey": False}
    with psycopg.connect(embedded.embedded_database_url(var_dir)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    with redis.Redis.from_url(embedded.embedded_redis_url(var_dir)) as client:
        assert client.get("kept") == b"7"


def test_a_path_too_long_for_a_socket_is_no_hindrance(var_dir: Path) -> None:
    deep = var_dir / ("long" * 25)

    url = embedded.embedded_database_url(deep)

    try:
        socket_dir = Path(url.partition("host=")[2])
        assert socket_dir.parent == Path("/tmp")
        with psycopg.connect(url) as connection:
            assert postgres_directory(connection) == str(deep / "postgres")
    finally:
        embedded.stop_servers(deep)
        socket_dir.rmdir()


def test_others_cannot_enter(var_dir: Path) -> None:
    embedded.embedded_database_url(var_dir)

    for directory in (var_dir / "run", var_dir / "postgres"):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    if os.geteuid() == 0:
        assert (var_dir / "postgres").stat().st_uid != 0


def test_a_directory_of_somebody_else_is_refused(var_dir: Path, tmp_path: Path) -> None:
    var_dir.mkdir()
    (tmp_path / "theirs").mkdir()
    (var_dir / "run").symlink_to(tmp_path / "theirs")

    with pytest.raises(embedded.EmbeddedServerError, match="is not a directory of the account"):
        embedded.embedded_database_url(var_dir)

    assert (tmp_path / "theirs").owner() == tmp_path.owner()
    assert list((tmp_path / "theirs").iterdir()) == []


def test_a_failed_start_names_its_reason(var_dir: Path) -> None:
    embedded.embedded_database_url(var_dir)
    embedded.stop_servers(var_dir)
    (var_dir / "postgres" / "PG_VERSION").write_text("11\n")

    with pytest.raises(embedded.EmbeddedServerError, match="initialized by PostgreSQL version 11"):
        embedded.embedded_database_url(var_dir)


def test_the_secret_key_is_made_once_and_for_us_only(var_dir: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(embedded.local_secret_key, [var_dir] * 8))

    assert len(keys) == 1
    assert len(keys.pop()) >= 80
    assert stat.S_IMODE((var_dir / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://host:6379/2", "redis://host:6379/2"),
        ("unix:///run/valkey.sock?db=3", "redis+socket:///run/valkey.sock?virtual_host=3"),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=0"),
    ],
)
def test_broker_url(redis_url: str, broker_url: str) -> None:
    assert embedded.broker_url(redis_url) == broker_url
