"""Routes of the figures."""

from django.urls import path

from suite.metrics.api import MetricListView, MetricView
from suite.metrics.report_api import ReportListView, ReportRowsView, ReportView

urlpatterns = [
    path("metrics/", MetricListView.as_view(), name="api-metrics"),
    path("metrics/<str:code>/", MetricView.as_view(), name="api-metric"),
    path("reports/", ReportListView.as_view(), name="api-reports"),
    path("reports/<str:code>/", ReportView.as_view(), name="api-report"),
    path("reports/<str:code>/rows/", ReportRowsView.as_view(), name="api-report-rows"),
]
