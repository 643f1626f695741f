"""
``restrict()``: the one filter between a user and rows.

A row is reachable when the user has the permission and either a data scope of one of the roles that give
it covers the row, or the row was shared with the user or one of the user's roles (django-guardian), or it says itself
that it is meant for the user; and the row does not say that it is kept from the user.
Pages, API, exports, choices in forms, search and figures all pass through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from suite.access.choices import ScopeLevel
from suite.access.grants import Reach, grants_of, model_permission
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.reading import STAND_IN
from suite.hooks import Hook

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class OrgReach:
    """The users and departments that a scope level covers: each is a subquery or a list of keys."""

    users: Any
    departments: Any


@Hook
def org_reach(user: User, level: str, chosen: tuple[int, ...]) -> OrgReach:
    """
    Who belongs to a scope of a user; without an organisation only the user.

    The answer follows from the key of the user, the level and the chosen departments alone, and reads nothing.
    """
    return OrgReach(users=[user.pk], departments=[])


def restrict(queryset: QuerySet[M], *, user: Any, action: str = "view") -> QuerySet[M]:
    """
    Return the rows of ``queryset`` on which ``user`` may do ``action``.

    :param action: ``view``, ``change``, ``delete``, ``export`` or the name of an action permission.
    """
    if not getattr(user, "is_active", False):
        return queryset.none()
    if user.is_superuser:
        return queryset
    permission = model_permission(queryset.model, action)
    reaches = grants_of(user).how_far(permission)
    if not reaches:
        return queryset.none()
    paths: ScopePaths | None = getattr(queryset.model, "scope", None)
    if user.is_portal:
        if paths is None or paths.party is None:
            return queryset.none()
        return queryset.filter(Q(**{paths.party: user.party_id}))
    withheld = paths.withheld(user, action) if paths is not None and paths.withheld is not None else None
    if withheld is not None:
        queryset = queryset.exclude(withheld)
    if paths is None or any(level == ScopeLevel.ALL for level, _ in reaches):
        return queryset
    conditions = [_reach_condition(user, reach, paths) for reach in sorted(reaches)]
    shared = _shared(queryset.model, user, permission)
    if shared is not None:
        conditions.append(shared)
    addressed = paths.addressed(user, action) if paths.addressed is not None else None
    if addressed is not None:
        conditions.append(addressed)
    return queryset.filter(reduce(or_, conditions))


def stand_in(user: User) -> User:
    """
    Return somebody who may do what a member of staff may, with a key that nobody has.

    A statement composed for them is that of every user with the same permissions, once the key is put in (see
    :func:`suite.core.reading.put_in`).
    """
    other = User(pk=STAND_IN, is_active=user.is_active, is_superuser=user.is_superuser, kind=user.kind)
    other.__dict__["_grants"] = grants_of(user)
    return other


def can_reach(obj: Model, *, user: Any, action: str = "view") -> bool:
    """Whether one row passes :func:`restrict`."""
    return restrict(type(obj)._default_manager.filter(pk=obj.pk), user=user, action=action).exists()


def _reach_condition(user: User, reach: Reach, paths: ScopePaths) -> Q:
    level, chosen = reach
    nothing = Q(pk__in=[])
    if level == ScopeLevel.COMPANY:
        if paths.company is None:
            return nothing
        return Q(**{f"{paths.company}__in": user.companies.values("pk")})
    conditions = nothing
    if level == ScopeLevel.OWN:
        return Q(**{paths.owner: user.pk}) if paths.owner else nothing
    covered = org_reach(user, level, chosen)
    if paths.owner:
        conditions |= Q(**{f"{paths.owner}__in": covered.users})
    if paths.department:
        conditions |= Q(**{f"{paths.department}__in": covered.departments})
    return conditions


def _shared(model: type[Model], user: User, permission: str) -> Q | None:
    """Condition for rows shared through the direct foreign-key tables of django-guardian."""
    codename = permission.split(".", 1)[1]
    conditions = []
    for relation in model._meta.related_objects:
        related = relation.related_model
        if not getattr(related, "is_share_of", False) or isinstance(related, str):
            continue
        rows = related._default_manager.filter(permission__codename=codename)
        holder = {"user": user.pk} if hasattr(related, "user_id") else {"group__user": user.pk}
        conditions.append(Q(pk__in=rows.filter(**holder).values("content_object")))
    return reduce(or_, conditions) if conditions else None
