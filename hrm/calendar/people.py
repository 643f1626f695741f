"""Whose working time somebody may see or change."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from hrm.org.models import Employee
from suite.access.choices import ScopeLevel
from suite.access.grants import grants_of, model_permission
from suite.access.models import User
from suite.access.restrict import org_reach


def people_within(user: Any, model: type[models.Model], action: str = "view") -> QuerySet[Employee]:
    """
    Return the people whose rows of an object type a user reaches; for pages that show people without any row too.

    It covers what :func:`suite.access.restrict.restrict` does for rows of the model that belong to an employee.
    """
    people = Employee.objects.all()
    if user.is_superuser:
        return people
    reaches = grants_of(user).how_far(model_permission(model, action))
    if any(level == ScopeLevel.ALL for level, _chosen in reaches):
        return people
    conditions = [_condition(user, level, chosen) for level, chosen in sorted(reaches)]
    return people.filter(reduce(or_, conditions)) if conditions else people.none()


def signed_in(request: HttpRequest) -> User:
    """
    Return the person of a request that ``login_required`` let through.

    :raises PermissionDenied: when nobody is signed in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def only_own(user: Any, model: type[models.Model], action: str = "add") -> bool:
    """Whether a user may do this for nobody else."""
    if user is None or user.is_superuser:
        return False
    reaches = grants_of(user).how_far(model_permission(model, action))
    return all(level == ScopeLevel.OWN for level, _chosen in reaches)


def _condition(user: Any, level: str, chosen: tuple[int, ...]) -> Q:
    if level == ScopeLevel.OWN:
        return Q(user=user.pk)
    if level == ScopeLevel.COMPANY:
        return Q(company__in=user.companies.values("pk"))
    covered = org_reach(user, level, chosen)
    return Q(user__in=covered.users) | Q(department__in=covered.departments)
