"""Permissions of every object type, created after migrate from what its PageSet declares."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core import checks

from suite.pages.registry import pagesets

# What an action part of a permission is called on screen; others are named by their action's label.
STANDARD = frozenset({"view", "add", "change", "delete", "export", "import", "view_sensitive"})


def create_permissions(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """Create the permissions that are missing, in two statements for all object types of an app."""
    mine = [p for p in pagesets(enabled_only=False) if p.app_label == getattr(sender, "label", None)]
    if not mine:
        return
    wanted: list[Permission] = []
    for pageset in mine:
        content_type = ContentType.objects.db_manager(using).get_for_model(pageset.model, for_concrete_model=False)
        for action in pageset.permission_actions():
            codename = f"{action}_{pageset.name}"
            wanted.append(Permission(content_type=content_type, codename=codename, name=codename.replace("_", " ")))
    Permission.objects.using(using).bulk_create(wanted, ignore_conflicts=True)


def check_actions(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start with an action without permission, or two of one name on one object type."""
    faults: list[checks.CheckMessage] = []
    for pageset in pagesets(enabled_only=False):
        slugs = [a.slug for a in pageset.all_actions()]
        for action in pageset.all_actions():
            if not action.permission:
                faults.append(
                    checks.Error(f"{pageset.model._meta.label}: {action.slug} has no permission", id="suite.E001")
                )
        for slug in {s for s in slugs if slugs.count(s) > 1}:
            faults.append(checks.Error(f"{pageset.model._meta.label}: two actions {slug}", id="suite.E002"))
    return faults
