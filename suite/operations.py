"""What operators and load balancers ask: health and figures of the process."""

from __future__ import annotations

import os
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.urls import path
from django.utils.crypto import constant_time_compare
from health_check.views import HealthCheckView
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

# What a process needs to do its work.
READY = ("health_check.checks.Cache", "health_check.checks.Database")
# Anything may be sent as a method; each would be a figure of its own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

request_seconds = Histogram("suite_request_seconds", "Time that requests took", ["view", "method"])
responses = Counter("suite_responses", "Requests by how they were answered", ["view", "method", "status"])


class MeasuringMiddleware:
    """Time every request; first of all, so that the others are part of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        start = perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = match.view_name if match is not None else ""
        method = request.method if request.method in METHODS else "other"
        request_seconds.labels(view, method).observe(perf_counter() - start)
        responses.labels(view, method, response.status_code).inc()
        return response


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
    return HttpResponse(generate_latest(_figures()), content_type=CONTENT_TYPE_LATEST)


def _figures() -> CollectorRegistry:
    """Those of this process, or of all that write to the same folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    figures = CollectorRegistry()
    MultiProcessCollector(figures)  # type: ignore[no-untyped-call]
    return figures


urlpatterns = [
    path("health/live/", live, name="health-live"),
    path("health/ready/", ReadyView.as_view(), name="health-ready"),
    path("health/metrics/", metrics, name="health-metrics"),
]
