"""Questions that several tests of personnel ask."""

from __future__ import annotations

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.people.models import Assignment
from hrm.people.placing import PLACE


def people_out_of_step() -> list[int]:
    """Keys of people whose last place does not agree with their columns: always none."""
    places = {row.employee_id: row for row in Assignment.objects.filter(valid_to__isnull=True)}
    people = Employee.objects.exclude(status=EmployeeStatus.LEFT)
    return [
        person.pk
        for person in people
        if person.pk not in places or any(getattr(places[person.pk], name) != getattr(person, name) for name in PLACE)
    ]
