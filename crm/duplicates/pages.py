"""Pages of duplicates: rules, what was confirmed, what was found by night, and merges."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.customers.models import Customer, Lead
from crm.duplicates import merging, services
from crm.duplicates.choices import MatchEffect, PairStatus, RecordKind
from crm.duplicates.forms import MergeCustomerForm, MergeLeadForm
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule, MergeRecord
from suite.access.restrict import restrict
from suite.core.text import listed
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, person
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import add_action, register

EFFECT_TONES = {MatchEffect.BLOCK: "void", MatchEffect.WARN: "hold"}

add_action(
    Customer,
    Action(
        merging.merge_customer,
        _("Merge another customer into this one"),
        "merge",
        icon="arrows-join",
        form=MergeCustomerForm,
        name="merge",
        opens_result=True,
    ),
)
add_action(
    Lead,
    Action(
        merging.merge_lead,
        _("Merge another lead into this one"),
        "merge",
        icon="arrows-join",
        form=MergeLeadForm,
        name="merge",
        opens_result=True,
    ),
)


def effect(row: Any) -> Any:
    """What a rule does, in colour."""
    return badge(row.get_effect_display(), EFFECT_TONES.get(row.effect, ""))


def _percent(row: DuplicateRule) -> Any:
    return f"{row.threshold} %" if row.field == "NAME" else "—"


EFFECT = Column("effect", render=effect, phone="p-end")


@register
class DuplicateRulePages(PageSet):
    """What counts as a duplicate."""

    model = DuplicateRule
    icon = "copy-check"
    description = _("Which entries are refused or warned of because they are there already.")
    columns = (
        Column("field", phone="p-start"),
        EFFECT,
        Column("threshold", render=_percent),
        "in_leads",
        "in_customers",
        "in_contacts",
    )
    fields = (
        (_("Rule"), ("field", "effect", "threshold")),
        (_("Where it is looked for"), ("in_leads", "in_customers", "in_contacts")),
    )
    permissions = {"override": _("Create what a rule refuses")}
    ordering = "pk"
    is_small = True
    has_activity = False


def _resembled(row: DuplicateDecision) -> Any:
    return listed(each["name"] for each in row.candidates)


@register
class DuplicateDecisionPages(PageSet):
    """Entries that were made although they looked like others."""

    model = DuplicateDecision
    icon = "copy-x"
    description = _("Who created what although it looked like something else, and why.")
    columns = (
        Column("label", phone="p-start"),
        "kind",
        EFFECT,
        Column("candidates", render=_resembled, sort="", phone="p-full"),
        Column("reason", sort=""),
        Column("actor", render=lambda row: person(row.actor), sort=""),
        Column("at"),
    )
    filters = ("kind", "effect", "actor", "at")
    ordering = "-at"
    summary = (EFFECT, "actor", "at")
    panels = (Attributes("label", "kind", Column("candidates", render=_resembled), "reason"),)
    operations = frozenset()
    has_activity = False


def _side(row: Customer | Lead | None) -> Any:
    if row is None:
        return "—"
    owner = _t("In the pool") if row.owner is None else str(row.owner)
    return SafeString(
        f'<a href="{escape(row.get_absolute_url())}">{escape(_title(row))}</a><span class="sub">{escape(owner)}</span>'
    )


def _title(row: Customer | Lead) -> str:
    return row.party.name if isinstance(row, Customer) else str(row)


def _merge_link(pair: DuplicatePair) -> Any:
    if pair.first is None or pair.second is None or pair.status != PairStatus.OPEN:
        return ""
    url = reverse("crm:merge", args=(pair.kind, pair.first.pk, pair.second.pk))
    label = _t("Compare and merge")
    return SafeString(f'<a class="btn btn-sm" href="{url}">{escape(label)}</a>')


FIRST = Column(
    "first", render=lambda pair: _side(pair.first), label=pgettext_lazy("of a pair", "One"), sort="", phone="p-start"
)
SECOND = Column(
    "second", render=lambda pair: _side(pair.second), label=pgettext_lazy("of a pair", "Other"), sort="", phone="p-full"
)
MERGE = Column("merge", render=_merge_link, label=_("Merge"), sort="", value=lambda pair: "", phone="p-full")
PAIR_STATUS = Column("status", render=lambda pair: badge(pair.get_status_display(), pair.tone), phone="p-end")


@register
class DuplicatePairPages(PageSet):
    """What was found by night, to be merged or told apart."""

    model = DuplicatePair
    icon = "copy"
    description = _("Customers and leads that look like one, found every night: merge them, or say that they differ.")
    columns = (
        FIRST,
        SECOND,
        "field",
        Column("similarity", render=lambda pair: f"{pair.similarity} %", align="num"),
        PAIR_STATUS,
        MERGE,
    )
    optional_columns = ("reason", "decided_by", "decided_at", "created_at")
    filters = ("status", "field", "similarity", "created_at")
    ordering = "-similarity"
    views = (View(_("To be decided"), "status=OPEN", is_hot=True),)
    summary = ("field", Column("similarity", render=lambda pair: f"{pair.similarity} %"))
    panels = (Attributes(FIRST, SECOND, MERGE, "reason", "decided_by", "decided_at", title=_("Pair")),)
    operations = frozenset()
    actions = (
        Action(
            services.dismiss_pair,
            _("Not a duplicate"),
            "dismiss",
            icon="x",
            form=ReasonForm,
            states={PairStatus.OPEN},
            bulk=True,
        ),
    )
    list_select = ("customer__party", "customer__owner", "other_customer__party", "other_customer__owner")
    has_activity = False

    def queryset(self, user: Any, action: str = "view") -> QuerySet[Any]:
        """Pairs of which the user may see both."""
        customers, leads = (restrict(model._default_manager.all(), user=user) for model in (Customer, Lead))
        mine = Q(customer__in=customers.order_by().values("pk"), other_customer__in=customers.order_by().values("pk"))
        mine |= Q(lead__in=leads.order_by().values("pk"), other_lead__in=leads.order_by().values("pk"))
        return super().queryset(user, action).filter(mine)

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related(
            "customer__party",
            "customer__owner",
            "other_customer__party",
            "other_customer__owner",
            "lead__owner",
            "other_lead__owner",
        )


def _is_undone(row: MergeRecord, user: Any) -> Any:
    return _t("This merge was undone already.") if row.undone_at is not None else ""


def _merge_state(row: MergeRecord) -> Any:
    return badge(_t("Undone"), "void") if row.undone_at else badge(_t("In force"), "done")


def _survivor(row: MergeRecord) -> Any:
    model = Customer if row.kind == RecordKind.CUSTOMER else Lead
    path = reverse(f"crm:{model._meta.model_name}-detail", args=(row.survivor_pk,))
    return SafeString(f'<a href="{path}">{escape(row.survivor_label)}</a>')


STATE = Column("undone_at", render=_merge_state, label=_("State"), phone="p-end")


@register
class MergeRecordPages(PageSet):
    """What was merged, and the way back."""

    model = MergeRecord
    icon = "arrows-join"
    description = _("Customers and leads that were merged; a merge can be undone while nothing of it changed since.")
    columns = (
        Column("loser_label", phone="p-start"),
        Column("survivor_label", phone="p-full"),
        "kind",
        STATE,
        Column("moved_count", align="num"),
        Column("actor", render=lambda row: person(row.actor), sort=""),
        "at",
    )
    filters = ("kind", "actor", "at")
    ordering = "-at"
    summary = (STATE, "moved_count", "actor", "at")
    panels = (
        Attributes(
            "kind",
            "loser_label",
            Column("survivor_label", render=_survivor),
            "reason",
            "undone_at",
            "undone_by",
            title=_("Merge"),
        ),
    )
    operations = frozenset()
    actions = (
        Action(
            merging.undo_merge,
            _("Undo the merge"),
            "undo",
            icon="arrow-back-up",
            refusal=_is_undone,
            confirm=_("Everything that was merged goes back to where it was."),
        ),
    )
    has_activity = False
