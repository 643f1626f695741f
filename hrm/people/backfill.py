"""What personnel carries over when human resources are turned on."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.access.models import User


def carry_over(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Give everybody a dated place, and personnel the usual tasks of joiners and leavers; idempotent.

    People who joined, moved or left while human resources were off are caught up with.

    :returns: how many rows were added, by table.
    """
    from django.db.models import F, Q
    from django.utils import timezone

    from hrm.org.choices import EmployeeStatus, PlaceChange
    from hrm.org.models import Employee
    from hrm.people.models import Assignment, TaskTemplate
    from hrm.people.placing import place_people
    from hrm.people.templates import usual_templates

    before = {model: model._default_manager.count() for model in (Assignment, TaskTemplate)}
    place_people(None, kind=PlaceChange.CORRECTED, on=timezone.localdate(at), at=at)
    left = Employee.objects.filter(status=EmployeeStatus.LEFT)
    of_leavers = Assignment.objects.filter(employee__in=left.order_by().values("pk"))
    for place in of_leavers.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=F("employee__leave_date"))).select_related(
        "employee"
    ):
        place.valid_to = max(place.valid_from, place.employee.leave_date or place.valid_from)
        place.save(update_fields=["valid_to"])
    unknown = left.exclude(pk__in=of_leavers.order_by().values("employee"))
    Assignment.objects.bulk_create(
        Assignment(
            employee=person,
            company_id=person.company_id,
            department_id=person.department_id,
            position_id=person.position_id,
            manager_id=person.manager_id,
            valid_from=person.hire_date,
            valid_to=person.leave_date,
            kind=PlaceChange.HIRED,
        )
        for person in unknown.order_by("pk")
    )
    if not TaskTemplate.objects.exists():
        TaskTemplate.objects.bulk_create(usual_templates())
    return {m._meta.label_lower: n for m in before if (n := m._default_manager.count() - before[m])}
