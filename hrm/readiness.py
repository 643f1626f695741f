"""What personnel data must look like before operations are opened."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department
from hrm.org.selectors import active_employees, misplaced_employees, staff_in_roles
from suite.modules.registry import CheckValue, check

# Standard roles without whose holders operations cannot run.
OPERATING_ROLES = ("purchaser", "warehouse", "planner", "finance")


@check(opens="erp", title=_("People with department, position and manager"), threshold=100)
def placed_people(at: datetime) -> CheckValue:
    """Approvals and data scopes need to know where everybody stands."""
    total = active_employees().count()
    url = f"{reverse('hrm:employee-list')}?is_misplaced=true"
    return CheckValue.share(total - misplaced_employees().count(), total, url)


@check(opens="erp", title=_("Departments with a head"), threshold=100)
def headed_departments(at: datetime) -> CheckValue:
    """That no department stands above itself is kept by the database."""
    departments = Department.objects.filter(is_active=True)
    headed = departments.filter(head__isnull=False).count()
    return CheckValue.share(headed, departments.count(), f"{reverse('hrm:department-list')}?as=list&has_head=false")


@check(opens="erp", title=_("Purchasing, warehouse, planning and accounting roles are staffed"), threshold=100)
def staffed_roles(at: datetime) -> CheckValue:
    """Each of the four roles has at least one active account."""
    staffed = sum(staff_in_roles(code).exists() for code in OPERATING_ROLES)
    return CheckValue.share(staffed, len(OPERATING_ROLES), reverse("access:roles"))


@check(opens="erp", title=_("People who both buy and keep the accounts"), threshold=0, unit=_("people"), at_least=False)
def clashing_duties(at: datetime) -> CheckValue:
    """Who orders goods must not be the one who pays for them."""
    clashing = staff_in_roles("purchaser").filter(pk__in=staff_in_roles("finance").values("pk")).count()
    return CheckValue(Decimal(clashing), clashing, None, reverse("access:roles"))
