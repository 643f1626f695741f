"""What the organisation answers to the kernel."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hrm.org.models import Department
from hrm.org.selectors import departments_of, subtree
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.restrict import OrgReach, org_reach


@org_reach.provide
def reach_in_organisation(user: User, level: str, chosen: tuple[int, ...]) -> OrgReach:
    """
    Return the people and departments that a data scope of a user covers.

    DEPARTMENT: the one the user works in and those they head; DEPARTMENT_TREE: these and all below them; CHOSEN:
    exactly the chosen ones. Every level covers the user as well, so that a wider one never reaches less than OWN.
    """
    keys = _departments(user, level, chosen).values("pk")
    users = User.objects.filter(Q(pk=user.pk) | Q(employee__department__in=keys)).order_by()
    return OrgReach(users=users.values("pk"), departments=keys)


def _departments(user: User, level: str, chosen: tuple[int, ...]) -> QuerySet[Department]:
    if level == ScopeLevel.CHOSEN:
        return Department.objects.filter(pk__in=chosen).order_by()
    if level == ScopeLevel.DEPARTMENT_TREE:
        return subtree(departments_of(user))
    return departments_of(user)
