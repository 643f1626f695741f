"""Publishing, reading, reminding, new editions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import ProgrammingError, transaction
from django.utils import timezone

from oa.audiences import addressed_to, addressees
from oa.notices import services
from oa.notices.choices import NoticeKind, NoticeStatus
from oa.notices.models import Notice, ReadReceipt
from oa.notices.selectors import missing_readers, unread_by
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.modules.tasks import run_periodic
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory
from tests.factories.oa_office import NoticeFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TODAY = timezone.localdate(AT)


def published(**values: Any) -> Notice:
    """A notice for everybody, published by somebody who is no reader of the tests."""
    notice = NoticeFactory(for_everybody=True, **values)
    return services.publish_notice(notice=notice, actor=notice.owner, at=AT)


def test_a_notice_reaches_exactly_its_audience() -> None:
    company = CompanyFactory()
    top = DepartmentFactory(company=company)
    below, beside = DepartmentFactory(parent=top), DepartmentFactory(company=company)
    worker = EmployeeFactory(department=below, user=UserFactory()).user
    head = EmployeeFactory(department=beside, user=UserFactory())
    below.head = head
    below.save()
    welder, named, outsider = UserFactory(), UserFactory(), EmployeeFactory(department=beside, user=UserFactory()).user
    role = Group.objects.create(name="焊工")
    welder.groups.add(role)
    gone = UserFactory(is_active=False)
    notice = NoticeFactory()
    notice.departments.add(top)
    notice.roles.add(role)
    notice.people.add(named, gone)

    readers = set(addressees(notice))

    assert readers == {worker, head.user, welder, named}
    for user in (worker, head.user, welder, named, outsider, notice.owner):
        assert Notice.objects.filter(addressed_to(Notice, user)).exists() is (user in readers)


def test_everybody_of_one_company_is_not_everybody() -> None:
    one = EmployeeFactory(user=UserFactory())
    other = EmployeeFactory(user=UserFactory())
    notice = NoticeFactory(for_everybody=True, company=one.company)

    assert list(addressees(notice)) == [one.user]
    assert Notice.objects.filter(addressed_to(Notice, one.user)).exists()
    assert not Notice.objects.filter(addressed_to(Notice, other.user)).exists()


def test_publishing_tells_the_audience_once() -> None:
    reader = UserFactory()

    notice = published()

    assert (notice.status, notice.published_at) == (NoticeStatus.PUBLISHED, AT)
    assert Notification.objects.filter(recipient=reader, object_id=notice.pk).count() == 1
    assert not Notification.objects.filter(recipient=notice.owner).exists()
    with pytest.raises(WrongState):
        services.publish_notice(notice=notice, actor=notice.owner, at=AT)


def test_a_notice_for_nobody_is_not_published() -> None:
    notice = NoticeFactory()

    with pytest.raises(InvalidInput):
        services.publish_notice(notice=notice, actor=notice.owner, at=AT)

    notice.refresh_from_db()
    assert (notice.status, Notification.objects.count()) == (NoticeStatus.DRAFT, 0)


def test_a_notice_that_would_be_over_is_not_published() -> None:
    notice = NoticeFactory(for_everybody=True, valid_until=TODAY - timedelta(days=1))

    with pytest.raises(InvalidInput):
        services.publish_notice(notice=notice, actor=notice.owner, at=AT)

    notice.refresh_from_db()
    assert notice.status == NoticeStatus.DRAFT


def test_a_notice_waits_for_its_time() -> None:
    reader = UserFactory()
    notice = NoticeFactory(for_everybody=True, publish_at=AT + timedelta(hours=2))
    services.publish_notice(notice=notice, actor=notice.owner, at=AT)
    notice.refresh_from_db()
    assert notice.status == NoticeStatus.SCHEDULED

    early = services.publish_due_notices(actor=None, at=AT + timedelta(hours=1))
    due = services.publish_due_notices(actor=None, at=AT + timedelta(hours=2))
    again = services.publish_due_notices(actor=None, at=AT + timedelta(hours=3))

    notice.refresh_from_db()
    assert (early, due, again) == (0, 1, 0)
    assert (notice.status, notice.published_at) == (NoticeStatus.PUBLISHED, AT + timedelta(hours=2))
    assert Notification.objects.filter(recipient=reader).count() == 1


def test_reading_counts_once_and_cannot_be_undone() -> None:
    reader, notice = UserFactory(), published()

    services.read_notice(notice=notice, actor=reader, at=AT)
    services.read_notice(notice=notice, actor=reader, at=AT + timedelta(days=1))

    receipt = ReadReceipt.objects.get()
    assert (receipt.user, receipt.read_at) == (reader, AT)
    with pytest.raises(ProgrammingError), transaction.atomic():
        ReadReceipt.objects.filter(pk=receipt.pk).delete()
    assert list(missing_readers(notice)) == [notice.owner]


def test_a_draft_cannot_be_read() -> None:
    notice = NoticeFactory(for_everybody=True)

    with pytest.raises(WrongState):
        services.read_notice(notice=notice, actor=UserFactory(), at=AT)

    assert ReadReceipt.objects.count() == 0


def test_a_published_text_is_fixed() -> None:
    notice = published()

    with pytest.raises(WrongState):
        services.update_notice(notice=notice, actor=notice.owner, at=AT, title="别的")
    with pytest.raises(ProgrammingError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(body="别的")
    with pytest.raises(WrongState):
        services.delete_notice(notice=notice, actor=notice.owner, at=AT)

    notice.refresh_from_db()
    assert notice.body == "第一段。\n\n第二段。"


def test_a_new_edition_supersedes_the_one_before_and_is_to_be_read_again() -> None:
    reader, rule = UserFactory(), published(kind=NoticeKind.RULE, must_read=True)
    services.read_notice(notice=rule, actor=reader, at=AT)
    draft = services.revise_notice(notice=rule, actor=rule.owner, at=AT)
    assert list(unread_by(reader, on=TODAY)) == []

    services.publish_notice(notice=draft, actor=rule.owner, at=AT)

    rule.refresh_from_db()
    draft.refresh_from_db()
    assert (rule.status, draft.status, draft.edition) == (NoticeStatus.SUPERSEDED, NoticeStatus.PUBLISHED, 2)
    assert draft.for_everybody
    assert list(unread_by(reader, on=TODAY)) == [draft]


def test_there_is_one_following_edition() -> None:
    rule = published(kind=NoticeKind.RULE)
    services.revise_notice(notice=rule, actor=rule.owner, at=AT)

    with pytest.raises(WrongState):
        services.revise_notice(notice=rule, actor=rule.owner, at=AT)

    assert Notice.objects.count() == 2


def test_a_plain_notice_has_no_editions() -> None:
    notice = published()

    with pytest.raises(WrongState):
        services.revise_notice(notice=notice, actor=notice.owner, at=AT)

    assert Notice.objects.count() == 1


def test_a_withdrawn_notice_is_gone_for_its_readers() -> None:
    reader, notice = UserFactory(), published()

    services.withdraw_notice(notice=notice, reason="有误", actor=notice.owner, at=AT)

    assert list(unread_by(reader, on=TODAY)) == []


def told(user: User) -> int:
    return Notification.objects.filter(recipient=user, message="Please read: %(notice)s").count()


def test_readers_are_reminded_once_a_day_by_button_or_by_night() -> None:
    lazy, keen = UserFactory(), UserFactory()
    notice = published(must_read=True)
    services.read_notice(notice=notice, actor=keen, at=AT)
    tomorrow = AT + timedelta(days=1)

    services.remind_readers(notice=notice, actor=notice.owner, at=tomorrow)
    by_night = services.remind_all_readers(actor=None, at=tomorrow)
    with pytest.raises(InvalidInput):
        services.remind_readers(notice=notice, actor=notice.owner, at=tomorrow)

    assert (by_night, told(lazy), told(keen)) == (0, 1, 0)
    assert services.remind_all_readers(actor=None, at=tomorrow + timedelta(days=1)) == 1
    assert told(lazy) == 2


def test_somebody_new_gets_the_rules_that_still_hold() -> None:
    published(kind=NoticeKind.RULE, must_read=True, title="考勤制度")
    published(kind=NoticeKind.RULE, must_read=True, valid_until=TODAY)
    newcomer = UserFactory()

    services.remind_all_readers(actor=None, at=AT + timedelta(days=1))

    assert [n.params["notice"] for n in Notification.objects.filter(recipient=newcomer)] == ["考勤制度"]
    assert unread_by(newcomer, on=date(2026, 11, 3)).count() == 1


def test_the_night_is_silent_while_the_office_is_off() -> None:
    NoticeFactory(for_everybody=True)
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()

    outcome = run_periodic("night") | run_periodic("minute")

    assert [name for name in outcome if name.startswith("oa.")] == []
