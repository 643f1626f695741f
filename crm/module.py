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
            MenuItem("crm.Contact"),
            MenuItem("crm.Opportunity"),
            MenuItem("crm.Quotation"),
            MenuItem("crm.Contract"),
            MenuItem("crm.PaymentPlan"),
            MenuItem("crm.Receipt"),
            MenuItem("crm.FollowUp"),
            MenuItem("crm.Campaign"),
            MenuItem("crm.CampaignMember", permission="crm.change_campaign"),
            MenuItem(
                "crm:sales-targets", title=_("Sales targets"), permission="crm.view_targetpolicy", icon="target-arrow"
            ),
            MenuItem("metrics:reports", title=_("Reports"), permission="crm.view_contract", icon="report-analytics"),
            MenuItem("crm.Pipeline", permission="crm.change_pipeline"),
            MenuItem("crm.Source", permission="crm.change_source"),
            MenuItem("crm.LostReason", permission="crm.change_lostreason"),
            MenuItem("crm.Pool", permission="crm.change_pool"),
            MenuItem("crm.TargetPolicy", permission="crm.change_targetpolicy"),
        ),
        description=_("Leads, customers, opportunities, quotations, contracts and payments."),
        backfill=prepare_crm,
    )
)
