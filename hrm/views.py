"""Pages of personnel: the org chart, and planned against actual headcount."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hrm.org.models import Department, Position
from hrm.org.selectors import department_trees, with_actual_headcount
from hrm.reorg.models import Reorganisation
from suite.access.restrict import restrict
from suite.pages.registry import pageset_of


@login_required
@permission_required("hrm.view_department", raise_exception=True)
def org_chart(request: HttpRequest) -> HttpResponse:
    """The departments the user may see as a tree, with heads and headcounts."""
    departments = restrict(Department.objects.filter(is_active=True), user=request.user)
    context = {
        "page_title": _("Org chart"),
        "breadcrumbs": [(_("Human resources"), None), (_("Org chart"), None)],
        "reorganise_url": _reorganise_url(request.user),
        "nodes": department_trees(departments.select_related("head__position")),
    }
    return render(request, "hrm/org_chart.html", context)


def _reorganise_url(user: Any) -> str:
    """Where a reorganisation begins, empty for whoever may not plan one."""
    pageset = pageset_of(Reorganisation)
    return pageset.url("create") if pageset is not None and pageset.may(user, "add") else ""


@login_required
@permission_required("hrm.view_position", raise_exception=True)
def headcount(request: HttpRequest) -> HttpResponse:
    """Every position with how many people are planned, are there, and are missing."""
    positions = restrict(Position.objects.filter(is_active=True), user=request.user)
    rows = list(with_actual_headcount(positions).select_related("department").order_by("department", "code"))
    context = {
        "page_title": _("Headcount plan"),
        "breadcrumbs": [(_("Human resources"), None), (_("Headcount plan"), None)],
        "rows": [_headcount_row(each) for each in rows],
        "planned": sum(each.planned_headcount for each in rows),
        "actual": sum(each.actual_headcount for each in rows),  # type: ignore[attr-defined]
    }
    return render(request, "hrm/headcount.html", context)


def _headcount_row(position: Any) -> dict[str, Any]:
    planned, actual = position.planned_headcount, position.actual_headcount
    top = max(planned, actual, 1)
    return {
        "position": position,
        "planned": planned,
        "actual": actual,
        "open": planned - actual,
        "width": round(200 * actual / top, 1),
        "tick": round(198 * planned / top, 1),
    }
