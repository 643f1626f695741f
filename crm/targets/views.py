"""The grid of sales targets: people and departments by the months of a year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from crm.targets import services
from crm.targets.choices import TargetFigure
from crm.targets.forms import CopyForm, GridForm, SpreadForm, entries_of
from crm.targets.selectors import ALL, DEPARTMENT, MONTHS, PLAN, VIEW, GridRow, grid
from suite.core.errors import DomainError
from suite.metrics.asking import ask, companies_of
from suite.pages.forms import style

PLACES = {TargetFigure.NEW_CUSTOMERS.value: 0}


@login_required
@permission_required(VIEW, raise_exception=True)
@require_http_methods(["GET", "HEAD", "POST"])
def targets_page(request: HttpRequest) -> HttpResponse:
    """The targets of a year; what was entered is saved, all of it or nothing."""
    shown = GridForm(request.GET)
    if request.method != "POST":
        return _page(request, shown)
    if not request.user.has_perm(PLAN):
        return _page(request, shown, _("You may look at targets, but not set them."), status=403)
    try:
        count = services.set_targets(
            figure=shown.wanted_figure,
            year=shown.wanted_year,
            entries=entries_of(request.POST),
            actor=_user(request),
            at=_now(),
        )
    except DomainError as refusal:
        return _page(request, shown, str(refusal), status=422)
    messages.success(
        request, ngettext("%(number)d target saved.", "%(number)d targets saved.", count) % {"number": count}
    )
    return redirect(_here(request, shown))


@login_required
@permission_required(PLAN, raise_exception=True)
@require_POST
def copy_page(request: HttpRequest) -> HttpResponse:
    """Take over last year's targets."""
    shown, form = GridForm(request.GET), CopyForm(request.POST)
    if not form.is_valid():
        return _page(request, shown, forms={"copy_form": form}, status=422)

    def copy() -> int:
        percent = form.cleaned_data["percent"]
        return services.copy_targets(
            figure=shown.wanted_figure, year=shown.wanted_year, percent=percent, actor=_user(request), at=_now()
        )

    return _done(request, shown, copy)


@login_required
@permission_required(PLAN, raise_exception=True)
@require_POST
def spread_page(request: HttpRequest) -> HttpResponse:
    """Spread the target of a year over its months."""
    shown = GridForm(request.GET)
    form = SpreadForm(_rows(request, shown), request.POST)
    if not form.is_valid():
        return _page(request, shown, forms={"spread_form": form}, status=422)
    kind, pk = form.chosen

    def spread() -> int:
        return services.spread_target(
            figure=shown.wanted_figure,
            year=shown.wanted_year,
            kind=kind,
            pk=pk,
            total=form.cleaned_data["total"],
            actor=_user(request),
            at=_now(),
        )

    return _done(request, shown, spread)


def _done(request: HttpRequest, shown: GridForm, work: Callable[[], int]) -> HttpResponse:
    try:
        count = work()
    except DomainError as refusal:
        return _page(request, shown, str(refusal), status=422)
    messages.success(
        request, ngettext("%(number)d target saved.", "%(number)d targets saved.", count) % {"number": count}
    )
    return redirect(_here(request, shown))


def _rows(request: HttpRequest, shown: GridForm) -> list[GridRow]:
    company = ask(request.user, request.GET).company
    return grid(user=request.user, figure=shown.wanted_figure, year=shown.wanted_year, company=company)


def _page(
    request: HttpRequest, shown: GridForm, error: str = "", *, forms: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    rows = _rows(request, shown)
    company = ask(request.user, request.GET).company
    may_plan = request.user.has_perm(PLAN) and any(row.may_plan for row in rows)
    forms = {"copy_form": CopyForm(), "spread_form": SpreadForm(rows), **(forms or {})}
    for each in forms.values():
        style(each)
    places = PLACES.get(shown.wanted_figure, 2)
    context = {
        "page_title": _("Sales targets"),
        "breadcrumbs": [(_("Customers"), None), (_("Sales targets"), None)],
        "shown": shown,
        "months": MONTHS,
        "rows": [_row(row, request, status, places) for row in rows],
        "may_plan": may_plan,
        "error": error,
        "companies": companies_of(request.user),
        "company": company,
        "query": urlencode(_params(shown, company)),
        "places": places,
        **forms,
    }
    return render(request, "crm/targets/grid.html", context, status=status)


def _row(row: GridRow, request: HttpRequest, status: int, places: int) -> dict[str, Any]:
    """One row as the template shows it; after a refusal with what was entered."""
    entered = request.POST if status == 422 else {}

    def text(value: Any) -> str:
        return "" if value is None else f"{value:,.{places}f}".removesuffix(".00")

    people = row.people if row.kind == DEPARTMENT else None
    return {
        "row": row,
        "title": str(row.subject) if row.kind != ALL else _("Whole business"),
        "cells": [
            {
                "month": month,
                "name": f"{row.key}-{month}",
                "text": entered.get(f"{row.key}-{month}", text(row.values.get(month))),
            }
            for month in MONTHS
        ],
        "total": text(row.total),
        "people": None if people is None else [text(people.get(month)) for month in MONTHS],
        "people_total": text(row.people_total),
        "gap": text(row.gap),
    }


def _params(shown: GridForm, company: Any) -> dict[str, str]:
    params: dict[str, str] = {"figure": shown.wanted_figure, "year": str(shown.wanted_year)}
    return {**params, "company": str(company.pk)} if company is not None else params


def _here(request: HttpRequest, shown: GridForm) -> str:
    return f"{reverse('crm:sales-targets')}?{urlencode(_params(shown, ask(request.user, request.GET).company))}"


def _user(request: HttpRequest) -> Any:
    return request.user


def _now() -> Any:
    return timezone.now()
