"""Whose rows somebody may see, and reports by the people and departments responsible."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.customers.models import Source
from hrm.org.models import Department
from suite.access.choices import ScopeLevel, UserKind
from suite.access.grants import grants_of
from suite.access.models import User
from suite.access.restrict import org_reach
from suite.metrics.reports import Asked, Filter, Line

PEOPLE = "employee__department"


@dataclass(frozen=True)
class Reach:
    """
    How far a permission of somebody goes.

    :param users: the colleagues it covers.
    :param departments: the departments that it covers whole.
    :param is_all: it covers everybody.
    :param is_own: it covers nobody else.
    """

    users: QuerySet[User]
    departments: QuerySet[Department]
    is_all: bool = False
    is_own: bool = False


def reach_of(user: Any, permission: str) -> Reach:
    """Return how far a permission goes: by the data scope of the roles that give it."""
    staff = User.objects.filter(kind=UserKind.STAFF).order_by()
    departments = Department.objects.order_by()
    if user.is_superuser:
        return Reach(staff, departments, is_all=True)
    reaches = grants_of(user).how_far(permission)
    if any(level == ScopeLevel.ALL for level, _chosen in reaches):
        return Reach(staff, departments, is_all=True)
    people, places = Q(pk__in=[]), Q(pk__in=[])
    for level, chosen in sorted(reaches):
        people |= Q(pk=user.pk)
        if level == ScopeLevel.COMPANY:
            people |= Q(employee__company__in=user.companies.values("pk"))
            places |= Q(company__in=user.companies.values("pk"))
        elif level != ScopeLevel.OWN:
            covered = org_reach(user, level, chosen)
            people |= Q(pk__in=covered.users)
            places |= Q(pk__in=covered.departments)
    is_own = all(level == ScopeLevel.OWN for level, _chosen in reaches)
    return Reach(staff.filter(people), departments.filter(places), is_own=is_own)


def people_filter(permission: str) -> Filter:
    """Return the choice of a colleague, among those whom a permission covers and who sell or sold something."""

    def rows(user: Any) -> QuerySet[User]:
        return reach_of(user, permission).users.filter(pk__in=sellers()).order_by("full_name", "pk")

    return Filter("owner", gettext_lazy("Colleague"), User, rows)


def department_filter(permission: str) -> Filter:
    """Return the choice of a department, among those that a permission covers."""

    def rows(user: Any) -> QuerySet[Department]:
        return reach_of(user, permission).departments.filter(is_active=True).order_by("path")

    return Filter("department", gettext_lazy("Department"), Department, rows)


SOURCE_FILTER = Filter("source", gettext_lazy("Source"), Source)


def sellers() -> QuerySet[Any]:
    """Return the keys of those who sell: by a role that lets them, or by opportunities and contracts of theirs."""
    from crm.contracts.models import Contract
    from crm.pipeline.models import Opportunity

    may_sell = Q(
        groups__permissions__codename="add_opportunity", groups__permissions__content_type__app_label="crm"
    ) & Q(is_active=True)
    did_sell = Q(pk__in=Contract.objects.order_by().values("owner")) | Q(
        pk__in=Opportunity.objects.order_by().values("owner")
    )
    return User.objects.filter(may_sell | did_sell).order_by().values("pk")


def narrow(rows: QuerySet[Any], asked: Asked, **paths: str) -> QuerySet[Any]:
    """
    Return the rows that the filters of a report leave.

    :param paths: lookup of each filter; ``owner`` serves the filter by department too, which holds those below it.
    """
    for name, chosen in asked.chosen.items():
        if name == "department":
            rows = rows.filter(**{f"{paths['owner']}__{PEOPLE}__path__contains": [chosen.pk]})
        elif name in paths:
            rows = rows.filter(**{paths[name]: chosen})
    return rows


def person_lines(keys: Collection[Any]) -> Sequence[Line]:
    """Return a line for each colleague."""
    known = User.objects.in_bulk([key for key in keys if key is not None])
    return sorted((Line(key, _name(known, key, _("Nobody"))) for key in keys), key=lambda line: str(line.label))


def department_lines(keys: Collection[Any]) -> Sequence[Line]:
    """Return a line for each department that colleagues stand in."""
    known = Department.objects.in_bulk([key for key in keys if key is not None])
    return sorted((Line(key, _name(known, key, _("No department"))) for key in keys), key=lambda line: str(line.label))


def source_lines(keys: Collection[Any]) -> Sequence[Line]:
    """Return a line for each source."""
    known = Source.objects.in_bulk([key for key in keys if key is not None])
    return sorted((Line(key, _name(known, key, _("Unknown"))) for key in keys), key=lambda line: str(line.label))


@dataclass(frozen=True)
class Dimension:
    """What the lines of a report can be: heading, end of the lookup to the key, the lines of keys."""

    head: Any
    path: str
    lines: Callable[[Collection[Any]], Sequence[Line]]

    def key(self, base: str) -> str:
        """The lookup to the key from rows whose own lookup is given, e.g. ``owner``."""
        return f"{base}{self.path}"


OWNER = Dimension(gettext_lazy("Colleague"), "", person_lines)
DEPARTMENT = Dimension(gettext_lazy("Department"), f"__{PEOPLE}", department_lines)
SOURCE = Dimension(gettext_lazy("Source"), "", source_lines)
BY_OWNER = ("owner", gettext_lazy("People"))
BY_DEPARTMENT = ("department", gettext_lazy("Departments"))
BY_SOURCE = ("source", gettext_lazy("Sources"))


def _name(known: dict[Any, Any], key: Any, missing: str) -> str:
    return str(known[key]) if key in known else missing
