"""Balances of leave, for everybody whom somebody may see."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hrm.calendar.people import people_within, signed_in
from hrm.leave.accounts import grant_annual_leave
from hrm.leave.forms import GrantForm
from hrm.leave.models import LeaveEntry, LeaveType
from hrm.leave.selectors import balances
from hrm.org.choices import EmployeeStatus
from suite.core.errors import DomainError

PAGE = 50


@login_required
@permission_required("hrm.view_leaveentry", raise_exception=True)
def balances_page(request: HttpRequest) -> HttpResponse:
    """What everybody within reach may use today, by type of leave."""
    people = people_within(request.user, LeaveEntry).exclude(status=EmployeeStatus.LEFT).select_related("department")
    asked = request.GET.get("q", "").strip()
    if asked:
        people = people.filter(Q(name__icontains=asked) | Q(number__icontains=asked))
    page = Paginator(people.order_by("number", "pk"), PAGE).get_page(request.GET.get("page"))
    today = timezone.localdate()
    found = balances([person.pk for person in page], today)
    context: dict[str, Any] = {
        "page_title": _("Leave balances"),
        "breadcrumbs": [(_("Human resources"), None), (_("Leave balances"), None)],
        "types": LeaveType.objects.filter(needs_balance=True, is_active=True),
        "rows": [(person, found[person.pk]) for person in page],
        "page": page,
        "q": asked,
        "year": today.year,
        "may_grant": request.user.has_perm("hrm.add_leaveentry"),
        "without_start": people.filter(work_start_date__isnull=True).count(),
    }
    return render(request, "hrm/leave/balances.html", context)


@login_required
@permission_required("hrm.add_leaveentry", raise_exception=True)
@require_POST
def grant(request: HttpRequest) -> HttpResponse:
    """Grant the statutory annual leave of a year to whoever lacks it."""
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            done = grant_annual_leave(
                year=form.cleaned_data["year"],
                employees=people_within(signed_in(request), LeaveEntry, "add"),
                actor=signed_in(request),
                at=timezone.now(),
            )
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(
                request,
                ngettext("%(number)d person got annual leave.", "%(number)d people got annual leave.", done.people)
                % {"number": done.people},
            )
    return redirect("hrm:leave-balances")
