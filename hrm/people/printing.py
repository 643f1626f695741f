"""What the papers of a labour contract show."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import EmployeeStatus
from hrm.people.models import LaborContract
from suite.pages.prints import Print


def employment_of(contract: LaborContract) -> dict[str, Any]:
    """
    What a certificate of employment has to say.

    劳动合同法实施条例 24: the term of the contract, the day it ended, the work, and the years with the employer.
    """
    employee = contract.employee
    has_left = employee.status == EmployeeStatus.LEFT
    ended_on = employee.leave_date if has_left else contract.ended_on
    end = ended_on or timezone.localdate()
    months = (end.year - employee.hire_date.year) * 12 + end.month - employee.hire_date.month
    months -= end.day < employee.hire_date.day
    return {
        "employee": employee,
        "ended_on": ended_on,
        "years": max(0, months) // 12,
        "months": max(0, months) % 12,
        "today": timezone.localdate(),
    }


CONTRACT_PRINTS = {
    "exit-certificate": Print(_("Certificate of employment"), "hrm/people/print_exit.html", employment_of)
}
