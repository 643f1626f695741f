"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from suite.modules.registry import MenuItem, Module, registry

APPROVALS = pgettext_lazy("menu", "Approvals")

registry.add(
    Module(
        code="oa",
        title=_("Office collaboration"),
        short="OA",
        icon="messages",
        description=_("Approvals, requests, announcements and the calendar of the whole company."),
        menu=(MenuItem("oa:approvals", title=_("My approvals"), icon="checkup-list", group=APPROVALS),),
    )
)
