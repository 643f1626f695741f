"""Manifest of the adoption path."""

from django.utils.translation import gettext_lazy as _

from suite.modules.registry import MenuItem, Module, registry

registry.add(
    Module(
        code="rollout",
        title=_("Rollout path"),
        icon="route-2",
        menu=(MenuItem("rollout:index", title=_("Rollout path"), permission="rollout.view_stage", icon="route-2"),),
        description=_("One system after another, each when the data says so."),
        is_always_on=True,
    )
)
