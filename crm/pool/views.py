"""Pages of the public pool that are no list of rows."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse


@login_required
def recycling_page(request: HttpRequest) -> HttpResponse:
    """Show who loses which customer, when and why."""
    return HttpResponse()
