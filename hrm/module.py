"""Manifest of human resources; the organisation itself is the module ``hrm.org`` and always on."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="hrm",
        title=_("Human resources"),
        short="HRM",
        icon="id-badge-2",
        stage=2,
        menu=(
            MenuItem("hrm:org-chart", title=_("Org chart"), permission="hrm.view_department", icon="sitemap"),
            MenuItem("hrm:headcount", title=_("Headcount plan"), permission="hrm.view_position", icon="users-group"),
            MenuItem("hrm.Reorganisation"),
            MenuItem("hrm.Handover"),
        ),
        description=_("Headcount, personnel files, working time and pay."),
    )
)
