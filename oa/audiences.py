"""For whom a row is meant: everybody, or the people of chosen departments and roles, and single persons."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.db.models import BigIntegerField, F, Func, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department, Employee
from hrm.org.selectors import departments_of, subtree
from suite.access.choices import UserKind
from suite.access.models import User
from suite.core.models import Model
from suite.masters.models import Company

PARTS = ("departments", "roles", "people")


class Unnest(Func):
    """The elements of an array as rows."""

    function = "unnest"
    set_returning = True
    output_field = BigIntegerField()


class Addressed(Model):
    """A row that is meant for an audience; without any part of one it is meant for nobody."""

    company = models.ForeignKey(
        Company,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("company"),
        help_text=_("Whose people “everybody” means; empty: those of all companies."),
    )
    for_everybody = models.BooleanField(_("for everybody"), default=False)
    departments = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("departments"), help_text=_("With all below them.")
    )
    roles = models.ManyToManyField(Group, blank=True, related_name="+", verbose_name=_("roles"))
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("single persons")
    )

    class Meta:
        abstract = True


def departments_above(user: User) -> QuerySet[Any]:
    """Keys of the departments that a user belongs to or heads, and of all above them."""
    return departments_of(user).annotate(key=Unnest(F("path"))).values("key")


def addressed_to(model: type[models.Model], user: User) -> Q:
    """The rows of a model whose audience a user belongs to."""
    own = Employee.objects.filter(user=user.pk).values("company")
    everybody = Q(for_everybody=True) & (Q(company__isnull=True) | Q(company__in=own))
    return everybody | named(model, user, *PARTS)


def named(model: type[models.Model], user: User, departments: str, roles: str, people: str) -> Q:
    """The rows that name a user, a role of theirs or a department of theirs in the given relations."""
    return (
        Q(pk__in=_holders(model, departments, departments_above(user)))
        | Q(pk__in=_holders(model, roles, user.groups.values("pk")))
        | Q(pk__in=_holders(model, people, [user.pk]))
    )


def addressees(row: Any) -> QuerySet[User]:
    """The colleagues with an account that a row is meant for; the counterpart of :func:`addressed_to`."""
    staff = User.objects.filter(is_active=True, kind=UserKind.STAFF).order_by()
    if row.for_everybody and row.company_id is None:
        return staff
    below = subtree(row.departments.all())
    working = Q(employee__department__in=below.values("pk")) | Q(employee__pk__in=below.values("head"))
    member = Q(pk__in=User.groups.through.objects.filter(group__in=row.roles.values("pk")).values("user"))
    found = working | member | Q(pk__in=row.people.values("pk"))
    if row.for_everybody:
        found |= Q(employee__company=row.company_id)
    return staff.filter(found)


def has_audience(row: Any) -> bool:
    """Whether a stored row is meant for anybody at all."""
    return bool(row.for_everybody) or any(getattr(row, part).exists() for part in PARTS)


def set_audience(row: Any, values: dict[str, Any]) -> None:
    """Store the departments, roles and people among the values."""
    for name, chosen in values.items():
        getattr(row, name).set(chosen)


def copy_audience(source: Any, target: Any) -> None:
    """Give a row the departments, roles and people of another one."""
    for part in PARTS:
        getattr(target, part).set(getattr(source, part).all())


def _holders(model: type[models.Model], name: str, keys: Any) -> QuerySet[Any]:
    field: Any = model._meta.get_field(name)
    through = field.remote_field.through._default_manager
    return through.filter(**{f"{field.m2m_reverse_field_name()}__in": keys}).values(field.m2m_field_name())  # type: ignore[no-any-return]
