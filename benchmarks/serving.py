"""Pages asked of a WSGI application in this process, or through the web server that the suite runs on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote
from wsgiref.util import setup_testing_defaults

START_SECONDS = 60


def ask(application: Callable[..., Any], path: str, query: str, cookie: str) -> bytes:
    """
    Ask a WSGI application for a page.

    :raises RuntimeError: unless it answers 200.
    """
    environ: dict[str, Any] = {"PATH_INFO": path, "QUERY_STRING": query, "HTTP_COOKIE": cookie}
    environ["HTTP_HOST"] = "127.0.0.1"
    setup_testing_defaults(environ)
    answers: list[str] = []
    body = application(environ, lambda status, _headers, _error=None: answers.append(status))
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    if not answers or not answers[0].startswith("200"):
        raise RuntimeError(f"{path} answered {answers}")
    return content


class Asker:
    """One connection, as a browser keeps it, and the cookies that were set on it."""

    def __init__(self, port: int, cookies: dict[str, str]) -> None:
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
        self.cookies = dict(cookies)

    def ask(self, path: str) -> bytes:
        """
        Ask for a page.

        :raises RuntimeError: unless it answers 200.
        """
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request("GET", path, headers={"Cookie": cookies})
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        for header in response.headers.get_all("Set-Cookie", []):
            name, _equals, rest = header.partition("=")
            self.cookies[name] = rest.partition(";")[0]
        return content


@contextmanager
def served(target: str, cookies: dict[str, str]) -> Iterator[Asker]:
    """Serve a WSGI application from one process, as the suite's web server does, until the end of the block."""
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    options = ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "error", target]
    environment = {**os.environ, "DATABASE_URL": _database_url(), "ALLOWED_HOSTS": "127.0.0.1"}
    process = subprocess.Popen([*command, *options], env=environment)  # noqa: S603 the command is ours
    try:
        _wait_for(port)
        yield Asker(port, cookies)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _database_url() -> str:
    from django.db import connection

    known = connection.get_connection_params()
    password = f":{quote(known['password'])}" if known.get("password") else ""
    places = "&".join(f"{name}={quote(str(known[name]))}" for name in ("host", "port") if known.get(name))
    return f"postgres://{quote(known['user'])}{password}@/{known['dbname']}?{places}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
