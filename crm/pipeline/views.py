"""The forecast, and what history says about the win rates of stages."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from crm.pipeline import presenting
from crm.pipeline.calibrating import adopt_win_rates
from crm.pipeline.models import Pipeline, Stage
from crm.pipeline.selectors import ENOUGH, back_test, stage_rates
from suite.access.audit import record
from suite.access.choices import AuditKind
from suite.core.errors import DomainError
from suite.pages.exchange.writing import FORMATS, write

VIEW = "crm.view_opportunity"
CALIBRATE = "crm.calibrate_stage"


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def forecast_page(request: HttpRequest) -> HttpResponse:
    """What the open opportunities will likely bring, of those that the user may see."""
    user: Any = request.user
    found = presenting.asked_forecast(user, request.GET, at=timezone.now())
    pipelines = Pipeline.objects.filter(is_active=True)
    context = {
        "page_title": _("Sales forecast"),
        "breadcrumbs": [(_("Customers"), None), (_("Sales forecast"), None)],
        "found": found,
        "whole": presenting.Row("", found.total),
        "head": presenting.head_of(found.by),
        "groupings": [(by, presenting.head_of(by)) for by in presenting.GROUPINGS],
        "pipelines": pipelines if len(pipelines) > 1 else [],
        "shelf": {
            "chart": {"title": _("Weighted forecast"), "height": ""},
            "data": presenting.chart_of(found),
            "id": "forecast",
        },
        "may_export": user.has_perm("crm.export_opportunity"),
    }
    return render(request, "crm/forecast.html", context)


@login_required
@permission_required((VIEW, "crm.export_opportunity"), raise_exception=True)
@require_safe
def forecast_export(request: HttpRequest) -> HttpResponseBase:
    """The forecast as a file; who took it is recorded."""
    user: Any = request.user
    now = timezone.now()
    wanted = request.GET.get("format", "")
    file_format = wanted if wanted in FORMATS else "xlsx"
    found = presenting.asked_forecast(user, request.GET, at=now)
    file = TemporaryFile()  # closed by the response
    title = _("Sales forecast")
    count = write(file, iter(presenting.forecast_table(found)), file_format=file_format, sheet=title)
    details = {"format": file_format, "rows": count, "by": found.by}
    record(AuditKind.EXPORT, actor=user, at=now, subject="forecast", request=request, details=details)
    file.seek(0)
    name = f"{title} {timezone.localdate(now)}.{file_format}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=FORMATS[file_format])


@login_required
@permission_required(VIEW, raise_exception=True)
@require_safe
def stage_probabilities_page(request: HttpRequest) -> HttpResponse:
    """Configured win rates beside those of history, and how forecasts came true."""
    user: Any = request.user
    now = timezone.now()
    tested = back_test(user, at=now)
    context = {
        "page_title": _("Win rates from history"),
        "breadcrumbs": [(_("Customers"), None), (_("Win rates from history"), None)],
        "rates": stage_rates(user, as_of=now),
        "enough": ENOUGH,
        "tested": tested,
        "calibration": presenting.calibration_rows(tested),
        "may_adopt": user.has_perm(CALIBRATE),
        "shelf": {
            "chart": {"title": _("Forecast at the start of each month and what came"), "height": ""},
            "data": presenting.back_test_chart(tested),
            "id": "back-test",
        },
    }
    return render(request, "crm/stage_probabilities.html", context)


@login_required
@permission_required((VIEW, CALIBRATE), raise_exception=True)
@require_POST
def adopt(request: HttpRequest) -> HttpResponse:
    """Take the ticked win rates over into the stages."""
    user: Any = request.user
    keys = [int(key) for key in request.POST.getlist("stage") if key.isdecimal()]
    try:
        changed = adopt_win_rates(stages=list(Stage.objects.filter(pk__in=keys)), actor=user, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        text = ngettext(
            "The win rate of %(number)d stage changed.", "The win rates of %(number)d stages changed.", len(changed)
        )
        messages.success(request, text % {"number": len(changed)})
    return redirect("crm:stage-probabilities")
