"""The own page of every employee: made for a phone, and showing nobody else."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hrm.calendar.people import signed_in
from hrm.me.forms import CorrectionRequestForm
from hrm.me.hooks import own_pages
from hrm.me.selectors import MASKED, masked, own_record, profile_of
from hrm.me.services import ask_for_correction
from suite.core.errors import DomainError
from suite.pages.forms import style
from suite.pages.shell import Shell, approvals_url


@require_GET
@login_required
def me(request: HttpRequest) -> HttpResponse:
    """The own record, what hangs on it, and the ways to all that employees do themselves."""
    return _page(request, CorrectionRequestForm())


def _page(request: HttpRequest, form: CorrectionRequestForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "page_title": _("My profile"),
        "breadcrumbs": [(_("Human resources"), None), (_("My profile"), None)],
    }
    person = own_record(request.user)
    if person is None:
        return render(request, "hrm/attendance/nobody.html", context)
    style(form)
    context |= {
        "person": person,
        "hidden": [
            (name, label, masked(getattr(person, name))) for name, label in MASKED.items() if getattr(person, name)
        ],
        "profile": profile_of(person, signed_in(request), timezone.localdate()),
        "ways": own_pages(signed_in(request)),
        "approvals": Shell(request).approvals,
        "approvals_url": approvals_url(),
        "form": form,
    }
    return render(request, "hrm/me/profile.html", context, status=status)


@never_cache
@require_POST
@login_required
def reveal(request: HttpRequest, name: str) -> HttpResponse:
    """One of the own masked numbers in full."""
    person = own_record(request.user)
    if name not in MASKED or person is None:
        raise Http404
    return render(request, "hrm/me/_number.html", {"name": name, "value": str(getattr(person, name)), "is_whole": True})


@require_POST
@login_required
def correct(request: HttpRequest) -> HttpResponse:
    """Tell HR what is wrong in the own record."""
    person = own_record(request.user)
    if person is None:
        raise Http404
    form = CorrectionRequestForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        ask_for_correction(employee=person, text=form.cleaned_data["text"], actor=signed_in(request), at=timezone.now())
    except DomainError as refusal:
        form.add_error("text", str(refusal))
        return _page(request, form, status=422)
    messages.success(request, _("The HR officers were told."))
    return redirect("hrm:me")
