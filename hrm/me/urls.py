"""URLs of the own page."""

from django.urls import path

from hrm.me import views

urlpatterns = [
    path("me/", views.me, name="me"),
    path("me/reveal/<slug:name>/", views.reveal, name="me-reveal"),
    path("me/correct/", views.correct, name="me-correct"),
]
