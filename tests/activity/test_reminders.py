"""Reminders: due once, also with two workers at the same moment."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Notification, Reminder
from suite.activity.selectors import reminders_of
from suite.activity.services import complete_reminder, set_reminder
from suite.activity.services.reminders import notify_due_reminders
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.masters.models import Party
from tests.factories.activity import AT, ColleagueFactory, ReminderFactory
from tests.factories.masters import PartyFactory

DUE = AT + timedelta(hours=1)


@pytest.mark.django_db
def test_a_second_reminder_for_the_same_time_replaces_the_note(party: Party, author: User) -> None:
    set_reminder(obj=party, due_at=DUE, note="回访", actor=author, at=AT)
    set_reminder(obj=party, due_at=DUE, note=" 带样品回访 ", actor=author, at=AT)

    kept = Reminder.objects.get()
    assert (kept.owner, kept.target, kept.due_at, kept.note) == (author, party, DUE, "带样品回访")


@pytest.mark.django_db
def test_a_time_that_has_passed_is_refused(party: Party, author: User) -> None:
    with pytest.raises(InvalidInput) as refusal:
        set_reminder(obj=party, due_at=AT, note="", actor=author, at=AT)

    assert refusal.value.field == "due_at"
    assert not Reminder.objects.exists()


@pytest.mark.django_db
def test_nobody_is_reminded_of_what_they_cannot_see(party: Party, stranger: User) -> None:
    with pytest.raises(NotAllowed):
        set_reminder(obj=party, due_at=DUE, note="", actor=stranger, at=AT)

    assert not Reminder.objects.exists()


@pytest.mark.django_db
def test_only_the_owner_closes_a_reminder_and_once(party: Party, author: User) -> None:
    reminder = ReminderFactory(target=party, owner=author)

    with pytest.raises(NotAllowed):
        complete_reminder(reminder=reminder, actor=ColleagueFactory(), at=AT)
    reminder.refresh_from_db()
    assert reminder.done_at is None

    complete_reminder(reminder=reminder, actor=author, at=AT)
    with pytest.raises(WrongState):
        complete_reminder(reminder=reminder, actor=author, at=DUE)
    reminder.refresh_from_db()
    assert reminder.done_at == AT


@pytest.mark.django_db
def test_due_reminders_are_told_once(party: Party, author: User) -> None:
    ReminderFactory(target=party, owner=author, note="回访")
    ReminderFactory(target=party, owner=author, due_at=DUE + timedelta(minutes=1))
    ReminderFactory(target=party, owner=author, done_at=AT, due_at=AT)

    counts = [notify_due_reminders(at=DUE), notify_due_reminders(at=DUE)]

    assert counts == [1, 0]
    told = Notification.objects.get()
    assert (told.recipient, told.kind, told.title, told.body) == (author, "REMINDER", "Reminder: 启岳数码", "回访")


@pytest.mark.django_db
def test_who_lost_sight_of_the_object_is_not_told_what_it_is(party: Party, author: User) -> None:
    ReminderFactory(target=party, owner=author)
    author.groups.clear()

    assert notify_due_reminders(at=DUE) == 1

    assert not Notification.objects.exists()
    (item,) = reminders_of(User.objects.get(pk=author.pk), at=DUE)
    assert (item.obj, item.url, item.is_overdue) == (None, "", True)


@pytest.mark.django_db
def test_reminders_of_a_system_that_is_off_wait(author: User) -> None:
    foreign = ContentType.objects.get(app_label="sessions", model="session")
    reminder = ReminderFactory(owner=author)
    Reminder.objects.update(content_type=foreign)

    assert notify_due_reminders(at=DUE) == 0

    reminder.refresh_from_db()
    assert reminder.notified_at is None


@pytest.mark.django_db
def test_many_reminders_of_one_owner_cost_few_queries(
    author: User, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(30):
        ReminderFactory(owner=author)

    with django_assert_max_num_queries(16):
        assert notify_due_reminders(at=DUE) == 30

    assert Notification.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_reminder_once() -> None:
    role = define_role(name="Viewer", grants={Party: (["view"], ScopeLevel.ALL)}, actor=None, at=AT)
    owner = ColleagueFactory()
    owner.groups.add(role)
    for _number in range(40):
        ReminderFactory(owner=owner, target=PartyFactory())
    start, counts = threading.Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            counts.append(notify_due_reminders(at=DUE))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _worker in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 40
    assert Notification.objects.filter(recipient=owner).count() == 40
    assert not Reminder.objects.filter(notified_at__isnull=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_worker_passes_over_what_another_one_holds() -> None:
    role = define_role(name="Viewer", grants={Party: (["view"], ScopeLevel.ALL)}, actor=None, at=AT)
    owner = ColleagueFactory()
    owner.groups.add(role)
    held, free = ReminderFactory(owner=owner), ReminderFactory(owner=owner)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT id FROM suite_reminder WHERE id = %s FOR UPDATE", [held.pk])

            assert notify_due_reminders(at=DUE) == 1

            other.rollback()
    finally:
        other.close()

    held.refresh_from_db()
    free.refresh_from_db()
    assert (held.notified_at, free.notified_at) == (None, DUE)
    assert notify_due_reminders(at=DUE) == 1
