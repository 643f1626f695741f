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
        ),
        description=_("Leads, customers, opportunities, quotations, contracts and payments."),
        backfill=prepare_crm,
    )
)
