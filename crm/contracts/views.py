"""Two versions of an offer side by side."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.contracts.models import Quotation
from crm.contracts.versions import compare_versions, versions_for
from suite.access.restrict import restrict

VIEW = "crm.view_quotation"


def chosen_versions(user: Any, pk: int, asked: str) -> tuple[Quotation, Quotation, list[Quotation]]:
    """
    Return an earlier version, the one that was asked for, and all that the user may see.

    :param asked: key of the version to compare with, "" for the one before.
    :raises Http404: when the user sees neither, or the two are versions of different offers.
    """
    quotation = get_object_or_404(restrict(Quotation.objects.all(), user=user), pk=pk)
    versions = versions_for(user, quotation)
    current = next(each for each in versions if each.pk == quotation.pk)
    if asked:
        other = next((each for each in versions if str(each.pk) == asked), None)
        if other is None:
            raise Http404
    else:
        other = next((each for each in reversed(versions) if each.revision < current.revision), current)
    old, new = sorted((other, current), key=lambda each: each.revision)
    return old, new, versions


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def compare_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What changed between two versions of an offer: lines, prices, terms and totals."""
    old, new, versions = chosen_versions(request.user, pk, request.GET.get("with", ""))
    context = {
        "page_title": _("Compare versions"),
        "breadcrumbs": [
            (_("Customers"), None),
            (new.number, new.get_absolute_url()),
            (_("Compare versions"), None),
        ],
        "found": compare_versions(old, new),
        "versions": versions,
    }
    return render(request, "crm/compare_quotations.html", context)
