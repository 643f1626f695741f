"""Pages of assignment rules and of what they decided."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.assignment import services
from crm.assignment.choices import AssignmentOutcome, CandidateState
from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from crm.customers.models import Lead
from crm.customers.pages import WORKABLE
from crm.pool.models import PoolCustomer
from suite.core.text import listed
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import add_action, register

TONE = {AssignmentOutcome.ASSIGNED: "done", AssignmentOutcome.FALLBACK: "wait", AssignmentOutcome.STAYED: "hold"}


def _names(relation: str) -> Column:
    return Column(relation, value=lambda rule: listed([str(each) for each in getattr(rule, relation).all()]), sort="")


@register
class AssignmentRulePages(PageSet):
    """To whom leads and pool customers are given."""

    model = AssignmentRule
    icon = "arrows-split-2"
    description = _("Rules that give new leads and pool customers to people who can take them.")
    columns = (
        "name",
        "target",
        "position",
        "strategy",
        Column("fallback", phone="p-full"),
        Column("is_active", phone="p-end"),
    )
    filters = ("target", "is_active")
    ordering = "position"
    summary = ("target", "strategy", "fallback", "is_active")
    panels = (
        Attributes(
            _names("sources"),
            Column("regions", value=lambda rule: listed(rule.regions), sort=""),
            _names("categories"),
            Column("tags", value=lambda rule: listed(rule.tags), sort=""),
            title=_("For which"),
        ),
        Children("members", "user", "is_on_duty", "weight", "capacity", title=_("Members")),
    )
    fields = (
        (_("Rule"), ("name", "company", "target", "position", "is_active")),
        (_("For which"), ("sources", "regions", "categories", "tags")),
        (_("To whom"), ("strategy", "fallback")),
    )
    lines = Lines(
        AssignmentMember,
        "members",
        ("user", "is_on_duty", "weight", "capacity"),
        title=_("Members"),
        has_totals=False,
    )
    create_service = services.create_assignment_rule
    update_service = services.update_assignment_rule
    has_activity = False


class Candidates(Panel):
    """Who could have taken it, and why not."""

    template = "crm/assignment/candidates.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        rows = [{**each, "state": CandidateState(each["state"])} for each in obj.candidates]
        return {"rows": rows, "chosen": obj.chosen_id}


@register
class AssignmentLogPages(PageSet):
    """What the rules decided."""

    model = AssignmentLog
    icon = "list-check"
    description = _("Each decision of the rules: who was chosen, among whom, and why.")
    columns = (
        "at",
        Column("lead", phone="p-start", sort=""),
        Column("customer", phone="p-full", sort=""),
        "rule",
        Column("outcome", render=lambda row: badge(row.get_outcome_display(), TONE[row.outcome]), phone="p-end"),
        "chosen",
        "reason",
    )
    filters = ("outcome", "rule", "chosen", "at")
    ordering = "-at"
    summary = ("lead", "customer", "rule", "chosen", "reason", "actor")
    panels = (Candidates(),)
    operations = frozenset()
    has_activity = False
    list_select = ("lead", "customer__party", "rule", "chosen")

    def heading(self, obj: AssignmentLog) -> tuple[Any, Any]:
        return "", str(obj)

    def badges(self, obj: AssignmentLog) -> list[Any]:
        return [badge(obj.get_outcome_display(), TONE[AssignmentOutcome(obj.outcome)])]


add_action(
    Lead,
    Action(
        services.assign_lead_by_rule,
        _("Assign by rule"),
        "assign",
        icon="arrows-split-2",
        states=WORKABLE,
        bulk=True,
        batch=services.assign_leads_by_rule,
        name="assign-by-rule",
    ),
)
add_action(
    PoolCustomer,
    Action(
        services.assign_customer_by_rule,
        _("Assign by rule"),
        "transfer",
        icon="arrows-split-2",
        bulk=True,
        batch=services.assign_customers_by_rule,
        name="assign-by-rule",
    ),
)
