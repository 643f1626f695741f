"""Boards as pages."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from suite.access.models import User
from suite.core.text import listed
from suite.metrics.asking import ask, companies_of
from suite.metrics.boards import Board, all_boards, board_of, boards_for, first_board
from suite.metrics.desk import desk_of
from suite.metrics.export import export_response
from suite.metrics.format import period_title
from suite.metrics.periods import period_params
from suite.metrics.present import periods_shown, present
from suite.metrics.registry import metrics_for
from suite.metrics.services import choose_board
from suite.modules import state

PERIODS = (
    ("month", gettext_lazy("This month")),
    ("quarter", gettext_lazy("This quarter")),
    ("year", gettext_lazy("This year")),
)


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The first board of the user."""
    board = first_board(request.user)
    if board is None:
        return _no_board(request)
    return _show(request, board)


@login_required
@require_safe
def show_board(request: HttpRequest, code: str) -> HttpResponse:
    """One board."""
    board = board_of(code)
    if board is None:
        raise Http404
    if not state.is_enabled(board.module):
        return render(request, "404.html", {"module_off": board.module}, status=404)
    return _show(request, _permitted(request, board))


@login_required
@require_safe
def export_board(request: HttpRequest, code: str) -> HttpResponseBase:
    """The figures of a board as a file."""
    board = board_of(code)
    if board is None or not state.is_enabled(board.module):
        raise Http404
    return export_response(request, _permitted(request, board), ask(request.user, request.GET))


@login_required
@require_POST
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Make a board the user's first one."""
    board = board_of(code)
    if board is None or not state.is_enabled(board.module):
        raise Http404
    chosen = _permitted(request, board)
    choose_board(user=cast(User, request.user), board=chosen.code, at=timezone.now())
    return redirect("metrics:home")


@login_required
@require_safe
def definitions(request: HttpRequest) -> HttpResponse:
    """What every figure means, that the user may see."""
    groups: dict[str, list[Any]] = {}
    for metric in metrics_for(request.user):
        groups.setdefault(str(metric.module.title), []).append(metric)
    context = {"groups": groups, "breadcrumbs": _crumbs((_("Definitions"), None))}
    return render(request, "dashboard/definitions.html", context)


def _permitted(request: HttpRequest, board: Board) -> Board:
    if not board.is_available(request.user):
        raise PermissionDenied
    return board


def _show(request: HttpRequest, board: Board) -> HttpResponse:
    context = ask(request.user, request.GET)
    shelves, pinned = present(board, context)
    kept = {"company": str(context.company.pk)} if context.company is not None else {}
    shown = {
        "board": board,
        "boards": boards_for(request.user),
        "shelves": shelves,
        "pinned": pinned,
        "missing": _missing(board),
        "is_admin": request.user.is_superuser,
        "context": context,
        "period_title": period_title(context.period),
        "periods": periods_shown(context, PERIODS),
        "before": urlencode({**period_params(context.period.previous(), context.today), **kept}),
        "after": urlencode({**period_params(context.period.next(), context.today), **kept}),
        "has_after": context.period.next().start <= context.today,
        "query": urlencode({**period_params(context.period, context.today), **kept}),
        "companies": companies_of(request.user),
        "breadcrumbs": _crumbs((board.title, None)),
    }
    return render(request, "dashboard/board.html", shown)


def _missing(board: Board) -> list[dict[str, Any]]:
    return [{"module": module, "names": listed(names)} for module, names in board.missing().items()]


def _no_board(request: HttpRequest) -> HttpResponse:
    """The desk of the user; for who has nothing on it what is missing: a system that is off, or a role."""
    cards, ways = desk_of(request.user, at=timezone.now())
    if cards or ways:
        context = {"cards": cards, "ways": ways, "is_admin": request.user.is_superuser}
        return render(request, "dashboard/desk.html", {**context, "breadcrumbs": [(_("My desk"), None)]})
    off = [each for each in all_boards() if not state.is_enabled(each.module)]
    modules = list({each.module.code: each.module for each in off}.values())
    context = {
        "modules": modules,
        "has_boards": len(off) < len(all_boards()),
        "is_admin": request.user.is_superuser,
        "breadcrumbs": _crumbs(),
    }
    return render(request, "dashboard/empty.html", context)


def _crumbs(*more: tuple[Any, str | None]) -> list[tuple[Any, str | None]]:
    return [(_("Dashboard"), reverse("metrics:home") if more else None), *more]
