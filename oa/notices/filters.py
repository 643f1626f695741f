"""Filters of notices."""

from __future__ import annotations

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from oa.notices.models import Notice
from oa.notices.selectors import unread_by
from suite.pages.filters import BaseFilterSet, BoolFilter, derive_filter


class NoticeFilterSet(BaseFilterSet):
    """Notices by category, state and time, and those that one has not read."""

    unread = BoolFilter(method="filter_unread", label=_("unread by me"))
    kind = derive_filter(Notice, "kind")
    status = derive_filter(Notice, "status")
    must_read = derive_filter(Notice, "must_read")
    published_at = derive_filter(Notice, "published_at")
    valid_until = derive_filter(Notice, "valid_until")
    owner = derive_filter(Notice, "owner")

    class Meta:
        model = Notice
        fields: tuple[str, ...] = ()

    def filter_unread(self, queryset: QuerySet[Notice], name: str, value: bool) -> QuerySet[Notice]:
        """Keep what is still to be read by the person who asks, or all else."""
        found = unread_by(self.user, on=timezone.localdate()).order_by().values("pk")
        return queryset.filter(pk__in=found) if value else queryset.exclude(pk__in=found)
