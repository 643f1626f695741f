"""URLs of attendance's own pages."""

from django.urls import path

from hrm.attendance import views

urlpatterns = [
    path("my-time/", views.my_time, name="my-time"),
    path("my-time/punch/", views.punch, name="my-time-punch"),
    path("attendance-month/", views.month, name="attendance-month"),
    path("attendance-month/compute/", views.compute, name="attendance-compute"),
    path("roster-grid/", views.roster, name="roster-grid"),
    path("roster-grid/assign/", views.assign, name="roster-assign"),
    path("roster-grid/cell/", views.cell, name="roster-cell"),
    path("team-calendar/", views.team, name="team-calendar"),
]
