"""The people of the company, to be called and written to."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from hrm.org.models import Department, Employee
from hrm.org.selectors import active_employees
from suite.access.restrict import restrict
from suite.search.filter import search_filter


def contacts(*, user: Any, q: str = "", department: Department | None = None) -> QuerySet[Employee]:
    """
    Everybody on the payroll whom a colleague may see, by name or pinyin, in a department and below.

    ``shows_phone`` tells whose private phone the colleague may see: those whose phone numbers they may.
    """
    people = restrict(active_employees(), user=user)
    if department is not None:
        people = people.filter(department__path__contains=[department.pk])
    if q:
        # A search by the digits of a private phone would tell whose it is.
        found = search_filter(people, q)
        people = found if not any(sign.isdigit() for sign in q) else found.filter(_open_columns(q))
    private = restrict(Employee.objects.filter(pk=OuterRef("pk")), user=user, action="view_phone")
    return people.annotate(shows_phone=Exists(private)).select_related("department", "position", "user")


def _open_columns(q: str) -> Q:
    return Q(number__icontains=q) | Q(name__icontains=q) | Q(user__phone__icontains=q)
