"""What operators and load balancers ask: health and figures of the process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import path
from django.utils.crypto import constant_time_compare
from django_prometheus.exports import ExportToDjangoView
from health_check.views import HealthCheckView

# What a process needs to do its work.
READY = ("health_check.checks.Cache", "health_check.checks.Database")


def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


class ReadyView(HealthCheckView):
    """Whether database and cache answer: 200 or 500, as JSON also where nothing was asked for."""

    checks = READY

    def render_to_response(self, context: dict[str, Any], *, status: int, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = self.render_to_response_json(status)
        return response


def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who has the token of METRICS_TOKEN; without a token closed."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(given, settings.METRICS_TOKEN):
        return HttpResponseForbidden()
    response: HttpResponse = ExportToDjangoView(request)
    return response


urlpatterns = [
    path("health/live/", live, name="health-live"),
    path("health/ready/", ReadyView.as_view(), name="health-ready"),
    path("health/metrics/", metrics, name="health-metrics"),
]
