"""Manifest of CRM."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.backfill import prepare_crm
from suite.modules.registry import MenuItem, Module, registry

CUSTOMERS = pgettext_lazy("menu", "Customers")
SELLING = pgettext_lazy("menu", "Selling")
MONEY = pgettext_lazy("menu", "Contracts and money")
POOL = pgettext_lazy("menu", "Pool and assignment")
SERVICE = pgettext_lazy("menu", "Service")
MARKETING = pgettext_lazy("menu", "Marketing and analysis")
SETTINGS = pgettext_lazy("menu", "Settings")

registry.add(
    Module(
        code="crm",
        title=_("Customers"),
        short="CRM",
        icon="users",
        stage=1,
        menu=(
            MenuItem("crm.Lead", group=CUSTOMERS),
            MenuItem("crm.Customer", group=CUSTOMERS),
            MenuItem("crm.Contact", group=CUSTOMERS),
            MenuItem("crm.FollowUp", group=CUSTOMERS),
            MenuItem(
                "crm:duplicate-search", _("Duplicate search"), "crm.view_lead", icon="user-search", group=CUSTOMERS
            ),
            MenuItem("crm.DuplicatePair", group=CUSTOMERS),
            MenuItem("crm.MergeRecord", group=CUSTOMERS),
            MenuItem("crm.Opportunity", group=SELLING),
            MenuItem(
                "crm:forecast",
                title=_("Sales forecast"),
                icon="chart-histogram",
                permission="crm.view_opportunity",
                group=SELLING,
            ),
            MenuItem("crm.Quotation", group=SELLING),
            MenuItem(
                "crm:sales-targets",
                title=_("Sales targets"),
                permission="crm.view_targetpolicy",
                icon="target-arrow",
                group=SELLING,
            ),
            MenuItem("crm.Contract", group=MONEY),
            MenuItem("crm.PaymentPlan", group=MONEY),
            MenuItem("crm.Receipt", group=MONEY),
            MenuItem("crm.Invoice", group=MONEY),
            MenuItem("crm.PoolCustomer", group=POOL),
            MenuItem(
                "crm:recycling",
                _("About to be recycled"),
                permission="crm.view_customer",
                icon="recycle",
                group=POOL,
            ),
            MenuItem("crm.AssignmentLog", group=POOL),
            MenuItem("crm.Ticket", group=SERVICE),
            MenuItem("crm.TicketRating", group=SERVICE),
            MenuItem("crm.Campaign", group=MARKETING),
            MenuItem("crm.CampaignMember", permission="crm.change_campaign", group=MARKETING),
            MenuItem("crm.CustomerInsight", title=_("Churn warnings"), group=MARKETING),
            MenuItem("crm.WinBack", group=MARKETING),
            MenuItem(
                "crm:rfm",
                title=_("RFM matrix"),
                permission="crm.view_customerinsight",
                icon="grid-dots",
                group=MARKETING,
            ),
            MenuItem("crm.TierSuggestion", group=MARKETING),
            MenuItem(
                "metrics:reports",
                title=_("Reports"),
                permission="crm.view_contract",
                icon="report-analytics",
                group=MARKETING,
            ),
            MenuItem("crm.Pipeline", permission="crm.change_pipeline", group=SETTINGS),
            MenuItem("crm.StageCondition", permission="crm.change_stagecondition", group=SETTINGS),
            MenuItem(
                "crm:stage-probabilities",
                title=_("Win rates from history"),
                icon="history",
                permission="crm.calibrate_stage",
                group=SETTINGS,
            ),
            MenuItem("crm.QuotationLimit", permission="crm.change_quotationlimit", group=SETTINGS),
            MenuItem("crm.Pool", permission="crm.change_pool", group=SETTINGS),
            MenuItem("crm.Capacity", permission="crm.change_capacity", group=SETTINGS),
            MenuItem("crm.RecycleRule", group=SETTINGS),
            MenuItem("crm.AssignmentRule", group=SETTINGS),
            MenuItem("crm.DuplicateRule", permission="crm.change_duplicaterule", group=SETTINGS),
            MenuItem("crm.DuplicateDecision", group=SETTINGS),
            MenuItem("crm.Tag", permission="crm.change_tag", group=SETTINGS),
            MenuItem("crm.InsightRule", permission="crm.change_insightrule", group=SETTINGS),
            MenuItem("crm.DispatchRule", permission="crm.change_dispatchrule", group=SETTINGS),
            MenuItem("crm.SlaPolicy", permission="crm.change_slapolicy", group=SETTINGS),
            MenuItem("crm.ComplaintType", permission="crm.change_complainttype", group=SETTINGS),
            MenuItem("crm.TargetPolicy", permission="crm.change_targetpolicy", group=SETTINGS),
            MenuItem("crm.Source", permission="crm.change_source", group=SETTINGS),
            MenuItem("crm.LostReason", permission="crm.change_lostreason", group=SETTINGS),
        ),
        description=_(
            "Leads, customers, opportunities, quotations, contracts and payments; public pool, service, campaigns."
        ),
        backfill=prepare_crm,
    )
)
