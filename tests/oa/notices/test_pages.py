"""Notices on pages and in the API."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oa.notices import services
from oa.notices.choices import NoticeStatus
from oa.notices.metrics import unread_notices
from oa.notices.models import Notice, ReadReceipt
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import NoticeFactory
from tests.kit.metrics import assert_drill_matches
from tests.kit.objects import give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def staff(*actions: str, level: str = ScopeLevel.OWN) -> User:
    """A person who may do this with notices."""
    pageset = pageset_of(Notice)
    assert pageset is not None
    return give(UserFactory(), pageset, actions, level)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def notice_for(*people: User, **values: object) -> Notice:
    notice = NoticeFactory(**values)
    notice.people.set(people)
    return services.publish_notice(notice=notice, actor=notice.owner, at=AT)


def test_the_audience_sees_a_notice_and_others_do_not() -> None:
    reader, other = staff("view", "read"), staff("view", "read")
    notice = notice_for(reader, title="年终盘点")

    seen, hidden = browser(reader).get(notice.get_absolute_url()), browser(other).get(notice.get_absolute_url())

    assert (seen.status_code, hidden.status_code) == (200, 404)
    assert "<p>第一段。</p>" in seen.content.decode()
    assert browser(other).get("/api/oa/notices/").json()["results"] == []
    assert browser(other).get(f"/api/oa/notices/{notice.pk}/").status_code == 404
    assert browser(other).get(f"/activity/oa.notice/{notice.pk}/stream/").status_code == 404
    assert browser(other).post(f"/api/oa/notices/{notice.pk}/read/").status_code == 404
    assert ReadReceipt.objects.count() == 0


def test_readers_do_not_see_drafts_nor_change_anything() -> None:
    reader = staff("view", "read", "change", "publish")
    draft = NoticeFactory(for_everybody=True)
    notice = notice_for(reader)
    client = browser(reader)

    assert client.get(draft.get_absolute_url()).status_code == 404
    assert client.post(f"/api/oa/notices/{notice.pk}/withdraw/", {"reason": "x"}).status_code == 403
    notice.refresh_from_db()
    assert notice.status == NoticeStatus.PUBLISHED


def test_reading_by_button_leaves_the_unread_ones() -> None:
    reader = staff("view", "read")
    notice, _other = notice_for(reader, title="甲"), notice_for(reader, title="乙")
    client = browser(reader)

    def unread() -> list[str]:
        return sorted(row["title"] for row in client.get("/api/oa/notices/?unread=true").json()["results"])

    before = unread()
    answer = client.post(f"/oa/notices/{notice.pk}/actions/read/")

    assert answer.status_code == 302
    assert (before, unread()) == (["乙", "甲"], ["乙"])
    again = client.post(f"/api/oa/notices/{notice.pk}/read/")
    assert (again.status_code, ReadReceipt.objects.count()) == (409, 1)


def test_many_are_read_at_once() -> None:
    reader = staff("view", "read")
    rows = [notice_for(reader) for _each in range(3)]

    browser(reader).post("/oa/notices/bulk/", {"bulk": "read", "pk": [row.pk for row in rows]})

    assert ReadReceipt.objects.filter(user=reader).count() == 3


def test_pinned_notices_stand_first() -> None:
    reader = staff("view", "read")
    for title, is_pinned in (("旧", False), ("置顶", True), ("新", False)):
        notice_for(reader, title=title, is_pinned=is_pinned)

    titles = [row["title"] for row in browser(reader).get("/api/oa/notices/").json()["results"]]

    assert titles == ["置顶", "新", "旧"]


def test_the_tab_names_who_has_not_read_it() -> None:
    publisher = staff("view", "publish", level=ScopeLevel.ALL)
    reader, lazy = staff("view", "read"), UserFactory(full_name="陆懒")
    notice = notice_for(reader, lazy)
    services.read_notice(notice=notice, actor=reader, at=AT)

    page = browser(publisher).get(f"{notice.get_absolute_url()}?tab=readers")
    refused = browser(reader).get(f"{notice.get_absolute_url()}?tab=readers")

    missing, read = page.content.decode().split("2026-11-02")[0], page.context["receipts"]
    assert "陆懒" in missing
    assert [receipt.user for receipt in read] == [reader]
    assert refused.status_code == 404


def test_a_notice_is_written_changed_and_published_by_the_api() -> None:
    publisher = staff("view", "add", "change", "publish", level=ScopeLevel.ALL)
    directory = pageset_of(User)
    assert directory is not None
    client = browser(give(publisher, directory, ["view"]))
    reader = UserFactory()

    made = client.post(
        "/api/oa/notices/",
        {"title": "放假通知", "body": "国庆放假。", "people": [reader.pk], "for_everybody": False},
        content_type="application/json",
    )
    pk = made.json()["id"]
    changed = client.patch(f"/api/oa/notices/{pk}/", {"title": "国庆放假"}, content_type="application/json")
    done = client.post(f"/api/oa/notices/{pk}/publish/")

    notice = Notice.objects.get(pk=pk)
    assert [each.status_code for each in (made, changed, done)] == [201, 200, 200]
    assert (notice.title, notice.status, list(notice.people.all())) == ("国庆放假", NoticeStatus.PUBLISHED, [reader])


@pytest.mark.parametrize("number", [3])
def test_the_list_costs_the_same_for_few_and_many(number: int) -> None:
    reader = staff("view", "read")
    client = browser(reader)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/oa/notices/").status_code == 200
        return len(captured)

    for _each in range(number):
        notice_for(reader)
    queries()
    few = queries()
    for _each in range(5 * number):
        notice_for(reader)

    assert queries() <= few


def test_the_count_of_unread_notices_is_that_of_the_list() -> None:
    reader = staff("view", "read")
    notice_for(reader)
    services.read_notice(notice=notice_for(reader), actor=reader, at=AT)
    context = MetricContext(user=reader, period=period_of("month", AT.date()), at=AT)

    from suite.metrics.registry import metric_of

    metric = metric_of("oa.unread_notices")

    assert metric is not None
    assert unread_notices(context).value == 1
    assert_drill_matches(metric, context)
