"""Factories of comments, files, notifications, reminders and jobs; ``target`` is the object they are about."""

from datetime import UTC, datetime, timedelta
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.models import Attachment, Comment, Notification, NotificationPreference, Reminder
from suite.activity.targets import content_type_of
from suite.jobs.choices import FilePurpose
from suite.jobs.models import Job, JobFile
from tests.factories.masters import PartyFactory

AT = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


class ColleagueFactory(DjangoModelFactory[User]):
    """A staff account without any role."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"colleague{n}")
    full_name = factory.Sequence(lambda n: f"同事{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")


class OnObjectFactory(DjangoModelFactory[Any]):
    """A row about an object."""

    class Meta:
        abstract = True
        exclude = ("target",)

    target = factory.SubFactory(PartyFactory)
    content_type = factory.LazyAttribute(lambda row: content_type_of(row.target))
    object_id = factory.SelfAttribute("target.pk")
    created_at = AT


class CommentFactory(OnObjectFactory):
    """A comment."""

    class Meta:
        model = Comment

    author = factory.SubFactory(ColleagueFactory)
    body = "芯片到多少发多少。"


class AttachmentFactory(OnObjectFactory):
    """A small text file."""

    class Meta:
        model = Attachment

    name = "说明.txt"
    file = factory.LazyFunction(lambda: ContentFile(b"hello", name="x.txt"))
    size = 5
    sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    media_type = "text/plain"
    uploaded_by = factory.SubFactory(ColleagueFactory)


class NotificationFactory(DjangoModelFactory[Notification]):
    """An unread reminder."""

    class Meta:
        model = Notification

    recipient = factory.SubFactory(ColleagueFactory)
    kind = NotificationKind.REMINDER
    message = "Reminder: %(object)s"
    params = factory.LazyFunction(lambda: {"object": "启岳数码"})
    created_at = AT


class NotificationPreferenceFactory(DjangoModelFactory[NotificationPreference]):
    """Somebody wants no mail about mentions."""

    class Meta:
        model = NotificationPreference

    user = factory.SubFactory(ColleagueFactory)
    kind = NotificationKind.MENTION
    by_mail = False


class ReminderFactory(OnObjectFactory):
    """A reminder that is due in an hour."""

    class Meta:
        model = Reminder

    owner = factory.SubFactory(ColleagueFactory)
    due_at = AT + timedelta(hours=1)
    note = "回访"


class JobFactory(DjangoModelFactory[Job]):
    """A job that waits for a worker."""

    class Meta:
        model = Job

    kind = "tests.count"
    owner = factory.SubFactory(ColleagueFactory)
    language = "en"
    created_at = AT
    heartbeat_at = AT


class JobFileFactory(DjangoModelFactory[JobFile]):
    """A result for download."""

    class Meta:
        model = JobFile

    job = factory.SubFactory(JobFactory)
    purpose = FilePurpose.RESULT
    name = "result.csv"
    media_type = "text/csv"
    file = factory.LazyFunction(lambda: ContentFile(b"a,b\n", name="result.csv"))
