"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="qms",
        title=_("Quality"),
        short="QMS",
        icon="microscope",
        stage=7,
        needs=("erp",),
        description=_("Inspection, nonconformance, corrective action and lot tracing."),
        has_content=False,
    )
)
