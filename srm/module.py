"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="srm",
        title=_("Supply"),
        short="SRM",
        icon="truck-loading",
        stage=6,
        needs=("erp",),
        description=_("Supplier selection, the supplier portal, delivery and price performance."),
        has_content=False,
    )
)
