"""Pages of the boards; the first board is the home page."""

from django.urls import path

from suite.metrics import report_views, views

app_name = "metrics"
urlpatterns = [
    path("", views.home, name="home"),
    path("dashboards/", views.home, name="index"),
    path("dashboards/definitions/", views.definitions, name="definitions"),
    path("dashboards/<slug:code>/", views.show_board, name="board"),
    path("dashboards/<slug:code>/export/", views.export_board, name="export"),
    path("dashboards/<slug:code>/first/", views.choose, name="choose"),
    path("reports/", report_views.report_index, name="reports"),
    path("reports/<str:code>/", report_views.show_report, name="report"),
    path("reports/<str:code>/rows/", report_views.show_rows, name="report-rows"),
]
