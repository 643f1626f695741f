"""Manifest of the organisation: the foundation that data scopes of every system stand on."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="hrm.org",
        title=_("Organisation"),
        icon="sitemap",
        menu=(
            MenuItem("hrm.Department", icon="sitemap"),
            MenuItem("hrm.Position", icon="id"),
            MenuItem("hrm.Employee", icon="users"),
            MenuItem("suite.User", icon="user-cog"),
            MenuItem(
                "access:roles", title=_("Roles and permissions"), permission="suite.view_role", icon="shield-lock"
            ),
            MenuItem("suite.AuditEntry", icon="history"),
        ),
        description=_("Departments, positions, employees, users and roles."),
        is_always_on=True,
    )
)
