"""The short address of the organisation."""

from django.urls import path
from django.views.generic import RedirectView

app_name = "org"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="hrm:department-list"), name="index"),
]
