"""Manifest of the kernel: what every installation has."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="suite",
        title=_("Basic data"),
        icon="database",
        is_always_on=True,
        menu=(
            MenuItem("suite.Item"),
            MenuItem("suite.Party"),
            MenuItem("suite.Company"),
            MenuItem("suite.Unit"),
            MenuItem("suite.Currency"),
            MenuItem("suite.TaxRate"),
            MenuItem("suite.PaymentTerms"),
            MenuItem("suite.WebhookSubscription"),
            MenuItem("suite.WebhookDelivery"),
        ),
    )
)
