"""Creating, renaming and removing roles; what they grant is :mod:`hrm.org.matrix`."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from hrm.org.errors import StillInUse
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.models import User
from suite.core.errors import InvalidInput


@transaction.atomic
def create_role(*, name: str, actor: User | None, at: datetime) -> Group:
    """
    Add a role that may do nothing yet.

    :raises InvalidInput: when the name is taken.
    """
    role, is_new = Group.objects.get_or_create(name=name)
    if not is_new:
        raise InvalidInput(_("There is a role with this name already."), field="name")
    record(AuditKind.ROLE, actor=actor, at=at, subject=name, details={"created": True})
    return role


@transaction.atomic
def rename_role(*, role: Group, name: str, actor: User | None, at: datetime) -> Group:
    """
    Give a role another name.

    :raises InvalidInput: when the name is taken.
    """
    locked = Group.objects.select_for_update().get(pk=role.pk)
    if locked.name == name:
        return locked
    if Group.objects.filter(name=name).exists():
        raise InvalidInput(_("There is a role with this name already."), field="name")
    before, locked.name = locked.name, name
    locked.save(update_fields=["name"])
    record(AuditKind.ROLE, actor=actor, at=at, subject=name, details={"renamed_from": before})
    return locked


@transaction.atomic
def delete_role(*, role: Group, actor: User | None, at: datetime) -> None:
    """
    Remove a role.

    :raises StillInUse: while anybody has it.
    """
    locked = Group.objects.select_for_update().get(pk=role.pk)
    if locked.user_set.exists():
        raise StillInUse(_("Take the role from everybody who has it first."))
    locked.delete()
    record(AuditKind.ROLE, actor=actor, at=at, subject=role.name, details={"deleted": True})
