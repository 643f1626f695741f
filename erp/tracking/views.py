"""Where is my order, and why is it late: one page for whoever answers customers."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from erp.tracking.selectors import find_orders, late_orders, track_orders


@login_required
@permission_required("erp.view_salesorder", raise_exception=True)
def order_tracking(request: HttpRequest) -> HttpResponse:
    """The orders that a customer asks about; without a question those that are late."""
    user: Any = request.user
    q = request.GET.get("q", "").strip()
    today = timezone.localdate()
    orders = find_orders(user=user, q=q) if q else late_orders(user=user, today=today)
    context = {
        "page_title": _("Where is my order"),
        "breadcrumbs": [(_("Business operations"), None), (_("Where is my order"), None)],
        "q": q,
        "orders": track_orders(orders, user=user, today=today),
    }
    return render(request, "erp/tracking/page.html", context)
