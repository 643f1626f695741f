"""Pages of the boards; the first board is the home page."""

from django.urls import path

from suite.metrics import views

app_name = "metrics"
urlpatterns = [
    path("", views.home, name="home"),
    path("dashboards/", views.home, name="index"),
    path("dashboards/definitions/", views.definitions, name="definitions"),
    path("dashboards/<slug:code>/", views.show_board, name="board"),
    path("dashboards/<slug:code>/export/", views.export_board, name="export"),
    path("dashboards/<slug:code>/first/", views.choose, name="choose"),
]
