"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="mes",
        title=_("Manufacturing"),
        short="MES",
        icon="settings-cog",
        stage=5,
        needs=("erp",),
        description=_("Work orders on the shop floor: dispatching, reporting and tracing."),
        has_content=False,
    )
)
