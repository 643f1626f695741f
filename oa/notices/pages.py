"""Pages of notices and rules."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.notices import services
from oa.notices.choices import NoticeKind, NoticeStatus
from oa.notices.filters import NoticeFilterSet
from oa.notices.forms import NoticeForm
from oa.notices.models import SHOWN, Notice
from oa.notices.selectors import can_be_followed, missing_readers, receipts_of, with_place, with_reading
from suite.access.restrict import can_reach
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Panel
from suite.pages.registry import register, tab

DRAFT, SCHEDULED, PUBLISHED = NoticeStatus.DRAFT, NoticeStatus.SCHEDULED, NoticeStatus.PUBLISHED
LISTED = 500


class Body(Panel):
    """The text, in paragraphs."""

    template = "oa/notices/body_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        return {"title": obj.get_kind_display(), "notice": obj}


class Audience(Panel):
    """For whom it is; shown to whoever may change it."""

    template = "oa/notices/audience_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if not can_reach(obj, user=user, action="change"):
            return None
        parts = [str(each) for name in ("departments", "roles", "people") for each in getattr(obj, name).all()]
        return {"title": _("For whom"), "notice": obj, "parts": parts}


def heading(notice: Any) -> Any:
    """The title, marked when it is pinned or must be read."""
    pin = SafeString('<i class="ti ti-pin me-1" aria-hidden="true"></i>') if notice.is_pinned else ""
    return format_html("{}{}", pin, notice.title)


def reading(notice: Any) -> Any:
    """Whether the person who looks has read it."""
    if notice.status not in SHOWN:
        return ""
    if notice.is_read:
        return badge(_t("Read"), "done")
    return badge(_t("Must be read"), "late") if notice.must_read else badge(_t("Unread"), "wait")


def why_not_read(notice: Any, user: Any) -> str:
    """Why it is not to be confirmed."""
    return _t("You have read it.") if notice.is_read else ""


def why_not_revised(notice: Any, user: Any) -> str:
    """Why no new edition is begun."""
    if notice.kind != NoticeKind.RULE:
        return _t("Only rules have editions. Publish a new notice.")
    return "" if can_be_followed(notice) else _t("There is a following edition already.")


def why_not_reminded(notice: Any, user: Any) -> str:
    """Why nobody is reminded now."""
    return _t("The readers were reminded today already.") if notice.reminded_on == timezone.localdate() else ""


READING = Column("is_read", label=_("Read"), render=reading, sort="", phone="p-end")


@register
class NoticePages(PageSet):
    """Notices and company rules."""

    model = Notice
    icon = "speakerphone"
    description = _("What the company makes known, and the rules that hold; with who has read it.")
    columns = (
        Column("title", render=heading),
        "kind",
        READING,
        "status",
        Column("published_at", phone="p-start"),
        Column("owner", label=_("published by")),
    )
    optional_columns = ("code", "edition", "valid_until", "must_read", "is_pinned", "publish_at", "company")
    filterset = NoticeFilterSet
    ordering = "-place"
    views = (
        View(_("Unread"), "unread=true", is_hot=True),
        View(_("Rules in force"), "kind=RULE&status=PUBLISHED"),
        View(_("Drafts"), "status=DRAFT&status=SCHEDULED"),
    )
    summary = (Column("owner", label=_("published by")), "published_at", "valid_until", "code", "edition", "preceding")
    panels = (Body(), Audience(), Attributes("must_read", "is_pinned", "publish_at", "reminded_on"))
    form = NoticeForm
    fields = (
        (pgettext_lazy("notice", "Notice"), ("title", "kind", "code", "body")),
        (_("For whom"), ("for_everybody", "company", "departments", "roles", "people")),
        (_("When and how"), ("publish_at", "valid_until", "must_read", "is_pinned")),
    )
    create_service = services.create_notice
    update_service = services.update_notice
    delete_service = services.delete_notice
    editable_states = frozenset({DRAFT})
    is_searchable = True
    actions = (
        Action(
            services.read_notice,
            _("I have read it"),
            "read",
            icon="eye-check",
            states=frozenset(SHOWN),
            primary_in=frozenset(SHOWN),
            refusal=why_not_read,
            bulk=True,
        ),
        Action(services.publish_notice, _("Publish"), "publish", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(services.unschedule_notice, _("Back to draft"), "publish", icon="arrow-back-up", states={SCHEDULED}),
        Action(
            services.revise_notice,
            _("New edition"),
            "publish",
            icon="versions",
            states={PUBLISHED},
            refusal=why_not_revised,
            opens_result=True,
        ),
        Action(
            services.remind_readers,
            _("Remind readers"),
            "publish",
            icon="bell-ringing",
            states={PUBLISHED},
            refusal=why_not_reminded,
        ),
        Action(
            services.withdraw_notice,
            _("Withdraw"),
            "publish",
            icon="ban",
            states={PUBLISHED},
            form=ReasonForm,
            is_danger=True,
        ),
    )

    def queryset(self, user: Any, action: str = "view") -> QuerySet[Any]:
        """Rows with whether the user has read them, and their place on the board."""
        return with_place(with_reading(super().queryset(user, action), user))

    def initial(self, request: Any) -> dict[str, Any]:
        """For everybody, until somebody narrows it."""
        return {"for_everybody": True}

    def badges(self, obj: Any) -> list[Any]:
        """Whether it is still to be read."""
        found = reading(obj)
        return [found] if found else []


@tab(Notice, title=_("Who has read it"), permission="oa.publish_notice")
def readers(request: HttpRequest, notice: Notice) -> tuple[str, dict[str, Any]]:
    """Who has read a notice, and who is still to."""
    missing = missing_readers(notice).select_related("employee__department")
    return "oa/notices/readers_tab.html", {
        "is_reachable": can_reach(notice, user=request.user, action="publish"),
        "receipts": receipts_of(notice)[:LISTED],
        "read_count": notice.receipts.count(),
        "missing": missing[:LISTED],
        "missing_count": missing.count(),
    }
