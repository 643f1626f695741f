"""URLs of personnel's own pages, in the name space ``hrm``."""

from django.urls import path

from hrm import views
from hrm.payroll.urls import urlpatterns as payroll

urlpatterns = [
    path("org-chart/", views.org_chart, name="org-chart"),
    path("headcount/", views.headcount, name="headcount"),
    *payroll,
]
