"""
Settings of the tests: those of the suite, with a database, cache and directories of their own.

SUITE_TEST_DB names the run, so that several can go on at once on one server; each parallel worker of a run gets its
own database and cache.
"""

import os
import tempfile
import zlib
from pathlib import Path

from suite.settings import *
from suite.settings import CACHES, DATABASES, REDIS_URL, STORAGES

RUN = os.environ.get("SUITE_TEST_DB", "suite")
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
SCRATCH = Path(tempfile.gettempdir(), f"suite-tests-{os.geteuid()}", RUN, WORKER)
SCRATCH.mkdir(parents=True, exist_ok=True)

DATABASES["default"]["TEST"] = {"NAME": f"test_{RUN}"}
# Tests do not wait for the disk: what is committed is seen as ever, but need not outlive a loss of power.
DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"
# A cleared cache is a flushed Redis database: never number 0, where the suite itself works.
REDIS_URL = f"{REDIS_URL.partition('?')[0]}?db={1 + (zlib.crc32(RUN.encode()) + int(WORKER[2:])) % 15}"
CACHES["default"].update(LOCATION=REDIS_URL, KEY_PREFIX=f"test-{RUN}-{WORKER}")

PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
MEDIA_ROOT = SCRATCH / "media"
STATIC_ROOT = SCRATCH
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
