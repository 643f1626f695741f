"""URLs of the calendar."""

from django.urls import path

from oa.meetings import views

urlpatterns = [
    path("calendar/", views.calendar_page, name="calendar"),
    path("free-busy/", views.free_busy_page, name="free-busy"),
]
