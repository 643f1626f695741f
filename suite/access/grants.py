"""What a user may do, and how far: read once for each request, in two queries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.auth.models import Permission

from suite.access.choices import ScopeLevel

if TYPE_CHECKING:
    from suite.access.models import User

Reach = tuple[str, tuple[int, ...]]


@dataclass
class Grants:
    """Reaches for each full permission name, e.g. ``{"crm.view_lead": {("OWN", ())}}``."""

    reaches: dict[str, set[Reach]] = field(default_factory=dict)

    def allows(self, permission: str) -> bool:
        """Whether the user has the permission on at least some rows."""
        return permission in self.reaches


def grants_of(user: User) -> Grants:
    """Return the grants of a user, kept on the instance."""
    kept: Grants | None = getattr(user, "_grants", None)
    if kept is None:
        kept = _read(user)
        user._grants = kept  # type: ignore[attr-defined]
    return kept


def _read(user: User) -> Grants:
    from suite.access.models import RoleScope

    if not user.is_active or user.is_anonymous:
        return Grants()
    scopes: dict[tuple[int, int], Reach] = {
        (scope.role_id, scope.content_type_id): (scope.level, tuple(scope.chosen))
        for scope in RoleScope.objects.filter(role__user=user)
    }
    rows = Permission.objects.filter(group__user=user).values_list(
        "group", "content_type", "content_type__app_label", "codename"
    )
    reaches: dict[str, set[Reach]] = defaultdict(set)
    for role, content_type, app_label, codename in rows.iterator():
        reaches[f"{app_label}.{codename}"].add(scopes.get((role, content_type), (ScopeLevel.OWN, ())))
    return Grants(dict(reaches))


def model_permission(model: type, action: str) -> str:
    """Full name of a permission, e.g. ``crm.view_lead``."""
    meta = model._meta  # type: ignore[attr-defined]
    return f"{meta.app_label}.{action}_{meta.model_name}"
