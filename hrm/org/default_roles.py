"""
The roles that an installation starts with.

Every app says in its ``roles.py`` what each standard role may do with its object types: ``GRANTS`` maps a role code to
``{model label: (actions, data scope level)}``. ``ROLES`` there adds roles of its own: code → title.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
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
from suite.access.services import define_role, set_role_grant
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

    Run again, it adds roles and object types that came since and leaves what an administrator changed alone.

    :raises InvalidInput: when an app grants an action that an object type does not have.
    """
    grants = role_grants()
    roles = {each.code: each.role for each in StandardRole.objects.select_related("role")}
    for code, title in role_titles().items():
        wanted = grants.get(code, {})
        role = roles.get(code) or Group.objects.filter(name=str(title), standard__isnull=True).first()
        if role is None:
            role = define_role(name=str(title), grants=wanted, actor=actor, at=at)
        else:
            _add_missing(role, wanted, actor=actor, at=at)
        if code not in roles:
            roles[code] = StandardRole.objects.create(code=code, role=role).role
    return roles


def _add_missing(role: Group, wanted: Mapping[type[models.Model], Grant], *, actor: User | None, at: datetime) -> None:
    have = set(RoleScope.objects.filter(role=role).values_list("content_type", flat=True))
    types = ContentType.objects.get_for_models(*wanted, for_concrete_models=False)
    for model, (actions, level) in wanted.items():
        if types[model].pk not in have:
            set_role_grant(role=role, model=model, actions=actions, level=level, actor=actor, at=at)


def _sources() -> list[Any]:
    roots = dict.fromkeys(module.code.partition(".")[0] for module in registry.modules.values())
    names = [name for root in roots for name in packages(root)]
    return [import_module(f"{name}.roles") for name in names if find_spec(f"{name}.roles") is not None]
