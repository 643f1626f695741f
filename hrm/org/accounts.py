"""The accounts of the staff: opening, changing, ending, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.translation import gettext as _

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from suite.access import services as access
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.masters.models import Company


@transaction.atomic
def link_employee_user(*, employee: Employee, user: User | None, actor: User | None, at: datetime) -> Employee:
    """
    Say which account is whose, or that somebody has none; the account may work for the employee's company.

    :raises InvalidInput: for a portal account, or one that belongs to somebody else.
    """
    locked = Employee.objects.lock(employee)
    if user is not None:
        if user.is_portal:
            raise InvalidInput(_("A portal account cannot belong to an employee."), field="user")
        other = Employee.objects.filter(user=user).exclude(pk=locked.pk).first()
        if other is not None:
            raise InvalidInput(_("This account belongs to %(person)s.") % {"person": other}, field="user")
        user.companies.add(locked.company)
    locked.user = user
    locked.save(update_fields=["user"])
    return locked


@transaction.atomic
def create_staff_user(
    *,
    employee: Employee,
    username: str,
    actor: User | None,
    at: datetime,
    password: str | None = None,
    roles: Iterable[Group] = (),
) -> User:
    """
    Open an account for an employee with their name, mail address and company.

    :raises WrongState: when they have one already or have left.
    :raises InvalidInput: when the user name is taken.
    :raises ValidationError: when the password is too weak.
    """
    locked = Employee.objects.lock(employee)
    if locked.user_id is not None:
        raise WrongState(_("%(person)s has an account already.") % {"person": locked})
    if locked.status == EmployeeStatus.LEFT:
        raise WrongState(_("%(person)s has left.") % {"person": locked})
    user = access.create_user(
        username=username,
        full_name=locked.name,
        password=password,
        email=locked.email,
        phone=locked.phone,
        roles=roles,
        actor=actor,
        at=at,
    )
    link_employee_user(employee=locked, user=user, actor=actor, at=at)
    return user


@transaction.atomic
def create_account(
    *,
    username: str,
    full_name: str,
    actor: User | None,
    at: datetime,
    password: str | None = None,
    employee: Employee | None = None,
    **fields: Any,
) -> User:
    """
    Open an account of the staff, of an employee or of nobody in particular.

    :param fields: email, phone, language, companies, roles.
    :raises InvalidInput: when the user name is taken, or the employee has an account already.
    :raises ValidationError: when the password is too weak.
    """
    user = access.create_user(username=username, full_name=full_name, password=password, actor=actor, at=at, **fields)
    if employee is not None:
        if employee.user_id is not None:
            raise InvalidInput(_("%(person)s has an account already.") % {"person": employee}, field="employee")
        link_employee_user(employee=employee, user=user, actor=actor, at=at)
    return user


@transaction.atomic
def update_account(
    *,
    user: User,
    full_name: str,
    email: str,
    phone: str,
    companies: Iterable[Company],
    actor: User | None,
    at: datetime,
) -> User:
    """
    Change the name and addresses of an account and the companies it works for.

    :raises NotAllowed: for an administrator's account, unless the actor is one too.
    """
    locked = _lock(user, actor)
    before = sorted(str(each) for each in locked.companies.all())
    locked.full_name, locked.email, locked.phone = full_name, email, phone
    locked.save(update_fields=["full_name", "email", "phone"])
    locked.companies.set(companies)
    after = sorted(str(each) for each in locked.companies.all())
    details = {"full_name": full_name, "email": email, "companies": {"before": before, "after": after}}
    record(AuditKind.USER, actor=actor, at=at, subject=locked.username, details=details)
    return locked


def set_account_roles(*, user: User, roles: Iterable[Group], actor: User | None, at: datetime) -> User:
    """
    Give an account exactly these roles.

    :raises NotAllowed: for a portal account, or an administrator's unless the actor is one too.
    """
    with transaction.atomic():
        return access.set_user_roles(user=_lock(user, actor), roles=roles, actor=actor, at=at)


def deactivate_account(*, user: User, actor: User | None, at: datetime) -> User:
    """
    End all sessions and tokens of an account and let nobody sign in with it any more.

    :raises NotAllowed: for one's own account, or an administrator's unless the actor is one too.
    """
    with transaction.atomic():
        return access.deactivate_user(user=_lock(user, actor), actor=actor, at=at)


def reactivate_account(*, user: User, actor: User | None, at: datetime) -> User:
    """
    Let somebody sign in again; earlier sessions stay ended.

    :raises WrongState: for the account of somebody who has left.
    :raises NotAllowed: for an administrator's account, unless the actor is one too.
    """
    with transaction.atomic():
        locked = _lock(user, actor)
        if Employee.objects.filter(user=locked, status=EmployeeStatus.LEFT).exists():
            raise WrongState(_("%(person)s has left.") % {"person": locked})
        return access.reactivate_user(user=locked, actor=actor, at=at)


@transaction.atomic
def set_account_password(*, user: User, password: str, actor: User | None, at: datetime) -> User:
    """
    Set a new password and end all sessions.

    :param password: has been checked for strength.
    :raises NotAllowed: for an administrator's account, unless the actor is one too.
    """
    locked = _lock(user, actor)
    locked.set_password(password)
    locked.sessions_valid_from = at
    locked.save(update_fields=["password", "sessions_valid_from"])
    record(AuditKind.PASSWORD, actor=actor, at=at, subject=locked.username, details={"by": "administrator"})
    return locked


def _lock(user: User, actor: User | None) -> User:
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.is_superuser and actor is not None and not actor.is_superuser:
        raise NotAllowed(_("Only an administrator may change the account of an administrator."))
    return locked
