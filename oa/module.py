"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import Module, registry

registry.add(
    Module(
        code="oa",
        title=_("Office collaboration"),
        short="OA",
        icon="messages",
        description=_("Approvals, requests, announcements and the calendar of the whole company."),
        has_content=False,
    )
)
