"""
The inbox of an approver with few runs in the database, and with many.

The same person has the same twenty tasks to decide and the same fifty decided each time; what others have comes in
addition. Printed are the milliseconds of the counter, of each box and of the inbox page, and their share.

    python -m benchmarks.approvals [finished] [running]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

from benchmarks.serving import ask
from benchmarks.stock import milliseconds

FEW = 100
FINISHED = 100_000
RUNNING = 5_000
OWN = 20
DECIDED = 50
BATCH = 5_000
PEOPLE = 200
Figures = dict[str, float]


class Office:
    """A flow, its people, and runs of it."""

    def __init__(self) -> None:
        from django.contrib.contenttypes.models import ContentType
        from django.utils import timezone

        from oa.flows.models import FlowDefinition, FlowVersion
        from suite.access.models import User
        from suite.masters.models import Company, Party
        from suite.modules import state
        from suite.modules.models import ModuleState

        for code in ("crm", "hrm", "oa"):
            ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
        state.forget()
        self.now = timezone.now()
        self.company = Company.objects.order_by("pk")[0]
        self.user = User.objects.create_user("bench-approver", "bench@example.com", full_name="审批人")
        self.others = User.objects.bulk_create(
            User(username=f"bench-{n}", email=f"bench-{n}@example.com", full_name=f"员工{n}") for n in range(PEOPLE)
        )
        self.party = Party.objects.create(code="BENCH-A", name="基准伙伴")
        self.kind = ContentType.objects.get_for_model(Party)
        definition = FlowDefinition.objects.create(code="BENCH", name="基准流程", admin=self.user)
        graph = {"nodes": [{"kind": "approve", "key": "n1", "title": "审批", "resolvers": [{"kind": "MANAGER"}]}]}
        self.version = FlowVersion.objects.create(definition=definition, number=1, graph=graph)
        self.count = 0
        self.add(OWN, True, lambda _n: self.user)
        self.add(DECIDED, False, lambda _n: self.user)

    def add(self, count: int, is_running: bool, approver: Callable[[int], Any]) -> None:
        """Add runs of which each has one task."""
        from oa.flows.choices import InstanceStatus, TaskKind, TaskStatus
        from oa.flows.models import FlowRun, FlowTask

        for first in range(0, count, BATCH):
            numbers = range(self.count + first, self.count + min(first + BATCH, count))
            runs = FlowRun.objects.bulk_create(
                FlowRun(
                    definition=self.version.definition,
                    flow_version=self.version,
                    subject_type=self.kind,
                    # Every one is about something of its own; only the shown ones are looked at.
                    subject_id=self.party.pk + n,
                    title=f"基准申请 {n}",
                    initiator=self.others[n % PEOPLE],
                    company=self.company,
                    status=InstanceStatus.RUNNING if is_running else InstanceStatus.APPROVED,
                    started_at=self.now - timedelta(minutes=n),
                    ended_at=None if is_running else self.now - timedelta(minutes=n),
                    state=STATE,
                )
                for n in numbers
            )
            FlowTask.objects.bulk_create(
                FlowTask(
                    run=run,
                    key=1,
                    node="n1",
                    title="审批",
                    round=1,
                    kind=TaskKind.NORMAL,
                    status=TaskStatus.PENDING if is_running else TaskStatus.APPROVED,
                    person=approver(n),
                    opened_at=run.started_at,
                    closed_at=run.ended_at,
                )
                for n, run in zip(numbers, runs, strict=True)
            )
        self.count += count

    def figures(self) -> Figures:
        """Return the milliseconds of what an approver opens."""
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        from oa.flows.selectors import PENDING, copies, done, to_do
        from suite.pages.selectors import surroundings
        from suite.wsgi import application

        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE oa_flowrun, oa_flowtask")
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(self.user, backend="suite.access.backends.RoleBackend")
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
        return {
            "counter": milliseconds(lambda: surroundings(self.user, PENDING), 25),
            "to decide": milliseconds(lambda: list(to_do(self.user)[:30]), 25),
            "decided": milliseconds(lambda: list(done(self.user)[:30]), 25),
            "copies": milliseconds(lambda: list(copies(self.user)[:30]), 25),
            "inbox over WSGI": milliseconds(lambda: ask(application, "/oa/approvals/", "", cookie), 15),
        }


STATE: dict[str, Any] = {
    "facts": {},
    "chosen": {},
    "live": {},
    "rounds": {},
    "ways": {},
    "taken": {},
    "passings": {},
    "jumps": {},
}


def main(finished: int = FINISHED, running: int = RUNNING) -> None:
    """Print the figures."""
    office = Office()
    office.add(FEW, False, lambda n: office.others[n % PEOPLE])
    few = office.figures()
    office.add(finished, False, lambda n: office.others[n % PEOPLE])
    office.add(running, True, lambda n: office.others[n % PEOPLE])
    many = office.figures()
    sys.stdout.write(f"approvals: {FEW} runs beside the own ones, then {finished:,} finished and {running:,} running\n")
    for name, before in few.items():
        sys.stdout.write(f"  {name:<20}{before:>9.2f} ms{many[name]:>12.2f} ms{many[name] / before:>9.2f}×\n")


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_approvals"):
        main(*(int(argument) for argument in sys.argv[1:]))
