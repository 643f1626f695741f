"""URLs of the holiday calendar."""

from django.urls import path

from hrm.calendar import views

urlpatterns = [
    path("calendar/", views.year, name="calendar-year"),
    path("calendar/seed/", views.seed, name="calendar-seed"),
]
