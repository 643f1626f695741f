"""Who reads what."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Case,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from oa.audiences import addressed_to, addressees
from oa.notices.choices import NoticeStatus
from oa.notices.models import Notice, ReadReceipt
from suite.access.models import User

# Pinned notices stand above all others whatever their time.
AHEAD_DAYS = 36_500


def with_reading(queryset: QuerySet[Notice], user: Any) -> QuerySet[Notice]:
    """Add ``is_read``: whether the user has read it."""
    return queryset.annotate(is_read=Exists(ReadReceipt.objects.filter(notice=OuterRef("pk"), user=user.pk)))


def with_place(queryset: QuerySet[Notice]) -> QuerySet[Any]:
    """Add ``place``: the later, the higher on the board."""
    time = Coalesce("published_at", "created_at")
    ahead = ExpressionWrapper(
        time + Value(timedelta(days=AHEAD_DAYS), output_field=DurationField()), output_field=DateTimeField()
    )
    return queryset.annotate(place=Case(When(is_pinned=True, then=ahead), default=time))


def in_force(on: date) -> QuerySet[Notice]:
    """The notices that are published and still valid on a day."""
    valid = Q(valid_until__isnull=True) | Q(valid_until__gte=on)
    return Notice.objects.filter(valid, status=NoticeStatus.PUBLISHED)


def unread_by(user: User, *, on: date) -> QuerySet[Notice]:
    """What a user is still to read: published to them, valid on the day, without a receipt of theirs."""
    read = ReadReceipt.objects.filter(user=user.pk).values("notice")
    return in_force(on).filter(addressed_to(Notice, user)).exclude(pk__in=read)


def missing_readers(notice: Notice) -> QuerySet[User]:
    """The people of the audience who have not read it."""
    return addressees(notice).exclude(pk__in=notice.receipts.values("user")).order_by("full_name", "pk")


def receipts_of(notice: Notice) -> QuerySet[ReadReceipt]:
    """Who has read it, and when."""
    return notice.receipts.select_related("user").order_by("-read_at", "-pk")


def can_be_followed(notice: Notice) -> bool:
    """Whether no new edition of it is on its way."""
    return not notice.following.exclude(status=NoticeStatus.WITHDRAWN).exists()
