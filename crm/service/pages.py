"""Pages of tickets and of what steers them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.customers.forms import AssignForm
from crm.service import services
from crm.service.choices import ENDED, OPEN, Priority, TicketStatus
from crm.service.forms import PriorityForm, RatingForm, RuleForm, SolveForm, TicketForm, WordsForm
from crm.service.models import ComplaintType, DispatchRule, SlaPolicy, Ticket, TicketRating
from crm.service.presenting import moment_column, remaining
from crm.service.rating import LINK_DAYS, link_is_open, rate_ticket, rating_of, rating_token
from crm.service.selectors import is_late, response_decided
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, person
from suite.pages.filters import AmongFilter, BoolFilter, derive_filterset
from suite.pages.forms import ReasonForm
from suite.pages.pageset import Kanban, PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register, tab

FILTERS = (
    "status",
    "kind",
    "complaint_type",
    "priority",
    "customer",
    "owner",
    "channel",
    "department",
    "created_at",
    "solved_at",
)
LATE = pgettext_lazy("ticket", "Late")
PRIORITY_TONE = {Priority.URGENT: "late", Priority.HIGH: "wait"}
BOARD = (
    TicketStatus.NEW,
    TicketStatus.ASSIGNED,
    TicketStatus.IN_PROGRESS,
    TicketStatus.WAITING,
    TicketStatus.SOLVED,
)


def owner(ticket: Ticket) -> Any:
    """Who works on it."""
    return person(ticket.owner) if ticket.owner is not None else badge(_t("Nobody yet"), "wait")


def priority(ticket: Ticket) -> Any:
    """The priority, marked when it is high."""
    tone = PRIORITY_TONE.get(Priority(ticket.priority))
    return badge(ticket.get_priority_display(), tone) if tone else ticket.get_priority_display()


REMAINING = Column("resolution_due_at", render=remaining, label=_("Remaining"), sort="resolution_due_at", phone="p-end")
OWNER = Column("owner", render=owner, phone="p-start", sort="")


class TicketFilterSet(derive_filterset(Ticket, FILTERS)):  # type: ignore[misc]
    """Filters of tickets: also by how their clock stands."""

    is_open = BoolFilter(label=_("Open"), method="filter_open")
    is_late = AmongFilter(lambda: Ticket.objects.filter(is_late(timezone.now())), label=LATE)
    is_unassigned = BoolFilter(label=_("Nobody works on it"), field_name="owner", lookup_expr="isnull")
    is_answer_due = AmongFilter(
        lambda: response_decided(Ticket.objects.all(), at=timezone.now()), label=_("Answered or overdue")
    )

    def filter_open(self, queryset: Any, name: str, value: bool) -> Any:
        condition = Q(status__in=OPEN)
        return queryset.filter(condition if value else ~condition)


@register
class ComplaintTypePages(PageSet):
    """What complaints are about."""

    model = ComplaintType
    icon = "mood-annoyed"
    columns = ("name", "code", "is_active")
    fields = ("code", "name", "is_active")
    ordering = "code"
    is_small = True
    has_activity = False


@register
class SlaPolicyPages(PageSet):
    """How fast tickets are to be answered."""

    model = SlaPolicy
    icon = "hourglass"
    description = _("How fast tickets are to be answered and solved, in working hours. Of those that fit, the closest.")
    columns = ("name", "kind", "priority", "tier", "response_hours", "resolution_hours", "warn_hours", "is_active")
    fields = (
        (_("For which tickets"), ("name", "kind", "priority", "tier")),
        (_("How fast"), ("response_hours", "resolution_hours", "warn_hours", "is_active")),
    )
    ordering = "name"
    is_small = True
    has_activity = False


@register
class DispatchRulePages(PageSet):
    """Who gets tickets."""

    model = DispatchRule
    icon = "arrows-split"
    description = _("Who gets which tickets. The first rule that fits and has somebody on duty decides.")
    columns = ("position", "name", "kind", "complaint_type", "region", "tier", "department", "method", "is_active")
    fields = (
        (_("For which tickets"), ("position", "name", "kind", "complaint_type", "region", "tier")),
        (_("Who"), ("department", "people", "method", "most_open", "is_active")),
    )
    form = RuleForm
    ordering = "position"
    panels = (Attributes("department", Column("people", label=_("People"), render=lambda r: names_of(r)), "most_open"),)
    is_small = True
    has_activity = False


def names_of(rule: DispatchRule) -> str:
    """The people that a rule names."""
    return _t(", ").join(str(each) for each in rule.people.order_by("pk"))


def lanes(user: Any) -> list[tuple[str, Any, str, None]]:
    """Lanes of the board: the states, without those that are over."""
    return [(status.value, status.label, Ticket.status_tone.get(status, ""), None) for status in BOARD]


def asks_first(ticket: Ticket, lane: str) -> str:
    """The action that has to ask for words before a card comes to lie in a lane."""
    if ticket.status in ENDED:
        return "reopen" if lane == TicketStatus.IN_PROGRESS else ""
    return (
        {TicketStatus.WAITING: "ask", TicketStatus.SOLVED: "solve"}.get(TicketStatus(lane), "") if lane in BOARD else ""
    )


def _is_taken(ticket: Ticket, user: Any) -> Any:
    return _t("%(person)s works on it already.") % {"person": ticket.owner} if ticket.owner_id else ""


def _is_rated(ticket: Ticket, user: Any) -> Any:
    return _t("This solution was rated already.") if rating_of(ticket) is not None else ""


@register
class TicketPages(PageSet):
    """What customers ask and complain about."""

    model = Ticket
    icon = "headset"
    description = _("Questions, complaints, repairs and returns of customers: who works on them and when they are due.")
    columns = (
        Column("subject", phone="p-full"),
        Column("customer", sort="customer__party__name"),
        "kind",
        Column("priority", render=priority, sort=""),
        "status",
        OWNER,
        REMAINING,
        "created_at",
    )
    optional_columns = (
        "number",
        "complaint_type",
        "channel",
        "contact",
        "contract",
        "department",
        "first_response_at",
        "solved_at",
        "reopened",
    )
    filterset = TicketFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me&is_open=true"),
        View(_("Nobody works on it"), "is_unassigned=true&is_open=true"),
        View(LATE, "is_late=true", is_hot=True),
        View(_("Open"), "is_open=true"),
    )
    summary = (
        "customer",
        "contact",
        "contract",
        Column("priority", render=priority),
        OWNER,
        REMAINING,
    )
    panels = (
        Attributes(
            "kind",
            "complaint_type",
            "channel",
            "description",
            "solution",
            "policy",
            moment_column("response_due_at"),
            moment_column("first_response_at"),
            moment_column("resolution_due_at"),
            moment_column("solved_at"),
            "reopened",
            "department",
        ),
        Children(
            "replies",
            moment_column("at"),
            "direction",
            "channel",
            Column("body", phone="p-full"),
            Column("author", phone="p-start"),
            title=_("Said"),
        ),
    )
    fields = (
        (_("Who"), ("customer", "contact", "contract", "channel")),
        (_("What"), ("kind", "complaint_type", "priority", "subject", "description")),
        (_("Who works on it"), ("owner",)),
    )
    form = TicketForm
    create_service = services.create_ticket
    update_service = services.update_ticket
    operations = frozenset({"add", "change"})
    editable_states = OPEN
    kanban = Kanban(lanes=lanes, lane_of="status", move=services.move_ticket, card="crm/_ticket.html", needs=asks_first)
    actions = (
        Action(
            services.take_ticket,
            _("Take it"),
            "change",
            icon="hand-grab",
            states={TicketStatus.NEW},
            refusal=_is_taken,
            primary_in={TicketStatus.NEW},
            bulk=True,
        ),
        Action(
            services.reply_ticket,
            _("Reply"),
            "change",
            icon="message-forward",
            form=WordsForm,
            states=OPEN,
            primary_in={TicketStatus.ASSIGNED},
        ),
        Action(
            services.hear_ticket,
            _("The customer said"),
            "change",
            icon="message-reply",
            form=WordsForm,
            name="heard",
            states=OPEN,
            primary_in={TicketStatus.WAITING},
        ),
        Action(
            services.solve_ticket,
            _("Solved"),
            "change",
            icon="check",
            form=SolveForm,
            states=OPEN,
            primary_in={TicketStatus.IN_PROGRESS},
        ),
        Action(
            services.start_ticket,
            pgettext_lazy("ticket", "Start"),
            "change",
            icon="player-play",
            states={TicketStatus.ASSIGNED},
        ),
        Action(
            services.ask_customer,
            _("Ask the customer and wait"),
            "change",
            icon="player-pause",
            form=WordsForm,
            states=OPEN - {TicketStatus.WAITING},
        ),
        Action(
            services.resume_ticket, _("Wait no longer"), "change", icon="player-play", states={TicketStatus.WAITING}
        ),
        Action(
            services.prioritise_ticket,
            _("Change the priority"),
            "change",
            icon="flag",
            form=PriorityForm,
            states=OPEN,
            bulk=True,
        ),
        Action(
            services.assign_ticket,
            _("Give to a colleague"),
            "assign",
            icon="user-share",
            form=AssignForm,
            states=OPEN,
            bulk=True,
        ),
        Action(
            services.dispatch_ticket, _("By the dispatch rules"), "assign", icon="arrows-split", states=OPEN, bulk=True
        ),
        Action(services.close_ticket, _("Close"), "change", icon="lock", states={TicketStatus.SOLVED}, bulk=True),
        Action(
            rate_ticket,
            _("Record the satisfaction"),
            "change",
            icon="star",
            form=RatingForm,
            states=ENDED,
            refusal=_is_rated,
            primary_in=ENDED,
        ),
        Action(services.reopen_ticket, _("Take up again"), "change", icon="refresh", form=ReasonForm, states=ENDED),
    )
    is_searchable = True
    list_select = ("customer__party", "owner")

    def locked(self, queryset: Any) -> Any:
        # Services lock the order that goods come back of, and the customer, before the ticket.
        return queryset

    def subtitle(self, obj: Ticket) -> Any:
        return obj.number

    def heading(self, obj: Ticket) -> tuple[Any, Any]:
        return obj.number, obj.subject

    def hit(self, obj: Ticket) -> tuple[Any, Any, Any]:
        tone = obj.status_tone.get(TicketStatus(obj.status), "")
        return obj.subject, f"{obj.number} {obj.customer}", badge(obj.get_status_display(), tone)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("customer__party")

    def detail_queryset(self, user: Any) -> Any:
        return super().detail_queryset(user).select_related("customer__party", "owner")


@register
class TicketRatingPages(PageSet):
    """How content customers are."""

    model = TicketRating
    icon = "star"
    description = _("What customers said about solved tickets, from 1 to 5.")
    columns = (
        Column("ticket__number", label=_("Ticket")),
        Column("ticket__customer__party__name", label=_("Customer"), phone="p-full"),
        Column("score", phone="p-end"),
        Column("comment", sort=""),
        Column("person", phone="p-start"),
        "source",
        "at",
    )
    filters = ("score", "person", "source", "at")
    ordering = "-at"
    summary = ("ticket", "score", "person", "source", "at")
    panels = (Attributes("comment", "recorded_by"),)
    operations = frozenset()
    has_activity = False
    list_select = ("ticket__customer__party", "person")

    def heading(self, obj: TicketRating) -> tuple[Any, Any]:
        return obj.ticket.number, str(obj)


@tab(Ticket, title=_("Satisfaction"), permission="crm.view_ticketrating", code="rating")
def satisfaction(request: HttpRequest, ticket: Ticket) -> tuple[str, dict[str, Any]]:
    """The rating of the solution or, while there is none, the link by which the customer gives it."""
    link = ""
    if link_is_open(ticket, round_number=ticket.reopened, at=timezone.now()):
        path = reverse("crm:rate", args=(rating_token(ticket),))
        link = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
    email = ticket.contact.person.email if ticket.contact is not None else ""
    return "crm/_satisfaction.html", {"rating": rating_of(ticket), "link": link, "email": email, "days": LINK_DAYS}
