"""
What a user may do, and how far.

Every request reads it with its user: which permissions the user's roles hold, as numbers, and how far these reach. What
that comes to is worked out once for as long as it is the same, for all users with the same roles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from django.contrib.auth.models import Permission
from django.db import connection
from psycopg import sql

from suite.access.choices import ScopeLevel

if TYPE_CHECKING:
    from suite.access.models import User

Reach = tuple[str, tuple[int, ...]]

# What the roles of the user ``u`` hold: roles with their permissions, and roles with object types and how far they
# reach.
HELD = """
    CASE WHEN {asked} THEN
        (SELECT string_agg(concat(g.group_id, ':', (
                    SELECT string_agg(p.permission_id::text, ',' ORDER BY p.permission_id)
                    FROM auth_group_permissions p WHERE p.group_id = g.group_id)), ';' ORDER BY g.group_id)
         FROM suite_user_groups g WHERE g.user_id = u.id) END,
    CASE WHEN {asked} THEN
        (SELECT string_agg(concat_ws(':', s.role_id, s.content_type_id, s.level, array_to_string(s.chosen, ',')), ';'
                           ORDER BY s.role_id, s.content_type_id)
         FROM suite_rolescope s JOIN suite_user_groups g ON g.group_id = s.role_id WHERE g.user_id = u.id) END
"""
# With the user it is asked of those alone to whom not everything is open anyway.
HELD_BY_OTHERS = HELD.format(asked="NOT u.is_superuser")
ASK = sql.SQL("SELECT {} FROM suite_user u WHERE u.id = %s").format(sql.SQL(HELD.format(asked="true"))).as_string(None)
# One for each set of roles that people have.
GRANTS_KEPT = 500


@dataclass(frozen=True, eq=False)
class Grants:
    """
    Reaches for each full permission name, e.g. ``{"crm.view_lead": {("OWN", ())}}``.

    Users with the same roles have the same one, so that what follows from it can be kept under it.
    """

    reaches: Mapping[str, frozenset[Reach]] = field(default_factory=dict)

    @cached_property
    def names(self) -> frozenset[str]:
        """Every permission that the user has on at least some rows."""
        return frozenset(self.reaches)

    def allows(self, permission: str) -> bool:
        """Whether the user has the permission on at least some rows."""
        return permission in self.reaches

    def how_far(self, permission: str) -> frozenset[Reach]:
        """How far the permission reaches, by each role that gives it; empty without it."""
        return self.reaches.get(permission, frozenset())


NOTHING = Grants()


def grants_of(user: User) -> Grants:
    """Return the grants of a user, kept on the instance."""
    kept: Grants | None = user.__dict__.get("_grants")
    if kept is None:
        kept = user.__dict__["_grants"] = _read(user)
    return kept


def bring(user: User, held: tuple[str | None, str | None]) -> None:
    """Give a user what :data:`HELD_BY_OTHERS` found."""
    if not user.is_superuser:
        user.__dict__["_held"] = held


def _read(user: User) -> Grants:
    if not user.is_active or user.is_anonymous:
        return NOTHING
    held = user.__dict__.get("_held")
    if held is None:
        with connection.cursor() as cursor:
            cursor.execute(ASK, [user.pk])
            held = cursor.fetchone() or (None, None)
    return _understood(*held)


@lru_cache(maxsize=GRANTS_KEPT)
def _understood(roles: str | None, scopes: str | None) -> Grants:
    far: dict[tuple[str, int], Reach] = {}
    for each in (scopes or "").split(";") if scopes else ():
        role, content_type, level, chosen = each.split(":")
        far[role, int(content_type)] = (level, tuple(map(int, chosen.split(","))) if chosen else ())
    reaches: dict[str, set[Reach]] = defaultdict(set)
    for each in roles.split(";") if roles else ():
        role, _colon, permissions = each.partition(":")
        for key in permissions.split(",") if permissions else ():
            known = _permission(int(key))
            if known is not None:
                name, kind = known
                reaches[name].add(far.get((role, kind), (ScopeLevel.OWN, ())))
    return Grants({name: frozenset(found) for name, found in reaches.items()})


# Full name and object type of each permission by its number, which never changes.
_permissions: dict[int, tuple[str, int]] = {}


def _permission(key: int) -> tuple[str, int] | None:
    if key not in _permissions:
        rows = Permission.objects.values_list("pk", "content_type__app_label", "codename", "content_type")
        _permissions.update({pk: (f"{app}.{codename}", kind) for pk, app, codename, kind in rows})
    return _permissions.get(key)


def model_permission(model: type, action: str) -> str:
    """Full name of a permission, e.g. ``crm.view_lead``."""
    meta = model._meta  # type: ignore[attr-defined]
    return f"{meta.app_label}.{action}_{meta.model_name}"
