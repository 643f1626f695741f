"""The page on which a customer rates a solution, without signing in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from crm.service.forms import PublicRatingForm
from crm.service.models import Ticket
from crm.service.rating import link_is_open, rate_by_link, ticket_of_token
from suite.core.errors import DomainError
from suite.pages.forms import style

TEMPLATE = "crm/rate.html"


@never_cache
@require_http_methods(["GET", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Ask how content the customer is, once; a wrong link says no more than that it does not work."""
    named = ticket_of_token(token)
    rows = Ticket.objects.select_related("company")
    ticket = rows.filter(pk=named[0]).first() if named is not None else None
    now = timezone.now()
    if named is None or ticket is None or not link_is_open(ticket, round_number=named[1], at=now):
        return _answer(request, {"state": "gone"}, status=410)
    form = PublicRatingForm(request.POST or None)
    style(form)
    if request.method == "POST" and form.is_valid():
        try:
            rate_by_link(token=token, at=now, **form.cleaned_data)
        except DomainError:
            return _answer(request, {"state": "gone"}, status=410)
        return _answer(request, {"state": "thanks", "ticket": ticket})
    status = 422 if request.method == "POST" else 200
    return _answer(request, {"state": "ask", "ticket": ticket, "form": form, "title": _("Your opinion")}, status=status)


def _answer(request: HttpRequest, context: dict[str, object], status: int = 200) -> HttpResponse:
    response = render(request, TEMPLATE, context, status=status)
    # The address is the key: it goes to nobody else.
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
