"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="wms",
        title=_("Warehousing"),
        short="WMS",
        icon="building-warehouse",
        stage=4,
        needs=("erp",),
        description=_("Bins, putaway, picking and counting by scanner."),
        has_content=False,
    )
)
