"""The role matrix: what each role may do with each object type, and how far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hrm.org.default_roles import role_grants
from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope, User
from suite.access.services import set_role_grant
from suite.modules.registry import Module, registry
from suite.pages.registry import pagesets

# In the order in which they are shown.
USUAL = ("view", "add", "change", "delete", "export", "import", "view_sensitive", "view_phone", "manage")


@dataclass(frozen=True)
class ObjectType:
    """One row of the matrix: a model with the actions that can be granted on it."""

    model: type[models.Model]
    content_type: int
    module: Module
    actions: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return capfirst(str(self.model._meta.verbose_name_plural))

    @property
    def label(self) -> str:
        return str(self.model._meta.label)

    @property
    def has_scope(self) -> bool:
        """Whether its rows belong to somebody, so that a data scope means anything."""
        return getattr(self.model, "scope", None) is not None


@dataclass(frozen=True)
class Grant:
    """What one role may do with one object type."""

    actions: frozenset[str] = frozenset()
    level: str = ScopeLevel.OWN
    chosen: tuple[int, ...] = ()

    @property
    def level_label(self) -> str:
        return str(ScopeLevel(self.level).label)


def action_label(action: str) -> str:
    """Return the word for one of the usual actions, empty for another."""
    return {
        "view": _("View"),
        "add": _("Add"),
        "change": _("Change"),
        "delete": _("Delete"),
        "export": _("Export"),
        "import": _("Import"),
        "view_sensitive": _("See sensitive fields"),
        "view_phone": _("See phone numbers"),
        "manage": _("Manage"),
    }.get(action, "")


def object_types() -> list[ObjectType]:
    """Return every object type with its grantable actions: those with pages, and those that roles are granted on."""
    declared: dict[type[models.Model], tuple[Module, dict[str, str]]] = {}
    for pageset in pagesets(enabled_only=False):
        names = {each.permission: str(each.label) for each in reversed(pageset.all_actions())}
        names |= {code: str(label) for code, label in pageset.permissions.items()}
        actions = {each: _label(pageset.model, each, names) for each in pageset.permission_actions()}
        declared[pageset.model] = (pageset.module, actions)
    for model, granted in _granted_elsewhere(set(declared)).items():
        declared[model] = (registry.owner(model.__module__), {each: _label(model, each, {}) for each in granted})
    types = ContentType.objects.get_for_models(*declared, for_concrete_models=False)
    existing = _existing({each.pk for each in types.values()})
    found = []
    for model, (module, wanted) in declared.items():
        known = existing[types[model].pk]
        actions_there = [(code, label) for code, label in wanted.items() if f"{code}_{model._meta.model_name}" in known]
        found.append(ObjectType(model, types[model].pk, module, tuple(actions_there)))
    return sorted(found, key=lambda each: _place(each.module))


def _granted_elsewhere(known: set[type[models.Model]]) -> dict[type[models.Model], list[str]]:
    """The object types without pages that roles are granted on, with the actions granted, the usual ones first."""
    found: dict[type[models.Model], set[str]] = defaultdict(set)
    for grants in role_grants().values():
        for model, (actions, _level) in grants.items():
            if model not in known:
                found[model].update(actions)
    return {model: sorted(actions, key=lambda each: (_rank(each), each)) for model, actions in found.items()}


def _rank(action: str) -> int:
    return USUAL.index(action) if action in USUAL else len(USUAL)


def _label(model: type[models.Model], action: str, names: Mapping[str, str]) -> str:
    """The word for an action: the usual one, that of its button, or the name of its permission."""
    declared = {str(codename): str(name) for codename, name in model._meta.permissions}
    return action_label(action) or names.get(action) or declared.get(f"{action}_{model._meta.model_name}") or action


def _existing(content_types: set[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = Permission.objects.filter(content_type__in=content_types).order_by("pk")
    for content_type, codename in rows.values_list("content_type", "codename"):
        found[content_type].append(codename)
    return found


def _place(module: Module) -> tuple[int, int, str]:
    # Systems in their order, then what stands beside them, then the foundation.
    return (int(module.is_always_on), module.stage or 99, module.code)


def grants_of_roles(roles: Iterable[Group], rows: Sequence[ObjectType]) -> dict[int, dict[str, Grant]]:
    """Return for each role, by its key, what it may do with each object type, by its label, in two queries."""
    pks = [role.pk for role in roles]
    by_type = {each.content_type: each for each in rows}
    actions: dict[tuple[int, int], set[str]] = defaultdict(set)
    permissions = Permission.objects.filter(group__in=pks, content_type__in=by_type)
    for role, content_type, codename in permissions.values_list("group", "content_type", "codename"):
        name = f"_{by_type[content_type].model._meta.model_name}"
        actions[role, content_type].add(codename.removesuffix(name))
    scopes = {
        (scope.role_id, scope.content_type_id): scope
        for scope in RoleScope.objects.filter(role__in=pks, content_type__in=by_type)
    }
    found: dict[int, dict[str, Grant]] = {pk: {} for pk in pks}
    for (role, content_type), granted in actions.items():
        scope = scopes.get((role, content_type))
        level, chosen = (scope.level, tuple(scope.chosen)) if scope else (str(ScopeLevel.OWN), ())
        found[role][by_type[content_type].label] = Grant(frozenset(granted), level, chosen)
    return found


@transaction.atomic
def save_grants(*, role: Group, wanted: Mapping[str, Grant], actor: User | None, at: datetime) -> list[str]:
    """
    Make a role grant exactly what is wanted on the given object types; return the labels of those that changed.

    :param wanted: by label of the object type; actions that it does not have are ignored.
    """
    Group.objects.select_for_update().get(pk=role.pk)
    rows = object_types()
    current = grants_of_roles([role], rows)[role.pk]
    changed = []
    for each in rows:
        if each.label not in wanted:
            continue
        known = frozenset(code for code, _label in each.actions)
        after, before = wanted[each.label], current.get(each.label, Grant())
        actions = after.actions & known
        if actions == before.actions & known and (
            not actions or (after.level, set(after.chosen)) == (before.level, set(before.chosen))
        ):
            continue
        set_role_grant(
            role=role,
            model=each.model,
            actions=actions,
            level=after.level,
            chosen=after.chosen,
            actor=actor,
            at=at,
        )
        changed.append(each.label)
    return changed


def grants_from_post(data: Any, rows: Iterable[ObjectType]) -> dict[str, Grant]:
    """
    Read what a submitted matrix of one role wants: ``<label>`` actions, ``<label>.level``, ``<label>.chosen``.

    An object type whose rows belong to nobody is reached as a whole.
    """
    found = {}
    for each in rows:
        level = data.get(f"{each.label}.level", ScopeLevel.OWN) if each.has_scope else ScopeLevel.ALL
        chosen = tuple(sorted(int(pk) for pk in data.getlist(f"{each.label}.chosen") if pk.isdecimal()))
        if level not in ScopeLevel.values:
            level = ScopeLevel.OWN
        found[each.label] = Grant(
            frozenset(data.getlist(each.label)), level, chosen if level == ScopeLevel.CHOSEN else ()
        )
    return found
