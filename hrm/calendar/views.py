"""The holiday calendar as a year on the wall."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from hrm.calendar.forms import YearForm
from hrm.calendar.people import signed_in
from hrm.calendar.selectors import year_sheets, year_states
from hrm.calendar.services import seed_year
from suite.core.errors import DomainError


@login_required
@permission_required("hrm.view_holidayday", raise_exception=True)
def year(request: HttpRequest) -> HttpResponse:
    """Twelve months, and a plain word when the year is missing."""
    form = YearForm(request.GET)
    chosen = form.cleaned_data["year"] if form.is_valid() else timezone.localdate().year
    (known,) = year_states([chosen])
    return render(
        request,
        "hrm/calendar/year.html",
        {
            "page_title": _("Holiday calendar"),
            "breadcrumbs": [(_("Human resources"), None), (_("Holiday calendar"), None)],
            "year": chosen,
            "state": known,
            "months": year_sheets(chosen),
            "may_change": request.user.has_perm("hrm.change_holidayday"),
            "may_import": request.user.has_perm("hrm.import_holidayday"),
        },
    )


@login_required
@permission_required("hrm.change_holidayday", raise_exception=True)
@require_POST
def seed(request: HttpRequest) -> HttpResponse:
    """Add the announced days of a year."""
    form = YearForm(request.POST)
    if not form.is_valid():
        return redirect("hrm:calendar-year")
    chosen = form.cleaned_data["year"]
    try:
        added = seed_year(year=chosen, actor=signed_in(request), at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, ngettext("%(number)d day was added.", "%(number)d days were added.", added) % {"number": added}
        )
    return redirect(f"{reverse('hrm:calendar-year')}?year={chosen}")
