"""Keeping the dated places of people in step with what the organisation says of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hrm.org.choices import EmployeeStatus, PlaceChange
from hrm.org.models import Employee
from hrm.people.models import Assignment
from suite.core.errors import InvalidInput

PLACE = ("company_id", "department_id", "position_id", "manager_id")
ONE_DAY = timedelta(days=1)


def place_people(
    employee_pks: Collection[int] | None, *, kind: str, on: date, at: datetime, reason: str = "", splits: bool = False
) -> int:
    """
    Let the last place of people agree with their columns; who stands there already keeps it.

    A fixed number of statements, however many people. What changes on the day a place began, or before it, changes
    that place.

    :param employee_pks: None: everybody who has not left.
    :param on: the first day of a new place; somebody without any begins on the hire date.
    :param splits: begin a new place also where only its kind is new, e.g. at the end of probation.
    :returns: how many people got a new or another place.
    """
    people = Employee.objects.exclude(status=EmployeeStatus.LEFT).order_by("pk")
    if employee_pks is not None:
        people = people.filter(pk__in=employee_pks)
    people = people.only("hire_date", *PLACE)
    last = {row.employee_id: row for row in _last_places(people)}
    fresh: list[Assignment] = []
    changed: list[Assignment] = []
    for person in people:
        current = last.get(person.pk)
        if current is None or current.valid_to is not None:
            first = current is None
            begins, why = (person.hire_date, PlaceChange.HIRED) if first else (on, PlaceChange(kind))
            fresh.append(_place_of(person, begins, why, "" if first else reason))
        elif not splits and _same_place(current, person):
            continue
        elif current.valid_from >= on:
            _move(current, person)
            changed.append(current)
        else:
            current.valid_to = on - ONE_DAY
            changed.append(current)
            fresh.append(_place_of(person, on, kind, reason))
    _write(changed, fresh, at)
    return len({row.employee_id for row in (*changed, *fresh)})


def end_places(employee_pk: int, leave_date: date) -> None:
    """End the places of somebody who left; what would begin later never came to be."""
    places = Assignment.objects.filter(employee=employee_pk)
    places.filter(valid_from__gt=leave_date).delete()
    places.exclude(valid_to__lt=leave_date).update(valid_to=leave_date)


def begin_first_place(employee_pk: int, hire_date: date) -> None:
    """
    Let the first place of somebody begin on another day.

    :raises InvalidInput: when it ended before.
    """
    first = Assignment.objects.filter(employee=employee_pk).order_by("valid_from").first()
    if first is None or first.kind != PlaceChange.HIRED:
        return
    if first.valid_to is not None and first.valid_to < hire_date:
        raise InvalidInput(
            _("They got another place on %(day)s already; the hire date cannot be later.")
            % {"day": date_format(first.valid_to + ONE_DAY)},
            field="hire_date",
        )
    first.valid_from = hire_date
    first.save(update_fields=["valid_from"])


def begun_on(employee: Employee) -> date | None:
    """The first day of somebody's present place."""
    return (
        Assignment.objects.filter(employee=employee, valid_to__isnull=True)
        .order_by("-valid_from")
        .values_list("valid_from", flat=True)
        .first()
    )


def _last_places(people: Any) -> Iterator[Assignment]:
    rows = Assignment.objects.filter(employee__in=people.order_by().values("pk"))
    return iter(rows.order_by("employee_id", "-valid_from").distinct("employee_id"))


def _same_place(place: Assignment, person: Employee) -> bool:
    return all(getattr(place, name) == getattr(person, name) for name in PLACE)


def _move(place: Assignment, person: Employee) -> None:
    for name in PLACE:
        setattr(place, name, getattr(person, name))


def _place_of(person: Employee, valid_from: date, kind: str, reason: str) -> Assignment:
    place = Assignment(employee=person, valid_from=valid_from, kind=kind, reason=reason)
    _move(place, person)
    return place


def _write(changed: list[Assignment], fresh: list[Assignment], at: datetime) -> None:
    for place in changed:
        place.version += 1
        place.updated_at = at
    Assignment.objects.bulk_update(changed, ["valid_to", *(n[:-3] for n in PLACE), "version", "updated_at"], 500)
    Assignment.objects.bulk_create(fresh, 500)
