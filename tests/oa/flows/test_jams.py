"""Where approvals jam."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from oa.flows.choices import EventKind, InstanceStatus, TaskStatus
from oa.flows.jams import jams
from oa.flows.models import FlowRun
from suite.access.models import User
from tests.factories.hrm import UserFactory
from tests.factories.oa_flows import FlowLogFactory, FlowRunFactory, FlowTaskFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)


@pytest.fixture
def boss() -> User:
    """Who may see everything."""
    return UserFactory.create(is_superuser=True)


def decided(hours: int, title: str, person: User, **values: object) -> FlowRun:
    """A run with one task that took so long."""
    run = FlowRunFactory.create(
        started_at=NOW - timedelta(days=2),
        status=InstanceStatus.APPROVED,
        ended_at=NOW - timedelta(days=2) + timedelta(hours=hours),
    )
    FlowTaskFactory.create(
        run=run,
        title=title,
        person=person,
        status=TaskStatus.APPROVED,
        opened_at=run.started_at,
        closed_at=run.ended_at,
        **values,
    )
    return run


def test_steps_and_people_are_ranked_by_the_hours_they_take(boss: User) -> None:
    slow, quick = UserFactory.create(full_name="慢"), UserFactory.create(full_name="快")
    decided(10, "总经理", slow)
    decided(20, "总经理", slow)
    decided(1, "主管", quick)

    found = jams(boss, since=SINCE, now=NOW)

    assert [(each.name, each.decided, each.hours, each.longest) for each in found.by_person] == [
        ("慢", 2, 15.0, 20.0),
        ("快", 1, 1.0, 1.0),
    ]
    assert {each.name for each in found.by_step} == {"总经理", "主管"}
    assert sum(count for _name, count, _hours in found.cycles) == 3


def test_what_is_waited_for_counts_until_now(boss: User) -> None:
    run = FlowRunFactory.create(started_at=NOW - timedelta(hours=6))
    FlowTaskFactory.create(run=run, opened_at=NOW - timedelta(hours=6), title="财务")

    (step,) = jams(boss, since=SINCE, now=NOW).by_step

    assert (step.name, step.decided, step.waiting, step.hours) == ("财务", 0, 1, 6.0)


def test_hours_and_reasons_are_those_of_the_period(boss: User) -> None:
    run = decided(5, "主管", UserFactory.create())
    FlowLogFactory.create(run=run, kind=EventKind.REJECT, comment="缺发票", actor=boss, at=NOW)
    FlowRunFactory.create(started_at=SINCE - timedelta(days=1))

    found = jams(boss, since=SINCE, now=NOW)

    assert [each.comment for each in found.refusals] == ["缺发票"]
    assert (sum(found.by_hour), len(found.by_hour)) == (1, 24)


def test_nobody_sees_jams_of_what_they_may_not_see() -> None:
    decided(5, "主管", UserFactory.create())
    stranger = UserFactory.create()

    assert jams(stranger, since=SINCE, now=NOW).by_step == []
    client = Client()
    client.force_login(stranger)
    assert client.get(reverse("oa:jams")).status_code == 403


def test_the_page_asks_as_much_for_three_as_for_thirty(boss: User) -> None:
    client = Client()
    client.force_login(boss)
    counts = []
    for number in (3, 27):
        for _n in range(number):
            decided(5, "主管", UserFactory.create())
        client.get(reverse("oa:jams"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("oa:jams"), {"days": "365"})
        counts.append(len(queries))

    assert page.status_code == 200
    assert counts[0] == counts[1]
