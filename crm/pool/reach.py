"""Whose pools are whose, and what of a pool's customers is kept from whom; conditions of one statement each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, F, Func, Q, QuerySet

from hrm.org.models import Employee
from hrm.org.selectors import departments_of

if TYPE_CHECKING:
    from crm.pool.models import Pool
    from suite.access.models import User

UNMASK = "crm.unmask_poolcustomer"


class _Unnest(Func):
    function = "unnest"
    set_returning = True


def departments_above(user: User) -> QuerySet[Any, Any]:
    """Return the keys of the departments that somebody belongs to and of those above."""
    return departments_of(user).annotate(above=_Unnest(F("path"))).values("above")


def _pools() -> QuerySet[Pool]:
    # Customers name their pools, so this stands below the models of both.
    found: QuerySet[Pool] = apps.get_model("crm", "Pool")._default_manager.all()
    return found


def pools_of(user: User) -> QuerySet[Pool]:
    """
    Return the active pools whose customers somebody may see and claim.

    Those are the pools somebody administers, those of their departments, and those of their company that name no
    department. Who belongs to no company in particular belongs to each.
    """
    pools = _pools().filter(is_active=True)
    if user.is_superuser:
        return pools
    works_for = Employee.objects.filter(user=user.pk, company__isnull=False).order_by()
    acts_for = user.companies.order_by()
    of_company = (
        Q(company__in=acts_for.values("pk"))
        | Q(company__in=works_for.values("company"))
        | (~Exists(acts_for.values("pk")) & ~Exists(works_for.values("pk")))
    )
    mine = pools.filter(Q(departments__in=departments_above(user)) | Q(administrators=user.pk)).order_by()
    return pools.filter(Q(pk__in=mine.values("pk")) | (of_company & Q(departments__isnull=True)))


def administered_by(user: User) -> QuerySet[Pool]:
    """Return the pools that somebody administers."""
    return _pools().filter(administrators=user.pk).order_by()


def sees_whole(user: User) -> bool:
    """Whether somebody sees customers of every pool whole."""
    return user.is_superuser or user.has_perm(UNMASK)


def pools_open_to(user: User, action: str) -> Q | None:
    """Condition for customers in pools that are somebody's."""
    return Q(pool__in=pools_of(user).order_by().values("pk"))


def _masked(user: User) -> QuerySet[Pool]:
    return _pools().exclude(hidden_fields=[]).exclude(pk__in=administered_by(user).values("pk")).order_by()


def withheld_customers(user: User, action: str) -> Q | None:
    """Condition for customers that are seen in their pool only, where what it hides is left out."""
    return None if sees_whole(user) else Q(pool__in=_masked(user).values("pk"))


def withheld_contacts(user: User, action: str) -> Q | None:
    """Condition for contacts of such customers."""
    return None if sees_whole(user) else Q(customer__pool__in=_masked(user).values("pk"))


def withheld_follow_ups(user: User, action: str) -> Q | None:
    """Condition for what others said to customers whose pool hides it."""
    if sees_whole(user):
        return None
    silent: Any = _masked(user).filter(hidden_fields__contains=["FOLLOW_UPS"])
    return Q(customer__pool__in=silent.values("pk")) & ~Q(owner=user.pk)
