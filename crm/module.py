"""Manifest of CRM."""

from django.utils.translation import gettext_lazy as _

from crm.backfill import prepare_crm
from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="crm",
        title=_("Customers"),
        short="CRM",
        icon="users",
        stage=1,
        menu=(
            MenuItem("crm.Lead"),
            MenuItem("crm.Customer"),
            MenuItem("crm.PoolCustomer"),
            MenuItem("crm.Contact"),
            MenuItem("crm.Opportunity"),
            MenuItem(
                "crm:forecast", title=_("Sales forecast"), icon="chart-histogram", permission="crm.view_opportunity"
            ),
            MenuItem("crm.Quotation"),
            MenuItem("crm.Contract"),
            MenuItem("crm.PaymentPlan"),
            MenuItem("crm.Receipt"),
            MenuItem("crm.Invoice"),
            MenuItem("crm.FollowUp"),
            MenuItem("crm:recycling", _("About to be recycled"), permission="crm.view_customer", icon="recycle"),
            MenuItem("crm.CustomerInsight", title=_("Churn warnings")),
            MenuItem("crm.WinBack"),
            MenuItem("crm:rfm", title=_("RFM matrix"), permission="crm.view_customerinsight", icon="grid-dots"),
            MenuItem("crm.TierSuggestion"),
            MenuItem(
                "crm:duplicate-search",
                _("Duplicate search"),
                "crm.view_lead",
                icon="user-search",
                group=_("Duplicates"),
            ),
            MenuItem("crm.DuplicatePair", group=_("Duplicates")),
            MenuItem("crm.MergeRecord", group=_("Duplicates")),
            MenuItem("crm.DuplicateDecision", group=_("Duplicates")),
            MenuItem("crm.DuplicateRule", permission="crm.change_duplicaterule", group=_("Duplicates")),
            MenuItem("crm.Ticket"),
            MenuItem("crm.TicketRating"),
            MenuItem("crm.Pipeline", permission="crm.change_pipeline"),
            MenuItem("crm.StageCondition", permission="crm.change_stagecondition"),
            MenuItem(
                "crm:stage-probabilities",
                title=_("Win rates from history"),
                icon="history",
                permission="crm.calibrate_stage",
            ),
            MenuItem("crm.QuotationLimit", permission="crm.change_quotationlimit"),
            MenuItem("crm.Source", permission="crm.change_source"),
            MenuItem("crm.LostReason", permission="crm.change_lostreason"),
            MenuItem("crm.Pool", permission="crm.change_pool"),
            MenuItem("crm.Capacity", permission="crm.change_capacity"),
            MenuItem("crm.RecycleRule"),
            MenuItem("crm.AssignmentRule"),
            MenuItem("crm.AssignmentLog"),
            MenuItem("crm.Tag", permission="crm.change_tag"),
            MenuItem("crm.InsightRule", permission="crm.change_insightrule"),
            MenuItem("crm.DispatchRule", permission="crm.change_dispatchrule"),
            MenuItem("crm.SlaPolicy", permission="crm.change_slapolicy"),
            MenuItem("crm.ComplaintType", permission="crm.change_complainttype"),
        ),
        description=_("Leads, customers, opportunities, quotations, contracts and payments."),
        backfill=prepare_crm,
    )
)
