"""Turning modules on and off."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from suite.core.errors import DomainError, WrongState
from suite.core.text import listed
from suite.modules import state
from suite.modules.models import ModuleChange, ModuleState
from suite.modules.registry import registry

if TYPE_CHECKING:
    from suite.access.models import User


class ModuleDisabled(DomainError):
    """The module is off."""

    code = "module-disabled"
    status = 403


@transaction.atomic
def enable_module(*, code: str, actor: User | None, at: datetime, reason: str = "") -> ModuleChange:
    """
    Turn a module on and carry the running business over.

    :raises WrongState: when it is on already, has nothing to offer yet, or needs a module that is off.
    """
    module = registry.modules[code]
    row = _lock(code)
    if row.is_enabled or module.is_always_on:
        raise WrongState(_("%(module)s is on already.") % {"module": module.title})
    if not module.has_content:
        raise WrongState(_("%(module)s is not part of this version yet.") % {"module": module.title})
    missing = [registry.modules[need] for need in module.needs if not _is_on(need)]
    if missing:
        raise WrongState(_("Turn on first: %(modules)s.") % {"modules": listed(missing)})
    ModuleState.objects.filter(pk=row.pk).update(is_enabled=True, since=at)
    state.forget()
    result = module.backfill(actor=actor, at=at) if module.backfill else {}
    return ModuleChange.objects.create(code=code, is_enabled=True, reason=reason, result=result, actor=actor, at=at)


@transaction.atomic
def disable_module(*, code: str, actor: User | None, at: datetime, reason: str) -> ModuleChange:
    """
    Turn a module off; its data is kept.

    :raises WrongState: when it is off, belongs to the foundation, or another module that is on needs it.
    """
    module = registry.modules[code]
    row = _lock(code)
    if not row.is_enabled or module.is_always_on:
        raise WrongState(_("%(module)s cannot be turned off.") % {"module": module.title})
    blocking = [other for other in registry.dependants(code) if _is_on(other.code)]
    if blocking:
        raise WrongState(_("Turn off first: %(modules)s.") % {"modules": listed(blocking)})
    ModuleState.objects.filter(pk=row.pk).update(is_enabled=False, since=at)
    state.forget()
    return ModuleChange.objects.create(code=code, is_enabled=False, reason=reason, actor=actor, at=at)


def _lock(code: str) -> ModuleState:
    ModuleState.objects.bulk_create([ModuleState(code=name) for name in registry.modules], ignore_conflicts=True)
    # Every change locks all rows in one order: needs are judged on a state that cannot move.
    rows = {row.code: row for row in ModuleState.objects.select_for_update().order_by("pk")}
    return rows[code]


def _is_on(code: str) -> bool:
    return registry.modules[code].is_always_on or ModuleState.objects.filter(code=code, is_enabled=True).exists()
