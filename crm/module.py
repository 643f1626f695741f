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
            MenuItem(
                "crm:forecast", title=_("Sales forecast"), icon="chart-histogram", permission="crm.view_opportunity"
            ),
            MenuItem("crm.Quotation"),
            MenuItem("crm.Contract"),
            MenuItem("crm.PaymentPlan"),
            MenuItem("crm.Receipt"),
            MenuItem("crm.FollowUp"),
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
        ),
        description=_("Leads, customers, opportunities, quotations, contracts and payments."),
        backfill=prepare_crm,
    )
)
