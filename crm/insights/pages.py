"""Pages of churn warnings, the win-back list, suggested tiers, tags and the settings; what they add to customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.customers.forms import FollowUpForm
from crm.customers.models import Customer
from crm.customers.pages import grade, last_contact
from crm.customers.pages import owner as owner_of
from crm.insights import services, tags
from crm.insights.choices import ChurnState, SuggestionStatus, WinBackStatus
from crm.insights.forms import MergeForm, RemoveTagsForm, TagsForm, TaskForm, WinBackForm
from crm.insights.models import CustomerInsight, InsightRule, Tag, TierSuggestion, WinBack
from crm.insights.presenting import insight_context, interval, segment_badge, silence, state_badge
from suite.access.restrict import restrict
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Panel
from suite.pages.registry import add_action, register, tab

NAME = Column("customer__party__name", label=_("Customer"))
TIER = Column("customer__tier", label=_("Tier"), render=lambda row: grade(row.customer), phone="p-start")
OWNER = Column("customer__owner", label=_("Owner"), render=lambda row: owner_of(row.customer), sort="")
CONTACTED = Column(
    "customer__last_contact_at",
    label=_("Last contact"),
    render=lambda row: last_contact(row.customer),
    sort="customer__last_contact_at",
)


class InsightPanel(Panel):
    """The gaps between the orders of a customer, and why it is warned of."""

    template = "crm/insights/panel.html"

    def context(self, obj: CustomerInsight, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        return insight_context(obj, obj.customer_id)


def _has_no_order(insight: CustomerInsight, user: Any) -> Any:
    return _t("This customer has never ordered.") if insight.last_order_on is None else ""


def _is_settled(suggestion: TierSuggestion, user: Any) -> Any:
    if suggestion.decision == SuggestionStatus.OPEN:
        return ""
    return _t("This was decided already.")


class OfCustomerPages(PageSet):
    """What the pages of rows that are about one customer share."""

    list_select = ("customer__party", "customer__owner")

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.customer.party.code, obj.customer.party.name

    def detail_queryset(self, user: Any) -> Any:
        return super().detail_queryset(user).select_related("customer__party", "customer__owner")

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("customer__party")


@register
class CustomerInsightPages(OfCustomerPages):
    """Customers by what their orders tell: who is about to be lost, and why."""

    model = CustomerInsight
    icon = "heartbeat"
    description = _(
        "Who has not ordered for longer than usual, by each customer's own interval. Computed every night from "
        "signed contracts and orders."
    )
    columns = (
        NAME,
        Column("churn_state", render=state_badge, phone="p-end"),
        TIER,
        Column("segment", render=segment_badge, phone="p-full"),
        Column("recency", label=_("Without an order"), render=silence, phone="p-full"),
        Column("interval_days", label=_("Orders every"), render=interval),
        Column("stake_amount", phone="p-end"),
        OWNER,
        CONTACTED,
    )
    optional_columns = (
        "expected_on",
        "frequency",
        "order_days",
        "monetary",
        "year_amount",
        "r_score",
        "f_score",
        "m_score",
        "first_order_on",
        "reminded_on",
        Column("explanation", label=_("Why"), sort=""),
        "computed_at",
    )
    filters = (
        "churn_state",
        "segment",
        "customer__tier",
        "customer__owner",
        "company",
        "stake_amount",
        "recency",
        "frequency",
        "last_order_on",
        "r_score",
        "f_score",
        "m_score",
        "reminded_on",
    )
    ordering = "-stake_amount"
    views = (
        View(_("At risk"), "churn_state=WARNING&churn_state=CRITICAL"),
        View(pgettext_lazy("churn", "About to be lost"), "churn_state=CRITICAL", is_hot=True),
        View(_("My customers"), "customer__owner=me"),
    )
    totals = ("stake_amount",)
    summary = (
        Column("customer", label=_("Customer")),
        Column("churn_state", render=state_badge),
        Column("segment", render=segment_badge),
        OWNER,
        Column("stake_amount"),
    )
    panels = (
        InsightPanel(),
        Attributes("frequency", "monetary", "year_amount", "first_order_on", "reminded_on", "computed_at"),
    )
    operations = frozenset()
    actions = (
        Action(
            services.follow_up_customer,
            _("Record follow-up"),
            "follow_up",
            icon="message-plus",
            form=FollowUpForm,
            name="follow-up",
            row_name="insight",
            is_primary=True,
        ),
        Action(
            services.remind_of_customer,
            _("Create a task"),
            "follow_up",
            icon="checkbox",
            form=TaskForm,
            name="task",
            row_name="insight",
            bulk=True,
        ),
        Action(
            services.start_win_back,
            _("Win back"),
            "win_back",
            icon="heart-handshake",
            form=WinBackForm,
            name="win-back",
            row_name="insight",
            refusal=_has_no_order,
            bulk=True,
            batch=services.start_win_backs,
            opens_result=True,
        ),
    )
    is_small = False
    has_activity = False

    def subtitle(self, obj: CustomerInsight) -> Any:
        return obj.customer.party.code


@register
class WinBackPages(OfCustomerPages):
    """Lost customers, who tries to win them back, and what came of it."""

    model = WinBack
    icon = "heart-handshake"
    description = _(
        "Lost customers and the colleagues who try to win them back. Put customers here from the churn warnings; an "
        "order ends the attempt as won."
    )
    columns = (
        NAME,
        "status",
        Column("owner", phone="p-start"),
        "started_on",
        "due_on",
        "last_order_on",
        Column("stake_amount", phone="p-end"),
        "won_order_on",
        "won_amount",
        CONTACTED,
    )
    optional_columns = ("reason", "ended_on", "result", "created_by")
    filters = ("status", "owner", "customer", "started_on", "due_on", "ended_on", "stake_amount")
    ordering = "-started_on"
    views = (
        View(_("Mine"), "owner=me&status=OPEN"),
        View(pgettext_lazy("win-back", "In progress"), "status=OPEN"),
        View(_("Won back"), "status=WON_BACK"),
    )
    totals = ("stake_amount", "won_amount")
    summary = ("customer", "owner", "started_on", "due_on", "stake_amount")
    panels = (
        Attributes("reason", "last_order_on", title=_("Why it was lost, what to try")),
        Attributes("won_order_on", "won_amount", "ended_on", "result", title=_("Result")),
    )
    fields = ("owner", "due_on", "reason")
    operations = frozenset({"change"})
    editable_states = frozenset({WinBackStatus.OPEN})
    actions = (
        Action(
            services.give_up_win_back,
            _("Give up"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={WinBackStatus.OPEN},
            name="give-up",
        ),
        Action(
            services.resume_win_back,
            _("Try again"),
            "change",
            icon="refresh",
            states={WinBackStatus.GIVEN_UP},
            primary_in={WinBackStatus.GIVEN_UP},
        ),
    )


def _decision(row: TierSuggestion) -> Any:
    tones = {SuggestionStatus.OPEN: "wait", SuggestionStatus.ACCEPTED: "done", SuggestionStatus.DISMISSED: "void"}
    return badge(row.get_decision_display(), tones[SuggestionStatus(row.decision)])


def _change(row: TierSuggestion) -> Any:
    """From which tier to which."""
    css = {"A": "a", "B": "b"}
    marks = [f'<span class="grade grade-{css.get(each, "c")}">{each}</span>' for each in (row.current, row.suggested)]
    return SafeString('<span class="text-nowrap">' + " → ".join(marks) + "</span>")


@register
class TierSuggestionPages(OfCustomerPages):
    """Tiers that customers should have by what they bought."""

    model = TierSuggestion
    icon = "stairs-up"
    description = _("Customers whose tier does not fit what they bought in the last 12 months. Computed every night.")
    columns = (
        NAME,
        Column("suggested", label=_("Tier"), render=_change, phone="p-end"),
        Column("year_amount", phone="p-end"),
        Column("reason", label=_("Why"), sort="", phone="p-full"),
        OWNER,
        Column("decision", render=_decision),
    )
    optional_columns = ("current", "decided_by", "decided_at")
    filters = ("decision", "suggested", "current", "customer__owner", "company", "year_amount")
    ordering = "-year_amount"
    views = (
        View(pgettext_lazy("tier suggestion", "To be decided"), "decision=OPEN"),
        View(pgettext_lazy("tier suggestion", "Dismissed"), "decision=DISMISSED"),
    )
    totals = ("year_amount",)
    summary = ("customer", Column("suggested", label=_("Tier"), render=_change), "year_amount", OWNER)
    panels = (
        Attributes(Column("reason", label=_("Why")), "border_amount", title=_("Why")),
        Attributes(Column("decision", render=_decision), "decided_by", "decided_at", title=_("Decision")),
    )
    operations = frozenset()
    actions = (
        Action(
            services.accept_tier,
            _("Accept"),
            "decide",
            icon="check",
            refusal=_is_settled,
            bulk=True,
            batch=services.accept_tiers,
            is_primary=True,
        ),
        Action(
            services.dismiss_tier,
            _("Dismiss"),
            "decide",
            icon="x",
            refusal=_is_settled,
            bulk=True,
            batch=services.dismiss_tiers,
        ),
    )
    has_activity = False


@register
class TagPages(PageSet):
    """The known tags of customers."""

    model = Tag
    icon = "tags"
    description = _("The tags that customers can carry. Renaming and merging changes all customers that carry one.")
    columns = (
        Column("name", label=_("Tag"), render=lambda tag: badge(tag.name, tag.color)),
        Column("customers", label=_("Customers"), align="num", sort="", value=lambda tag: tag.customers),
        "color",
        "note",
        "is_active",
    )
    filters = ("is_active", "color")
    ordering = "name"
    summary = (Column("name", label=_("Tag"), render=lambda tag: badge(tag.name, tag.color)), "note", "is_active")
    fields = ("name", "color", "note", "is_active")
    update_service = tags.update_tag
    delete_service = tags.delete_tag
    actions = (Action(tags.merge_tag, _("Merge into another tag"), "change", icon="arrow-merge", form=MergeForm),)
    is_small = True
    has_activity = False

    def queryset(self, user: Any, action: str = "view") -> Any:
        return tags.with_customers(super().queryset(user, action), restrict(Customer.objects.all(), user=user))


@register
class InsightRulePages(PageSet):
    """From when on customers are warned of, and which amount makes which tier."""

    model = InsightRule
    icon = "adjustments"
    description = _("For each company: how customers are scored, when to warn, and what makes a tier.")
    columns = ("company", "rfm_method", "warn_factor", "critical_factor", "tier_c_days", "remind_days")
    filters = ("company",)
    ordering = "company__code"
    summary = ("company", "rfm_method")
    panels = (
        Attributes("fewest_orders", "warn_factor", "critical_factor", title=_("Own interval")),
        Attributes(
            "tier_a_days", "tier_b_days", "tier_c_days", "tier_d_days", "remind_days", title=_("Too few orders")
        ),
        Attributes("tier_a_amount", "tier_b_amount", "tier_c_amount", title=_("Suggested tiers")),
    )
    fields = (
        (_("Company"), ("company", "rfm_method")),
        (_("Own interval"), ("fewest_orders", "warn_factor", "critical_factor")),
        (_("Too few orders"), ("tier_a_days", "tier_b_days", "tier_c_days", "tier_d_days", "remind_days")),
        (_("Suggested tiers"), ("tier_a_amount", "tier_b_amount", "tier_c_amount")),
    )
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            services.compute_now, _("Compute now"), "refresh", icon="refresh", name="compute", row_name="insightrule"
        ),
    )

    def initial(self, request: Any) -> dict[str, Any]:
        return {"company": default_company().pk}


# -- what customers get ------------------------------------------------------------------------

add_action(
    Customer,
    Action(
        tags.add_tags_to_customer,
        _("Add tags"),
        "change",
        icon="tag",
        form=TagsForm,
        name="add-tags",
        bulk=True,
        batch=tags.add_tags,
    ),
)
add_action(
    Customer,
    Action(
        tags.remove_tags_from_customer,
        _("Remove tags"),
        "change",
        icon="tag-off",
        form=RemoveTagsForm,
        name="remove-tags",
        bulk=True,
        batch=tags.remove_tags,
    ),
)


@tab(Customer, title=_("Insight"), permission="crm.view_customerinsight", code="insight", place=9)
def insight_tab(request: HttpRequest, customer: Customer) -> tuple[str, dict[str, Any]]:
    """What the orders of the customer tell, and what follows from it."""
    user: Any = request.user
    insights = restrict(CustomerInsight.objects.filter(customer=customer), user=user)
    insight = insights.select_related("customer__party").first()
    suggestion = None
    if user.has_perm("crm.view_tiersuggestion"):
        rows = restrict(TierSuggestion.objects.filter(customer=customer), user=user)
        suggestion = rows.filter(decision=SuggestionStatus.OPEN).first()
    return "crm/insights/tab.html", {
        **insight_context(insight, customer.pk),
        "suggestion": suggestion,
        "may_follow_up": user.has_perm("crm.follow_up_customerinsight"),
        "is_at_risk": insight is not None and insight.churn_state in (ChurnState.WARNING, ChurnState.CRITICAL),
    }
