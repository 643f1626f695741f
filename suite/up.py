"""
Start the suite on this machine: servers, migrations, demo company, then web server, worker and beat.

``python -m suite.up`` (``make up``) runs until Ctrl-C or SIGTERM and then stops all of it; embedded servers that ran
before go on. ``python -m suite.up --down`` (``make down``) stops the embedded servers.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from shlex import quote

from honcho.manager import Manager

from suite.embedded import server_status, stop_servers

VAR_DIR = Path(__file__).resolve().parent.parent / "var"
SIGN_INS = VAR_DIR / "sign-ins.txt"
HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "8000"))
# Where the web server is reached from this machine.
LOCAL_HOST = "127.0.0.1" if HOST in {"0.0.0.0", "::"} else HOST


def main() -> int:
    """Run until stopped; return the exit code: 0 after Ctrl-C or SIGTERM, else that of the process that ended."""
    if sys.argv[1:] == ["--down"]:
        stop_servers(VAR_DIR)
        return 0
    if _is_served():
        say(f"Port {PORT} is in use. Try another one: PORT={PORT + 1} make up")
        return 1
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ran_before = any(server_status(VAR_DIR).values())
    try:
        prepare_database()
        return run_processes()
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if not ran_before:
            stop_servers(VAR_DIR)


def prepare_database() -> None:
    """Bring the tables up to date, and load the demo company into a new database (not with DEMO=false)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suite.settings")
    import django
    from django.core.management import call_command
    from django.db import connections

    django.setup()
    say("Bringing the database up to date …")
    call_command("upgrade", interactive=False, verbosity=0)
    from suite.models import Company

    if os.environ.get("DEMO", "true").lower() not in {"false", "0", "no"} and not Company.objects.exists():
        call_command("load_demo")
    # The processes to come are forked from this one and must not share its connections.
    connections.close_all()


def run_processes() -> int:
    """Run web server, worker and beat under one supervisor until one of them ends or all are told to."""
    python = f"exec {quote(sys.executable)} -m"
    manager = Manager()
    manager.add_process(
        "web",
        f"{python} granian --interface wsgi --host {quote(HOST)} --port {PORT} --workers 2 --blocking-threads 4 "
        "--no-ws suite.wsgi:application",
    )
    manager.add_process("worker", f"{python} celery --quiet -A suite worker --concurrency 2 --loglevel WARNING")
    manager.add_process("beat", f"{python} celery --quiet -A suite beat --loglevel WARNING")
    threading.Thread(target=announce, daemon=True).start()
    manager.loop()
    stopped_by_signal = manager.returncode in {130, 143}
    return 0 if stopped_by_signal else manager.returncode or 0


def announce() -> None:
    """Print the address and the sign-ins as soon as the web server answers."""
    while not _is_served():
        time.sleep(0.2)
    say(f"\n    http://{LOCAL_HOST}:{PORT}/\n")
    if SIGN_INS.exists():
        say(SIGN_INS.read_text(encoding="utf-8"))
    say("Ctrl-C stops everything.\n")


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _is_served() -> bool:
    try:
        socket.create_connection((LOCAL_HOST, PORT), timeout=1).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
