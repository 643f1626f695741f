"""What the organisation answers to the kernel."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet

from hrm.org.models import Department
from hrm.org.selectors import departments_of, subtree
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.restrict import OrgReach, org_reach
from suite.core.reading import Composed


@org_reach.provide
def reach_in_organisation(user: User, level: str, chosen: tuple[int, ...]) -> OrgReach:
    """
    Return the people and departments that a data scope of a user covers.

    DEPARTMENT: the one the user works in and those they head; DEPARTMENT_TREE: these and all below them; CHOSEN:
    exactly the chosen ones. Every level covers the user as well, so that a wider one never reaches less than OWN.
    """
    users, departments = _covered(level, chosen)
    return OrgReach(users=users(user.pk), departments=departments(user.pk))


@lru_cache(maxsize=200)
def _covered(level: str, chosen: tuple[int, ...]) -> tuple[Composed, Composed]:
    """The keys of the people and of the departments, by the key of the user."""

    def departments(key: int) -> QuerySet[Any, Any]:
        return _departments(User(pk=key), level, chosen).values("pk")

    def people(key: int) -> QuerySet[Any, Any]:
        found = User.objects.filter(Q(pk=key) | Q(employee__department__in=departments(key)))
        return found.order_by().values("pk")

    return Composed(people), Composed(departments)


def _departments(user: User, level: str, chosen: tuple[int, ...]) -> QuerySet[Department]:
    if level == ScopeLevel.CHOSEN:
        return Department.objects.filter(pk__in=chosen).order_by()
    if level == ScopeLevel.DEPARTMENT_TREE:
        return subtree(departments_of(user))
    return departments_of(user)
