"""What personnel adds to the page of a person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from hrm.people.choices import TaskStatus
from hrm.people.models import Assignment, StaffTask
from hrm.people.pages.contracts import STATE
from suite.access.restrict import restrict
from suite.pages.columns import Column
from suite.pages.panels import Children
from suite.pages.registry import pageset_of, tab

CONTRACTS = Children(
    "contracts",
    "number",
    "kind",
    STATE,
    "starts_on",
    "ends_on",
    "probation_ends_on",
    "monthly_wage",
    "signed_on",
    link=True,
    create_label=_("New contract"),
)
CERTIFICATES = Children(
    "certificates",
    "name",
    "kind",
    "number",
    "issuer",
    "issued_on",
    "valid_to",
    link=True,
    create_label=_("New certificate"),
)
LOANS = Children(
    "loans",
    "name",
    "code",
    "quantity",
    "handed_out_on",
    "due_on",
    "returned_on",
    Column("condition"),
    link=True,
    create_label=_("Hand out"),
)


def rows_tab(request: HttpRequest, employee: Employee, rows: Children) -> tuple[str, dict[str, Any]]:
    """The rows of a person that the user may see, without a card of their own around them."""
    panel = rows.context(employee, user=request.user, pageset=pageset_of(Employee))
    return "hrm/people/rows_tab.html", {"panel": panel}


@tab(Employee, title=pgettext_lazy("tab", "Employment"), permission="hrm.view_assignment", code="employment")
def employment(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """Where the person stood when, the present place first."""
    places = restrict(Assignment.objects.filter(employee=employee), user=request.user)
    places = places.select_related("department", "position", "manager", "company").order_by("-valid_from")
    return "hrm/people/employment_tab.html", {"places": places, "today": timezone.localdate()}


@tab(Employee, title=_("Labour contracts"), permission="hrm.view_laborcontract", code="contracts")
def contracts(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """The contracts of the person."""
    return rows_tab(request, employee, CONTRACTS)


@tab(Employee, title=_("Certificates"), permission="hrm.view_certificate", code="certificates")
def certificates(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """The papers of the person."""
    return rows_tab(request, employee, CERTIFICATES)


@tab(Employee, title=_("Things handed out"), permission="hrm.view_assetloan", code="loans")
def loans(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """What the person holds and held."""
    return rows_tab(request, employee, LOANS)


def open_tasks_of(employee: Employee, user: Any) -> int:
    """How many tasks of the person are open."""
    return restrict(StaffTask.objects.filter(employee=employee, status=TaskStatus.OPEN), user=user).count()


@tab(
    Employee,
    title=_("Joining and leaving"),
    permission="hrm.view_stafftask",
    code="staff-tasks",
    count=open_tasks_of,
)
def staff_tasks(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """What is to be done for the person, how much of it is done, and what is late."""
    tasks = restrict(StaffTask.objects.filter(employee=employee), user=request.user)
    tasks = tasks.exclude(status=TaskStatus.CANCELLED).select_related("assignee", "role")
    rows = list(tasks.order_by("due_on", "pk"))
    done = sum(row.status == TaskStatus.DONE for row in rows)
    return "hrm/people/tasks_tab.html", {
        "tasks": rows,
        "done": done,
        "total": len(rows),
        "width": round(200 * done / len(rows), 1) if rows else 0,
        "today": timezone.localdate(),
    }
