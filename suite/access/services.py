"""Users, roles, sharing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.translation import gettext as _

from suite.access.audit import record
from suite.access.choices import AuditKind, ScopeLevel, UserKind
from suite.access.models import RoleScope, User
from suite.core.errors import InvalidInput, NotAllowed


@transaction.atomic
def create_user(
    *, username: str, full_name: str, password: str | None, actor: User | None, at: datetime, **fields: Any
) -> User:
    """
    Create a staff or portal user; without a password the user signs in after a reset.

    :raises InvalidInput: when the name is taken.
    :raises ValidationError: when the password is too weak.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise InvalidInput(_("This user name is taken."), field="username")
    roles = fields.pop("roles", ())
    companies = fields.pop("companies", ())
    user = User(username=username, full_name=full_name, **fields)
    if password:
        validate_password(password, user)
        user.set_password(password)
    else:
        user.set_unusable_password()
    user.save()
    user.groups.set(roles)
    user.companies.set(companies)
    record(AuditKind.USER, actor=actor, at=at, subject=username, details={"created": True})
    return user


@transaction.atomic
def set_user_roles(*, user: User, roles: Iterable[Group], actor: User | None, at: datetime) -> User:
    """
    Give the user exactly these roles.

    :raises NotAllowed: when a portal user would get a role.
    """
    chosen = list(roles)
    if user.is_portal and chosen:
        raise NotAllowed(_("A portal user cannot have a role of the staff."))
    before = sorted(user.groups.values_list("name", flat=True))
    user.groups.set(chosen)
    after = sorted(role.name for role in chosen)
    record(AuditKind.ROLE, actor=actor, at=at, subject=user.username, details={"before": before, "after": after})
    return user


@transaction.atomic
def deactivate_user(*, user: User, actor: User | None, at: datetime) -> User:
    """End all sessions and tokens of a user and let nobody sign in as them any more."""
    if actor is not None and user.pk == actor.pk:
        raise NotAllowed(_("You cannot deactivate yourself."))
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_active = False
    locked.sessions_valid_from = at
    locked.save(update_fields=["is_active", "sessions_valid_from"])
    locked.auth_token_set.all().delete()  # type: ignore[attr-defined]
    record(AuditKind.USER, actor=actor, at=at, subject=user.username, details={"active": False})
    return locked


@transaction.atomic
def reactivate_user(*, user: User, actor: User | None, at: datetime) -> User:
    """Let the user sign in again; earlier sessions stay ended."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    record(AuditKind.USER, actor=actor, at=at, subject=user.username, details={"active": True})
    return locked


@transaction.atomic
def define_role(
    *,
    name: str,
    grants: Mapping[type[models.Model], tuple[Iterable[str], str]],
    actor: User | None,
    at: datetime,
) -> Group:
    """
    Create a role or replace what it grants.

    :param grants: for each model the actions (``view``, ``add``, …) and the data scope level.
    :raises InvalidInput: for an action that the model does not have.
    """
    role, _created = Group.objects.get_or_create(name=name)
    types = ContentType.objects.get_for_models(*grants, for_concrete_models=False)
    wanted = {
        (types[model].pk, f"{action}_{model._meta.model_name}")
        for model, (acts, _l) in grants.items()
        for action in acts
    }
    permissions = _permissions(wanted)
    role.permissions.set(permissions)
    role.scopes.all().delete()
    RoleScope.objects.bulk_create(
        RoleScope(role=role, content_type=types[model], level=level) for model, (_a, level) in grants.items()
    )
    record(AuditKind.ROLE, actor=actor, at=at, subject=name, details={"permissions": sorted(c for _t, c in wanted)})
    return role


def _permissions(wanted: set[tuple[int, str]]) -> list[Permission]:
    types, codes = {content_type for content_type, _code in wanted}, {code for _type, code in wanted}
    near = Permission.objects.filter(content_type__in=types, codename__in=codes).order_by()
    found = [each for each in near if (each.content_type_id, each.codename) in wanted]
    missing = wanted - {(p.content_type_id, p.codename) for p in found}
    if missing:
        raise InvalidInput(f"unknown permissions: {sorted(code for _t, code in missing)}")
    return found


@transaction.atomic
def set_role_grant(
    *,
    role: Group,
    model: type[models.Model],
    actions: Iterable[str],
    level: str,
    chosen: Iterable[int] = (),
    actor: User | None,
    at: datetime,
) -> None:
    """Replace what a role grants on one object type."""
    content_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    wanted = {(content_type.pk, f"{action}_{model._meta.model_name}") for action in actions}
    permissions = _permissions(wanted)
    role.permissions.remove(*role.permissions.filter(content_type=content_type))
    role.permissions.add(*permissions)
    RoleScope.objects.update_or_create(
        role=role,
        content_type=content_type,
        defaults={"level": level, "chosen": list(chosen) if level == ScopeLevel.CHOSEN else []},
    )
    details = {"model": model._meta.label, "permissions": sorted(c for _t, c in wanted), "level": level}
    record(AuditKind.ROLE, actor=actor, at=at, subject=role.name, details=details)


@transaction.atomic
def add_role_actions(
    *, role: Group, model: type[models.Model], actions: Iterable[str], actor: User | None, at: datetime
) -> None:
    """
    Let a role do more on an object type, with the data scope that it has there.

    :raises InvalidInput: for an action that the model does not have.
    """
    content_type = ContentType.objects.get_for_model(model, for_concrete_model=False)
    wanted = {(content_type.pk, f"{action}_{model._meta.model_name}") for action in actions}
    role.permissions.add(*_permissions(wanted))
    details = {"model": model._meta.label, "added": sorted(code for _t, code in wanted)}
    record(AuditKind.ROLE, actor=actor, at=at, subject=role.name, details=details)


@transaction.atomic
def share_row(*, row: models.Model, user: User, actions: Iterable[str], actor: User, at: datetime) -> None:
    """
    Let a colleague do ``actions`` on one row (collaborator 协作人); an empty list ends the sharing.

    :raises NotAllowed: for a portal user.
    """
    from guardian.shortcuts import assign_perm, get_user_perms, remove_perm

    if user.kind != UserKind.STAFF:
        raise NotAllowed(_("Rows are shared with colleagues only."))
    wanted = {f"{action}_{row._meta.model_name}" for action in actions}
    have = set(get_user_perms(user, row))
    for codename in sorted(have - wanted):
        remove_perm(f"{row._meta.app_label}.{codename}", user, row)
    for codename in sorted(wanted - have):
        assign_perm(f"{row._meta.app_label}.{codename}", user, row)
    details = {"with": user.username, "permissions": sorted(wanted)}
    record(AuditKind.SHARE, actor=actor, at=at, subject=f"{row._meta.label} {row.pk}", details=details)
