"""Pages of leave types, requests and the ledger."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.calendar.choices import RequestStatus
from hrm.calendar.forms import OptionalReasonForm
from hrm.leave import accounts, services
from hrm.leave.forms import EntryForm, LeaveForm
from hrm.leave.models import LeaveEntry, LeaveRequest, LeaveType
from suite.pages.actions import Action
from suite.pages.columns import Column, quantity
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

DRAFT, APPROVING, APPROVED, REJECTED = (
    RequestStatus.DRAFT,
    RequestStatus.APPROVING,
    RequestStatus.APPROVED,
    RequestStatus.REJECTED,
)
PERSON = Column("employee", sort="employee__number", phone="p-start")


def signed(entry: LeaveEntry) -> str:
    """Hours with their sign."""
    return f"{'+' if entry.hours > 0 else ''}{quantity(entry.hours)}"


@register
class LeaveTypePages(PageSet):
    """Types of leave."""

    model = LeaveType
    icon = "list-details"
    description = _("The kinds of leave: how they are counted and paid, and which come out of a balance.")
    columns = ("name", "code", "kind", "unit", Column("paid_percent", phone="p-end"), "needs_balance", "is_active")
    optional_columns = ("counts", "max_days", "max_days_year", "valid_months", "basis")
    filters = ("kind", "needs_balance", "is_active")
    ordering = "sort_order"
    panels = (
        Attributes("kind", "unit", "step_minutes", "counts", "day_hours", "paid_percent"),
        Attributes("needs_balance", "overdraft_hours", "valid_months", "max_days", "max_days_year", "basis"),
    )
    fields = (
        (_("Type"), ("code", "name", "kind", "basis", "sort_order", "is_active")),
        (_("Counting"), ("unit", "step_minutes", "counts", "day_hours", "paid_percent")),
        (_("Limits"), ("needs_balance", "overdraft_hours", "valid_months", "max_days", "max_days_year")),
    )
    operations = frozenset({"add", "change"})
    is_small = True


@register
class LeaveRequestPages(PageSet):
    """Requests for leave."""

    model = LeaveRequest
    icon = "beach"
    description = _("Leave of every kind. Handed in, it leaves the balance; refused or cancelled, it comes back.")
    columns = (
        PERSON,
        Column("leave_type", phone="p-full"),
        "status",
        Column("first_day", phone="p-end"),
        "last_day",
        "days",
        "hours",
        "reason",
    )
    optional_columns = ("first_part", "last_part", "start", "end", "created_at")
    filters = ("status", "leave_type", "employee", "employee__department", "first_day")
    ordering = "-first_day"
    views = (View(_("To be approved"), "status=APPROVING", is_hot=True), View(_("Approved"), "status=APPROVED"))
    summary = ("employee", "leave_type", "first_day", "last_day", "days", "hours")
    panels = (
        Attributes("first_part", "last_part", "start", "end", "reason", "created_by"),
        Children("shares", "date", "charged", "part", title=_("Days")),
        Children("entries", "on", "source", Column("hours", render=signed), title=_("Balance"), link=True),
    )
    form = LeaveForm
    fields = (
        (_("Leave"), ("employee", "leave_type", "reason")),
        (_("Days"), ("first_day", "first_part", "last_day", "last_part")),
        (_("Hours"), ("start", "end")),
    )
    create_service = services.create_leave
    update_service = services.update_leave
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    actions = (
        Action(services.submit_leave, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(
            services.approve_leave,
            _("Approve"),
            "approve",
            icon="check",
            states={APPROVING},
            primary_in={APPROVING},
            bulk=True,
        ),
        Action(services.reject_leave, _("Reject"), "approve", icon="x", states={APPROVING}, form=ReasonForm),
        Action(
            services.cancel_leave,
            _("Cancel"),
            "change",
            icon="ban",
            states={DRAFT, APPROVING, APPROVED},
            form=OptionalReasonForm,
            is_danger=True,
        ),
        Action(services.reopen_leave, _("Change again"), "change", icon="arrow-back-up", states={REJECTED}),
    )


@register
class LeaveEntryPages(PageSet):
    """The ledger of leave."""

    model = LeaveEntry
    slug = "leave-ledger"
    icon = "list-numbers"
    description = _("Every hour of leave that was given, taken, given back or lost. Nothing here is ever changed.")
    columns = (
        PERSON,
        Column("leave_type", phone="p-full"),
        Column("hours", render=signed, align="num", phone="p-end"),
        "source",
        "on",
        "expires_on",
        "note",
    )
    optional_columns = ("request", "of", "created_by", "created_at")
    filters = ("employee", "employee__department", "leave_type", "source", "on", "expires_on")
    ordering = "-on"
    summary = ("employee", "leave_type", Column("hours", render=signed), "source", "on", "expires_on")
    panels = (Attributes("request", "of", "note", "created_by", "created_at"),)
    form = EntryForm
    fields = ("employee", "leave_type", "hours", "on", "expires_on", "note")
    create_service = accounts.adjust_balance
    operations = frozenset({"add"})
    has_activity = False

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.employee.number, f"{obj.employee} · {obj.leave_type} {signed(obj)}"

    def detail_queryset(self, user: Any) -> Any:
        return super().detail_queryset(user).select_related("employee", "leave_type", "request__employee")
