"""URLs of personnel's own pages, in the name space ``hrm``."""

from django.urls import path

from hrm import views

urlpatterns = [
    path("org-chart/", views.org_chart, name="org-chart"),
    path("headcount/", views.headcount, name="headcount"),
]
