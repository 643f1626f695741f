"""What a user is still to read, on the desk."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oa.notices.models import Notice
from oa.notices.selectors import unread_by, with_place
from suite.access.grants import model_permission
from suite.access.models import User
from suite.metrics.desk import ROWS, DeskCard, DeskRow, desk_card
from suite.pages.columns import short_date


@desk_card.provide
def unread_notices(user: User, *, at: datetime) -> DeskCard | None:
    """Notices and rules that the user has not read, in the order of the notice board."""
    if not user.has_perm(model_permission(Notice, "view")):
        return None
    notices = with_place(unread_by(user, on=timezone.localdate(at))).order_by("-place")
    rows = [
        DeskRow(
            notice.title,
            notice.get_absolute_url(),
            str(notice.get_kind_display()),
            _("Must be read") if notice.must_read else short_date(timezone.localtime(notice.published_at)),
            "late" if notice.must_read else "",
        )
        for notice in notices[:ROWS]
    ]
    return DeskCard(_("To be read"), rows, url=f"{reverse('oa:notice-list')}?unread=true", order=15)
