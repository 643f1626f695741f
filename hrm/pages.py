"""What personnel adds to the pages of the organisation."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.forms import PersonnelForm
from hrm.org.models import Employee
from hrm.services import update_personnel_file
from suite.pages.actions import Action
from suite.pages.registry import add_action, tab

add_action(
    Employee,
    Action(
        update_personnel_file,
        _("Personnel file"),
        "view_sensitive",
        icon="id-badge-2",
        form=PersonnelForm,
        name="personnel-file",
    ),
)


@tab(Employee, title=_("Personnel file"), permission="hrm.view_sensitive_employee")
def personnel_file(request: HttpRequest, employee: Employee) -> tuple[str, dict[str, Any]]:
    """Identity card, birth date, bank account, and how long somebody has been here."""
    today = timezone.localdate()
    end = employee.leave_date or today
    months = (end.year - employee.hire_date.year) * 12 + end.month - employee.hire_date.month
    months -= end.day < employee.hire_date.day
    return "hrm/personnel_tab.html", {
        "employee": employee,
        "years": max(0, months) // 12,
        "months": max(0, months) % 12,
    }
