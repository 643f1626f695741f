"""Pages of pools, of what lies in them, and of the rules by which it goes in and out."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.customers.forms import OwnerForm
from crm.customers.models import Customer
from crm.customers.ownership import transfer_customer, transfer_customers
from crm.customers.pages import LAST_CONTACT, grade
from crm.pool import rules, services
from crm.pool.choices import HiddenField
from crm.pool.forms import ReturnForm
from crm.pool.models import Capacity, Pool, PoolCustomer, RecycleRule, RecycleTier
from crm.pool.panels import EMAIL, PHONE, USCC, WEBSITE, PoolContacts, PoolFollowUps, claimable_from
from crm.pool.preview import preview_panel
from crm.pool.reach import administered_by, sees_whole
from crm.pool.selectors import allowances
from suite.core.text import listed
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, short_date
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import add_action, register


def _hidden(pool: Pool) -> Any:
    return listed([str(HiddenField(each).label) for each in pool.hidden_fields])


@register
class PoolPages(PageSet):
    """Public pools."""

    model = Pool
    icon = "pool"
    columns = ("name", "code", "company", "daily_limit", "new_data_days", "cool_down_days", "is_active")
    panels = (
        Attributes(
            "company",
            Column("departments", value=lambda pool: listed([str(each) for each in pool.departments.all()]), sort=""),
            Column("administrators", value=lambda pool: listed([str(u) for u in pool.administrators.all()]), sort=""),
            Column("hidden_fields", value=_hidden, sort=""),
            "is_active",
        ),
        Attributes("daily_limit", "new_data_days", "cool_down_days", title=_("Claiming")),
        Children("recycle_rules", "name", "position", "is_active", link=True, create_label=_("New recycling rule")),
    )
    fields = (
        (_("Pool"), ("code", "name", "company", "is_active")),
        (_("Who and what"), ("departments", "administrators", "hidden_fields")),
        (_("Claiming"), ("daily_limit", "new_data_days", "cool_down_days")),
    )
    ordering = "code"
    is_small = True
    has_activity = False


@register
class CapacityPages(PageSet):
    """How many customers somebody may look after."""

    model = Capacity
    icon = "stack-2"
    description = _("How many customers a person may look after: for everybody, a role, a department or one person.")
    columns = (
        Column("applies_to", label=_("applies to")),
        "role",
        "department",
        "person",
        "maximum",
        "excludes_dealt",
        "company",
    )
    fields = ("company", "applies_to", "role", "department", "person", "maximum", "excludes_dealt")
    ordering = "applies_to"
    is_small = True
    has_activity = False


def _claim(row: PoolCustomer) -> Any:
    """The button that claims at once, or from when on that is possible."""
    since = claimable_from(row)
    if since is not None and since > timezone.now():
        text = _t("from %(day)s") % {"day": short_date(since)}
        return SafeString(f'<span class="t-2 text-nowrap">{escape(text)}</span>')
    url = reverse("crm:poolcustomer-action", args=[row.pk, "claim"])
    icon = '<i class="ti ti-hand-grab" aria-hidden="true"></i>'
    text = _t("Claim")
    return SafeString(
        f'<button class="btn btn-sm" type="submit" form="bulk" formaction="{url}">{icon}{escape(text)}</button>'
    )


@register
class PoolCustomerPages(PageSet):
    """The customers in one's pools."""

    model = PoolCustomer
    icon = "ripple"
    description = _("Customers that nobody looks after. Claim the ones you want to work on.")
    columns = (
        Column("party__name", label=_("Customer")),
        Column("pool", phone="p-full"),
        Column("tier", render=grade),
        Column("party__region", label=_("Province")),
        "source",
        Column("entered_pool_at", label=_("In the pool since"), phone="p-start"),
        LAST_CONTACT,
        Column("claimable", label=_("Claimable"), render=_claim, value=claimable_from, sort="", phone="p-end"),
    )
    optional_columns = (
        Column("party__code", label=_("Code")),
        Column("party__city", label=_("City")),
        "industry",
        "created_at",
        PHONE,
        EMAIL,
        USCC,
    )
    filters = (
        "pool",
        "tier",
        "source",
        "industry",
        "party__region",
        "party__city",
        "entered_pool_at",
        "last_contact_at",
    )
    ordering = "-entered_pool_at"
    views = (View(_("Key customers"), "tier=A"),)
    summary = ("pool", "entered_pool_at", LAST_CONTACT, Column("tier", render=grade))
    panels = (
        Attributes(
            USCC,
            PHONE,
            EMAIL,
            WEBSITE,
            Column("party__region", label=_("Province")),
            Column("party__city", label=_("City")),
            "industry",
            "source",
            Column("tags", value=lambda customer: listed(customer.tags), sort=""),
        ),
        PoolContacts(pgettext_lazy("of a customer", "Contacts"), HiddenField.CONTACTS),
        PoolFollowUps(_("Follow-ups"), HiddenField.FOLLOW_UPS),
        Children("owner_changes", "at", "from_owner", "to_owner", "trigger", "reason", title=_("Owner history")),
    )
    operations = frozenset()
    actions = (
        Action(
            services.claim_customer,
            _("Claim"),
            "claim",
            icon="hand-grab",
            bulk=True,
            batch=services.claim_customers,
            is_primary=True,
            opens_result=True,
        ),
        Action(
            transfer_customer,
            _("Give to a colleague"),
            "transfer",
            icon="user-share",
            form=OwnerForm,
            bulk=True,
            batch=transfer_customers,
        ),
    )
    permissions = {"unmask": _("See what pools hide")}
    has_activity = False
    is_searchable = True
    list_select = ("party", "pool")

    def queryset(self, user: Any, action: str = "view") -> Any:
        rows = super().queryset(user, action)
        if user is None or sees_whole(user):
            return rows.annotate(shown_whole=Value(user is not None))
        return rows.annotate(shown_whole=Exists(administered_by(user).filter(pk=OuterRef("pool"))))

    def list_columns(self, user: Any, chosen: Any = ()) -> list[Column]:
        found = super().list_columns(user, chosen)
        return found if self.may(user, "claim") else [each for each in found if each.name != "claimable"]

    def list_top(self, user: Any) -> tuple[str, dict[str, Any]] | None:
        """What the person may still claim today."""
        if not self.may(user, "claim"):
            return None
        return "crm/pool/_allowances.html", {"allowances": allowances(user, timezone.now())}

    def heading(self, obj: PoolCustomer) -> tuple[Any, Any]:
        return obj.party.code, obj.party.name

    def badges(self, obj: PoolCustomer) -> list[Any]:
        return [badge(_t("In the pool"), "hold")]

    def hit(self, obj: PoolCustomer) -> tuple[Any, Any, Any]:
        return obj.party.name, obj.party.code, badge(_t("In the pool"), "hold")

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("party")


class RulePreview(Panel):
    """Who would lose what to this rule in the next week, while it is on or off."""

    template = "crm/pool/rule_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if not user.has_perm("crm.view_customer"):
            return None
        return preview_panel(obj, user=user, now=timezone.now())


@register
class RecycleRulePages(PageSet):
    """When customers go back to a pool by themselves."""

    model = RecycleRule
    icon = "recycle"
    description = _("Rules by which customers go back to a pool at night. Look at the preview before switching one on.")
    columns = (
        "name",
        Column("pool", phone="p-full"),
        "position",
        "deal_days",
        "contact_days",
        "undealt_months",
        "contract_days",
        Column("is_active", phone="p-end"),
    )
    filters = ("pool", "is_active")
    ordering = "position"
    summary = ("pool", "position", "is_active", "notify_days")
    panels = (
        RulePreview(),
        Attributes("deal_days", "contact_days", "undealt_months", "contract_days", title=_("After how long")),
        Attributes(
            "spares_open_opportunities",
            Column("excluded_tiers", value=lambda rule: listed(rule.excluded_tiers), sort=""),
            Column("excluded_tags", value=lambda rule: listed(rule.excluded_tags), sort=""),
            Column(
                "excluded_sources",
                value=lambda rule: listed([str(each) for each in rule.excluded_sources.all()]),
                sort="",
            ),
            Column(
                "excluded_departments",
                value=lambda rule: listed([str(each) for each in rule.excluded_departments.all()]),
                sort="",
            ),
            title=_("Not"),
        ),
        Children("tiers", "tier", "deal_days", "contact_days", title=_("Days by tier")),
    )
    fields = (
        (_("Rule"), ("name", "pool", "position", "notify_days", "is_active")),
        (_("After how long"), ("deal_days", "contact_days", "undealt_months", "contract_days")),
        (
            _("Not"),
            (
                "spares_open_opportunities",
                "excluded_tiers",
                "excluded_tags",
                "excluded_sources",
                "excluded_departments",
            ),
        ),
    )
    lines = Lines(
        RecycleTier,
        "tiers",
        ("tier", "deal_days", "contact_days"),
        title=_("Days by tier"),
        minimum=0,
        has_totals=False,
    )
    create_service = rules.create_recycle_rule
    update_service = rules.update_recycle_rule
    actions = (
        Action(
            rules.switch_recycle_rule,
            _("Switch on or off"),
            "change",
            icon="power",
            row_name="recyclerule",
        ),
    )
    has_activity = False


def _is_in_pool(customer: Customer, user: Any) -> Any:
    return "" if customer.owner_id else _t("This customer lies in the pool already.")


add_action(
    Customer,
    Action(
        services.return_customer,
        _("Return to the pool"),
        "change",
        icon="recycle",
        form=ReturnForm,
        refusal=_is_in_pool,
        bulk=True,
        batch=services.return_customers,
    ),
)
