"""Telling people, in the application and by mail."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import translation
from django.utils.translation import gettext_lazy, gettext_noop

from suite.activity.choices import MailStatus, NotificationKind
from suite.activity.models import Notification
from suite.activity.selectors import mail_preferences, notifications_of, unread_count
from suite.activity.services import mark_all_read, mark_read, notify, set_mail_preferences
from suite.activity.services.notifications import resend_lost_mails, send_mails
from suite.masters.models import Party
from tests.factories.activity import AT, ColleagueFactory, NotificationFactory, NotificationPreferenceFactory

pytestmark = pytest.mark.django_db


def test_everybody_is_told_once_and_nobody_of_their_own_act() -> None:
    actor, other = ColleagueFactory(), ColleagueFactory()
    former = ColleagueFactory(is_active=False)

    made = notify(
        recipients=[other, actor, other, former],
        kind=NotificationKind.ALERT,
        title=gettext_noop("Reminder: %(object)s"),
        params={"object": "x"},
        actor=actor,
        url="/crm/leads/1/",
        at=AT,
    )

    assert [row.recipient for row in made] == [other]
    kept = Notification.objects.get()
    assert (kept.recipient, kept.actor, kept.url, kept.created_at) == (other, actor, "/crm/leads/1/", AT)


def test_many_recipients_cost_few_queries(django_assert_max_num_queries: Callable[..., Any]) -> None:
    recipients = ColleagueFactory.create_batch(30)

    with django_assert_max_num_queries(4):
        notify(recipients=recipients, kind=NotificationKind.ALERT, title="x", at=AT)

    assert Notification.objects.count() == 30


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"])
def test_a_notification_never_leads_to_another_site(url: str) -> None:
    with pytest.raises(ValueError, match="of this site"):
        notify(recipients=[ColleagueFactory()], kind=NotificationKind.ALERT, title="x", url=url, at=AT)

    assert not Notification.objects.exists()


def test_lazy_texts_are_translated_for_the_reader() -> None:
    with translation.override("zh-hans"):
        notify(
            recipients=[ColleagueFactory()],
            kind=NotificationKind.ALERT,
            title=gettext_lazy("Reminder: %(object)s"),
            params={"object": gettext_lazy("party")},
            at=AT,
        )

    told = Notification.objects.get()
    assert (told.message, told.params) == ("Reminder: %(object)s", {"object": {"source": "party"}})
    with translation.override("en"):
        assert told.title == "Reminder: party"


def test_mail_is_sent_after_the_commit_in_the_language_of_the_recipient(
    settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    settings.PUBLIC_URL = "https://suite.example"
    reader = ColleagueFactory(email="reader@example.com", language="en")

    with django_capture_on_commit_callbacks(execute=True), translation.override("zh-hans"):
        notify(
            recipients=[reader],
            kind=NotificationKind.MENTION,
            title="%(actor)s mentioned you: %(object)s",
            params={"actor": "陈嘉豪", "object": "A\nB"},
            body="请看 <这里>",
            url="/crm/leads/1/",
            at=AT,
        )
        assert mail.outbox == []

    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == (["reader@example.com"], "陈嘉豪 mentioned you: A B")
    assert "请看 <这里>" in sent.body
    assert "Open: https://suite.example/crm/leads/1/" in sent.body
    assert Notification.objects.get().mail_status == MailStatus.SENT


@pytest.mark.parametrize("email", ["", "reader@example.com"])
def test_who_wants_no_mail_or_has_no_address_gets_none(
    email: str, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    reader = ColleagueFactory(email=email)
    if email:
        NotificationPreferenceFactory(user=reader, kind=NotificationKind.MENTION, by_mail=False)

    with django_capture_on_commit_callbacks(execute=True):
        notify(recipients=[reader], kind=NotificationKind.MENTION, title="x", at=AT)

    assert mail.outbox == []
    assert Notification.objects.get().mail_status == MailStatus.NONE


def test_preferences_replace_the_defaults() -> None:
    user = ColleagueFactory()
    assert mail_preferences(user)["MENTION"]
    assert not mail_preferences(user)["REMINDER"]

    set_mail_preferences(user=user, kinds=["REMINDER"])
    set_mail_preferences(user=user, kinds=["REMINDER", "JOB"])

    assert {kind for kind, by_mail in mail_preferences(user).items() if by_mail} == {"REMINDER", "JOB"}


def test_a_mail_that_fails_is_tried_again_and_given_up_after_the_fifth_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bad = NotificationFactory(mail_status=MailStatus.PENDING, recipient__email="bad@example.com")
    good = NotificationFactory(mail_status=MailStatus.PENDING, recipient__email="good@example.com")
    real = mail.EmailMessage.send

    def send(message: mail.EmailMessage, *args: Any) -> int:
        if message.to == ["bad@example.com"]:
            raise ConnectionRefusedError
        return real(message)

    monkeypatch.setattr(mail.EmailMessage, "send", send)

    again = [send_mails(pks=[bad.pk, good.pk], at=AT) for _attempt in range(5)]

    assert again == [[bad.pk]] * 4 + [[]]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.mail_status, bad.mail_attempts) == (MailStatus.FAILED, 5)
    assert (good.mail_status, good.mail_attempts) == (MailStatus.SENT, 1)
    assert [sent.to for sent in mail.outbox] == [["good@example.com"]]


def test_a_mail_whose_task_was_lost_is_sent_later() -> None:
    lost = NotificationFactory(mail_status=MailStatus.PENDING)
    Notification.objects.update(updated_at=AT)

    assert resend_lost_mails(at=AT + timedelta(hours=2)) == 0
    assert resend_lost_mails(at=AT + timedelta(hours=4)) == 1

    lost.refresh_from_db()
    assert lost.mail_status == MailStatus.SENT
    assert len(mail.outbox) == 1


def test_reading_counts_the_first_time() -> None:
    told = NotificationFactory()
    user = told.recipient

    assert unread_count(user) == 1
    mark_read(notification=told, at=AT)
    mark_read(notification=told, at=AT + timedelta(hours=1))

    told.refresh_from_db()
    assert told.read_at == AT
    assert unread_count(user) == 0


def test_reading_all_leaves_what_came_since_and_what_others_were_told() -> None:
    user = ColleagueFactory()
    NotificationFactory(recipient=user)
    NotificationFactory(recipient=user, created_at=AT + timedelta(minutes=1))
    NotificationFactory()

    assert mark_all_read(user=user, at=AT) == 1

    assert unread_count(user) == 1
    assert Notification.objects.filter(read_at__isnull=True).count() == 2


def test_lists_are_paged_newest_first_also_at_the_same_moment() -> None:
    user = ColleagueFactory()
    made = NotificationFactory.create_batch(5, recipient=user)

    first = notifications_of(user, size=3)
    rest = notifications_of(user, size=3, before=first[-1].pk)

    assert [item.pk for item in [*first, *rest]] == [row.pk for row in reversed(made)]
    assert (first[0].title, first[0].actor_name, first[0].icon) == ("Reminder: 启岳数码", "System", "alarm")
    assert first[0].url == f"/notifications/{first[0].pk}/"


def test_the_notification_of_an_object_refers_to_it(party: Party) -> None:
    notify(recipients=[ColleagueFactory()], kind=NotificationKind.ALERT, title="x", obj=party, at=AT)

    told = Notification.objects.get()
    assert (told.content_type.model_class(), told.object_id) == (Party, party.pk)
