"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="erp",
        title=_("Business operations"),
        short="ERP",
        icon="building-store",
        stage=3,
        needs=(),
        description=_("Orders, purchasing, stock, production and finance in one set of books."),
        has_content=False,
    )
)
