"""
The roles that an installation starts with.

Every app says in its ``roles.py`` what each standard role may do with its object types: ``GRANTS`` maps a role code to
``{model label: (actions, data scope level)}``. ``ROLES`` there adds roles of its own: code → title.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction

from hrm.org.models import StandardRole
from suite.access.models import RoleScope, User
from suite.access.services import add_role_actions, define_role, set_role_grant
from suite.modules.registry import packages, registry

Grant = tuple[Iterable[str], str]


def role_titles() -> dict[str, Any]:
    """Return the title of every standard role by its code, in the order of declaration."""
    return {code: title for source in _sources() for code, title in getattr(source, "ROLES", {}).items()}


def role_grants() -> dict[str, dict[type[models.Model], Grant]]:
    """
    Return what each standard role may do, merged from all apps.

    :raises LookupError: when an app grants something to a role or on an object type that does not exist.
    """
    grants: dict[str, dict[type[models.Model], Grant]] = defaultdict(dict)
    known = role_titles()
    for source in _sources():
        declared: Mapping[str, Mapping[str, Grant]] = getattr(source, "GRANTS", {})
        if unknown := declared.keys() - known.keys():
            raise LookupError(f"{source.__name__} grants to unknown roles {sorted(unknown)}")
        for code, by_label in declared.items():
            grants[code].update({apps.get_model(label): grant for label, grant in by_label.items()})
    return dict(grants)


@transaction.atomic
def create_default_roles(*, actor: User | None, at: datetime) -> dict[str, Group]:
    """
    Create the standard roles, named in the active language, and return them by code.

    Run again, it adds roles, object types and actions that came since and leaves alone what an administrator changed or
    deleted.

    :raises InvalidInput: when an app grants an action that an object type does not have.
    """
    grants = role_grants()
    known = {each.code: each for each in StandardRole.objects.select_related("role")}
    roles = {}
    for code, title in role_titles().items():
        wanted = grants.get(code, {})
        standard = known.get(code)
        if standard is not None and standard.role is None:
            continue
        role = (
            standard.role
            if standard is not None
            else Group.objects.filter(name=str(title), standard__isnull=True).first()
        )
        if role is None:
            role = define_role(name=str(title), grants=wanted, actor=actor, at=at)
        else:
            shipped = standard.shipped if standard is not None else ()
            _add_missing(role, wanted, shipped, actor=actor, at=at)
        roles[code] = role
        StandardRole.objects.update_or_create(code=code, defaults={"role": role, "shipped": _codes(wanted)})
    return roles


def _add_missing(
    role: Group,
    wanted: Mapping[type[models.Model], Grant],
    shipped: Collection[str],
    *,
    actor: User | None,
    at: datetime,
) -> None:
    """Add object types that the role does not know, and actions that the suite did not have when it last shipped it."""
    have = set(RoleScope.objects.filter(role=role).values_list("content_type", flat=True))
    types = ContentType.objects.get_for_models(*wanted, for_concrete_models=False)
    granted = set(role.permissions.values_list("content_type", "codename"))
    in_use = {content_type for content_type, _codename in granted}
    for model, (actions, level) in wanted.items():
        key = types[model].pk
        if key not in have:
            set_role_grant(role=role, model=model, actions=actions, level=level, actor=actor, at=at)
            continue
        codes = {action: _code(model, action) for action in actions}
        fresh = [action for action, code in codes.items() if shipped and code not in shipped]
        fresh = [action for action in fresh if (key, codes[action].partition(".")[2]) not in granted]
        # Where an administrator took everything away, nothing new comes either.
        if fresh and key in in_use:
            add_role_actions(role=role, model=model, actions=fresh, actor=actor, at=at)


def _codes(wanted: Mapping[type[models.Model], Grant]) -> list[str]:
    return sorted(_code(model, action) for model, (actions, _level) in wanted.items() for action in actions)


def _code(model: type[models.Model], action: str) -> str:
    return f"{model._meta.app_label}.{action}_{model._meta.model_name}"


def _sources() -> list[Any]:
    roots = dict.fromkeys(module.code.partition(".")[0] for module in registry.modules.values())
    names = [name for root in roots for name in packages(root)]
    return [import_module(f"{name}.roles") for name in names if find_spec(f"{name}.roles") is not None]
