"""Routes of the figures."""

from django.urls import path

from suite.metrics.api import MetricListView, MetricView

urlpatterns = [
    path("metrics/", MetricListView.as_view(), name="api-metrics"),
    path("metrics/<str:code>/", MetricView.as_view(), name="api-metric"),
]
